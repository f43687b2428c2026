"""Prices and the bound that they prove, held to the evaluator's loops, to trying every plan, and to a linear program of its own."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import linprog

from strategies.optimizer.dual import admissible, bound_usd, find_prices, losses_usd, reduced_usd
from strategies.optimizer.instance import NOBODY, Effort, Instance, Prices
from tests.unit.instance_evaluator import best_usd
from tests.unit.instance_evaluator import bound_usd as slow_bound_usd

KINDS = ["hours", "sum", "farthest", "both", "numbers", "nobody", "no budget", "ties", "all at once"]


def an_instance(kind: str, seed: int, accounts_n: int = 6, seats_n: int = 3) -> Instance:
    """Every account can be worked at some seats; its last option parks it or leaves it to nobody. ``kind`` says what else is asked.

    Doing so with all accounts is feasible.
    """
    rng = np.random.default_rng([seed, KINDS.index(kind)])
    everything = kind == "all at once"
    potential = np.round(10 * rng.lognormal(0.0, 1.0, accounts_n), 0 if kind == "ties" else 6) + 1
    first, seat, value, hours = [0], [], [], []
    for i in range(accounts_n):
        worked = rng.permutation(seats_n)[: rng.integers(1, seats_n + 1)]
        home = NOBODY if kind == "nobody" or (everything and i >= seats_n and i % seats_n < seats_n - 1) else i % seats_n
        seat += [*worked.tolist(), home]
        value += [*(potential[i] * (np.ones(len(worked)) if kind == "ties" else rng.uniform(0.4, 1.0, len(worked)))), 0.0]
        hours += [*(np.full(len(worked), 5.0) if kind == "ties" else rng.uniform(2.0, 9.0, len(worked))), 0.0]
        first.append(len(seat))
    budget = np.full(seats_n, (2.0 if kind == "numbers" else 0.25) * np.sum(hours) / seats_n)
    if kind == "no budget" or everything:
        budget[0] = 0.0
    numbered = kind == "numbers" or everything
    least_n, most_n = np.zeros(seats_n, dtype=np.int64), np.full(seats_n, accounts_n)
    if numbered:
        most_n[:-1], least_n[-1] = -(-accounts_n // seats_n), accounts_n // seats_n
    return Instance(
        np.array(first), np.array(seat, dtype=np.int32), np.array(value), np.array(hours), potential, budget,
        rng.dirichlet(np.full(seats_n, 5.0)) * potential.sum(), least_n, most_n,
        0.3 if kind in ("sum", "both") or everything else 0.0, 0.5 if kind in ("farthest", "both") or everything else 0.0,
    )  # fmt: skip


def lp_usd(instance: Instance) -> float | None:
    """The linear relaxation of (1) to (6), over x, what is over and under target, and the farthest; None if it has no solution."""
    options_n, seats_n = len(instance.seat), instance.seats_n
    account = np.repeat(np.arange(instance.accounts_n), np.diff(instance.first))
    at = (instance.seat[:, None] == np.arange(seats_n)).T.astype(float)
    off, none = np.eye(seats_n), np.zeros((seats_n, 1))
    hours = np.hstack([at * instance.hours, 0 * off, 0 * off, none])
    numbers = np.hstack([at, 0 * off, 0 * off, none])
    farthest = np.hstack([0 * at, off, off, none - 1])
    books = np.hstack([at * instance.weight_usd[account], -off, off, none])
    once = np.zeros((instance.accounts_n, options_n + 2 * seats_n + 1))
    once[account, np.arange(options_n)] = 1.0
    result = linprog(
        -np.concatenate([instance.value_usd, np.full(2 * seats_n, -instance.sum_price), [-instance.max_price]]),
        np.vstack([hours, numbers, -numbers, farthest]),
        np.concatenate([instance.budget_h, instance.most_n, -instance.least_n, np.zeros(seats_n)]),
        np.vstack([once, books]), np.concatenate([np.ones(instance.accounts_n), instance.target_usd]),
    )  # fmt: skip
    return -float(result.fun) if result.success else None


def some_prices(instance: Instance, rng: np.random.Generator) -> Prices:
    """Of either sign, so that most are not allowed."""
    return Prices(*(rng.normal(0.0, 2.0, instance.seats_n) for _ in range(3)))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", range(4))
def test_the_bound_is_the_one_of_the_loops_and_no_plan_is_better(kind: str, seed: int) -> None:
    """At any prices, also at some that are not allowed and are projected first."""
    instance, rng = an_instance(kind, seed), np.random.default_rng(seed)
    best = best_usd(instance)
    for _ in range(5):
        prices = some_prices(instance, rng)
        bound = bound_usd(instance, prices)
        assert bound == pytest.approx(slow_bound_usd(instance, admissible(instance, prices)), rel=1e-12)
        assert bound >= best - 1e-9


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", range(4))
def test_the_prices_found_are_allowed_and_prove_what_the_linear_program_proves(kind: str, seed: int) -> None:
    """Instances of 40 accounts, where number limits, balance prices and empty budgets bind."""
    instance = an_instance(kind, seed, accounts_n=40, seats_n=4)
    lp = lp_usd(instance)
    dual = find_prices(instance, Effort())
    assert dual.bound_usd == pytest.approx(slow_bound_usd(instance, dual.prices), rel=1e-12)  # infinite if they are not allowed
    if lp is not None:
        assert lp - 1e-9 * abs(lp) <= dual.bound_usd <= lp + 1e-4 * abs(lp)


@pytest.mark.parametrize("kind", ["sum", "farthest", "all at once"])
def test_smoothing_alone_comes_close_to_the_linear_program(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Large problems have nothing else."""
    monkeypatch.setattr("strategies.optimizer.dual.LP_ACCOUNTS_N", 0)
    instance = an_instance(kind, 1, accounts_n=400, seats_n=5)
    lp = lp_usd(instance)
    assert lp is not None
    assert lp - 1e-9 * lp <= find_prices(instance, Effort()).bound_usd <= lp + 2e-4 * lp


