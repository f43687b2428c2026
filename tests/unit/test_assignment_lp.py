"""The solver, held to an independent evaluator and to trying everything."""

from __future__ import annotations

import numpy as np
import pytest

from sim.snapshot import FloatArray, IntArray
from strategies.assignment_lp import AssignmentModel, lagrangian_bound_usd, solve
from tests.unit.assignment_evaluator import all_designs, best_usd, lagrangian_usd, objective_usd, violations


def a_model(
    seed: int, accounts_n: int, seats_n: int, *, weight: float = 0.05, scarcity: float = 0.5, homeless: float = 0.3
) -> AssignmentModel:
    """Values per hour differ by account, hours by pair, some pairs are not allowed, some accounts have no home."""
    rng = np.random.default_rng(seed)
    potential = 1e4 * rng.lognormal(0.0, 1.0, accounts_n)
    value = potential[:, None] * rng.uniform(0.4, 1.0, (accounts_n, seats_n))
    hours = rng.uniform(5.0, 60.0, accounts_n)[:, None] * rng.uniform(0.8, 1.5, (accounts_n, seats_n))
    value[rng.random((accounts_n, seats_n)) < 0.15] = -np.inf
    share = rng.uniform(0.5, 1.5, seats_n)

    def pairs(accounts: IntArray) -> tuple[FloatArray, FloatArray]:
        return value[accounts], hours[accounts]

    return AssignmentModel(
        pairs=pairs,
        budget_h=scarcity * hours.mean() * accounts_n * share / share.sum(),
        potential_usd=potential,
        home=np.where(rng.random(accounts_n) < homeless, -1, rng.integers(seats_n, size=accounts_n)),
        share=share / share.sum(),
        imbalance_weight=weight,
    )


def settled(model: AssignmentModel, worked_at: IntArray) -> list[int]:
    """Owners of a plan: who works it, else its home, else seat 0 (a poor choice: it can only cost)."""
    owner: list[int] = np.where(worked_at >= 0, worked_at, np.maximum(model.home, 0)).tolist()
    return owner


@pytest.mark.parametrize("seed", range(12))
def test_a_plan_is_feasible_and_the_bound_is_never_below_the_optimum(seed: int) -> None:
    """On markets small enough to try every design: plan <= optimum <= bound, and the plan breaks no rule."""
    model = a_model(seed, accounts_n=5, seats_n=3, weight=[0.0, 0.05, 0.5][seed % 3])
    solution = solve(model, candidates_n=2)
    worked_at, owner = solution.worked_at.tolist(), settled(model, solution.worked_at)
    assert violations(model, worked_at) == []
    assert objective_usd(model, owner, worked_at) <= best_usd(model) + 1e-6
    assert solution.bound_usd >= best_usd(model) - 1e-6


@pytest.mark.parametrize("seed", range(6))
def test_the_model_counts_as_the_independent_evaluator_does(seed: int) -> None:
    """The objective that is stated is the one that plain loops find, for every design of a small market."""
    model = a_model(seed, accounts_n=3, seats_n=2)
    for owner, worked_at in all_designs(model):
        stated = model.objective_usd(np.array(owner), np.array(worked_at))
        assert stated == pytest.approx(objective_usd(model, owner, worked_at), rel=1e-12)


@pytest.mark.parametrize("seed", range(4))
def test_the_bound_is_the_lagrangian_at_any_prices(seed: int) -> None:
    """Whatever the prices, the bound is what the best design earns when hours and balance are for sale, and no feasible design beats it."""
    model = a_model(seed, accounts_n=4, seats_n=3, weight=2.0, scarcity=0.3)
    best = best_usd(model)
    rng = np.random.default_rng(seed)
    for _ in range(4):
        prices, balance = rng.uniform(0, 2e3, 3), rng.uniform(-2.0, 2.0, 3)
        bound = lagrangian_bound_usd(model, prices, balance)
        assert bound == pytest.approx(lagrangian_usd(model, prices.tolist(), balance.tolist()), rel=1e-9)
        assert bound >= best - 1e-6


@pytest.mark.parametrize("candidates_n", [1, 3, 20])
def test_the_gap_is_small_at_scale_however_few_pairs_the_first_lp_is_given(candidates_n: int) -> None:
    """600 accounts x 12 seats: feasible, and within 1 % of a bound on all pairs, even if the first LP knows one seat an account."""
    model = a_model(1, accounts_n=600, seats_n=12, weight=0.02, homeless=0.0)
    solution = solve(model, candidates_n)
    worked_at = solution.worked_at.tolist()
    assert violations(model, worked_at) == []
    stated = objective_usd(model, settled(model, solution.worked_at), worked_at)
    assert stated <= solution.bound_usd
    assert (solution.bound_usd - stated) / solution.bound_usd < 0.01


def test_ample_hours_let_everything_be_worked_where_it_brings_most() -> None:
    """With hours for everybody and no balance to keep, the plan is each account's best seat, proven without a gap."""
    model = a_model(2, accounts_n=40, seats_n=4, weight=0.0, scarcity=10.0)
    solution = solve(model, candidates_n=2)
    value, _ = model.pairs(np.arange(40))
    workable = np.isfinite(value).any(axis=1)
    best = np.where(workable, np.argmax(value, axis=1), -1)
    assert solution.worked_at.tolist() == best.tolist()
    assert solution.bound_usd == pytest.approx(value[workable].max(axis=1).sum(), rel=1e-9)


def test_nothing_that_may_be_worked_is_a_plan_too() -> None:
    """If no pair is allowed, all is parked and the bound is the price of the imbalance that is left."""
    model = AssignmentModel(
        pairs=lambda a: (np.full((len(a), 2), -np.inf), np.ones((len(a), 2))),
        budget_h=np.zeros(2),
        potential_usd=np.array([10.0, 20.0]),
        home=np.array([0, 0]),
        share=np.array([0.5, 0.5]),
        imbalance_weight=0.1,
    )
    solution = solve(model, candidates_n=2)
    assert solution.worked_at.tolist() == [-1, -1]
    assert solution.bound_usd >= objective_usd(model, [0, 0], [-1, -1])


def test_the_same_model_gives_the_same_plan() -> None:
    """Nothing in the solver depends on the clock or on chance."""
    first, second = (solve(a_model(4, 120, 6), candidates_n=3) for _ in range(2))
    assert first.worked_at.tolist() == second.worked_at.tolist()
    assert first.bound_usd == second.bound_usd
