"""Why a design leaves accounts to nobody: the evidence that hours end before them, as whoever could work them would see it.

An account is held against one book: that of its owner of today, as it is today, or, if the hours suffice for it there or nobody owns it,
the one that the design gives to its owner, or to the seat in which it promises the most per hour. Value per hour is the CRM's estimate at
the public rates, which is what reps go by and what books that end with the hours are filled by (strategies/worth/pool.py).

Time O(accounts left x seats) for those that nobody owns, memory O(accounts).
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from experiments.designs.evidence import Design, Planner
from sim.snapshot import UNASSIGNED, FloatArray, IntArray
from strategies.worth.score import tam
from strategies.worth.throughput import Outlook

BEATEN_SHARE = 0.5  # of a book: an account that more of it beat is one that a rep would leave
REST_DAYS = 14.0  # what a rep would call a rest


def why_left(planner: Planner, design: Design) -> Mapping[int, list[str]]:
    """What speaks for leaving each account that the design leaves to nobody, by its position; an empty list where nothing does."""
    problem, before = planner.problem, planner.today
    left = np.flatnonzero(design.owner == UNASSIGNED)
    if not len(left):
        return {}
    seen = tam(problem)
    outlook = planner.outlook.seen_as(seen.potential_usd, seen.shift)
    owned = before.owner[left] != UNASSIGNED
    seat = before.owner[left].copy()
    seat[~owned] = _where_worth_most(outlook, left[~owned])
    works = np.zeros(len(left), dtype=np.bool_)
    works[seat != UNASSIGNED] = outlook.workable(left[seat != UNASSIGNED], seat[seat != UNASSIGNED])
    nobody = ~works
    nobody[nobody & owned] = _where_worth_most(outlook, left[nobody & owned]) == UNASSIGNED

    at = np.where(works, seat, 0)
    per_hour = np.where(works, _per_hour(outlook, left, at), 0.0)
    beaten_today, beaten_new = (_beaten_by(outlook, owner, at, per_hour) for owner in (before.owner, design.owner))
    name, rests = problem.seats.id, problem.rest_until_day[left]

    def clauses(k: int) -> list[str]:
        i, s = left[k], seat[k]
        if nobody[k]:
            return ["no seat has the skills and the hours for it"]
        if not works[k]:
            return [f"{name[s]} may not work it for want of a skill or of hours"]
        parts = [f"rests for another {rests[k]:,.0f} days"] if rests[k] >= REST_DAYS else []
        if owned[k] and before.reached_share[i] < 1 and np.isfinite(before.load[s]):
            ends = "end before it" if before.reached_share[i] == 0 else "end with it"
            place = f"{_ordinal(1 + beaten_today[k])} of {before.accounts_n[s]:,} by value per hour"
            parts.append(f"{name[s]}'s hours (its book asks {before.load[s]:.1f}x) {ends}: {place}")
        elif np.isfinite(design.load[s]) and beaten_new[k] > BEATEN_SHARE * design.accounts_n[s]:
            n, book_n = beaten_new[k], design.accounts_n[s]
            book = f"{name[s]}'s new book, which asks {design.load[s]:.1f}x its hours,"
            parts.append(f"{f'all {n:,}' if n == book_n else f'{n:,} of {book_n:,}'} in {book} promise more per hour")
        return parts

    return {int(i): clauses(k) for k, i in enumerate(left)}


def _where_worth_most(outlook: Outlook, accounts: IntArray) -> IntArray:
    """The seat (accounts,) in which each promises the most per hour, of those that may work it; -1 where none may."""
    best, seat = np.full(len(accounts), -np.inf), np.full(len(accounts), UNASSIGNED, dtype=np.int64)
    for s in range(len(outlook.problem.seats)):
        at = np.full(len(accounts), s)
        promised = np.where(outlook.workable(accounts, at), _per_hour(outlook, accounts, at), -np.inf)
        seat[promised > best] = s
        best = np.maximum(best, promised)
    return seat


def _per_hour(outlook: Outlook, accounts: IntArray, seats: IntArray) -> FloatArray:
    value_usd, hours = outlook.pairs(accounts, seats)
    per_hour: FloatArray = np.divide(value_usd, hours, out=np.zeros(len(accounts)), where=hours > 0)
    return per_hour


def _beaten_by(outlook: Outlook, owner: IntArray, seat: IntArray, per_hour: FloatArray) -> IntArray:
    """How many accounts of its seat's book promise more per hour than each; ``owner`` (accounts,) says whose they are."""
    book = np.flatnonzero(owner != UNASSIGNED)
    workable = outlook.workable(book, owner[book])
    book_per_hour = np.where(workable, _per_hour(outlook, book, owner[book]), 0.0)
    beaten = np.zeros(len(seat), dtype=np.int64)
    for s in np.unique(seat):
        promised, here = np.sort(book_per_hour[owner[book] == s]), seat == s
        beaten[here] = len(promised) - np.searchsorted(promised, per_hour[here], side="right")
    return beaten


def _ordinal(n: int) -> str:
    ending = "th" if 10 <= n % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(n % 10, "th")
    return f"{n:,}{ending}"
