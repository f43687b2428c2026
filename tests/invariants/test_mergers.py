"""Accounts that stand in the CRM twice merge as one."""

from __future__ import annotations

import numpy as np
import pytest

from sim.behaviour import Demand
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
