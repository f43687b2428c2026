"""Small active books, refilled from the pool each quarter.

1. ``inner`` says whose each account would be. What today's owner has never worked is in the pool again, and is dealt anew.
2. A seat's active book holds its protected accounts, open deals and customers, what it touched in the last quarter, and then the best by
   expected value per hour until they ask for the hours of a quarter, times ``fill``: strategies/worth/pool.py. What rests asks for none.
3. All else is nobody's until the next refill, a quarter later: what was not touched goes back, and the best of the pool come in.

This strategy is itself the choice to leave accounts to nobody, whatever ``policy.leave_none`` says; they count as uncovered. It has to be
asked each quarter, so its arm has the review that asks it, at every quarter's end and whatever the balance; the others keep theirs.
Time that of ``inner`` and O(accounts log accounts), at each refill of each future. Where an estimate is missing, what stands in its place
decides.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from sim.planning import Assignment, PlanningProblem
from sim.ranges import check_range
from sim.snapshot import DAYS_PER_QUARTER, UNASSIGNED
from strategies.shared.part import Composite
from strategies.worth.pool import active_books, begun


@dataclass(frozen=True)
class DynamicBooks(Composite):
    """Books of ``fill`` quarters' hours, out of the accounts that ``inner`` would give to a seat."""

    fill: float = 1.5

    def __post_init__(self) -> None:
        super().__post_init__()
        check_range("dynamic_books.fill", self.fill, (0.001, 1000))

    @property
    def leaves_a_pool(self) -> bool:
        """By design."""
        return True

    @property
    def asked_each(self) -> str:
        """A book is filled for a quarter."""
        return "quarterly"

    def assign(self, problem: PlanningProblem, rng: np.random.Generator) -> Assignment:
        """The active book of every seat; raises Unsupported if ``inner`` does.

        What ``inner`` proves of its design is not passed on, since it says nothing of the books.
        """
        touched = (problem.engaged_days > 0) & (problem.last_touch_day >= -DAYS_PER_QUARTER)
        theirs = begun(problem) | (problem.engaged_days > 0)
        design = self.inner.assign(replace(problem, owner=np.where(theirs, problem.owner, UNASSIGNED), leave_none=True), rng)
        kept = begun(problem) | (touched & (design.owner == problem.owner))
        days = min(float(DAYS_PER_QUARTER), problem.horizon_days)
        owner = active_books(problem, design.owner, kept, days, self.fill * (1.0 - problem.buffer_share))
        return Assignment(owner, planning_h_per_seat=design.planning_h_per_seat)
