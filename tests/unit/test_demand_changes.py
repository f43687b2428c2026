"""Growth, mergers, a competitor and shocks, by hand: few accounts, durations without luck, and days that are given."""

from __future__ import annotations

from dataclasses import replace
from math import inf
from typing import Any

import numpy as np
import pytest
from scipy.special import expit, logit

from sim.behaviour import Customers, Demand, Shock
from sim.company import growth, leads, mergers
from sim.company.company import Company
from sim.company.competitor import Competitor
from sim.company.customers import churn
from sim.company.engagement import OpenDeal
from sim.company.growth import grow, potential_ratios
from sim.company.mergers import merge
from sim.events import MERGED, MERGED_AWAY, REBALANCED, TO_COMPETITOR
from sim.futures import draw_future
from sim.market import Market
from sim.record import DROPPED, LOST, WON, Record
from sim.simulate import simulate
from sim.snapshot import UNASSIGNED, History, Snapshot
from sim.world import World
from tests.markets import tiny_market
from tests.unit.test_simulate import NEVER, SURE, bare, certain_world
from tests.worlds import tiny_policy, tiny_snapshot, tiny_world

GROW, MERGE, COMPETE = Demand(growth_per_year=1.0), Demand(mergers_per_year=1.0), Demand(competitor_per_year=1.0)


def run(snapshot: Snapshot | Market, world: World, days: float = 364.0, owner: object = None, **policy: Any) -> Record:
    """Simulate under today's owners, or under others."""
    market = tiny_market(snapshot) if isinstance(snapshot, Snapshot) else snapshot
    design = market.snapshot.owner if owner is None else np.asarray(owner)
    return simulate(market, design, draw_future(1, 0, 0), world, tiny_policy(**policy), days)


def company(snapshot: Snapshot | Market, **policy: Any) -> Company:
    """A company on day 0 that has looked at all its accounts."""
    market = tiny_market(snapshot) if isinstance(snapshot, Snapshot) else snapshot
    made = Company(market, draw_future(1, 0, 0), tiny_world(), tiny_policy(**policy), 364.0)
    made.appraise(a for a, seat in enumerate(made.owner) if seat != UNASSIGNED)
    for desk in made.desks:
        desk.arrive()
    return made


def table(rows: Any, *columns: str) -> list[tuple[float, ...]]:
    """Rows of a table of events."""
    return list(zip(*(getattr(rows, c).tolist() for c in columns), strict=True))


# Growth


def grows(monkeypatch: pytest.MonkeyPatch, *days: float) -> None:
    """Account k takes its first step on the k-th of these days, all others and all later steps never happen."""

    def given(made: Company) -> np.ndarray:
        first = np.append(days, np.full(len(made.real) - len(days), inf))
        return np.column_stack([first, np.full(len(first), inf)])

    monkeypatch.setattr(growth, "growth_days", given)


