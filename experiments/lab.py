"""The same comparison from Python, without a command line and without files::

    from experiments import lab
    from strategies.equal_count import EqualCount

    market = lab.market("startup", seed=7)
    design = lab.assign(market, EqualCount())
    record = lab.simulate(market, design)
    table = lab.compare(market, {"equal_count": EqualCount()}, futures=10)

World and policy are the defaults of conf/ unless given. A market that chooses a world of its own wants it in every call:
``world=lab.default_world("enterprise_field")``.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import pandas as pd

import sim.simulate
from experiments.comparison import baseline_arm, draw_markets, live_through, make_plans
from experiments.findings.summary import compare_arms, summary_table
from experiments.running.arms import Arm, Settings
from experiments.running.asking import end_children
from experiments.running.configuration import load
from experiments.running.plans import problem_for
from experiments.running.scenario import Scenario
from sim.futures import draw_future
from sim.market import Market, planning_problem
from sim.planning import Assignment, PlanningProblem, Strategy
from sim.policy import Policy
from sim.record import Record
from sim.streams import Stream, generator
from sim.world import World
from strategies.status_quo import StatusQuo


@cache
def default_world(market: str = "saas") -> World:
    """How business works where this market is: the world that conf/market/<market>.yaml chooses, most often conf/world/default.yaml."""
    world: World = load("world", market=market)
    return world


@cache
def default_policy() -> Policy:
    """The company's rules: conf/policy/default.yaml."""
    policy: Policy = load("policy")
    return policy


def market(name: str, seed: int = 0, world: World | None = None, policy: Policy | None = None, **changes: Any) -> Market:
    """The market of conf/market/<name>.yaml with quotas set; ``changes`` replace its values, as ``folder`` does for ``crm``."""
    world, policy = world or default_world(name), policy or default_policy()
    scenario = Scenario("base", "")
    return draw_markets(load("market", name, **changes), world, policy, scenario, Settings(seed=seed))[0]


def problem(market: Market, world: World | None = None, policy: Policy | None = None) -> PlanningProblem:
    """What a strategy sees of the market on day 0, never the truth: for :func:`sim.contract.check_strategy`, or to look at."""
    return planning_problem(market.snapshot, world or default_world(), policy or default_policy(), Settings().horizon_days)


def assign(market: Market, strategy: Strategy, seed: int = 0, world: World | None = None, policy: Policy | None = None) -> Assignment:
    """The strategy's design for the market. Raises what the strategy raises."""
    arm = Arm("lab", strategy, policy or default_policy(), world or default_world())
    return strategy.assign(problem_for(arm, market, Settings().horizon_days), generator(seed, Stream.DESIGN, market.draw, 0, 0))


def simulate(
    market: Market, design: Assignment, future: int = 0, seed: int = 0, world: World | None = None, policy: Policy | None = None
) -> Record:
    """Two years under a design, in one of the futures."""
    world, policy = world or default_world(), policy or default_policy()
    luck, horizon_days = draw_future(seed, market.draw, future), Settings().horizon_days
    return sim.simulate.simulate(market, design.owner, luck, world, policy, horizon_days, planning_h=design.planning_h_per_seat)


def compare(
    market: Market,
    strategies: Mapping[str, Strategy],
    baseline: str = "status_quo",
    futures: int = 20,
    seed: int = 0,
    workers: int = 1,
    world: World | None = None,
    policy: Policy | None = None,
    isolated: bool = True,
) -> pd.DataFrame:
    """One row an arm as in summary.csv, best lift over the ``baseline`` first; ``status_quo``, today's owners, need not be listed.

    A strategy that is not this package's plans in a process of its own; with ``isolated=False`` here, where it can be debugged.
    """
    world, policy = world or default_world(), policy or default_policy()
    settings = Settings(seed=seed, futures=futures, workers=workers, baseline=baseline)
    named = {"status_quo": StatusQuo(), **strategies} if baseline == "status_quo" else strategies
    for label, strategy in named.items():
        if isinstance(strategy, type) or not hasattr(strategy, "assign"):
            raise TypeError(f"strategies: {label!r} is {strategy!r}; an instance of a strategy is expected")
    arms = [Arm(label, strategy, policy, world, isolated=isolated) for label, strategy in named.items()]
    baseline_arm(arms, settings)
    try:
        plans = make_plans([market], arms, settings)
        runs = live_through([market], arms, plans, settings).runs
    finally:
        end_children()  # a strategy may be edited before it is compared again
    return summary_table(runs, compare_arms(runs, settings))
