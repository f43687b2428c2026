"""What the company does about its design after roll-out: reviews, rebalances, idle accounts, routing."""

from __future__ import annotations

from collections.abc import Callable

from sim.company.company import Company
from sim.planning import PlanningProblem
from sim.snapshot import IntArray

Replan = Callable[
    [PlanningProblem, int], IntArray
]  # the strategy's answer to a problem at review number 1, 2, ...: an owner for each account


def begin(company: Company, replan: Replan | None) -> None:
    """Start what happens by itself from day 0 on."""
