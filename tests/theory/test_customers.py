"""Customers against what can be known without simulating: what is left of ARR after years, and hours that no seat has."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sim.behaviour import Customers, People
from sim.futures import draw_future
from sim.record import Record
from sim.simulate import simulate
from sim.snapshot import DAYS_PER_YEAR
from tests.markets import drawn_market, tiny_market
from tests.unit.test_simulate import bare
from tests.worlds import tiny_policy, tiny_world

CUSTOMERS_N, FUTURES_N, YEARS = 200, 60, 3


def retained(renewal: Customers, capacity_h: float, support_h: float) -> np.ndarray:
    """Share of the ARR (futures,) that is left after three years with customers who are never engaged, and support of so many hours each.

    Their accounts take 0.33 h or more a week while they are worked, so a seat of less engages nobody.
    """
    snapshot = bare(CUSTOMERS_N, 1, owner=0, capacity_h_per_week=capacity_h)
    rng = np.random.default_rng(1)
    since = -rng.uniform(0.0, 5 * DAYS_PER_YEAR, CUSTOMERS_N)
    arr_usd = rng.lognormal(9.0, 0.5, CUSTOMERS_N)
    market = tiny_market(replace(snapshot, accounts=replace(snapshot.accounts, customer_since_day=since, arr_usd=arr_usd)))
    world = tiny_world(customers=renewal)
    segments = {name: replace(rates, support_h_per_week=support_h) for name, rates in world.segments.items()}
    world, shares = replace(world, segments=segments), []
    for f in range(FUTURES_N):
        record = simulate(market, market.snapshot.owner, draw_future(3, 0, f), world, tiny_policy(), YEARS * DAYS_PER_YEAR + 1.0)
        renewals = record.events.renewals
        assert len(record) == 0
        shares.append(1.0 - renewals.arr_usd[renewals.churned].sum() / arr_usd.sum())
    return np.array(shares)


def z(shares: np.ndarray, expected: float) -> float:
    """Standard errors between the mean and what is expected."""
    return float((shares.mean() - expected) / (shares.std(ddof=1) / np.sqrt(len(shares))))


@pytest.mark.parametrize("chance", [0.08, 0.3])
def test_arr_is_left_as_the_product_of_the_years_that_are_survived(chance: float) -> None:
    """200 customers, 60 futures, three years at a constant chance p: (1 - p)^3 of the ARR is left; neither (1 - p)^2 nor e^(-3p) is."""
    shares = retained(Customers(churn_chance=chance), 0.1, 0.0)
    assert abs(z(shares, (1 - chance) ** 3)) < 4
    assert abs(z(shares, (1 - chance) ** 2)) > 4
    assert chance < 0.2 or abs(z(shares, float(np.exp(-3 * chance)))) > 4


def test_churn_under_too_little_support_follows_the_share_that_each_customer_gets() -> None:
    """200 customers ask for twice what the seat has; as some leave, the others get more. Cohort by cohort: |z| < 4.

    With a share n of the customers left, each gets min(1, 1 / 2n) of its support on its day; that it stays at 1/2 is noticed.
    """
    renewal = Customers(churn_chance=0.1, untouched_effect=2.0)
    shares = retained(renewal, 0.1, 0.1 / (CUSTOMERS_N / 2))
    cohort = np.full(DAYS_PER_YEAR, 1.0 / DAYS_PER_YEAR)
    for day in range(YEARS * DAYS_PER_YEAR):
        cohort[day % DAYS_PER_YEAR] *= 1.0 - _chance(renewal, 1.0 - min(1.0, 0.5 / cohort.sum()))
    assert abs(z(shares, cohort.sum())) < 4
    assert abs(z(shares, (1 - _chance(renewal, 0.5)) ** 3)) > 4


def _chance(renewal: Customers, untouched: float) -> float:
    odds = renewal.churn_chance / (1 - renewal.churn_chance) * np.exp(renewal.untouched_effect * untouched)
    return float(odds / (1 + odds))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.integers(0, 50), st.integers(1, 80), st.integers(1, 4), st.sampled_from([0.4, 2.0, 6.0]), st.sampled_from([0.02, 0.2, 1.0]),
    st.sampled_from([0.0, 2.0]),
)  # fmt: skip
def test_support_and_engagements_never_take_more_than_there_is(
    seed: int, accounts_n: int, seats_n: int, capacity_h: float, support_h: float, resignation: float
) -> None:
    """Customers who win, leave and ask, people who come and go: at every moment support given + hours of engagements <= capacity x ramp.

    Given is never more than asked; stretches of a seat do not overlap; what is asked is what the customers of its book ask for.
    """
    world = tiny_world(customers=Customers(0.2, 1.0), people=People(resignation_per_year=resignation))
    segments = {name: replace(rates, support_h_per_week=support_h) for name, rates in world.segments.items()}
    world = replace(world, segments=segments)
    market = drawn_market(
        seed, accounts_n=accounts_n, seats_n=seats_n, capacity_h_per_week=capacity_h, history_quarters=1, customer_share=0.02
    )
    owner = np.random.default_rng(seed).integers(-1, seats_n, accounts_n)
    record = simulate(market, owner, draw_future(seed, 0, 0), world, tiny_policy(), 546.0)
    support = record.events.support
    assert (support.given_h_per_week <= support.asked_h_per_week).all()
    assert (support.given_h_per_week >= 0).all()
    for seat in range(seats_n):
        rows = support.seat == seat
        start, end, asked, given_h = (
            c[rows] for c in (support.start_day, support.end_day, support.asked_h_per_week, support.given_h_per_week)
        )
        assert (start[1:] >= end[:-1]).all()
        assert (end > start).all()
        for day in np.unique(np.concatenate([start, record.start_day[record.seat == seat]])):
            engaged = (record.seat == seat) & (record.start_day <= day) & (record.end_day > day)
            now = (start <= day) & (end > day)
            used = record.workload_h_per_week[engaged].sum() + given_h[now].sum()
            assert used <= capacity_h * _ramp(market.snapshot.seats.start_day[seat], record, seat, day, world.ramp_days) + 1e-5
            customers = _customers(market.snapshot.accounts.customer_since_day, record, day)
            assert asked[now].sum() == pytest.approx(support_h * np.sum(customers & (record.owner == seat)), abs=1e-4)


def _ramp(start_day: float, record: Record, seat: int, day: float, ramp_days: float) -> float:
    """Of the person who is there on a day; 0 in a vacant seat."""
    people = record.events.successions
    for left, start in zip(people.left_day[people.seat == seat], people.start_day[people.seat == seat], strict=True):
        if left <= day:
            start_day = start
    return float(np.clip((day - start_day) / ramp_days, 0.0, 1.0))


def _customers(since_day: np.ndarray[Any, Any], record: Record, day: float) -> np.ndarray[Any, Any]:
    """Who is a customer on a day: the last that has happened is a win and not a churn."""
    renewals = record.events.renewals
    won, left = np.where(np.isnan(since_day), -np.inf, 0.0), np.full(len(since_day), -np.inf)
    wins, churns = record.won & (record.end_day <= day), renewals.churned & (renewals.day <= day)
    np.maximum.at(won, record.account[wins], record.end_day[wins])
    np.maximum.at(left, renewals.account[churns], renewals.day[churns])
    return won > left
