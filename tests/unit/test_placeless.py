"""Any strategy without a map."""

import numpy as np
import pytest

from sim.planning import Assignment, PlanningProblem, Unsupported
from strategies.geographic import Geographic
from strategies.nearest import Nearest
from strategies.placeless import Placeless
from tests.worlds import drawn_problem, tiny_problem


class Asked:
    """A strategy that keeps what it was asked."""

    problem: PlanningProblem

    def assign(self, problem: PlanningProblem, rng: np.random.Generator) -> Assignment:
        """Today's owners."""
        self.problem = problem
        return Assignment(problem.owner)


def test_the_inner_strategy_sees_no_place() -> None:
    """No distance, no region; all else is as it was."""
    inner, problem = Asked(), tiny_problem()
    Placeless(inner).assign(problem, np.random.default_rng(0))
    everything = np.arange(len(problem.accounts))
    assert problem.distance_km(everything, problem.owner).max() > 0
    assert inner.problem.distance_km(everything, problem.owner).max() == 0
    assert set(inner.problem.accounts.region) == set(inner.problem.seats.region) == {-1}
    assert np.array_equal(inner.problem.accounts.potential_usd, problem.accounts.potential_usd)


def test_what_is_planned_without_a_map_is_farther_away() -> None:
    """Whoever goes by the nearest home sends the reps on longer ways without places than with them."""
    problem, rng = drawn_problem(200, 5), np.random.default_rng(0)
    everything = np.arange(200)
    km = [problem.distance_km(everything, s.assign(problem, rng).owner).mean() for s in (Nearest(), Placeless(Nearest()))]
    assert km[1] > 1.1 * km[0]


def test_who_needs_a_map_says_no() -> None:
    """States on a map cannot be drawn without one."""
    with pytest.raises(Unsupported):
        Placeless(Geographic()).assign(tiny_problem(), np.random.default_rng(0))
