"""The same people under other terms: more hours of selling, or a higher quota."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from sim.market import Market
from sim.ranges import Range, check_range

TIMES: Range = (0.001, 1000)


@dataclass(frozen=True)
class MoreHours:
    """Every seat gets ``times`` as much done in a week: its hours of selling are so many times what they are, at the same pay."""

    times: float

    def __post_init__(self) -> None:
        check_range("MoreHours.times", self.times, TIMES)

    def on(self, market: Market, seed: int) -> Market:
        """The market with these hours."""
        del seed
        seats = market.snapshot.seats
        return replace(
            market, snapshot=replace(market.snapshot, seats=replace(seats, capacity_h_per_week=self.times * seats.capacity_h_per_week))
        )


@dataclass(frozen=True)
class RaiseQuotas:
    """Every quota is ``times`` what it is. It belongs into an arm: before the arms differ no quota has been set."""

    times: float

    def __post_init__(self) -> None:
        check_range("RaiseQuotas.times", self.times, TIMES)

    def on(self, market: Market, seed: int) -> Market:
        """The market with these quotas. Raises ValueError where none is set."""
        del seed
        seats = market.snapshot.seats
        if np.isnan(seats.quota_usd).all():
            raise ValueError("RaiseQuotas: no quota is set before the arms differ; put it under  arms.LABEL.changes")
        return replace(market, snapshot=replace(market.snapshot, seats=replace(seats, quota_usd=self.times * seats.quota_usd)))
