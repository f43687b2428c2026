"""Rules that contradict each other are named, all of them, before anything is solved; and only they are."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from sim.planning import PlanningProblem, Unsupported
from sim.snapshot import UNASSIGNED, IntArray
from strategies.formulation.book_sizes import Sizes
from strategies.formulation.contradictions import consistent_homes
from strategies.formulation.territory_model import needs_owner
from strategies.shared.candidates import candidates
from tests.unit.territory_evaluator import FAR_KM, in_teams, kept_by_some_design, possible, random_problem, right_numbers
from tests.worlds import tiny_problem


def homes(
    problem: PlanningProblem,
    accounts_min: int | None = None,
    accounts_max: int | None = None,
    *,
    by_team: bool = False,
    distance_max_km: float | None = None,
) -> IntArray:
    """The homes that keep the rules."""
    who = candidates(problem, by_team=by_team, distance_max_km=distance_max_km)
    home = np.where(who.keeps(problem.owner), problem.owner, UNASSIGNED)
    return consistent_homes(problem, who, home, needs_owner(problem, who), Sizes.of(problem, accounts_min, accounts_max))


def named(problem: PlanningProblem, *numbers: int | None, **rules: Any) -> list[str]:
    """The contradictions, a line each; none if there are homes."""
    try:
        homes(problem, *numbers, **rules)
    except Unsupported as why:
        return str(why).split("\n")
    return []


def test_without_rules_homes_are_todays_owners() -> None:
    """No numbers, no contradictions, nothing moves; numbers that hold today move nothing either."""
    problem = tiny_problem()
    assert homes(problem).tolist() == problem.owner.tolist()
    assert homes(problem, 2, 6).tolist() == problem.owner.tolist()


def test_homes_keep_the_numbers_by_few_moves() -> None:
    """Books of 6, 4 and 2 accounts: at most five takes one move, exactly four takes two; the smallest accounts go."""
    problem = tiny_problem()
    moved = {numbers: np.flatnonzero(homes(problem, *numbers) != problem.owner).tolist() for numbers in ((0, 5), (4, 4), (3, None))}
    assert moved == {(0, 5): [0], (4, 4): [0, 1], (3, None): [0]}
    assert np.bincount(homes(problem, 4, 4)).tolist() == [4, 4, 4]


@pytest.mark.parametrize(
    ("numbers", "line"),
    [
        ((5, None), "accounts_min: 5 accounts for each of 3 seats are 15, and there are 12; at most 4 is possible"),
        (
            (None, 3),
            "accounts_max: 3 seats with 3 accounts each take 9, and 12 need an owner; at least 4 is needed, or policy.leave_none=false",
        ),
    ],
)
def test_numbers_that_do_not_add_up(numbers: tuple[int | None, int | None], line: str) -> None:
    """Twelve accounts and three seats: nobody has to look at the map to see it."""
    assert named(tiny_problem(), *numbers) == [f"optimized.{line}"]


def test_accounts_that_may_be_nobodys_do_not_have_to_fit() -> None:
    """Three seats with at most two accounts each: possible where the other six may be left, as long as few enough must be kept."""
    problem = replace(tiny_problem(), leave_none=False)
    must = needs_owner(problem, candidates(problem))
    found = homes(problem, None, 2)
    assert np.bincount(found[found >= 0], minlength=3).max() <= 2
    assert np.all(found[must] >= 0)
    assert np.flatnonzero(must).tolist() == [0, 5, 6, 10]  # three customers and two deals, one of them a customer's
    assert named(problem, None, 1) == [
        "optimized.accounts_max: 3 seats with 1 accounts each take 3, and 4 need an owner; at least 2 is needed, or policy.leave_none=false"
    ]


def test_a_seat_with_too_many_protected_accounts_is_named() -> None:
    """Seat 0 has six accounts that may not move, and may have four. The other seats take the other accounts easily."""
    problem = tiny_problem(protected=np.arange(12) < 6)
    assert named(problem, None, 4) == [
        "optimized.accounts_max: seat S0 may own at most 4 accounts, and 6 may be owned by nobody else, of which 6 accounts "
        "(A0, A1, A2, ...) may not be moved; allow more"
    ]


def test_a_seat_that_too_few_accounts_may_go_to_is_named() -> None:
    """Seat 2, in Boston, owns nothing, and only three accounts are within 500 km of it."""
    problem = tiny_problem(owner=np.where(np.arange(12) % 4 == 2, 0, np.arange(12) % 3 // 2))
    assert named(problem, 4, None, distance_max_km=FAR_KM) == [
        "optimized.accounts_min: seat S2 should own at least 4 accounts and may own 3 by skills, role, team, distance and protection; "
        "ask for fewer"
    ]
    assert named(problem, 3, None, distance_max_km=FAR_KM) == []


def test_seats_that_are_short_of_accounts_together_are_named_together() -> None:
    """Six accounts are of the segment of a team of two seats that should have four each: each of them could have four, not both."""
    problem = in_teams(tiny_problem(18, 4, owner=-1), "commercial", "commercial", "mid_market", "enterprise")
    assert named(problem, 4, None, by_team=True) == [
        "optimized.accounts_min: seats S0, S1 together should own at least 8 accounts and may own 6 by skills, role, team, distance and "
        "protection; ask for fewer"
    ]
    assert named(problem, 3, None, by_team=True) == []


def test_seats_that_are_full_together_are_named_together() -> None:
    """Six accounts are for one team of two seats, which take two each."""
    problem = in_teams(tiny_problem(18, 9, owner=-1), *["commercial"] * 2, *["mid_market"] * 3, *["enterprise"] * 4)
    assert named(problem, None, 2, by_team=True) == [
        "optimized.accounts_max: seats S0, S1 together may own at most 4 accounts, and 6 may be owned by nobody else (A0, A3, A6, ...); "
        "allow more"
    ]


def test_accounts_that_no_rule_lets_anybody_have_are_named() -> None:
    """Nobody's accounts in Houston, 500 km from every seat, need an owner: they are named, unless they may be left to nobody."""
    problem = tiny_problem(owner=-1)
    assert named(problem, distance_max_km=FAR_KM) == [
        "optimized.distance_max_km: 3 accounts (A3, A7, A11) without an owner may be given to no seat within the distance and team that "
        "are asked for; allow more of either, or leave them to nobody with policy.leave_none=false"
    ]
    assert homes(tiny_problem(), distance_max_km=FAR_KM).tolist() == tiny_problem().owner.tolist()  # what has an owner stays
    left = replace(problem, leave_none=False, deals=tiny_problem().deals)
    assert "A3" not in "".join(named(left, distance_max_km=FAR_KM))


