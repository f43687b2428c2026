"""The target that every design is measured against, set before the designs are drawn."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from sim.futures import draw_future
from sim.market import Market
from sim.policy import Policy
from sim.simulate import simulate
from sim.snapshot import DAYS_PER_YEAR, IntArray
from sim.streams import Stream
from sim.world import World

QUOTA_FUTURES_N = 20


def with_quota(market: Market, incumbent: IntArray, world: World, policy: Policy, horizon_days: float, seed: int) -> Market:
    """The market with a quota (usd a year) for every seat that has none: top down, the same under every design.

    A team's target is what its seats book a year under the ``incumbent`` owners (accounts,), in the mean of 20 futures of a stream of their
    own, times ``policy.quota_stretch``; it is split evenly within the team or by capacity. A quota that the snapshot knows stays as it is.
    """
    seats = market.snapshot.seats
    if not np.isnan(seats.quota_usd).any():
        return market
    booked = np.zeros(len(seats))
    for index in range(QUOTA_FUTURES_N):
        record = simulate(market, incumbent, draw_future(seed, market.draw, index, Stream.QUOTA), world, policy, horizon_days)
        booked += np.bincount(record.seat, record.amount_usd, len(seats))
    years = horizon_days / DAYS_PER_YEAR
    target = np.bincount(seats.team, booked)[seats.team] / QUOTA_FUTURES_N / years * policy.quota_stretch
    weight = seats.capacity_h_per_week if policy.quota_split == "by_capacity" else np.ones(len(seats))
    total = np.bincount(seats.team, weight)[seats.team]
    quota = target * np.divide(weight, total, out=np.zeros(len(seats)), where=total > 0)
    seats = replace(seats, quota_usd=np.where(np.isnan(seats.quota_usd), quota, seats.quota_usd))
    return replace(market, snapshot=replace(market.snapshot, seats=seats))
