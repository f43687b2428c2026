"""Who may own what: the seats that a planner considers for each account.

Accounts that the same seats may own, by skills and roles, are of one *kind*; only a table kinds x seats is kept, never accounts x seats.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.planning import PlanningProblem
from sim.snapshot import UNASSIGNED, BoolArray, FloatArray, IntArray


@dataclass(frozen=True, eq=False)
class Candidates:
    """``kind`` (accounts,) is each account's row in ``allowed`` (kinds, seats); ``stays`` (accounts,) marks those that may not be touched.

    Allowed are the eligible seats that have hours; where no eligible seat has any, the eligible ones. An account stays if it is
    protected, or if nobody is eligible for it: with its owner if it has one, else unassigned.
    """

    kind: IntArray
    allowed: BoolArray
    stays: BoolArray

    def may_own(self, accounts: IntArray, seat: int) -> BoolArray:
        """Which of ``accounts`` this seat may be given."""
        allowed: BoolArray = self.allowed[self.kind[accounts], seat]
        return allowed

    def fixed(self, owner: IntArray) -> IntArray:
        """Owners (accounts,) when everything that may be touched has been taken away: where a design from scratch begins."""
        return np.where(self.stays, owner, UNASSIGNED)

    def open(self, owner: IntArray) -> IntArray:
        """Positions of the accounts that are to be given to somebody."""
        return np.flatnonzero((owner == UNASSIGNED) & ~self.stays)


def candidates(problem: PlanningProblem) -> Candidates:
    """The candidates of a problem, by its eligibility, hours and protections."""
    roles_bind = np.any(problem.works_customers != problem.works_prospects)
    wants = np.column_stack([problem.accounts.required_skills, roles_bind & ~np.isnan(problem.accounts.customer_since_day)])
    _, first, kind = np.unique(wants, axis=0, return_index=True, return_inverse=True)
    eligible = problem.eligible(first[:, None], np.arange(len(problem.seats))[None, :])
    with_hours = eligible & (seat_share(problem, by_capacity=False) > 0)
    allowed = np.where(with_hours.sum(axis=1)[:, None] > 0, with_hours, eligible)
    nobody = allowed.sum(axis=1) == 0
    kind = kind.reshape(-1)
    return Candidates(kind=kind, allowed=allowed, stays=problem.protected | nobody[kind])


def seat_share(problem: PlanningProblem, *, by_capacity: bool) -> FloatArray:
    """Each seat's fair share (seats,) of the whole; they sum to 1. Even among the seats that have hours, or by their hours.

    A seat without hours, or in which nobody starts before the horizon, has no share, unless that is so of all: then they are alike. One in
    which somebody ramps, or starts later, has that of a ramped one, since that is what it will be.
    """
    hours = problem.seats.capacity_h_per_week * (problem.productive_share > 0)
    weight = hours if by_capacity else (hours > 0).astype(np.float64)
    if not weight.any():
        weight = np.ones(len(hours))
    share: FloatArray = weight / weight.sum()
    return share
