"""What is left of the bookings, and from when on a redesign has paid for itself."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.stats import t as student

from experiments.findings.money import money_table, payback_in_words, payback_quarter, payback_range, rates_in_words
from sim.metrics import control_variate_usd, measure
from sim.policy import Money
from sim.record import LOST, WON
from tests.records import engagement, happened, record, seats_of
from tests.worlds import tiny_problem

LUCK_USD = {"today": 1000.0, "plan": 999.9, "same": 1000.0}  # a quarter, times the number of the future
MONEY = Money(margin_share=0.5, seat_usd_per_year=4000.0, travel_usd_per_h=10.0, hand_over_usd_per_h=20.0)


def test_a_contribution_by_hand() -> None:
    """Two seats at 1,000 a quarter, seat 0 half of the first empty; 2 sales of 1,000 and 600 of churned ARR at half; roads; hand-overs.

    Roads: 13 weeks at 1/4 h, and 2 weeks at 1/4 h. Hand-over: 2 h in all, half of them in each quarter. What renews counts nowhere.
    """
    rows = [engagement(0, 0, 0, 91, WON), engagement(1, 1, 77, 91, LOST), engagement(2, 1, 91, 100, WON, travel_h_per_week=0.0)]
    events = happened(
        successions=[(0, 1, 45.5, 91.0, 0.0)],
        renewals=[(20.0, 1, -1, 600.0, 0.1, True), (20.0, 0, 0, 9e6, 0.1, False)],
        hand_overs=[(1, 2, 84.0, 98.0, 0.5, 0.0), (0, 2, 84.0, 98.0, 0.5, 9.0)],
    )
    run, _ = measure(record(rows, [0, 0, 1], events=events), tiny_problem(3, 2), seats_of(2), 0.0, MONEY)
    first = -0.5 * 600 - 1500 - 10 * (13 + 2) / 4 - 20
    assert run["contribution_q1_usd"] == pytest.approx(first)
    assert run["contribution_q2_usd"] == pytest.approx(0.5 * 2000 - 2000 - 20)
    assert run["contribution_usd"] == pytest.approx(run["contribution_q1_usd"] + run["contribution_q2_usd"])


def test_data_are_paid_once_for_every_account_of_day_0() -> None:
    """Three accounts at 7 usd, one of which appears later: 14 usd in the first quarter, nothing in the second."""
    log = replace(record([], [0, 0, 0]), born_day=np.array([0.0, 0.0, 30.0]))
    free, paid = (measure(log, tiny_problem(3, 1), seats_of(1), 0.0, replace(MONEY, data_usd_per_account=usd))[0] for usd in (0.0, 7.0))
    assert paid["contribution_q1_usd"] == pytest.approx(free["contribution_q1_usd"] - 14)
    assert paid["contribution_q2_usd"] == free["contribution_q2_usd"]


def test_the_luck_in_a_contribution_is_the_margin_of_that_in_the_bookings() -> None:
    """Up to the end of each quarter; a deal whose last stage ends in the second quarter is no luck of the first."""
    log = record([engagement(0, 0, 0, 50, WON), engagement(1, 0, 0, 120, WON)], [0, 0])
    run, _ = measure(log, tiny_problem(2, 1), seats_of(1), 0.0, MONEY)
    value = 0.5 * (250 + 500 + 1000)
    assert [run[f"contribution_luck_q{q}_usd"] for q in (1, 2)] == pytest.approx([0.5 * value, value])
    assert run["contribution_luck_q2_usd"] == 0.5 * control_variate_usd(log)


def test_a_seat_that_is_not_there_yet_costs_nothing() -> None:
    """A hire for the second quarter costs one quarter."""
    seats = replace(seats_of(2), start_day=np.array([-9.0, 91.0]))
    run, _ = measure(record([], [0, 0]), tiny_problem(2, 2, owner=0), seats, 0.0, MONEY)
    assert (run["contribution_q1_usd"], run["contribution_q2_usd"]) == (-1000.0, -2000.0)


def test_payback_is_the_quarter_from_which_the_sum_stays_above_zero() -> None:
    """Early gains that are lost again do not count; nothing is paid back that ends at 0."""
    paths = np.array([[-5, -2, 1, 4], [3, -1, 2, 5], [1, 1, 1, 1], [-3, -2, 4, 0], [0, 0, 0, 1.0]])
    assert payback_quarter(paths).tolist() == [3, 3, 1, np.inf, 4]
    assert payback_quarter(paths[0]) == 3


def runs(paths: dict[str, np.ndarray], draws: int = 1) -> pd.DataFrame:
    """Rows of runs.parquet: contributions (futures, quarters) by arm, to which luck is added that is known: another one in each arm."""
    rows = []
    for arm, usd in paths.items():
        for future, quarters in enumerate(usd):
            each = LUCK_USD.get(arm, 0.0) * future
            luck = each * np.arange(1, len(quarters) + 1)
            named = {f"contribution_q{q}_usd": v for q, v in enumerate(quarters + each, start=1)}
            named |= {f"contribution_luck_q{q}_usd": v for q, v in enumerate(luck, start=1)}
            total = {"contribution_usd": float(np.sum(quarters + each))}
            rows.append({"arm": arm, "draw": future % draws, "future": future // draws, "status": "ok", **total, **named})
    return pd.DataFrame(rows)


def test_money_of_a_redesign_against_the_baseline() -> None:
    """A quarter that costs some 10, three that bring some 4: paid back in the fourth; the interval is Student's t of the ends."""
    rng = np.random.default_rng(0)
    base = rng.normal(100, 5, (30, 4))
    difference = np.array([-10.0, 4.0, 4.0, 4.0]) + rng.normal(0, 0.3, (30, 4))
    table = money_table(runs({"today": base, "plan": base + difference, "same": base}), "today").set_index("arm")
    plan, ends = table.loc["plan"], difference.sum(axis=1)
    assert plan["contribution_lift_usd"] == pytest.approx(ends.mean())
    reach = student.ppf(0.975, 29) * ends.std(ddof=1) / np.sqrt(30)
    assert plan["contribution_high_usd"] - plan["contribution_lift_usd"] == pytest.approx(reach, rel=0.02)
    assert (plan["payback_quarter"], plan["payback_low_quarter"], plan["payback_high_quarter"]) == (4, 4, 4)
    assert plan["paid_back_share"] == np.mean(ends - 4 * 0.1 * np.arange(30) > 0) < 0.5 < np.mean(ends > 0)
    for arm in ("today", "same"):
        assert (table.loc[arm, "contribution_low_usd"], table.loc[arm, "contribution_high_usd"]) == (0.0, 0.0)
        assert np.isnan(table.loc[arm, ["payback_quarter", "paid_back_share"]].to_numpy(dtype=float)).all()


