"""The control variate and the intervals on simulated futures: a mean of zero, the variance it takes off, and what the intervals cover."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from experiments.findings import statistics
from experiments.findings.statistics import Interval, compare, paired_lifts
from sim.behaviour import Customers, Demand, HandOver, People
from sim.futures import draw_future
from sim.market import Market, planning_problem
from sim.metrics import control_variate_usd, measure, quarter_ends
from sim.record import CUT
from sim.simulate import simulate
from tests.markets import drawn_market
from tests.worlds import tiny_policy, tiny_world

POLICY = tiny_policy()
WORLDS = {
    "core": tiny_world(),
    "full": tiny_world(  # people, customers and demand as in conf/world/default.yaml
        people=People(0.22, attainment_effect=1.0, poverty_effect=1.0, overload_effect=1.0),
        customers=Customers(0.08, untouched_effect=0.8),
        demand=Demand(leads_per_year=0.15, lead_effect=0.3),
    ),
}


def designs(market: Market) -> list[np.ndarray]:
    """Today's owners, a blind reshuffle, the accounts dealt out in turns, and today's with every tenth account moved on."""
    seats_n, today = len(market.snapshot.seats), market.snapshot.owner
    positions = np.arange(len(today))
    shuffled = np.random.default_rng(0).integers(seats_n, size=len(today))
    return [today, shuffled, positions % seats_n, np.where(positions % 10 == 0, (today + 1) % seats_n, today)]


@cache
def lived(accounts_n: int, seats_n: int, futures_n: int, quarters: int, world: str) -> tuple[np.ndarray, np.ndarray]:
    """Bookings and control variates (futures, designs) on one drawn market."""
    market = drawn_market(accounts_n=accounts_n, seats_n=seats_n, world=WORLDS[world])
    bookings, luck = np.zeros((futures_n, 4)), np.zeros((futures_n, 4))
    for f in range(futures_n):
        future = draw_future(1, 0, f)
        for d, owner in enumerate(designs(market)):
            record = simulate(market, owner, future, WORLDS[world], POLICY, 91.0 * quarters)
            bookings[f, d], luck[f, d] = record.amount_usd.sum(), control_variate_usd(record)
    return bookings, luck


@pytest.mark.parametrize("world", WORLDS)
def test_identical_designs_have_exactly_equal_rows(world: str) -> None:
    """Two arms with the same owners get the same metrics to the last bit in every future, a lift of 0 and the interval [0, 0]."""
    market = drawn_market(world=WORLDS[world])
    problem = planning_problem(market.snapshot, WORLDS[world], POLICY, 364.0)
    usd, luck = np.zeros((4, 3)), np.zeros((4, 3))
    for f in range(4):
        runs = []
        for owner in (problem.owner, problem.owner.copy(), designs(market)[2]):
            record = simulate(market, owner, draw_future(1, 0, f), WORLDS[world], POLICY, 364.0)
            runs.append(measure(record, problem, problem.seats, WORLDS[world].ramp_days, POLICY.money)[0])
        assert str(runs[0]) == str(runs[1]) != str(runs[2])
        usd[f], luck[f] = [run["bookings_usd"] for run in runs], [run["control_variate_usd"] for run in runs]
    lifts = {lift.arm: lift for lift in compare(usd, luck, np.zeros(4, np.int64), ["base", "same", "other"], "base", 0.01, 7).lifts}
    assert lifts["same"].adjusted == lifts["same"].raw == Interval(0.0, 0.0, 0.0)
    assert lifts["other"].raw.share != 0.0


@pytest.mark.slow
@pytest.mark.parametrize("world", WORLDS)
def test_the_control_variate_has_mean_zero_and_takes_most_of_the_luck_off(world: str) -> None:
    """5 seats, 300 accounts, two years, 200 futures: |z| < 4 in every design; a lift varies at least 3 x less than with independent seeds.

    How much less, with keyed numbers alone and with the control variate, is printed.
    """
    bookings, luck = lived(300, 5, 200, 8, world)
    z = luck.mean(axis=0) / (luck.std(axis=0) / np.sqrt(len(luck)))
    assert np.all(np.abs(z) < 4)
    adjusted = bookings - luck
    for d in (1, 2, 3):
        independent = bookings[:, 0].var() + bookings[:, d].var()
        keyed, controlled = independent / (bookings[:, d] - bookings[:, 0]).var(), independent / (adjusted[:, d] - adjusted[:, 0]).var()
        print(f"{world} world, design {d}: variance {keyed:.1f} x less by keyed numbers, {controlled:.1f} x with the control variate")  # noqa: T201
        assert controlled > 3
        assert controlled > keyed


@pytest.mark.slow
def test_the_control_variate_has_mean_zero_while_people_leave_and_accounts_move() -> None:
    """People resign, customers churn, accounts ask, grow, merge and go, some stand in the CRM twice: |z| < 4 at the end of each quarter.

    Some 40 engagements a future are cut and go on elsewhere. The twin that takes the stage in which one is cut for lost is biased.
    """
    demand = Demand(leads_per_year=0.5, lead_effect=0.5, growth_per_year=0.2, mergers_per_year=0.2, competitor_per_year=0.2)
    people, customers = People(1.0, attainment_effect=1.0, poverty_effect=1.0), Customers(0.3, untouched_effect=1.0)
    world = tiny_world(people=people, customers=customers, demand=demand, hand_over=HandOver(-0.3, warm_kept_share=0.5))
    market = drawn_market(duplicate_share=0.1)
    shuffled = np.random.default_rng(0).integers(len(market.snapshot.seats), size=len(market.snapshot.owner))
    luck, twin, cut_n, ends = [], [], 0, quarter_ends(728.0)
    for f in range(200):
        record = simulate(market, shuffled, draw_future(3, 0, f), world, tiny_policy(transition="warm"), 728.0)
        cut = np.flatnonzero(record.outcome == CUT)
        at_stage = record.revealed.copy()
        at_stage[cut, record.first_stage[cut] + record.revealed[cut].sum(axis=1)] = True
        luck.append([control_variate_usd(record, day) for day in ends])
        twin.append(control_variate_usd(replace(record, revealed=at_stage)))
        cut_n += len(cut)
    assert np.all(np.abs(z_of(np.array(luck))) < 4)
    assert abs(z_of(np.array(twin))) > 4
    assert cut_n > 20 * 200


def z_of(values: np.ndarray) -> np.ndarray:
    """Mean over the rows, in its standard errors."""
    z: np.ndarray = values.mean(axis=0) / (values.std(axis=0, ddof=1) / np.sqrt(len(values)))
    return z


@pytest.mark.slow
def test_intervals_of_simulated_lifts_cover_a_long_reference(monkeypatch: pytest.MonkeyPatch) -> None:
    """2 seats, 60 accounts, 2,000 futures of the full world as the reference: blocks of 10, 20 and 50 of them cover its three lifts at once
    as 95 % allows.

    Bound: 4 binomial standard errors below 95 %; the twin with intervals half as wide fails it. In so small a market one large account
    skews the raw bookings, and raw intervals cover less (some 88 to 91 %); that is printed and not asserted.
    """
    monkeypatch.setattr(statistics, "MAX_T_SAMPLES_N", 4000)
    bookings, luck = lived(60, 2, 2000, 4, "full")
    adjusted = bookings - luck
    truth = adjusted[:, 1:].sum(axis=0) / adjusted[:, 0].sum() - 1
    for futures_n in (10, 20, 50):
        blocks_n = len(bookings) // futures_n
        miss = np.zeros((blocks_n, 3, 2))  # distance from the truth in half-widths: adjusted and raw
        for b in range(blocks_n):
            rows = slice(b * futures_n, (b + 1) * futures_n)
            one_draw = np.zeros(futures_n, np.int64)
            for k, lift in enumerate(paired_lifts(bookings[rows], luck[rows], one_draw, list("abcd"), [(1, 0), (2, 0), (3, 0)], 0.0, b)):
                miss[b, k] = [abs(i.share - truth[k]) / (i.high_share - i.share) for i in (lift.adjusted, lift.raw)]
        covered, raw = np.mean(np.all(miss <= 1, axis=1), axis=0)
        twin = np.mean(np.all(miss[:, :, 0] <= 0.5, axis=1))
        least = 0.95 - 4 * np.sqrt(0.95 * 0.05 / blocks_n)
        print(f"{futures_n} futures: coverage {covered:.3f}, raw {raw:.3f}, half as wide {twin:.3f}, least {least:.3f}")  # noqa: T201
        assert covered >= least > twin


@pytest.mark.slow
def test_exchangeable_designs_are_rarely_called_different(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two arms that deal the accounts out anew in each future, in the full world: at most 5 % of 80 comparisons tell them apart.

    Bound: 4 binomial standard errors above 5 %. The twin with intervals half as wide is beyond it.
    """
    monkeypatch.setattr(statistics, "MAX_T_SAMPLES_N", 4000)
    world, market, comparisons_n, futures_n = WORLDS["full"], drawn_market(accounts_n=60, seats_n=2, world=WORLDS["full"]), 80, 20
    rng, told, twin = np.random.default_rng(2), 0, 0
    for c in range(comparisons_n):
        bookings, luck = np.zeros((futures_n, 2)), np.zeros((futures_n, 2))
        for f, arm in np.ndindex(futures_n, 2):
            owner = rng.integers(2, size=60)
            record = simulate(market, owner, draw_future(9, 0, c * futures_n + f), world, POLICY, 364.0)
            bookings[f, arm], luck[f, arm] = record.amount_usd.sum(), control_variate_usd(record)
        lift = paired_lifts(bookings, luck, np.zeros(futures_n, np.int64), ["a", "b"], [(1, 0)], 0.0, c)[0].adjusted
        half = (lift.high_share - lift.low_share) / 2
        told += abs(lift.share) > half
        twin += abs(lift.share) > half / 2
    most = 0.05 + 4 * np.sqrt(0.05 * 0.95 / comparisons_n)
    assert told / comparisons_n <= most < twin / comparisons_n
