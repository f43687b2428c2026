"""What a planner expects of a design: hours are filled in the reps' order, the last account in part."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from sim.planning import PlanningProblem
from strategies.worth.predict import predict
from strategies.worth.score import historical, tam
from strategies.worth.throughput import Beliefs, Outlook
from tests.worlds import awkward_problems, drawn_problem, tiny_problem


def with_hours(problem: PlanningProblem, factor: float) -> PlanningProblem:
    """The same market with more or fewer hours."""
    return replace(problem, seats=replace(problem.seats, capacity_h_per_week=factor * problem.seats.capacity_h_per_week))


def test_with_ample_hours_everything_is_worked() -> None:
    """Nothing is left over: bookings are the sum of what the accounts bring, hours the sum of what they ask."""
    problem = with_hours(tiny_problem(), 100)
    expected = predict(problem.owner, problem)
    score = historical(problem)
    value, hours = Outlook.of(problem, score.potential_usd, score.shift, Beliefs()).pairs(np.arange(12), problem.owner)
    assert expected.worked_share.tolist() == [1.0] * 12
    assert expected.bookings_usd == pytest.approx(value.sum())
    assert expected.seat_hours == pytest.approx(np.bincount(problem.owner, hours, 3))


def test_scarce_hours_go_to_the_best_accounts_and_are_all_used() -> None:
    """Per seat: hours used are hours there are, at most one account is worked in part, and what is left out is worth less per hour."""
    problem = drawn_problem(400, 4, owned=True)
    expected = predict(problem.owner, problem)
    assert expected.seat_hours == pytest.approx(12.0 * 104, rel=1e-9)
    share = expected.worked_share
    seen = tam(problem)
    value, hours = Outlook.of(problem, seen.potential_usd, seen.shift, Beliefs()).pairs(np.arange(400), problem.owner)
    for seat in range(4):
        book = problem.owner == seat
        assert np.sum(book & (share > 0) & (share < 1)) <= 1
        assert (value / hours)[book & (share == 1)].min() >= (value / hours)[book & (share == 0)].max()


def test_bookings_by_seat_sum_to_the_whole() -> None:
    """The total is the sum over seats, and a seat without hours books nothing."""
    problem = tiny_problem(capacity_h_per_week=[1.0, 0.0, 12.0])
    expected = predict(problem.owner, problem)
    assert expected.seat_bookings_usd.sum() == pytest.approx(expected.bookings_usd)
    assert expected.seat_bookings_usd[1] == 0.0


def test_shuffling_worked_accounts_costs_relationships() -> None:
    """Seats alike, everything worked: exchanging all owners loses relationships and the gap, and nothing else changes."""
    problem = with_hours(tiny_problem(seats_n=2, engaged_days=200.0, places=False), 100)
    problem = replace(problem, seats=replace(problem.seats, skills=np.zeros((2, 3), dtype=np.bool_)))
    stay, swap = predict(problem.owner, problem).bookings_usd, predict(1 - problem.owner, problem).bookings_usd
    assert 0.7 * stay < swap < 0.95 * stay


def test_unassigned_accounts_bring_nothing() -> None:
    """Nobody owns anything: nothing is booked, no hour is used."""
    expected = predict(np.full(12, -1), tiny_problem())
    assert expected.bookings_usd == 0.0
    assert not expected.seat_hours.any()


@pytest.mark.parametrize("name", awkward_problems())
def test_any_design_of_any_problem_can_be_foreseen(name: str) -> None:
    """Random owners, some of them -1, on every awkward problem: finite, and no seat is used beyond its hours."""
    problem = awkward_problems()[name]
    owner = np.random.default_rng(0).integers(-1, len(problem.seats), len(problem.accounts))
    expected = predict(owner, problem)
    assert np.isfinite(expected.bookings_usd)
    assert np.all(expected.seat_hours <= problem.seats.capacity_h_per_week * 104 + 1e-6)
