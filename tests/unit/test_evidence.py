"""What is said of a moved account and of the seats it leaves and joins."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from experiments.designs.evidence import Planner, evidence_table
from experiments.designs.seat_sheets import seat_sheet
from experiments.designs.tables import design_table
from experiments.report.seat_rows import changes_in_words
from experiments.running import store
from sim.snapshot import UNASSIGNED
from strategies.worth.predict import predict
from tests.worlds import HORIZON_DAYS, awkward_problems, drawn_problem, tiny_problem


def test_only_moved_accounts_have_evidence() -> None:
    """Whoever stays has empty cells throughout; whoever comes from nobody has nothing before, whoever goes to nobody nothing after."""
    problem = tiny_problem(owner=[0, 0, 0, 1, 1, 1, 2, 2, 2, -1, -1, -1])
    owner = np.array([0, 1, -1, 1, 2, 0, 2, 1, 0, -1, 0, 1])
    planner = Planner.of(problem)
    table = evidence_table(planner, planner.sees(owner))
    empty = table.isna() | (table == "")
    assert empty[owner == problem.owner].all(axis=None)
    before, after = ([name for name in table.columns if str(name).startswith(side)] for side in ("from_", "to_"))
    assert empty.loc[10, before].all()
    assert empty.loc[2, after].all()
    assert not empty.loc[[1, 4, 5], ["from_load", "to_load", "from_accounts_n", "from_value_usd", "to_value_usd", "to_skilled"]].any(
        axis=None
    )


def test_numbers_are_those_of_the_problem_and_of_the_forecast() -> None:
    """Counts, touches, trips and skills are read off the problem, value and reach off the planner's forecast of both designs."""
    problem = drawn_problem(300, 5, owned=True)
    owner = problem.owner.copy()
    owner[:40] = (owner[:40] + 1) % 5
    planner = Planner.of(problem)
    table = evidence_table(planner, planner.sees(owner))[:40]
    moved, today, new = np.arange(40), problem.owner[:40], owner[:40]
    for side, seat in (("from", today), ("to", new)):
        hours = (problem.seats.capacity_h_per_week * problem.productive_share)[seat]
        np.testing.assert_allclose(table[f"{side}_capacity_h_per_week"], hours, atol=0.051)
    assert table["from_accounts_n"].tolist() == np.bincount(problem.owner, minlength=5)[today].tolist()
    visited = problem.rates.visits_per_week[problem.accounts.segment[:40]] > 0
    np.testing.assert_allclose(table["to_trip_h"][visited], problem.trip_h(moved, new)[visited], atol=0.051)
    assert table["to_trip_h"][~visited].isna().all()
    assert (table["from_skilled"] == "yes").tolist() == problem.skill_match(moved, today).tolist()
    for side, design in (("from", problem.owner), ("to", owner)):
        forecast = predict(design, problem)
        np.testing.assert_allclose(table[f"{side}_reached_share"], forecast.worked_share[:40], atol=0.0051)
        assert planner.sees(design).value_usd @ forecast.worked_share == pytest.approx(forecast.bookings_usd)


def test_load_counts_the_hours_that_a_ramping_seat_really_has() -> None:
    """A seat whose person ramps from day 0 has fewer hours, so the same book is a higher load by exactly that share; one that nobody
    fills within the horizon has no load to speak of.
    """
    problem = tiny_problem(places=False)
    loaded = Planner.of(problem).today.load
    new = replace(problem, seats=replace(problem.seats, start_day=np.array([-1000.0, 0.0, HORIZON_DAYS + 1])))
    ramping = Planner.of(new).today.load
    assert ramping[0] == loaded[0]
    assert ramping[1] == pytest.approx(loaded[1] / new.productive_share[1])
    assert new.productive_share[1] < 1
    assert np.isnan(ramping[2])


def test_load_counts_support_and_leaves_out_what_a_seat_may_not_work() -> None:
    """Support of customers is asked as much as selling is; an account whose required skill is missing asks nothing and is worth nothing."""
    problem = tiny_problem(owner=1, places=False, german=[2], german_seats=[0])
    supported = replace(problem, rates=replace(problem.rates, support_h_per_week=np.full(3, 0.5)))
    customers_n = np.count_nonzero(~np.isnan(problem.accounts.customer_since_day))
    plain, more = Planner.of(problem).today, Planner.of(supported).today
    assert more.load[1] - plain.load[1] == pytest.approx(0.5 * customers_n / 12.0)
    assert plain.value_usd[2] == 0
    without = Planner.of(replace(problem, owner=np.where(np.arange(12) == 2, UNASSIGNED, 1))).today
    assert without.load[1] == pytest.approx(plain.load[1])


def test_a_design_file_reads_back_as_it_was_written(tmp_path: Path) -> None:
    """Empty cells stay empty, counts stay whole, words stay words."""
    problem = drawn_problem(60, 3, owned=True)
    planner = Planner.of(problem)
    written = design_table(planner, planner.sees(np.where(np.arange(60) < 9, 2, problem.owner)))
    store.write_table(tmp_path / "arm.csv", written)
    read = store.read_table(tmp_path / "arm.csv").drop(columns="schema_version")
    pd.testing.assert_frame_equal(read, written, check_dtype=False)
    texts = pd.read_csv(tmp_path / "arm.csv", dtype=str)
    assert all(texts[name].dropna().str.fullmatch(r"\d+").all() for name in ("from_accounts_n", "to_value_usd"))


def test_awkward_markets_have_their_tables() -> None:
    """Without hours, owners, places, skills or worth: a row an account, a row a seat, a sentence, and no warning."""
    problems = awkward_problems()
    for name in ("no hours anywhere", "nobody eligible, nobody owns", "neither", "worth nothing", "everything at once"):
        problem = problems[name]
        planner, seats_n = Planner.of(problem), len(problem.seats)
        design = planner.sees(np.arange(len(problem.accounts)) % seats_n)
        table, sheet = design_table(planner, design), seat_sheet(planner, design)
        assert (len(table), len(sheet)) == (len(problem.accounts), seats_n), name
        assert ((table["reason"] != "") == (problem.owner != design.owner)).all(), name
        assert "give or receive accounts." in changes_in_words(sheet), name
