from __future__ import annotations

import numpy as np
import pytest

from strategies.optimizer.instance import Effort, Instance, Prices
from strategies.optimizer.primal import NoPlan, construct
from strategies.optimizer.search import MOST_BATCHES_N, _batches_n, improve
from tests.unit.instance_evaluator import best_usd, bound_usd, objective_usd, violations
from tests.unit.test_optimizer_primal import KINDS, random_instance, some_prices

EFFORT = Effort(search_rounds_n=6)


def improved(instance: Instance, prices: Prices, seed: int = 1) -> tuple[list[int], list[int]]:
    """A plan before and after."""
    choice = construct(instance, prices)
    return choice.tolist(), improve(instance, choice, prices, bound_usd(instance, prices), EFFORT, seed).tolist()


@pytest.mark.parametrize("kind", KINDS)
def test_a_plan_stays_feasible_and_never_gets_worse(kind: str) -> None:
    """For every kind, by the independent evaluator, however often it is improved; and the objective is what that one says it is."""
    rng = np.random.default_rng(11)
    for accounts_n, seats_n in ((5, 2), (6, 3), (40, 4)):
        instance = random_instance(rng, kind, accounts_n, seats_n)
        try:
            before, after = improved(instance, some_prices(instance))
        except NoPlan:
            continue
        assert violations(instance, after) == []
        assert objective_usd(instance, after) >= objective_usd(instance, before)
        again = improve(instance, np.array(after), some_prices(instance), bound_usd(instance, some_prices(instance)), EFFORT, 2).tolist()
        assert violations(instance, again) == []
        assert objective_usd(instance, again) >= objective_usd(instance, after)
        assert instance.objective_usd(np.array(after)) == pytest.approx(objective_usd(instance, after), rel=1e-12)


@pytest.mark.slow
def test_tiny_instances_are_nearly_always_solved() -> None:
    """Of tiny instances of all kinds with any feasible plan at all, at least 97 % end at the best plan that trying all plans finds."""
    rng = np.random.default_rng(3)
    solved, n = 0, 0
    for _ in range(10):
        for kind in KINDS:
            instance = random_instance(rng, kind, 5, 2)
            try:
                _, after = improved(instance, some_prices(instance))
            except NoPlan:
                continue
            n += 1
            best = best_usd(instance)
            solved += objective_usd(instance, after) >= best - 1e-9 * abs(best)
    assert n > 80
    assert solved / n >= 0.97


def test_the_same_seed_gives_the_same_plan() -> None:
    """Two runs with one seed agree in every account."""
    instance = random_instance(np.random.default_rng(5), "sum", 50, 4)
    assert improved(instance, some_prices(instance), 2) == improved(instance, some_prices(instance), 2)


def test_nothing_is_searched_for_what_is_good_enough_or_out_of_time() -> None:
    """With a gap that suffices, no rounds or no time, the plan is the one that came in."""
    instance = random_instance(np.random.default_rng(5), "sum", 40, 4)
    prices = some_prices(instance)
    choice, bound = construct(instance, prices), bound_usd(instance, prices)
    assert improve(instance, choice, prices, bound, Effort(gap_share=1.0), 1) is choice
    assert improve(instance, choice, prices, bound, Effort(search_rounds_n=0), 1) is choice
    assert improve(instance, choice, prices, bound, EFFORT, 1, lambda: True) is choice


def test_an_exchange_of_many_for_one_is_found() -> None:
    """Three small accounts make room for one that is worth more than all of them."""
    seat = np.tile(np.array([0, -1], dtype=np.int32), 4)
    instance = Instance(
        np.arange(0, 9, 2), seat, np.array([4.0, 0, 4.0, 0, 4.0, 0, 13.0, 0]), np.array([1.0, 0, 1.0, 0, 1.0, 0, 3.0, 0]), np.ones(4),
        np.full(1, 3.0), np.zeros(1), np.zeros(1, dtype=np.int64), np.full(1, 4),
    )  # fmt: skip
    prices = Prices(np.array([4.0]), np.zeros(1), np.zeros(1))
    after = improve(instance, np.array([0, 2, 4, 7]), prices, bound_usd(instance, prices), EFFORT, 1)
    assert after.tolist() == [1, 3, 5, 6]


def test_the_next_round_has_more_of_what_gained_more() -> None:
    """Twice as many disturbances where they gained more than the patches, half as many where less; never none, nor without end."""
    assert [_batches_n(4, *gains) for gains in ((2.0, 1.0), (1.0, 2.0), (0.0, 0.0), (1.0, 1.0))] == [8, 2, 4, 4]
    assert _batches_n(1, 0.0, 1.0) == 1
    assert _batches_n(MOST_BATCHES_N, 1.0, 0.0) == MOST_BATCHES_N
