"""What holds when everything happens at once: people, customers, demand, duplicates, roles, warm hand-overs, idle accounts."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sim.behaviour import Customers, Demand, HandOver, People
from sim.futures import draw_future
from sim.market import Market, planning_problem
from sim.metrics import measure
from sim.newcomers import with_newcomers
from sim.planning import PlanningProblem
from sim.record import WON, Record
from sim.simulate import simulate
from tests.markets import drawn_market
from tests.worlds import tiny_policy, tiny_world

HORIZON_DAYS = 364.0
WORLD = tiny_world(
    people=People(resignation_per_year=0.6, attainment_effect=1.0, poverty_effect=1.0, overload_effect=1.0, vacancy_days=40.0),
    customers=Customers(churn_chance=0.2, untouched_effect=0.5),
    demand=Demand(
        leads_per_year=1.0, lead_effect=0.3, new_accounts_per_year_share=0.2, growth_per_year=0.2, mergers_per_year=0.1,
        competitor_per_year=0.3, competitor_lock_days=150.0,
    ),
    hand_over=HandOver(-0.3, 0.5),
)  # fmt: skip
POLICY = tiny_policy(transition="warm", idle_days=120.0, protect="proposal")
markets = st.fixed_dictionaries(
    {
        "seed": st.integers(0, 50),
        "accounts_n": st.integers(2, 60),
        "seats_n": st.integers(1, 5),
        "capacity_h_per_week": st.sampled_from([2.0, 6.0, 40.0]),
        "duplicate_share": st.sampled_from([0.0, 0.2]),
    }
)
bounded = settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def lived(drawn: dict[str, Any], design: int, roles: int) -> tuple[Market, PlanningProblem, Record]:
    """One future under an arbitrary design, with hunters and farmers if ``roles`` says so, and with accounts that appear later."""
    market = drawn_market(world=WORLD, policy=POLICY, **drawn)
    seats = market.snapshot.seats
    rng = np.random.default_rng(design)
    role = rng.integers(0, 3, len(seats)) if roles else np.full(len(seats), 2)
    market = replace(market, snapshot=replace(market.snapshot, seats=replace(seats, role=role)))
    future = draw_future(1, 0, design)
    owner = rng.integers(-1, len(seats), len(market.snapshot.accounts))
    protected = planning_problem(market.snapshot, WORLD, POLICY, HORIZON_DAYS).protected
    owner = np.where(protected, market.snapshot.owner, owner)
    market = with_newcomers(market, future, WORLD, HORIZON_DAYS)
    owner = np.append(owner, np.full(len(market.snapshot.accounts) - len(owner), -1))
    return (
        market,
        planning_problem(market.snapshot, WORLD, POLICY, HORIZON_DAYS),
        simulate(market, owner, future, WORLD, POLICY, HORIZON_DAYS),
    )


@bounded
@given(markets, st.integers(0, 1000), st.integers(0, 1))
def test_bookings_by_seat_by_account_and_by_quarter_are_the_same(drawn: dict[str, Any], design: int, roles: int) -> None:
    """The seats' quarters, the accounts and the run add up to one sum, and only wins book."""
    market, problem, record = lived(drawn, design, roles)
    run, seats = measure(record, problem, market.snapshot.seats, WORLD.ramp_days, POLICY.money)
    total = float(record.amount_usd.sum())
    by_account = np.bincount(record.account, record.amount_usd, len(problem.accounts))
    np.testing.assert_allclose([run["bookings_usd"], seats["bookings_usd"].sum(), by_account.sum()], total)
    assert (record.amount_usd[record.outcome != WON] == 0).all()


@bounded
@given(markets, st.integers(0, 1000), st.integers(0, 1))
def test_an_account_is_worked_by_one_seat_at_a_time_and_only_while_it_is_there(drawn: dict[str, Any], design: int, roles: int) -> None:
    """Of all rows of a true account one engagement is under way; none before it appears."""
    market, _, record = lived(drawn, design, roles)
    same_as = np.arange(len(market.snapshot.accounts)) if market.truth.same_as is None else market.truth.same_as
    real = same_as[record.account]
    order = np.lexsort((record.start_day, real))
    again = real[order][1:] == real[order][:-1]
    assert (record.start_day[order][1:][again] >= record.end_day[order][:-1][again]).all()
    if market.truth.born_day is not None:
        assert (record.start_day >= market.truth.born_day[record.account]).all()


@bounded
@given(markets, st.integers(0, 1000), st.integers(0, 1))
def test_nothing_happens_at_a_vacant_seat(drawn: dict[str, Any], design: int, roles: int) -> None:
    """While a seat is vacant no engagement runs there, no lead is answered, nothing is handed over and no support is given."""
    market, _, record = lived(drawn, design, roles)
    gone = record.events.successions
    start_day = market.snapshot.seats.start_day
    vacancies = [(s, -np.inf, float(start_day[s])) for s in np.flatnonzero(start_day > 0).tolist()]
    vacancies += list(zip(gone.seat.tolist(), gone.left_day.tolist(), gone.start_day.tolist(), strict=True))
    leads, handed, support = record.events.leads, record.events.hand_overs, record.events.support
    for seat, since, until in vacancies:
        assert not ((record.seat == seat) & (record.start_day < until) & (record.end_day > since)).any()
        assert not ((leads.seat == seat) & (leads.answered_day > since) & (leads.answered_day < until)).any()
        assert not ((handed.seat == seat) & (handed.start_day < until) & (handed.end_day > since)).any()
        idle = (support.seat == seat) & (support.start_day < until) & (support.end_day > since)
        assert (support.given_h_per_week[idle] == 0).all()
