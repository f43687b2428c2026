"""A comparison on an imported market: carved once by what is stated, lived through by what is drawn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from experiments.comparison import live_through, make_plans
from experiments.runner import run_comparison
from experiments.running import store
from experiments.running.arms import Settings
from experiments.running.scenario import Scenario
from sim.market import Market, MarketSource
from sim.planning import Assignment, PlanningProblem, Strategy
from sim.policy import Policy
from sim.uncertainty import with_factors
from sim.world import World
from strategies.equal_count import EqualCount
from strategies.random_draw import Random
from strategies.status_quo import StatusQuo
from tests.comparisons import arms_of, no_report  # noqa: F401  # an autouse fixture works by being imported
from tests.markets import synthetic
from tests.worlds import tiny_policy, tiny_world

DESIGNS: Mapping[str, Strategy] = {"status_quo": StatusQuo(), "equal_count": EqualCount()}
HOURS = {"hours_per_week": 2.0}


@dataclass(frozen=True)
class Imported:
    """One market as if it came from a company's files: in draw k its parameters are off by ``factors`` to the power of k."""

    label: str = "ours"
    factors: Mapping[str, float] = field(default_factory=dict)

    def draw(self, seed: int, draw: int, world: World, policy: Policy) -> Market:
        """The same snapshot and truth in every draw."""
        market = synthetic(60, 3).draw(seed, 0, world, policy)
        return replace(market, draw=draw, imported=True, factors={name: value**draw for name, value in self.factors.items()})


@dataclass(frozen=True)
class TellsHours:
    """A strategy whose planner's word is the hours that it is told."""

    def assign(self, problem: PlanningProblem, rng: np.random.Generator) -> Assignment:
        """Today's owners."""
        return Assignment(problem.owner, {"objective_usd": problem.rates.hours_per_week.sum()})


def run(root: Path, source: MarketSource, strategies: Mapping[str, Strategy] = DESIGNS, draws: int = 3) -> Path:
    """A comparison of a year, three futures a draw."""
    asked = Settings(seed=3, futures=3, quarters=4, draws=draws)
    return run_comparison(source, arms_of(strategies), Scenario("base", "what now?"), asked, root, progress=False)


def test_an_imported_market_is_lived_by_what_is_drawn(tmp_path: Path) -> None:
    """In draw 1 every arm works in a world of twice the hours, as if that had been stated; draw 0 is as stated."""
    folder = run(tmp_path, Imported(factors=HOURS), draws=2)
    arms, settings = arms_of(DESIGNS), Settings(seed=3, futures=3, quarters=4)
    market = Imported().draw(3, 1, tiny_world(), tiny_policy())
    plans = make_plans([market], arms, settings)
    stated = [replace(arm, world=with_factors(arm.world, HOURS)) for arm in arms]
    lived = live_through([market], stated, plans, settings).runs
    found = store.read_table(folder / "runs.parquet")
    for draw, same in ((1, True), (0, False)):
        both = [t[t["draw"] == d].set_index(["arm", "future"])["bookings_usd"] for t, d in ((found, draw), (lived, 1))]
        assert both[0].equals(both[1]) is same


def test_an_imported_market_is_carved_once_by_what_is_stated(tmp_path: Path) -> None:
    """Nobody who plans knows what is drawn, and a design that does not deal anew lives through all draws; another market is carved anew."""
    strategies: dict[str, Strategy] = {"status_quo": StatusQuo(), "random": Random(), "tells": TellsHours()}
    runs = store.read_table(run(tmp_path / "ours", Imported(factors=HOURS), strategies) / "runs.parquet")
    told = runs[runs["arm"] == "tells"]["plan_objective_usd"]
    assert set(told) == {sum(rates.hours_per_week for rates in tiny_world().segments.values())}
    seconds = runs.groupby("arm")["plan_s"].agg(lambda column: column[runs["future"] == 0].nunique())
    assert (seconds["tells"], seconds["random"]) == (1, 3)
    others = store.read_table(run(tmp_path / "other", synthetic(60, 3), strategies) / "runs.parquet")
    assert others[others["arm"] == "tells"]["plan_s"].nunique() == 3


def test_what_was_drawn_stands_in_a_table(tmp_path: Path) -> None:
    """parameters.csv has a row a draw and parameter; summary.csv the range over the draws; a synthetic run has neither."""
    folder = run(tmp_path / "ours", Imported(factors={**HOURS, "pass_chance": 0.5}))
    table = store.read_table(folder / "parameters.csv")
    assert list(table[["draw", "parameter", "factor", "of"]].itertuples(index=False, name=None)) == [
        (0, "hours_per_week", 1.0, "value"), (0, "pass_chance", 1.0, "odds"),
        (1, "hours_per_week", 2.0, "value"), (1, "pass_chance", 0.5, "odds"),
        (2, "hours_per_week", 4.0, "value"), (2, "pass_chance", 0.25, "odds"),
    ]  # fmt: skip
    summary = store.read_table(folder / "summary.csv").set_index("arm")
    assert (summary["assumed_p10_share"] <= summary["assumed_p90_share"]).all()
    assert set(summary["depends_on"]) == {""}  # three draws cannot tell
    assert store.read_json(folder / "provenance.json")["imported"] is True
    for other in (run(tmp_path / "small", synthetic(60, 3)), run(tmp_path / "one", Imported(factors=HOURS), draws=1)):
        assert not (other / "parameters.csv").exists()
        assert "assumed_p10_share" not in store.read_table(other / "summary.csv")
