"""Rows that a CRM holds twice, and owners that are not right."""

from dataclasses import fields
from typing import Any

import numpy as np
import pytest

from sim.market import Market
from sim.snapshot import UNASSIGNED
from tests.markets import drawn_market

ACCOUNTS_N = 200


def dirty(duplicate_share: float = 0.0, stale_owner_share: float = 0.0, **changes: Any) -> Market:
    """A market of 200 accounts with this dirt."""
    return drawn_market(accounts_n=ACCOUNTS_N, duplicate_share=duplicate_share, stale_owner_share=stale_owner_share, **changes)


def test_without_dirt_nothing_is_known_of_it() -> None:
    """At rates of 0 the rows are what they are, and the truth has nothing to add."""
    truth = dirty().truth
    assert truth.same_as is None
    assert truth.worked_by is None


def test_second_rows_stand_behind_the_first_and_change_none_of_them() -> None:
    """One account in five has a second row; the rows of before, their owners, deals and history are those of the clean market."""
    clean, market = dirty(), dirty(duplicate_share=0.2)
    n = len(clean.snapshot.accounts)
    assert len(market.snapshot.accounts) == n + 40 == 240
    for field in fields(clean.snapshot.accounts):
        before, after = getattr(clean.snapshot.accounts, field.name), getattr(market.snapshot.accounts, field.name)
        assert np.array_equal(np.array(before), np.array(after[:n]), equal_nan=np.array(before).dtype.kind == "f"), field.name
    assert np.array_equal(market.snapshot.owner[:n], clean.snapshot.owner)
    assert np.array_equal(market.snapshot.deals.account, clean.snapshot.deals.account)
    assert np.array_equal(market.snapshot.history.amount_usd, clean.snapshot.history.amount_usd)


def test_a_second_row_is_the_same_account_seen_again() -> None:
    """Truth, industry and place are the first row's; id, name and estimate are its own; nothing has happened at it."""
    market = dirty(duplicate_share=0.2)
    snapshot, truth = market.snapshot, market.truth
    assert truth.same_as is not None
    assert truth.worked_by is not None
    second = np.arange(ACCOUNTS_N, len(snapshot.accounts))
    first = truth.same_as[second]
    assert len(set(first)) == len(second)
    assert first.max() < ACCOUNTS_N
    assert np.array_equal(truth.same_as[:ACCOUNTS_N], np.arange(ACCOUNTS_N))
    for column in (truth.potential_usd, truth.fit, truth.worked_by, snapshot.accounts.industry, snapshot.accounts.latitude):
        assert np.array_equal(column[second], column[first])
    assert (snapshot.accounts.potential_usd[second] != snapshot.accounts.potential_usd[first]).all()
    assert all(snapshot.accounts.name[a] in snapshot.accounts.name[b] for a, b in zip(first, second, strict=True))
    assert len(set(snapshot.accounts.name)) == len(set(snapshot.accounts.id)) == len(snapshot.accounts)
    assert np.isnan(snapshot.accounts.customer_since_day[second]).all()
    assert np.isnan(snapshot.last_touch_day[second]).all()
    assert not np.isin(second, snapshot.history.account).any()


def test_some_second_rows_belong_to_somebody_else() -> None:
    """About half of them; the others to whoever has the account."""
    market = dirty(duplicate_share=1.0)
    assert market.truth.same_as is not None
    other = market.snapshot.owner[ACCOUNTS_N:] != market.snapshot.owner[market.truth.same_as[ACCOUNTS_N:]]
    assert 0.4 < other.mean() < 0.6


def test_a_stale_owner_does_not_work_the_account() -> None:
    """Three in ten owners are wrong, the others are right; what the seats did and have is as it was."""
    clean, market = dirty(), dirty(stale_owner_share=0.3)
    assert market.truth.worked_by is not None
    assert np.array_equal(market.truth.worked_by, clean.snapshot.owner)
    assert (market.snapshot.owner != clean.snapshot.owner).sum() == 60
    assert market.snapshot.owner.min() >= 0
    assert np.array_equal(market.snapshot.engaged_days, clean.snapshot.engaged_days)
    assert np.array_equal(market.snapshot.deals.seat, clean.snapshot.deals.seat)
    assert np.array_equal(market.snapshot.history.seat, clean.snapshot.history.seat)


def test_more_dirt_is_the_same_dirt_and_some_more() -> None:
    """The rows of a lower rate are the first ones of a higher rate, and neither kind of dirt shifts the other."""
    little, much, mixed = dirty(0.1, 0.1), dirty(0.3, 0.3), dirty(0.3, 0.0)
    rows = len(little.snapshot.accounts)
    assert little.snapshot.accounts.name == much.snapshot.accounts.name[:rows]
    assert np.array_equal(little.snapshot.accounts.potential_usd, much.snapshot.accounts.potential_usd[:rows])
    wrong = [market.snapshot.owner[:ACCOUNTS_N] != market.truth.worked_by[:ACCOUNTS_N] for market in (little, much)]  # type: ignore[index]
    assert wrong[0].sum() < wrong[1].sum()
    assert (wrong[0] <= wrong[1]).all()
    assert np.array_equal(much.snapshot.owner[ACCOUNTS_N:], mixed.snapshot.owner[ACCOUNTS_N:])


def test_wrong_owners_have_the_required_skills() -> None:
    """A CRM would not have let anybody else be put in."""
    market = dirty(0.5, 0.5, required_skill_share=0.5, seats_n=8)
    snapshot = market.snapshot
    clean = dirty(required_skill_share=0.5, seats_n=8).snapshot
    wrong = np.flatnonzero(snapshot.owner[:ACCOUNTS_N] != clean.owner)
    assert len(wrong) > 0
    assert not (snapshot.accounts.required_skills[wrong] & ~snapshot.seats.skills[snapshot.owner[wrong]]).any()


@pytest.mark.parametrize(("changes", "owner"), [({"seats_n": 1}, 0), ({"history_quarters": 0}, UNASSIGNED)])
def test_where_there_is_nobody_else_owners_are_right(changes: dict[str, Any], owner: int) -> None:
    """With one seat, or where nobody owns anything, no other owner can be named; second rows there are."""
    market = dirty(0.5, 0.5, **changes)
    assert len(market.snapshot.accounts) == 300
    assert set(market.snapshot.owner) == {owner}
