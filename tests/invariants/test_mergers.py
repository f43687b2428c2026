"""Accounts that stand in the CRM twice merge as one."""

from __future__ import annotations

import numpy as np
import pytest

from sim.behaviour import Customers, Demand, HandOver, People
from sim.company.company import Company
from sim.company.mergers import merger_days
from sim.events import MERGED_AWAY
from sim.futures import draw_future
from sim.simulate import simulate
from tests.markets import drawn_market
from tests.worlds import tiny_policy, tiny_world


@pytest.mark.parametrize("future", range(6))
def test_all_rows_of_a_bought_account_go_once_and_together(future: int) -> None:
    """A third of the accounts has a second row: both go at the quarter end after the day that the future holds for the account, not for
    the second row, and nobody works them afterwards.
    """
    world = tiny_world(demand=Demand(mergers_per_year=0.6))
    market = drawn_market(duplicate_share=0.5, world=world)
    record = simulate(market, market.snapshot.owner, draw_future(3, 0, future), world, tiny_policy(), 728.0)
    bought_day = merger_days(Company(market, draw_future(3, 0, future), world, tiny_policy(), 728.0))
    same_as, gone = market.truth.same_as, record.events.departures
    assert same_as is not None
    assert (gone.reason == MERGED_AWAY).all()
    assert len(gone.day) > 20
    days = dict(zip(gone.account.tolist(), gone.day.tolist(), strict=True))
    assert len(days) == len(gone.day)
    for account, day in days.items():
        assert day == 91 * np.ceil(bought_day[same_as[account]] / 91)
        assert all(days.get(int(row)) == day for row in np.flatnonzero(same_as == same_as[account]))
        assert not (record.start_day[record.account == account] >= day).any()


@pytest.mark.parametrize("future", [46, 55])
def test_a_lost_account_whose_new_customer_churns_stays_lost(future: int) -> None:
    """Accounts go to a competitor, buy a customer meanwhile, and lose it again: nobody works them before the contract ends.

    In these futures of a busy world a desk once looked at such an account again and again on the same day.
    """
    world = tiny_world(
        people=People(1.0, attainment_effect=1.0, poverty_effect=1.0),
        customers=Customers(0.3, untouched_effect=1.0),
        demand=Demand(leads_per_year=0.5, lead_effect=0.5, growth_per_year=0.2, mergers_per_year=0.2, competitor_per_year=0.2),
        hand_over=HandOver(-0.3, warm_kept_share=0.5),
    )
    market = drawn_market(duplicate_share=0.1)
    shuffled = np.random.default_rng(0).integers(len(market.snapshot.seats), size=len(market.snapshot.owner))
    record = simulate(market, shuffled, draw_future(3, 0, future), world, tiny_policy(transition="warm"), 728.0)
    gone = record.events.departures
    for account, day, until in zip(gone.account.tolist(), gone.day.tolist(), gone.until_day.tolist(), strict=True):
        assert not ((record.account == account) & (record.start_day > day) & (record.start_day < until)).any()
