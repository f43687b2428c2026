"""Reviews, rebalances and idle accounts, by hand: few accounts, durations without luck."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from sim.company.governance import Replan
from sim.events import ANSWERED, BALANCED, NO_ANSWER, NOT_ASKED, REBALANCED, RETURNED, REVIEW_ANSWERS, ROUTED
from sim.futures import draw_future
from sim.market import Market
from sim.planning import Assignment, PlanningProblem, Unsupported
from sim.record import Record
from sim.simulate import simulate
from sim.snapshot import History, Snapshot
from sim.world import World
from strategies.status_quo import StatusQuo
from tests.markets import tiny_market
from tests.unit.test_simulate import NEVER, SURE, bare, certain_world, deal
from tests.worlds import tiny_policy


class Asked:
    """A strategy that remembers what it was asked, and answers with what ``change`` makes of today's owners."""

    def __init__(self, change: Callable[[np.ndarray], np.ndarray] = np.array) -> None:
        self.change = change
        self.problems: list[PlanningProblem] = []
        self.reviews: list[int] = []

    def __call__(self, problem: PlanningProblem, review: int) -> Assignment:
        """An owner for each account of the problem."""
        self.problems.append(problem)
        self.reviews.append(review)
        return Assignment(self.change(problem.owner))


def to_seat_1(owner: np.ndarray) -> np.ndarray:
    """Everything to seat 1."""
    return np.ones_like(owner)


def lived(
    snapshot: Snapshot | Market,
    replan: Replan | None,
    days: float = 364.0,
    chance: float = NEVER,
    world: World | None = None,
    **policy: Any,
) -> Record:
    """One future under today's owners with quarterly reviews, or what else the policy says."""
    market = snapshot if isinstance(snapshot, Market) else tiny_market(snapshot)
    rules = tiny_policy(**{"review": "quarterly", **policy})
    world = certain_world(chance) if world is None else world
    return simulate(market, market.snapshot.owner, draw_future(1, 0, 0), world, rules, days, replan)


@pytest.mark.parametrize(("review", "days"), [("never", []), ("quarterly", [91, 182, 273]), ("semiannual", [182])])
def test_reviews_take_place_at_quarter_ends_before_the_horizon(review: str, days: list[int]) -> None:
    """Each, every second, or none; they are numbered, and the strategy is told the days that are left."""
    asked = Asked()
    record = lived(bare(3, 2, owner=0), asked, review=review)
    assert record.events.reviews.day.tolist() == days
    assert asked.reviews == list(range(1, len(days) + 1))
    assert [problem.horizon_days for problem in asked.problems] == [364 - day for day in days]


def test_a_review_measures_the_spread_of_potential_per_capacity_hour() -> None:
    """30k and 10k at 12 h each: 1/2. At 12 h and 4 h: 0, below the trigger. A seat without hours does not count."""
    bends = {"owner": [0, 1], "potential_usd": [30e3, 10e3]}
    for capacity, cv, answer in (([12.0, 12.0], 0.5, ANSWERED), ([12.0, 4.0], 0.0, BALANCED), ([12.0, 0.0], 0.0, BALANCED)):
        asked = Asked()
        record = lived(bare(2, 2, capacity_h_per_week=capacity, **bends), asked, days=100.0, review_trigger_cv=0.1)
        assert record.events.reviews.cv.tolist() == pytest.approx([cv])
        assert record.events.reviews.answer.tolist() == [answer]
        assert len(asked.problems) == (answer == ANSWERED)


def test_the_trigger_says_how_much_imbalance_is_borne() -> None:
    """A spread of 1/2 is answered above a trigger of 0.4 and borne below one of 0.6."""
    snapshot = bare(2, 2, owner=[0, 1], potential_usd=[30e3, 10e3])
    answers = [lived(snapshot, Asked(), days=100.0, review_trigger_cv=cv).events.reviews.answer.tolist() for cv in (0.4, 0.6)]
    assert answers == [[ANSWERED], [BALANCED]]
    assert len(REVIEW_ANSWERS) == 4


def test_a_trigger_of_0_asks_at_every_review() -> None:
    """Whatever the balance: books that are even, and one seat that has nobody to be uneven with."""
    for snapshot in (bare(2, 2, owner=[0, 1], potential_usd=10e3), bare(2, 1, owner=0)):
        reviews = lived(snapshot, Asked(), days=200.0).events.reviews
        assert (reviews.cv.tolist(), reviews.answer.tolist()) == ([0.0, 0.0], [ANSWERED, ANSWERED])


