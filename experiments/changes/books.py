"""Today's books are more unfair than they are."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from experiments.changes.team import richest_seats
from sim.market import Market
from sim.snapshot import UNASSIGNED, BoolArray, IntArray, Snapshot


@dataclass(frozen=True)
class UnfairBooks:
    """The richest seat gets the best of what the poorest has never worked, ``share`` of its book by number; the second richest that of the
    second poorest, and so on through both halves of the team. Nobody loses a relationship, a customer or a deal.
    """

    share: float

    def __post_init__(self) -> None:
        if not 0 < self.share <= 1:
            raise ValueError(f"UnfairBooks.share: {self.share} must be above 0 and at most 1")

    def on(self, market: Market, seed: int) -> Market:
        """The market under these owners. Raises ValueError where nobody owns anything, or there is one seat."""
        del seed
        snapshot, owner = market.snapshot, market.snapshot.owner.copy()
        if not snapshot.has_owners or len(snapshot.seats) < 2:
            raise ValueError("UnfairBooks: there are no books of several seats that could be unfair")
        order = richest_seats(snapshot)
        for k in range(len(order) // 2):
            rich, poor = order[k], order[-1 - k]
            book = np.flatnonzero(snapshot.owner == poor)
            plums = book[_untouched(snapshot, book) & _may_own(snapshot, book, rich)]
            best = plums[np.argsort(-snapshot.accounts.potential_usd[plums], kind="stable")]
            owner[best[: round(self.share * len(book))]] = rich
        return replace(market, snapshot=replace(snapshot, owner=owner))


def _untouched(snapshot: Snapshot, accounts: IntArray) -> BoolArray:
    deal = np.isin(accounts, snapshot.deals.account)
    bought = ~np.isnan(snapshot.accounts.customer_since_day[accounts])
    untouched: BoolArray = (snapshot.engaged_days[accounts] == 0) & ~deal & ~bought & (snapshot.owner[accounts] != UNASSIGNED)
    return untouched


def _may_own(snapshot: Snapshot, accounts: IntArray, seat: int) -> BoolArray:
    """Which of the accounts (prospects) the seat may work: it has their skills, and is no farmer."""
    missing = snapshot.accounts.required_skills[accounts] & ~snapshot.seats.skills[seat]
    may: BoolArray = ~missing.any(axis=1) & (snapshot.seats.role[seat] != snapshot.vocabulary.roles.index("farmer"))
    return may