def test_a_grown_account_is_worked_like_one_of_the_next_segment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Due on day 10, seen on day 91: what is begun after it takes 0.6 h a week and 25 days a stage, and is worth four times as much."""
    grows(monkeypatch, 10.0)
    snapshot = bare(3, owner=[0, -1, -1], potential_usd=[10e3, 40e3, 90e3])
    record = run(snapshot, replace(certain_world(SURE), demand=GROW))
    assert record.start_day.tolist() == [0.0, 135.0, 300.0]
    assert record.end_day.tolist() == [45.0, 210.0, 364.0]
    np.testing.assert_allclose(record.workload_h_per_week, [0.33, 0.6, 0.6], atol=1e-6)
    np.testing.assert_allclose(record.mean_amount_usd, [10e3, 0.35 * 40e3, 0.35 * 40e3])


def test_travel_is_that_of_the_segment_on_the_day_of_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    """An account in Houston, worked from Seattle, is visited when it is worked as mid-market, 0.03 times a week for 8 h, and not before."""
    snapshot = bare(4, owner=[-1, -1, -1, 0])
    snapshot = replace(snapshot, accounts=replace(snapshot.accounts, segment=np.array([1, 1, 2, 0])))
    grows(monkeypatch, inf, inf, inf, 10.0)
    world = certain_world(NEVER)
    visits = {"commercial": 0.0, "mid_market": 0.03, "enterprise": 0.1}
    world = replace(world, segments={name: replace(s, visits_per_week=visits[name]) for name, s in world.segments.items()}, demand=GROW)
    np.testing.assert_allclose(run(snapshot, world).travel_h_per_week, [0.0, 0.03 * 8.0])


def test_what_is_under_way_while_an_account_grows_goes_on_as_it_was_begun(monkeypatch: pytest.MonkeyPatch) -> None:
    """A mid-market account begun on day 80 is seen as enterprise on day 91, and still decided after 25 days."""
    grows(monkeypatch, inf, 10.0)
    lost = History(*(np.array([a]) for a in (1, 0, -130.0, -100.0, False, False, 0.0)))
    record = run(replace(bare(3, owner=[-1, 0, -1]), history=lost), replace(certain_world(NEVER), demand=GROW), days=300.0)
    assert record.start_day.tolist() == [80.0, 285.0]
    assert record.end_day[0] == 105.0
    np.testing.assert_allclose(record.workload_h_per_week, [0.6, 1.5], atol=1e-6)


def test_growth_shows_in_the_crm_and_in_the_owners_hours() -> None:
    """Segment, potential and support of account 0 (a customer) and its seat change; the largest segment does not grow."""
    world = tiny_world()
    support = {"commercial": 0.25, "mid_market": 0.5, "enterprise": 1.0}
    world = replace(world, segments={name: replace(s, support_h_per_week=support[name]) for name, s in world.segments.items()})
    made = Company(tiny_market(tiny_snapshot()), draw_future(1, 0, 0), world, tiny_policy(), 364.0)
    desk, ratio = made.desks[0], potential_ratios(made)
    before_usd, before_h = desk.potential_usd, desk.support_h
    grow(made, [0, 2], ratio)
    accounts = made.problem.accounts
    assert (accounts.segment[0], accounts.segment[2]) == (1, 2)
    np.testing.assert_allclose(accounts.potential_usd[[0, 2]], [10e3 * ratio[0], 30e3])
    np.testing.assert_allclose(desk.potential_usd - before_usd, 10e3 * (ratio[0] - 1))
    assert desk.support_h - before_h == 0.25


def test_growth_is_by_the_medians_of_the_segments_and_never_shrinks() -> None:
    """Medians 20k, 10k and none: the ratios are 1 and 1; with 20k, 30k and 90k they are 1.5 and 3."""
    uneven = company(bare(6, potential_usd=[10e3, 20e3, 60e3, 30e3, 40e3, 120e3]))
    np.testing.assert_allclose(potential_ratios(uneven), [1.5, 3.0])
    shrinking = company(bare(2, potential_usd=[20e3, 10e3]))
    assert potential_ratios(shrinking) == [1.0, 1.0]


def test_growth_times_are_exponential_and_steps_follow_each_other() -> None:
    """At a hazard of 1 a year the first step comes after 364 days in the mean (|z| < 4), the second as much later."""
    made = company(bare(3000, 20))
    made.world = replace(made.world, demand=GROW)
    days = growth.growth_days(made)
    for waits in (days[:, 0], days[:, 1] - days[:, 0]):
        assert abs(waits.mean() - 364.0) < 4 * 364.0 / np.sqrt(3000)


# Mergers


def merges(monkeypatch: pytest.MonkeyPatch, day: float, bought: int, buyer: int) -> None:
    """One account is bought on a day, and all others never."""

    def days(made: Company) -> np.ndarray:
        return np.where(np.arange(len(made.real)) == bought, day, inf)

    monkeypatch.setattr(mergers, "merger_days", days)
    monkeypatch.setattr(mergers, "first_buyers", lambda made: [buyer] * len(made.real))


def test_a_bought_account_is_gone_and_its_buyer_is_worth_both(monkeypatch: pytest.MonkeyPatch) -> None:
    """Due on day 10, done on day 91: the engagement under way at account 0 is dropped, account 3 is won later at 10k + 40k."""
    merges(monkeypatch, 10.0, bought=0, buyer=3)
    history = History(
        *(np.array([a, b]) for a, b in ((0, 3), (0, 0), (-130.0, -130.0), (-100.0, -60.0), (False,) * 2, (False,) * 2, (0.0,) * 2))
    )
    snapshot = replace(bare(4, owner=[0, -1, -1, 0], potential_usd=[10e3, 20e3, 30e3, 40e3]), history=history)
    record = run(snapshot, replace(certain_world(SURE), demand=MERGE), days=182.0)
    assert table(record, "account", "start_day", "end_day", "outcome") == [(0, 80.0, 91.0, DROPPED), (3, 120.0, 165.0, WON)]
    np.testing.assert_allclose(record.amount_usd, [0.0, 50e3])
    assert table(record.events.departures, "day", "account", "until_day", "reason") == [(91.0, 0, inf, MERGED_AWAY)]
    assert table(record.events.moves, "day", "account", "from_seat", "to_seat", "reason") == [(91.0, 0, 0, -1, MERGED)]


@pytest.mark.parametrize(("keeps", "seat"), [("larger", 1), ("relationship", 0)])
def test_policy_says_whose_owner_keeps_both(keeps: str, seat: int) -> None:
    """Account 0 (seat 0, well known, small) buys account 1 (seat 1, unknown, large): the larger one's owner, or who knows one of them."""
    made = company(bare(2, 2, owner=[0, 1], potential_usd=[10e3, 50e3]), merger_keeps=keeps)
    made.engaged_days[0] = 60.0
    merge(made, [(1, 0)])
    assert made.owner == [seat, UNASSIGNED]
    assert made.engaged_days[0] == (60.0 if seat == 0 else 0.0)
    np.testing.assert_allclose(made.problem.accounts.potential_usd[0], 60e3)
    np.testing.assert_allclose([desk.potential_usd for desk in made.desks], np.where(np.arange(2) == seat, 60e3, 0.0))


