"""Tables of who owns what: today, under every arm, and why."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from experiments.plans import OK, Plan
from experiments.reasons import reasons
from sim.planning import PlanningProblem
from sim.snapshot import IntArray, Seats, Snapshot


def design_table(problem: PlanningProblem, owner: IntArray) -> pd.DataFrame:
    """designs/<arm>.csv: every account with its seat before and after (empty: unassigned), and a reason where they differ."""
    return pd.DataFrame(
        {
            "account_id": problem.accounts.id,
            "account_name": problem.accounts.name,
            "from_seat": _seat_ids(problem.seats, problem.owner),
            "to_seat": _seat_ids(problem.seats, owner),
            "reason": reasons(problem, owner),
        }
    )


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
