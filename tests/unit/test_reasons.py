"""Why an account moves."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from experiments.designs.evidence import Planner
from experiments.designs.reasons import ACCOUNT, BOOKS, NO_EVIDENCE, NOTHING, reasons
from sim.planning import PlanningProblem
from sim.snapshot import IntArray
from tests.worlds import tiny_problem


def told_of(problem: PlanningProblem, owner: IntArray) -> tuple[list[str], list[str]]:
    """The reasons for a design, and what they speak of."""
    planner = Planner.of(problem)
    return reasons(planner, planner.sees(owner))


def test_every_moved_account_has_a_reason_and_no_other() -> None:
    """Accounts that stay have no reason, all others have one, those given to nobody or taken from nobody too."""
    problem = tiny_problem(owner=[0, 0, 0, 1, 1, 1, 2, 2, 2, -1, -1, -1])
    owner = np.array([0, 1, -1, 1, 2, 0, 2, 1, 0, -1, 0, 1])
    told, speaks = told_of(problem, owner)
    assert [bool(reason) for reason in told] == (owner != problem.owner).tolist()
    assert [bool(word) for word in speaks] == (owner != problem.owner).tolist()
    assert told[2].startswith("left to no seat")
    assert told[10].startswith("had no owner")
    assert speaks[10] == ACCOUNT


def test_evidence_is_read_off_the_problem() -> None:
    """Skill, distance, today's coverage and the books' potential are stated with the numbers of the problem."""
    problem = tiny_problem()
    owner = problem.owner.copy()
    owner[1] = 1  # a mid-market retail account in Chicago, from Seattle's seat to Chicago's, which knows retail
    account, old, new = np.array([1]), np.array([0]), np.array([1])
    nearer_km = (problem.distance_km(account, old) - problem.distance_km(account, new))[0]
    told, speaks = told_of(problem, owner)
    assert told[1] == f"new owner is skilled in retail; {nearer_km:,.0f} km nearer; S0 worked 1 of 6 accounts in 90 days, not this one"
    assert speaks[1] == ACCOUNT


def test_no_reason_is_invented() -> None:
    """Where nothing speaks for a move, the reason says so: from a small book nearby to a large one far away, without the skill."""
    problem = tiny_problem(engaged_days=60.0)
    owner = problem.owner.copy()
    owner[9] = 0  # Chicago's own retail account, to Seattle
    told, speaks = told_of(problem, owner)
    assert (told[9], speaks[9]) == (NO_EVIDENCE, NOTHING)


def test_a_lighter_book_is_told_by_its_hours() -> None:
    """Hours asked over hours there are are compared between the book an account leaves and the book it joins; it speaks of books only."""
    problem = tiny_problem(engaged_days=60.0, places=False, owner=[0] * 11 + [1], capacity_h_per_week=1.6)
    owner = problem.owner.copy()
    owner[0] = 1
    planner = Planner.of(problem)
    before, after = planner.today.load[0], planner.sees(owner).load[1]
    told, speaks = told_of(problem, owner)
    assert f"new book asks {after:.1f}x its seat's hours instead of {before:.1f}x" in told[0]
    assert speaks[0] == BOOKS


def test_a_missing_skill_comes_first() -> None:
    """An account whose owner may not serve it moves for that reason above all."""
    problem = tiny_problem(german=[7], german_seats=[2])
    owner = problem.owner.copy()
    owner[7] = 2
    assert told_of(problem, owner)[0][7].startswith("S1 lacks a required skill")


def test_degenerate_markets_have_reasons_too() -> None:
    """Seats without hours and accounts without potential leave nothing to divide by, and no warning."""
    problem = tiny_problem(capacity_h_per_week=[12.0, 0.0, 12.0], potential_usd=0.0)
    told, _ = told_of(replace(problem, last_touch_day=np.full(12, np.nan)), (problem.owner + 1) % 3)
    assert all(told)
