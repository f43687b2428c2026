"""Who sells to customers, and who to prospects."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from sim.market import Market
from sim.snapshot import UNASSIGNED


@dataclass(frozen=True)
class SplitRoles:
    """``farmers_share`` of the seats, at least one, look after customers and do nothing else, the others after prospects; what a hunter has
    won goes to a farmer. Farmers are those whose books have the most ARR today.
    """

    farmers_share: float

    def __post_init__(self) -> None:
        if not 0 < self.farmers_share < 1:
            raise ValueError(f"SplitRoles.farmers_share: {self.farmers_share} must lie between 0 and 1")

    def on(self, market: Market, seed: int) -> Market:
        """The market with these roles. Raises ValueError where there are not two seats to split."""
        del seed
        snapshot, seats_n = market.snapshot, len(market.snapshot.seats)
        if seats_n < 2:
            raise ValueError("SplitRoles: one seat cannot be split into farmers and hunters")
        owned = snapshot.owner != UNASSIGNED
        arr_usd = np.bincount(snapshot.owner[owned], snapshot.accounts.arr_usd[owned], seats_n)
        farmers_n = min(max(1, round(self.farmers_share * seats_n)), seats_n - 1)
        role = np.full(seats_n, snapshot.vocabulary.roles.index("hunter"))
        role[np.argsort(-arr_usd, kind="stable")[:farmers_n]] = snapshot.vocabulary.roles.index("farmer")
        return replace(market, snapshot=replace(snapshot, seats=replace(snapshot.seats, role=role)))
