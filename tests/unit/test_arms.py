"""What is compared: settings are checked, hyper-parameters become columns."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

from experiments.running.arms import Settings, hyper_parameters
from sim.planning import Assignment, PlanningProblem
from strategies.greedy_balance import GreedyBalance
from strategies.named_accounts import NamedAccounts
from strategies.segment_first import SegmentFirst


def test_settings_of_a_strategy_are_scalars() -> None:
    """Hyper-parameters, those of parts too, are flat columns; what is no scalar is left out."""

    @dataclass(frozen=True)
    class Part:
        weight: float = 0.5
        from_today: bool = True

    @dataclass(frozen=True)
    class Whole:
        solver: str = "lp"
        steps_n: int = 3
        part: Part = field(default_factory=Part)
        names: tuple[str, ...] = ("a",)

        def assign(self, problem: PlanningProblem, rng: np.random.Generator) -> Assignment:
            raise NotImplementedError

    assert hyper_parameters(Whole()) == {"p_solver": "lp", "p_steps_n": 3.0, "p_part_weight": 0.5, "p_part_from_today": "True"}


def test_a_strategy_inside_another_is_named() -> None:
    """Arms that differ in what their composite wraps can be told apart in the tables, however deep it is."""
    inside = {"p_inner": "NamedAccounts", "p_inner_inner": "GreedyBalance", "p_inner_inner_tolerance_share": 0.05}
    assert hyper_parameters(SegmentFirst(NamedAccounts(GreedyBalance()))) == {**inside, "p_inner_accounts_share": 0.05}


WRONG = [("futures", 0), ("workers", -1), ("quarters", 1.5), ("seed", -1), ("draws", True), ("delta_share", 1.0)]


@pytest.mark.parametrize(("name", "value"), WRONG)
def test_settings_are_checked(name: str, value: Any) -> None:
    """A setting out of range names itself and its value."""
    with pytest.raises(ValueError, match=f"{name}: {value!r} must (be|lie)"):
        Settings(**{name: value})
