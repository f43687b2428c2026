"""Inbound leads, by hand: one or two seats, few accounts, durations without luck, and leads on days that are given."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from sim.behaviour import Demand
from sim.company import leads
from sim.company.leads import lead_days, leads_per_day
from sim.futures import draw_future
from sim.market import Market
from sim.record import Record
from sim.simulate import simulate
from sim.snapshot import History, Snapshot
from tests.markets import tiny_market
from tests.unit.test_simulate import NEVER, bare, certain_world
from tests.worlds import tiny_policy

Asked = list[tuple[float, int]]


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Asked:
    """The (day, account) of every lead, to be filled by the test."""
    listed: Asked = []

    def given(*_: Any) -> tuple[np.ndarray, np.ndarray]:
        return np.array([day for day, _ in listed]), np.array([account for _, account in listed], dtype=np.int64)

    monkeypatch.setattr(leads, "lead_days", given)
    return listed


def run(
    snapshot: Snapshot | Market, days: float = 100.0, owner: object = None, chance: float = NEVER, patience: float = 5.0, **world: Any
) -> Record:
    """Simulate a world in which nobody is won unless stated, with leads."""
    market = tiny_market(snapshot) if isinstance(snapshot, Snapshot) else snapshot
    design = market.snapshot.owner if owner is None else np.asarray(owner)
    demand = Demand(leads_per_year=1.0, lead_patience_days=patience, lead_effect=world.pop("lead_effect", 0.0))
    made = replace(certain_world(chance), demand=demand, **world)
    return simulate(market, design, draw_future(1, 0, 0), made, tiny_policy(), days)


def rows(record: Record) -> list[tuple[float, ...]]:
    """(day, account, seat, answered day; -1 where lost) of the leads."""
    log = record.events.leads
    answered = np.nan_to_num(log.answered_day, nan=-1.0)
    return list(zip(log.day.tolist(), log.account.tolist(), log.seat.tolist(), answered.tolist(), strict=True))


def three() -> Snapshot:
    """One desk with room for one commercial account at a time, which works account 6 (40k) first, then 3 (20k), then 0 (10k)."""
    snapshot = bare(7, owner=0, capacity_h_per_week=0.5, potential_usd=[10e3, 0, 0, 20e3, 0, 0, 40e3])
    return replace(snapshot, owner=np.array([0, -1, -1, 0, -1, -1, 0]))


def test_a_lead_overrides_rest(asked: Asked) -> None:
    """Lost on day 15, to rest until day 195: asked for on day 50, it is begun on day 50."""
    asked.append((50.0, 0))
    record = run(bare(1))
    assert record.start_day.tolist() == [0.0, 50.0]
    assert rows(record) == [(50.0, 0, 0, 50.0)]


def test_a_lead_is_the_next_that_is_worked(asked: Asked) -> None:
    """The least account asks on day 12: on day 15, when there are hours, it comes before the larger one."""
    asked.append((12.0, 0))
    record = run(three(), days=40.0)
    assert record.account.tolist() == [6, 0, 3]
    assert rows(record) == [(12.0, 0, 0, 15.0)]


def test_a_lead_is_lost_when_nobody_answers_in_time(asked: Asked) -> None:
    """The least account asks on day 12 and waits for two days; on day 15 the queue is as it was."""
    asked.append((12.0, 0))
    record = run(three(), days=40.0, patience=2.0)
    assert record.account.tolist() == [6, 3, 0]
    assert rows(record) == [(12.0, 0, 0, -1.0)]


def test_a_lead_that_is_given_up_makes_way_for_a_smaller_account(asked: Asked) -> None:
    """The enterprise account that asks waits for hours and holds up the small one; when it gives up on day 12, that one is begun."""
    snapshot = bare(4, owner=0, capacity_h_per_week=1.6, potential_usd=[10.0, 100e3, 60e3, 5.0])
    resting = History(*(np.array([a]) for a in (2, 0, -40.0, -20.0, False, False, 0.0)))
    small = History(*(np.array([a]) for a in (0, 0, -200.0, -170.5, False, False, 0.0)))
    history = History(*(np.append(a, b) for a, b in zip(vars(resting).values(), vars(small).values(), strict=True)))
    asked.append((7.0, 2))
    record = run(replace(snapshot, owner=np.array([0, 0, 0, -1]), history=history), days=24.0)
    assert (record.account.tolist(), record.start_day.tolist()) == ([1, 0], [0.0, 12.0])  # account 0 could have been worked from day 9.5 on


def test_without_patience_a_lead_is_answered_at_once_or_lost(asked: Asked) -> None:
    """On day 12 the desk is full, on day 50 it is not."""
    asked.extend([(12.0, 0), (50.0, 3)])
    record = run(three(), patience=0.0)
    assert rows(record) == [(12.0, 0, 0, -1.0), (50.0, 3, 0, 50.0)]


def test_a_lead_that_nobody_can_answer_is_lost(asked: Asked) -> None:
    """At an account that nobody owns, in a seat that is vacant until day 90, at one that lacks a skill."""
    asked.extend([(3.0, 0), (4.0, 1), (5.0, 2)])
    snapshot = bare(3, 2, owner=[-1, 0, 1], german=[2], german_seats=())
    vacant = replace(snapshot, seats=replace(snapshot.seats, start_day=np.array([90.0, -1000.0])))
    assert rows(run(vacant, days=80.0)) == [(3.0, 0, -1, -1.0), (4.0, 1, 0, -1.0), (5.0, 2, 1, -1.0)]


def test_an_account_that_is_worked_or_has_asked_asks_for_nothing(asked: Asked) -> None:
    """On day 10 account 6 is being worked; account 0 asks twice and is answered once."""
    asked.extend([(10.0, 6), (12.0, 0), (13.0, 0)])
    assert rows(run(three(), days=40.0)) == [(12.0, 0, 0, 15.0)]


def test_an_account_that_asks_again_waits_as_long_again(asked: Asked) -> None:
    """Asked on day 12 with 30 days of patience, answered on day 15, lost as a deal on day 30; asked on day 31, answered on day 45."""
    asked.extend([(12.0, 0), (31.0, 0)])
    assert rows(run(three(), days=60.0, patience=30.0)) == [(12.0, 0, 0, 15.0), (31.0, 0, 0, 45.0)]


def test_a_lead_goes_along_when_its_account_changes_hands(asked: Asked) -> None:
    """Seat 1 starts on day 14 and is given the account that asked on day 12 in a full book: it begins on day 14, without a gap."""
    asked.append((12.0, 0))
    snapshot = three()
    two = bare(7, 2, owner=snapshot.owner, capacity_h_per_week=0.5, potential_usd=snapshot.accounts.potential_usd)
    two = replace(two, seats=replace(two.seats, start_day=np.array([-1000.0, 14.0])))
    record = run(two, owner=[1, -1, -1, 0, -1, -1, 0], days=40.0, ramp_days=0.0)
    assert rows(record) == [(12.0, 0, 1, 14.0)]
    assert record.start_day[record.seat == 1].tolist() == [14.0]


def test_who_asks_is_easier_to_win(asked: Asked) -> None:
    """An effect of 0.7 on the log-odds of every stage, in the attempt that answers the lead and in no other."""
    asked.append((50.0, 0))
    without, asked_for = run(bare(1), chance=0.3, lead_effect=0.7).chance
    logit = np.log(asked_for / (1 - asked_for)) - np.log(without / (1 - without))
    np.testing.assert_allclose(logit, 0.7)


def test_a_lead_that_waits_at_the_horizon_is_neither_answered_nor_lost(asked: Asked) -> None:
    """Three days before the end."""
    asked.append((12.0, 0))
    assert rows(run(three(), days=14.0)) == []


def test_leads_come_in_proportion_to_true_potential() -> None:
    """Of 10k, 30k and 20k a year; a second row of an account has none, and one that appears later does not count for the mean."""
    truth = tiny_market(bare(5)).truth
    truth = replace(truth, potential_usd=np.array([10e3, 30e3, 20e3, 30e3, 90e3]))
    np.testing.assert_allclose(leads_per_day(truth, 3.64), np.array([10, 30, 20, 30, 90]) / 36 * 0.01)
    twice = replace(truth, same_as=np.array([0, 1, 2, 1, 4]), born_day=np.array([0.0, 0.0, 0.0, 0.0, 80.0]))
    np.testing.assert_allclose(leads_per_day(twice, 3.64), np.array([10, 30, 20, 0, 90]) / 20 * 0.01)


def test_leads_at_one_account_do_not_move_those_at_others() -> None:
    """Twice the rate at account 1, or none: accounts 0 and 2 ask on the same days, and later ones do not come before they are there."""
    rate, start = np.array([0.05, 0.05, 0.01]), np.array([0.0, 0.0, 100.0])
    future = draw_future(1, 0, 0)

    def others(rate: np.ndarray) -> tuple[list[float], list[int]]:
        day, account = lead_days(future, rate, start, 728.0)
        return day[account != 1].tolist(), account[account != 1].tolist()

    day, account = lead_days(future, rate, start, 728.0)
    assert others(rate) == others(rate * [1, 2, 1]) == others(rate * [1, 0, 1])
    assert (np.diff(day) >= 0).all()
    assert (day < 728.0).all()
    assert (day[account == 2] > 100.0).all()
