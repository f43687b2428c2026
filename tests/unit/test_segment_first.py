"""Teams and segments first."""

from dataclasses import replace

import numpy as np
import pytest

from sim.contract import check_strategy
from sim.planning import PlanningProblem, Strategy
from sim.snapshot import UNASSIGNED, Seats
from strategies.equal_count import EqualCount
from strategies.greedy_balance import GreedyBalance
from strategies.gut_feel import GutFeel
from strategies.random_draw import Random
from strategies.segment_first import SegmentFirst, apportioned, hours_asked, seats_of_segments
from tests.worlds import drawn_problem, tiny_problem

SEGMENTS = ("commercial", "mid_market", "enterprise")


def with_teams(problem: PlanningProblem, team: list[int], teams: tuple[str, ...] = SEGMENTS) -> PlanningProblem:
    """The problem whose seats are in these teams."""
    vocabulary = replace(problem.vocabulary, teams=teams)
    return replace(problem, vocabulary=vocabulary, seats=replace(problem.seats, team=np.array(team)))


def with_another_seat(problem: PlanningProblem, team: int) -> PlanningProblem:
    """The problem with one seat more, a twin of the first one that owns nothing."""
    seats, rows = problem.seats, np.append(np.arange(len(problem.seats)), 0)
    columns = {name: value[rows] for name, value in vars(seats).items() if isinstance(value, np.ndarray)}
    columns["team"] = np.append(seats.team, team)
    more = Seats(id=(*seats.id, "new"), name=(*seats.name, "New"), **columns)
    return replace(problem, seats=more, seat_logit=np.zeros(len(rows)))


def planned(strategy: Strategy, problem: PlanningProblem) -> np.ndarray:
    """Owners under a strategy that keeps the contract."""
    assignment = check_strategy(strategy, problem)
    assert assignment is not None
    return assignment.owner


INNER = [EqualCount(), GreedyBalance(), GutFeel(), Random(), EqualCount(from_today=False), GutFeel(from_today=False)]


@pytest.mark.parametrize("owned", [True, False])
@pytest.mark.parametrize("inner", INNER, ids=str)
def test_an_added_seat_changes_its_own_segment_only(inner: Strategy, owned: bool) -> None:
    """One seat more in the team of the mid-market: no account of another segment changes owner, and the seat gets a book."""
    if not owned and getattr(inner, "from_today", None):
        return
    problem = with_teams(drawn_problem(300, 7, owned=owned), [0, 0, 0, 1, 1, 2, 2])
    before, after = (planned(SegmentFirst(inner), p) for p in (problem, with_another_seat(problem, team=1)))
    assert np.count_nonzero(after == 7) > 5
    changed = np.flatnonzero(before != after)
    assert set(problem.accounts.segment[changed].tolist()) == {1}


def test_an_added_seat_that_owns_nothing_displaces_nobody() -> None:
    """Where no team is named after a segment, the seats keep their segments too, and one segment has a seat more."""
    for seed in range(20):
        problem = drawn_problem(200, 6, seed, owned=True)
        before, after = seats_of_segments(problem), seats_of_segments(with_another_seat(problem, team=0))
        np.testing.assert_array_equal(after[:6], before)


@pytest.mark.parametrize("same_hours", [True, False])
def test_teams_named_after_segments_bind(same_hours: bool) -> None:
    """Each segment is worked by its team, whoever owns what today; protected accounts stay, whatever the team."""
    protected = np.arange(12) == 3  # a commercial account of seat 0, which is in the enterprise team
    problem = with_teams(tiny_problem(protected=protected), [2, 0, 1])
    if same_hours:
        problem = replace(problem, rates=replace(problem.rates, hours_per_week=np.ones(3)))
    owner = planned(SegmentFirst(EqualCount()), problem)
    assert owner[3] == 0
    assert owner[~protected].tolist() == np.array([1, 2, 0])[problem.accounts.segment[~protected]].tolist()


