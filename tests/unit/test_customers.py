"""Renewals, churn and support, by hand: one or two seats, few accounts, durations without luck."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from sim.behaviour import Customers, People
from sim.company import customers
from sim.company.company import Company
from sim.events import ROUTED
from sim.futures import draw_future
from sim.market import Market, planning_problem
from sim.markets.history import snapshot_after
from sim.record import DROPPED, WON, Record
from sim.simulate import simulate
from sim.snapshot import Snapshot
from sim.world import World
from tests.markets import drawn_market, tiny_market
from tests.unit.test_simulate import NEVER, SURE, bare, certain_world
from tests.worlds import tiny_policy, tiny_world

HUNTER, FARMER, HYBRID = range(3)
STAYS, LEAVES = Customers(churn_chance=NEVER), Customers(churn_chance=SURE)


def world(chance: float = NEVER, renewal: Customers = STAYS, support_h: float | tuple[float, float, float] = 0.0, **changes: Any) -> World:
    """Every stage ends the same way; a customer asks for ``support_h`` hours a week, or for so many by segment."""
    made = certain_world(chance, **changes)
    hours = dict(zip(made.segments, np.broadcast_to(support_h, 3).tolist(), strict=True))
    segments = {name: replace(rates, support_h_per_week=hours[name]) for name, rates in made.segments.items()}
    return replace(made, segments=segments, customers=renewal)


def owned(accounts_n: int = 1, seats_n: int = 1, since_day: object = -400.0, **bends: Any) -> Snapshot:
    """Accounts that have been customers since a day (NaN: are none), with 5,000 usd of ARR each."""
    snapshot = bare(accounts_n, seats_n, **bends)
    since = np.broadcast_to(np.asarray(since_day, dtype=np.float64), accounts_n)
    arr_usd = np.where(np.isnan(since), 0.0, 5e3)
    return replace(snapshot, accounts=replace(snapshot.accounts, customer_since_day=since, arr_usd=arr_usd))


def with_roles(snapshot: Snapshot, *roles: int) -> Snapshot:
    """The same seats in other roles."""
    return replace(snapshot, seats=replace(snapshot.seats, role=np.array(roles)))


def run(snapshot: Snapshot | Market, world: World, days: float = 728.0, owner: object = None, **policy: Any) -> Record:
    """Simulate under today's owners, or under others."""
    market = tiny_market(snapshot) if isinstance(snapshot, Snapshot) else snapshot
    design = market.snapshot.owner if owner is None else np.asarray(owner)
    return simulate(market, design, draw_future(1, 0, 0), world, tiny_policy(**policy), days)


def support_rows(record: Record, seat: int = 0) -> list[tuple[float, ...]]:
    """(start, end, asked, given) of the stretches at a seat."""
    support = record.events.support
    columns = (support.start_day, support.end_day, support.asked_h_per_week, support.given_h_per_week)
    return [row for row, s in zip(zip(*(c.tolist() for c in columns), strict=True), support.seat.tolist(), strict=True) if s == seat]


def test_a_customer_of_day_0_renews_on_each_anniversary() -> None:
    """A customer for 400 days: 328 days later the second year is over, then another, with 5,000 usd at stake."""
    renewals = run(owned(), world()).events.renewals
    assert renewals.day.tolist() == [328.0, 692.0]
    assert (renewals.account.tolist(), renewals.seat.tolist()) == ([0, 0], [0, 0])
    assert renewals.arr_usd.tolist() == [5e3, 5e3]
    assert not renewals.churned.any()


@pytest.mark.parametrize(("since_day", "first"), [(0.0, 364.0), (-364.0, 364.0), (-363.2, 1.0), (-10.5, 354.0)])
def test_a_contract_ends_with_a_day(since_day: float, first: float) -> None:
    """The next anniversary after day 0, on the end of its day; who became a customer a year ago today has just renewed."""
    assert run(owned(since_day=since_day), world(), 400.0).events.renewals.day[0] == first


