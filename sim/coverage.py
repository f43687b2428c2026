"""Which accounts are worked, and why the others are not: the state of every account at every quarter end, from the log."""

from __future__ import annotations

import numpy as np

from sim.ramp import ramp
from sim.record import OPEN, Record
from sim.snapshot import ENGAGED_WINDOW_DAYS, UNASSIGNED, BoolArray, FloatArray, IntArray, Seats

STATES = ("engaged", "resting", "orphaned_capacity", "orphaned_choice", "unassigned")
ENGAGED, RESTING, ORPHANED_CAPACITY, ORPHANED_CHOICE, NOBODYS = range(len(STATES))

_HOURS_TOLERANCE = 1e-6  # the simulation rounds hours to 2^-20; what differs by less than this fits


def account_states(record: Record, workload_h_per_week: FloatArray, seats: Seats, ramp_days: float, ends: FloatArray) -> IntArray:
    """State (accounts, quarters) of every account at every quarter end t: a position in ``STATES``.

    unassigned: no owner; engaged: an engagement under way at some time in (t - 90, t]; resting: neither, and not workable at t;
    orphaned: what remains. Its cause is choice if, while the account was workable in these 90 days, the seat at some time had free hours
    (capacity x ramp - hours in use) for it, and capacity otherwise. ``workload_h_per_week`` (accounts,) is that at today's owner.
    """
    owned = (record.owner != UNASSIGNED)[:, None]
    engaged = engaged_accounts(record, ends)
    rest_until = rest_until_day(record, ends)
    orphaned = owned & ~engaged & (rest_until <= ends)
    state = np.full(engaged.shape, NOBODYS, dtype=np.int64)
    state[owned & ~engaged] = RESTING
    state[owned & engaged] = ENGAGED
    state[orphaned] = ORPHANED_CAPACITY
    had_hours = _had_hours(record, orphaned, rest_until, workload_h_per_week, seats, ramp_days, ends)
    state[had_hours] = ORPHANED_CHOICE
    return state


def engaged_accounts(record: Record, ends: FloatArray) -> BoolArray:
    """Whether (accounts, quarters) an engagement was under way at some time in (t - 90, t] before the quarter end t."""
    under_way = (record.start_day[:, None] <= ends) & (record.end_day[:, None] > ends - ENGAGED_WINDOW_DAYS)
    engagement, quarter = np.nonzero(under_way)
    engaged = np.zeros((len(record.owner), len(ends)), dtype=np.bool_)
    engaged[record.account[engagement], quarter] = True
    return engaged


def rest_until_day(record: Record, ends: FloatArray) -> FloatArray:
    """Day (accounts, quarters) from which an account can be worked again, after all that had ended by the quarter end."""
    rest_until = np.full((len(record.owner), len(ends)), -np.inf)
    rest_until[:, 0] = record.rest_until_day
    ended = record.outcome != OPEN
    quarter = np.searchsorted(ends, record.end_day[ended])  # the first quarter end that is not before the end
    seen = quarter < len(ends)
    np.maximum.at(rest_until, (record.account[ended][seen], quarter[seen]), record.rest_until_day_after[ended][seen])
    latest: FloatArray = np.maximum.accumulate(rest_until, axis=1)
    return latest


def _had_hours(
    record: Record,
    orphaned: BoolArray,
    rest_until: FloatArray,
    workload_h_per_week: FloatArray,
    seats: Seats,
    ramp_days: float,
    ends: FloatArray,
) -> BoolArray:
    """Which (accounts, quarters) of the orphaned ones their seat had free hours for, while they were workable in the trailing 90 days."""
    seat_of, day, free_h = _free_hours(record, seats, ramp_days, ends)
    account, quarter = np.nonzero(orphaned)
    # Windows do not overlap, so one pass from the last step back finds the most free hours from each step to the end of its quarter:
    # a quarter is lifted above all that come after it.
    window = seat_of * (len(ends) + 1) + np.searchsorted(ends, day, side="right")
    lift_h = 2 * np.max(np.abs(free_h)) + 1.0
    most_h = np.maximum.accumulate((free_h - lift_h * window)[::-1])[::-1] + lift_h * window
    span = ends[-1] + 1.0
    key, seat_key = seat_of * span + day, np.arange(len(seats))[:, None] * span
    begins = ends - ENGAGED_WINDOW_DAYS
    owner, from_day = record.owner[account], rest_until[account, quarter]
    step = np.searchsorted(key, seat_key + begins)[owner, quarter]
    late = np.flatnonzero(from_day > begins[quarter])  # rested for a part of the window
    rested = np.searchsorted(key, owner[late] * span + from_day[late], side="right") - 1
    last_step = np.searchsorted(key, seat_key + ends) - 1  # also for those that are workable at the quarter end only
    step[late] = np.minimum(rested, last_step[owner[late], quarter[late]])
    had_hours = np.zeros(orphaned.shape, dtype=np.bool_)
    had_hours[account, quarter] = most_h[step] >= workload_h_per_week[account] - _HOURS_TOLERANCE
    return had_hours


def _free_hours(record: Record, seats: Seats, ramp_days: float, ends: FloatArray) -> tuple[IntArray, FloatArray, FloatArray]:
    """The free hours of every seat as a step function, by seat and day: (seat, day on which the step begins, most free hours in it).

    Quarter ends and the beginnings of their 90 days begin a step too. The ramp grows, so a step is freest at its end. Of what happens in
    one instant the starts come first: hours that are handed over are never free.
    """
    marks = np.concatenate([[0.0], ends - ENGAGED_WINDOW_DAYS, ends])
    hours = record.workload_h_per_week
    seat = np.concatenate([np.repeat(np.arange(len(seats)), len(marks)), record.seat, record.seat])
    day = np.concatenate([np.tile(marks, len(seats)), record.start_day, record.end_day])
    change_h = np.concatenate([np.zeros(len(seats) * len(marks)), hours, -hours])
    order = np.lexsort((day, seat))
    seat, day = seat[order], day[order]
    in_use_h = np.cumsum(change_h[order])
    last = np.flatnonzero(np.append(seat[1:] != seat[:-1], True))
    before_h = np.concatenate([[0.0], in_use_h[last[:-1]]])
    step_end = np.append(day[1:], day[-1])
    step_end[last] = day[last]
    free_h = seats.capacity_h_per_week[seat] * ramp(step_end, seats.start_day[seat], ramp_days) - (in_use_h - before_h[seat])
    return seat, day, free_h
