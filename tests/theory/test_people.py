"""Turnover against what theory says of it: alternating renewal, age of a stationary renewal process, the compensator of a counting process.

Each at |z| < 4 over replications, and with a wrong value that the test tells from the right one.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from sim.behaviour import People
from sim.futures import draw_future
from sim.market import Market
from sim.metrics import control_variate_usd
from sim.ramp import tenures
from sim.record import Record
from sim.simulate import simulate
from sim.snapshot import empty_deals, empty_history
from tests.markets import drawn_market, tiny_market
from tests.worlds import tiny_policy, tiny_snapshot, tiny_world

YEAR = 364.0


def empty_company(seats_n: int, potential_usd: float = 0.0, quota_usd: float = np.nan) -> Market:
    """Seats in which ramped people sit, each with one account; nobody has bought and nothing is open."""
    snapshot = tiny_snapshot(seats_n, seats_n, owner=np.arange(seats_n), potential_usd=potential_usd, engaged_days=0.0, places=False)
    snapshot = replace(
        snapshot,
        accounts=replace(snapshot.accounts, customer_since_day=np.full(seats_n, np.nan)),
        seats=replace(snapshot.seats, quota_usd=np.full(seats_n, quota_usd)),
        deals=empty_deals(),
        history=empty_history(),
    )
    return tiny_market(snapshot)


def z_of(sample: np.ndarray, expected: float) -> float:
    """By how many standard errors the sample's mean is off."""
    return float((sample.mean() - expected) / (sample.std() / np.sqrt(len(sample))))


@pytest.mark.slow
def test_vacancy_and_productivity_of_a_team_with_turnover() -> None:
    """1,800 seats in their years 3 to 6, with exponential tenures (h = 1 a year) and vacancies (v = 60 days).

    A seat is vacant v / (v + 1 / h) of the time. Given that somebody is there, the time since the start is exponential too (memoryless), so
    the mean of a ramp of R days is (1 - exp(-h R)) / (h R). Wrong: h v (forgets that nobody leaves a vacant seat), 1 - h R / 2 (forgets
    that some leave during a ramp), 1 (forgets the ramp).
    """
    hazard, vacancy, ramp = 1.0 / YEAR, 60.0, 150.0
    world = tiny_world(people=People(resignation_per_year=hazard * YEAR, vacancy_days=vacancy), ramp_days=ramp)
    market, days = empty_company(300), 6 * YEAR
    since, until = np.array([2 * YEAR]), np.array([days])
    vacant, productive = [], []
    for f in range(6):
        record = simulate(market, market.snapshot.owner, draw_future(1, 0, f), world, tiny_policy(), days)
        people = tenures(market.snapshot.seats.start_day, np.zeros(300, np.bool_), record.events.successions)
        vacant.append(people.vacant_share(since, until, 300))
        productive.append(people.ramped_share(since, until, 300, ramp))
    vacant_share, productive_share = np.concatenate(vacant)[:, 0], np.concatenate(productive)[:, 0]
    expected = vacancy / (vacancy + 1 / hazard)
    assert abs(z_of(vacant_share, expected)) < 4
    assert abs(z_of(vacant_share, hazard * vacancy)) > 4
    there = 1 - expected
    assert abs(z_of(productive_share, there * (1 - np.exp(-hazard * ramp)) / (hazard * ramp))) < 4
    assert abs(z_of(productive_share, there * (1 - hazard * ramp / 2))) > 4
    assert abs(z_of(productive_share, there)) > 4


def borne(record: Record, start_day: np.ndarray, rate: float, trouble: np.ndarray, missed: float) -> float:
    """The hazard that everybody has borne by the horizon, quarter by quarter: rate x exp(trouble of the seat + ``missed`` once judged)."""
    people = tenures(start_day, np.zeros(len(start_day), np.bool_), record.events.successions)
    quarters = np.arange(0.0, record.horizon_days, 91.0)
    begin = np.maximum(people.start_day, 0.0)[:, None]
    days = np.minimum(np.minimum(people.left_day, record.horizon_days)[:, None], quarters + 91.0) - np.maximum(begin, quarters)
    judged = quarters - begin >= 182.0
    return float((np.maximum(days, 0.0) * rate / YEAR * np.exp(trouble[people.seat][:, None] + missed * judged)).sum())


@pytest.mark.slow
def test_as_many_leave_as_hazards_were_borne() -> None:
    """Three years of 5 companies of 300 seats, with books of 10k, 20k and 30k and a quota that nobody can meet.

    Departures minus the integrated hazard is a martingale whose variance is that hazard (the compensator of a counting process). Vacancies
    are short, so that the mean book is 20k at every look. Wrong: poor books trouble nobody; nothing does.
    """
    market = empty_company(300, quota_usd=1e9)
    accounts = replace(market.snapshot.accounts, potential_usd=np.tile([10e3, 20e3, 30e3], 100))
    market = replace(market, snapshot=replace(market.snapshot, accounts=accounts))
    people = People(resignation_per_year=0.3, attainment_effect=0.5, poverty_effect=1.0, vacancy_days=1e-6)
    world = tiny_world(people=people, ramp_days=0.0)
    start_day, days = market.snapshot.seats.start_day, 3 * YEAR
    poor = np.tile([0.5, 0.0, 0.0], 100)
    left, right, calm, content = 0.0, 0.0, 0.0, 0.0
    for f in range(5):
        record = simulate(market, market.snapshot.owner, draw_future(2, 0, f), world, tiny_policy(), days)
        left += len(record.events.successions.seat)
        right += borne(record, start_day, 0.3, poor, 0.5)
        content += borne(record, start_day, 0.3, 0.0 * poor, 0.5)
        calm += borne(record, start_day, 0.3, 0.0 * poor, 0.0)
    assert abs(left - right) / np.sqrt(right) < 4
    for wrong in (content, calm):
        assert abs(left - wrong) / np.sqrt(wrong) > 4


@pytest.mark.slow
def test_turnover_leaves_the_mean_of_the_control_variate_at_zero() -> None:
    """Who leaves depends on what was won before, and cuts what is under way: the luck in the bookings still has mean 0 in 150 futures.

    The twin: counted without the chances' own values, as if every stage were passed with one half, it has not.
    """
    market = drawn_market(accounts_n=200, seats_n=5)
    seats = replace(market.snapshot.seats, quota_usd=np.full(5, 300e3))
    market = replace(market, snapshot=replace(market.snapshot, seats=seats))
    world = tiny_world(people=People(resignation_per_year=1.0, attainment_effect=2.0, poverty_effect=2.0, vacancy_days=30.0))
    luck, wrong = [], []
    for f in range(150):
        record = simulate(market, market.snapshot.owner, draw_future(3, 0, f), world, tiny_policy(), 2 * YEAR)
        luck.append(control_variate_usd(record))
        wrong.append(control_variate_usd(replace(record, chance=np.full_like(record.chance, 0.5))))
    assert abs(z_of(np.array(luck), 0.0)) < 4
    assert abs(z_of(np.array(wrong), 0.0)) > 4
