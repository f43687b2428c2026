"""Every strategy in conf/strategies keeps the contract on every awkward problem, read the way Hydra reads it."""

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hydra import compose, initialize_config_dir
from hydra.utils import instantiate

import conf
from sim.contract import check_strategy
from sim.planning import PlanningProblem, Strategy
from sim.snapshot import UNASSIGNED
from tests.worlds import awkward_problems, drawn_problem, tiny_problem

CONF = Path(conf.__file__).parent
LABELS = sorted(path.stem for path in (CONF / "strategies").glob("*.yaml"))
CLASSICAL = ["equal_count", "geographic", "greedy_balance", "gut_feel", "random", "status_quo"]
TWO_FORMS = ["equal_count", "geographic", "greedy_balance", "gut_feel"]
PROBLEMS = awkward_problems()
SAY_NO = {
    ("geographic", "neither"),
    ("geographic", "neither, nobody owns"),
    *(("status_quo", name) for name, problem in PROBLEMS.items() if not problem.has_owners),
}


@cache
def built(label: str, **changes: Any) -> Strategy:
    """The strategy of conf/strategies/<label>.yaml."""
    with initialize_config_dir(str(CONF), version_base="1.3"):
        node = compose(overrides=[f"+strategies=[{label}]"]).strategies[label]
    strategy: Strategy = instantiate({**node, **changes}, _convert_="all")
    return strategy


@pytest.mark.parametrize("label", LABELS)
def test_yaml_names_its_package_and_idea(label: str) -> None:
    """Hydra can select several strategies at once only if each file names its own place; the idea stands under it."""
    package, idea, *_ = (CONF / "strategies" / f"{label}.yaml").read_text().splitlines()
    assert package == f"# @package strategies.{label}"
    assert idea.startswith("# ")
    assert len(idea) > 10


@pytest.mark.parametrize("problem", PROBLEMS)
@pytest.mark.parametrize("label", LABELS)
def test_keeps_the_contract(label: str, problem: str) -> None:
    """Every strategy keeps its promises on every awkward problem, or says why it cannot plan it."""
    check_strategy(built(label), PROBLEMS[problem])


@pytest.mark.parametrize("label", CLASSICAL)
def test_plans_what_it_can(label: str) -> None:
    """A classical strategy says no exactly where its idea has nothing to go by."""
    refused = {(label, name) for name, problem in PROBLEMS.items() if check_strategy(built(label), problem) is None}
    assert refused == {pair for pair in SAY_NO if pair[0] == label}


@pytest.mark.parametrize("label", TWO_FORMS)
@pytest.mark.parametrize("from_today", [True, False])
@pytest.mark.parametrize("problem", PROBLEMS)
def test_both_forms_keep_the_contract(label: str, from_today: bool, problem: str) -> None:
    """From scratch and from today: both forms plan every awkward problem, save that nobody can start from owners that are not there."""
    assignment = check_strategy(built(label, from_today=from_today), PROBLEMS[problem])
    no_start = from_today and not PROBLEMS[problem].has_owners
    assert (assignment is None) == (no_start or (label, problem) in SAY_NO)


@pytest.mark.parametrize("problem", PROBLEMS)
@pytest.mark.parametrize("label", CLASSICAL)
def test_every_account_has_an_owner(label: str, problem: str) -> None:
    """Only an account that nobody is eligible for, and that nobody had, is left without an owner."""
    assignment = check_strategy(built(label), PROBLEMS[problem])
    if assignment is not None:
        assert not np.any((assignment.owner == UNASSIGNED) & _somebody_may(PROBLEMS[problem]))


@pytest.mark.parametrize("label", CLASSICAL)
@pytest.mark.parametrize("name", ["a seat without hours", "a seat that starts too late", "skills needed", "plain"])
def test_no_hours_no_new_accounts(label: str, name: str) -> None:
    """A seat without hours over the horizon is given no account that it did not have."""
    problem = PROBLEMS[name]
    assignment = check_strategy(built(label), problem)
    assert assignment is not None
    given = assignment.owner[assignment.owner != problem.owner]
    assert np.all((problem.seats.capacity_h_per_week * problem.productive_share)[given] > 0)


@pytest.mark.parametrize("label", [*TWO_FORMS, "random"])
def test_every_seat_gets_a_book_from_scratch(label: str) -> None:
    """With 150 accounts a seat, no book from scratch is shorter than a quarter of that."""
    assignment = check_strategy(built(label), drawn_problem(3000, 20))
    assert assignment is not None
    assert np.bincount(assignment.owner, minlength=20).min() >= 150 / 4


@pytest.mark.parametrize("label", CLASSICAL)
def test_another_seed_changes_only_what_is_random(label: str) -> None:
    """Chance has a say in random, gut_feel and the shuffled deal of equal_count; the others plan the same for every seed."""
    problem = tiny_problem(240, 8, owner=-1) if label != "status_quo" else tiny_problem(240, 8)
    one, two = (check_strategy(built(label), problem, seed) for seed in (0, 1))
    assert one is not None
    assert two is not None
    assert np.array_equal(one.owner, two.owner) == (label in ("status_quo", "greedy_balance", "geographic"))


def _somebody_may(problem: PlanningProblem) -> np.ndarray[Any, np.dtype[np.bool_]]:
    pairs = problem.eligible(np.arange(len(problem.accounts))[:, None], np.arange(len(problem.seats))[None, :])
    return np.asarray(pairs.any(axis=1))
