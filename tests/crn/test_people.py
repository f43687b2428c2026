"""Who leaves where concerns nobody else: a departure moved at one seat leaves all other seats as they were, to the last bit."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import numpy as np
import pytest

from sim.behaviour import People
from sim.futures import draw_future
from sim.market import Market
from sim.record import Record
from sim.simulate import simulate
from tests.markets import drawn_market
from tests.worlds import tiny_policy, tiny_world

HORIZON_DAYS = 728.0
TURNOVER = People(resignation_per_year=1.0, attainment_effect=2.0, overload_effect=1.0, vacancy_days=30.0)
QUOTA_USD = 50e3


@pytest.fixture(scope="module")
def market() -> Market:
    """120 accounts, 4 seats with a quota, after a year of history."""
    return with_quota(drawn_market(), np.full(4, QUOTA_USD))


def with_quota(market: Market, quota_usd: np.ndarray) -> Market:
    """The market in which the seats have these quotas."""
    return replace(market, snapshot=replace(market.snapshot, seats=replace(market.snapshot.seats, quota_usd=quota_usd)))


def simulated(market: Market, people: People, owner: np.ndarray | None = None, future: int = 0) -> Record:
    """Two years with these people."""
    owner = market.snapshot.owner if owner is None else owner
    return simulate(market, owner, draw_future(1, 0, future), tiny_world(people=people), tiny_policy(), HORIZON_DAYS)


def rows_of(table: Any, seat: int) -> list[np.ndarray]:
    """Every column of the seat's rows in the log, or in one of its tables."""
    rows = table.seat == seat
    columns = [getattr(table, f.name) for f in fields(table) if isinstance(getattr(table, f.name), np.ndarray)]
    return [c[rows] for c in columns if len(c) == len(rows)]


def same(a: Record, b: Record, seat: int) -> bool:
    """Whether the seat has the same engagements and the same people, to the last bit."""
    one, other = (rows_of(r, seat) + rows_of(r.events.successions, seat) for r in (a, b))
    return all(np.array_equal(x, y) for x, y in zip(one, other, strict=True))


def test_a_departure_moved_at_one_seat_leaves_all_others_identical(market: Market) -> None:
    """Seat 0 gets a quota out of reach, so its people leave earlier: its log changes, those of the others do not change in any bit."""
    hard = with_quota(market, np.array([1e9, QUOTA_USD, QUOTA_USD, QUOTA_USD]))
    before, after = simulated(market, TURNOVER), simulated(hard, TURNOVER)
    assert not same(before, after, 0)
    assert all(same(before, after, seat) for seat in (1, 2, 3))
    moved = [r.events.successions.left_day[r.events.successions.seat == 0] for r in (before, after)]
    assert moved[1][0] < moved[0][0]


def test_envy_is_an_interaction(market: Market) -> None:
    """The twin: where people compare their books with those of whoever is there, a departure elsewhere can change when they leave."""
    envious = replace(TURNOVER, poverty_effect=3.0)
    hard = with_quota(market, np.array([1e9, QUOTA_USD, QUOTA_USD, QUOTA_USD]))
    pairs = [(simulated(market, envious, future=f), simulated(hard, envious, future=f)) for f in range(5)]
    assert not all(same(before, after, seat) for before, after in pairs for seat in (1, 2, 3))


def test_moving_one_account_leaves_people_and_logs_of_all_other_seats_identical(market: Market) -> None:
    """An account goes from seat 0 to seat 1, in a company with turnover: nothing changes at seats 2 and 3."""
    owner = market.snapshot.owner
    worked = np.bincount(market.snapshot.history.account, minlength=len(owner)) > 0
    other = owner.copy()
    other[np.flatnonzero((owner == 0) & worked)[0]] = 1
    before, after = simulated(market, TURNOVER), simulated(market, TURNOVER, other)
    assert all(same(before, after, seat) for seat in (2, 3))
    assert not same(before, after, 0)


def test_turnover_changes_nothing_at_a_seat_whose_person_stays(market: Market) -> None:
    """The luck of engagements is the same with and without people who leave; until the first departure of a seat so is its log."""
    changed = 0
    for future in range(5):
        without, with_ = (
            simulated(market, People(), future=future),
            simulated(market, replace(TURNOVER, attainment_effect=0.0), future=future),
        )
        successions = with_.events.successions
        for seat in range(4):
            left = successions.left_day[successions.seat == seat]
            first = left[0] if len(left) else np.inf
            ended = [(r.seat == seat) & (r.end_day < first) for r in (without, with_)]
            for name in ("account", "attempt", "start_day", "end_day", "amount_usd", "chance"):
                assert np.array_equal(getattr(without, name)[ended[0]], getattr(with_, name)[ended[1]])
            changed += np.isfinite(first)
    assert 0 < changed < 20


def test_a_higher_rate_moves_the_same_departures_forward(market: Market) -> None:
    """The first person of a seat who leaves at a rate leaves at twice the rate in half the time."""
    slow, fast = (simulated(market, People(resignation_per_year=rate)).events.successions for rate in (0.5, 1.0))
    assert len(slow.seat) > 1
    for seat in np.unique(slow.seat):
        days = [s.left_day[s.seat == seat][0] for s in (slow, fast)]
        assert days[1] == pytest.approx(days[0] / 2)


def test_whose_name_is_another_has_another_fate(market: Market) -> None:
    """A person's threshold, opinion and successors are those of the seat and the person's number: number 7 of seat 0 is not number 0."""
    stranger = replace(market, truth=replace(market.truth, person=np.array([7, 0, 0, 0])))
    before, after = simulated(market, TURNOVER), simulated(stranger, TURNOVER)
    assert not same(before, after, 0)
    assert all(same(before, after, seat) for seat in (1, 2, 3))
    assert after.person is not None
    assert after.person[after.seat == 0].min() == 7