def test_who_keeps_the_account_knows_it_as_well_as_the_one_that_was_theirs() -> None:
    """The bought account was worked for 80 days, the buyer for 60: by seat 1 and seat 0, or both by the same."""
    made = company(bare(2, 2, owner=[0, 1]), merger_keeps="relationship")
    made.engaged_days[:2] = [60.0, 80.0]
    merge(made, [(1, 0)])
    assert (made.owner[0], made.engaged_days[0]) == (1, 80.0)
    one = company(bare(2, 1, owner=0), merger_keeps="relationship")
    one.engaged_days[:2] = [60.0, 80.0]
    merge(one, [(1, 0)])
    assert one.engaged_days[0] == 80.0


def test_a_merger_is_handed_over_warmly_where_policy_says_so() -> None:
    """The buyer goes from seat 0, which has worked it, to seat 1: both give it hours."""
    made = company(bare(2, 2, owner=[0, 1], potential_usd=[10e3, 50e3]), transition="warm")
    made.engaged_days[0] = 60.0
    merge(made, [(1, 0)])
    assert [row[:2] for row in made.rows["hand_overs"]] == [(0, 0), (1, 0)]


def test_who_buys_and_is_bought_on_one_day_is_handed_over_to_nobody() -> None:
    """Account 1 of seat 1, which has worked it, buys account 0 of seat 0 and goes there, and is bought by account 2 of nobody.

    Nobody works it afterwards. Account 2 buys twice: it is handed over once, to the seat that has it in the end.
    """
    made = company(bare(3, 2, owner=[0, 1, -1], potential_usd=[90e3, 50e3, 99e3]), transition="warm")
    made.engaged_days[1] = 60.0
    merge(made, [(0, 1), (1, 2)])
    assert made.owner == [UNASSIGNED, UNASSIGNED, 0]
    assert made.rows["hand_overs"] == []
    twice = company(bare(3, 3, owner=[0, 1, 2], potential_usd=[20e3, 40e3, 10e3]), transition="warm")
    twice.engaged_days[2], twice.deals[2] = 60.0, OpenDeal(0, 10.0)
    merge(twice, [(0, 2), (1, 2)])
    assert twice.owner == [UNASSIGNED, UNASSIGNED, 1]
    assert [row[:2] for row in twice.rows["hand_overs"]] == [(0, 2), (1, 2)]
    assert [desk.in_use_h for desk in twice.desks[:2]] == [0.25, 0.25]


