"""What a record says: pure functions, one formula and one unit each, computed from the event log after the simulation.

``measure`` gives the two tables of a run: one value a metric, and one row a seat and quarter. Workload and potential are the CRM's view.
The parts stand in coverage.py (which accounts are worked), equity.py (how evenly) and ramp.py (what a new person can do).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.chances import expected_days_worked
from sim.coverage import ENGAGED, NOBODYS, ORPHANED_CAPACITY, ORPHANED_CHOICE, RESTING, STATES, account_states
from sim.equity import cv, gini, luck_floor_gini, max_min, outside_share, ratio, theil
from sim.planning import PlanningProblem
from sim.ramp import mean_ramp
from sim.record import OPEN, Record
from sim.snapshot import DAYS_PER_QUARTER, DAYS_PER_WEEK, DAYS_PER_YEAR, UNASSIGNED, BoolArray, FloatArray, IntArray, Seats

DAYS_PER_MONTH = 30.4
QUARTERS_PER_YEAR = 4
WEEKS_PER_QUARTER = DAYS_PER_QUARTER / DAYS_PER_WEEK
NEAR_QUOTA_SHARE = 0.7

SeatTable = dict[str, NDArray[Any]]


@dataclass(frozen=True, eq=False)
class _Facts:
    """What several metrics share. Arrays have shape (seats, quarters), ``state`` and ``counts`` have one axis more or another first."""

    bookings_usd: FloatArray
    quota_usd: FloatArray
    used_h: FloatArray
    capacity_h: FloatArray
    travel_h: FloatArray
    state: IntArray  # (accounts, quarters)
    counts: IntArray  # (seats, quarters, states)


def measure(record: Record, problem: PlanningProblem, seats: Seats, ramp_days: float) -> tuple[dict[str, float], SeatTable]:
    """Every metric of one simulated future by its name in runs.parquet, and the columns of seats.parquet.

    ``seats`` carry the quota; ``problem`` is the CRM's view. The columns have shape (seats x quarters,): the quarters of seat 0 first.
    """
    facts = _facts(record, problem, seats, ramp_days)
    potential_usd = problem.accounts.potential_usd
    book_usd = _sums(record.owner + 1, potential_usd, len(seats) + 1)[1:]
    opening_usd = opening_pipeline_usd(record.owner, problem)
    worked_n = np.count_nonzero(np.bincount(record.account))
    booked = bookings(record)
    run = {
        **booked,
        **pipeline_per_quota(float(opening_usd.sum()), booked["pipeline_usd"], facts.quota_usd),
        **attainment(facts.bookings_usd, facts.quota_usd),
        **coverage(facts.state, potential_usd),
        "never_engaged_share": 1.0 - worked_n / len(record.owner),
        "engaged_per_seat_n": float(np.mean(facts.counts[:, :, ENGAGED])),
        **equity(book_usd, seats),
        **outcome_equity(facts.bookings_usd, facts.quota_usd, facts.used_h, facts.capacity_h),
        "luck_floor_gini": luck_floor_gini(record.amount_usd[record.outcome != OPEN], len(seats)),
        "utilisation_share": float(ratio(facts.used_h.sum(), facts.capacity_h.sum())),
        "travel_h": float(facts.travel_h.sum()),
        "opportunities_per_engaged_account": float(ratio(np.float64(len(record)), np.float64(worked_n))),
        **disruption(record.owner, problem),
    }
    table: SeatTable = {
        "bookings_usd": facts.bookings_usd.reshape(-1),
        "quota_usd": facts.quota_usd.reshape(-1),
        "used_h": facts.used_h.reshape(-1),
        "capacity_h": facts.capacity_h.reshape(-1),
        "travel_h": facts.travel_h.reshape(-1),
        "potential_usd": np.repeat(book_usd, facts.state.shape[1]),
        "opening_pipeline_usd": np.repeat(opening_usd, facts.state.shape[1]),
        "owned_n": facts.counts.sum(axis=2).reshape(-1),
    }
    for k in (ENGAGED, RESTING, ORPHANED_CAPACITY, ORPHANED_CHOICE):
        table[f"{STATES[k]}_n"] = facts.counts[:, :, k].reshape(-1)
    return run, table


def quarter_ends(horizon_days: float) -> FloatArray:
    """Days (quarters,) on which quarters end: 91, 182, ..., the horizon. Raises ValueError if that is not a number of whole quarters."""
    quarters_n = round(horizon_days / DAYS_PER_QUARTER)
    if quarters_n < 1 or quarters_n * DAYS_PER_QUARTER != horizon_days:
        raise ValueError(f"horizon_days: {horizon_days} is not a number of whole quarters of {DAYS_PER_QUARTER} days")
    return DAYS_PER_QUARTER * np.arange(1.0, quarters_n + 1)


def bookings(record: Record) -> dict[str, float]:
    """Usd won: over the horizon, in the first and in the second year; what is open at the horizon; and the luck in it.

    pipeline = sum over open engagements of mean amount x product of the chances of the stages still to pass.
    """
    year = record.end_day // DAYS_PER_YEAR
    open_ = record.outcome == OPEN
    stage = record.first_stage + np.count_nonzero(record.revealed, axis=1)
    expected_usd = record.mean_amount_usd * record.chance_from(stage)
    return {
        "bookings_usd": float(record.amount_usd.sum()),
        "bookings_year1_usd": float(record.amount_usd[year == 0].sum()),
        "bookings_year2_usd": float(record.amount_usd[year == 1].sum()),
        "pipeline_usd": float(expected_usd[open_].sum()),
        "control_variate_usd": control_variate_usd(record),
    }


def opening_pipeline_usd(owner: IntArray, problem: PlanningProblem) -> FloatArray:
    """Pipeline (seats,) before the start: amount x product of the public chances still to pass, over the deals open on day 0.

    A deal counts for the seat that owns its account in the design.
    """
    deals, rates = problem.deals, problem.rates
    segment = problem.accounts.segment[deals.account]
    chance = np.where(deals.expansion[:, None], rates.expansion_pass_chance[segment], rates.pass_chance[segment])
    ahead = np.where(np.arange(chance.shape[1]) >= deals.stage[:, None], chance, 1.0).prod(axis=1)
    return _sums(owner[deals.account] + 1, deals.amount_usd * ahead, len(problem.seats) + 1)[1:]


def pipeline_per_quota(opening_usd: float, closing_usd: float, quota_usd: FloatArray) -> dict[str, float]:
    """Expected pipeline / the team's quota of a quarter: before the start (first quarter) and at the end (last quarter).

    ``quota_usd`` has shape (seats, quarters); NaN where there is none.
    """
    quota = np.nansum(quota_usd, axis=0)
    return {
        "opening_pipeline_per_quota": opening_usd / quota[0] if quota[0] > 0 else float("nan"),
        "pipeline_per_quota": closing_usd / quota[-1] if quota[-1] > 0 else float("nan"),
    }


def control_variate_usd(record: Record) -> float:
    """The luck in the bookings, usd: a sum of martingale increments, whose mean is zero whatever the state does later.

    sum over stages revealed before the horizon of (passed - chance) x value if passed, plus sum over wins of (amount - mean amount);
    value if passed = mean amount x product of the later chances, or 0 if the last stage could not end before the horizon. Durations are
    known when an engagement starts, so all factors of (passed - chance) are known before the stage is decided.
    """
    later = [record.chance[:, 1] * record.chance[:, 2], record.chance[:, 2], np.ones(len(record))]
    in_time_usd = np.where(record.stage_day[:, -1] < record.horizon_days, record.mean_amount_usd, 0.0)
    value_usd = in_time_usd[:, None] * np.stack(later, axis=1)
    surprise = np.where(record.revealed, record.passed - record.chance, 0.0)
    amounts = record.amount_usd[record.won] - record.mean_amount_usd[record.won]
    return float(np.sum(surprise * value_usd) + amounts.sum())


def attainment(bookings_usd: FloatArray, quota_usd: FloatArray) -> dict[str, float]:
    """Bookings / quota over the horizon: of the team, its spread over the seats, and shares of seats at 100 % and 70 %.

    Both have shape (seats, quarters). Seats without a quota have no attainment; without any quota all of it is NaN.
    """
    seat = _attainment_by_seat(bookings_usd, quota_usd)
    names = ("attainment", "attainment_median", "attainment_p10", "attainment_p90", "seats_at_quota_share", "seats_at_70_share")
    if not len(seat):
        return dict.fromkeys(names, float("nan"))
    p10, median, p90 = np.quantile(seat, [0.1, 0.5, 0.9])
    team = bookings_usd.sum() / np.nansum(quota_usd)
    return dict(zip(names, map(float, (team, median, p10, p90, np.mean(seat >= 1), np.mean(seat >= NEAR_QUOTA_SHARE))), strict=True))


def coverage(state: IntArray, potential_usd: FloatArray) -> dict[str, float]:
    """Shares of all accounts by state, by count and by potential, and numbers: means over the quarter ends. ``state`` (accounts, quarters).

    orphaned = orphaned for capacity + by choice; uncovered = orphaned + unassigned.
    """
    accounts_n, quarters_n = state.shape
    at = (state * quarters_n + np.arange(quarters_n)).reshape(-1)
    shape, at_n = (len(STATES), quarters_n), len(STATES) * quarters_n
    counts = np.bincount(at, minlength=at_n).reshape(shape).mean(axis=1)
    usd = _sums(at, np.repeat(potential_usd, quarters_n), at_n).reshape(shape).mean(axis=1)
    orphaned, uncovered = [ORPHANED_CAPACITY, ORPHANED_CHOICE], [ORPHANED_CAPACITY, ORPHANED_CHOICE, NOBODYS]
    groups = {"engaged": [ENGAGED], "resting": [RESTING], "orphaned": orphaned, "unassigned": [NOBODYS], "uncovered": uncovered}
    shares = {f"{name}_share": float(counts[k].sum() / accounts_n) for name, k in groups.items()}
    return {
        **shares,
        "orphaned_capacity_share": float(counts[ORPHANED_CAPACITY] / accounts_n),
        "orphaned_choice_share": float(counts[ORPHANED_CHOICE] / accounts_n),
        **{f"{name}_potential_share": float(ratio(usd[k].sum(), potential_usd.sum())) for name, k in groups.items()},
        "orphaned_n": float(counts[orphaned].sum()),
        "uncovered_n": float(counts[uncovered].sum()),
    }


def equity(book_usd: FloatArray, seats: Seats) -> dict[str, float]:
    """How evenly opportunity falls on the seats: ``book_usd`` (seats,) is the CRM's potential of each book; per capacity hour a week.

    Ex ante, so without ramp. Seats without capacity are left out.
    """
    hours = seats.capacity_h_per_week
    opportunity = book_usd[hours > 0] / hours[hours > 0]
    within, between = theil(opportunity, seats.team[hours > 0])
    return {
        "gini_opportunity": float(gini(opportunity)),
        "cv_opportunity": cv(opportunity),
        "outside_15_share": outside_share(opportunity),
        "max_min_opportunity": max_min(opportunity),
        "theil_within_opportunity": within,
        "theil_between_opportunity": between,
    }


def outcome_equity(bookings_usd: FloatArray, quota_usd: FloatArray, used_h: FloatArray, capacity_h: FloatArray) -> dict[str, float]:
    """Gini over the seats of load (hours in use / capacity hours) and of outcome (attainment) over the horizon; all (seats, quarters)."""
    used, hours = used_h.sum(axis=1), capacity_h.sum(axis=1)
    return {
        "gini_load": float(gini(used[hours > 0] / hours[hours > 0])),
        "gini_outcome": float(gini(_attainment_by_seat(bookings_usd, quota_usd))),
    }


def disruption(owner: IntArray, problem: PlanningProblem) -> dict[str, float]:
    """What moves from one owner to another: accounts, their potential, open deals, and months for which today's owner has worked them.

    An account that had no owner, or gets none, is not moved. A month has 30.4 days.
    """
    moved: BoolArray = (problem.owner != owner) & (problem.owner != UNASSIGNED) & (owner != UNASSIGNED)
    potential_usd = problem.accounts.potential_usd
    return {
        "moved_n": float(np.count_nonzero(moved)),
        "moved_share": float(np.mean(moved)),
        "moved_potential_share": float(ratio(potential_usd[moved].sum(), potential_usd.sum())),
        "moved_deals_n": float(np.count_nonzero(moved[problem.deals.account])),
        "moved_relationship_months": float(problem.engaged_days[moved].sum() / DAYS_PER_MONTH),
    }


def _facts(record: Record, problem: PlanningProblem, seats: Seats, ramp_days: float) -> _Facts:
    ends = quarter_ends(record.horizon_days)
    begins = ends - DAYS_PER_QUARTER
    seats_n, quarters_n = len(seats), len(ends)
    ramped = mean_ramp(begins, ends, seats.start_day[:, None], ramp_days)

    days = np.minimum(record.end_day[:, None], ends) - np.maximum(record.start_day[:, None], begins)
    worked_weeks = np.maximum(days, 0.0) / DAYS_PER_WEEK
    cell = record.seat[:, None] * quarters_n + np.arange(quarters_n)
    used_h, travel_h = (
        _sums(cell, hours[:, None] * worked_weeks, seats_n * quarters_n) for hours in (record.workload_h_per_week, record.travel_h_per_week)
    )
    # A win is booked in the quarter in which it falls, [begin, end).
    won_in = np.minimum((record.end_day // DAYS_PER_QUARTER).astype(np.int64), quarters_n - 1)
    bookings_usd = _sums(record.seat * quarters_n + won_in, record.amount_usd, seats_n * quarters_n)

    shape = (seats_n, quarters_n)
    capacity_h = seats.capacity_h_per_week[:, None] * WEEKS_PER_QUARTER * ramped
    state = account_states(record, attempt_h(record.owner, problem), capacity_h - used_h.reshape(shape), ends)
    owned = record.owner != UNASSIGNED
    cell = (record.owner[owned, None] * quarters_n + np.arange(quarters_n)) * len(STATES) + state[owned]
    counts = np.bincount(cell.reshape(-1), minlength=seats_n * quarters_n * len(STATES))
    return _Facts(
        bookings_usd=bookings_usd.reshape(shape),
        quota_usd=seats.quota_usd[:, None] / QUARTERS_PER_YEAR * ramped,
        used_h=used_h.reshape(shape),
        capacity_h=capacity_h,
        travel_h=travel_h.reshape(shape),
        state=state,
        counts=counts.reshape(*shape, len(STATES)),
    )


def attempt_h(owner: IntArray, problem: PlanningProblem) -> FloatArray:
    """Hours (accounts,) that one attempt takes at public rates: workload a week x expected weeks until it is won or lost.

    The workload of an account without owner is that at seat 0; nobody asks for it.
    """
    accounts, rates = problem.accounts, problem.rates
    customer = ~np.isnan(accounts.customer_since_day)[:, None]
    chance = np.where(customer, rates.expansion_pass_chance[accounts.segment], rates.pass_chance[accounts.segment])
    weeks = expected_days_worked(rates.stage_days[accounts.segment], chance) / DAYS_PER_WEEK
    hours: FloatArray = problem.workload_h_per_week(np.arange(len(owner)), np.maximum(owner, 0)) * weeks
    return hours


def _attainment_by_seat(bookings_usd: FloatArray, quota_usd: FloatArray) -> FloatArray:
    """Bookings / quota (seats with a quota,) over the horizon."""
    booked, quota = bookings_usd.sum(axis=1), np.nansum(quota_usd, axis=1)
    seat: FloatArray = booked[quota > 0] / quota[quota > 0]
    return seat


def _sums(cell: IntArray, values: FloatArray, cells_n: int) -> FloatArray:
    """Sum of the values that fall into each cell (cells_n,)."""
    return np.bincount(cell.reshape(-1), weights=values.reshape(-1), minlength=cells_n).astype(np.float64)
