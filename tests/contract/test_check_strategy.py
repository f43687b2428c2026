"""The contract is a check that can fail: small strategies that do wrong are each caught, in one line that says what."""

import sys
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

import numpy as np
import pytest

from sim.contract import ContractBroken, check_strategy
from sim.planning import Assignment, PlanningProblem, Unsupported
from tests.worlds import tiny_problem

Plan = Callable[[PlanningProblem, np.random.Generator], Any]


@dataclass(frozen=True)
class Planned:
    """A strategy made of a function, so that each misdeed is one small function below."""

    plan: Plan = field(repr=False)

    def assign(self, problem: PlanningProblem, rng: np.random.Generator) -> Assignment:
        """Do what the function does."""
        assignment: Assignment = self.plan(problem, rng)
        return assignment


@dataclass
class Thawed:
    """Its parameters could change between two calls."""

    def assign(self, problem: PlanningProblem, rng: np.random.Generator) -> Assignment:
        """Nothing wrong with the plan itself."""
        return Assignment(problem.owner)


class Plain:
    """Not a dataclass, so that nobody can read its parameters."""

    def assign(self, problem: PlanningProblem, rng: np.random.Generator) -> Assignment:
        """Nothing wrong with the plan itself."""
        return Assignment(problem.owner)


def keeps(problem: PlanningProblem, rng: np.random.Generator) -> Assignment:
    """What is right: today's owners."""
    return Assignment(problem.owner, {"status": "kept", "objective_usd": np.float64(1.0), "gap_share": None})


def too_short(problem: PlanningProblem, rng: np.random.Generator) -> Assignment:
    """One account is forgotten."""
    return Assignment(problem.owner[1:])


def no_such_seat(problem: PlanningProblem, rng: np.random.Generator) -> Assignment:
    """One seat too many."""
    return Assignment(np.full(len(problem.owner), len(problem.seats)))


def moves_everything(problem: PlanningProblem, rng: np.random.Generator) -> Assignment:
    """Protection is not looked at."""
    return Assignment((problem.owner + 1) % len(problem.seats))


def drops_everything(problem: PlanningProblem, rng: np.random.Generator) -> Assignment:
    """A protected account without an owner has been moved too."""
    return Assignment(np.full(len(problem.owner), -1))


def blind_to_skills(problem: PlanningProblem, rng: np.random.Generator) -> Assignment:
    """Everything goes to a seat that speaks no German, protected accounts aside."""
    return Assignment(np.where(problem.protected, problem.owner, 1))


def forgets_one(problem: PlanningProblem, rng: np.random.Generator) -> Assignment:
    """An account ends up in nobody's book, though anybody may own it."""
    return Assignment(np.where(np.isin(np.arange(12), (3, 4)), -1, problem.owner))


def dice_of_its_own(problem: PlanningProblem, rng: np.random.Generator) -> Assignment:
    """Randomness that does not come from the generator it was given."""
    luck = np.random.default_rng().integers(0, 3, len(problem.owner))
    return Assignment(np.where(problem.protected | problem.accounts.required_skills.any(axis=1), problem.owner, luck))


def writes(problem: PlanningProblem, rng: np.random.Generator) -> Assignment:
    """The problem's own array is used as scratch paper."""
    problem.owner[5] = 2
    return Assignment(problem.owner)


def breaks_the_seal(problem: PlanningProblem, rng: np.random.Generator) -> Assignment:
    """Scratch paper again, after the lock was picked."""
    potential = problem.accounts.potential_usd
    potential.setflags(write=True)
    potential[0] = 0.0
    return Assignment(problem.owner)


def talks_in_arrays(problem: PlanningProblem, rng: np.random.Generator) -> Assignment:
    """An array in info would end up in a table's cell."""
    return Assignment(problem.owner, {"prices": np.ones(3)})


def talks_in_words(problem: PlanningProblem, rng: np.random.Generator) -> Assignment:
    """A word would end up where a column holds numbers."""
    return Assignment(problem.owner, {"objective_usd": "a lot"})