def test_what_the_strategy_wants_moves_after_a_transition() -> None:
    """All three accounts go from seat 0 to seat 1 on day 91, counted and logged; what was under way is cut and goes on two weeks later."""
    record = lived(bare(3, 2, owner=0), Asked(to_seat_1), days=150.0, chance=SURE)
    moves = record.events.moves
    assert (moves.day.tolist(), moves.account.tolist(), moves.to_seat.tolist()) == ([91.0] * 3, [0, 1, 2], [1] * 3)
    assert set(moves.reason) == {REBALANCED}
    assert record.events.reviews.moved_n.tolist() == [3]
    rows = np.flatnonzero(record.account == 2)  # the enterprise account is in its second stage
    assert (record.seat[rows].tolist(), record.start_day[rows].tolist(), record.first_stage[rows].tolist()) == ([0, 1], [0, 105], [0, 1])
    assert record.end_day[rows[0]] == 91.0


def test_status_quo_moves_nothing() -> None:
    """Asked three times, it keeps what is; the record is that of a company that looks at nothing."""

    def keep(problem: PlanningProblem, review: int) -> Assignment:
        return StatusQuo().assign(problem, np.random.default_rng(review))

    never, reviewed = (lived(bare(12, 3), keep, chance=0.5, review=review) for review in ("never", "quarterly"))
    assert reviewed.events.reviews.moved_n.tolist() == [0, 0, 0]
    assert len(reviewed.events.moves.day) == 0
    assert np.array_equal(never.end_day, reviewed.end_day)
    assert np.array_equal(never.amount_usd, reviewed.amount_usd)


def test_the_log_says_why_a_review_moved_nothing() -> None:
    """Nobody to ask; a strategy that cannot treat the problem."""

    def cannot(problem: PlanningProblem, review: int) -> Assignment:
        raise Unsupported("no places")

    for replan, answer in ((None, NOT_ASKED), (cannot, NO_ANSWER)):
        reviews = lived(bare(3, 2, owner=0), replan, days=100.0).events.reviews
        assert (reviews.answer.tolist(), reviews.moved_n.tolist()) == ([answer], [0])


def test_an_answer_of_another_length_is_refused() -> None:
    """Two owners for three accounts."""
    with pytest.raises(ValueError, match="a rebalance gives 2 owners for 3 accounts"):
        lived(bare(3, 2, owner=0), lambda problem, review: Assignment(problem.owner[:2]))


WON, QUALIFIED, PROPOSAL, PROSPECTING, UNTOUCHED = 0, 2, 5, 8, 11  # where the accounts of stages() stand on day 91


def stages() -> Snapshot:
    """Accounts of seat 0 that will be won after 45 days, qualified after 47, proposals after 47, new after 80; and one it cannot work."""
    owner = np.full(12, -1)
    owner[[WON, QUALIFIED, PROPOSAL, PROSPECTING, UNTOUCHED]] = 0
    one = np.array([PROSPECTING])
    lost = History(one, np.array([0]), np.array([-130.0]), np.array([-100.0]), np.array([False]), np.array([False]), np.array([0.0]))
    deals = replace(deal(stage=1, age_days=0.0), account=np.array([PROPOSAL]))
    return replace(bare(12, 2, owner=owner, german=[UNTOUCHED], german_seats=[1]), deals=deals, history=lost)


@pytest.mark.parametrize(
    ("protect", "stay"),
    [
        ("none", []),
        ("proposal", [PROPOSAL]),
        ("qualified", [QUALIFIED, PROPOSAL]),
        ("prospecting", [QUALIFIED, PROPOSAL, PROSPECTING]),
        ("relationships", [WON, QUALIFIED, PROPOSAL, PROSPECTING]),
    ],
)
def test_a_rebalance_obeys_the_protection(protect: str, stay: list[int]) -> None:
    """Everything is to go to seat 1: what the policy protects stays where it is, as the account stands on that day."""
    record = lived(stages(), Asked(to_seat_1), days=92.0, chance=SURE, protect=protect)
    assert np.flatnonzero(record.owner_at(np.array([91.0]))[:, 0] == 0).tolist() == stay