def test_a_payback_that_luck_decides_has_a_wide_range() -> None:
    """A difference of 0 in the mean is paid back anywhere or nowhere; with one future there is no range; a loss is never paid back."""
    rng = np.random.default_rng(1)
    noise = rng.normal(0, 1, (40, 8)).cumsum(axis=1)
    low, high = payback_range(noise - noise.mean(axis=0))
    assert low <= 2
    assert high == np.inf
    assert np.isnan(payback_range(noise[:1])).all()
    base = rng.normal(100, 5, (10, 4))
    table = money_table(runs({"today": base, "worse": base - 1.0}), "today").set_index("arm")
    worse = table.loc["worse"]
    assert (worse["payback_quarter"], worse["payback_low_quarter"], worse["paid_back_share"]) == (np.inf, np.inf, 0.0)


def test_several_draws_are_the_units() -> None:
    """Two draws of fifteen futures each: the interval is that of two draws, far wider than that of thirty futures."""
    rng = np.random.default_rng(2)
    base = rng.normal(100, 5, (30, 4))
    plan = base + np.where(np.arange(30) % 2, 3.0, 1.0)[:, None]
    one, two = (money_table(runs({"today": base, "plan": plan}, draws), "today").set_index("arm").loc["plan"] for draws in (1, 2))
    assert one["contribution_lift_usd"] == pytest.approx(8.0) == two["contribution_lift_usd"]
    assert two["contribution_high_usd"] - 8 == pytest.approx(4 * student.ppf(0.975, 1))
    assert one["contribution_high_usd"] - 8 < 2


def test_an_arm_without_numbers_has_no_money_and_the_others_do() -> None:
    """A failed arm is NaN; one that failed in some futures is compared in the others."""
    base = np.full((4, 2), 10.0)
    table = runs({"today": base, "plan": base + 1, "broken": base})
    table.loc[table["arm"] == "broken", "status"] = "failed"
    table.loc[(table["arm"] == "plan") & (table["future"] == 0), "status"] = "failed"
    money = money_table(table, "today").set_index("arm")
    assert np.isnan(money.loc["broken"].to_numpy(dtype=float)).all()
    assert (money.loc["plan", "contribution_lift_usd"], money.loc["plan", "payback_quarter"]) == (2.0, 1.0)


def test_words() -> None:
    """From which quarter on, with its range; what has no end in sight; nothing where there is nothing to pay back."""
    nan, inf = float("nan"), float("inf")
    assert payback_in_words(3, 2, 4, 8) == "paid back from quarter 3 on (2 to 4)"
    assert payback_in_words(3, 3, 3, 8) == payback_in_words(3, nan, nan, 8) == "paid back from quarter 3 on"
    assert payback_in_words(7, 5, inf, 8) == "paid back from quarter 7 on (5 to beyond 8)"
    assert payback_in_words(inf, inf, inf, 8) == "not paid back within 8 quarters"
    assert payback_in_words(nan, nan, nan, 8) == ""
    config = {"policy": {"money": {"margin_share": 0.8, "seat_usd_per_year": 290e3, "travel_usd_per_h": 60, "hand_over_usd_per_h": 100}}}
    assert rates_in_words(config) == "margin 80 %, usd 290,000 a seat and year, 60 an hour on the road, 100 an hour of hand-over"
    assert rates_in_words({}) == ""
