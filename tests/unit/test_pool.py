"""What the hours do not suffice for, where it may be nobody's."""

from dataclasses import replace

import numpy as np
import pytest

from sim.planning import PlanningProblem, Strategy
from sim.snapshot import UNASSIGNED, FloatArray, IntArray
from strategies.equal_count import EqualCount
from strategies.geographic import Geographic
from strategies.greedy_balance import GreedyBalance
from strategies.gut_feel import GutFeel
from strategies.named_accounts import NamedAccounts
from strategies.random_draw import Random
from strategies.segment_first import SegmentFirst
from strategies.status_quo import StatusQuo
from strategies.worth.pool import within_hours
from strategies.worth.support import asked_h
from strategies.worth.throughput import Beliefs, Outlook
from tests.worlds import drawn_problem, tiny_problem

CLASSICAL = [EqualCount(), Geographic(), GreedyBalance(), GutFeel(), Random(), SegmentFirst(EqualCount()), NamedAccounts(GreedyBalance())]


def scarce(buffer_share: float = 0.0) -> PlanningProblem:
    """150 accounts a seat, one in thirty a customer, for which nobody has the hours, in a company that leaves the rest to nobody."""
    problem = drawn_problem(600, 4, owned=True)
    accounts = replace(problem.accounts, customer_since_day=np.where(np.arange(600) % 30 == 0, -400.0, np.nan))
    return replace(problem, accounts=accounts, leave_none=False, buffer_share=buffer_share)


def asked_share(problem: PlanningProblem, owner: IntArray) -> FloatArray:
    """Hours over the horizon that each seat's book asks for, by the hours that there are (seats,)."""
    outlook = Outlook.of(problem, problem.accounts.potential_usd, np.zeros(len(owner)), Beliefs())
    owned = np.flatnonzero(owner != UNASSIGNED)
    _, hours = outlook.pairs(owned, owner[owned])
    share: FloatArray = (np.bincount(owner[owned], hours, len(problem.seats)) + asked_h(problem, owner)) / outlook.capacity_h
    return share


@pytest.mark.parametrize("buffer_share", [0.0, 0.25])
@pytest.mark.parametrize("strategy", CLASSICAL, ids=str)
def test_books_end_where_the_hours_do(strategy: Strategy, buffer_share: float) -> None:
    """Every book asks for nearly as many hours as the buffer leaves, and for no more; with an owner for everybody it asks for more."""
    problem = scarce(buffer_share)
    owner = strategy.assign(problem, np.random.default_rng(0)).owner
    share = asked_share(problem, owner)
    assert np.all(share <= (1 - buffer_share) * 1.02)
    assert np.all(share >= (1 - buffer_share) * 0.9)
    everybody = strategy.assign(replace(problem, leave_none=True), np.random.default_rng(0)).owner
    assert np.all(everybody != UNASSIGNED)
    assert asked_share(problem, everybody).max() > 1.2


def test_who_has_begun_goes_on_and_then_the_best_by_hour() -> None:
    """Protected accounts, open deals and customers stay though nobody has hours; with few hours the best prospects come next."""
    none = replace(tiny_problem(capacity_h_per_week=0.0, protected=np.arange(12) == 1), leave_none=False)
    kept = np.flatnonzero(within_hours(none, none.owner) != UNASSIGNED)
    assert kept.tolist() == [0, 1, 5, 6, 10]  # 0, 5 and 10 are customers; 6 and 10 have open deals
    few = replace(tiny_problem(12, 1, owner=0, capacity_h_per_week=1.0), leave_none=False)
    more = np.setdiff1d(np.flatnonzero(within_hours(few, few.owner) != UNASSIGNED), [0, 5, 6, 10])
    per_hour = few.accounts.potential_usd / few.rates.hours_per_week[few.accounts.segment]
    assert len(more) == 0 or per_hour[more].min() >= np.median(per_hour)


def test_with_an_owner_for_everybody_nothing_is_left() -> None:
    """The rule of the company comes first."""
    problem = tiny_problem(capacity_h_per_week=0.0)
    np.testing.assert_array_equal(within_hours(problem, problem.owner), problem.owner)


def test_support_comes_before_selling() -> None:
    """Where customers ask for hours, fewer are left for prospects."""
    problem = scarce()
    supported = replace(problem, rates=replace(problem.rates, support_h_per_week=np.full(3, 0.2)))
    left, left_supported = (np.count_nonzero(within_hours(p, p.owner) == UNASSIGNED) for p in (problem, supported))
    assert left_supported > left


def test_status_quo_is_what_is() -> None:
    """Today's books, whatever the hours, and today's pool."""
    problem = replace(tiny_problem(owner=[0, -1, 1, 0, 2, 2, 1, 1, 0, -1, 2, 0], capacity_h_per_week=0.1), leave_none=False)
    np.testing.assert_array_equal(StatusQuo().assign(problem, np.random.default_rng(0)).owner, problem.owner)
