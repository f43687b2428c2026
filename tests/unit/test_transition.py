"""Warm transitions and moved deals, by hand: one account that changes seats, durations without luck."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scipy.special import expit, logit

from sim.behaviour import HandOver
from sim.company.company import Company
from sim.company.transition import kept_engaged_days
from sim.events import REBALANCED
from sim.futures import draw_future
from sim.policy import Policy
from sim.record import Record
from sim.simulate import simulate
from sim.snapshot import Snapshot
from sim.world import World
from tests.markets import tiny_market
from tests.unit.test_simulate import NEVER, SURE, bare, certain_world, deal
from tests.worlds import tiny_policy

HALF = HandOver(warm_kept_share=0.5)


def known(accounts_n: int = 1, engaged_days: Any = 60.0, **bends: Any) -> Snapshot:
    """Accounts of seat 0, which knows them, beside an idle seat 1."""
    snapshot = bare(accounts_n, 2, owner=0, **bends)
    return replace(snapshot, engaged_days=np.broadcast_to(np.asarray(engaged_days, dtype=np.float64), accounts_n))


def warm(**changes: Any) -> Policy:
    """Two weeks of warm transition, an hour a quarter of a week."""
    return tiny_policy(transition="warm", **changes)


def moved(snapshot: Snapshot, world: World, policy: Policy, days: float = 60.0) -> Record:
    """What happens when everything goes from seat 0 to seat 1 on day 0."""
    return simulate(tiny_market(snapshot), np.ones(len(snapshot.accounts), dtype=np.int64), draw_future(1, 0, 0), world, policy, days)


def handed_over(record: Record) -> list[tuple[float, ...]]:
    """Rows of the hand-overs: seat, account, first and last day, hours."""
    rows = record.events.hand_overs
    columns = (rows.seat, rows.account, rows.start_day, rows.end_day, rows.hours_per_week)
    return list(zip(*(column.tolist() for column in columns), strict=True))


@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
def test_kept_days_are_those_of_the_kept_relationship(share: float) -> None:
    """1 - 2^(-kept / 45) is the share of 1 - 2^(-60 / 45); of very long relationships too, and all of it is all of it."""
    kept = kept_engaged_days(60.0, share, 45.0)
    assert 1 - 2 ** (-kept / 45) == pytest.approx(share * (1 - 2 ** (-60 / 45)))
    assert kept_engaged_days(1e4, share, 45.0) == pytest.approx(1e4 if share == 1.0 else -45 * np.log2(1 - share))


def test_both_desks_spend_hours_and_half_of_the_relationship_is_kept() -> None:
    """A quarter of an hour a week at either desk for two weeks; then the new owner starts with half the relationship of the old one."""
    record = moved(known(), certain_world(0.5, relationship_effect=0.4, hand_over=HALF), warm())
    assert handed_over(record) == [(0, 0, 0.0, 14.0, 0.25), (1, 0, 0.0, 14.0, 0.25)]
    assert record.start_day[0] == 14.0
    kept = kept_engaged_days(60.0, 0.5, 45.0)
    relationship = 1 - 2 ** (-(kept + 15.0) / 45.0)  # the first stage is decided after 15 more days
    np.testing.assert_allclose(record.chance[0, 0], expit(0.4 * relationship))
    assert record.events.hand_overs.kept_days.tolist() == [0.0, kept]


def test_an_abrupt_transition_keeps_nothing_and_costs_no_hours() -> None:
    """The same move: no row, and the chance of somebody who has met nobody there."""
    world = certain_world(0.5, relationship_effect=0.4, hand_over=HALF)
    record = moved(known(), world, tiny_policy())
    assert handed_over(record) == []
    np.testing.assert_allclose(record.chance[0, 0], expit(0.4 * (1 - 2 ** (-15.0 / 45.0))))
    assert moved(known(), world, warm()).chance[0, 0] > record.chance[0, 0]


def test_hours_of_a_hand_over_are_not_there_for_anything_else() -> None:
    """Seat 0 has half an hour: while it hands account 0 over, account 3 (0.33 h) waits for two weeks."""
    snapshot = known(4, engaged_days=[60.0, 0, 0, 0], capacity_h_per_week=0.5)
    owner = np.array([1, -1, -1, 0])
    starts = []
    for policy in (tiny_policy(), warm()):
        record = simulate(tiny_market(snapshot), owner, draw_future(1, 0, 0), certain_world(NEVER), policy, 60.0)
        starts.append(record.start_day[record.account == 3][0])
    assert starts == [0.0, 14.0]


def test_a_hand_over_that_does_not_fit_does_not_take_place() -> None:
    """With 0.4 h a week at either desk: two hand-overs of 0.25 h would be too much, so the stronger relationship is handed over."""
    snapshot = known(4, engaged_days=[20.0, 0, 0, 60.0], capacity_h_per_week=0.4)
    record = moved(snapshot, certain_world(0.5, hand_over=HALF), warm())
    assert {row[1] for row in handed_over(record)} == {3}
    assert handed_over(moved(known(capacity_h_per_week=0.2), certain_world(0.5, hand_over=HALF), warm())) == []


def test_an_open_deal_is_handed_over_before_a_relationship() -> None:
    """The same two accounts: the one with a deal comes first, though its relationship is the weaker one."""
    snapshot = replace(known(4, engaged_days=[20.0, 0, 0, 60.0], capacity_h_per_week=0.4), deals=deal(stage=1, age_days=5.0))
    record = moved(snapshot, certain_world(0.5, hand_over=HALF), warm())
    assert {row[1] for row in handed_over(record)} == {0}


def test_nobody_hands_over_what_nobody_knows_or_who_is_not_there() -> None:
    """No hours for an account that was never worked, none by a seat that is still vacant, none to nobody."""
    world = certain_world(0.5, hand_over=HALF)
    assert handed_over(moved(known(engaged_days=0.0), world, warm())) == []
    snapshot = known()
    for start_day in ([30.0, -1000.0], [-1000.0, 30.0]):
        vacant = replace(snapshot, seats=replace(snapshot.seats, start_day=np.array(start_day)))
        assert handed_over(moved(vacant, replace(world, ramp_days=0.0), warm(), 20.0)) == []
    nobodys = simulate(tiny_market(snapshot), np.array([-1]), draw_future(1, 0, 0), world, warm(), 20.0)
    assert handed_over(nobodys) == []


def company_of(snapshot: Snapshot, world: World, policy: Policy) -> Company:
    """A company whose people have sat down on day 0, before anything happens."""
    company = Company(tiny_market(snapshot), draw_future(1, 0, 0), world, policy, 364.0)
    company.appraise(range(len(company.owner)))
    for desk in company.desks:
        desk.arrive()
    return company


@pytest.mark.parametrize("what", ["moves on", "the old owner leaves", "the new owner leaves", "goes away"])
def test_a_hand_over_that_is_cut_short_keeps_nothing(what: str) -> None:
    """After a week the account moves on or goes away, or one of the two people does: hours are free again, and nothing is known."""
    company = company_of(known(), certain_world(0.5, hand_over=HALF), warm())
    company.move([0], [1], REBALANCED)
    assert [desk.in_use_h for desk in company.desks] == [0.25, 0.25]
    company.env.run(until=7.0)
    if what == "moves on":
        company.move([0], [-1], REBALANCED)
    elif what == "goes away":
        company.desks[1].drop(0)
    else:
        company.desks[0 if what == "the old owner leaves" else 1].leave()
    rows = company.rows["hand_overs"]
    assert [(row[0], row[3], row[5]) for row in rows] == [(0, 7.0, 0.0), (1, 7.0, 0.0)]
    company.env.run(until=14.0)
    assert [desk.in_use_h for desk in company.desks] == [0.0, 0.0]
    company.env.run(until=15.0)
    assert company.engaged_days[0] == 0.0


def test_a_moved_deal_is_later_and_less_likely() -> None:
    """A proposal that moves is decided two weeks later, and its log-odds fall by the stated effect; one that stays keeps both."""
    snapshot = replace(known(engaged_days=0.0), deals=deal(stage=2, age_days=5.0))
    world = certain_world(0.6, hand_over=HandOver(moved_deal_effect=-0.3))
    stays = simulate(tiny_market(snapshot), snapshot.owner, draw_future(1, 0, 0), world, tiny_policy(), 60.0)
    moves = moved(snapshot, world, tiny_policy())
    assert (stays.end_day[0], moves.end_day[0]) == (10.0, 24.0)
    assert logit(moves.chance[0, 2]) - logit(stays.chance[0, 2]) == pytest.approx(-0.3 - 0.1)  # seat 1 does not know software: 0.10


def test_the_effect_lasts_for_the_deal_and_not_for_the_account() -> None:
    """All stages that the moved deal has still to pass are less likely; the next attempt at the account is not."""
    snapshot = replace(known(engaged_days=0.0), deals=deal(stage=1, age_days=5.0))
    chances = []
    for effect in (0.0, -2.0):
        world = certain_world(SURE, hand_over=HandOver(moved_deal_effect=effect))
        chances.append(moved(snapshot, world, tiny_policy(), 300.0).chance)
    lower = [logit(chance[:, 1:]) for chance in chances]
    np.testing.assert_allclose((lower[0] - lower[1])[0], 2.0, atol=0.01)
    np.testing.assert_allclose((lower[0] - lower[1])[1:], 0.0, atol=1e-9)
