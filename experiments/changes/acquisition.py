"""The company buys another one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np

from experiments.changes.rows import behind, only_clean, with_rows
from sim.market import Market, Truth
from sim.snapshot import UNASSIGNED, Accounts, Seats

Named = TypeVar("Named", Accounts, Seats)
ACQUIRED = "acquired"


@dataclass(frozen=True)
class Acquire:
    """A company like a part of ours comes with its people, accounts, customers and open deals: the twin of ``seats_share`` of our seats,
    spread evenly over the team, each with its whole book. Both companies sell in the same places; no account is a customer of both.
    """

    seats_share: float

    def __post_init__(self) -> None:
        if not 0 < self.seats_share <= 1:
            raise ValueError(f"Acquire.seats_share: {self.seats_share} must be above 0 and at most 1")

    def on(self, market: Market, seed: int) -> Market:
        """Both companies, the acquired accounts and seats behind ours. Raises ValueError where nobody owns anything."""
        del seed
        only_clean(market, "Acquire")
        seats_n = len(market.snapshot.seats)
        seats = np.unique(np.linspace(0, seats_n - 1, max(1, round(self.seats_share * seats_n))).round().astype(np.int64))
        accounts = np.flatnonzero(np.isin(market.snapshot.owner, seats))
        if not len(accounts):
            raise ValueError("Acquire: nobody owns anything here, so there is no company like ours to buy")
        return _together(market, with_rows(market, accounts, seats))


def _together(ours: Market, theirs: Market) -> Market:
    first, second = ours.snapshot, theirs.snapshot
    accounts_n, seats_n = len(first.accounts), len(first.seats)
    accounts, seats = _named(replace(second.accounts, parent=np.full(len(second.accounts), -1))), _named(second.seats)
    deals = replace(second.deals, account=second.deals.account + accounts_n, seat=second.deals.seat + seats_n)
    seller = np.where(second.history.seat == UNASSIGNED, UNASSIGNED, second.history.seat + seats_n)
    history = replace(second.history, account=second.history.account + accounts_n, seat=seller)
    snapshot = replace(
        first,
        accounts=behind(first.accounts, accounts),
        seats=behind(first.seats, seats),
        owner=np.append(first.owner, second.owner + seats_n),
        last_touch_day=np.append(first.last_touch_day, second.last_touch_day),
        engaged_days=np.append(first.engaged_days, second.engaged_days),
        deals=behind(first.deals, deals),
        history=behind(first.history, history),
    )
    return replace(ours, snapshot=snapshot, truth=_truth(ours.truth, theirs.truth))


def _named(table: Named) -> Named:
    """Ids and names under which both companies can be told apart."""
    return replace(table, id=tuple(f"{ACQUIRED}-{each}" for each in table.id), name=tuple(f"{each} ({ACQUIRED})" for each in table.name))


def _truth(first: Truth, second: Truth) -> Truth:
    return replace(
        first,
        potential_usd=np.append(first.potential_usd, second.potential_usd),
        fit=np.append(first.fit, second.fit),
        talent=np.append(first.talent, second.talent),
        person=None if first.person is None or second.person is None else np.append(first.person, second.person),
    )
