"""The same number of accounts for everybody: the fairness that needs no data.

From scratch the list is dealt out like a shuffled pack of cards (its own order may be sorted by anything), scarce accounts first: those
that few seats may own. From today, books that are too long give accounts to the shortest, one at a time: those with the least
relationship first, then those with the least value, to upset as little as possible. Books end within one account of each other where
protections and skills allow it by single moves; without them the number of moves is the least there is. Seats without hours get nothing.

Time O(accounts x seats) from scratch, O(moves x accounts) from today. Places are not looked at; a missing relationship counts as none.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.planning import Assignment, PlanningProblem
from sim.snapshot import UNASSIGNED
from strategies.shared.candidates import candidates, seat_share
from strategies.shared.moves import deal, even_out, keeps_today
from strategies.worth.pool import within_hours

WITHIN_ONE = 1.0 - 1e-6


@dataclass(frozen=True)
class EqualCount:
    """Even out the number of accounts. ``from_today``: start from today's owners; None: wherever there are any."""

    from_today: bool | None = None

    def assign(self, problem: PlanningProblem, rng: np.random.Generator) -> Assignment:
        """Books of equal length, give or take one account."""
        seats = candidates(problem)
        count = np.ones(len(problem.accounts))
        share = seat_share(problem, by_capacity=False)
        keeps = keeps_today(problem, self.from_today)
        start = problem.owner if keeps else seats.fixed(problem.owner)

        shuffled = rng.permutation(seats.open(start))
        scarce_first = shuffled[np.argsort(seats.allowed.sum(axis=1)[seats.kind[shuffled]], kind="stable")]
        owner = deal(scarce_first, start, count, share, seats)
        if keeps:
            reluctance = np.empty(len(owner))
            reluctance[np.lexsort((problem.accounts.potential_usd, problem.engaged_days))] = np.arange(len(owner))
            fair = share * np.count_nonzero(owner != UNASSIGNED)
            owner = even_out(owner, count, share, (fair - WITHIN_ONE, fair + WITHIN_ONE), seats, reluctance)
        return Assignment(within_hours(problem, owner))