def test_a_seat_that_may_not_work_the_account_leaves_it_to_the_other() -> None:
    """The buyer speaks German only, as seat 0 does; the larger account is seat 1's. An unowned buyer gets the bought account's owner."""
    made = company(bare(2, 2, owner=[0, 1], potential_usd=[10e3, 50e3], german=[0]))
    merge(made, [(1, 0)])
    assert made.owner == [0, UNASSIGNED]
    nobodys = company(bare(2, 2, owner=[-1, 1], potential_usd=[50e3, 10e3]))
    merge(nobodys, [(1, 0)])
    assert nobodys.owner == [1, UNASSIGNED]


def test_the_buyer_of_a_customer_is_a_customer() -> None:
    """Account 0 has 5,000 usd of ARR, which go to account 1."""
    made = company(replace(tiny_snapshot(2, 1, owner=0)))
    assert made.customer == [True, False]
    merge(made, [(0, 1)])
    assert made.customer == [False, True]
    assert made.arr_usd[1] == 5e3


def test_a_bought_account_s_leads_and_later_buyers_are_its_buyer_s(monkeypatch: pytest.MonkeyPatch) -> None:
    """0 is bought by 1, 1 by 2: what asks as account 0 is account 2; second rows go away with their account."""
    made = company(tiny_market(bare(4), same_as=np.array([0, 1, 2, 0])))
    merge(made, [(0, 1), (1, 2)])
    assert made.real == [2, 2, 2, 2]
    assert made.owner == [UNASSIGNED, UNASSIGNED, 0, UNASSIGNED]
    assert [row[1] for row in made.rows["departures"]] == [0, 3, 1]
    merges(monkeypatch, 10.0, bought=0, buyer=3)
    monkeypatch.setattr(leads, "lead_days", lambda *_: (np.array([150.0]), np.array([0])))
    demand = Demand(mergers_per_year=1.0, leads_per_year=1.0)
    record = run(bare(4, owner=[0, -1, -1, 0]), replace(certain_world(NEVER), demand=demand), days=182.0)
    assert table(record.events.leads, "day", "account", "answered_day") == [(150.0, 3, 150.0)]


def test_a_lead_at_an_account_that_is_bought_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    """It asks on day 90, with nobody there to answer, and is gone on day 91."""
    merges(monkeypatch, 10.0, bought=0, buyer=3)
    monkeypatch.setattr(leads, "lead_days", lambda *_: (np.array([90.0]), np.array([0])))
    demand = Demand(mergers_per_year=1.0, leads_per_year=1.0, lead_patience_days=30.0)
    snapshot = bare(4, owner=0, seats_n=1)
    vacant = replace(snapshot, seats=replace(snapshot.seats, start_day=np.array([300.0])))
    record = run(vacant, replace(certain_world(NEVER), demand=demand), days=182.0)
    assert np.isnan(record.events.leads.answered_day).tolist() == [True]
    assert record.events.leads.seat.tolist() == [0]  # it was lost as long as it was somebody's


def test_nobody_buys_itself_or_what_is_gone() -> None:
    """All want to buy account 1; 1 itself goes to the next one that is still there."""
    made = company(bare(4))
    assert list(mergers._pairs(made, [0, 1, 2, 3], [1, 1, 1, 1])) == [(0, 1), (1, 2), (2, 3)]


