"""Early signs: read off after two quarters, ranked against what a seat more contributes in the end."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from experiments.early_signs import main
from experiments.findings.early_signs import contributions_table, in_words, rank_correlations, signs_table
from experiments.running import store


def test_signs_are_those_of_the_first_two_quarters_of_the_team_as_it_is() -> None:
    """Hours and bookings of both quarters, accounts at the end of the second; later quarters and other arms do not count."""
    row = {"draw": 0, "future": 0, "arm": "as_many", "capacity_h": 100.0, "quota_usd": 10.0, "owned_n": 20, "engaged_n": 5}
    seats = pd.DataFrame(
        [
            {**row, "quarter": 1, "used_h": 50.0, "bookings_usd": 4.0, "orphaned_capacity_n": 9, "potential_usd": 1.0},
            {**row, "quarter": 2, "used_h": 70.0, "bookings_usd": 8.0, "orphaned_capacity_n": 8, "potential_usd": 600.0},
            {**row, "quarter": 3, "used_h": 9e9, "bookings_usd": 9e9, "orphaned_capacity_n": 9, "potential_usd": 9e9},
            {**row, "arm": "one_more", "quarter": 2, "used_h": 9e9, "bookings_usd": 9e9, "orphaned_capacity_n": 9, "potential_usd": 9e9},
        ]
    )
    (signs,) = signs_table(seats).to_dict("records")
    expected = {"utilisation_share": 0.6, "engaged_share": 0.25, "for_want_of_hours_share": 0.4, "potential_usd_per_h": 3.0}
    assert signs == pytest.approx({**expected, "attainment": 0.6})


def test_contributions_are_differences_without_the_known_luck() -> None:
    """Means over the futures of a draw, against the team as it is."""
    rows = [
        {"draw": draw, "future": future, "arm": arm, "contribution_q1_usd": usd + draw + future, "contribution_luck_q1_usd": future}
        for draw in (0, 1)
        for future in (0, 1)
        for arm, usd in (("as_many", 10.0), ("one_more", 13.0 + draw), ("one_less", 8.0))
    ]
    table = contributions_table(pd.DataFrame(rows))
    assert table["one_more_usd"].tolist() == [3.0, 4.0]
    assert table["one_less_usd"].tolist() == [-2.0, -2.0]


def test_the_strongest_sign_comes_first() -> None:
    """A sign that ranks the markets as the seat's contribution does has 1, one that reverses them −1; one that is blind comes last."""
    table = pd.DataFrame(
        {
            "market": "startup", "accounts_n": [150, 300, 600], "seats_n": 5,
            "one_more_usd": [-2.0, 1.0, 3.0], "one_less_usd": [1.0, -1.0, -2.0],
            "utilisation_share": [0.5, 0.7, 0.9], "engaged_share": [0.9, 0.5, 0.2], "for_want_of_hours_share": [0.0, 0.2, 0.5],
            "potential_usd_per_h": [1.0, 2.0, 3.0], "attainment": [0.9, 0.8, 0.95],
        }
    )  # fmt: skip
    ranked = rank_correlations(table)
    assert ranked["correlation"].tolist() == pytest.approx([1.0, -1.0, 1.0, 1.0, 0.5])
    said = in_words(table)
    assert "in 3 markets of `startup` with 150 to 600 accounts for 5 seats: a seat more contributed in 2 of them, a seat less in 1." in said
    assert "accounts engaged over accounts owned (−1.00)" in said


def test_the_command_writes_its_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One row a draw and size, with the sentence on the terminal; a market that cannot be sized is one line."""
    tiny = ["market.seats_n=3", "quarters=4", "workers=1", "--draws", "2", "--futures", "1", "--accounts", "0.1", "0.2"]
    said: list[str] = []
    assert main([*tiny, "--out", str(tmp_path / "signs.csv")], said.append) == 0
    table = store.read_table(tmp_path / "signs.csv")
    assert table["accounts_n"].tolist() == [30, 30, 60, 60]
    assert said[0].startswith(in_words(table))
    capsys.readouterr()
    assert main(["crm", "--out", str(tmp_path / "none.csv")]) == 2
    assert capsys.readouterr().err.startswith("error: market: crm has the accounts that it has; name a synthetic one")
