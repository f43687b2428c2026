from __future__ import annotations

import numpy as np
import pytest

from strategies.optimizer.instance import Instance, Prices
from strategies.optimizer.primal import NoPlan, construct
from tests.unit.instance_evaluator import best_usd, violations

KINDS = ("parking", "nobody", "all to be done", "numbers", "sum", "max", "no hours", "ties", "one seat", "more seats", "one option")


def random_instance(rng: np.random.Generator, kind: str, accounts_n: int, seats_n: int) -> Instance:
    """An instance of a kind: its name says what is special about it."""
    seats_n = {"one seat": 1, "more seats": accounts_n + 2}.get(kind, seats_n)
    ties = kind == "ties"
    first, seat, value, hours = [0], list[int](), list[float](), list[float]()
    for _ in range(accounts_n):
        where = np.flatnonzero(rng.random(seats_n) < 0.7)
        if kind == "all to be done":
            where = np.arange(seats_n)
        if kind == "one option" and rng.random() < 0.7:
            where = rng.permutation(where)[:1]
        seat += where.tolist()
        value += [100.0 if ties else float(v) for v in np.exp(rng.normal(4.0, 1.0, len(where)))]
        hours += [5.0 if ties else float(h) for h in np.exp(rng.normal(1.5, 0.5, len(where)))]
        if kind != "all to be done" and (kind != "one option" or not len(where)):
            seat.append(-1 if kind == "nobody" else int(rng.integers(seats_n)))
            value.append(0.0)
            hours.append(0.0)
        first.append(len(seat))
    weight = np.full(accounts_n, 10.0) if ties else np.exp(rng.normal(3.0, 1.0, accounts_n))
    budget = np.full(seats_n, sum(hours) / len(hours) * accounts_n / seats_n * {"all to be done": 1.3, "one option": 1.5}.get(kind, 0.6))
    if kind == "no hours":
        budget[rng.integers(seats_n)] = 0.0
    least, most = np.zeros(seats_n, dtype=np.int64), np.full(seats_n, accounts_n)
    if kind == "numbers":
        least[:], most[:] = accounts_n // (seats_n + 1), accounts_n // seats_n + 1
    return Instance(
        np.array(first), np.array(seat, dtype=np.int32), np.array(value), np.array(hours), weight, budget,
        np.full(seats_n, weight.sum() / seats_n), least, most,
        0.0 if kind == "max" else 0.3 if kind == "sum" else 0.01, 0.5 if kind == "max" else 0.0,
    )  # fmt: skip


def some_prices(instance: Instance) -> Prices:
    """Prices by the rule of thumb that an hour is worth what it brings on average: they need not be good."""
    asked_h = max(float(instance.hours.mean()) * instance.accounts_n, 1e-9)
    scarce = asked_h > 0.7 * instance.budget_h.sum()
    hour = float(instance.value_usd.mean() / max(instance.hours.mean(), 1e-9)) if scarce else 0.0
    return Prices(np.full(instance.seats_n, hour), np.zeros(instance.seats_n), np.zeros(instance.seats_n))


@pytest.mark.parametrize("kind", KINDS)
def test_plans_for_tiny_instances_are_feasible_and_missing_only_where_there_is_none(kind: str) -> None:
    """On tiny instances of every kind the plan is feasible by the independent evaluator; where there is none, no plan exists at all."""
    rng = np.random.default_rng(KINDS.index(kind))
    for _ in range(12):
        instance = random_instance(rng, kind, accounts_n=5, seats_n=2)
        try:
            choice = construct(instance, some_prices(instance))
        except NoPlan:
            assert best_usd(instance) == float("-inf")
        else:
            assert violations(instance, choice.tolist()) == []


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("priced", [False, True], ids=["everything free", "hours priced"])
def test_plans_for_mid_sized_instances_are_feasible(kind: str, priced: bool) -> None:
    """With 120 accounts and 6 seats a plan is found for every kind, with prices or without."""
    rng = np.random.default_rng(7)
    instance = random_instance(rng, kind, accounts_n=120, seats_n=6)
    choice = construct(instance, some_prices(instance) if priced else Prices.zero(instance.seats_n))
    assert violations(instance, choice.tolist()) == []


def test_what_cannot_be_met_is_named() -> None:
    """One account of 3 hours for a seat with 2: no plan, and the message says which seat lacks how much."""
    instance = Instance(
        np.array([0, 1]), np.array([0], dtype=np.int32), np.ones(1), np.full(1, 3.0), np.ones(1),
        np.full(1, 2.0), np.ones(1), np.zeros(1, dtype=np.int64), np.ones(1, dtype=np.int64),
    )  # fmt: skip
    with pytest.raises(NoPlan, match=r"seat 0 .* 1 h too much"):
        construct(instance, Prices.zero(1))


def test_hours_that_fit_to_the_last_bit_are_used() -> None:
    """Ten accounts of 0.1 h fill a seat of 1 h, though the sum of the hours rounds to less or more."""
    ones = np.ones(10)
    instance = Instance(
        np.arange(0, 21, 2), np.tile(np.array([0, -1], dtype=np.int32), 10), np.tile([1.0, 0.0], 10), np.tile([0.1, 0.0], 10), ones,
        np.ones(1), np.full(1, 10.0), np.zeros(1, dtype=np.int64), np.full(1, 10),
    )  # fmt: skip
    assert instance.numbers(construct(instance, Prices.zero(1))).tolist() == [10]
