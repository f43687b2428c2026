"""What any drawn market shows under its incumbent design: the few facts that say whether capacity binds as it should."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from experiments.running.configuration import load
from sim.futures import draw_future
from sim.market import Market, planning_problem
from sim.record import Record
from sim.simulate import simulate
from sim.snapshot import DAYS_PER_WEEK, UNASSIGNED
from tests.calibration.facts import HORIZON_DAYS, QUARTER_ENDS, _engaged_n, _wanted_h


@dataclass(frozen=True)
class Regime:
    """Of one market draw. Sums are kept where ratios are pooled over draws."""

    engaged_per_seat_n: float
    wanted_over_capacity: float  # support and selling
    support_over_capacity: float
    at_quota_share: float
    bookings_usd: float
    bookings_10_percent_more_capacity_usd: float
    travel_h: float
    used_h: float


def observe_regime(market: str, world: str, draw: int, futures_n: int, seed: int = 7) -> Regime:
    """Simulate a market under today's owners in a world, and with more capacity."""
    nature, policy = load("world", world), load("policy")
    today = load("market", market).draw(seed, draw, nature, policy)
    snapshot, seats_n = today.snapshot, len(today.snapshot.seats)
    problem = planning_problem(snapshot, nature, policy, HORIZON_DAYS)
    capacity_h_per_week = snapshot.seats.capacity_h_per_week
    stronger = replace(today, snapshot=replace(snapshot, seats=replace(snapshot.seats, capacity_h_per_week=1.1 * capacity_h_per_week)))

    def live(variant: Market, future: int) -> Record:
        return simulate(variant, snapshot.owner, draw_future(seed, draw, future), nature, policy, HORIZON_DAYS)

    records = [live(today, f) for f in range(futures_n)]
    by_seat = np.array([np.bincount(r.seat, r.amount_usd, seats_n) for r in records])
    weeks = [(r.end_day - r.start_day) / DAYS_PER_WEEK for r in records]
    capacity_h = capacity_h_per_week.sum() * HORIZON_DAYS / DAYS_PER_WEEK
    support_h = float(problem.support_h_per_week[snapshot.owner != UNASSIGNED].sum()) * HORIZON_DAYS / DAYS_PER_WEEK
    return Regime(
        engaged_per_seat_n=float(np.mean([_engaged_n(r, end) / seats_n for r in records for end in QUARTER_ENDS])),
        wanted_over_capacity=(_wanted_h(problem, snapshot.owner) + support_h) / capacity_h,
        support_over_capacity=support_h / capacity_h,
        at_quota_share=float(np.mean(by_seat >= by_seat.mean())),
        bookings_usd=float(by_seat.sum()),
        bookings_10_percent_more_capacity_usd=sum(float(live(stronger, f).amount_usd.sum()) for f in range(futures_n)),
        travel_h=sum(float((r.travel_h_per_week * w).sum()) for r, w in zip(records, weeks, strict=True)),
        used_h=sum(float((r.workload_h_per_week * w).sum()) for r, w in zip(records, weeks, strict=True)),
    )