def test_whoever_buys_renews_a_year_later_with_what_was_bought() -> None:
    """Won on day 45, expanded every 135 days from then on: renewed on day 409 with the three amounts won by then."""
    record = run(owned(since_day=np.nan), world(SURE))
    renewals = record.events.renewals
    assert renewals.day.tolist() == [409.0]
    assert renewals.arr_usd[0] == pytest.approx(record.amount_usd[record.end_day < 409.0].sum())


def test_who_churns_is_a_prospect_again_after_a_rest() -> None:
    """Gone on day 328 with all ARR; worked again as a prospect on day 508; no contract, so no renewal on day 692."""
    record = run(owned(), world(NEVER, LEAVES))
    assert record.events.renewals.day.tolist() == [328.0]
    assert record.events.renewals.churned.tolist() == [True]
    assert record.start_day.tolist() == [0.0, 195.0, 508.0, 703.0]
    assert record.expansion.tolist() == [True, True, False, False]


def test_who_is_won_back_renews_again() -> None:
    """Gone on day 1, rests 180 days, won again in 45: renewed 364 days after that, with the new ARR only."""
    record = run(owned(since_day=-363.0), world(SURE, LEAVES), 600.0)
    renewals = record.events.renewals
    assert renewals.day.tolist() == [1.0, 590.0]
    assert record.end_day[record.outcome == WON].tolist()[0] == 226.0
    assert renewals.arr_usd[1] == pytest.approx(record.amount_usd[record.end_day < 590.0].sum())


def test_an_engagement_is_dropped_when_its_account_leaves_and_its_luck_is_spent() -> None:
    """Two stages into an expansion the customer leaves; its hours go to the next account that day; the next attempt has the next luck."""
    snapshot = owned(4, since_day=[-333.0, np.nan, np.nan, np.nan], capacity_h_per_week=0.5, potential_usd=[40e3, 0, 0, 10e3])
    record = run(snapshot, world(SURE, LEAVES), 300.0, owner=[0, -1, -1, 0])
    assert record.account.tolist()[:2] == [0, 3]
    assert (record.outcome[0], record.end_day[0], record.start_day[1]) == (DROPPED, 31.0, 31.0)
    assert record.revealed[0].tolist() == [True, True, False]
    again = np.flatnonzero(record.account == 0)[1]
    assert (record.attempt[again], record.start_day[again], record.expansion[again]) == (1, 211.0, False)


def chance(untouched: float, churn_chance: float = 0.1, effect: float = 1.5) -> float:
    """The formula."""
    return float(1 / (1 + np.exp(-(np.log(churn_chance / (1 - churn_chance)) + effect * untouched))))


def test_a_touched_customer_churns_less() -> None:
    """Engaged to day 15 and from day 195 to 210: on day 190 it has been left alone for 175 days, less than 180 and more than 100.

    No support is asked for, so a customer that is not engaged is wholly untouched.
    """
    found = {}
    for touched_days in (180.0, 100.0):
        renewal = Customers(0.1, 1.5, touched_days)
        for since in (-364.0 + 5.0, -364.0 + 190.0, -364.0 + 200.0):
            renewals = run(owned(since_day=since), world(NEVER, renewal), 250.0).events.renewals
            found[touched_days, since + 364.0] = renewals.churn_chance[0]
    touched, untouched = chance(0.0), chance(1.0)
    assert found == pytest.approx(
        {(180.0, 5.0): touched, (180.0, 190.0): touched, (180.0, 200.0): touched,
         (100.0, 5.0): touched, (100.0, 190.0): untouched, (100.0, 200.0): touched}
    )  # fmt: skip


def test_nobodys_customer_is_untouched() -> None:
    """Without an owner there is nobody to give support, though the account asks for it."""
    renewals = run(owned(owner=-1), world(NEVER, Customers(0.1, 1.5), 0.5), 400.0).events.renewals
    assert renewals.seat.tolist() == [-1]
    assert renewals.churn_chance[0] == pytest.approx(chance(1.0))


