"""The metrics, against records so small that every number can be worked out by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from sim.equity import cv, gini, luck_floor_gini, max_min, outside_share, theil
from sim.metrics import control_variate_usd, measure, quarter_ends
from sim.policy import Money
from sim.ramp import mean_ramp
from sim.record import LOST, OPEN, WON
from tests.records import engagement, random_record, record, seats_of
from tests.worlds import tiny_problem

RAMP_DAYS = 150.0
MONEY = Money()


@pytest.mark.parametrize("seed", range(4))
def test_what_must_add_up_adds_up(seed: int) -> None:
    """States sum to 1, by count and by potential; bookings by seat, quarter and year to the total; owned is the sum of its states."""
    rng = np.random.default_rng(seed)
    problem = tiny_problem(60, 4)
    log = random_record(rng, problem, quarters=8)
    run, table = measure(log, problem, problem.seats, RAMP_DAYS, MONEY)
    for weight in ("share", "potential_share"):
        parts = [run[f"{state}_{weight}"] for state in ("engaged", "resting", "orphaned", "unassigned")]
        assert sum(parts) == pytest.approx(1.0, abs=1e-12)
        assert run[f"uncovered_{weight}"] == pytest.approx(run[f"orphaned_{weight}"] + run[f"unassigned_{weight}"], abs=1e-12)
    assert run["orphaned_share"] == pytest.approx(run["orphaned_capacity_share"] + run["orphaned_choice_share"], abs=1e-12)
    assert table["bookings_usd"].sum() == run["bookings_usd"] == run["bookings_year1_usd"] + run["bookings_year2_usd"] > 0
    by_seat = np.bincount(log.seat, log.amount_usd, 4)
    assert np.array_equal(table["bookings_usd"].reshape(4, 8).sum(axis=1), by_seat)
    in_states = sum(table[f"{s}_n"] for s in ("engaged", "resting", "orphaned_capacity", "orphaned_choice"))
    assert np.array_equal(in_states, table["owned_n"])
    assert np.array_equal(table["owned_n"].reshape(4, 8)[:, 0], np.bincount(log.owner[log.owner >= 0], minlength=4))
    assert run["travel_h"] == pytest.approx(table["travel_h"].sum())
    hours = (log.end_day - log.start_day) @ log.workload_h_per_week / 7
    assert table["used_h"].sum() == pytest.approx(hours)


def test_ample_capacity_orphans_nobody() -> None:
    """Where every account is worked again as soon as it has rested, orphaned is 0."""
    rows = [engagement(a, 0, day, day + 60, LOST, rest_until_day_after=day + 60) for a in range(3) for day in range(0, 182, 60)]
    run = measure(record(rows, [0, 0, 0]), tiny_problem(3, 1), seats_of(1, capacity_h_per_week=99.0), RAMP_DAYS, MONEY)[0]
    assert run["orphaned_share"] == 0.0 == run["uncovered_share"]
    assert run["engaged_share"] == 1.0


def test_unassigning_accounts_never_lowers_uncovered() -> None:
    """Whichever accounts are taken out of the books, attempts and all, uncovered does not fall, by count or by potential."""
    rng = np.random.default_rng(1)
    problem = tiny_problem(60, 4)
    log = random_record(rng, problem, quarters=4)
    before = measure(log, problem, problem.seats, RAMP_DAYS, MONEY)[0]
    for _ in range(20):
        dropped = rng.random(60) < rng.random()
        rows = [{k: getattr(log, k)[i] for k in engagement(0, 0, 0, 1, LOST)} for i in np.flatnonzero(~dropped[log.account])]
        fewer = record(rows, np.where(dropped, -1, log.owner), 4, log.rest_until_day)
        after = measure(fewer, problem, problem.seats, RAMP_DAYS, MONEY)[0]
        assert after["uncovered_share"] >= before["uncovered_share"]
        assert after["uncovered_potential_share"] >= before["uncovered_potential_share"]


def test_a_seat_and_quarter_by_hand() -> None:
    """Two attempts of seat 1: hours and travel fall on the quarters in which they pass; quota and capacity grow with the ramp."""
    rows = [engagement(0, 1, 70, 105, WON), engagement(1, 1, 98, 182, OPEN, workload_h_per_week=2.0)]
    seats = seats_of(2, capacity_h_per_week=10.0, quota_usd=4000.0, start_day=[-1000.0, 91.0])
    table = measure(record(rows, [1, 1, 0]), tiny_problem(3, 2), seats, 182.0, MONEY)[1]
    assert table["bookings_usd"].tolist() == [0, 0, 0, 1000]
    assert table["used_h"].tolist() == [0, 0, 3.0, 2.0 + 24.0]
    assert table["travel_h"].tolist() == [0, 0, 0.75, 0.5 + 3.0]
    assert table["quota_usd"].tolist() == [1000, 1000, 0, 250]
    assert table["capacity_h"].tolist() == [130, 130, 0, 32.5]
    assert table["potential_usd"].tolist() == [30e3, 30e3, 30e3, 30e3]
    assert table["owned_n"].tolist() == [1, 1, 2, 2]
    assert table["engaged_n"].tolist() == [0, 0, 1, 2]


def test_a_run_by_hand() -> None:
    """Attainment, pipeline, utilisation and engaged accounts of a record of three attempts."""
    rows = [engagement(0, 0, 0, 91, WON), engagement(1, 1, 0, 100, LOST, passed_n=1), engagement(2, 1, 100, 182, OPEN, passed_n=2)]
    seats = seats_of(2, capacity_h_per_week=2.0, quota_usd=1600.0)
    run = measure(record(rows, [0, 1, 1, -1]), tiny_problem(4, 2), seats, RAMP_DAYS, MONEY)[0]
    assert run["bookings_usd"] == 1000 == run["bookings_year1_usd"]
    assert run["pipeline_usd"] == 500
    assert (run["attainment"], run["attainment_median"], run["attainment_p90"]) == pytest.approx((1000 / 1600, 0.625, 1.125))
    assert (run["seats_at_quota_share"], run["seats_at_70_share"]) == (0.5, 0.5)
    assert run["gini_outcome"] == 1.0
    assert run["utilisation_share"] == (91 + 182) / (2 * 2 * 182)
    assert run["gini_load"] == pytest.approx((182 - 91) / (182 + 91))
    assert run["engaged_per_seat_n"] == (2 + 2) / 4
    assert run["never_engaged_share"] == 0.25
    assert run["unassigned_share"] == 0.25
    assert run["opportunities_per_engaged_account"] == 1.0
    assert run["orphaned_n"] == 0.5  # account 2 at day 91, one of two quarter ends


def test_control_variate_by_hand() -> None:
    """Won: (1/2)(125 + ...)-type surprises of each stage and the surplus of the amount; nothing for what could not end in time."""
    won = engagement(0, 0, 0, 50, WON, amount_usd=1300.0)
    lost = engagement(1, 0, 0, 50, LOST, passed_n=1)
    open_ = engagement(2, 0, 0, 182, OPEN, passed_n=1, stage_day=[10, 20, 400])
    qualified = engagement(3, 0, 0, 50, LOST, first_stage=1, passed=[True, False, True], revealed=[False, True, False])
    value = [1000 / 4, 1000 / 2, 1000.0]
    assert control_variate_usd(record([won], [0])) == pytest.approx(0.5 * sum(value) + 300)
    assert control_variate_usd(record([lost], [0, 0])) == pytest.approx(0.5 * value[0] - 0.5 * value[1])
    assert control_variate_usd(record([open_], [0, 0, 0])) == 0.0
    assert control_variate_usd(record([qualified], [0, 0, 0, 0])) == pytest.approx(-0.5 * value[1])


def test_control_variate_has_mean_zero_on_simulated_coin_flips() -> None:
    """Over 2,000 records in which only a loss is followed by another attempt, so that luck decides how many there are: |z| < 4.

    The wrong twin believes in chances 0.05 higher than the true ones, and is biased.
    """
    rng = np.random.default_rng(3)
    sums, twins = [], []
    for _ in range(2000):
        rows, day, chance = [], 0.0, np.array([0.45, 0.55, 0.5])
        while day < 182:
            stage_day = day + np.cumsum(rng.exponential(20, 3))
            passed = rng.random(3) < chance
            last = int(np.argmin(passed)) if not passed.all() else 2
            end, won = float(stage_day[last]), bool(passed.all())
            outcome = OPEN if end >= 182 else WON if won else LOST
            revealed = (np.arange(3) <= last) & (stage_day < 182)
            amount = float(1000 * rng.lognormal(-0.08, 0.4)) if outcome == WON else 0.0
            columns = {"stage_day": stage_day, "passed": passed, "revealed": revealed, "chance": chance, "amount_usd": amount}
            rows.append(engagement(0, 0, day, min(end, 182), outcome, **columns))
            day = end + (200.0 if won else 0.0)
        log = record(rows, [0])
        sums.append(control_variate_usd(log))
        twins.append(control_variate_usd(replace(log, chance=log.chance + 0.05)))
    z, twin_z = (np.mean(x) / (np.std(x) / np.sqrt(len(x))) for x in (sums, twins))
    assert abs(z) < 4 < abs(twin_z)


def test_equity_against_values_by_hand() -> None:
    """Gini of (1, 2, 3) is 4 / 12 and of (0, 0, 5) is 1; CV, share outside 15 % and max/min of simple triples."""
    assert gini(np.array([3.0, 1.0, 2.0])) == pytest.approx(4 / 12)
    assert gini(np.array([0.0, 5.0, 0.0])) == pytest.approx(1.0)
    assert gini(np.array([[2.0, 2.0], [0.0, 3.0]])).tolist() == [0.0, 1.0]
    assert cv(np.array([1.0, 2.0, 3.0])) == pytest.approx(np.sqrt(2 / 3) / 2)
    assert outside_share(np.array([80.0, 100.0, 120.0])) == pytest.approx(2 / 3)
    assert outside_share(np.array([86.0, 100.0, 114.0])) == 0.0
    assert max_min(np.array([2.0, 5.0])) == 2.5
    assert max_min(np.array([0.0, 5.0])) == np.inf


def test_theil_splits_into_within_and_between() -> None:
    """Teams even inside have no within part, equal team means no between part; together they are the index."""
    assert theil(np.array([1.0, 1.0, 3.0, 3.0]), np.array([0, 0, 2, 2])) == pytest.approx((0.0, 0.25 * np.log(0.5) + 0.75 * np.log(1.5)))
    within, between = theil(np.array([1.0, 3.0, 1.0, 3.0]), np.array([0, 0, 1, 1]))
    assert (within, between) == pytest.approx((0.25 * np.log(0.5) + 0.75 * np.log(1.5), 0.0))
    x = np.array([1.0, 2.0, 3.0, 7.0, 5.0])
    assert sum(theil(x, np.array([0, 0, 1, 1, 1]))) == pytest.approx(np.mean(x / x.mean() * np.log(x / x.mean())))


def test_luck_floor_is_the_gini_of_seats_that_differ_by_luck_only() -> None:
    """It agrees with a plain bootstrap over identical seats, shrinks with the number of attempts, and is the same when asked again."""
    rng = np.random.default_rng(0)
    amounts = np.where(rng.random(400) < 0.2, rng.lognormal(9, 1, 400), 0.0)
    floor = luck_floor_gini(amounts, 10)
    plain = np.mean([gini(rng.choice(amounts, (10, 40)).sum(axis=1)) for _ in range(2000)])
    assert floor == pytest.approx(plain, rel=0.15)
    assert luck_floor_gini(np.tile(amounts, 25), 10) < floor / 3
    assert luck_floor_gini(amounts, 10) == floor
    assert luck_floor_gini(np.full(400, 5.0), 10) == pytest.approx(0.0, abs=1e-9)


def test_moved_means_from_one_owner_to_another() -> None:
    """Of six accounts two change hands; one that had no owner and one that gets none are not moved. Deals and months go with them."""
    problem = tiny_problem(12, 3, owner=[0, 0, 1, 1, -1, 2, 2, 2, 2, 2, 2, 2], engaged_days=[60.8, 30.4] + [15.2] * 10)
    owner = problem.owner.copy()
    owner[[0, 6]], owner[4], owner[1] = 1, 0, -1
    run = measure(record([], owner), problem, problem.seats, RAMP_DAYS, MONEY)[0]
    assert (run["moved_n"], run["moved_share"]) == (2, 2 / 12)
    assert run["moved_potential_share"] == pytest.approx(20e3 / problem.accounts.potential_usd.sum())
    assert run["moved_deals_n"] == 1
    assert run["moved_relationship_months"] == pytest.approx(2.5)
    later = measure(record([], owner, born_day=np.where(np.arange(12) >= 8, 50.0, -np.inf)), problem, problem.seats, RAMP_DAYS, MONEY)[0]
    assert later["moved_share"] == 2 / 8  # four of the accounts are not there on day 0


def test_nothing_at_all_gives_zeros_and_no_warning() -> None:
    """No attempt, no capacity, no quota, no potential, one seat: all metrics are numbers, but for those per quota."""
    seats = seats_of(1, capacity_h_per_week=0.0, quota_usd=np.nan)
    run = measure(record([], [0, -1]), tiny_problem(2, 1, potential_usd=0.0), seats, RAMP_DAYS, MONEY)[0]
    without = {name for name, value in run.items() if np.isnan(value)}
    assert without == {n for n in run if n.startswith(("attainment", "seats_at_")) or n.endswith("per_quota")}
    assert run["orphaned_capacity_share"] == 0.5 == run["unassigned_share"]
    one = measure(record([engagement(0, 0, 0, 9, WON)], [0]), tiny_problem(1, 1), seats_of(1), RAMP_DAYS, MONEY)[0]
    assert (one["gini_outcome"], one["gini_opportunity"], one["luck_floor_gini"]) == (0.0, 0.0, 0.0)


def test_pipeline_per_quota_before_the_start_and_at_the_end() -> None:
    """Two deals of 20,000: seat 1 has one at chances .45 .5 .5, seat 2 had one at .5, whose account now belongs to seat 0."""
    problem = tiny_problem()
    owner = np.where(np.arange(12) == 10, 0, problem.owner)
    run, table = measure(record([engagement(0, 0, 0, 182, OPEN)], owner), problem, seats_of(3, quota_usd=40e3), RAMP_DAYS, MONEY)
    assert table["opening_pipeline_usd"].reshape(3, 2)[:, 0].tolist() == pytest.approx([10_000.0, 2_250.0, 0.0])
    assert run["opening_pipeline_per_quota"] == pytest.approx(12_250 / 30e3)
    assert run["pipeline_per_quota"] == pytest.approx(run["pipeline_usd"] / 30e3)


def test_mean_ramp_is_the_mean_of_the_ramp() -> None:
    """Against a fine sum over days, for people who start before, within and after the interval, and without a ramp."""
    fine = np.linspace(91, 182, 9101)[:-1] + 0.005
    for ramp_days in (0.0, 50.0, 150.0):
        for start_day in (-1000.0, -20.0, 100.0, 140.0, 200.0):
            exact = mean_ramp(np.array(91.0), np.array(182.0), start_day, ramp_days)
            share = np.clip((fine - start_day) / ramp_days, 0.0, 1.0) if ramp_days else fine >= start_day
            assert exact == pytest.approx(share.mean(), abs=1e-6)


def test_a_horizon_of_part_of_a_quarter_is_refused() -> None:
    """Quarter ends are days 91, 182, ...: a horizon between them is a mistake."""
    assert quarter_ends(182.0).tolist() == [91.0, 182.0]
    with pytest.raises(ValueError, match=r"horizon_days: 100\.0"):
        quarter_ends(100.0)
