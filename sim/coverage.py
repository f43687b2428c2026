"""Which accounts are worked, and why the others are not: the state of every account at every quarter end, from the log."""

from __future__ import annotations

import numpy as np

from sim.equity import ratio
from sim.planning import PlanningRates
from sim.record import LOST, Record
from sim.snapshot import ENGAGED_WINDOW_DAYS, UNASSIGNED, BoolArray, FloatArray, IntArray

STATES = ("engaged", "resting", "orphaned_capacity", "orphaned_choice", "unassigned")
ENGAGED, RESTING, ORPHANED_CAPACITY, ORPHANED_CHOICE, NOBODYS = range(len(STATES))
ABSENT = len(STATES)  # not there yet, or gone: in none of the states


def account_states(
    record: Record, owner: IntArray, attempt_h: FloatArray, unused_h: FloatArray, ends: FloatArray, rates: PlanningRates
) -> IntArray:
    """State (accounts, quarters) of every account at every quarter end t, given its owner then: a position in ``STATES``, or ``ABSENT``.

    unassigned: no owner; engaged: an engagement under way at some time in (t - 90, t]; resting: neither, and not workable at t (after an
    outcome, a churn, or a move from an owner: see :func:`rest_until_day`); orphaned: what remains. As many orphaned accounts, the smallest
    first, as the hours that their seat left unused in the quarter (``unused_h``: seats, quarters) would have sufficed for, at ``attempt_h``
    (accounts, quarters) each, were orphaned by choice: there was room, and the rep preferred others. All others were orphaned for want of
    capacity.
    """
    there = record.there_at(ends)
    owned = there & (owner != UNASSIGNED)
    engaged = engaged_accounts(record, ends)
    orphaned = owned & ~engaged & (rest_until_day(record, ends, rates) <= ends)
    state = np.full(engaged.shape, ABSENT, dtype=np.int64)
    state[there] = NOBODYS
    state[owned & ~engaged] = RESTING
    state[owned & engaged] = ENGAGED
    state[orphaned] = ORPHANED_CAPACITY
    account, quarter = np.nonzero(orphaned)
    group = owner[account, quarter] * len(ends) + quarter
    asked_each_h = attempt_h[account, quarter]
    order = np.lexsort((asked_each_h, group))
    asked_h = np.cumsum(asked_each_h[order])
    first = np.searchsorted(group[order], group[order])
    asked_h -= np.concatenate([[0.0], asked_h])[first]
    chosen = order[asked_h <= unused_h.reshape(-1)[group[order]]]
    state[account[chosen], quarter[chosen]] = ORPHANED_CHOICE
    return state


def coverage(state: IntArray, potential_usd: FloatArray) -> dict[str, float]:
    """Shares of the accounts that are there by state, by count and by potential, and numbers: means over the quarter ends.

    ``state`` (accounts, quarters); a share is the mean number in a state over the mean number there. orphaned = orphaned for capacity + by
    choice; uncovered = orphaned + unassigned.
    """
    accounts_n, quarters_n = state.shape
    at = (state * quarters_n + np.arange(quarters_n)).reshape(-1)
    shape = (len(STATES) + 1, quarters_n)
    counts = np.bincount(at, minlength=shape[0] * shape[1]).reshape(shape).mean(axis=1)
    each_usd = np.repeat(potential_usd, quarters_n)
    usd = np.bincount(at, each_usd, minlength=shape[0] * shape[1]).reshape(shape).mean(axis=1)
    there_n, there_usd = accounts_n - counts[ABSENT], potential_usd.sum() - usd[ABSENT]
    orphaned, uncovered = [ORPHANED_CAPACITY, ORPHANED_CHOICE], [ORPHANED_CAPACITY, ORPHANED_CHOICE, NOBODYS]
    groups = {"engaged": [ENGAGED], "resting": [RESTING], "orphaned": orphaned, "unassigned": [NOBODYS], "uncovered": uncovered}
    return {
        **{f"{name}_share": float(ratio(counts[k].sum(), there_n)) for name, k in groups.items()},
        "orphaned_capacity_share": float(ratio(counts[ORPHANED_CAPACITY], there_n)),
        "orphaned_choice_share": float(ratio(counts[ORPHANED_CHOICE], there_n)),
        **{f"{name}_potential_share": float(ratio(usd[k].sum(), there_usd)) for name, k in groups.items()},
        "orphaned_n": float(counts[orphaned].sum()),
        "uncovered_n": float(counts[uncovered].sum()),
    }


def engaged_accounts(record: Record, ends: FloatArray) -> BoolArray:
    """Whether (accounts, quarters) an engagement was under way at some time in (t - 90, t] before the quarter end t."""
    under_way = (record.start_day[:, None] <= ends) & (record.end_day[:, None] > ends - ENGAGED_WINDOW_DAYS)
    engagement, quarter = np.nonzero(under_way)
    engaged = np.zeros((len(record.owner), len(ends)), dtype=np.bool_)
    engaged[record.account[engagement], quarter] = True
    return engaged


def rest_until_day(record: Record, ends: FloatArray, rates: PlanningRates) -> FloatArray:
    """Day (accounts, quarters) from which an account can be worked again, after all that had happened by the quarter end.

    An account rests from its last outcome: a win, a loss, or a churn, which counts as a loss. An earlier rest, from which a lead has woken
    it, is over. While one owner hands it over to another, nobody works it in any case.
    """
    shape = (len(record.owner), len(ends))
    rest_until, held_until = np.full(shape, np.nan), np.full(shape, -np.inf)
    rest_until[:, 0] = record.rest_until_day
    moves, renewals = record.events.moves, record.events.renewals
    decided, churned, handed_over = record.won | (record.outcome == LOST), renewals.churned, moves.from_seat != UNASSIGNED

    account = np.append(record.account[decided], renewals.account[churned])
    day = np.append(record.end_day[decided], renewals.day[churned])
    until_day = np.append(record.rest_until_day_after[decided], renewals.day[churned] + rates.rest_after_loss_days)
    order = np.argsort(day, kind="stable")
    account, quarter, until_day = account[order], np.searchsorted(ends, day[order]), until_day[order]
    seen = quarter < len(ends)  # the first quarter end that is not before the day
    rest_until[account[seen], quarter[seen]] = until_day[seen]  # of several outcomes the last one counts
    known = np.maximum.accumulate(np.where(np.isnan(rest_until), 0, np.arange(len(ends))), axis=1)

    quarter = np.searchsorted(ends, moves.day[handed_over])
    seen = quarter < len(ends)
    np.maximum.at(held_until, (moves.account[handed_over][seen], quarter[seen]), moves.day[handed_over][seen] + rates.transition_gap_days)
    latest: FloatArray = np.maximum(np.take_along_axis(rest_until, known, axis=1), np.maximum.accumulate(held_until, axis=1))
    return latest
