"""The desk against what queueing and renewal theory say of it, |z| < 4 over replications; a wrong value is noticed each time.

Every seat of one simulated future is a replication: the seats have books of their own and do not interact.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pytest
from scipy.special import expit, logit

from sim.futures import draw_future
from sim.market import Market
from sim.record import Record
from sim.simulate import simulate
from sim.snapshot import FloatArray, empty_deals, empty_history
from sim.world import SegmentRates, World
from tests.markets import drawn_market, tiny_market
from tests.worlds import tiny_policy, tiny_snapshot, tiny_world

STAGE_DAYS, CHANCE, LOG_SD, VALUE_USD = np.array([10.0, 20.0, 30.0]), np.array([0.6, 0.5, 0.4]), 0.5, 1000.0
SEATS_N, BOOK_N, HORIZON_DAYS, FUTURES_N = 20, 260, 12 * 91.0, 10
EVER = 1e6  # days: no account is worked twice


@dataclass(frozen=True)
class Cycle:
    """Moments of one engagement: its days X, its reward R."""

    mean_days: float
    mean_square_days: float
    mean_usd: float
    mean_usd_days: float


def cycle() -> Cycle:
    """Stage s is reached if all before it are passed; a win takes all three stages."""
    reached = np.array([1.0, CHANCE[0], CHANCE[0] * CHANCE[1]])
    ends = np.array([1 - CHANCE[0], CHANCE[0] * (1 - CHANCE[1]), CHANCE[0] * CHANCE[1]])
    variance = STAGE_DAYS**2 * np.expm1(LOG_SD**2)
    until, spread = np.cumsum(STAGE_DAYS), np.cumsum(variance)
    win = float(CHANCE.prod())
    return Cycle(float(reached @ STAGE_DAYS), float(ends @ (until**2 + spread)), win * VALUE_USD, win * VALUE_USD * float(until[-1]))


def plain_world(places_h: float = 1.0) -> World:
    """All accounts are alike, and nothing but the base chances counts; one of them takes ``places_h`` a week."""
    rates = SegmentRates(places_h, 0.0, tuple(STAGE_DAYS), tuple(CHANCE), tuple(CHANCE))
    off = {"fit_effect": 0.0, "skill_effect": 0.0, "talent_effect": 0.0, "relationship_effect": 0.0}
    return replace(tiny_world(), segments=dict.fromkeys(tiny_world().segments, rates), stage_log_sd=LOG_SD, **off)  # type: ignore[arg-type]


def saturated(places_n: int) -> list[Record]:
    """Desks with room for so many accounts at a time, and more accounts than they will ever come to."""
    n = SEATS_N * BOOK_N
    snapshot = tiny_snapshot(n, SEATS_N, owner=np.arange(n) % SEATS_N, potential_usd=VALUE_USD, capacity_h_per_week=float(places_n))
    accounts = replace(snapshot.accounts, customer_since_day=np.full(n, np.nan))
    snapshot = replace(snapshot, accounts=accounts, deals=empty_deals(), history=empty_history(), engaged_days=np.zeros(n))
    market, policy = tiny_market(snapshot), replace(tiny_policy(), rest_after_loss_days=EVER, rest_after_win_days=EVER)
    return [simulate(market, snapshot.owner, draw_future(11, 0, f), plain_world(), policy, HORIZON_DAYS) for f in range(FUTURES_N)]


def z_score(values: FloatArray, expected: float) -> float:
    """How many standard errors the mean of the replications is off."""
    return float((values.mean() - expected) / (values.std(ddof=1) / np.sqrt(values.size)))


def by_seat(records: list[Record], weights: str | None) -> FloatArray:
    """Sum of a column, or the number of rows, of every seat in every future."""
    return np.concatenate([np.bincount(r.seat, None if weights is None else getattr(r, weights), SEATS_N) for r in records]).astype(float)


@pytest.mark.slow
def test_a_saturated_desk_books_at_the_renewal_reward_rate() -> None:
    """E[bookings by T] = r (T/m + E[X^2] / 2m^2) - E[RX]/m: renewal reward with its edge (Ross 1996, Stochastic Processes, 3.4 and 3.6).

    The twin forgets that most engagements end early, as planning on concurrent load does.
    """
    booked, c = by_seat(saturated(1), "amount_usd"), cycle()
    expected = c.mean_usd * (HORIZON_DAYS / c.mean_days + c.mean_square_days / (2 * c.mean_days**2)) - c.mean_usd_days / c.mean_days
    assert abs(z_score(booked, expected)) < 4
    assert abs(z_score(booked, c.mean_usd * HORIZON_DAYS / STAGE_DAYS.sum())) > 4


@pytest.mark.slow
def test_little_s_law_holds_on_engagements() -> None:
    """Days under way = engagements begun x mean days of one (Little 1961), less what those under way at the end still need.

    Five at a time, never fewer; those under way at T need E[X^2] / 2 E[X] more each. The twin takes all three stages for an engagement.
    """
    places_n = 5
    records, c = saturated(places_n), cycle()
    days, begun = by_seat(records, "end_day") - by_seat(records, "start_day"), by_seat(records, None)
    np.testing.assert_allclose(days, places_n * HORIZON_DAYS)
    still = places_n * c.mean_square_days / (2 * c.mean_days)
    assert abs(z_score(days - begun * c.mean_days, -still)) < 4
    assert abs(z_score(days - begun * STAGE_DAYS.sum(), -still)) > 4


def thin_market() -> tuple[Market, World]:
    """Many unlike accounts, and hours for all of them."""
    world = tiny_world(relationship_effect=0.0)
    market = drawn_market(seed=4, world=world, accounts_n=200, seats_n=4, capacity_h_per_week=168.0, history_quarters=0)
    return market, world


@pytest.mark.slow
def test_in_a_thin_market_bookings_are_the_sum_of_values_times_chances() -> None:
    """Ample hours, one attempt each, ten years: mean bookings = sum of potential x chance. The twin takes base rates only."""
    market, world = thin_market()
    owner = np.arange(200) % 4
    policy = replace(tiny_policy(), rest_after_loss_days=EVER, rest_after_win_days=EVER)
    booked = np.array([simulate(market, owner, draw_future(5, 0, f), world, policy, 40 * 91.0).amount_usd.sum() for f in range(400)])
    accounts, truth = market.snapshot.accounts, market.truth
    rates = world.planning_rates(market.snapshot.vocabulary.segments, policy)
    customer = ~np.isnan(accounts.customer_since_day)
    base = np.where(customer[:, None], rates.expansion_pass_chance[accounts.segment], rates.pass_chance[accounts.segment])
    skilled = market.snapshot.seats.skills[owner, accounts.industry]  # skills are named after industries, in their order
    beyond = (
        truth.industry_logit[accounts.industry]
        + world.fit_effect * (truth.fit - 0.5)
        + world.skill_effect * skilled
        + world.talent_effect * truth.talent[owner]
    )
    value = truth.potential_usd * np.where(customer, world.expansion_share, 1.0)
    expected = float(value @ expit(logit(base) + beyond[:, None]).prod(axis=1))
    assert abs(z_score(booked, expected)) < 4
    assert abs(z_score(booked, float(value @ base.prod(axis=1)))) > 4