@pytest.mark.parametrize(("support_h", "given_share"), [(0.2, 1.0), (0.5, 1.0), (1.25, 0.4), (0.0, 0.0)])
def test_an_overloaded_owner_gives_what_there_is(support_h: float, given_share: float) -> None:
    """Two customers at a seat of 1 h a week, too little to engage either: churn goes by the share of support that they get."""
    snapshot = owned(6, owner=0, capacity_h_per_week=1.0)  # the third of each three is an enterprise account: 1.5 h while it is worked
    record = run(snapshot, world(NEVER, Customers(0.1, 1.5), (9.0, 9.0, support_h)), 400.0, owner=[-1, -1, 0, -1, -1, 0])
    at_seat = record.events.renewals.seat == 0
    assert len(record) == 0
    assert record.events.renewals.churn_chance[at_seat] == pytest.approx([chance(1 - given_share)] * 2)
    asked = [(0.0, 400.0, 2 * support_h, given_share * 2 * support_h)] if support_h else []
    assert support_rows(record) == pytest.approx(np.array(asked)) if asked else support_rows(record) == []


def test_engagements_start_in_what_support_leaves() -> None:
    """1 h a week, three commercial accounts of 0.33 h, two of them customers of 0.2 h: one fits beside the support, not two."""
    snapshot = owned(7, since_day=[-400.0, np.nan, np.nan, -400.0, np.nan, np.nan, np.nan], owner=0, capacity_h_per_week=1.0)
    record = run(snapshot, world(NEVER, support_h=0.2), 20.0, owner=[0, -1, -1, 0, -1, -1, 0])
    assert record.start_day.tolist() == [0.0, 15.0]
    assert support_rows(record) == pytest.approx(np.array([(0.0, 20.0, 0.4, 0.4)]), abs=1e-6)


def test_what_a_new_customer_asks_for_waits_for_hours_in_use() -> None:
    """1 h a week. Won on day 45, account 0 asks for 0.8 h; account 3 is worked at 0.33 h to day 60, so 0.67 h are given until then."""
    snapshot = bare(4, owner=0, capacity_h_per_week=1.0)
    snapshot = replace(snapshot, seats=replace(snapshot.seats, latitude=snapshot.accounts.latitude[:1]))
    segment = np.array([0, 1, 2, 1])
    snapshot = replace(snapshot, accounts=replace(snapshot.accounts, segment=segment))
    made = world(SURE, support_h=0.8)
    slow = replace(made.segments["mid_market"], hours_per_week=0.33, stage_days=(20.0, 20.0, 20.0))
    record = run(snapshot, replace(made, segments={**made.segments, "mid_market": slow}), 130.0, owner=[0, -1, -1, 0])
    assert record.end_day[record.outcome == WON].tolist() == [45.0, 60.0]
    rows = np.array(support_rows(record))
    assert rows == pytest.approx(np.array([(45.0, 60.0, 0.8, 0.67), (60.0, 130.0, 1.6, 1.0)]), abs=1e-5)


def test_a_vacant_seat_gives_no_support() -> None:
    """Somebody comes on day 100 and ramps for 100 days: nothing is given before, and what there is after, looked at each week."""
    snapshot = owned(owner=0, capacity_h_per_week=1.0)
    snapshot = replace(snapshot, seats=replace(snapshot.seats, start_day=np.array([100.0])))
    rows = np.array(support_rows(run(snapshot, world(NEVER, support_h=0.5, ramp_days=100.0), 300.0)))
    assert rows[0] == pytest.approx([0.0, 107.0, 0.5, 0.0])
    assert rows[1] == pytest.approx([107.0, 114.0, 0.5, 0.07])
    assert rows[-1] == pytest.approx([156.0, 300.0, 0.5, 0.5])
    assert np.array_equal(rows[1:, 0], rows[:-1, 1])


def test_support_goes_with_the_account() -> None:
    """A customer given to another seat on day 0 is supported there."""
    record = run(owned(seats_n=2, owner=0), world(NEVER, support_h=0.5), 100.0, owner=[1])
    assert support_rows(record, 0) == []
    assert support_rows(record, 1) == pytest.approx(np.array([(0.0, 100.0, 0.5, 0.5)]))


