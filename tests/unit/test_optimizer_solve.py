"""The solver as a whole, held to an evaluator that shares no code with it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from sim.snapshot import IntArray
from strategies.optimizer.dual import Dual
from strategies.optimizer.instance import Effort, Instance
from strategies.optimizer.primal import NoPlan
from strategies.optimizer.solve import solve
from tests.unit.instance_evaluator import best_usd, bound_usd, objective_usd, violations


def drawn_instance(seed: int, accounts_n: int = 7, seats_n: int = 3) -> Instance:
    """Every account may be worked at every seat or parked at one; hours suffice for about half of what is asked."""
    rng = np.random.default_rng(seed)
    value = rng.lognormal(3.0, 1.0, (accounts_n, 1)) * rng.lognormal(0.0, 0.1, (accounts_n, seats_n))
    hours = rng.lognormal(1.0, 0.5, (accounts_n, 1)) * rng.lognormal(0.0, 0.1, (accounts_n, seats_n))
    park = rng.integers(0, seats_n, (accounts_n, 1))
    zero, weight = np.zeros((accounts_n, 1)), rng.lognormal(3.0, 1.0, accounts_n)
    return Instance(
        first=np.arange(0, accounts_n * (seats_n + 1) + 1, seats_n + 1),
        seat=np.hstack([np.tile(np.arange(seats_n), (accounts_n, 1)), park]).reshape(-1).astype(np.int32),
        value_usd=np.hstack([value, zero]).reshape(-1),
        hours=np.hstack([hours, zero]).reshape(-1),
        weight_usd=weight,
        budget_h=np.full(seats_n, 0.5 * hours.mean(axis=1).sum() / seats_n),
        target_usd=np.full(seats_n, weight.sum() / seats_n),
        least_n=np.zeros(seats_n, dtype=np.int64),
        most_n=np.full(seats_n, accounts_n),
        sum_price=0.05,
        max_price=0.1,
    )


@pytest.mark.parametrize("seed", range(12))
def test_small_problems_are_solved_to_the_end(seed: int) -> None:
    """What is called optimal is the best of all plans, with and without limits on numbers, and the bound meets it."""
    instance = drawn_instance(seed)
    if seed % 2:
        instance = replace(instance, least_n=np.full(3, 2), most_n=np.full(3, 3))
    best = best_usd(instance)
    if best == -np.inf:
        with pytest.raises(NoPlan):
            solve(instance)
        return
    solution = solve(instance)
    assert solution.status == "OPTIMAL"
    assert not violations(instance, solution.choice.tolist())
    assert solution.objective_usd == pytest.approx(best, rel=2e-6)
    assert solution.bound_usd >= best - 1e-9 * abs(best)


@pytest.mark.parametrize(("accounts_n", "seats_n"), [(60, 4), (300, 10)])
def test_what_is_said_of_a_plan_is_what_the_evaluator_says(accounts_n: int, seats_n: int) -> None:
    """Feasible, the objective that is stated, below a bound that the prices prove, and within three per cent of it."""
    instance = drawn_instance(1, accounts_n, seats_n)
    solution = solve(instance, Effort(search_rounds_n=3, exact_nodes_n=0))
    assert not violations(instance, solution.choice.tolist())
    assert solution.objective_usd == pytest.approx(objective_usd(instance, solution.choice.tolist()))
    assert solution.objective_usd <= solution.bound_usd * (1 + 1e-9)
    assert solution.bound_usd <= bound_usd(instance, solution.prices) * (1 + 1e-9)
    assert 0 <= solution.gap_share < 0.03


def test_the_same_problem_gets_the_same_plan() -> None:
    """Nothing but the instance, the effort and the seed decides."""
    instance = drawn_instance(2, 200, 8)
    one, two = (solve(instance, Effort(search_rounds_n=4, exact_nodes_n=0)) for _ in range(2))
    np.testing.assert_array_equal(one.choice, two.choice)
    assert one.bound_usd == two.bound_usd


def test_a_time_limit_is_kept_and_named() -> None:
    """A solver without time still gives a feasible plan and a valid bound, and says that the clock stopped it."""
    instance = drawn_instance(3, 400, 10)
    solution = solve(instance, Effort(time_limit_s=0.0))
    assert solution.status == "TIME"
    assert not violations(instance, solution.choice.tolist())
    assert solution.objective_usd <= solution.bound_usd


def test_more_effort_never_gives_less() -> None:
    """The plan of a longer search is at least as good, and the bound does not depend on it."""
    instance = drawn_instance(4, 150, 6)
    short, long = (solve(instance, Effort(gap_share=0.0, search_rounds_n=n, exact_nodes_n=0)) for n in (1, 8))
    assert long.objective_usd >= short.objective_usd
    assert long.bound_usd == short.bound_usd


@pytest.mark.parametrize(("small_n", "most_s", "cuts_n"), [(5_000, 0.2, 2), (10, 2.0, 0)])
def test_a_proof_under_a_clock_leaves_time_for_the_search(
    small_n: int, most_s: float, cuts_n: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A proof is told of half of the time at most; in a small problem of less, where cuts have a fifth and the rest. No clock, no limit."""
    told: list[float | None] = []
    cut: list[float] = []

    def prove(instance: Instance, dual: Dual, choice: IntArray, effort: Effort, left_s: Callable[[], float | None]) -> Any:
        told.append(left_s())
        return choice, dual.bound_usd, False

    def prove_by_cuts(instance: Instance, dual: Dual, choice: IntArray, bound_usd: float, effort: Effort, limit_s: float) -> Any:
        cut.append(limit_s)
        return choice, bound_usd, False

    monkeypatch.setattr("strategies.optimizer.solve.SMALL_OPTIONS_N", small_n)
    monkeypatch.setattr("strategies.optimizer.solve.prove", prove)
    monkeypatch.setattr("strategies.optimizer.solve.prove_by_cuts", prove_by_cuts)
    for limit_s in (None, 4.0):  # the first one compiles
        solve(drawn_instance(3, 40, 3), Effort(gap_share=0.0, search_rounds_n=3, time_limit_s=limit_s))
    assert told[0] is None
    assert told[1] is not None
    assert most_s / 2 < told[1] <= most_s
    assert len(cut) == cuts_n
    assert all(low < limit_s <= high for limit_s, low, high in zip(cut, (0.4, 2.0), (0.8, 4.0), strict=False))
