"""Proofs of small problems, held to trying every plan."""

from __future__ import annotations

import itertools
import os
import subprocess
import sys

import numpy as np
import pytest

from sim.snapshot import IntArray
from strategies.optimizer.core import Core, best_plan
from strategies.optimizer.dual import Dual, bound_usd, find_prices, losses_usd
from strategies.optimizer.exact import prove, prove_by_cuts
from strategies.optimizer.instance import Effort, Instance, Prices
from strategies.optimizer.primal import construct
from tests.unit.instance_evaluator import best_usd, violations
from tests.unit.instance_evaluator import objective_usd as slow_objective_usd
from tests.unit.test_optimizer_dual import KINDS, an_instance


def parked(instance: Instance) -> IntArray:
    """A feasible plan, and a poor one."""
    plan: IntArray = instance.first[1:] - 1
    return plan


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", range(4))
def test_the_best_plan_is_found_and_proven(kind: str, seed: int) -> None:
    """From any feasible plan, whatever the instance asks; the bound is the optimum's own value."""
    instance = an_instance(kind, seed)
    choice, bound, proven = prove(instance, find_prices(instance, Effort()), parked(instance), Effort())
    assert proven
    assert not violations(instance, choice.tolist())
    best = best_usd(instance)
    assert slow_objective_usd(instance, choice.tolist()) == pytest.approx(best, rel=1e-6, abs=1e-6)
    assert best - 1e-6 <= bound <= best + 1e-6 * abs(best) + 1e-6


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", range(4))
def test_cuts_prove_the_same(kind: str, seed: int) -> None:
    """With all cuts of SCIP and all options at once: the best of all plans, and a bound below which none is."""
    instance, best = an_instance(kind, seed), best_usd(an_instance(kind, seed))
    dual = find_prices(instance, Effort())
    choice, bound, proven = prove_by_cuts(instance, dual, parked(instance), dual.bound_usd, Effort(), limit_s=20.0)
    assert proven
    assert not violations(instance, choice.tolist())
    assert slow_objective_usd(instance, choice.tolist()) == pytest.approx(best, rel=1e-6, abs=1e-6)
    assert best - 1e-6 <= bound <= best + 1e-6 * abs(best) + 1e-6


def test_cuts_cut_short_claim_nothing_more_than_was_known() -> None:
    """Without time the plan is no worse than the one that was given, and the bound no higher."""
    instance = an_instance("both", 3, accounts_n=30, seats_n=3)
    dual, start = find_prices(instance, Effort()), parked(instance)
    choice, bound, proven = prove_by_cuts(instance, dual, start, dual.bound_usd, Effort(), limit_s=1e-3)
    assert slow_objective_usd(instance, choice.tolist()) >= slow_objective_usd(instance, start.tolist()) - 1e-9
    assert slow_objective_usd(instance, choice.tolist()) <= bound <= dual.bound_usd
    assert not proven


