"""A team for the strategic accounts."""

from dataclasses import replace

import numpy as np
import pytest

from sim.contract import check_strategy
from sim.planning import PlanningProblem, Strategy
from strategies.equal_count import EqualCount
from strategies.named_accounts import NamedAccounts, dedicated_seats, named_accounts
from tests.worlds import drawn_problem, tiny_problem


def planned(strategy: Strategy, problem: PlanningProblem) -> np.ndarray:
    """Owners under a strategy that keeps the contract."""
    assignment = check_strategy(strategy, problem)
    assert assignment is not None
    return assignment.owner


def test_strategic_accounts_are_named_first_then_the_largest() -> None:
    """Of twelve accounts a quarter is three: the small one that is marked, then the two of 200k and 60k."""
    problem = tiny_problem()
    problem = replace(problem, accounts=replace(problem.accounts, strategic=np.arange(12) == 11))
    assert np.flatnonzero(named_accounts(problem, 0.25)).tolist() == [5, 10, 11]
    assert np.flatnonzero(named_accounts(problem, 0.01)).tolist() == [11]  # rounded up


def test_the_team_is_who_owns_them_today_then_who_is_skilled() -> None:
    """Account 10 is seat 2's. From scratch skills decide: seats 0 and 2 know its industry, and the first of them is taken."""
    for problem, seat in ((tiny_problem(), 2), (tiny_problem(owner=-1), 0)):
        assert np.flatnonzero(dedicated_seats(problem, np.arange(12) == 10)).tolist() == [seat]


@pytest.mark.parametrize("owned", [True, False])
def test_named_accounts_are_with_their_team_and_nothing_else(owned: bool) -> None:
    """The largest 5 % of 400 accounts are shared out among the dedicated seats, evenly by potential, and these have nothing else."""
    problem = drawn_problem(400, 10, owned=owned)
    named = named_accounts(problem, 0.05)
    team = np.flatnonzero(dedicated_seats(problem, named))
    assert len(team) == 2
    owner = planned(NamedAccounts(EqualCount()), problem)
    np.testing.assert_array_equal(np.isin(owner, team), named)
    book_usd = np.bincount(owner[named], problem.accounts.potential_usd[named], 10)[team]
    assert np.ptp(book_usd) < 0.2 * book_usd.mean()
    assert np.ptp(np.bincount(owner[~named], minlength=10)[np.setdiff1d(np.arange(10), team)]) <= 1


def test_somebody_is_left_for_the_rest() -> None:
    """However much is named, one seat works the rest; one seat alone works everything, as its inner strategy says."""
    problem = tiny_problem()
    assert dedicated_seats(problem, named_accounts(problem, 0.9)).sum() == 2
    alone = tiny_problem(seats_n=1)
    assert not dedicated_seats(alone, named_accounts(alone, 0.5)).any()
    assert planned(NamedAccounts(EqualCount(), 0.5), alone).tolist() == [0] * 12


def test_a_seat_without_hours_is_in_no_team() -> None:
    """Whoever owns the largest account today but has no hours is not dedicated to it."""
    problem = tiny_problem(capacity_h_per_week=[12.0, 12.0, 0.0])
    assert not dedicated_seats(problem, named_accounts(problem, 0.05))[2]


def test_what_the_team_may_not_own_goes_to_the_rest() -> None:
    """The named account needs German, which nobody speaks who is in the team."""
    problem = tiny_problem(german=(10,), german_seats=(1,))
    owner = planned(NamedAccounts(EqualCount(), accounts_share=0.05), problem)
    assert owner[10] == 1


@pytest.mark.parametrize("share", [0.0, 1.0, -0.1])
def test_share_is_checked(share: float) -> None:
    """None or all is no team."""
    with pytest.raises(ValueError, match="accounts_share"):
        NamedAccounts(EqualCount(), share)
