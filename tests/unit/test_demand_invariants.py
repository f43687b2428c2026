"""What holds whatever comes by itself: leads, growth, mergers, new accounts, a competitor, people who leave, customers who churn."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from sim.behaviour import Customers, Demand, People, Shock
from sim.futures import draw_future
from sim.metrics.sales import control_variate_usd
from sim.newcomers import with_newcomers
from sim.record import Record
from sim.simulate import simulate
from sim.snapshot import UNASSIGNED
from tests.markets import drawn_market
from tests.worlds import tiny_policy, tiny_world

PATIENCE_DAYS, DAYS = 5.0, 728.0
DEMAND = Demand(
    leads_per_year=1.0, lead_patience_days=PATIENCE_DAYS, lead_effect=0.5, new_accounts_per_year_share=0.1, growth_per_year=0.1,
    mergers_per_year=0.1, competitor_per_year=0.3, competitor_lock_days=180.0, shocks=(Shock(200.0, -0.4),),
)  # fmt: skip
WORLD = tiny_world(demand=DEMAND, people=People(resignation_per_year=0.3), customers=Customers(churn_chance=0.1, untouched_effect=0.5))
MARKET = drawn_market(accounts_n=200, seats_n=4)


def lived(future: int) -> Record:
    """Two years of everything at once; every other future has the other policies."""
    words = {
        "merger_keeps": ("larger", "relationship"),
        "routing": ("nearest", "least_potential"),
        "transition": ("abrupt", "warm"),
    }
    policy = replace(tiny_policy(), **{name: pair[future % 2] for name, pair in words.items()})  # type: ignore[arg-type]
    drawn = draw_future(2, 0, future)
    market = with_newcomers(MARKET, drawn, WORLD, DAYS)
    owner = np.append(MARKET.snapshot.owner, np.full(len(market.snapshot.accounts) - len(MARKET.snapshot.owner), UNASSIGNED))
    return simulate(market, owner, drawn, WORLD, policy, DAYS)


@pytest.fixture(scope="module")
def records() -> list[Record]:
    """Six futures."""
    return [lived(future) for future in range(6)]


def test_nobody_works_an_account_that_is_not_there(records: list[Record]) -> None:
    """No engagement begins before an account appears or while it is away, and none lasts beyond its departure."""
    for record in records:
        assert record.born_day is not None
        assert (record.start_day >= record.born_day[record.account]).all()
        gone = record.events.departures
        assert len(set(gone.reason.tolist())) == 2
        for day, account, until_day in zip(gone.day, gone.account, gone.until_day, strict=True):
            here = record.account == account
            assert not (here & (record.start_day >= day) & (record.start_day < until_day)).any()
            assert not (here & (record.start_day < day) & (record.end_day > day)).any()


def test_every_engagement_is_its_owner_s_and_the_account_s_only_one(records: list[Record]) -> None:
    """The owner on the day of the start works it, and the one before has ended."""
    for record in records:
        by_day = np.argsort(record.start_day, kind="stable")
        owner = record.owner_at(record.start_day[by_day])
        assert np.array_equal(owner[record.account[by_day], np.arange(len(record))], record.seat[by_day])
        by_account = np.lexsort((record.start_day, record.account))
        again = np.diff(record.account[by_account]) == 0
        assert (record.start_day[by_account][1:][again] >= record.end_day[by_account][:-1][again]).all()


def test_an_answered_lead_begins_an_engagement_in_time(records: list[Record]) -> None:
    """Every answered lead is the start of an engagement within its patience, and no lead has an answer and none."""
    for record in records:
        leads = record.events.leads
        answered = np.isfinite(leads.answered_day)
        assert 0 < np.count_nonzero(answered) < len(leads.day)
        begun = set(zip(record.account.tolist(), record.start_day.tolist(), record.seat.tolist(), strict=True))
        asked = zip(*(column[answered].tolist() for column in (leads.account, leads.answered_day, leads.seat)), strict=True)
        assert set(asked) <= begun
        assert (leads.answered_day[answered] - leads.day[answered] <= PATIENCE_DAYS).all()


@pytest.mark.slow
def test_the_luck_still_has_mean_zero() -> None:
    """Over 100 futures of everything at once the control variate has mean 0, |z| < 4; with a tenth of the bookings on top it has not."""
    luck = np.array([[control_variate_usd(record), record.amount_usd.sum()] for record in map(lived, range(100))])
    error = luck[:, 0].std() / np.sqrt(len(luck))
    assert abs(luck[:, 0].mean()) < 4 * error < abs((luck[:, 0] + 0.1 * luck[:, 1]).mean())