def test_other_seats_work_the_segments_without_a_team() -> None:
    """Of four seats, the two that are in the field share what the teams of two segments leave: the third segment."""
    problem = with_teams(tiny_problem(60, 4), [0, 1, 3, 3], (*SEGMENTS, "field"))
    assert seats_of_segments(problem).tolist() == [0, 1, 2, 2]


def test_seats_are_allotted_by_hours_of_work() -> None:
    """Twenty seats share three segments nearly as the hours that their accounts ask for."""
    problem = drawn_problem(2000, 20)
    wanted_h = np.bincount(problem.accounts.segment, hours_asked(problem))
    seats_n = np.bincount(seats_of_segments(problem), minlength=3)
    assert np.all(np.abs(seats_n - 20 * wanted_h / wanted_h.sum()) < 1)


@pytest.mark.parametrize(
    ("wanted", "n", "got"),
    [
        ([90, 9, 1], 2, [1, 1, 0]),  # more segments than seats: those that want the most have one
        ([90, 9, 1], 3, [1, 1, 1]),  # each has one before any has two
        ([90, 9, 1], 10, [8, 1, 1]),
        ([50, 0, 50], 4, [2, 0, 2]),  # none for who wants nothing
        ([50, 30, 20], 10, [5, 3, 2]),
        ([0, 0], 3, [3, 0]),  # nobody wants anything: anywhere
        ([1, 1], 0, [0, 0]),
    ],
)
def test_apportionment(wanted: list[float], n: int, got: list[int]) -> None:
    """Seats for hours, by hand."""
    assert apportioned(np.array(wanted, dtype=np.float64), n).tolist() == got


def test_one_seat_more_takes_none_away() -> None:
    """Whatever is wanted, no share shrinks when there is more to share (largest remainders fail this)."""
    rng = np.random.default_rng(0)
    for _ in range(200):
        wanted = rng.exponential(size=4)
        shares = np.array([apportioned(wanted, n) for n in range(30)])
        assert np.all(np.diff(shares, axis=0) >= 0)
        assert np.all(shares.sum(axis=1) == np.arange(30))


def test_seats_work_the_segment_of_which_they_hold_the_most_today() -> None:
    """Three seats that each own one segment keep it; from scratch, skills would say."""
    segment = np.arange(12) % 3
    problem = tiny_problem(owner=np.array([2, 0, 1])[segment])
    assert seats_of_segments(problem).tolist() == [1, 2, 0]


def test_a_segment_without_seats_joins_the_most_similar() -> None:
    """Nobody is for the commercial segment: its 0.33 h a week are nearer to 0.6 h (mid-market) than to 1.5 h (enterprise)."""
    problem = with_teams(tiny_problem(), [1, 2, 2])
    owner = planned(SegmentFirst(EqualCount()), problem)
    assert set(owner[problem.accounts.segment == 0].tolist()) == {0}
    assert set(owner[problem.accounts.segment == 2].tolist()) == {1, 2}


def test_hours_asked_by_hand() -> None:
    """A prospect passes stages of 15 days with chances 0.45, 0.5, 0.5, then rests 180 days, or 90 after a win; it takes 0.33 h a week."""
    problem = tiny_problem()
    days, rest = 15 * (1 + 0.45 + 0.225), 180 - 90 * 0.1125
    assert hours_asked(problem)[3] == pytest.approx(0.33 * days / (days + rest))
    assert hours_asked(problem)[0] > hours_asked(problem)[3]  # a customer of the same segment


def test_farmers_and_hunters_are_allotted_apart() -> None:
    """Two farmers and four hunters: each segment has a hunter, and no customer comes to one of them."""
    problem = drawn_problem(300, 6, owned=True)
    problem = replace(problem, seats=replace(problem.seats, role=np.array([1, 1, 0, 0, 0, 0])))
    assert set(seats_of_segments(problem)[2:].tolist()) == {0, 1, 2}
    owner = planned(SegmentFirst(EqualCount()), problem)
    customer = ~np.isnan(problem.accounts.customer_since_day)
    assert np.all(owner != UNASSIGNED)
    assert np.all(owner[customer & (owner != problem.owner)] < 2)
