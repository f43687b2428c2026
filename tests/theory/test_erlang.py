"""Leads and the competitor against closed forms, |z| < 4 over replications; a wrong value is noticed each time.

Every seat, or every future, is a replication: the seats have books of their own and do not interact.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from sim.behaviour import Demand
from sim.futures import draw_future
from sim.market import Market
from sim.record import Record
from sim.simulate import simulate
from sim.snapshot import DAYS_PER_YEAR, FloatArray, History, empty_deals
from sim.world import SegmentRates, World
from tests.markets import tiny_market
from tests.worlds import tiny_policy, tiny_snapshot, tiny_world

STAGE_DAYS, CHANCE = np.array([10.0, 20.0, 30.0]), np.array([0.6, 0.5, 0.4])
MEAN_DAYS = float(STAGE_DAYS @ [1.0, CHANCE[0], CHANCE[0] * CHANCE[1]])
SEATS_N, BOOK_N, LEADS_PER_YEAR, FUTURES_N = 10, 600, 0.06, 6
WARM_UP_DAYS, HORIZON_DAYS = 364.0, 40 * 91.0
EVER = 1e6  # days: nothing is worked unless it asks for somebody


def world(demand: Demand) -> World:
    """All accounts are alike: one of them takes an hour a week, and nothing but the base chances counts."""
    rates = SegmentRates(1.0, 0.0, tuple(STAGE_DAYS), tuple(CHANCE), tuple(CHANCE))
    off = {"fit_effect": 0.0, "skill_effect": 0.0, "talent_effect": 0.0, "relationship_effect": 0.0}
    return replace(tiny_world(demand=demand), segments=dict.fromkeys(tiny_world().segments, rates), **off)  # type: ignore[arg-type]


def resting(places_n: int) -> Market:
    """Seats with hours for so many accounts at a time, and books in which every account rests for ever."""
    n = SEATS_N * BOOK_N
    snapshot = tiny_snapshot(n, SEATS_N, owner=np.arange(n) % SEATS_N, potential_usd=1.0, capacity_h_per_week=float(places_n))
    everyone, nothing = np.arange(n), np.zeros(n, dtype=np.bool_)
    lost = History(everyone, snapshot.owner, np.full(n, -20.0), np.full(n, -10.0), nothing, nothing, np.zeros(n))
    accounts = replace(snapshot.accounts, customer_since_day=np.full(n, np.nan))
    return tiny_market(replace(snapshot, accounts=accounts, deals=empty_deals(), history=lost, engaged_days=np.zeros(n)))


def lived(places_n: int, patience_days: float) -> list[Record]:
    """Ten years in which nothing happens but leads."""
    market, demand = resting(places_n), Demand(leads_per_year=LEADS_PER_YEAR, lead_patience_days=patience_days)
    policy = tiny_policy(rest_after_loss_days=EVER, rest_after_win_days=EVER)
    futures = [draw_future(3, 0, f) for f in range(FUTURES_N)]
    return [simulate(market, market.snapshot.owner, future, world(demand), policy, HORIZON_DAYS) for future in futures]


def erlang_b(places_n: int, load: float) -> float:
    """Share of arrivals that find all places taken, whatever the distribution of the service (Erlang 1917; Sevastyanov 1957)."""
    blocked = 1.0
    for places in range(1, places_n + 1):
        blocked = load * blocked / (places + load * blocked)
    return blocked


def z_score(values: FloatArray, expected: float) -> float:
    """How many standard errors the mean of the replications is off."""
    return float((values.mean() - expected) / (values.std(ddof=1) / np.sqrt(values.size)))


@pytest.mark.parametrize("places_n", [1, 4])
def test_a_desk_that_answers_at_once_or_not_at_all_blocks_as_erlang_says(places_n: int) -> None:
    """Blocked leads, less blocking probability x leads, have mean 0 by seat. The twins have a place more, or never block.

    The leads at a desk are those of its 600 accounts, some 36 a year; an account under way sends none, which takes off one part in 600 for
    each.
    """
    load = LEADS_PER_YEAR * BOOK_N / DAYS_PER_YEAR * MEAN_DAYS
    came, lost = [], []
    for record in lived(places_n, 0.0):
        leads = record.events.leads
        late = leads.day > WARM_UP_DAYS
        came.append(np.bincount(leads.seat[late], minlength=SEATS_N))
        lost.append(np.bincount(leads.seat[late & np.isnan(leads.answered_day)], minlength=SEATS_N))
    leads_n, lost_n = (np.concatenate(counts).astype(np.float64) for counts in (came, lost))
    print(f"{places_n} places, load {load:.2f}: blocked {lost_n.sum() / leads_n.sum():.4f}, Erlang B {erlang_b(places_n, load):.4f}")  # noqa: T201
    assert abs(z_score(lost_n - erlang_b(places_n, load) * leads_n, 0.0)) < 4
    assert abs(z_score(lost_n - erlang_b(places_n + 1, load) * leads_n, 0.0)) > 4
    assert abs(z_score(lost_n, 0.0)) > 4


def test_leads_are_poisson() -> None:
    """At desks that never fill: as many leads by seat as rate x accounts x days, mean and variance. The twin has one more in twenty.

    An account under way sends none: its leads are missed for as long as it is worked.
    """
    records = lived(10_000, 0.0)
    leads_n = np.concatenate([np.bincount(record.events.leads.seat, minlength=SEATS_N) for record in records]).astype(np.float64)
    per_account = LEADS_PER_YEAR / DAYS_PER_YEAR
    expected = BOOK_N * HORIZON_DAYS * per_account / (1 + per_account * MEAN_DAYS)
    assert abs(z_score(leads_n, expected)) < 4
    assert abs(z_score(leads_n, 1.05 * expected)) > 4
    assert abs(z_score((leads_n - leads_n.mean()) ** 2, expected)) < 4
    assert abs(z_score((leads_n - leads_n.mean()) ** 2, 3 * expected)) > 4


def test_who_is_never_worked_is_lost_to_the_competitor_exponentially() -> None:
    """Share lost by day t = 1 - exp(-h t) for accounts that nobody owns. The twin has a fifth more of the hazard."""
    n, hazard = 3000, 0.3
    snapshot = tiny_snapshot(n, 1, owner=-1)
    snapshot = replace(snapshot, accounts=replace(snapshot.accounts, customer_since_day=np.full(n, np.nan)))
    demand = Demand(competitor_per_year=hazard, competitor_lock_days=EVER)
    for days in (182.0, 728.0):
        futures = [draw_future(4, 0, f) for f in range(5)]
        records = [simulate(tiny_market(snapshot), snapshot.owner, future, world(demand), tiny_policy(), days) for future in futures]
        lost = np.concatenate([np.bincount(record.events.departures.account, minlength=n) for record in records]).astype(np.float64)
        years = days / DAYS_PER_YEAR
        assert lost.max() == 1.0
        assert abs(z_score(lost, 1 - np.exp(-hazard * years))) < 4
        assert abs(z_score(lost, 1 - np.exp(-1.2 * hazard * years))) > 4


def test_who_comes_back_is_lost_again() -> None:
    """Losses at an account that nobody owns in time t, back after L days: a renewal process with gaps Exp(h) + L (Ross 1996, 3.2)."""
    n, hazard, lock_days, days = 3000, 4.0, 91.0, 364.0
    snapshot = tiny_snapshot(n, 1, owner=-1)
    snapshot = replace(snapshot, accounts=replace(snapshot.accounts, customer_since_day=np.full(n, np.nan)))
    demand = Demand(competitor_per_year=hazard, competitor_lock_days=lock_days)
    record = simulate(tiny_market(snapshot), snapshot.owner, draw_future(4, 0, 0), world(demand), tiny_policy(), days)
    losses = np.bincount(record.events.departures.account, minlength=n).astype(np.float64)
    rng = np.random.default_rng(5)
    gaps = rng.exponential(DAYS_PER_YEAR / hazard, (200_000, 5))
    lost_day = np.cumsum(gaps, axis=1) + lock_days * np.arange(5)
    assert abs(z_score(losses, float((lost_day < days).sum(axis=1).mean()))) < 4
    assert abs(z_score(losses, float((np.cumsum(gaps, axis=1) < days).sum(axis=1).mean()))) > 4  # the twin has no lock