def test_nothing_is_given_to_an_empty_seat() -> None:
    """Seat 1 starts on day 120: at the first review nothing moves there, at the second all does."""
    snapshot = bare(3, 2, owner=0)
    vacant = replace(snapshot, seats=replace(snapshot.seats, start_day=np.array([-1000.0, 120.0])))
    asked = Asked(to_seat_1)
    record = lived(vacant, asked, days=200.0)
    assert record.events.reviews.moved_n.tolist() == [0, 3]
    assert [problem.seats.start_day.tolist() for problem in asked.problems] == [[-1091.0, 29.0], [-1182.0, -62.0]]


def test_the_crm_shows_what_has_happened_until_the_review() -> None:
    """An account won on day 45 and, as a customer, on day 180, is in its third attempt for three days at the third review, on day 273."""
    asked = Asked()
    lived(bare(2, 2, owner=[0, -1]), asked, days=280.0, chance=SURE)
    problem = asked.problems[2]
    deals, history, accounts = problem.deals, problem.history, problem.accounts
    assert (deals.account.tolist(), deals.seat.tolist(), deals.stage.tolist(), deals.expansion.tolist()) == ([0], [0], [0], [True])
    assert (deals.created_day.tolist(), deals.stage_age_days.tolist()) == ([-3.0], [3.0])
    np.testing.assert_allclose(deals.amount_usd, 3.5e3)  # what an expansion of the CRM's estimate would bring
    assert (history.created_day.tolist(), history.closed_day.tolist()) == ([-273.0, -138.0], [-228.0, -93.0])
    assert (history.won.tolist(), history.expansion.tolist()) == ([True, True], [False, True])
    assert accounts.customer_since_day[0] == -228.0
    np.testing.assert_allclose(accounts.arr_usd, [5e3 + 13.5e3, 0.0])
    assert (problem.engaged_days[0], problem.last_touch_day[0]) == (45.0 + 45.0 + 3.0, 0.0)
    assert np.isnan(problem.last_touch_day[1])
    assert problem.history_days == 364.0 + 273.0


def test_the_crm_shows_a_deal_that_waits_at_its_new_owner() -> None:
    """Moved on day 91 to a seat without hours: on day 182 it is as old as it is, still qualified, and nobody there knows the account."""
    asked = Asked(to_seat_1)
    lived(bare(3, 2, owner=[-1, -1, 0], capacity_h_per_week=[12.0, 0.5]), asked, days=200.0, chance=SURE)
    before, after = asked.problems
    for problem, seat, created, age, engaged in ((before, 0, -91, 44, 91), (after, 1, -182, 135, 0)):
        deals = problem.deals
        assert (deals.account.tolist(), deals.seat.tolist(), deals.stage.tolist()) == ([2], [seat], [1])
        assert (deals.created_day.tolist(), deals.stage_age_days.tolist()) == ([created], [age])
        assert problem.engaged_days[2] == engaged
    assert 2 not in after.history.account  # it is neither won nor lost


def test_a_deal_is_as_old_as_it_is_whoever_goes_on_with_it() -> None:
    """Stages of 300 days: a deal of day 0, then 5 days in its stage, and a new one; both move on day 91 and go on on day 105."""
    world = certain_world(SURE)
    slow = replace(world, segments={name: replace(s, stage_days=(300.0,) * 3) for name, s in world.segments.items()})
    asked = Asked(to_seat_1)
    snapshot = replace(bare(3, 2, owner=[0, -1, 0]), deals=deal(stage=1, age_days=5.0))
    record = lived(snapshot, asked, days=200.0, world=slow)
    assert record.start_day[(record.seat == 1) & (record.account != 1)].tolist() == [105.0, 105.0]
    for problem, days in zip(asked.problems, (91, 182), strict=True):
        deals = problem.deals
        old, new = deals.account.tolist().index(0), deals.account.tolist().index(2)
        assert (deals.stage[old], deals.created_day[old], deals.stage_age_days[old]) == (1, -50 - days, 5 + days)
        assert (deals.stage[new], deals.created_day[new], deals.stage_age_days[new]) == (0, -days, days)
        assert deals.amount_usd[old] == 1e4  # what the CRM said from the start


