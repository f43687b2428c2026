"""Any other strategy, as if nobody lived anywhere: what is geography worth to it?

``inner`` plans the problem without places and regions, so that no distance, no state and no neighbour counts. The reps still travel: what
is planned without a map is driven with one. A strategy that needs a map says no.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from sim.planning import Assignment, PlanningProblem
from sim.snapshot import Accounts, Seats
from strategies.shared.part import Composite


@dataclass(frozen=True)
class Placeless(Composite):
    """``inner`` without a map."""

    def assign(self, problem: PlanningProblem, rng: np.random.Generator) -> Assignment:
        """The design of ``inner``; raises Unsupported if that needs places or regions."""
        accounts, seats = replace(problem.accounts, **_nowhere(problem.accounts)), replace(problem.seats, **_nowhere(problem.seats))
        return self.inner.assign(replace(problem, accounts=accounts, seats=seats), rng)


def _nowhere(table: Accounts | Seats) -> dict[str, Any]:
    n = len(table)
    return {"latitude": np.full(n, np.nan), "longitude": np.full(n, np.nan), "region": np.full(n, -1)}
