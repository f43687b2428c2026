"""Tiny hand-made markets for tests: those that every strategy has to survive, and a larger one."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from sim.awkward import (
    HORIZON_DAYS,
    OWNERS,
    POTENTIALS_USD,
    VOCABULARY,
    awkward_problems,
    tiny_policy,
    tiny_problem,
    tiny_snapshot,
    tiny_world,
)
from sim.market import planning_problem
from sim.planning import PlanningProblem

__all__ = [
    "HORIZON_DAYS",
    "OWNERS",
    "POTENTIALS_USD",
    "VOCABULARY",
    "awkward_problems",
    "drawn_problem",
    "tiny_policy",
    "tiny_problem",
    "tiny_snapshot",
    "tiny_world",
]


def drawn_problem(accounts_n: int, seats_n: int, seed: int = 0, *, owned: bool = False) -> PlanningProblem:
    """Accounts around 40 cities in 10 states, 60/30/10 % in the segments, lognormal potentials (12k, 40k, 150k); ``owned``: at random."""
    rng = np.random.default_rng(seed)
    cities = np.column_stack([rng.uniform(27, 48, 40), rng.uniform(-123, -70, 40)])
    weight = rng.pareto(1.2, 40) + 0.2
    city = rng.choice(40, accounts_n, p=weight / weight.sum())
    home = rng.choice(40, seats_n, p=weight / weight.sum())
    state = np.argsort(np.argsort(cities[:, 1])) // 4
    segment = rng.choice(3, accounts_n, p=[0.6, 0.3, 0.1])
    potential = np.array([12e3, 40e3, 150e3])[segment] * rng.lognormal(0.0, 1.0, accounts_n)
    base = tiny_snapshot(accounts_n, seats_n, owner=rng.integers(seats_n, size=accounts_n) if owned else -1, potential_usd=potential)
    jitter = rng.normal(0, 0.3, (accounts_n, 2))
    snapshot = replace(
        base,
        vocabulary=replace(VOCABULARY, regions=tuple(f"state {k}" for k in range(10))),
        accounts=replace(
            base.accounts,
            segment=segment,
            industry=rng.integers(2, size=accounts_n),
            region=state[city],
            latitude=cities[city, 0] + jitter[:, 0],
            longitude=cities[city, 1] + jitter[:, 1],
        ),
        seats=replace(base.seats, region=state[home], latitude=cities[home, 0], longitude=cities[home, 1]),
    )
    return planning_problem(snapshot, tiny_world(), tiny_policy(), HORIZON_DAYS)