def farming(*, since_day: object, owner: object, roles: tuple[int, ...] = (HUNTER, FARMER, FARMER), **bends: Any) -> Snapshot:
    """Six commercial accounts, a hunter and two farmers."""
    snapshot = owned(6, 3, since_day=since_day, owner=owner, **bends)
    return with_roles(replace(snapshot, accounts=replace(snapshot.accounts, segment=np.zeros(6, dtype=np.int64))), *roles)


NEW, OLD = float("nan"), -400.0


def test_what_a_hunter_wins_goes_to_the_farmer_with_the_least_support() -> None:
    """Farmer 1 has two customers, farmer 2 one. Won on day 45 by the hunter, account 0 is farmer 2's; both have two then, account 1 is 1's.

    The new customer is left to onboard as after any win: the change of hands takes place meanwhile, and adds no gap of its own.
    """
    snapshot = farming(since_day=[NEW, NEW, NEW, OLD, OLD, OLD], owner=[0, 0, -1, 1, 1, 2], capacity_h_per_week=[0.5, 4.0, 4.0])
    record = run(snapshot, world(SURE, support_h=0.2), 200.0, owner=[0, 0, -1, 1, 1, 2])
    moves = record.events.moves
    assert moves.day.tolist() == [45.0, 90.0]
    assert (moves.from_seat.tolist(), moves.to_seat.tolist(), set(moves.reason)) == ([0, 0], [2, 1], {ROUTED})
    first, second = moves.account.tolist()
    expansions = {a: record.start_day[(record.account == a) & record.expansion][0] for a in (first, second)}
    assert expansions == {first: 45.0 + 90.0, second: 90.0 + 90.0}
    assert support_rows(record, 0) == []
    asked = [asked for _, _, asked, _ in support_rows(record, 2)]
    assert asked == pytest.approx([0.2, 0.4], abs=1e-5)


def test_the_gap_of_a_change_of_hands_runs_on_where_there_is_no_rest_after_a_win() -> None:
    """Without time to onboard, the farmer begins after the transition gap, as with any account that was somebody else's."""
    snapshot = farming(since_day=[NEW] * 6, owner=0)
    record = run(snapshot, world(SURE), 70.0, owner=[0, -1, -1, -1, -1, -1], rest_after_win_days=0.0)
    assert record.start_day.tolist() == [0.0, 45.0 + 14.0]


def test_a_hunter_keeps_what_no_farmer_can_have() -> None:
    """The account wants German, which no farmer speaks; without farmers a hunter keeps and works what is won."""
    german = farming(since_day=[NEW] * 6, owner=0, german=[0], german_seats=[0])
    record = run(german, world(SURE), 300.0, owner=[0, -1, -1, -1, -1, -1])
    assert len(record.events.moves.day) == 5  # the redesign
    assert record.expansion.tolist() == [False]
    alone = run(farming(since_day=[NEW] * 6, owner=0, roles=(HUNTER,) * 3), world(SURE), 300.0, owner=[0, -1, -1, -1, -1, -1])
    assert alone.expansion.tolist() == [False, True, True]


def test_a_farmers_customer_that_leaves_goes_to_a_hunter() -> None:
    """Gone on day 328: routed to the only hunter, who works it as a prospect after its rest; where all are farmers it stays."""
    snapshot = farming(since_day=[OLD] + [NEW] * 5, owner=1)
    owner = [1, -1, -1, -1, -1, -1]
    moves = run(snapshot, world(NEVER, LEAVES), owner=owner).events.moves
    left = moves.day > 0
    assert (moves.day[left].tolist(), moves.account[left].tolist(), moves.to_seat[left].tolist()) == ([328.0], [0], [0])
    assert moves.reason[left].tolist() == [ROUTED]
    record = run(snapshot, world(NEVER, LEAVES), owner=owner)
    assert (record.seat[record.start_day == 508.0]).tolist() == [0]
    stays = run(with_roles(snapshot, FARMER, FARMER, FARMER), world(NEVER, LEAVES), owner=owner)
    assert not (stays.events.moves.day > 0).any()
    assert set(stays.start_day[stays.account == 0]) == {0.0, 195.0}