def test_a_skill_that_nobody_has_is_no_contradiction() -> None:
    """Accounts that no seat is skilled for stay unassigned, as in every design, whatever the distance."""
    problem = tiny_problem(owner=-1, german=(0, 4), german_seats=())
    assert homes(problem, 3, None, distance_max_km=10_000.0).tolist()[0] == UNASSIGNED


def test_seats_without_hours_are_exempt() -> None:
    """A seat without hours keeps no more than what is protected there, and does not count for the numbers of the others."""
    problem = tiny_problem(capacity_h_per_week=[12.0, 0.0, 12.0], protected=np.arange(12) == 6)
    assert np.bincount(homes(problem, 4, 7)).tolist() == [6, 1, 5]
    assert named(problem, 7, None) == [
        "optimized.accounts_min: 7 accounts for each of 2 seats are 14, and there are 12; at most 6 is possible"
    ]


def test_all_contradictions_are_named_at_once() -> None:
    """Accounts out of reach have nobody, there are too few places for the others, and two seats protect too much each: four lines."""
    owner = np.where(np.arange(12) % 4 == 3, UNASSIGNED, np.arange(12) % 2)
    problem = replace(tiny_problem(owner=owner), protected=owner != UNASSIGNED)
    lines = named(problem, None, 2, distance_max_km=FAR_KM)
    assert [line.split(":")[0] for line in lines] == ["optimized.distance_max_km", *["optimized.accounts_max"] * 3]
    assert "S0" in lines[2]
    assert "S1" in lines[3]


@pytest.mark.parametrize("seed", range(150))
def test_rules_are_found_contradictory_exactly_when_no_design_keeps_them(seed: int) -> None:
    """Tiny markets with random owners, skills, teams, places, protection and numbers: held to trying every design in plain loops."""
    rng = np.random.default_rng(seed)
    problem = random_problem(rng)
    numbers = sorted(int(k) for k in rng.integers(0, 4, 2))
    least, most = (None if rng.random() < 0.3 else numbers[0]), (None if rng.random() < 0.3 else max(numbers[1], 1))
    by_team, km = bool(rng.random() < 0.4), (FAR_KM if rng.random() < 0.4 else None)
    lines = named(problem, least, most, by_team=by_team, distance_max_km=km)
    assert kept_by_some_design(problem, least, most, by_team, km) == (not lines), lines
    if not lines and (least or most):
        home = homes(problem, least, most, by_team=by_team, distance_max_km=km).tolist()
        assert right_numbers(problem, home, least, most)
        assert all(h in possible(problem, i, by_team, km) for i, h in enumerate(home))
