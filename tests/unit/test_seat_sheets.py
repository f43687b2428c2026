"""What a design changes for each seat."""

from __future__ import annotations

import numpy as np

from experiments.designs.evidence import Planner
from experiments.designs.seat_sheets import seat_sheet
from experiments.report.seat_rows import changes_in_words, seat_rows
from tests.worlds import drawn_problem, tiny_problem


def test_books_before_and_after_add_up() -> None:
    """Nothing is lost: accounts before, less those given, plus those received, are those after; relationships are never received."""
    problem = drawn_problem(300, 5, owned=True)
    rng = np.random.default_rng(4)
    owner = np.where(rng.random(300) < 0.2, rng.integers(-1, 5, 300), problem.owner)
    planner = Planner.of(problem)
    sheet = seat_sheet(planner, planner.sees(owner))
    after = sheet["accounts_before_n"] - sheet["accounts_given_n"] + sheet["accounts_received_n"]
    assert after.tolist() == sheet["accounts_after_n"].tolist() == np.bincount(owner[owner >= 0], minlength=5).tolist()
    assert sheet["accounts_received_n"].sum() == np.count_nonzero((owner != problem.owner) & (owner >= 0))
    assert (sheet["relationships_kept_n"] <= sheet["relationships_before_n"]).all()
    usd = problem.accounts.potential_usd
    np.testing.assert_allclose(sheet["potential_after_usd"], np.bincount(owner[owner >= 0], usd[owner >= 0], 5), atol=0.51)


def test_a_sheet_by_hand() -> None:
    """Account 6 with an open deal goes from S1 to S0, account 0 with a relationship from S0 to S1; account 10 keeps its deal at S2."""
    problem = tiny_problem()
    owner = problem.owner.copy()
    owner[[6, 0]] = 0, 1
    planner = Planner.of(problem)
    sheet = seat_sheet(planner, planner.sees(owner)).set_index("seat")
    accounts = ["accounts_before_n", "accounts_after_n", "accounts_given_n", "accounts_received_n"]
    assert sheet[accounts].to_numpy()[0].tolist() == [6, 6, 1, 1]
    assert sheet[["deals_kept_n", "deals_given_n", "deals_received_n"]].to_numpy().tolist() == [[0, 0, 1], [0, 1, 0], [1, 0, 0]]
    assert sheet[["relationships_before_n", "relationships_kept_n"]].to_numpy().tolist() == [[1, 0], [1, 0], [1, 1]]
    assert sheet["customers_before_n"].tolist() == [2, 0, 1]
    assert sheet["customers_after_n"].tolist() == [1, 1, 1]
    assert sheet.loc["S0", "potential_after_usd"] == 210e3 - 10e3 + 10e3


def test_nothing_changes_under_todays_owners() -> None:
    """The sheet of today's owners has the same numbers before and after, and nothing given or received."""
    planner = Planner.of(drawn_problem(120, 4, owned=True))
    sheet = seat_sheet(planner, planner.today)
    for name in ("accounts_{}_n", "potential_{}_usd", "load_{}", "travel_{}_h_per_week", "customers_{}_n"):
        assert sheet[name.format("before")].tolist() == sheet[name.format("after")].tolist()
    assert sheet[[name for name in sheet.columns if "given" in name or "received" in name]].to_numpy().sum() == 0
    assert (sheet["travel_before_h_per_week"] > 0).any()


def test_a_sheet_is_told_in_a_sentence_and_in_cells() -> None:
    """Seats touched, extreme books, what stays; a seat without hours has no load, and a chance that nobody knows is a dash."""
    problem = tiny_problem(capacity_h_per_week=[12.0, 0.0, 12.0])
    owner = problem.owner.copy()
    owner[[6, 0]] = 0, 1
    planner = Planner.of(problem)
    sheet = seat_sheet(planner, planner.sees(owner))
    said = changes_in_words(sheet)
    before, after = (sheet[f"load_{when}"].max() for when in ("before", "after"))
    assert said.startswith("2 of 3 seats give or receive accounts. ")
    assert f"The fullest book asks {after:.1f}x its seat's hours instead of {before:.1f}x" in said
    assert said.endswith("1 of 2 open deals and 1 of 3 relationships stay with their rep.")
    unknown = np.full(3, np.nan)
    rows = seat_rows(sheet, unknown, np.array([0.5, 0.25, 1.0]))
    assert [row["load"] for row in rows][1] == "– → –"
    assert rows[0]["chance"].replace("\u00a0", " ") == "– → 50 %"
    assert (rows[0]["accounts"], rows[0]["moves"], rows[2]["moves"], rows[0]["deals"]) == ("6 → 6", "−1 +1", "", "0 / 0 / 1")