# A competitor


def loses(monkeypatch: pytest.MonkeyPatch, idle_days: float) -> None:
    """Every account is lost after so many idle days."""
    monkeypatch.setattr(Competitor, "_idle_days", lambda self, loss: [idle_days] * len(self.company.real))


def lost(record: Record) -> list[tuple[float, ...]]:
    """(day, account, until) of what went to the competitor, and to nobody else."""
    assert set(record.events.departures.reason.tolist()) <= {TO_COMPETITOR}
    return table(record.events.departures, "day", "account", "until_day")


def test_an_account_that_nobody_works_is_lost_and_comes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """Idle for 100 days, locked for 50, and so on: lost on days 100, 250 and 400."""
    loses(monkeypatch, 100.0)
    world = replace(certain_world(NEVER), demand=replace(COMPETE, competitor_lock_days=50.0))
    assert lost(run(bare(1, owner=-1), world, days=450.0)) == [(100.0, 0, 150.0), (250.0, 0, 300.0), (400.0, 0, 450.0)]


def test_idle_days_before_and_after_an_engagement_add_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Idle until day 80, worked until 95, idle again: the hundredth idle day ends on day 115. On day 275 nobody can begin."""
    loses(monkeypatch, 100.0)
    history = History(*(np.array([a]) for a in (0, 0, -130.0, -100.0, False, False, 0.0)))
    record = run(replace(bare(1), history=history), replace(certain_world(NEVER), demand=COMPETE), days=900.0)
    assert lost(record) == [(115.0, 0, 843.0)]
    assert table(record, "start_day", "end_day", "outcome") == [(80.0, 95.0, LOST), (843.0, 858.0, LOST)]


def test_an_account_back_from_the_competitor_is_worked_when_it_has_rested(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lost on day 115 for 100 days; it has borne 60 idle days by day 275, when it has rested, and is lost again 40 days after day 290."""
    loses(monkeypatch, 100.0)
    history = History(*(np.array([a]) for a in (0, 0, -130.0, -100.0, False, False, 0.0)))
    world = replace(certain_world(NEVER), demand=replace(COMPETE, competitor_lock_days=100.0))
    record = run(replace(bare(1), history=history), world, days=400.0)
    assert lost(record) == [(115.0, 0, 215.0), (330.0, 0, 430.0)]
    assert record.start_day.tolist() == [80.0, 275.0]


def test_a_competitor_s_contract_does_not_end_a_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lost to us on day -10, so it rests until day 170; to the competitor from day 100 to day 150, as is found on day 120."""
    loses(monkeypatch, 100.0)
    history = History(*(np.array([a]) for a in (0, 0, -30.0, -10.0, False, False, 0.0)))
    made = company(replace(bare(1), history=history))
    made.world = replace(made.world, demand=replace(COMPETE, competitor_lock_days=50.0))
    made.env.run(until=120.0)
    assert Competitor(made).has(0)
    assert made.rows["departures"] == [(100.0, 0, 150.0, TO_COMPETITOR)]
    assert made.available_day == [170.0]


def test_an_outcome_does_not_shorten_a_hand_over() -> None:
    """Moved on day 0: nobody works the account before day 14, though it churns meanwhile and policy does not let it rest."""
    made = company(tiny_snapshot(1, 2, owner=0), rest_after_loss_days=0.0)
    made.move([0], [1], REBALANCED)
    churn(made, 0)
    assert made.available_day == [14.0]


def test_who_has_left_can_be_lost_from_that_day_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """A customer that nobody owns does not renew on day 328 and is lost after 30 more days."""
    loses(monkeypatch, 30.0)
    world = replace(certain_world(NEVER), demand=COMPETE, customers=Customers(churn_chance=SURE))
    assert lost(run(replace(tiny_snapshot(1, 1, owner=-1)), world)) == [(358.0, 0, 1086.0)]


def test_what_was_lost_before_a_merger_was_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    """On day 50 to the competitor, on day 91 to another account; which is lost on its own day."""
    loses(monkeypatch, 50.0)
    merges(monkeypatch, 10.0, bought=0, buyer=1)
    demand = Demand(mergers_per_year=1.0, competitor_per_year=1.0)
    departures = run(bare(2, owner=-1), replace(certain_world(NEVER), demand=demand), days=182.0).events.departures
    assert table(departures, "day", "account", "reason") == [(50.0, 0, TO_COMPETITOR), (50.0, 1, TO_COMPETITOR), (91.0, 0, MERGED_AWAY)]


def test_customers_are_not_lost_and_neither_is_who_is_worked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Account 0 is a customer that nobody works; account 1 is under way at the end."""
    loses(monkeypatch, 10.0)
    snapshot = replace(tiny_snapshot(2, 1, owner=[-1, 0]), history=bare(1).history)
    record = run(snapshot, replace(certain_world(NEVER), demand=COMPETE), days=20.0)
    assert lost(record) == []


