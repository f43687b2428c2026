"""A lift taken apart: the parts add up, and each factor gets what it brings."""

from __future__ import annotations

import numpy as np
import pytest

from experiments.decomposition import EVERY, PARTS, decompose, intervals, main, parts_of, world_in_which
from tests.markets import drawn_market
from tests.worlds import tiny_world


def test_parts_add_up_and_a_factor_that_does_nothing_gets_nothing() -> None:
    """Skills bring 3 whatever else counts, disruption -2 alone and -1 beside travel; 5 are left without them, 4 of it balance."""
    lift = {s: 5.0 + 3.0 * ("skill match" in s) - 2.0 * ("disruption" in s) + 1.0 * ({"disruption", "travel"} <= s) for s in EVERY}
    parts = parts_of(lift, balance=4.0)
    assert parts == pytest.approx({"skill match": 3.0, "travel": 0.5, "disruption": -1.5, "balance": 4.0, "coverage": 1.0, "all": 7.0})
    assert sum(parts[p] for p in PARTS if p != "all") == pytest.approx(parts["all"])


def test_a_factor_that_does_not_count_is_gone_from_the_world() -> None:
    """Without travel nobody visits; without skills a match is worth nothing; the rest stays."""
    world = tiny_world()
    without = world_in_which(frozenset({"travel"}), world)
    assert without.skill_effect == 0.0
    assert without.segments == world.segments
    assert all(rates.visits_per_week == 0.0 for rates in world_in_which(frozenset(), world).segments.values())


def test_the_lift_of_a_drawn_market_comes_apart_without_a_rest() -> None:
    """In every future the simulated parts add up to the simulated lift; the interval of a part holds its mean."""
    table = decompose(drawn_market(), tiny_world(), seed=3, futures_n=3)
    np.testing.assert_allclose(table[[p for p in PARTS if p != "all"]].sum(axis=1), table["all"])
    assert table["all"].abs().max() > 0
    spread = intervals(table)
    assert (spread["low_share"] <= spread["lift_share"]).all()
    assert (spread["lift_share"] <= spread["high_share"]).all()


def test_a_market_that_is_not_there_is_told_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    """No traceback, the choices there are, and an exit code that is not 0."""
    with pytest.raises(SystemExit) as stopped:
        main(["nowhere"])
    assert stopped.value.code == 1
    said = capsys.readouterr().err
    assert said.startswith("error: market: there is no choice 'nowhere'. Choices: crm, ")
    assert said.count("\n") == 1
