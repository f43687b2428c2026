"""What is already there is forgotten."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from sim.market import Market
from sim.snapshot import UNASSIGNED, empty_deals, empty_history


@dataclass(frozen=True)
class ForgetHistory:
    """The same accounts and seats, as if the company started today: nobody owns, worked or bought anything.

    Customers are forgotten too: a design is then judged by itself, since no design inherits sales that another one made.
    """

    def on(self, market: Market, seed: int) -> Market:
        """The market on its first day."""
        del seed
        snapshot, n = market.snapshot, len(market.snapshot.accounts)
        bare = replace(
            snapshot,
            accounts=replace(snapshot.accounts, customer_since_day=np.full(n, np.nan), arr_usd=np.zeros(n)),
            owner=np.full(n, UNASSIGNED, dtype=np.int64),
            last_touch_day=np.full(n, np.nan),
            engaged_days=np.zeros(n),
            deals=empty_deals(),
            history=empty_history(),
            history_days=0.0,
        )
        return replace(market, snapshot=bare)
