"""From rows of runs to rows of an arm and of a seat."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from experiments.findings.summary import compare_arms, seat_outlook_table, summary_table
from experiments.running.arms import Settings

STRATEGIES = {"today": "strategies.status_quo.StatusQuo", "dice": "strategies.random_draw.Random", "oracle": "strategies.informed.Informed"}


def runs(**bookings: list[float]) -> pd.DataFrame:
    """Rows of runs.parquet: bookings by arm in each future, a quarter of them in the first year, and no luck to take off."""
    rows = []
    for arm, values in bookings.items():
        planned = {"strategy": STRATEGIES.get(arm, "theirs.Plan"), "plan_s": 0.0, "plan_gap_share": np.nan, "status": "ok", "error": ""}
        for future, usd in enumerate(values):
            years = {"bookings_year1_usd": usd / 4, "bookings_year2_usd": usd * (0.75 + 0.01 * len(arm)), "pipeline_usd": usd / 10}
            money = {"contribution_usd": usd / 2, "contribution_q1_usd": usd / 2, "contribution_luck_q1_usd": 0.0}
            rows.append(
                {"draw": 0, "arm": arm, "future": future, **planned, "bookings_usd": usd, **years, "control_variate_usd": 0.0, **money}
            )
    return pd.DataFrame(rows)


def summary(table: pd.DataFrame, *, history: bool) -> pd.DataFrame:
    """summary.csv by arm."""
    settings = Settings(seed=1, futures=2, workers=1, baseline="today")
    return summary_table(table, compare_arms(table, settings), history).set_index("arm")


def test_the_score_lies_between_random_and_informed_where_there_is_no_history() -> None:
    """Lifts of -10, +10 and +40 %: the plan reaches (10 + 10) / (40 + 10) = 0.4 of the way. With a history nothing is scored."""
    table = runs(today=[100, 100], dice=[90, 90], plan=[110, 110], oracle=[140, 140])
    scores = summary(table, history=False)["normalised_score"]
    assert scores[["dice", "plan", "oracle", "today"]].tolist() == pytest.approx([0.0, 0.4, 1.0, 0.2])
    assert summary(table, history=True)["normalised_score"].isna().all()
    assert summary(runs(today=[100, 100], plan=[110, 110]), history=False)["normalised_score"].isna().all()


def test_lifts_of_the_years_are_those_of_their_bookings() -> None:
    """First year: 110 over 100. Second: 110 x 0.79 over 100 x 0.80, since a label's length bends it."""
    row = summary(runs(today=[100, 100], plan=[110, 110]), history=True).loc["plan"]
    assert row["raw_lift_year1_share"] == pytest.approx(0.1)
    assert row["raw_lift_year2_share"] == pytest.approx(1.1 * 0.79 / 0.80 - 1)
    assert row["raw_lift_pipeline_share"] == pytest.approx(0.1)


def test_what_a_design_is_worth_stands_beside_its_lift() -> None:
    """10 more of bookings at a margin of one half, from the first quarter on, in both futures."""
    row = summary(runs(today=[100, 120], plan=[110, 130]), history=True).loc["plan"]
    assert (row["contribution_lift_usd"], row["contribution_low_usd"], row["payback_quarter"], row["paid_back_share"]) == (
        5.0,
        5.0,
        1.0,
        1.0,
    )


def test_a_seats_outlook_counts_the_futures_in_which_it_reaches_quota() -> None:
    """Two quarters of quota 50 each. Future 0 books 60 + 40, just enough, future 1 books 60 + 30: quota in one of two."""
    rows = [
        {
            "market": "m", "draw": 0, "arm": "plan", "future": f, "seat": "S1", "quarter": q, "bookings_usd": usd, "quota_usd": 50.0,
            "potential_usd": 7.0, "owned_n": 3, "opening_pipeline_usd": 25.0,
        }
        for f, booked in enumerate(((60.0, 40.0), (60.0, 30.0)))
        for q, usd in enumerate(booked, start=1)
    ]  # fmt: skip
    seat = seat_outlook_table(pd.DataFrame(rows)).iloc[0]
    assert (seat["quota_probability_share"], seat["attainment"], seat["opening_pipeline_per_quota"]) == (0.5, 0.95, 0.5)
    assert (seat["quota_usd"], seat["bookings_usd"], seat["owned_n"]) == (100.0, 95.0, 3)
