"""The target that every design is measured against, set before the designs are drawn."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from sim.futures import draw_future
from sim.market import Market
from sim.policy import Policy
from sim.ramp import tenures
from sim.simulate import simulate
from sim.snapshot import DAYS_PER_YEAR, IntArray
from sim.streams import Stream
from sim.world import World

QUOTA_FUTURES_N = 20


def with_quota(market: Market, incumbent: IntArray, world: World, policy: Policy, horizon_days: float, seed: int) -> Market:
    """The market with a quota (usd a year) for every seat that has none: top down, the same under every design.

    A team's target is what its seats book under the ``incumbent`` owners (accounts,), in the mean of 20 futures of a stream of their own,
    times ``policy.quota_stretch``. Split evenly within the team, or by capacity, it is what the quotas add up to in those futures once
    ramps have lowered them. A quota that the snapshot knows stays as it is.
    """
    seats, seats_n = market.snapshot.seats, len(market.snapshot.seats)
    if not np.isnan(seats.quota_usd).any():
        return market
    booked_usd, counted_years = np.zeros(seats_n), np.zeros(seats_n)
    owns = np.isin(np.arange(seats_n), market.snapshot.owner)
    for index in range(QUOTA_FUTURES_N):
        record = simulate(market, incumbent, draw_future(seed, market.draw, index, Stream.QUOTA), world, policy, horizon_days)
        booked_usd += np.bincount(record.seat, record.amount_usd, seats_n)
        people = tenures(seats.start_day, owns, record.events.successions)
        share = people.quota_share(np.zeros(1), np.array([horizon_days]), seats_n, world.ramp_days)[:, 0]
        counted_years += share * horizon_days / DAYS_PER_YEAR
    weight = seats.capacity_h_per_week if policy.quota_split == "by_capacity" else np.ones(seats_n)
    team_usd, team_years = (np.bincount(seats.team, values)[seats.team] for values in (booked_usd, weight * counted_years))
    quota = policy.quota_stretch * weight * np.divide(team_usd, team_years, out=np.zeros(seats_n), where=team_years > 0)
    seats = replace(seats, quota_usd=np.where(np.isnan(seats.quota_usd), quota, seats.quota_usd))
    return replace(market, snapshot=replace(market.snapshot, seats=seats))
