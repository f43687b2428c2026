"""Which accounts are worked, and why the others are not: the state of every account at every quarter end, from the log."""

from __future__ import annotations

import numpy as np

from sim.record import OPEN, Record
from sim.snapshot import ENGAGED_WINDOW_DAYS, UNASSIGNED, BoolArray, FloatArray, IntArray

STATES = ("engaged", "resting", "orphaned_capacity", "orphaned_choice", "unassigned")
ENGAGED, RESTING, ORPHANED_CAPACITY, ORPHANED_CHOICE, NOBODYS = range(len(STATES))


def account_states(record: Record, attempt_h: FloatArray, unused_h: FloatArray, ends: FloatArray) -> IntArray:
    """State (accounts, quarters) of every account at every quarter end t: a position in ``STATES``.

    unassigned: no owner; engaged: an engagement under way at some time in (t - 90, t]; resting: neither, and not workable at t;
    orphaned: what remains. As many orphaned accounts, the smallest first, as the hours that their seat left unused in the quarter
    (``unused_h``: seats, quarters) would have sufficed for, at ``attempt_h`` (accounts,) each, were orphaned by choice: there was room,
    and the rep preferred others. All others were orphaned for want of capacity.
    """
    owned = (record.owner != UNASSIGNED)[:, None]
    engaged = engaged_accounts(record, ends)
    orphaned = owned & ~engaged & (rest_until_day(record, ends) <= ends)
    state = np.full(engaged.shape, NOBODYS, dtype=np.int64)
    state[owned & ~engaged] = RESTING
    state[owned & engaged] = ENGAGED
    state[orphaned] = ORPHANED_CAPACITY
    account, quarter = np.nonzero(orphaned)
    group = record.owner[account] * len(ends) + quarter
    order = np.lexsort((attempt_h[account], group))
    asked_h = np.cumsum(attempt_h[account][order])
    first = np.searchsorted(group[order], group[order])
    asked_h -= np.concatenate([[0.0], asked_h])[first]
    chosen = order[asked_h <= unused_h.reshape(-1)[group[order]]]
    state[account[chosen], quarter[chosen]] = ORPHANED_CHOICE
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
