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
from sim.planning import Assignment, PlanningProblem, Strategy
from sim.snapshot import UNASSIGNED
from tests.worlds import awkward_problems, drawn_problem, tiny_problem

CONF = Path(conf.__file__).parent
LABELS = sorted(path.stem for path in (CONF / "strategies").glob("*.yaml"))
COMPOSITES = ["segment_first", "named_accounts", "dynamic_books", "placeless"]
OPTIMISERS = [label for label in LABELS if label.startswith(("optimized", "informed"))]
CLASSICAL = [label for label in LABELS if label not in (*COMPOSITES, *OPTIMISERS)]
TWO_FORMS = [label for label in CLASSICAL if "\nfrom_today:" in (CONF / "strategies" / f"{label}.yaml").read_text()]
LEAVES_A_POOL = ["dynamic_books"]
NO_CHANCE = ["status_quo", "greedy_balance", "geographic", "nearest", "placeless"]  # the others draw, or shuffle
PROBLEMS = awkward_problems()
WITH_OWNERS = [name for name, problem in PROBLEMS.items() if problem.has_owners]
HASTE = {"search_rounds_n": 1, "exact_nodes_n": 1}  # an optimiser that is not what is tested
SAY_NO = {
    ("geographic", "neither"),
    ("geographic", "neither, nobody owns"),
    *(("balanced_clusters", name) for name in ("no places", "neither", "neither, nobody owns")),
    *(("status_quo", name) for name in PROBLEMS if name not in WITH_OWNERS),
}
INSIDE = ["plain", "skills needed, nobody owns", "some protected", "one seat", "more seats than accounts", "everything at once"]


@cache
def built(label: str, **changes: Any) -> Strategy:
    """The strategy of conf/strategies/<label>.yaml."""
    with initialize_config_dir(str(CONF), version_base="1.3"):
        node = compose(overrides=[f"+strategies=[{label}]"]).strategies[label]
    strategy: Strategy = instantiate({**node, **changes}, _convert_="all")
    return strategy


@cache
def answer(label: str, problem: str, **changes: Any) -> Assignment | None:
    """What the strategy says to an awkward problem; that it keeps the contract has then been checked."""
    return check_strategy(built(label, **changes), PROBLEMS[problem])


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
    answer(label, problem)


@pytest.mark.parametrize("label", [*CLASSICAL, *COMPOSITES])
def test_plans_what_it_can(label: str) -> None:
    """A strategy says no exactly where its idea has nothing to go by."""
    assert {(label, name) for name in PROBLEMS if answer(label, name) is None} == {pair for pair in SAY_NO if pair[0] == label}


@pytest.mark.parametrize("label", TWO_FORMS)
@pytest.mark.parametrize("from_today", [True, False])
@pytest.mark.parametrize("problem", PROBLEMS)
def test_both_forms_keep_the_contract(label: str, from_today: bool, problem: str) -> None:
    """From scratch and from today: both forms plan every awkward problem, save that nobody can start from owners that are not there."""
    no_start = from_today and problem not in WITH_OWNERS
    assert (answer(label, problem, from_today=from_today) is None) == (no_start or (label, problem) in SAY_NO)


@pytest.mark.parametrize("inner", [*CLASSICAL, *OPTIMISERS])
@pytest.mark.parametrize("label", COMPOSITES)
def test_composites_keep_the_contract_around_any_strategy(label: str, inner: str) -> None:
    """Whatever plans the parts, the whole keeps its promises; and it plans them, unless the inner strategy cannot."""
    needs = {"status_quo": "owners", "informed": "the truth"}
    if label == "placeless":
        needs |= dict.fromkeys(("geographic", "balanced_clusters"), "a map")
    inside = built(inner, **(HASTE if inner.startswith("optimized") else {}))
    for name in INSIDE:
        design = check_strategy(type(built(label))(inside), PROBLEMS[name])  # type: ignore[call-arg]
        assert design is not None or inner in needs, f"{label} around {inner} cannot plan: {name}"


@pytest.mark.parametrize("label", [*CLASSICAL, *COMPOSITES])
def test_every_account_has_an_owner(label: str) -> None:
    """Only an account that nobody is eligible for, and that nobody had, is left without an owner; hours or no hours."""
    for name, problem in PROBLEMS.items():
        assignment = answer(label, name)
        if assignment is not None and problem.leave_none and label not in LEAVES_A_POOL:
            assert not np.any((assignment.owner == UNASSIGNED) & _somebody_may(problem)), name


@pytest.mark.parametrize("label", LABELS)
def test_only_who_says_so_leaves_a_pool(label: str) -> None:
    """A strategy that leaves accounts to nobody against the company's rule is one whose idea it is."""
    assert bool(getattr(built(label), "leaves_a_pool", False)) == (label in LEAVES_A_POOL)


@pytest.mark.parametrize("label", [*CLASSICAL, *COMPOSITES])
@pytest.mark.parametrize("name", ["a buffer, and a pool", "a pool, and nobody owns"])
def test_a_company_may_leave_accounts_to_nobody(label: str, name: str) -> None:
    """With few hours and no wish to see everything owned, every book but today's gets shorter, and none is empty."""
    assignment = answer(label, name)
    if label == "status_quo":
        assert assignment is None or np.array_equal(assignment.owner, PROBLEMS[name].owner)
        return
    assert assignment is not None
    assert np.any(assignment.owner == UNASSIGNED)
    assert len(np.unique(assignment.owner[assignment.owner != UNASSIGNED])) == 4


@pytest.mark.parametrize("label", [*CLASSICAL, *COMPOSITES])
@pytest.mark.parametrize("name", ["a seat without hours", "a seat that starts too late", "skills needed", "plain", "everything at once"])
def test_no_hours_no_new_accounts(label: str, name: str) -> None:
    """A seat without hours over the horizon is given no account that it did not have, if another one may have it."""
    problem, assignment = PROBLEMS[name], answer(label, name)
    assert assignment is not None
    with_hours = problem.seats.capacity_h_per_week * problem.productive_share > 0
    moved = np.flatnonzero((assignment.owner != problem.owner) & (assignment.owner != UNASSIGNED) & _somebody_may(problem, with_hours))
    assert np.all(with_hours[assignment.owner[moved]])


@pytest.mark.parametrize("label", [*TWO_FORMS, "random", "segment_first"])
def test_every_seat_gets_a_book_from_scratch(label: str) -> None:
    """With 150 accounts a seat, no book from scratch is shorter than a quarter of that."""
    assignment = check_strategy(built(label), drawn_problem(3000, 20))
    assert assignment is not None
    assert np.bincount(assignment.owner, minlength=20).min() >= (150 / 4 if label != "segment_first" else 1)


@pytest.mark.parametrize("label", [*CLASSICAL, *COMPOSITES])
def test_another_seed_changes_only_what_is_random(label: str) -> None:
    """Who draws or shuffles plans anew with another seed; the others plan the same for every seed."""
    problem = tiny_problem(240, 8, owner=-1) if label != "status_quo" else tiny_problem(240, 8)
    one, two = (check_strategy(built(label), problem, seed) for seed in (0, 1))
    assert one is not None
    assert two is not None
    assert np.array_equal(one.owner, two.owner) == (label in NO_CHANCE)


def _somebody_may(problem: PlanningProblem, seats: Any = slice(None)) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Which accounts (accounts,) one of these seats may own."""
    pairs = problem.eligible(np.arange(len(problem.accounts))[:, None], np.arange(len(problem.seats))[seats][None, :])
    return np.asarray(pairs.any(axis=1))
