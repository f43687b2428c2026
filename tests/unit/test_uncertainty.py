"""Parameters of an imported market, drawn from their uncertainty."""

from __future__ import annotations

from collections import Counter
from dataclasses import fields, is_dataclass, replace
from typing import Any

import numpy as np
import pytest
from scipy import stats
from scipy.special import logit

from experiments.running.configuration import load
from sim.behaviour import Demand, People
from sim.crm.assumptions import Assumptions
from sim.uncertainty import draw_factors, with_factors
from sim.world import SegmentRates, World
from tests.worlds import tiny_world

SPREAD = {"hours_per_week": 0.3, "pass_chance": 0.2, "relationship_effect": 0.5}


def draw(number: int, spread: dict[str, float] | None = None, seed: int = 7) -> dict[str, float]:
    """The factors of one draw in the tiny world."""
    return draw_factors(spread or SPREAD, (tiny_world(),), seed, number)


def test_draw_0_is_as_stated() -> None:
    """Its factors are 1, and the world is the one that was stated, to the last bit."""
    assert draw(0) == dict.fromkeys(SPREAD, 1.0)
    assert with_factors(tiny_world(), draw(0)) == tiny_world()


def test_a_factor_hangs_on_seed_draw_and_name_alone() -> None:
    """The same address gives the same factor, whatever else is uncertain; another seed, draw or name gives another one."""
    first = draw(1)
    assert draw(1, {"talent_effect": 0.1, **dict(reversed(SPREAD.items()))}) == first | {"talent_effect": pytest.approx(1, abs=0.5)}
    z = [np.log(draw(number, seed=seed)[name]) / SPREAD[name] for number in (1, 2) for seed in (7, 8) for name in SPREAD]
    assert len(set(z)) == len(z)


def test_factors_are_lognormal_with_the_stated_spread() -> None:
    """The logarithm of a factor / spread is standard normal, and no two parameters go together."""
    z = np.array([[np.log(value) / SPREAD[name] for name, value in draw(number).items()] for number in range(1, 1001)])
    for k in range(len(SPREAD)):
        assert stats.kstest(z[:, k], "norm").pvalue > 1e-3
    assert np.abs(np.corrcoef(z.T)[np.triu_indices(3, 1)]).max() < 3.3 / np.sqrt(len(z))


def test_one_name_moves_all_segments_together() -> None:
    """Every segment's hours are multiplied by the same factor, and nothing else changes."""
    world, changed = tiny_world(), with_factors(tiny_world(), {"hours_per_week": 1.5})
    for name, rates in world.segments.items():
        assert changed.segments[name] == replace(rates, hours_per_week=1.5 * rates.hours_per_week)
    assert replace(changed, segments=world.segments) == world


def test_a_chance_is_moved_on_the_logit_scale() -> None:
    """Log-odds of every stage shift by the log of the factor, so that a chance stays one; a share likewise."""
    world, changed = tiny_world(), with_factors(tiny_world(), {"pass_chance": 3.0, "expansion_share": 3.0})
    for name, rates in world.segments.items():
        assert logit(changed.segments[name].pass_chance) == pytest.approx(logit(rates.pass_chance) + np.log(3.0))
        assert changed.segments[name].expansion_pass_chance == rates.expansion_pass_chance
    assert logit(changed.expansion_share) == pytest.approx(logit(world.expansion_share) + np.log(3.0))
    assert with_factors(tiny_world(expansion_share=1.5), {"expansion_share": 3.0}).expansion_share == 1.5  # has no odds


def test_what_is_off_stays_off() -> None:
    """What is 0 in the whole world is not drawn, nor what has no spread; a group that is switched on is."""
    spread = {"resignation_per_year": 0.3, "lead_effect": 0.5, "visits_per_week": 0.4, "ramp_days": 0.0}
    assert set(draw(1, spread)) == {"visits_per_week"}
    on = tiny_world(people=People(resignation_per_year=0.25), demand=Demand(lead_effect=-0.5))
    factors = draw_factors(spread, (on,), 7, 1)
    assert set(factors) == {"resignation_per_year", "lead_effect", "visits_per_week"}
    assert with_factors(on, factors).people.resignation_per_year == 0.25 * factors["resignation_per_year"]
    assert with_factors(on, factors).demand.lead_effect == -0.5 * factors["lead_effect"]
    assert with_factors(tiny_world(), factors).people == People()


def test_an_unknown_parameter_is_named_with_those_there_are() -> None:
    """A spread of nothing is an error that says what there is."""
    with pytest.raises(ValueError, match=r"market\.uncertainty\.hour_per_week: there is no such parameter; there are .*hours_per_week"):
        draw(1, {"hour_per_week": 0.3})


def test_every_parameter_has_a_name_of_its_own() -> None:
    """A spread names a parameter by its last word, so no two groups of the world or of the assumptions may share one."""

    def names(part: Any) -> list[str]:
        own = [f.name for f in fields(part) if not is_dataclass(getattr(part, f.name, None)) and f.name != "segments"]
        return own + [name for f in fields(part) if is_dataclass(group := getattr(part, f.name, None)) for name in names(group)]

    counted = Counter([*names(tiny_world()), *(f.name for f in fields(SegmentRates)), *(f.name for f in fields(Assumptions))])
    assert [name for name, n in counted.items() if n > 1] == []


def test_the_stated_spreads_are_of_parameters_that_there_are() -> None:
    """conf/market/crm.yaml draws what it names, from the default world and its own assumptions."""
    source, world = load("market", "crm"), load("world")
    assert isinstance(world, World)
    factors = draw_factors(source.uncertainty, (world, source.assumptions), 7, 1)
    assert {"hours_per_week", "stage_days", "pass_chance", "relationship_effect", "noise_log_sd"} <= set(factors)
    assert all(0.05 < value < 20 for value in factors.values())
