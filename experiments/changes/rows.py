"""Rows of a market: some of its accounts and seats as a market of its own, and rows that stand behind others."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import numpy as np

from sim.market import Market
from sim.snapshot import UNASSIGNED, IntArray
from sim.subset import Table, rows_of, subset


def with_rows(market: Market, accounts: IntArray, seats: IntArray) -> Market:
    """The market in which there are only these accounts and seats (positions, each once): row k of it was row ``accounts[k]``.

    What belonged to another seat is nobody's, and nobody knows it; its open deals wait for an owner.
    """
    snapshot, truth = subset(market.snapshot, accounts), market.truth
    now = np.full(len(snapshot.seats) + 1, UNASSIGNED)  # the last one is nobody
    now[seats] = np.arange(len(seats))
    owner = now[snapshot.owner]
    return replace(
        market,
        snapshot=replace(
            snapshot,
            seats=rows_of(snapshot.seats, seats, {}),
            owner=owner,
            engaged_days=np.where(owner == UNASSIGNED, 0.0, snapshot.engaged_days),
            deals=replace(snapshot.deals, seat=now[snapshot.deals.seat]),
            history=replace(snapshot.history, seat=now[snapshot.history.seat]),
        ),
        truth=replace(
            truth,
            potential_usd=truth.potential_usd[accounts],
            fit=truth.fit[accounts],
            talent=truth.talent[seats],
            person=None if truth.person is None else truth.person[seats],
        ),
    )


def only_clean(market: Market, change: str) -> None:
    """Raise ValueError where rows of the CRM are not what they seem: copies and parts of them would be companies that there are not."""
    truth = market.truth
    if truth.same_as is not None or truth.worked_by is not None or truth.deals is not None:
        raise ValueError(f"{change}: the CRM has duplicates, stale owners or gamed deals; ask it of a clean one")


def behind(first: Table, second: Table) -> Table:
    """The rows of ``first``, then those of ``second``."""
    columns: dict[str, Any] = {}
    for field in fields(first):
        above, below = getattr(first, field.name), getattr(second, field.name)
        columns[field.name] = above + below if isinstance(above, tuple) else np.concatenate([above, below])
    return type(first)(**columns)
