"""What several metrics share: hours, quota, owners and states, by seat and quarter."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.chances import expected_days_worked
from sim.coverage import ABSENT, STATES, account_states
from sim.planning import PlanningProblem
from sim.ramp import tenures
from sim.record import Record
from sim.snapshot import DAYS_PER_QUARTER, DAYS_PER_WEEK, DAYS_PER_YEAR, UNASSIGNED, FloatArray, IntArray, Seats

QUARTERS_PER_YEAR = DAYS_PER_YEAR // DAYS_PER_QUARTER
WEEKS_PER_QUARTER = DAYS_PER_QUARTER / DAYS_PER_WEEK


@dataclass(frozen=True, eq=False)
class Facts:
    """What several metrics share. Arrays have shape (seats, quarters) unless noted; owners and potential are those at the quarter's end."""

    ends: FloatArray  # (quarters,) days
    bookings_usd: FloatArray
    quota_usd: FloatArray
    capacity_h: FloatArray
    used_h: FloatArray  # by engagements, support, hand-overs and planning
    travel_h: FloatArray
    support_h: FloatArray  # given
    support_asked_h: FloatArray
    hand_over_h: FloatArray
    planning_h: FloatArray
    present_share: FloatArray  # of the time, that somebody was there
    vacant_share: FloatArray  # of the time, that the seat was there and nobody in it
    potential_usd: FloatArray
    state: IntArray  # (accounts, quarters)
    counts: IntArray  # (seats, quarters, states)


def facts_of(record: Record, problem: PlanningProblem, seats: Seats, ramp_days: float) -> Facts:
    """Add up the record by seat and quarter.

    capacity = capacity h/week x 13 weeks x mean ramp, 0 while nobody is there; quota = a quarter of the year's x (mean ramp + share of the
    time that is vacant): a ramp lowers it, a vacancy does not. A seat that owns nothing before day 0 and whose first person is still to
    come is not there until then: it has no quota, and is not vacant.
    """
    ends = quarter_ends(record.horizon_days)
    begins, shape = ends - DAYS_PER_QUARTER, (len(seats), len(ends))
    owns = np.isin(np.arange(len(seats)), problem.owner)
    people, events = tenures(seats.start_day, owns, record.events.successions), record.events
    ramped = people.ramped_share(begins, ends, len(seats), ramp_days)
    capacity_h = seats.capacity_h_per_week[:, None] * WEEKS_PER_QUARTER * ramped

    worked = record.seat, record.start_day, record.end_day
    selling_h = _hours(*worked, record.workload_h_per_week, ends, shape)
    asked, moved, planned = events.support, events.hand_overs, events.planning
    support_h = _hours(asked.seat, asked.start_day, asked.end_day, asked.given_h_per_week, ends, shape)
    hand_over_h = _hours(moved.seat, moved.start_day, moved.end_day, moved.hours_per_week, ends, shape)
    planning_h = _hours(planned.seat, planned.start_day, planned.end_day, planned.hours_per_week, ends, shape)
    used_h = selling_h + support_h + hand_over_h + planning_h

    owner = record.owner_at(ends)
    state = account_states(record, owner, attempt_h(owner, problem), capacity_h - used_h, ends, problem.rates)
    account, quarter = np.nonzero((owner != UNASSIGNED) & (state != ABSENT))
    book = owner[account, quarter] * len(ends) + quarter
    counts = np.bincount(book * len(STATES) + state[account, quarter], minlength=shape[0] * shape[1] * len(STATES))
    # A win is booked in the quarter in which it falls, [begin, end).
    booked = record.seat * len(ends) + quarter_of(record.end_day, len(ends))
    return Facts(
        ends=ends,
        bookings_usd=sums(booked, record.amount_usd, shape[0] * shape[1]).reshape(shape),
        quota_usd=seats.quota_usd[:, None] / QUARTERS_PER_YEAR * people.quota_share(begins, ends, len(seats), ramp_days),
        capacity_h=capacity_h,
        used_h=used_h,
        travel_h=_hours(*worked, record.travel_h_per_week, ends, shape),
        support_h=support_h,
        support_asked_h=_hours(asked.seat, asked.start_day, asked.end_day, asked.asked_h_per_week, ends, shape),
        hand_over_h=hand_over_h,
        planning_h=planning_h,
        present_share=people.present_share(begins, ends, len(seats)),
        vacant_share=people.vacant_share(begins, ends, len(seats)),
        potential_usd=sums(book, problem.accounts.potential_usd[account], shape[0] * shape[1]).reshape(shape),
        state=state,
        counts=counts.reshape(*shape, len(STATES)),
    )


def quarter_ends(horizon_days: float) -> FloatArray:
    """Days (quarters,) on which quarters end: 91, 182, ..., the horizon. Raises ValueError if that is not a number of whole quarters."""
    quarters_n = round(horizon_days / DAYS_PER_QUARTER)
    if quarters_n < 1 or quarters_n * DAYS_PER_QUARTER != horizon_days:
        raise ValueError(f"horizon_days: {horizon_days} is not a number of whole quarters of {DAYS_PER_QUARTER} days")
    return DAYS_PER_QUARTER * np.arange(1.0, quarters_n + 1)


def quarter_of(day: FloatArray, quarters_n: int) -> IntArray:
    """Position of the quarter [begin, end) in which each day falls; the horizon belongs to the last one."""
    return np.minimum((day // DAYS_PER_QUARTER).astype(np.int64), quarters_n - 1)


def attempt_h(owner: IntArray, problem: PlanningProblem) -> FloatArray:
    """Hours (accounts, quarters) that one attempt takes at public rates: workload a week x expected weeks until it is won or lost.

    ``owner`` (accounts, quarters). The workload of an account without owner is that at seat 0; nobody asks for it.
    """
    accounts, rates = problem.accounts, problem.rates
    customer = ~np.isnan(accounts.customer_since_day)[:, None]
    chance = np.where(customer, rates.expansion_pass_chance[accounts.segment], rates.pass_chance[accounts.segment])
    weeks = expected_days_worked(rates.stage_days[accounts.segment], chance) / DAYS_PER_WEEK
    same = (owner == owner[:, :1]).all()
    asked = np.maximum(owner[:, :1] if same else owner, 0)
    hours: FloatArray = problem.workload_h_per_week(np.arange(len(owner))[:, None], asked) * weeks[:, None]
    return np.broadcast_to(hours, owner.shape)


def sums(cell: IntArray, values: FloatArray, cells_n: int) -> FloatArray:
    """Sum of the values that fall into each cell (cells_n,)."""
    return np.bincount(cell.reshape(-1), weights=values.reshape(-1), minlength=cells_n).astype(np.float64)


def _hours(
    seat: IntArray, start_day: FloatArray, end_day: FloatArray, h_per_week: FloatArray, ends: FloatArray, shape: tuple[int, int]
) -> FloatArray:
    """Hours (seats, quarters) of stretches of work, on the quarters in which they pass."""
    days = np.minimum(end_day[:, None], ends) - np.maximum(start_day[:, None], ends - DAYS_PER_QUARTER)
    hours = h_per_week[:, None] * (np.maximum(days, 0.0) / DAYS_PER_WEEK)
    return sums(seat[:, None] * len(ends) + np.arange(len(ends)), hours, shape[0] * shape[1]).reshape(shape)