def test_an_account_that_stands_in_the_crm_twice_renews_and_asks_once() -> None:
    """Rows 0 and 3 are one company, owned by seats 0 and 1: one renewal, support at the first row's owner; what leaves, leaves both."""
    snapshot = owned(4, 2, since_day=[OLD, NEW, NEW, OLD], owner=[0, -1, -1, 1])
    market = tiny_market(snapshot, same_as=np.array([0, 1, 2, 0]))
    record = run(market, world(NEVER, LEAVES, 0.5))
    assert record.events.renewals.account.tolist() == [0]
    assert support_rows(record, 0) == pytest.approx(np.array([(0.0, 328.0, 0.5, 0.5)]))
    assert support_rows(record, 1) == []
    assert not record.expansion[record.start_day > 328.0].any()


def test_nothing_is_written_where_nobody_churns_and_nobody_asks() -> None:
    """The defaults: no renewals, no support."""
    record = run(drawn_market(), tiny_world(), 364.0)
    assert len(record.events.renewals.day) == len(record.events.support.seat) == 0


def test_moving_one_account_leaves_the_renewals_and_the_logs_of_other_seats_alone() -> None:
    """An account goes from seat 0 to 1: renewals, support and engagements at seats 2 and 3 are the same to the last bit."""
    made = tiny_world(customers=Customers(0.2, 1.0))
    segments = {name: replace(rates, support_h_per_week=0.05) for name, rates in made.segments.items()}
    made = replace(made, segments=segments)
    market = drawn_market()
    owner = market.snapshot.owner
    other = np.where(np.arange(len(owner)) == np.flatnonzero(owner == 0)[0], 1, owner)
    before, after = run(market, made, owner=owner), run(market, made, owner=other)
    assert len(before.events.renewals.day) > 20
    for seat in (2, 3):
        for table in ("renewals", "support"):
            a, b = (getattr(r.events, table) for r in (before, after))
            for column in vars(a):
                assert np.array_equal(getattr(a, column)[a.seat == seat], getattr(b, column)[b.seat == seat])
        for column in ("account", "start_day", "end_day", "outcome", "amount_usd"):
            assert np.array_equal(getattr(before, column)[before.seat == seat], getattr(after, column)[after.seat == seat])


def test_the_history_forgets_who_has_left() -> None:
    """One customer is expanded on day 45, leaves on day 164 and is won back on day 389; one leaves for good; one was never any.

    At the end of the year and a half the first has its new contract and what was bought under it, the others neither contract nor ARR.
    """
    snapshot = owned(3, since_day=[-200.0, -200.0, NEW], owner=0, potential_usd=10e3)
    made = world(SURE, LEAVES)
    record = run(snapshot, made, 546.0, owner=[0, -1, -1])
    won = record.outcome == WON
    assert record.end_day[won].tolist() == [45.0, 389.0, 524.0]
    after = snapshot_after(snapshot, planning_problem(snapshot, made, tiny_policy(), 546.0), record).accounts
    assert after.customer_since_day == pytest.approx([389.0 - 546.0, np.nan, np.nan], nan_ok=True)
    assert after.arr_usd == pytest.approx([10e3 + 3.5e3, 0.0, 0.0])


def test_a_contract_that_has_ended_otherwise_is_not_renewed() -> None:
    """A customer that stops being one before its anniversary, as when it is bought by another account, has none."""
    market = tiny_market(owned())
    company = Company(market, draw_future(1, 0, 0), world(), tiny_policy(), 728.0)
    customers.begin(company)
    company.stops_being_customer(0)
    company.env.run(until=728.0)
    assert company.rows["renewals"] == []


def test_nobody_is_supported_while_a_seat_is_vacant() -> None:
    """A person resigns and another comes: between the two days nothing is given of what is asked, before that all of it."""
    made = world(NEVER, support_h=0.5, people=People(resignation_per_year=2.0, vacancy_days=60.0))
    record = run(owned(owner=0, capacity_h_per_week=1.0), made)
    left, back = record.events.successions.left_day[0], record.events.successions.start_day[0]
    rows = np.array(support_rows(record))
    assert rows[0] == pytest.approx([0.0, left, 0.5, 0.5])
    assert rows[1, 0] == left
    assert rows[1, 3] == 0.0
    assert back <= rows[1, 1] <= back + 7.0
