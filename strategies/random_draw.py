"""Anybody, blindly: the lower reference. A uniform draw among the seats that may own the account.

It has one form only, since a blind draw has no aim that fewer moves could reach: whoever owned an account before, it is drawn again,
unless it is protected. Time O(accounts). No data are needed but who may own what.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from sim.planning import Assignment, PlanningProblem
from strategies.shared.candidates import candidates
from strategies.worth.pool import within_hours


@dataclass(frozen=True)
class Random:
    """Draw an owner for every account. One draw says little about chance, so a comparison draws a fresh design in every future."""

    redrawn_each_future: ClassVar[bool] = True

    def assign(self, problem: PlanningProblem, rng: np.random.Generator) -> Assignment:
        """A fresh owner for every account that may be touched."""
        seats = candidates(problem)
        owner = problem.owner.copy()
        luck = rng.random(len(owner))
        for kind, allowed in enumerate(seats.allowed):
            drawn = np.flatnonzero((seats.kind == kind) & ~seats.stays)
            choices = np.flatnonzero(allowed)
            if len(drawn):
                owner[drawn] = choices[(luck[drawn] * len(choices)).astype(np.int64)]
        return Assignment(within_hours(problem, owner))
