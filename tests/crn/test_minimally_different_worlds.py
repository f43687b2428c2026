"""Worlds that differ in one thing share everything else, to the last bit."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest

from sim.futures import draw_future
from sim.market import Market
from sim.record import Record
from sim.simulate import simulate
from tests.markets import drawn_market, synthetic
from tests.worlds import tiny_policy, tiny_world

HORIZON_DAYS = 364.0


@pytest.fixture(scope="module")
def market() -> Market:
    """120 accounts, 4 seats, after a year of history."""
    return drawn_market()


def simulated(market: Market, owner: np.ndarray, future: int = 0) -> Record:
    """One future under these owners."""
    return simulate(market, owner, draw_future(1, 0, future), tiny_world(), tiny_policy(), HORIZON_DAYS)


def log_of(record: Record, seat: int) -> list[np.ndarray]:
    """Every column of the seat's rows."""
    rows = record.seat == seat
    columns = [getattr(record, f.name) for f in fields(record) if isinstance(getattr(record, f.name), np.ndarray)]
    return [c[rows] for c in columns if len(c) == len(rows)]


def test_moving_one_account_leaves_the_logs_of_all_other_seats_identical(market: Market) -> None:
    """An account goes from seat 0 to seat 1: their logs change, those of seats 2 and 3 do not change in any bit."""
    owner = market.snapshot.owner
    worked = np.bincount(market.snapshot.history.account, minlength=len(owner)) > 0
    other = owner.copy()
    other[np.flatnonzero((owner == 0) & worked)[0]] = 1
    before, after = simulated(market, owner), simulated(market, other)
    for seat in (2, 3):
        assert all(np.array_equal(a, b) for a, b in zip(log_of(before, seat), log_of(after, seat), strict=True))
    assert any(
        len(log_of(before, s)[0]) != len(log_of(after, s)[0]) or not np.array_equal(log_of(before, s)[3], log_of(after, s)[3])
        for s in (0, 1)
    )


def test_the_luck_of_an_attempt_does_not_depend_on_who_makes_it_or_when(market: Market) -> None:
    """Attempt k at an account takes as long and wins as much under any owner, wherever both get as far."""
    owner = market.snapshot.owner
    a, b = simulated(market, owner), simulated(market, np.roll(owner, 7))
    rows = {(x, k): i for i, (x, k) in enumerate(zip(a.account.tolist(), a.attempt.tolist(), strict=True))}
    pairs = [(rows[key], j) for j, key in enumerate(zip(b.account.tolist(), b.attempt.tolist(), strict=True)) if key in rows]
    new = [(i, j) for i, j in pairs if a.first_stage[i] == b.first_stage[j] == 0]
    assert len(new) > 50
    i, j = np.array(new).T
    first_stage_days = [r.stage_day[k, 0] - r.start_day[k] for r, k in ((a, i), (b, j))]
    assert np.array_equal(*first_stage_days)
    won = a.won[i] & b.won[j] & (a.expansion[i] == b.expansion[j])
    assert won.any()
    assert np.array_equal(a.amount_usd[i[won]], b.amount_usd[j[won]])


def test_the_same_future_is_the_same_and_another_is_another(market: Market) -> None:
    """Twice future 0: identical. Future 1: not."""
    owner = market.snapshot.owner
    once, twice, other = simulated(market, owner), simulated(market, owner), simulated(market, owner, future=1)
    assert all(np.array_equal(a, b) for s in range(4) for a, b in zip(log_of(once, s), log_of(twice, s), strict=True))
    assert not np.array_equal(once.amount_usd, other.amount_usd)


def test_market_draws_differ_and_repeat() -> None:
    """The same seed and draw give the same market; another draw or another seed another one."""
    source, world, policy = synthetic(60, 3), tiny_world(), tiny_policy()
    potentials = [source.draw(seed, draw, world, policy).truth.potential_usd for seed, draw in ((1, 0), (1, 0), (1, 1), (2, 0))]
    assert np.array_equal(potentials[0], potentials[1])
    assert not np.array_equal(potentials[0], potentials[2])
    assert not np.array_equal(potentials[0], potentials[3])
