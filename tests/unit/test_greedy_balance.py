"""The same potential per capacity for everybody."""

import numpy as np
import pytest

from sim.planning import PlanningProblem
from sim.snapshot import FloatArray
from strategies.greedy_balance import GreedyBalance
from tests.worlds import drawn_problem, tiny_problem


def book_usd(problem: PlanningProblem, from_today: bool | None = None) -> FloatArray:
    """Potential (seats,) of each book under greedy_balance."""
    owner = GreedyBalance(from_today=from_today).assign(problem, np.random.default_rng(0)).owner
    return np.bincount(owner, problem.accounts.potential_usd, minlength=len(problem.seats)).astype(np.float64)


def test_longest_processing_time_by_hand() -> None:
    """7, 6, 5, 4, 3 dealt to two seats: 7 | 6, then 5 to the second, 4 to the first, 3 to either of 11 and 11."""
    problem = tiny_problem(5, 2, owner=-1, potential_usd=[3, 4, 5, 6, 7])
    assert GreedyBalance().assign(problem, np.random.default_rng(0)).owner.tolist() == [0, 0, 1, 1, 0]


def test_first_account_goes_where_it_weighs_least() -> None:
    """Both books are empty, but the second seat has three times the hours: the first account goes there."""
    problem = tiny_problem(8, 2, owner=-1, potential_usd=3.0, capacity_h_per_week=[4.0, 12.0])
    assert GreedyBalance().assign(problem, np.random.default_rng(0)).owner[0] == 1


def test_per_capacity() -> None:
    """A seat with half the hours gets half the potential, to within the smallest account."""
    problem = tiny_problem(120, 3, owner=-1, potential_usd=1e3, capacity_h_per_week=[12.0, 6.0, 12.0])
    assert book_usd(problem).tolist() == [48e3, 24e3, 48e3]


@pytest.mark.parametrize("from_today", [True, False])
@pytest.mark.parametrize("seed", range(3))
def test_every_book_ends_within_the_tolerance(from_today: bool, seed: int) -> None:
    """With 150 accounts a seat, every book ends within 5 % of the mean in both forms."""
    usd = book_usd(drawn_problem(1500, 10, seed, owned=True), from_today)
    assert np.all(np.abs(usd / usd.mean() - 1) <= 0.05 + 1e-9)


@pytest.mark.parametrize("seed", range(3))
def test_from_today_moves_few(seed: int) -> None:
    """From random owners a book differs by some 20 %: at most three accounts a seat move, out of 150."""
    problem = drawn_problem(1500, 10, seed, owned=True)
    owner = GreedyBalance().assign(problem, np.random.default_rng(0)).owner
    assert 0 < np.count_nonzero(owner != problem.owner) <= 30


def test_one_move_where_one_is_enough() -> None:
    """100 and 40 become 70 and 70 by the one account of 30, not by three of 10."""
    problem = tiny_problem(7, 2, owner=[0, 0, 0, 0, 0, 1, 1], potential_usd=[40, 10, 10, 10, 30, 20, 20])
    owner = GreedyBalance().assign(problem, np.random.default_rng(0)).owner
    assert owner.tolist() == [0, 0, 0, 0, 1, 1, 1]


def test_nothing_moves_within_the_tolerance() -> None:
    """Books of 103 and 97 are even enough for 5 %, and not for 1 %."""
    problem = tiny_problem(8, 2, owner=[0, 0, 0, 0, 1, 1, 1, 1], potential_usd=[50, 46, 3, 4, 50, 40, 3, 4])
    moved = [
        np.count_nonzero(GreedyBalance(tolerance).assign(problem, np.random.default_rng(0)).owner != problem.owner)
        for tolerance in (0.05, 0.01)
    ]
    assert moved == [0, 1]


@pytest.mark.parametrize("from_today", [True, False])
def test_whoever_owns_a_giant_has_a_book(from_today: bool) -> None:
    """Among ten books of 100 small accounts, one is worth two books: its owner keeps a few accounts beside it."""
    usd = np.full(1001, 10.0)
    usd[0] = 2000.0
    problem = tiny_problem(1001, 10, owner=np.arange(1001) % 10, potential_usd=usd)
    owner = GreedyBalance(from_today=from_today).assign(problem, np.random.default_rng(0)).owner
    assert owner[0] == 0
    assert 10 <= np.count_nonzero(owner == 0) <= 50


def test_accounts_worth_nothing_are_still_shared() -> None:
    """Where no account is worth anything their number is evened out."""
    owner = GreedyBalance().assign(tiny_problem(owner=-1, potential_usd=0.0), np.random.default_rng(0)).owner
    assert np.bincount(owner).tolist() == [4, 4, 4]


def test_tolerance_is_checked() -> None:
    """A tolerance that is no share is refused by name."""
    with pytest.raises(ValueError, match=r"greedy_balance\.tolerance_share: 5 must lie"):
        GreedyBalance(tolerance_share=5)
