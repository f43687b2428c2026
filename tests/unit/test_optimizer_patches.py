"""Patches of a plan, held to an evaluator that shares no code with them."""

from __future__ import annotations

import itertools
import os
import subprocess
import sys

import numpy as np
import pytest

from sim.snapshot import IntArray
from strategies.optimizer.instance import NOBODY, Effort, Instance
from strategies.optimizer.neighbourhood import Core, core_of
from strategies.optimizer.patches import FIRST_OPTIONS_N, repatch
from strategies.optimizer.primal import NoPlan, construct
from tests.unit.instance_evaluator import best_usd, objective_usd, violations
from tests.unit.test_optimizer_primal import KINDS, random_instance, some_prices


def core_at(instance: Instance, choice: IntArray) -> tuple[Core, IntArray]:
    """All options as a core, and the plan in it."""
    core = core_of(instance, some_prices(instance), choice, np.inf, np.random.default_rng(0))
    return core, np.searchsorted(core.option, choice)


def patched(instance: Instance, choice: IntArray, programs_n: int, options_n: float = FIRST_OPTIONS_N) -> list[list[int]]:
    """The plans after each patch, the first one included."""
    core, now = core_at(instance, choice)
    rng, plans = np.random.default_rng(4), [choice.tolist()]
    for _ in range(programs_n):
        now, options_n = repatch(instance, core, now, options_n, Effort(), rng)
        plans.append(core.option[now].tolist())
    return plans


@pytest.mark.parametrize("kind", KINDS)
def test_a_patched_plan_stays_feasible_and_never_gets_worse(kind: str) -> None:
    """For every kind, with all seats in a patch and with others outside; a patch that differs from what came before gains.

    All kinds gain but two, whose first plans are mostly the best ones.
    """
    rng, gained_n = np.random.default_rng(21), 0
    for accounts_n, seats_n in ((6, 3), (40, 4), (60, 9)):
        instance = random_instance(rng, kind, accounts_n, seats_n)
        try:
            plans = patched(instance, construct(instance, some_prices(instance)), 12)
        except NoPlan:
            continue
        for before, after in itertools.pairwise(plans):
            assert violations(instance, after) == []
            if after != before:
                assert objective_usd(instance, after) > objective_usd(instance, before)
                gained_n += 1
    assert gained_n or kind in ("all to be done", "one option")


@pytest.mark.parametrize("kind", ["nobody", "numbers", "sum", "max"])
def test_a_patch_of_all_seats_and_options_is_the_best_plan(kind: str) -> None:
    """Which trying all plans finds too; balance, numbers and the farthest seat count as in the whole."""
    instance = random_instance(np.random.default_rng(3), kind, 5, 2)
    plan = patched(instance, construct(instance, some_prices(instance)), 1)[-1]
    assert objective_usd(instance, plan) == pytest.approx(best_usd(instance), rel=1e-6)


def test_only_accounts_of_the_patch_change_and_stay_in_it() -> None:
    """One patch of nine seats touches five, all options of few accounts being open at them."""
    instance = random_instance(np.random.default_rng(2), "hours", 60, 9)
    before, after = (np.array(plan) for plan in patched(instance, construct(instance, some_prices(instance)), 1, 10.0))
    moved = before != after
    touched = set(instance.seat[before[moved]].tolist()) | set(instance.seat[after[moved]].tolist())
    assert len(touched - {NOBODY}) <= 5


def test_the_number_of_options_grows_after_programs_that_end_and_falls_after_others(monkeypatch: pytest.MonkeyPatch) -> None:
    """A program that may use no more than one node never ends, by the count that it is held to."""
    instance = random_instance(np.random.default_rng(2), "sum", 40, 4)
    core, now = core_at(instance, construct(instance, some_prices(instance)))
    assert repatch(instance, core, now, 30.0, Effort(), np.random.default_rng(4))[1] > 30.0
    monkeypatch.setattr("strategies.optimizer.patches.NODES_N", 1)
    assert repatch(instance, core, now, 30.0, Effort(), np.random.default_rng(4))[1] < 30.0


def told() -> str:
    """The plan after some patches."""
    instance = random_instance(np.random.default_rng(7), "max", 80, 8)
    return str(patched(instance, construct(instance, some_prices(instance)), 15)[-1])


def test_other_processes_find_the_same_patches() -> None:
    """Whatever their hashes."""
    for seed in ("1", "2"):
        words = [sys.executable, "-c", "from tests.unit.test_optimizer_patches import told; print(told())"]
        found = subprocess.run(words, env={**os.environ, "PYTHONHASHSEED": seed}, capture_output=True, text=True, check=True)
        assert found.stdout.strip() == told()
