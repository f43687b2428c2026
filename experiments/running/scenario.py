"""A scenario asks one what-if question: pure changes of the snapshot here; world, policy and arms are set in its YAML."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from sim.market import Market
from sim.snapshot import UNASSIGNED, Snapshot, empty_deals, empty_history


@dataclass(frozen=True)
class Scenario:
    """``question`` in one sentence; ``changes`` are applied in order to the snapshot of any market, imported ones too."""

    label: str
    question: str
    changes: tuple[Callable[[Snapshot], Snapshot], ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "changes", tuple(self.changes))

    def change(self, market: Market) -> Market:
        """The market as it would be on day 0 of this scenario."""
        snapshot = market.snapshot
        for change in self.changes:
            snapshot = change(snapshot)
        return replace(market, snapshot=snapshot)


def forget_history(snapshot: Snapshot) -> Snapshot:
    """The same accounts and seats, as if the company started today: nobody owns, worked or bought anything.

    Customers are forgotten too: a design is then judged by itself, since no design inherits sales that another one made.
    """
    n = len(snapshot.accounts)
    return replace(
        snapshot,
        accounts=replace(snapshot.accounts, customer_since_day=np.full(n, np.nan), arr_usd=np.zeros(n)),
        owner=np.full(n, UNASSIGNED, dtype=np.int64),
        last_touch_day=np.full(n, np.nan),
        engaged_days=np.zeros(n),
        deals=empty_deals(),
        history=empty_history(),
        history_days=0.0,
    )