def test_deals_and_history_of_before_the_start_are_still_there() -> None:
    """A deal of day 0 that nobody has hours for grows older; one that was won since is in the history with the day it was created."""
    snapshot = replace(stages(), deals=replace(deal(stage=1, age_days=5.0), account=np.array([PROPOSAL])))
    untouched, won = Asked(), Asked()
    lived(replace(snapshot, seats=replace(snapshot.seats, capacity_h_per_week=np.array([0.5, 12.0]))), untouched, days=92.0, chance=SURE)
    lived(snapshot, won, days=92.0, chance=SURE)
    deals, history = untouched.problems[0].deals, won.problems[0].history
    row = deals.account.tolist().index(PROPOSAL)
    assert (deals.stage[row], deals.created_day[row], deals.stage_age_days[row]) == (1, -50 - 91, 5 + 91)
    row = history.account.tolist().index(PROPOSAL)
    assert (history.created_day[row], history.closed_day[row], history.won[row]) == (-50 - 91, 42 + 47 - 91, True)
    assert (history.created_day[0], history.closed_day[0], history.account[0]) == (-130 - 91, -100 - 91, PROSPECTING)


def test_accounts_that_have_not_appeared_are_not_shown() -> None:
    """Account 1 appears on day 120: the first problem is one of two accounts, and the answer is for them."""
    market = tiny_market(bare(3, 2, owner=[0, -1, 0]), born_day=np.array([-np.inf, 120.0, -np.inf]))
    asked = Asked(to_seat_1)
    record = lived(market, asked, days=200.0)
    assert [problem.accounts.id for problem in asked.problems] == [("A0", "A2"), ("A0", "A1", "A2")]
    moves = record.events.moves
    assert moves.account[(moves.day == 91.0) & (moves.reason == REBALANCED)].tolist() == [0, 2]


def idle(**policy: Any) -> Record:
    """Seat 0 has half an hour: for the commercial accounts 0 and 3, which it loses, and not for 1, 2, 4 and 5. Seat 1 has no book."""
    snapshot = bare(6, 2, owner=0, capacity_h_per_week=[0.5, 12.0])
    return lived(snapshot, None, days=200.0, **{"review": "never", "idle_days": 60.0, **policy})


def test_idle_accounts_return_to_the_pool_and_are_dealt_out_again() -> None:
    """On day 91 the accounts that nobody has worked go to seat 1, which works them after the transition; those that rest stay."""
    record = idle()
    moves = record.events.moves
    assert moves.day.tolist() == [91.0] * 8
    assert moves.account.tolist() == [1, 2, 4, 5] * 2
    assert moves.reason.tolist() == [RETURNED] * 4 + [ROUTED] * 4
    assert moves.to_seat.tolist() == [-1] * 4 + [1] * 4
    assert set(record.account[record.seat == 1]) == {1, 2, 4, 5}
    assert record.start_day[record.seat == 1].min() == 105.0


def test_idle_accounts_stay_in_the_pool_if_nothing_is_routed() -> None:
    """With routing to the pool nobody owns them any more."""
    assert idle(routing="pool").owner_at(np.array([91.0]))[:, 0].tolist() == [0, -1, -1, 0, -1, -1]


def test_an_account_is_idle_since_it_came_to_its_owner() -> None:
    """Three accounts for which there are never hours: dealt out anew on day 91, not yet idle again on day 182, and again on day 273."""
    worked, never = [0, 3, 6], [9, 12, 15]
    owner, potential_usd = np.full(16, -1), np.ones(16)
    owner[worked + never], potential_usd[worked] = 0, 1e6
    snapshot = bare(16, 1, owner=owner, potential_usd=potential_usd, capacity_h_per_week=0.4)
    moves = lived(snapshot, None, days=280.0, chance=SURE, review="never", idle_days=120.0).events.moves
    assert (sorted(set(moves.day)), sorted(set(moves.account))) == ([91.0, 273.0], never)


def test_relationships_do_not_return_where_policy_protects_them() -> None:
    """An account that the owner knows from before and has no hours for stays; the others return."""
    snapshot = replace(bare(6, 2, owner=0, capacity_h_per_week=[0.5, 12.0]), engaged_days=np.array([0, 0, 50.0, 0, 0, 0]))
    kept, returned = (
        lived(snapshot, None, days=92.0, review="never", idle_days=60.0, protect=protect).events.moves.account
        for protect in ("relationships", "proposal")
    )
    assert (sorted(set(kept)), sorted(set(returned))) == ([1, 4, 5], [1, 2, 4, 5])
