"""A part of a company is a problem of its own, and its owners go back to where they came from."""

from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
import pytest

from sim.planning import Assignment, PlanningProblem, Unsupported
from sim.snapshot import UNASSIGNED
from strategies.equal_count import EqualCount
from strategies.optimized import Optimized
from strategies.shared.candidates import candidates
from strategies.shared.part import Part, divide, plan_parts
from tests.worlds import awkward_problems, tiny_problem

PROBLEMS = awkward_problems()


def same(one: Any, two: Any) -> bool:
    """Whether two tables hold the same values."""
    return all(np.array_equal(getattr(one, f.name), getattr(two, f.name), equal_nan=f.name in FLOATS) for f in fields(one))


FLOATS = {"latitude", "longitude", "employees", "customer_since_day"}


@pytest.mark.parametrize("name", PROBLEMS)
def test_the_whole_is_a_part_of_itself(name: str) -> None:
    """With all accounts and all seats nothing is lost on the way, and its owners go back as they are."""
    whole = PROBLEMS[name]
    part = Part.of(whole, np.arange(len(whole.accounts)), np.arange(len(whole.seats)))
    for table in ("accounts", "seats", "deals", "history"):
        assert same(getattr(part.problem, table), getattr(whole, table)), table
    for array in ("owner", "last_touch_day", "engaged_days", "protected", "seat_logit", "rest_until_day", "open_stage"):
        np.testing.assert_array_equal(getattr(part.problem, array), getattr(whole, array))
    nobody = np.full(len(whole.accounts), UNASSIGNED)
    np.testing.assert_array_equal(part.put_back(nobody, part.problem.owner), whole.owner)


def test_seats_outside_are_nobody() -> None:
    """Accounts, deals and history of other seats are there, but nobody's; what the part says changes nothing outside it."""
    whole = tiny_problem()  # books: 0-5, 6-9, 10-11; open deals at 6 and 10
    part = Part.of(whole, np.array([11, 10, 0, 6]), np.array([2, 0]))
    assert part.problem.owner.tolist() == [0, 0, 1, UNASSIGNED]
    assert part.problem.engaged_days.tolist() == [0.0, 60.0, 60.0, 0.0]  # 6 was worked for 60 days by a seat that is not there
    assert part.problem.deals.account.tolist() == [3, 1]
    assert part.problem.deals.seat.tolist() == [UNASSIGNED, 0]
    assert part.problem.history.account.tolist() == [2, 3, 1, 0]
    assert part.problem.history.seat.tolist() == [1, UNASSIGNED, 0, 0]
    assert part.problem.accounts.id == ("A11", "A10", "A0", "A6")
    owner = part.put_back(whole.owner, np.array([1, UNASSIGNED, 0, 0]))
    assert owner.tolist() == [2, 0, 0, 0, 0, 0, 2, 1, 1, 1, UNASSIGNED, 0]


def test_protected_accounts_of_others_are_left_out() -> None:
    """Of the protected accounts 0 and 6 the part of seat 1 holds only the one that is its own; parents that are not there are none."""
    whole = tiny_problem(protected=np.isin(np.arange(12), (0, 6)))
    whole = replace(whole, accounts=replace(whole.accounts, parent=np.array([-1, 0, 1, *[-1] * 9])))
    part = Part.of(whole, np.array([0, 1, 2, 6]), np.array([1]))
    assert part.accounts.tolist() == [1, 2, 6]
    assert part.problem.protected.tolist() == [False, False, True]
    assert part.problem.accounts.parent.tolist() == [UNASSIGNED, 0, UNASSIGNED]


def with_farmer() -> PlanningProblem:
    """Seat 0 is a farmer, 1 a hunter, 2 a hybrid; accounts 0, 5 and 10 are customers."""
    whole = tiny_problem()
    return replace(whole, seats=replace(whole.seats, role=np.array([1, 0, 2])))


@pytest.mark.parametrize("seats", [[0, 1, 2], [1, 2], [1], [2, 0]])
def test_who_may_work_what_is_what_it_is_in_the_whole(seats: list[int]) -> None:
    """A hunter works no customers where the company has farmers, even if there are none in his part."""
    whole, accounts = with_farmer(), np.array([0, 1, 4, 5, 10])
    part = Part.of(whole, accounts, np.array(seats))
    inside = part.problem.eligible(np.arange(5)[:, None], np.arange(len(seats)))
    np.testing.assert_array_equal(inside, whole.eligible(accounts[:, None], np.array(seats)))