@pytest.mark.parametrize("kind", KINDS)
def test_bad_prices_make_a_proof_slower_but_not_wrong(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where everything is free the bound is far above the best plan, so almost nothing is fixed, and many programs are tried."""
    monkeypatch.setattr("strategies.optimizer.exact.FIRST_OPTIONS_N", 2)
    instance = an_instance(kind, 7)
    free = Prices.zero(instance.seats_n)
    choice, bound, proven = prove(instance, Dual(free, bound_usd(instance, free)), parked(instance), Effort())
    best = best_usd(instance)
    assert proven
    assert slow_objective_usd(instance, choice.tolist()) == pytest.approx(best, rel=1e-6, abs=1e-6)
    assert bound == pytest.approx(best, rel=2e-6, abs=1e-6)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("nodes_n", [1, 2, 5])
def test_a_proof_that_runs_out_of_nodes_still_has_a_bound(kind: str, nodes_n: int) -> None:
    """The plan is no worse than before and the bound no higher; no plan is above it. The start is not among the options that lose least."""
    instance = an_instance(kind, 3, accounts_n=8)
    start, dual, best = parked(instance), find_prices(instance, Effort()), best_usd(instance)
    choice, bound, proven = prove(instance, dual, start, Effort(exact_nodes_n=nodes_n))
    value = slow_objective_usd(instance, choice.tolist())
    assert not violations(instance, choice.tolist())
    assert slow_objective_usd(instance, start.tolist()) - 1e-9 <= value <= best + 1e-9
    assert best - 1e-6 <= bound <= dual.bound_usd
    assert proven == (bound - value <= 1e-6 * abs(bound))


def test_where_too_many_options_are_left_nothing_is_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor claimed."""
    monkeypatch.setattr("strategies.optimizer.exact.MOST_OPTIONS_N", 3)
    instance = an_instance("both", 1, accounts_n=30, seats_n=3)
    dual, start = find_prices(instance, Effort()), parked(instance)
    choice, bound, proven = prove(instance, dual, start, Effort())
    np.testing.assert_array_equal(choice, start)
    assert (bound, proven) == (dual.bound_usd, False)


def test_a_proof_without_nodes_or_time_returns_what_it_was_given() -> None:
    """Nothing is claimed."""
    instance = an_instance("both", 1, accounts_n=30, seats_n=3)
    dual, start = find_prices(instance, Effort()), parked(instance)
    for choice, bound, proven in (
        prove(instance, dual, start, Effort(exact_nodes_n=0)),
        prove(instance, dual, start, Effort(), left_s=lambda: 0.0),
    ):
        np.testing.assert_array_equal(choice, start)
        assert (bound, proven) == (dual.bound_usd, False)


def test_the_same_proof_twice_is_the_same() -> None:
    """Also when its nodes run out on the way."""
    instance = an_instance("both", 5, accounts_n=80, seats_n=4)
    dual = find_prices(instance, Effort())
    one, two = (prove(instance, dual, parked(instance), Effort(exact_nodes_n=20)) for _ in range(2))
    np.testing.assert_array_equal(one[0], two[0])
    assert one[1:] == two[1:]


def cut_short() -> tuple[float, float, int]:
    """What a program finds and claims that is stopped on the way: some 250 options beyond one an account, sixty nodes."""
    instance = an_instance("both", 5, accounts_n=120, seats_n=6)
    dual = find_prices(instance, Effort())
    losses = losses_usd(instance, dual.prices)
    keep = losses <= np.sort(losses)[instance.accounts_n + 250]
    found, bound, nodes_n = best_plan(Core.of(instance, keep), Effort(), 60, construct(instance, dual.prices))
    return (-np.inf if found is None else instance.objective_usd(found)), bound, nodes_n


def test_a_program_cut_short_ends_with_the_same_plan_wherever_memory_is_laid_out() -> None:
    """In one process among things that come and go, and in others with their own hashes: entries kept by address once came in any order."""
    here, clutter, rng = cut_short(), list[bytearray](), np.random.default_rng(0)
    assert here[2] == 60
    for _ in range(4):
        clutter += [bytearray(n) for n in rng.integers(20, 3_000, 20_000).tolist()]
        clutter = [clutter[k] for k in rng.permutation(len(clutter))[::2]]
        assert cut_short() == here
    for seed in ("1", "2"):
        words = [sys.executable, "-c", "from tests.unit.test_optimizer_exact import cut_short; print(cut_short())"]
        told = subprocess.run(words, env={**os.environ, "PYTHONHASHSEED": seed}, capture_output=True, text=True, check=True)
        assert told.stdout.strip() == str(here)


def test_a_clock_stops_a_proof() -> None:
    """An effort with no time left has a valid bound all the same."""
    instance = an_instance("both", 6, accounts_n=80, seats_n=4)
    dual = find_prices(instance, Effort())
    choice, bound, _ = prove(instance, dual, parked(instance), Effort(), left_s=lambda: 0.0)
    assert instance.is_feasible(choice)
    assert instance.objective_usd(choice) <= bound <= dual.bound_usd


def test_a_program_that_finds_no_plan_has_no_bound() -> None:
    """Stopped at once: what the solver calls its bound then is none. A plan worth more than nothing is known to exist."""
    instance = an_instance("hours", 6, accounts_n=400, seats_n=5)
    everything = Core.of(instance, np.ones(len(instance.seat), dtype=np.bool_))
    found, bound, _ = best_plan(everything, Effort(time_limit_s=0.001), 1_000, instance.first[:-1])
    assert found is None
    assert bound == np.inf


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", range(4))
def test_accounts_with_one_option_left_count_for_what_they_use(kind: str, seed: int) -> None:
    """Half the accounts are fixed, at any of their options: the best plan of the rest is that of trying all, if there is one."""
    instance, rng = an_instance(kind, seed), np.random.default_rng(seed)
    keep = np.ones(len(instance.seat), dtype=np.bool_)
    for i in range(3):
        keep[instance.first[i] : instance.first[i + 1]] = False
        keep[rng.integers(instance.first[i], instance.first[i + 1])] = True
    kept = [(np.flatnonzero(keep[a:b]) + a).tolist() for a, b in itertools.pairwise(instance.first.tolist())]
    plans = [list(plan) for plan in itertools.product(*kept)]
    best = max((slow_objective_usd(instance, plan) for plan in plans if not violations(instance, plan)), default=-np.inf)
    found, bound, _ = best_plan(Core.of(instance, keep), Effort(), 1_000, parked(instance))
    assert bound == pytest.approx(best, rel=1e-6)
    assert (-np.inf if found is None else instance.objective_usd(found)) == pytest.approx(best, rel=1e-6)


def test_every_account_keeps_an_option() -> None:
    """Or there is no program to solve."""
    instance = an_instance("hours", 0)
    with pytest.raises(ValueError, match="account 0 keeps no option"):
        Core.of(instance, np.zeros(len(instance.seat), dtype=np.bool_))