def leaves(problem: PlanningProblem, rng: np.random.Generator) -> Assignment:
    """Ends the process, and with it everybody else's work."""
    sys.exit(3)


def bare_array(problem: PlanningProblem, rng: np.random.Generator) -> Any:
    """An array is not an assignment."""
    return problem.owner


def stumbles(problem: PlanningProblem, rng: np.random.Generator) -> Assignment:
    """A bug."""
    raise LookupError("no such region\nin the list")


def shrugs(problem: PlanningProblem, rng: np.random.Generator) -> Assignment:
    """Unsupported needs a reason."""
    raise Unsupported


def a_problem() -> PlanningProblem:
    """Account 0 is protected, account 5 needs German, which only seat 0 speaks."""
    return tiny_problem(protected=np.arange(12) == 0, german=(5,))


@pytest.mark.parametrize(
    ("plan", "says"),
    [
        (too_short, r"owner has shape \(11,\); \(12,\) is expected"),
        (no_such_seat, "owner 3 of account 0 is outside -1 to 2"),
        (moves_everything, "account 0 is protected and went from 0 to 1"),
        (drops_everything, "account 0 is protected and went from 0 to -1"),
        (blind_to_skills, "account 5 went to seat 1, which lacks a skill"),
        (forgets_one, "account 3 and 1 more went to nobody, though somebody may own it"),
        (dice_of_its_own, "the same generator state gave two assignments"),
        (writes, "wrote to the problem"),
        (breaks_the_seal, "wrote to problem.accounts.potential_usd"),
        (talks_in_arrays, r"info\['prices'\] is a ndarray"),
        (talks_in_words, r"info\['objective_usd'\] is 'a lot'; a number is expected, or nothing"),
        (leaves, r"assign ended the process \(SystemExit\)"),
        (bare_array, "assign returned ndarray"),
        (stumbles, "assign raised LookupError: no such region$"),
        (shrugs, "raised Unsupported without saying why"),
    ],
)
def test_catches(plan: Plan, says: str) -> None:
    """Each misdeed is caught and named, in one line that begins with the strategy's name."""
    with pytest.raises(ContractBroken, match=says) as caught:
        check_strategy(Planned(plan), a_problem())
    assert str(caught.value).startswith("Planned: ")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(("strategy", "says"), [(Thawed(), "not frozen"), (Plain(), "frozen dataclass"), (Planned, "instance")])
def test_catches_what_is_no_frozen_dataclass(strategy: Any, says: str) -> None:
    """Parameters that could change, that cannot be read, or that were never given are caught before anything is planned."""
    with pytest.raises(ContractBroken, match=says):
        check_strategy(strategy, a_problem())


def test_returns_the_assignment() -> None:
    """A strategy that keeps its promises gets its assignment back."""
    assignment = check_strategy(Planned(keeps), a_problem())
    assert assignment is not None
    assert assignment.owner.tolist() == a_problem().owner.tolist()


@dataclass(frozen=True)
class Pooled(Planned):
    """A strategy whose idea is a pool."""

    leaves_a_pool: ClassVar[bool] = True


def test_a_pool_is_a_stated_choice() -> None:
    """Of the company, of the strategy, or of necessity: nobody may own the account, nobody has hours, or it is protected where it is."""
    problem = a_problem()
    assert check_strategy(Pooled(forgets_one), problem) is not None
    assert check_strategy(Planned(forgets_one), replace(problem, leave_none=False)) is not None
    for nobody in (tiny_problem(german=(3, 4), german_seats=()), tiny_problem(capacity_h_per_week=0.0)):
        assert check_strategy(Planned(forgets_one), nobody) is not None
    assert check_strategy(Planned(keeps), tiny_problem(owner=-1, protected=True)) is not None


def test_unsupported_is_an_answer() -> None:
    """A strategy may decline a problem, if it says why."""

    def declines(problem: PlanningProblem, rng: np.random.Generator) -> Assignment:
        raise Unsupported("too small a company")

    assert check_strategy(Planned(declines), a_problem()) is None
