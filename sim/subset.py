"""A snapshot of some of the accounts, and rows of the snapshot's tables in another order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any, TypeVar

import numpy as np

from sim.snapshot import Accounts, History, IntArray, OpenDeals, Seats, Snapshot

Table = TypeVar("Table", Accounts, Seats, OpenDeals, History)
Happened = TypeVar("Happened", OpenDeals, History)


def subset(snapshot: Snapshot, accounts: IntArray) -> Snapshot:
    """The snapshot in which there are only the ``accounts`` (positions, each once): account k of it was account ``accounts[k]``.

    Deals and history of all others are gone, and so are parents that are not among them. Seats and vocabulary stay as they are.
    """
    position = np.full(len(snapshot.accounts) + 1, -1)  # the last one is for "no parent"
    position[accounts] = np.arange(len(accounts))
    return replace(
        snapshot,
        accounts=rows_of(snapshot.accounts, accounts, {"parent": position[snapshot.accounts.parent[accounts]]}),
        owner=snapshot.owner[accounts],
        last_touch_day=snapshot.last_touch_day[accounts],
        engaged_days=snapshot.engaged_days[accounts],
        deals=_at(snapshot.deals, position),
        history=_at(snapshot.history, position),
    )


def rows_of(table: Table, rows: IntArray, columns: Mapping[str, Any]) -> Table:
    """A table of the given rows of another (positions, repeated where one is wanted twice), with some ``columns`` of its own."""
    taken: dict[str, Any] = {}
    for field in fields(table):
        values = getattr(table, field.name)
        taken[field.name] = tuple(values[k] for k in rows.tolist()) if isinstance(values, tuple) else values[rows]
    return type(table)(**{**taken, **columns})


def _at(table: Happened, position: IntArray) -> Happened:
    rows = np.flatnonzero(position[table.account] >= 0)
    return rows_of(table, rows, {"account": position[table.account[rows]]})
