"""A strategy from outside this package that was made elsewhere, in a process of its own, and is opened only there."""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from sim.planning import Assignment, PlanningProblem, Strategy


@dataclass(frozen=True)
class Guest:
    """What has to be known of it here: ``path`` of its class, ``settings`` as in :attr:`experiments.running.arms.Arm.settings`, and what
    it says of itself to the runner. Its module may import what cannot live in this process, so nobody opens it here.
    """

    path: str
    pickled: bytes = field(repr=False)
    settings: Mapping[str, str | float]
    redrawn_each_future: bool
    leaves_a_pool: bool
    asked_each: str

    def assign(self, problem: PlanningProblem, rng: np.random.Generator) -> Assignment:
        """Its own design; to be called where it may be opened."""
        return self.opened().assign(problem, rng)

    def opened(self) -> Strategy:
        """The strategy itself."""
        strategy: Strategy = pickle.loads(self.pickled)
        return strategy


def path_of(strategy: object) -> str:
    """Where a strategy's class is imported from."""
    return strategy.path if isinstance(strategy, Guest) else f"{type(strategy).__module__}.{type(strategy).__qualname__}"
