"""Tables of who owns what: today, under every arm, and why."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from experiments.designs.evidence import Design, Planner, evidence_table
from experiments.designs.reasons import reasons
from experiments.running.plans import OK, Plan
from sim.snapshot import IntArray, Seats, Snapshot


def design_table(planner: Planner, design: Design) -> pd.DataFrame:
    """designs/<arm>.csv: every account with its seat before and after (empty: unassigned); where they differ a reason, what it speaks of
    (``evidence``: the account itself, only the books, or nothing), and the facts of :func:`experiments.evidence.evidence_table`.
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


def accounts_table(snapshot: Snapshot, plans: Sequence[Plan]) -> pd.DataFrame:
    """accounts.parquet: what a map needs, with today's seat and a column ``seat_<arm>`` for every arm that has a design."""
    accounts, seats = snapshot.accounts, snapshot.seats
    columns = {
        "account_id": accounts.id,
        "latitude": accounts.latitude,
        "longitude": accounts.longitude,
        "segment": np.array(snapshot.vocabulary.segments, dtype=object)[accounts.segment],
        "potential_usd": accounts.potential_usd,
        "today": _seat_ids(seats, snapshot.owner),
    }
    designs = {f"seat_{plan.label}": _seat_ids(seats, plan.owner) for plan in sorted(plans, key=lambda p: p.label) if plan.status == OK}
    return pd.DataFrame({**columns, **designs})


def homes_table(seats: Seats) -> pd.DataFrame:
    """seats_home.csv: where every seat lives, and its hours."""
    return pd.DataFrame(
        {"seat": seats.id, "latitude": seats.latitude, "longitude": seats.longitude, "capacity_h_per_week": seats.capacity_h_per_week}
    )


def _seat_ids(seats: Seats, owner: IntArray) -> list[str]:
    names = [*seats.id, ""]  # -1, unassigned, is the last one
    return [names[s] for s in owner.tolist()]
