"""Why an account moves."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from experiments.designs.evidence import Planner
from experiments.designs.reasons import ACCOUNT, BOOKS, NO_EVIDENCE, NOTHING, reasons
from sim.planning import PlanningProblem
from sim.snapshot import IntArray, empty_deals, empty_history
from tests.worlds import tiny_problem


def told_of(problem: PlanningProblem, owner: IntArray) -> tuple[list[str], list[str]]:
    """The reasons for a design, and what they speak of."""
    planner = Planner.of(problem)
    return reasons(planner, planner.sees(owner))


def test_every_moved_account_has_a_reason_and_no_other() -> None:
    """Accounts that stay with their seat have no reason, all others have one, those left to nobody or taken from nobody too."""
    problem = tiny_problem(owner=[0, 0, 0, 1, 1, 1, 2, 2, 2, -1, -1, -1])
    owner = np.array([0, 1, -1, 1, 2, 0, 2, 1, 0, -1, 0, 1])
    told, speaks = told_of(problem, owner)
    explained = ((owner != problem.owner) | (owner == -1)).tolist()
    assert [bool(reason) for reason in told] == explained
    assert [bool(word) for word in speaks] == explained
    assert told[2].startswith("left to no seat; ")
    assert told[9].startswith("has no owner and gets none; ")
    assert told[10].startswith("had no owner")
    assert speaks[10] == ACCOUNT


def test_evidence_is_read_off_the_problem() -> None:
    """Skill, distance, today's coverage and the books' potential are stated with the numbers of the problem."""
    problem = tiny_problem()
    owner = problem.owner.copy()
    owner[1] = 1  # a mid-market retail account in Chicago, from Seattle's seat to Chicago's, which knows retail
    account, old, new = np.array([1]), np.array([0]), np.array([1])
    nearer_km = (problem.distance_km(account, old) - problem.distance_km(account, new))[0]
    shorter_h = (problem.trip_h(account, old) - problem.trip_h(account, new))[0]
    told, speaks = told_of(problem, owner)
    assert (
        told[1] == f"new owner is skilled in retail; {nearer_km:,.0f} km nearer, {shorter_h:.1f} h less on the road a visit;"
        " S0's hours of 90 days went to 1 of its 6 accounts, not to this one"
    )
    assert speaks[1] == ACCOUNT


def test_nearer_is_no_reason_where_the_trip_takes_as_long() -> None:
    """A trip takes no more hours than its maximum: where both owners are that far away, kilometres save nobody an hour."""
    problem = tiny_problem()
    problem = replace(problem, rates=replace(problem.rates, trip_max_h=0.2))
    owner = problem.owner.copy()
    owner[1] = 1
    assert "nearer" not in told_of(problem, owner)[0][1]


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


def alike(accounts_n: int, seats_n: int, **bends: Any) -> PlanningProblem:
    """Commercial prospects that differ in potential only, 10,000 usd more from one to the next."""
    problem = tiny_problem(accounts_n, seats_n, places=False, potential_usd=1e4 * np.arange(1, accounts_n + 1), **bends)
    same: dict[str, Any] = {"segment": np.zeros(accounts_n, np.int64), "industry": np.zeros(accounts_n, np.int64)}
    accounts = replace(problem.accounts, **same, customer_since_day=np.full(accounts_n, np.nan))
    return replace(problem, accounts=accounts, deals=empty_deals(), history=empty_history())


def test_an_account_is_left_because_the_hours_end_before_it() -> None:
    """A seat of 0.4 h a week with 12 accounts works the largest: the smallest is the last by value per hour, and untouched."""
    problem = alike(12, 1, owner=0, engaged_days=np.where(np.arange(12) == 11, 60.0, 0.0), capacity_h_per_week=0.4)
    problem = replace(problem, last_touch_day=np.where(np.arange(12) == 11, -5.0, np.nan))
    planner, owner = Planner.of(problem), np.where(np.arange(12) == 11, 0, -1)
    told, speaks = told_of(problem, owner)
    load = f"its book asks {planner.today.load[0]:.1f}x"
    place = f"S0's hours ({load}) end before it: 12th of 12 by value per hour"
    assert told[0] == f"left to no seat; {place}; S0's hours of 90 days went to 1 of its 12 accounts, not to this one"
    assert "11th of 12 by value per hour" in told[1]
    assert (told[11], speaks[11], speaks[0]) == ("", "", ACCOUNT)


def test_an_account_that_nobody_has_is_left_to_nobody_for_what_others_promise() -> None:
    """It is held against the new book of the seat in which it promises the most per hour."""
    problem = alike(6, 1, owner=[-1, 0, 0, 0, 0, 0], engaged_days=0.0, capacity_h_per_week=0.4)
    owner = problem.owner.copy()
    told, speaks = told_of(problem, owner)
    load = Planner.of(problem).sees(owner).load[0]
    assert told[0] == f"has no owner and gets none; all 5 in S0's new book, which asks {load:.1f}x its hours, promise more per hour"
    assert speaks[0] == ACCOUNT


def test_who_may_not_work_it_and_what_rests_is_said() -> None:
    """A skill that its owner, or nobody, has; a rest after a loss ten days ago."""
    problem = tiny_problem(german=[1], german_seats=[2])
    owner = np.where(np.arange(12) == 1, -1, problem.owner)
    assert told_of(problem, owner)[0][1].startswith("left to no seat; S0 may not work it for want of a skill or of hours")
    nobody = tiny_problem(german=[1], german_seats=[])
    assert told_of(nobody, owner)[0][1].startswith("left to no seat; no seat has the skills and the hours for it")
    lost = tiny_problem(engaged_days=60.0, owner=0)
    rows = replace(lost.history, account=np.arange(12), closed_day=np.full(12, -10.0), won=np.zeros(12, dtype=np.bool_))
    rests = replace(lost, history=rows)
    days = rests.rest_until_day[3]
    assert days > 0
    assert told_of(rests, np.where(np.arange(12) == 3, -1, 0))[0][3].startswith(f"left to no seat; rests for another {days:.0f} days")


def test_nothing_is_invented_for_an_account_that_is_left() -> None:
    """The best account of a seat with hours for all, worked a week ago: nothing speaks for leaving it."""
    problem = replace(alike(4, 2, owner=[0, 0, 1, 1], engaged_days=60.0), last_touch_day=np.full(4, -7.0))
    told, speaks = told_of(problem, np.array([0, -1, 1, 1]))
    assert (told[1], speaks[1]) == (f"left to no seat; {NO_EVIDENCE}", NOTHING)


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
