"""The benchmarks compare like with like, and count and measure what they say."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from simpy import Environment

from benchmarks import kernel, straightforward
from benchmarks.contest import ROOT, counting, peak_rss_mib, spread, take_turns
from benchmarks.variance import ratio
from sim.futures import draw_future
from sim.market import Market
from sim.policy import Policy
from sim.record import LOST
from sim.simulate import simulate
from sim.snapshot import UNASSIGNED
from sim.streams import Stream, generator
from sim.world import World
from tests.markets import drawn_market
from tests.worlds import tiny_policy, tiny_world

SEED, REPLICATIONS_N, HORIZON_DAYS = 3, 150, 364.0
MEASURES = ("bookings_usd", "won_n", "lost_n", "hours")
Variant = tuple[World, Policy]


@cache
def market_and_design() -> tuple[Market, np.ndarray]:
    """Deals under way, customers, somebody who has just begun; every fifth account moves, every tenth is nobody's."""
    market = drawn_market(seed=SEED, accounts_n=90, seats_n=3, capacity_h_per_week=6.3)
    seats = replace(market.snapshot.seats, start_day=np.array([-1000.0, -30.0, -1000.0]))
    today, position = market.snapshot.owner, np.arange(90)
    owner = np.where(position % 5 == 0, (today + 1) % 3, today)
    return replace(market, snapshot=replace(market.snapshot, seats=seats)), np.where(position % 10 == 1, UNASSIGNED, owner)


@cache
def engine() -> np.ndarray:
    """What the engine does in many futures (replications, MEASURES)."""
    market, owner = market_and_design()
    rows = []
    for index in range(REPLICATIONS_N):
        record = simulate(market, owner, draw_future(SEED, 0, index), tiny_world(), tiny_policy(), HORIZON_DAYS)
        ended = record.won | (record.outcome == LOST)
        weeks = (record.end_day - record.start_day)[ended] / 7
        hours = float(np.sum(weeks * record.workload_h_per_week[ended]))
        rows.append((record.amount_usd.sum(), record.won.sum(), (record.outcome == LOST).sum(), hours))
    return np.array(rows)


def plain(world: World, policy: Policy) -> np.ndarray:
    """What the straightforward model does in as many futures (replications, MEASURES)."""
    market, owner = market_and_design()
    hours_of = straightforward.Company(market, owner, generator(SEED, Stream.STATISTICS), world, policy, HORIZON_DAYS).workload_h
    rows = []
    for index in range(REPLICATIONS_N):
        rng = generator(SEED, Stream.FUTURE, 0, REPLICATIONS_N + index)
        log = straightforward.simulate(market, owner, rng, world, policy, HORIZON_DAYS)
        won = sum(row["won"] for row in log)
        hours = sum((row["end_day"] - row["start_day"]) / 7 * hours_of[int(row["account"])] for row in log)
        rows.append((sum(row["amount_usd"] for row in log), won, len(log) - won, hours))
    return np.array(rows)


def z(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Difference of the means (columns,) in its standard errors."""
    error = np.sqrt(one.var(axis=0, ddof=1) / len(one) + other.var(axis=0, ddof=1) / len(other))
    return np.asarray((one.mean(axis=0) - other.mean(axis=0)) / error)


def test_the_straightforward_model_is_the_same_model() -> None:
    """Bookings, wins, losses and hours worked agree with the engine's in the mean over many futures, |z| < 4."""
    distance = z(engine(), plain(tiny_world(), tiny_policy()))
    assert np.all(np.abs(distance) < 4), dict(zip(MEASURES, distance, strict=True))


@pytest.mark.parametrize(
    "wrong",
    [
        lambda w, p: (w, replace(p, rest_after_loss_days=120)),
        lambda w, p: (w, replace(p, transition_gap_days=120)),
        lambda w, p: (replace(w, relationship_effect=0.0), p),
        lambda w, p: (replace(w, ramp_days=600), p),
        lambda w, p: (replace(w, expansion_share=0.2), p),
    ],
    ids=["rest", "transition gap", "relationship", "ramp", "expansions"],
)
def test_a_model_with_one_wrong_value_is_told_apart(wrong: Callable[[World, Policy], Variant]) -> None:
    """The same comparison fails if one number of the straightforward model differs."""
    assert np.any(np.abs(z(engine(), plain(*wrong(tiny_world(), tiny_policy())))) > 4)


def test_timeouts_and_events_are_counted() -> None:
    """The kernel makes the timeouts that it is asked for; an event more for the start and the end of each process."""
    with counting() as count:
        kernel.run([1.0, 2.0, 3.0, 4.0, 5.0], 2)
    assert (count.timeouts, count.events) == (5, 5 + 2 * 2)
    with counting() as later:
        Environment().run(until=1.0)
    assert (later.timeouts, count.timeouts) == (0, 5)


def test_contestants_take_turns() -> None:
    """Everybody runs in every round with the round's number, and everybody begins one; the first round is not counted."""
    calls: list[tuple[str, int]] = []
    seconds = take_turns({name: lambda k, name=name: calls.append((name, k)) for name in "abc"}, 2)  # type: ignore[misc]
    assert {name: len(s) for name, s in seconds.items()} == {"a": 2, "b": 2, "c": 2}
    assert [k for _, k in calls] == [0] * 3 + [1] * 3 + [2] * 3
    assert {calls[0][0], calls[3][0], calls[6][0]} == {"a", "b", "c"}


def test_a_spread_is_median_and_range() -> None:
    """Of 4, 1 and 2 the median is 2, the range 1 to 4."""
    assert str(spread(np.array([4.0, 1.0, 2.0]))) == "2 [1, 4]"


def test_variance_factors() -> None:
    """Independent arms vary as independent seeds do; arms that share 15/16 of their variance vary 16 times less."""
    rng = generator(1, Stream.STATISTICS)
    shared, own = rng.standard_normal((1, 20000, 1)), rng.standard_normal((1, 20000, 2))
    assert ratio(own, own)[0] == pytest.approx(1, rel=0.05)
    mixed = np.sqrt(15) * shared + own
    assert ratio(mixed, mixed)[0] == pytest.approx(16, rel=0.05)


def test_memory_is_that_of_the_process_alone() -> None:
    """A process that holds 80 MiB more than another says so, whatever the one that started them holds."""
    start = "import json, sys, numpy; from benchmarks.contest import peak_rss_mib; held = numpy.ones(int(sys.argv[1]) * 2**17);"
    words = [sys.executable, "-c", start + "print(json.dumps(peak_rss_mib()))"]
    small, large = (float(subprocess.check_output([*words, mib], cwd=ROOT)) for mib in ("0", "80"))
    assert 70 < large - small < 90
    assert small < peak_rss_mib()
