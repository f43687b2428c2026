"""The company is smaller: seats are closed, or there is only a part of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from experiments.changes.rows import only_clean, with_rows
from sim.market import Market
from sim.streams import Stream, keyed_uniform, stream_key


@dataclass(frozen=True)
class CloseSeats:
    """The last ``seats_n`` seats are closed. What they own is nobody's on day 0, so a design deals it out, and a new owner starts anew.

    The last ones, so that everybody else keeps their luck; in a market that was drawn they are nobody in particular.
    """

    seats_n: int = 1

    def __post_init__(self) -> None:
        if self.seats_n < 1:
            raise ValueError(f"CloseSeats.seats_n: {self.seats_n} must be at least 1")

    def on(self, market: Market, seed: int) -> Market:
        """The market without these seats. Raises ValueError if none would be left."""
        del seed
        left_n = len(market.snapshot.seats) - self.seats_n
        if left_n < 1:
            raise ValueError(f"CloseSeats.seats_n: {self.seats_n} of {len(market.snapshot.seats)} seats leave nobody to sell")
        only_clean(market, "CloseSeats")
        return with_rows(market, np.arange(len(market.snapshot.accounts)), np.arange(left_n))


@dataclass(frozen=True)
class PartOfCompany:
    """The first ``seats_share`` of the seats, and ``accounts_share`` of all accounts out of those that they own today (all, if they own no
    more), at random: 0.25 and 0.1 make 5 seats and 300 accounts of 20 and 3,000.
    """

    seats_share: float
    accounts_share: float

    def __post_init__(self) -> None:
        for name in ("seats_share", "accounts_share"):
            if not 0 < getattr(self, name) <= 1:
                raise ValueError(f"PartOfCompany.{name}: {getattr(self, name)} must be above 0 and at most 1")

    def on(self, market: Market, seed: int) -> Market:
        """The part. Raises ValueError if these seats own nothing."""
        only_clean(market, "PartOfCompany")
        seats = np.arange(max(1, round(self.seats_share * len(market.snapshot.seats))))
        theirs = np.flatnonzero(np.isin(market.snapshot.owner, seats))
        if not len(theirs):
            raise ValueError("PartOfCompany: nobody owns anything in this part of the market")
        order = np.argsort(keyed_uniform(stream_key(seed, Stream.PART, market.draw), theirs), kind="stable")
        accounts_n = max(1, round(self.accounts_share * len(market.snapshot.accounts)))
        return with_rows(market, np.sort(theirs[order[:accounts_n]]), seats)