def test_who_buys_a_customer_while_it_is_lost_is_still_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    """Account 1 goes to the competitor on day 50, for 182 days, buys a customer on day 91, and is not worked before day 232."""
    loses(monkeypatch, 50.0)
    merges(monkeypatch, 10.0, bought=0, buyer=1)
    monkeypatch.setattr(leads, "lead_days", lambda *_: (np.array([100.0]), np.array([1])))
    demand = Demand(mergers_per_year=1.0, competitor_per_year=1.0, competitor_lock_days=182.0, leads_per_year=1.0)
    history = History(*(np.array([a]) for a in (1, 0, -130.0, -100.0, False, False, 0.0)))
    record = run(replace(tiny_snapshot(2, 1, owner=[-1, 0]), history=history), replace(certain_world(NEVER), demand=demand), days=300.0)
    assert record.start_day[record.account == 1].tolist() == [232.0]


def test_a_lost_account_asks_nobody_and_its_deal_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    """A deal and an account wait in a vacant seat; it asks while it is with the competitor, and is begun anew when it comes back."""
    loses(monkeypatch, 30.0)
    monkeypatch.setattr(leads, "lead_days", lambda *_: (np.array([40.0]), np.array([6])))
    snapshot = tiny_snapshot(owner=0, seats_n=1)
    snapshot = replace(snapshot, seats=replace(snapshot.seats, start_day=np.array([70.0])), history=bare(1).history)
    demand = Demand(competitor_per_year=1.0, competitor_lock_days=50.0, leads_per_year=1.0)
    record = run(snapshot, replace(certain_world(NEVER, ramp_days=0.0), demand=demand), days=120.0)
    assert (30.0, 6, 80.0) in lost(record)
    assert len(record.events.leads.day) == 0
    assert table(record, "account", "start_day", "first_stage").count((6, 80.0, 0)) == 1
    assert record.first_stage[record.account == 10].tolist() == [2]  # a customer's goes on


def test_a_competitor_is_nobody_where_there_is_none() -> None:
    """Without the hazard nothing is lost."""
    assert lost(run(bare(3, owner=-1), certain_world(NEVER))) == []


# Shocks


@pytest.mark.parametrize(("segment", "shifted"), [("commercial", True), ("enterprise", False), (None, True)])
def test_a_shock_moves_the_chances_of_its_segment_from_its_day_on(segment: str | None, shifted: bool) -> None:
    """Stages decided on days 15, 30 and 45 under a shock of -1 on day 30: the last two, and only where it strikes."""
    demand = Demand(shocks=(Shock(day=30.0, logit=-1.0, segment=segment),))
    plain, shocked = (run(bare(1), replace(certain_world(0.5), demand=d)).chance[0] for d in (Demand(), demand))
    expected = expit(logit(plain) - np.array([0.0, 1.0, 1.0])) if shifted else plain
    np.testing.assert_allclose(shocked, expected)
