"""Tables of who owns what: today, under every arm, and why."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from experiments.designs.evidence import Design, Planner, evidence_table
from experiments.designs.reasons import reasons
from sim.snapshot import IntArray, Seats, Snapshot


def design_table(planner: Planner, design: Design) -> pd.DataFrame:
    """designs/<arm>.csv: every account with its seat before and after (empty: unassigned); where they differ, or nobody gets the account, a
    reason and what it speaks of (``evidence``: the account itself, only the books, or nothing); where they differ the facts of
    :func:`experiments.designs.evidence.evidence_table`.
    """
    accounts, seats = planner.problem.accounts, planner.problem.seats
    told, speaks = reasons(planner, design)
    who = {
        "account_id": accounts.id,
        "account_name": accounts.name,
        "from_seat": _seat_ids(seats, planner.today.owner),
        "to_seat": _seat_ids(seats, design.owner),
        "reason": told,
        "evidence": speaks,
    }
    return pd.concat([pd.DataFrame(who), evidence_table(planner, design)], axis="columns")


def accounts_table(today: Snapshot, designs: Sequence[tuple[str, Snapshot, IntArray]]) -> pd.DataFrame:
    """accounts.parquet: what a map needs, with today's seat and a column ``seat_<arm>`` for every arm that has a design.

    ``designs`` are label, snapshot and owner (accounts,) of each. Accounts that only some arms have stand behind those of ``today``, and
    have no seat in the others.
    """
    tables = [_map_table(today).assign(today=_seat_ids(today.seats, today.owner))]
    seats = {}
    for label, snapshot, owner in sorted(designs, key=lambda design: design[0]):
        tables.append(_map_table(snapshot))
        seats[f"seat_{label}"] = dict(zip(snapshot.accounts.id, _seat_ids(snapshot.seats, owner), strict=True))
    table = pd.concat(tables, ignore_index=True).drop_duplicates("account_id", ignore_index=True).fillna({"today": ""})
    return table.assign(**{name: table["account_id"].map(seat_of).fillna("") for name, seat_of in seats.items()})


def homes_table(snapshots: Sequence[Snapshot]) -> pd.DataFrame:
    """seats_home.csv: where every seat of any arm lives, and its hours."""
    places = ("latitude", "longitude", "capacity_h_per_week")
    tables = [pd.DataFrame({"seat": s.seats.id, **{name: getattr(s.seats, name) for name in places}}) for s in snapshots]
    return pd.concat(tables, ignore_index=True).drop_duplicates("seat", ignore_index=True)


def _map_table(snapshot: Snapshot) -> pd.DataFrame:
    accounts = snapshot.accounts
    return pd.DataFrame(
        {
            "account_id": accounts.id,
            "latitude": accounts.latitude,
            "longitude": accounts.longitude,
            "segment": np.array(snapshot.vocabulary.segments, dtype=object)[accounts.segment],
            "potential_usd": accounts.potential_usd,
        }
    )


def _seat_ids(seats: Seats, owner: IntArray) -> list[str]:
    names = [*seats.id, ""]  # -1, unassigned, is the last one
    return [names[s] for s in owner.tolist()]