@pytest.mark.parametrize("name", PROBLEMS)
def test_a_division_leaves_nothing_out(name: str) -> None:
    """Every account and every seat is in exactly one part, and in a part where somebody may own it if there is one."""
    whole = PROBLEMS[name]
    accounts_n, seats_n = len(whole.accounts), len(whole.seats)
    who, seat_group = candidates(whole), np.arange(seats_n) % 2
    parts = divide(whole, who, np.arange(accounts_n) % len(np.unique(seat_group)), seat_group)
    assert sorted(np.concatenate([part.accounts for part in parts]).tolist()) == list(range(accounts_n))
    assert sorted(np.concatenate([part.seats for part in parts]).tolist()) == list(range(seats_n))
    for part in parts:
        inside = who.allowed[who.kind[part.accounts]]
        assert np.all(inside[:, part.seats].any(axis=1) | ~inside.any(axis=1) | who.stays[part.accounts])


def test_where_an_account_goes() -> None:
    """To its own group; if nobody there may own it, to its owner's; protected, to its owner's in any case."""
    whole = tiny_problem(german=(4, 7), german_seats=(0,), protected=np.arange(12) == 2)
    seat_group = np.array([0, 1, 1])
    here, there = divide(whole, candidates(whole), np.ones(12, dtype=np.int64), seat_group)
    assert here.accounts.tolist() == [2, 4, 7]  # 2 is protected at seat 0; 4 and 7 need German
    assert there.seats.tolist() == [1, 2]


def test_hours_spent_on_planning_are_added_up() -> None:
    """One of four seats plans for eight hours: two hours a seat."""

    class Slow:
        """Costs everybody eight hours."""

        def assign(self, problem: PlanningProblem, rng: np.random.Generator) -> Assignment:
            """Today's owners."""
            return Assignment(problem.owner, planning_h_per_seat=8.0)

    whole = tiny_problem(60, 4)
    parts = divide(whole, candidates(whole), np.arange(60) % 2, np.array([0, 1, 1, 1]))
    design = plan_parts(whole, parts, [Slow(), EqualCount()], np.random.default_rng(0))
    assert design.planning_h_per_seat == 2.0


@dataclass(frozen=True)
class Proven:
    """A strategy that claims as many usd as its problem has accounts, a tenth more at most, and has something to say."""

    claims: bool = True

    def assign(self, problem: PlanningProblem, rng: np.random.Generator) -> Assignment:
        """Nobody moves."""
        del rng
        claim = {"objective_usd": 1.0 * len(problem.accounts), "bound_usd": 1.1 * len(problem.accounts)} if self.claims else {}
        return Assignment(problem.owner, {**claim, "note": "thin data"})


def test_what_is_proven_of_all_parts_is_proven_of_their_sum() -> None:
    """Objectives and bounds are added up where every part has both, else nothing is claimed; a note that all parts have counts once."""
    whole = tiny_problem()
    parts = [Part.of(whole, np.flatnonzero(whole.owner == r), np.array([r])) for r in range(3)]
    info = plan_parts(whole, parts, [Proven()] * 3, np.random.default_rng(0)).info
    assert info == {"note": "thin data", "objective_usd": 12.0, "bound_usd": pytest.approx(13.2), "gap_share": pytest.approx(1.2 / 13.2)}
    some = plan_parts(whole, parts, [Proven(), Proven(), Proven(claims=False)], np.random.default_rng(0)).info
    assert some == {"note": "thin data"}


def test_rules_that_contradict_each_other_in_a_part_name_its_seats() -> None:
    """The line of the inner strategy says which part it speaks of."""
    whole = tiny_problem()
    parts = [Part.of(whole, np.arange(12), np.arange(3))]
    with pytest.raises(Unsupported, match=r"its part with seats S0, S1, S2: optimized\.accounts_max: 3 seats with 2 accounts each take 6"):
        plan_parts(whole, parts, [Optimized(accounts_max=2)], np.random.default_rng(0))


def test_parts_have_luck_of_their_own() -> None:
    """How much chance one part uses does not show in the other."""

    class Wasteful:
        """Draws numbers before it deals."""

        def assign(self, problem: PlanningProblem, rng: np.random.Generator) -> Assignment:
            """As equal_count, after 1,000 numbers."""
            rng.random(1000)
            return EqualCount(from_today=False).assign(problem, rng)

    whole = tiny_problem(60, 4)
    parts = divide(whole, candidates(whole), np.arange(60) % 2, np.arange(4) % 2)
    plain, wasteful = EqualCount(from_today=False), Wasteful()
    one = plan_parts(whole, parts, [plain, plain], np.random.default_rng(0)).owner
    two = plan_parts(whole, parts, [wasteful, plain], np.random.default_rng(0)).owner
    assert not np.array_equal(one[::2], two[::2])
    np.testing.assert_array_equal(one[1::2], two[1::2])
