"""Why an account moves, in words that its rep would accept: evidence from the planner's view, never the planner's objective."""

from __future__ import annotations

import numpy as np

from experiments.designs.evidence import Design, Planner
from experiments.designs.left import why_left
from sim.snapshot import UNASSIGNED, BoolArray

NEARER_KM = 20.0  # what a rep would call nearer,
SHORTER_H = 0.25  # if a visit takes so much less: beyond some distance a trip takes no longer
LIGHTER = 0.1  # of a seat's hours, or of the mean potential: what a rep would notice
MOST_PARTS = 3
ACCOUNT, BOOKS, NOTHING = "account", "books", "nothing"
LEFT, STILL_NOBODYS = "left to no seat", "has no owner and gets none"
NO_EVIDENCE = "no gain in travel, skill, hours or potential shows for this account; the design as a whole asks for it"


def reasons(planner: Planner, design: Design) -> tuple[list[str], list[str]]:
    """A reason for every account (accounts,) whose owner the design changes or which it leaves to nobody, and what it speaks of; empty
    texts for the others.

    What speaks for a move, the account's own facts first: skills, distance, whether anybody works it today; then the books it leaves and
    joins: accounts worked in 90 days, hours asked over hours there are, potential over the mean. For an account that is left to nobody,
    what experiments/designs/left.py finds, and whether anybody works it. The second list says whether anything of the ``account``
    itself speaks for it, only the ``books``, or ``nothing``.
    """
    problem, before, after = planner.problem, planner.today, design
    today, new = before.owner, after.owner
    accounts = np.arange(len(today))
    r, s = np.where(today == UNASSIGNED, 0, today), np.where(new == UNASSIGNED, 0, new)
    both = (today != UNASSIGNED) & (new != UNASSIGNED)
    nearer_km = problem.distance_km(accounts, r) - problem.distance_km(accounts, s)
    shorter_h = problem.trip_h(accounts, r) - problem.trip_h(accounts, s)
    has_place = ~np.isnan(problem.accounts.latitude)
    met = problem.rates.visits_per_week[problem.accounts.segment] > 0
    industry = np.array(problem.vocabulary.industries, dtype=object)[problem.accounts.industry]
    seat_name = np.array(problem.seats.id, dtype=object)

    lacks_skill = both & ~problem.eligible(accounts, r) & problem.eligible(accounts, s)
    skilled = problem.skill_match(accounts, s) & (new != UNASSIGNED) & ~(both & problem.skill_match(accounts, r))
    nearer = both & has_place & met & (nearer_km >= NEARER_KM) & (shorter_h >= SHORTER_H)
    unworked = (today != UNASSIGNED) & ~planner.worked
    busy = (today != UNASSIGNED) & (before.worked_n[r] < before.accounts_n[r] / 2)
    lighter = both & (after.load[s] < before.load[r] - LIGHTER)
    poorer = both & (after.per_hour[s] < before.per_hour[r] - LIGHTER)
    fewer = both & (after.accounts_n[s] < before.accounts_n[r])

    left = why_left(planner, design)

    def clauses(i: int) -> list[str]:
        a, b = r[i], s[i]
        parts = left.get(i, ["had no owner"] if today[i] == UNASSIGNED else [])
        if lacks_skill[i]:
            parts.append(f"{seat_name[a]} lacks a required skill")
        if skilled[i]:
            parts.append(f"new owner is skilled in {industry[i]}")
        if nearer[i]:
            parts.append(f"{nearer_km[i]:,.0f} km nearer, {shorter_h[i]:.1f} h less on the road a visit")
        if busy[i]:
            book = f"{seat_name[a]}'s hours of 90 days went to {before.worked_n[a]:,} of its {before.accounts_n[a]:,} accounts"
            parts.append(f"{book}, not to this one" if unworked[i] else book)
        elif unworked[i]:
            parts.append("not worked in 90 days")
        if lighter[i]:
            parts.append(f"new book asks {after.load[b]:.1f}x its seat's hours instead of {before.load[a]:.1f}x")
        if poorer[i]:
            parts.append(f"new book holds {after.per_hour[b]:.1f}x the mean potential instead of {before.per_hour[a]:.1f}x")
        if not parts and fewer[i]:
            parts.append(f"new book has {after.accounts_n[b]:,} accounts instead of {before.accounts_n[a]:,}")
        return parts[:MOST_PARTS]

    explained: BoolArray = (today != new) | (new == UNASSIGNED)
    own = lacks_skill | skilled | nearer | unworked | (today == UNASSIGNED)
    own[[i for i, parts in left.items() if parts]] = True
    told, speaks = [], []
    for i, asked in enumerate(explained.tolist()):
        parts = clauses(i) if asked else []
        head = [] if not asked or new[i] != UNASSIGNED else [LEFT if today[i] != UNASSIGNED else STILL_NOBODYS]
        told.append("; ".join([*head, *(parts or [NO_EVIDENCE])]) if asked else "")
        speaks.append("" if not asked else NOTHING if not parts else ACCOUNT if own[i] else BOOKS)
    return told, speaks
