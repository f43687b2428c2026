"""Deal rows as deals without gaps. Every rule stands in the ledger with the number of rows that it filled."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import numpy as np

from sim.crm.day_zero import days_from
from sim.crm.deals import Deals
from sim.crm.rows import DEAL_STAGES, LOST, WON, DealRow
from sim.ledger import Ledger
from sim.snapshot import STAGES, UNASSIGNED, BoolArray, FloatArray, IntArray

_WON, _LOST = DEAL_STAGES.index(WON), DEAL_STAGES.index(LOST)
_CLOSED = len(STAGES)  # stages from here on are won and lost


def fill_deals(
    rows: tuple[DealRow, ...],
    day_0: date | None,
    accounts: Mapping[str, int],
    seats: Mapping[str, int],
    owner: IntArray,
    segment: IntArray,
    stage_days: FloatArray,
    default_usd: FloatArray,
    ledger: Ledger,
) -> Deals:
    """Fill every gap by a stated rule and leave out what cannot be placed in time.

    ``accounts`` and ``seats`` are positions by id; ``owner`` and ``segment`` have shape (accounts,), ``stage_days`` (segments, 3), and
    ``default_usd`` (segments,) is the worth of a win where no amount is known at all.
    """
    account = np.array([accounts[row.account_id] for row in rows], dtype=np.int64)
    segment = segment[account]
    means = stage_days[segment]
    created, closed = days_from(day_0, [row.created for row in rows]), days_from(day_0, [row.closed for row in rows])
    amount = np.array([np.nan if row.amount_usd is None else row.amount_usd for row in rows], dtype=np.float64)
    stage = _stage(rows, closed, amount, ledger)
    seat = _seat(rows, seats, owner[account], stage < _CLOSED, ledger)
    created, closed = _dates(created, closed, stage, means, ledger)

    undated = (stage >= _CLOSED) & np.isnan(closed)
    ledger.rows("deals", int(undated.sum()), "won or lost at no known time: left out")
    later = created > 0
    ledger.rows("deals", int(later.sum()), "created after day 0: left out")
    still_open = (stage >= _CLOSED) & (closed > 0) & ~later
    ledger.rows("deals.stage", int(still_open.sum()), f"closed after day 0: taken as open on it, at stage {STAGES[0]}")
    stage = np.where(still_open, 0, stage)
    amount = _amount(amount, stage, segment, default_usd, ledger)
    closed = np.where(stage < _CLOSED, 0.0, closed)
    deals = Deals(account, seat, stage, created, closed, amount, means.sum(axis=1))
    return _one_open_deal(deals.select(~undated & ~later), ledger)


def _stage(rows: tuple[DealRow, ...], closed: FloatArray, amount: FloatArray, ledger: Ledger) -> IntArray:
    named = np.array([DEAL_STAGES.index(row.stage) if row.stage else -1 for row in rows], dtype=np.int64)
    rule = f"{WON} if closed with an amount, {LOST} if closed without one, else {STAGES[0]}"
    ledger.column("deals.stage", int((named < 0).sum()), len(rows), rule)
    guess = np.where(np.isnan(closed), 0, np.where(amount > 0, _WON, _LOST))
    return np.where(named < 0, guess, named)


def _seat(rows: tuple[DealRow, ...], seats: Mapping[str, int], owner: IntArray, is_open: BoolArray, ledger: Ledger) -> IntArray:
    """A rep who is not in the reps' file has left: the deal's history is nobody's, an open deal is the account owner's."""
    blank = np.array([row.rep_id is None for row in rows], dtype=np.bool_)
    seat = np.array([UNASSIGNED if row.rep_id is None else seats.get(row.rep_id, UNASSIGNED) for row in rows], dtype=np.int64)
    left = ~blank & (seat == UNASSIGNED)
    ledger.column("deals.rep_id", int(blank.sum()), len(rows), "taken from the account's owner")
    ledger.rows("deals.rep_id", int(left.sum()), "not in the reps' file: somebody who has left; an open deal is the account owner's")
    return np.where(blank | (left & is_open), owner, seat)


def _dates(created: FloatArray, closed: FloatArray, stage: IntArray, means: FloatArray, ledger: Ledger) -> tuple[FloatArray, FloatArray]:
    is_open = stage < _CLOSED
    cycle = means.sum(axis=1)
    rule = "one mean cycle of the segment before the closing; an open deal is half-way through its stage"
    ledger.column("deals.created", int(np.isnan(created).sum()), len(created), rule)
    half_way = (np.cumsum(means, axis=1) - means / 2)[np.arange(len(stage)), np.minimum(stage, _CLOSED - 1)]
    begun = np.where(np.isnan(created), np.where(is_open, -half_way, closed - cycle), created)
    rule = "one mean cycle of the segment after the creation, on day 0 at the latest"
    ledger.column("deals.closed", int((np.isnan(closed) & ~is_open).sum()), int((~is_open).sum()), rule)
    ended = np.where(np.isnan(closed), np.maximum(np.minimum(created + cycle, 0.0), created), closed)
    return begun, ended


def _amount(amount: FloatArray, stage: IntArray, segment: IntArray, default_usd: FloatArray, ledger: Ledger) -> FloatArray:
    won, blank = stage == _WON, np.isnan(amount)
    rule = "of a won deal: the mean of its segment's won deals; of an open deal: the account's potential"
    ledger.column("deals.amount_usd", int((blank & (stage != _LOST)).sum()), int((stage != _LOST).sum()), rule)
    known = won & ~blank
    n = np.bincount(segment[known], minlength=len(default_usd))
    total = np.bincount(segment[known], amount[known], len(default_usd))
    elsewhere = np.full(len(default_usd), total.sum() / n.sum()) if n.any() else default_usd
    mean = np.where(n > 0, total / np.maximum(n, 1), elsewhere)
    return np.where(won & blank, mean[segment], amount)


def _one_open_deal(deals: Deals, ledger: Ledger) -> Deals:
    """The most advanced open deal of each account, of these the largest, of these the latest: one engagement an account at a time."""
    candidates = np.flatnonzero(deals.open)
    of = deals.select(candidates)
    order = np.lexsort((of.created_day, np.nan_to_num(of.amount_usd), of.stage, of.account))
    best = np.append(np.diff(of.account[order]) > 0, True)[: len(order)]
    keep = ~deals.open
    keep[candidates[order[best]]] = True
    ledger.rows("deals", int((~keep).sum()), "a further open deal of an account: the most advanced one is kept")
    return deals.select(keep)
