"""Rows of an export as a snapshot. What is missing is filled by stated rules, each in the ledger with its number of rows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np

from sim.crm.assumptions import Assumptions
from sim.crm.columns import codes, filled, flags, names, numbers
from sim.crm.day_zero import days_from
from sim.crm.deals import Deals
from sim.crm.fill_deals import fill_deals
from sim.crm.fill_seats import fill_seats
from sim.crm.places import fill_places
from sim.crm.potential import potential_model
from sim.crm.read import Export
from sim.crm.rows import AccountRow
from sim.ledger import Ledger
from sim.snapshot import DAYS_PER_YEAR, UNASSIGNED, Accounts, BoolArray, FloatArray, IntArray, Snapshot, Vocabulary
from sim.world import World

UNKNOWN = "unknown"


@dataclass(frozen=True, eq=False)
class Filled:
    """The snapshot, the deals behind it, what the file says of the potentials (accounts,), NaN where nothing, and whether it tells an
    account's fit (accounts,).
    """

    snapshot: Snapshot
    deals: Deals
    evidence_usd: FloatArray
    fit_told: BoolArray


def fill(export: Export, day_0: date | None, assumptions: Assumptions, world: World, ledger: Ledger) -> Filled:
    """Make the snapshot of an export as of day 0."""
    rows, reps, segments = export.accounts, export.reps, tuple(world.segments)
    assumptions.check(segments)
    n = len(rows)
    account_at = {row.account_id: i for i, row in enumerate(rows)}
    seat_at = {rep.rep_id: s for s, rep in enumerate(reps)}
    owner = codes([row.owner_id for row in rows], [rep.rep_id for rep in reps])
    ledger.column("accounts.owner_id", int((owner == UNASSIGNED).sum()), n, "unassigned")

    regions = names((*(rep.region for rep in reps), *(row.region for row in rows)))
    seat_region = codes([rep.region for rep in reps], regions)
    ledger.column("reps.region", int((seat_region < 0).sum()), len(reps), UNKNOWN)
    region = codes([row.region for row in rows], regions)
    ledger.column("accounts.region", int((region < 0).sum()), n, f"the owner's region, else {UNKNOWN}")
    region = np.where(region < 0, np.append(seat_region, -1)[owner], region)
    place, home = fill_places(
        (numbers(row.latitude for row in rows), numbers(row.longitude for row in rows)),
        (numbers(rep.latitude for rep in reps), numbers(rep.longitude for rep in reps)),
        region, seat_region, owner, len(regions), ledger,
    )  # fmt: skip
    skills = names(skill for row in rows for skill in row.required_skills)
    skills = names((*skills, *(skill for rep in reps for skill in rep.skills)))
    seats, teams = fill_seats(reps, day_0, seat_region, home, skills, assumptions, ledger)

    default_usd = assumptions.default_usd(segments)
    stage_days = np.array([world.segments[name].stage_days for name in segments])
    segment = _segment(rows, segments, assumptions, ledger)
    deals = fill_deals(export.deals, day_0, account_at, seat_at, owner, segment, stage_days, default_usd, ledger)
    year_usd = deals.bookings_usd(n, DAYS_PER_YEAR)
    arr = filled(numbers(row.arr_usd for row in rows), year_usd, "accounts.arr_usd", "bookings of the last four quarters", ledger)
    since = _past(days_from(day_0, [row.customer_since for row in rows]), "accounts.customer_since", ledger)
    bought = np.where(np.isnan(deals.first_won_day(n)) & (arr > 0), -DAYS_PER_YEAR, deals.first_won_day(n))
    rule = "day of the first won deal; a year before day 0 where only ARR shows a customer; else no customer"
    since = filled(since, bought, "accounts.customer_since", rule, ledger)
    touched = _past(days_from(day_0, [row.last_activity for row in rows]), "accounts.last_activity", ledger)
    touched = filled(touched, deals.last_day(n), "accounts.last_activity", "day of the last deal, else never", ledger)

    told = numbers(row.potential_usd for row in rows)
    evidence_usd = np.where(np.isnan(told) & (arr > 0), arr, told)
    model = potential_model(evidence_usd, segment, default_usd, assumptions.noise_log_sd)
    rule = "ARR shrunk to its segment's median, the median itself where there is none"
    potential = filled(told, model.median_usd, "accounts.potential_usd", rule, ledger)
    fit = numbers(row.fit for row in rows)
    employees = numbers(row.employees for row in rows)
    ledger.column("accounts.employees", int(np.isnan(employees).sum()), n, UNKNOWN)
    ledger.column("accounts.industry", sum(row.industry is None for row in rows), n, UNKNOWN)
    industry = [row.industry or UNKNOWN for row in rows]
    industries = names(industry)
    accounts = Accounts(
        id=tuple(row.account_id for row in rows),
        name=tuple(row.name for row in rows),
        segment=segment,
        industry=codes(industry, industries),
        region=region,
        latitude=place[0],
        longitude=place[1],
        employees=employees,
        potential_usd=potential,
        fit=filled(fit, 0.5, "accounts.fit", "0.5", ledger),
        customer_since_day=since,
        arr_usd=arr,
        required_skills=flags([row.required_skills for row in rows], skills),
        strategic=np.array([bool(row.strategic) for row in rows], dtype=np.bool_),
        parent=codes([row.parent_id for row in rows], [row.account_id for row in rows]),
    )
    nobody = int((accounts.required_skills & ~seats.skills.any(axis=0)).any(axis=1).sum())
    ledger.rows("accounts.required_skills", nobody, "no rep has them: these accounts cannot be worked")
    history = deals.history(since)
    snapshot = Snapshot(
        vocabulary=Vocabulary(segments=segments, industries=industries, regions=regions, skills=skills, teams=teams),
        accounts=accounts,
        seats=seats,
        owner=owner,
        last_touch_day=touched,
        engaged_days=deals.engaged_days(owner),
        deals=deals.open_deals(~np.isnan(since), potential, world.expansion_share, stage_days[segment]),
        history=history,
        history_days=float(-history.created_day.min()) if len(history) else 0.0,
    )
    return Filled(snapshot, deals, evidence_usd, ~np.isnan(fit))


def _segment(rows: tuple[AccountRow, ...], segments: tuple[str, ...], assumptions: Assumptions, ledger: Ledger) -> IntArray:
    """By the file, else by the number of employees, else by the potential (the nearest default in ratio), else the smallest segment."""
    smallest = min(segments, key=lambda s: assumptions.potential_usd[s])

    def guess(row: AccountRow) -> str:
        if row.employees is not None:
            employees = row.employees
            large_enough = [s for s in segments if assumptions.employees[s] <= employees]
            return max(large_enough, key=lambda s: assumptions.employees[s], default=smallest)
        if row.potential_usd:
            log_usd = np.log(row.potential_usd)
            return min(segments, key=lambda s: abs(log_usd - np.log(assumptions.potential_usd[s])))
        return smallest

    rule = f"by employees, else by potential, else {smallest}"
    ledger.column("accounts.segment", sum(row.segment is None for row in rows), len(rows), rule)
    return codes([row.segment or guess(row) for row in rows], segments)


def _past(day: FloatArray, parameter: str, ledger: Ledger) -> FloatArray:
    """Days up to day 0; later ones are treated as blank."""
    later = day > 0
    ledger.rows(parameter, int(later.sum()), "after day 0: treated as blank")
    return np.where(later, np.nan, day)
