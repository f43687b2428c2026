"""Today's owners: the baseline of every comparison.

Nobody moves. Accounts that nobody owns are dealt out, most valuable first, each to the seat with the shortest book, so that every account
has an owner as in the designs it is compared with. A company that leaves accounts to nobody has today's books and today's pool as they are,
whatever the hours and the buffer. Time O(unowned accounts x seats).

Where data are missing: without any owner there is no status quo, and the strategy says so. Potentials and places are not needed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.planning import Assignment, PlanningProblem, Unsupported
from strategies.shared.candidates import candidates, seat_share
from strategies.shared.moves import deal


@dataclass(frozen=True)
class StatusQuo:
    """Keep what is."""

    def assign(self, problem: PlanningProblem, rng: np.random.Generator) -> Assignment:
        """Today's owner for every account that has one; raises Unsupported if no account has."""
        if not problem.has_owners:
            raise Unsupported("status_quo: nobody owns anything today")
        if not problem.leave_none:
            return Assignment(problem.owner)
        seats = candidates(problem)
        unowned = seats.open(problem.owner)
        by_value = unowned[np.argsort(-problem.accounts.potential_usd[unowned], kind="stable")]
        count = np.ones(len(problem.accounts))
        return Assignment(deal(by_value, problem.owner, count, seat_share(problem, by_capacity=False), seats))
