"""The same number of accounts for everybody."""

import numpy as np
import pytest

from sim.planning import PlanningProblem
from strategies.equal_count import EqualCount
from tests.worlds import drawn_problem, tiny_problem


def planned(problem: PlanningProblem, from_today: bool | None = None) -> list[int]:
    """Owners under equal_count."""
    owner: list[int] = EqualCount(from_today).assign(problem, np.random.default_rng(0)).owner.tolist()
    return owner


def test_from_today_moves_the_fewest() -> None:
    """Books of 6, 4 and 2 become 4, 4 and 4 by two moves from the first to the last."""
    problem = tiny_problem()
    owner = np.array(planned(problem))
    assert np.bincount(owner).tolist() == [4, 4, 4]
    moved = np.flatnonzero(owner != problem.owner)
    assert len(moved) == 2
    assert set(problem.owner[moved].tolist()) == {0}
    assert set(owner[moved].tolist()) == {2}


def test_from_today_spares_relationships_then_value() -> None:
    """Of the six accounts of the first book, worth 10k to 60k, those that go are the cheapest among the never worked."""
    problem = tiny_problem(engaged_days=[90, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0, 0])
    moved = np.flatnonzero(np.array(planned(problem)) != problem.owner)
    assert moved.tolist() == [1, 2]


@pytest.mark.parametrize("seed", range(5))
def test_from_today_number_of_moves_is_the_least(seed: int) -> None:
    """No other way to even counts needs fewer moves: what the books hold above their final size, which the fullest round up."""
    problem = drawn_problem(207, 10, seed, owned=True)
    before = np.sort(np.bincount(problem.owner, minlength=10))[::-1]
    goal = np.full(10, 20) + (np.arange(10) < 7)
    assert np.count_nonzero(np.array(planned(problem)) != problem.owner) == np.maximum(before - goal, 0).sum()


@pytest.mark.parametrize("accounts_n", [12, 13, 14, 2])
@pytest.mark.parametrize("owner", [-1, 0])
def test_books_end_within_one_account(accounts_n: int, owner: int) -> None:
    """From scratch and from one owner of everything, the longest and the shortest book differ by at most one."""
    count = np.bincount(planned(tiny_problem(accounts_n, owner=owner)), minlength=3)
    assert np.ptp(count) <= 1


def test_from_scratch_asks_nobody_who_owned_what() -> None:
    """From scratch the deal is the same whoever owns the accounts today."""
    assert planned(tiny_problem(), from_today=False) == planned(tiny_problem(owner=2), from_today=False)


def test_as_even_as_protection_allows() -> None:
    """With eight protected accounts at the first seat, the other four are shared between the other two."""
    problem = tiny_problem(owner=0, protected=np.arange(12) < 8)
    for from_today in (True, False):
        assert np.bincount(planned(problem, from_today)).tolist() == [8, 2, 2]


def test_scarce_skills_are_dealt_first() -> None:
    """Four accounts only the first seat may own are dealt before the others, so that everybody still ends with four."""
    problem = tiny_problem(owner=-1, german=(0, 5, 7, 11))
    assert np.bincount(planned(problem)).tolist() == [4, 4, 4]


def test_moves_through_a_third_seat() -> None:
    """The first seat can give German accounts to the second only, which passes others on to the third: 8, 4, 0 become 5, 4, 3."""
    problem = tiny_problem(owner=[0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1], german=range(8), german_seats=(0, 1))
    assert np.bincount(planned(problem)).tolist() == [5, 4, 3]


def test_a_seat_without_hours_gives_its_book_away() -> None:
    """Nobody can work the accounts of a seat without hours: the others share them."""
    problem = tiny_problem(capacity_h_per_week=[12.0, 12.0, 0.0])
    assert np.bincount(planned(problem), minlength=3).tolist() == [6, 6, 0]


def test_part_time_counts_as_a_seat() -> None:
    """Equal means equal: a seat with half the hours has as many accounts."""
    problem = tiny_problem(owner=-1, capacity_h_per_week=[12.0, 6.0, 12.0])
    assert np.bincount(planned(problem)).tolist() == [4, 4, 4]
