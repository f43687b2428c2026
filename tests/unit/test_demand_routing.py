"""Routing by hand: three seats, who gets an account that nobody owns; and a snapshot of some of the accounts."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from sim.company.company import Company
from sim.company.routing import route
from sim.futures import draw_future
from sim.snapshot import UNASSIGNED, Snapshot
from sim.subset import subset
from tests.markets import tiny_market
from tests.worlds import tiny_policy, tiny_snapshot, tiny_world


def company(snapshot: Snapshot, **policy: str) -> Company:
    """Everybody at the desk, on day 0."""
    made = Company(tiny_market(snapshot), draw_future(1, 0, 0), tiny_world(), tiny_policy(**policy), 364.0)
    for desk in made.desks:
        desk.present = True
    return made


def test_the_least_potential_per_capacity_hour_gets_the_next_account() -> None:
    """Books of 100k, 80k and 60k: three accounts of 30k go to the poorest each, the second time counting what the first brought."""
    owner = [0, 1, 2, -1, -1, -1]
    potential = [100e3, 80e3, 60e3, 30e3, 30e3, 30e3]
    assert route(company(tiny_snapshot(6, owner=owner, potential_usd=potential)), [3, 4, 5]) == [2, 1, 2]
    twice_the_hours = tiny_snapshot(6, owner=owner, potential_usd=potential, capacity_h_per_week=[24.0, 12.0, 12.0])
    assert route(company(twice_the_hours), [3]) == [0]


def test_the_nearest_home_gets_it_and_the_poorer_book_where_nobody_is_nearer() -> None:
    """Account 3 lies in Houston, and Chicago is nearest; without places the smallest book decides."""
    owner = [0, 1, 2, -1]
    assert route(company(tiny_snapshot(4, owner=owner), routing="nearest"), [3]) == [1]
    assert route(company(tiny_snapshot(4, owner=owner, places=False), routing="nearest"), [3]) == [0]


def test_the_pool_keeps_it() -> None:
    """Under ``pool`` nobody gets anything."""
    assert route(company(tiny_snapshot(4, owner=[0, 1, 2, -1]), routing="pool"), [3]) == [UNASSIGNED]


def test_nobody_gets_what_they_cannot_work() -> None:
    """A skill, a role, hours, a person: the poorest seat that has all of them; nobody if there is none."""
    snapshot = tiny_snapshot(5, owner=[0, 1, 2, -1, -1], potential_usd=[30e3, 20e3, 10e3, 5e3, 5e3], german=[3], german_seats=(0, 1))
    assert route(company(snapshot), [3]) == [1]
    farmers = replace(snapshot, seats=replace(snapshot.seats, role=np.array([0, 1, 1])))
    assert route(company(farmers), [3, 4]) == [0, 0]  # prospects: farmers do not work them
    assert route(company(replace(snapshot, seats=replace(snapshot.seats, capacity_h_per_week=np.array([9.0, 0.1, 0.1])))), [4]) == [0]
    vacant = company(snapshot)
    vacant.desks[2].present = vacant.desks[1].present = False
    assert route(vacant, [4]) == [0]
    vacant.desks[0].present = False
    assert route(vacant, [3, 4]) == [UNASSIGNED, UNASSIGNED]


def test_a_subset_keeps_what_belongs_to_its_accounts() -> None:
    """Accounts 10, 3 and 0 of twelve: their deal and past engagements stay, under new positions; a parent outside is none."""
    whole = tiny_snapshot()
    parent = np.full(12, -1)
    parent[[0, 3]] = [10, 5]
    whole = replace(whole, accounts=replace(whole.accounts, parent=parent))
    some = subset(whole, np.array([10, 3, 0]))
    assert some.accounts.id == ("A10", "A3", "A0")
    assert some.accounts.parent.tolist() == [-1, -1, 0]
    assert some.owner.tolist() == whole.owner[[10, 3, 0]].tolist()
    assert (some.deals.account.tolist(), some.deals.stage.tolist()) == ([0], [2])
    assert sorted(some.history.account.tolist()) == [0, 1, 2]
    assert some.history.seat[some.history.account == 2].tolist() == [whole.owner[0]]


@pytest.mark.parametrize("accounts", [np.arange(12), np.zeros(0, np.int64)])
def test_a_subset_of_all_is_the_snapshot_and_one_of_none_is_empty(accounts: np.ndarray) -> None:
    """All accounts in their order: every column as it was. No account: no rows anywhere."""
    whole = tiny_snapshot()
    some = subset(whole, accounts)
    for table in ("accounts", "deals", "history"):
        before, after = getattr(whole, table), getattr(some, table)
        assert len(after) == (len(before) if len(accounts) else 0)
        if len(accounts):
            assert all(np.array_equal(getattr(before, f), getattr(after, f), equal_nan=f.endswith("day")) for f in vars(before))
