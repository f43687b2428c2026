"""A design for one arm: what its strategy may look at, and what a design must keep."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest

from experiments.running.arms import Arm
from experiments.running.plans import FAILED, UNSUPPORTED, make_plan, problem_for
from sim.planning import Assignment, PlanningProblem
from sim.snapshot import UNASSIGNED
from strategies.equal_count import EqualCount
from strategies.informed import Informed
from tests.markets import drawn_market
from tests.worlds import tiny_policy, tiny_world


def test_truth_is_told_to_the_reference_alone() -> None:
    """The informed arm sees true potentials and talents, all others the CRM's estimates; of an imported market nobody knows the truth."""
    market = drawn_market()
    informed, honest = (Arm("any", strategy, tiny_policy(), tiny_world()) for strategy in (Informed(), EqualCount()))
    told = problem_for(informed, market, 728.0)
    assert told.told_truth
    np.testing.assert_array_equal(told.accounts.potential_usd, market.truth.potential_usd)
    np.testing.assert_array_equal(told.seat_logit, tiny_world().talent_effect * market.truth.talent)
    assert not problem_for(honest, market, 728.0).told_truth
    np.testing.assert_array_equal(problem_for(honest, market, 728.0).accounts.potential_usd, market.snapshot.accounts.potential_usd)
    plan = make_plan(1, 728.0, 0, (informed, replace(market, imported=True)))
    assert (plan.status, plan.error) == (UNSUPPORTED, "the true potentials of an imported market are not known to anybody")


@pytest.mark.parametrize(
    ("bend", "message"),
    [
        (lambda p: np.zeros(3, dtype=np.int64), "the design has 3 owners for 120 accounts"),
        (lambda p: np.full(120, -2), "the design has owners from -2 to -2"),
        (lambda p: np.where(p.protected, UNASSIGNED, p.owner), "protected accounts"),
    ],
)
def test_designs_are_checked(bend: Callable[[PlanningProblem], Any], message: str) -> None:
    """A design of the wrong length, with seats that do not exist or without the protected owners is a failed plan."""

    @dataclass(frozen=True)
    class Bent:
        def assign(self, problem: PlanningProblem, rng: np.random.Generator) -> Assignment:
            return Assignment(bend(problem))

    arm = Arm("bent", Bent(), tiny_policy(protect="relationships"), tiny_world())
    plan = make_plan(1, 728.0, 0, (arm, drawn_market()))
    assert plan.status == FAILED
    assert message in plan.error
