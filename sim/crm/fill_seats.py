"""Rep rows as seats, by stated rules for what an export leaves out."""

from __future__ import annotations

from datetime import date

import numpy as np

from sim.crm.assumptions import Assumptions
from sim.crm.columns import codes, filled, flags, names, numbers
from sim.crm.day_zero import days_from
from sim.crm.places import Degrees
from sim.crm.rows import ROLES, RepRow
from sim.ledger import Ledger
from sim.snapshot import DAYS_PER_YEAR, IntArray, Seats

ONE_TEAM = "sales"
RAMPED_DAYS = 10 * DAYS_PER_YEAR  # longer than any ramp


def fill_seats(
    reps: tuple[RepRow, ...],
    day_0: date | None,
    region: IntArray,
    home: Degrees,
    skills: tuple[str, ...],
    assumptions: Assumptions,
    ledger: Ledger,
) -> tuple[Seats, tuple[str, ...]]:
    """The seats, and the names of their teams. ``region`` and ``home`` have shape (seats,)."""
    n = len(reps)
    ledger.column("reps.team", sum(rep.team is None for rep in reps), n, f"one team, {ONE_TEAM}")
    team = [rep.team or ONE_TEAM for rep in reps]
    teams = names(team)
    ledger.column("reps.role", sum(rep.role is None for rep in reps), n, "hybrid")
    role = [rep.role or "hybrid" for rep in reps]
    quota = numbers(rep.quota_usd for rep in reps)
    ledger.column("reps.quota_usd", int(np.isnan(quota).sum()), n, "set top down by the lab")
    capacity = filled(
        numbers(rep.capacity_h_per_week for rep in reps),
        assumptions.capacity_h_per_week,
        "reps.capacity_h_per_week",
        f"{assumptions.capacity_h_per_week:g} h a week of selling time on accounts",
        ledger,
    )
    start_day = filled(days_from(day_0, [rep.start_date for rep in reps]), -RAMPED_DAYS, "reps.start_date", "fully ramped", ledger)
    seats = Seats(
        id=tuple(rep.rep_id for rep in reps),
        name=tuple(rep.name for rep in reps),
        team=codes(team, teams),
        role=codes(role, ROLES),
        region=region,
        latitude=home[0],
        longitude=home[1],
        capacity_h_per_week=capacity,
        quota_usd=quota,
        start_day=start_day,
        skills=flags([rep.skills for rep in reps], skills),
    )
    return seats, teams
