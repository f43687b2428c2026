"""What holds whatever is rebalanced, dealt out again and handed over, also while people leave, customers churn and accounts merge."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from sim.behaviour import Customers, Demand, HandOver, People
from sim.company import governance
from sim.company.company import Company
from sim.company.crm_view import crm_view
from sim.events import REBALANCED, REDESIGN
from sim.futures import draw_future
from sim.market import Market, planning_problem
from sim.planning import Assignment, PlanningProblem
from sim.policy import PROTECTIONS, Policy
from sim.record import CUT, Record
from sim.simulate import simulate
from sim.snapshot import FloatArray, IntArray
from sim.world import World
from tests.markets import drawn_market
from tests.worlds import tiny_policy, tiny_world

HORIZON_DAYS = 364.0
markets = st.fixed_dictionaries(
    {
        "seed": st.integers(0, 50),
        "accounts_n": st.integers(1, 80),
        "seats_n": st.integers(1, 5),
        "capacity_h_per_week": st.sampled_from([0.4, 2.0, 6.0, 40.0]),
        "history_quarters": st.integers(0, 2),
    }
)
policies = st.fixed_dictionaries(
    {
        "protect": st.sampled_from(PROTECTIONS),
        "transition": st.sampled_from(["abrupt", "warm"]),
        "transition_gap_days": st.sampled_from([0.0, 14.0, 28.0]),
        "hand_over_h_per_week": st.sampled_from([0.0, 0.25, 1.0]),
        "review": st.sampled_from(["quarterly", "semiannual"]),
        "idle_days": st.sampled_from([0.0, 60.0]),
    }
)
lively = {
    "people": People(resignation_per_year=0.6, vacancy_days=40.0),
    "customers": Customers(churn_chance=0.2, untouched_effect=0.5),
    "demand": Demand(leads_per_year=1.0, growth_per_year=0.2, mergers_per_year=0.1, competitor_per_year=0.3, competitor_lock_days=150.0),
}
worlds = st.sampled_from([{}, lively])
bounded = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])


def lived(market: dict[str, Any], changes: dict[str, Any], rules: dict[str, Any], design: int) -> tuple[Market, World, Policy, Record]:
    """One future under an arbitrary design and arbitrary answers, which know neither protection nor skills, to all reviews."""
    world, policy = tiny_world(hand_over=HandOver(-0.3, 0.5), **changes), tiny_policy(**rules)
    drawn = drawn_market(world=world, policy=policy, **market)
    rng = np.random.default_rng(design)

    def answer(problem: PlanningProblem, review: int) -> Assignment:
        other = rng.integers(-1, len(problem.seats), len(problem.owner))
        owner = np.where(rng.random(len(other)) < 0.4, other, problem.owner)
        return Assignment(owner, planning_h_per_seat=8.0 * (review % 2))

    problem = planning_problem(drawn.snapshot, world, policy, HORIZON_DAYS)
    owner = np.where(problem.protected, problem.owner, answer(problem, 0).owner)
    return drawn, world, policy, simulate(drawn, owner, draw_future(1, 0, design), world, policy, HORIZON_DAYS, answer)


@bounded
@given(markets, worlds, policies, st.integers(0, 1000))
def test_protected_deals_and_relationships_never_move(
    market: dict[str, Any], changes: dict[str, Any], rules: dict[str, Any], design: int
) -> None:
    """What a redesign or a rebalance moves has no open deal at a protected stage, worked or waiting, and no protected relationship."""
    drawn, _, policy, record = lived(market, changes, rules, design)
    if policy.protect == "none":
        return
    first_stage = 0 if policy.protect == "relationships" else PROTECTIONS.index(policy.protect) - 1
    on_day_0 = dict(zip(drawn.snapshot.deals.account.tolist(), drawn.snapshot.deals.stage.tolist(), strict=True))
    moves, stage = record.events.moves, record.first_stage + record.revealed.sum(axis=1)
    planned = np.flatnonzero((moves.reason == REDESIGN) | (moves.reason == REBALANCED))
    for day, account, seat in zip(moves.day[planned], moves.account[planned], moves.from_seat[planned], strict=True):
        if seat < 0:
            continue
        before = np.flatnonzero((record.account == account) & (record.start_day < day))
        last = before[np.argsort(record.start_day[before])][-1:]
        if len(last) and record.outcome[last[0]] == CUT and record.end_day[last[0]] <= day:
            assert stage[last[0]] < first_stage or gone_since(record, account, record.end_day[last[0]], day)
        if not len(last) and account in on_day_0:
            assert on_day_0[account] < first_stage or gone_since(record, account, -np.inf, day)
        if policy.protect == "relationships":
            assert not knows(record, account, seat, day)


def gone_since(record: Record, account: int, since: float, day: float) -> bool:
    """Whether the account has gone away, and its deal with it, between two days."""
    renewals, departures = record.events.renewals, record.events.departures
    days = np.append(renewals.day[renewals.churned & (renewals.account == account)], departures.day[departures.account == account])
    return bool(np.any((days >= since) & (days <= day)))


def knows(record: Record, account: int, seat: int, day: float) -> bool:
    """Whether who sits in the seat has worked the account on a day before, since it came to the seat and the person too."""
    moves, successions = record.events.moves, record.events.successions
    came = moves.day[(moves.account == account) & (moves.day < day)]
    left = successions.left_day[(successions.seat == seat) & (successions.left_day <= day)]
    since = max(came.max(initial=-np.inf), left.max(initial=-np.inf))
    own = (record.account == account) & (record.seat == seat) & (record.start_day >= since) & (record.start_day < day)
    return bool(np.any(own))


@bounded
@given(markets, worlds, policies, st.integers(0, 1000))
def test_whoever_works_an_account_owns_it_all_the_while(
    market: dict[str, Any], changes: dict[str, Any], rules: dict[str, Any], design: int
) -> None:
    """Engagements at an account do not overlap; from the first day to the last nobody but its owner has it, and it never changes hands."""
    _, _, _, record = lived(market, changes, rules, design)
    moves = record.events.moves
    order = np.lexsort((record.end_day, record.start_day, record.account))
    again = record.account[order][1:] == record.account[order][:-1]
    assert (record.start_day[order][1:][again] >= record.end_day[order][:-1][again]).all()
    assert (np.diff(moves.day) >= 0).all()
    owner = record.owner_before.copy() if record.owner_before is not None else record.owner.copy()
    for account, from_seat, to_seat in zip(moves.account, moves.from_seat, moves.to_seat, strict=True):
        assert owner[account] == from_seat  # who gives it away has it
        owner[account] = to_seat
    for row in range(len(record)):
        here = moves.account == record.account[row]
        before, during = here & (moves.day <= record.start_day[row]), here & (moves.day > record.start_day[row])
        assert not np.any(during & (moves.day < record.end_day[row]))
        owners = [*moves.to_seat[before][-1:], record.owner_before[record.account[row]] if record.owner_before is not None else -1]
        assert owners[0] == record.seat[row] or record.start_day[row] == record.end_day[row]


@bounded
@given(markets, worlds, policies, st.integers(0, 1000))
def test_hours_in_use_with_hand_overs_and_planning_never_exceed_capacity(
    market: dict[str, Any], changes: dict[str, Any], rules: dict[str, Any], design: int
) -> None:
    """Whenever work, a hand-over or planning starts: all hours under way at the seat are at most its capacity times its ramp."""
    drawn, world, _, record = lived(market, changes, rules, design)
    told, planned = record.events.hand_overs, record.events.planning
    seat = np.concatenate([record.seat, told.seat, planned.seat])
    start = np.concatenate([record.start_day, told.start_day, planned.start_day])
    end = np.concatenate([record.end_day, told.end_day, planned.end_day])
    hours = np.concatenate([record.workload_h_per_week, told.hours_per_week, planned.hours_per_week])
    for s, capacity_h in enumerate(drawn.snapshot.seats.capacity_h_per_week):
        at = seat == s
        under_way = (start[at][None, :] <= start[at][:, None]) & (end[at][None, :] > start[at][:, None])
        ramp = np.array([_ramp(drawn, world, record, s, day) for day in start[at]])
        assert (under_way @ hours[at] <= capacity_h * ramp + 1e-5).all()


def _ramp(drawn: Market, world: World, record: Record, seat: int, day: float) -> float:
    successions = record.events.successions
    starts = successions.start_day[(successions.seat == seat) & (successions.start_day <= day)]
    started = starts[-1] if len(starts) else drawn.snapshot.seats.start_day[seat]
    return float(np.clip((day - started) / world.ramp_days, 0.0, 1.0))


@bounded
@given(markets, worlds, policies, st.integers(0, 1000))
@example(  # an account changes hands twice on one day: the engagement between is cut on the day on which it starts
    {"seed": 19, "accounts_n": 29, "seats_n": 2, "capacity_h_per_week": 2.0, "history_quarters": 2},
    lively,
    {
        "protect": "none",
        "transition": "abrupt",
        "transition_gap_days": 0.0,
        "hand_over_h_per_week": 0.0,
        "review": "quarterly",
        "idle_days": 0.0,
    },
    610,
)
def test_the_crm_shows_what_the_company_knows(market: dict[str, Any], changes: dict[str, Any], rules: dict[str, Any], design: int) -> None:
    """The snapshot that is read out of the log at every review is the state the company is in: owners, people, deals, what was sold."""
    honest = governance.review

    def compared(company: Company, *asked: Any) -> None:
        assert_shown(company)
        honest(company, *asked)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(governance, "review", compared)
        lived(market, changes, rules, design)


def assert_shown(company: Company) -> None:
    """Compare the CRM of today with the company."""
    view, accounts = crm_view(company)
    now = company.env.now
    engaged, touched = (np.array(values) for values in (company.engaged_days, company.last_touch_day))
    stage = {account: deal.stage for account, deal in company.deals.items() if account in set(accounts.tolist())}
    for engagement in filter(None, company.under_way):
        engaged[engagement.account] += now - engagement.start_day
        touched[engagement.account] = now
    shown = dict(zip(accounts[view.deals.account].tolist(), view.deals.stage.tolist(), strict=True))
    worked = {engagement.account for engagement in filter(None, company.under_way)}
    assert set(shown) == set(stage) | worked
    assert all(shown[account] == at for account, at in stage.items())
    same(view.owner, np.array(company.owner)[accounts])
    same(view.engaged_days, engaged[accounts])
    same(view.last_touch_day, np.where(np.isinf(touched), np.nan, touched - now)[accounts])
    same(view.accounts.arr_usd, np.array(company.arr_usd)[accounts])
    same(view.accounts.potential_usd, np.array(company.potential_usd)[accounts])
    assert np.array_equal(view.accounts.segment, np.array(company.segment)[accounts])
    assert np.array_equal(np.isnan(view.accounts.customer_since_day), ~np.array(company.customer)[accounts])
    same(view.seats.start_day, np.array([desk.start_day for desk in company.desks]) - now)


def same(left: FloatArray | IntArray, right: FloatArray | IntArray) -> None:
    """Equal up to rounding."""
    np.testing.assert_allclose(left, right, atol=1e-6)
