"""A reference, not a method: the optimiser, told the true potentials and talents (though no luck). What would better data be worth?"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from sim.planning import Assignment, PlanningProblem, Unsupported
from strategies.optimized import Optimized

_NOT_CLAIMED = ("bound_usd", "gap_share", "bound_on")  # a bound on a model with other numbers would be read as one on the outcome


@dataclass(frozen=True)
class Informed:
    """:class:`strategies.optimized.Optimized` on a problem that only the runner can make, out of a synthetic market.

    Raises :class:`sim.planning.Unsupported` for an honest problem, as every imported one is: nobody knows its truth.
    """

    optimizer: Optimized = field(default_factory=Optimized)

    def assign(self, problem: PlanningProblem, rng: np.random.Generator) -> Assignment:
        """The same plan, with the truth in place of the estimates."""
        if not problem.told_truth:
            raise Unsupported(
                "informed: it needs to be told the truth, which is known of synthetic markets only, and not told inside another strategy"
            )
        plan = self.optimizer.assign(problem, rng)
        return Assignment(plan.owner, {name: value for name, value in plan.info.items() if name not in _NOT_CLAIMED})