def test_the_same_problem_has_the_same_prices() -> None:
    """To the last bit."""
    one, two = (find_prices(an_instance("all at once", 2, 60, 4), Effort()) for _ in range(2))
    assert one.bound_usd == two.bound_usd
    for name in ("hour", "balance", "place"):
        np.testing.assert_array_equal(getattr(one.prices, name), getattr(two.prices, name))


def test_a_price_of_places_stays_zero_where_numbers_cannot_bind() -> None:
    """Without limits on numbers a place is free."""
    dual = find_prices(an_instance("both", 0, 40, 4), Effort())
    assert not dual.prices.place.any()


def test_the_search_for_prices_stops_when_told() -> None:
    """After the passes of the effort, when time is up, and as soon as the bound proves the best known plan."""
    instance = an_instance("sum", 3, 60, 4)
    calls: list[int] = []

    def watched() -> bool:
        calls.append(1)
        return False

    full = find_prices(instance, Effort(), out_of_time=watched)
    full_n = len(calls)
    calls.clear()
    few = find_prices(instance, Effort(price_steps_n=7), out_of_time=watched)
    assert len(calls) < 7
    assert full.bound_usd < few.bound_usd < np.inf
    assert find_prices(instance, Effort(), out_of_time=lambda: True).bound_usd < np.inf
    calls.clear()
    find_prices(instance, Effort(gap_share=1e-2), full.bound_usd, out_of_time=watched)
    assert len(calls) < full_n


def test_prices_to_start_from_are_never_made_worse() -> None:
    """However few steps follow."""
    instance = an_instance("both", 4, 60, 4)
    good = find_prices(instance, Effort())
    assert find_prices(instance, Effort(price_steps_n=2), start=good.prices).bound_usd <= good.bound_usd


def test_an_impossible_problem_still_has_a_finite_bound() -> None:
    """Every account asks for more hours than there are, and nobody may park."""
    instance = Instance(
        np.arange(4), np.zeros(3, dtype=np.int32), np.ones(3), np.full(3, 9.0), np.ones(3), np.array([1.0]), np.array([3.0]),
        np.array([0]), np.array([3]),
    )  # fmt: skip
    assert np.isfinite(find_prices(instance, Effort()).bound_usd)


def test_prices_that_are_allowed_stay_and_others_move_to_the_nearest_allowed() -> None:
    """Beyond w = 0.3, the excess of 0.4 and 0.2 shares m = 0.5: 0.05 less each."""
    instance = an_instance("all at once", 0)
    inside = Prices(np.array([1.0, 0.0, 2.0]), np.array([0.3, -0.8, 0.0]), np.array([1.0, -1.0, 0.0]))
    assert np.array_equal(admissible(instance, inside).balance, inside.balance)
    moved = admissible(instance, Prices(np.array([-1.0, 0.0, 2.0]), np.array([0.7, -0.5, 0.3]), np.zeros(3)))
    np.testing.assert_allclose(moved.balance, [0.65, -0.45, 0.3])
    np.testing.assert_allclose(moved.hour, [0.0, 0.0, 2.0])


def test_an_option_loses_what_it_is_worth_less_than_the_best_of_its_account() -> None:
    """Worth is what remains when hours, weight and place are paid; nobody's options pay nothing."""
    instance, rng = an_instance("all at once", 5), np.random.default_rng(5)
    prices = admissible(instance, some_prices(instance, rng))
    reduced, losses = reduced_usd(instance, prices), losses_usd(instance, prices)
    for i in range(instance.accounts_n):
        own = slice(int(instance.first[i]), int(instance.first[i + 1]))
        np.testing.assert_allclose(losses[own], reduced[own].max() - reduced[own])
        for o in range(own.start, own.stop):
            r = int(instance.seat[o])
            paid = 0.0 if r == NOBODY else prices.hour[r] * instance.hours[o] + prices.balance[r] * instance.weight_usd[i] + prices.place[r]
            assert reduced[o] == pytest.approx(instance.value_usd[o] - paid)
