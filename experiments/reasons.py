"""Why an account moves, in words that its rep would accept: evidence from the planner's view, never the planner's objective."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.chances import expected_days_worked
from sim.planning import PlanningProblem
from sim.snapshot import DAYS_PER_WEEK, ENGAGED_WINDOW_DAYS, UNASSIGNED, BoolArray, FloatArray, IntArray

NEARER_KM = 20.0  # what a rep would call nearer
LIGHTER = 0.1  # of a seat's hours, or of the mean potential: what a rep would notice
MOST_PARTS = 3
NO_EVIDENCE = "no gain in distance, skill, hours or potential shows for this account; the design as a whole asks for it"


def reasons(problem: PlanningProblem, owner: IntArray) -> list[str]:
    """A reason for every account (accounts,) whose owner the design changes, an empty text for the others.

    What speaks for a move, the account's own facts first: skills, distance, whether anybody works it today; then the books it leaves and
    joins: accounts worked in 90 days, hours asked over hours there are, potential over the mean.
    """
    today, new = problem.owner, owner
    accounts = np.arange(len(today))
    r, s = np.where(today == UNASSIGNED, 0, today), np.where(new == UNASSIGNED, 0, new)
    both = (today != UNASSIGNED) & (new != UNASSIGNED)
    old_book, new_book = _book(problem, today), _book(problem, new)
    nearer_km = problem.distance_km(accounts, r) - problem.distance_km(accounts, s)
    has_place = ~np.isnan(problem.accounts.latitude)
    met = problem.rates.visits_per_week[problem.accounts.segment] > 0
    worked = problem.last_touch_day >= -ENGAGED_WINDOW_DAYS
    industry = np.array(problem.vocabulary.industries, dtype=object)[problem.accounts.industry]
    seat_name = np.array(problem.seats.id, dtype=object)

    lacks_skill = both & ~problem.eligible(accounts, r) & problem.eligible(accounts, s)
    skilled = problem.skill_match(accounts, s) & (new != UNASSIGNED) & ~(both & problem.skill_match(accounts, r))
    nearer = both & has_place & met & (nearer_km >= NEARER_KM)
    unworked = both & ~worked
    busy = (today != UNASSIGNED) & (old_book.worked_n[r] < old_book.owned_n[r] / 2)
    lighter = both & (new_book.asked[s] < old_book.asked[r] - LIGHTER)
    poorer = both & (new_book.potential[s] < old_book.potential[r] - LIGHTER)

    def clauses(i: int) -> str:
        a, b = r[i], s[i]
        parts = ["had no owner"] if today[i] == UNASSIGNED else ["left to no seat"] if new[i] == UNASSIGNED else []
        if lacks_skill[i]:
            parts.append(f"{seat_name[a]} lacks a required skill")
        if skilled[i]:
            parts.append(f"new owner is skilled in {industry[i]}")
        if nearer[i]:
            parts.append(f"{nearer_km[i]:,.0f} km nearer")
        if busy[i]:
            book = f"{seat_name[a]} worked {old_book.worked_n[a]:,} of {old_book.owned_n[a]:,} accounts in 90 days"
            parts.append(f"{book}, not this one" if unworked[i] else book)
        elif unworked[i]:
            parts.append("not worked in 90 days")
        if lighter[i]:
            parts.append(f"new book asks {new_book.asked[b]:.1f}x its seat's hours instead of {old_book.asked[a]:.1f}x")
        if poorer[i]:
            parts.append(f"new book holds {new_book.potential[b]:.1f}x the mean potential instead of {old_book.potential[a]:.1f}x")
        if not parts and both[i] and new_book.owned_n[b] < old_book.owned_n[a]:
            parts.append(f"new book has {new_book.owned_n[b]:,} accounts instead of {old_book.owned_n[a]:,}")
        return "; ".join(parts[:MOST_PARTS]) or NO_EVIDENCE

    moves: BoolArray = today != new
    return [clauses(i) if moved else "" for i, moved in enumerate(moves.tolist())]


@dataclass(frozen=True, eq=False)
class _Book:
    """Books by seat, arrays (seats,): accounts owned and worked in 90 days, hours asked over hours there are, potential over the mean."""

    owned_n: IntArray
    worked_n: IntArray
    asked: FloatArray
    potential: FloatArray


def _book(problem: PlanningProblem, owner: IntArray) -> _Book:
    seats_n = len(problem.seats)
    book = np.flatnonzero(owner != UNASSIGNED)
    seat = owner[book]

    def total(values: FloatArray) -> FloatArray:
        return np.bincount(seat, weights=values[book], minlength=seats_n).astype(np.float64)

    capacity_h = problem.seats.capacity_h_per_week
    has_hours = capacity_h > 0
    potential = np.divide(total(problem.accounts.potential_usd), capacity_h, out=np.zeros(seats_n), where=has_hours)
    mean = potential[has_hours].mean() if has_hours.any() and potential.any() else 1.0
    asked_h = total(hours_asked(problem, owner))
    return _Book(
        owned_n=np.bincount(seat, minlength=seats_n),
        worked_n=total((problem.last_touch_day >= -ENGAGED_WINDOW_DAYS).astype(np.float64)).astype(np.int64),
        asked=np.divide(asked_h, capacity_h * problem.horizon_days / DAYS_PER_WEEK, out=np.zeros(seats_n), where=has_hours),
        potential=potential / mean,
    )


def hours_asked(problem: PlanningProblem, owner: IntArray) -> FloatArray:
    """Hours (accounts,) asked of the owner over the horizon: weekly workload x weeks an attempt lasts x attempts that fit."""
    rates, segment = problem.rates, problem.accounts.segment
    days = expected_days_worked(rates.stage_days, rates.pass_chance)[segment]
    attempts = np.maximum(problem.horizon_days / (days + rates.rest_after_loss_days), 1.0)
    workload = problem.workload_h_per_week(np.arange(len(owner)), np.where(owner == UNASSIGNED, 0, owner))
    hours: FloatArray = workload * days / DAYS_PER_WEEK * attempts
    return hours
