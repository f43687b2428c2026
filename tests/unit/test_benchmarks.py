"""The benchmarks compare like with like, and count and measure what they say."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest
from simpy import Environment

from benchmarks import growth, kernel, simulation, straightforward, variance
from benchmarks.contest import ROOT, counting, peak_rss_mib, spread, take_turns
from sim.behaviour import Customers, Demand, People
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

SEED, REPLICATIONS_N, HORIZON_DAYS = 3, 200, 364.0
MEASURES = ("bookings_usd", "won", "lost", "hours", "left", "renewed", "churned", "lead answered", "lead lost")
Variant = tuple[World, Policy]


def quiet_world(**changes: Any) -> World:
    """Nobody leaves, renews or asks."""
    return tiny_world(**changes)


def lively_world(**changes: Any) -> World:
    """What happens by default, only more often."""
    lively = {
        "people": People(resignation_per_year=0.6, attainment_effect=1.0, poverty_effect=1.0, vacancy_days=40),
        "customers": Customers(churn_chance=0.25, untouched_effect=0.8, touched_days=90),
        "demand": Demand(leads_per_year=0.8, lead_patience_days=4, lead_effect=0.5),
    }
    return tiny_world(**{**lively, **changes})


@cache
def market_and_design() -> tuple[Market, np.ndarray]:
    """Deals under way, customers, somebody who has just begun and somebody who comes later; every fifth account moves, every tenth is
    nobody's.
    """
    market = drawn_market(seed=SEED, accounts_n=120, seats_n=4, capacity_h_per_week=6.3)
    start_day, quota_usd = np.array([-1000.0, -30.0, -1000.0, 50.0]), np.full(4, 900e3)
    seats = replace(market.snapshot.seats, start_day=start_day, quota_usd=quota_usd)
    today, position = market.snapshot.owner, np.arange(120)
    owner = np.where(position % 5 == 0, (today + 1) % 4, today)
    return replace(market, snapshot=replace(market.snapshot, seats=seats)), np.where(position % 10 == 1, UNASSIGNED, owner)


@cache
def engine(lively: bool) -> np.ndarray:
    """What the engine does in many futures (replications, MEASURES)."""
    market, owner = market_and_design()
    world = lively_world() if lively else quiet_world()
    rows = []
    for index in range(REPLICATIONS_N):
        record = simulate(market, owner, draw_future(SEED, 0, index), world, tiny_policy(), HORIZON_DAYS)
        ended, events = record.won | (record.outcome == LOST), record.events
        hours = np.sum(((record.end_day - record.start_day) / 7 * record.workload_h_per_week)[ended])
        churned_n, lost_n = int(events.renewals.churned.sum()), int(np.isnan(events.leads.answered_day).sum())
        left = len(events.successions.seat), len(events.renewals.day) - churned_n, churned_n, len(events.leads.day) - lost_n, lost_n
        rows.append((record.amount_usd.sum(), record.won.sum(), (record.outcome == LOST).sum(), hours, *left))
    return np.array(rows, dtype=np.float64)


def plain(world: World, policy: Policy) -> np.ndarray:
    """What the straightforward model does in as many futures (replications, MEASURES)."""
    market, owner = market_and_design()
    rows = []
    for index in range(REPLICATIONS_N):
        rng = generator(SEED, Stream.FUTURE, 0, REPLICATIONS_N + index)
        log = straightforward.simulate(market, owner, rng, world, policy, HORIZON_DAYS)
        sums = [sum(row.get(name, 0.0) for row in log) for name in ("amount_usd", "hours")]
        happened = Counter(row["what"] for row in log)
        rows.append([sums[0] if name == "bookings_usd" else sums[1] if name == "hours" else happened[name] for name in MEASURES])
    return np.array(rows, dtype=np.float64)


def z(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Difference of the means (columns,) in its standard errors; 0 where nothing ever differs."""
    error = np.sqrt(one.var(axis=0, ddof=1) / len(one) + other.var(axis=0, ddof=1) / len(other))
    apart = one.mean(axis=0) - other.mean(axis=0)
    return np.asarray(np.divide(apart, error, out=np.where(apart == 0, 0.0, np.inf), where=error > 0))


@pytest.mark.slow
@pytest.mark.parametrize("lively", [False, True])
def test_the_straightforward_model_is_the_same_model(lively: bool) -> None:
    """Bookings, wins, losses, hours worked, and what people, customers and leads do agree with the engine's in the mean, |z| < 4."""
    distance = z(engine(lively), plain(lively_world() if lively else quiet_world(), tiny_policy()))
    assert np.all(np.abs(distance) < 4), dict(zip(MEASURES, distance.tolist(), strict=True))


WRONG: dict[str, tuple[bool, Callable[[], Variant]]] = {
    "rest": (False, lambda: (quiet_world(), tiny_policy(rest_after_loss_days=120))),
    "transition gap": (False, lambda: (quiet_world(), tiny_policy(transition_gap_days=120))),
    "relationship": (False, lambda: (quiet_world(relationship_effect=0.0), tiny_policy())),
    "ramp": (False, lambda: (quiet_world(ramp_days=600), tiny_policy())),
    "expansions": (False, lambda: (quiet_world(expansion_share=0.2), tiny_policy())),
    "resignations": (True, lambda: (lively_world(people=People(resignation_per_year=0.6, vacancy_days=40)), tiny_policy())),
    "vacancies": (True, lambda: (lively_world(people=replace(lively_world().people, vacancy_days=120)), tiny_policy())),
    "touch": (True, lambda: (lively_world(customers=replace(lively_world().customers, touched_days=5)), tiny_policy())),
    "patience": (True, lambda: (lively_world(demand=replace(lively_world().demand, lead_patience_days=8)), tiny_policy())),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", WRONG)
def test_a_model_with_one_wrong_value_is_told_apart(name: str) -> None:
    """The same comparison fails if one number of the straightforward model differs."""
    lively, variant = WRONG[name]
    assert np.any(np.abs(z(engine(lively), plain(*variant()))) > 4)


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
    assert variance.ratio(own, own)[0] == pytest.approx(1, rel=0.05)
    mixed = np.sqrt(15) * shared + own
    assert variance.ratio(mixed, mixed)[0] == pytest.approx(16, rel=0.05)


def test_memory_is_that_of_the_process_alone() -> None:
    """A process that holds 80 MiB more than another says so, whatever the one that started them holds."""
    start = "import json, sys, numpy; from benchmarks.contest import peak_rss_mib; held = numpy.ones(int(sys.argv[1]) * 2**17);"
    words = [sys.executable, "-c", start + "print(json.dumps(peak_rss_mib()))"]
    small, large = (float(subprocess.check_output([*words, mib], cwd=ROOT)) for mib in ("0", "80"))
    assert 70 < large - small < 90
    assert small < peak_rss_mib()


def test_the_commands_run(capsys: pytest.CaptureFixture[str]) -> None:
    """On a tiny market each table has its rows: four contestants, one size, every strategy's bookings and their luck."""
    simulation.main(1, seats_n=2, accounts_n=60)
    assert len(capsys.readouterr().out.split("\n\n")[0].splitlines()) == 2 + 4
    assert growth.one(2)["events_n"] > 500
    bookings, luck = variance.lived(drawn_market(), 2)
    assert bookings.shape == luck.shape == (2, len(variance.STRATEGIES))
    assert np.all(bookings > 0)
