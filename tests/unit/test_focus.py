"""What a rep works first: one seat, room for one account at a time, four accounts nobody can win."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from sim.futures import draw_future
from sim.record import Record
from sim.simulate import simulate
from sim.snapshot import empty_deals, empty_history
from sim.world import SegmentRates
from tests.markets import tiny_market
from tests.worlds import tiny_policy, tiny_snapshot, tiny_world

NEVER = 1e-12
POTENTIALS_USD, KNOWN_DAYS = [10e3, 40e3, 20e3, 30e3], [0.0, 0.0, 90.0, 10.0]  # in Seattle (the seat's home), Chicago, Boston, Houston


def worked(focus: str, view_key: int = 1) -> Record:
    """A year under a policy with this focus."""
    rates = SegmentRates(1.0, 0.0, (10.0, 10.0, 10.0), (NEVER,) * 3, (NEVER,) * 3)
    world = tiny_world(view_log_sd=0.0, segments=dict.fromkeys(tiny_world().segments, rates), relationship_effect=0.0, skill_effect=0.0)
    snapshot = tiny_snapshot(4, 1, owner=0, potential_usd=POTENTIALS_USD, engaged_days=KNOWN_DAYS, capacity_h_per_week=1.0)
    accounts = replace(snapshot.accounts, customer_since_day=np.full(4, np.nan))
    snapshot = replace(snapshot, accounts=accounts, deals=empty_deals(), history=empty_history())
    market = tiny_market(snapshot, view_key=view_key)
    return simulate(market, snapshot.owner, draw_future(1, 0, 0), world, tiny_policy(focus=focus), 91.0)


@pytest.mark.parametrize(("focus", "order"), [("value", [1, 3, 2, 0]), ("nearest", [0, 1, 3, 2]), ("comfort", [2, 3, 0, 1])])
def test_the_focus_decides_the_order(focus: str, order: list[int]) -> None:
    """The largest first; the nearest to home first; those the rep knows best first."""
    assert worked(focus).account.tolist()[:4] == order


def test_a_whim_is_the_persons_own_and_stays_the_same() -> None:
    """At random: twice the same order for the same person, another one for others."""
    orders = {tuple(worked("random", view_key=k).account.tolist()[:4]) for k in range(1, 9)}
    assert worked("random").account.tolist() == worked("random").account.tolist()
    assert len(orders) > 3
