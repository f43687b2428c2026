"""What is compared, and the settings of a comparison."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, is_dataclass, replace
from typing import Any, Protocol

from experiments.running.guest import Guest, path_of
from sim.gaming import gamed
from sim.market import Market
from sim.planning import Strategy
from sim.policy import Policy
from sim.ranges import BELOW_ONE, Range, check_range, shown
from sim.snapshot import DAYS_PER_QUARTER
from sim.world import World

# Where the yardsticks live: nobody can, or would, roll them out.
RANDOM, INFORMED = "strategies.random_draw.", "strategies.informed."
WHOLE = {"futures": (1, 100_000), "draws": (1, 10_000), "workers": (1, 10_000), "quarters": (1, 80), "seed": (0, 2**63 - 1)}
LIMIT_S: Range = (0.001, 1e7)
WIDTH_SHARE: Range = (1e-6, 1000)
EACH_AT_LEAST_N = 2  # futures of every draw, so that luck can be told from what differs between draws


class Change(Protocol):
    """What is different on day 0; pure: see :mod:`experiments.changes`."""

    def on(self, market: Market, seed: int) -> Market:
        """The market with the change. Raises ValueError where it cannot be."""
        ...


def changed(market: Market, changes: Sequence[Change], seed: int) -> Market:
    """The market after all ``changes``, in order."""
    for change in changes:
        market = change.on(market, seed)
    return market


@dataclass(frozen=True)
class Arm:
    """A label with a strategy, a policy and a world, and ``changes`` of the market that quotas know nothing of; most often arms differ in
    the strategy only. ``varied`` are the values in which the arm's world, policy or market is not everybody's, by their keys. A strategy
    from outside this package plans in a process of its own, unless it is not ``isolated``.

    A strategy that has to be asked again (its ``asked_each`` is a word of ``policy.review``) is so in its own arm, whatever the balance.
    """

    label: str
    strategy: Strategy
    policy: Policy
    world: World
    changes: tuple[Change, ...] = ()
    varied: Mapping[str, str | float] = field(default_factory=dict)
    isolated: bool = True

    def __post_init__(self) -> None:
        object.__setattr__(self, "changes", tuple(self.changes))
        asked_each = getattr(self.strategy, "asked_each", "")
        if asked_each:
            object.__setattr__(self, "policy", replace(self.policy, review=asked_each, review_trigger_cv=0.0))

    @property
    def strategy_path(self) -> str:
        """Where the strategy's class is imported from."""
        return path_of(self.strategy)

    @property
    def settings(self) -> dict[str, str | float]:
        """What may differ between arms, as scalars ``p_<name>``: of the strategy, and what is the arm's own."""
        return {**hyper_parameters(self.strategy), **{f"p_{name}": value for name, value in self.varied.items()}}

    @property
    def redrawn_each_future(self) -> bool:
        """Whether the strategy's own chance is part of what is compared: a new design in each future."""
        return bool(getattr(self.strategy, "redrawn_each_future", False))


def own_market(arm: Arm, market: Market, seed: int) -> Market:
    """The market as it is in the arm: shown as its reps show it (``world.gaming``), and with its own changes."""
    return changed(gamed(market, arm.world, seed), arm.changes, seed)


@dataclass(frozen=True)
class Settings:
    """How a comparison is run. ``baseline`` is an arm's label; ``delta_share`` is the smallest lift that matters.

    ``futures`` are those of each market draw; where a ``width_share`` is given they are the most, and no more are lived through than it
    takes to know all lifts to +-``width_share`` (experiments/findings/precision.py).
    ``workers`` are processes; a design or a future that takes longer than ``cell_limit_s`` has failed (None: no limit).
    ``config`` and ``command`` are written down as they are: what the run was asked for.
    """

    seed: int = 0
    futures: int = 50
    draws: int = 1
    workers: int = 1
    cell_limit_s: float | None = None
    quarters: int = 8
    baseline: str = "status_quo"
    delta_share: float = 0.01
    width_share: float | None = None
    config: Mapping[str, Any] = field(default_factory=dict)
    command: str = ""

    def __post_init__(self) -> None:
        for name, (low, high) in WHOLE.items():
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
                raise ValueError(f"{name}: {shown(value)} must be a whole number between {low:,} and {high:,}")
        if self.cell_limit_s is not None:
            check_range("cell_limit_s", self.cell_limit_s, LIMIT_S)
        check_range("delta_share", self.delta_share, BELOW_ONE)
        if self.width_share is not None:
            check_range("width_share", self.width_share, WIDTH_SHARE)

    @property
    def horizon_days(self) -> float:
        """Days from roll-out to the end of the last quarter."""
        return float(self.quarters * DAYS_PER_QUARTER)


def share_of_each(futures_n: int, draws_n: int) -> int:
    """Futures of each draw where the draws share ``futures_n``: as many of them in all, two in each at least."""
    return futures_n if draws_n == 1 else max(EACH_AT_LEAST_N, -(-futures_n // draws_n))


def hyper_parameters(strategy: Strategy) -> dict[str, str | float]:
    """The strategy's settings as scalars: ``p_<field>``, parts of nested dataclasses as ``p_<field>_<part>``.

    Of a strategy inside another one, ``p_<field>`` is the name of its class.
    """
    if isinstance(strategy, Guest):
        return dict(strategy.settings)
    found: dict[str, str | float] = {}

    def collect(prefix: str, part: Any) -> None:
        if is_dataclass(part) and not isinstance(part, type):
            if part is not strategy and hasattr(part, "assign"):
                found[prefix] = type(part).__name__
            for f in fields(part):
                collect(f"{prefix}_{f.name}", getattr(part, f.name))
        elif isinstance(part, (bool, str)):
            found[prefix] = str(part)
        elif isinstance(part, (int, float)):
            found[prefix] = float(part)

    collect("p", strategy)
    return found
