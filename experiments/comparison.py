"""Draw the markets, plan every arm, live through the futures: a comparison without its files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from experiments.findings.precision import enough, looks
from experiments.running.arms import Arm, Settings, own_market
from experiments.running.cells import Batch, Cell, failed_cell, run_batch
from experiments.running.errors import RunError
from experiments.running.kept import Kept
from experiments.running.labels import check_label
from experiments.running.plans import FAILED, OK, Plan, make_plan
from experiments.running.progress import tell, track
from experiments.running.scenario import Scenario
from experiments.running.workplace import Died, Local, Workplace
from sim.market import Market, MarketSource, planning_problem
from sim.policy import Policy
from sim.quota import with_quota
from sim.snapshot import IntArray
from sim.streams import Stream, generator
from sim.uncertainty import with_factors
from sim.world import World
from strategies.gut_feel import GutFeel

BATCHES_PER_WORKER = 5  # enough to show progress and to end together, few enough that sending the market costs little


@dataclass(frozen=True, eq=False)
class Tables:
    """What was measured: a row an arm and future, and a row an arm, future, seat and quarter; each sorted by its keys."""

    runs: pd.DataFrame
    seats: pd.DataFrame


def baseline_arm(arms: Sequence[Arm], settings: Settings) -> Arm:
    """The arm that lifts are measured against. Raises RunError if the labels do not make a comparison."""
    labels = [arm.label for arm in arms]
    for label in labels:
        check_label("strategies", label)
        if labels.count(label) > 1:
            raise RunError(f"strategies: the label {label!r} is used twice")
    if settings.baseline not in labels:
        raise RunError(f"baseline: {settings.baseline!r} is not among the arms; there are {', '.join(labels) or 'none'}")
    return arms[labels.index(settings.baseline)]


def draw_markets(
    source: MarketSource,
    world: World,
    policy: Policy,
    scenario: Scenario,
    settings: Settings,
    show: bool = False,
    workplace: Workplace | None = None,
) -> list[Market]:
    """The markets of all draws on day 0 of the scenario, with quotas. Raises RunError where a value makes no market."""
    draw = partial(_draw_market, source, world, policy, scenario, settings)
    draws = range(settings.draws)
    done = (workplace or Local(settings.workers)).run(draw, draws)
    drawn: dict[int, Market] = {}
    for k, market in track(done, "markets drawn", [1] * len(draws), show):
        if isinstance(market, Died):
            raise RunError(f"market draw {k}: {market.why}", exit_code=1)
        drawn[k] = market
    return [drawn[k] for k in draws]


def make_plans(
    markets: Sequence[Market], arms: Sequence[Arm], settings: Settings, show: bool = False, workplace: Workplace | None = None
) -> list[tuple[Plan, ...]]:
    """For every market the plans of all arms. Raises RunError if the baseline has none.

    Draws of an imported market show a planner the same: its design is made once, by what is stated, and lives through all of them.
    """
    planner = partial(make_plan, settings.seed, settings.horizon_days, 0, limit_s=settings.cell_limit_s)
    own = [[_own_market(arm, market, settings.seed) for arm in arms] for market in markets]
    keys = [
        (0 if _shows_the_same(seen[a], own[0][a]) and not arm.redrawn_each_future else m, a)
        for m, seen in enumerate(own)
        for a, arm in enumerate(arms)
    ]
    tasks = {(m, a): (arms[a], own[m][a]) for m, a in keys}
    done = (workplace or Local(settings.workers)).run(planner, list(tasks.values()))
    made = dict(track(done, "designs planned", [1] * len(tasks), show))
    plan_of = {(m, a): _plan(arms[a], made[k]) for k, (m, a) in enumerate(tasks)}
    plans = [plan_of[key] for key in keys]
    for plan in plans:
        if plan.label == settings.baseline and plan.status != OK:
            ways = "choose another one by  baseline=LABEL , or  scenario=greenfield  where nobody owns anything"
            raise RunError(f"baseline: {plan.label} has no design ({plan.error}); {ways}")
    return [tuple(plans[k : k + len(arms)]) for k in range(0, len(plans), len(arms))]


def live_through(
    markets: Sequence[Market],
    arms: Sequence[Arm],
    plans: Sequence[tuple[Plan, ...]],
    settings: Settings,
    show: bool = False,
    workplace: Workplace | None = None,
    kept: Kept | None = None,
) -> Tables:
    """Simulate every arm in every future of every market, or in as many as are enough where the settings ask for a width; those that
    ``kept`` holds are not simulated again, and it is given the others.

    A future that takes its process with it is lived once more arm by arm, each in a process of its own: whoever takes that one too has
    failed, and nobody else.
    """
    workplace = workplace or Local(settings.workers)
    cells = kept.read() if kept else []
    if cells:
        at_most = "at most " if settings.width_share is not None else ""
        tell(f"{len(cells):,} of {at_most}{settings.futures * len(markets) * len(arms):,} cells kept")
    for futures_n in looks(settings):
        cells += _lived(markets, arms, plans, settings, futures_n, cells, show, workplace, kept)
        tables = tables_of([cell for cell in cells if cell.row["future"] < futures_n])
        if enough(tables.runs, settings):
            break
    return tables


def _lived(
    markets: Sequence[Market],
    arms: Sequence[Arm],
    plans: Sequence[tuple[Plan, ...]],
    settings: Settings,
    futures_n: int,
    before: Sequence[Cell],
    show: bool,
    workplace: Workplace,
    kept: Kept | None,
) -> list[Cell]:
    """The cells of the first ``futures_n`` futures of every market that were not lived ``before``."""
    done = {(cell.row["draw"], cell.row["future"]) for cell in before}
    left = [[future for future in range(futures_n) if (market.draw, future) not in done] for market in markets]
    size = max(1, sum(map(len, left)) // (BATCHES_PER_WORKER * workplace.workers))
    batches = []
    for market, planned, futures in zip(markets, plans, left, strict=True):
        batch = Batch(settings.seed, settings.horizon_days, market, tuple(arms), planned, (), settings.cell_limit_s)
        batches += [replace(batch, futures=tuple(futures[k : k + size])) for k in range(0, len(futures), size)]
    sizes = [len(batch.futures) for batch in batches]
    cells: list[Cell] = []
    for k, lived in track(workplace.run(run_batch, batches), "futures lived", sizes, show):
        found = lived if not isinstance(lived, Died) else _one_by_one(workplace, batches[k])
        if kept:
            kept.write(found)
        cells += found
    return cells


def _one_by_one(workplace: Workplace, batch: Batch) -> list[Cell]:
    """The cells of a batch that has taken its process with it."""
    singles = [
        replace(batch, arms=(arm,), plans=(plan,), futures=(future,))
        for future in batch.futures
        for arm, plan in zip(batch.arms, batch.plans, strict=True)
    ]
    cells = []
    for k, lived in workplace.run(run_batch, singles, alone=True):
        cells += lived if not isinstance(lived, Died) else [failed_cell(singles[k], lived.why)]
    return cells


def _plan(arm: Arm, made: Plan | Died) -> Plan:
    return Plan(arm.label, FAILED, made.why) if isinstance(made, Died) else made


def _own_market(arm: Arm, market: Market, seed: int) -> Market:
    """The market as it is in the arm. Raises RunError where the arm's changes cannot be."""
    try:
        return own_market(arm, market, seed)
    except ValueError as error:
        raise RunError(f"arms.{arm.label}.changes: {error}") from error


def _shows_the_same(market: Market, first: Market) -> bool:
    """Whether two draws of an imported CRM show a planner the same: what reps say of it, or what is bought, may differ by draw."""
    here, there = market.snapshot, first.snapshot
    pairs = (
        (here.accounts.potential_usd, there.accounts.potential_usd),
        (here.accounts.fit, there.accounts.fit),
        (here.owner, there.owner),
        (here.deals.stage, there.deals.stage),
        (here.deals.amount_usd, there.deals.amount_usd),
    )
    return market.imported and all(np.array_equal(a, b, equal_nan=True) for a, b in pairs)


def _draw_market(source: MarketSource, world: World, policy: Policy, scenario: Scenario, settings: Settings, draw: int) -> Market:
    try:
        drawn = source.draw(settings.seed, draw, world, policy)
        market = scenario.change(drawn, settings.seed)
        incumbent = _incumbent(drawn, market, world, policy, settings)
        return with_quota(market, incumbent, with_factors(world, market.factors), policy, settings.horizon_days, settings.seed)
    except ValueError as error:  # the domain types name field and value
        raise RunError(str(error)) from error


def _incumbent(drawn: Market, market: Market, world: World, policy: Policy, settings: Settings) -> IntArray:
    """Under whom the target is set: today's owners, those that the scenario forgot, or gut feeling where nobody ever owned anything."""
    for known in (market, drawn):
        if known.snapshot.has_owners:
            return known.snapshot.owner
    problem = planning_problem(market.snapshot, world, policy, settings.horizon_days)
    return GutFeel().assign(problem, generator(settings.seed, Stream.INCUMBENT, market.draw)).owner


def tables_of(cells: Sequence[Cell]) -> Tables:
    """Rows sorted by their keys, so that neither the order of the arms nor that of the workers shows."""
    cells = sorted(cells, key=lambda cell: (cell.row["draw"], cell.row["arm"], cell.row["future"]))
    metrics: dict[str, None] = {}
    for cell in cells:
        metrics.update(dict.fromkeys(cell.row))
    runs = pd.DataFrame([cell.row for cell in cells], columns=_ordered(list(metrics)))
    for name in runs.columns:
        if name.startswith("p_") and not all(isinstance(v, float) for v in runs[name]):
            runs[name] = ["" if isinstance(v, float) and np.isnan(v) else str(v) for v in runs[name]]
    lived: list[dict[str, Any]] = [dict(cell.seats) for cell in cells if cell.seats]
    seats = pd.DataFrame({name: np.concatenate([table[name] for table in lived]) for name in lived[0]}) if lived else pd.DataFrame()
    return Tables(runs, seats)


def _ordered(names: list[str]) -> list[str]:
    """Keys, strategy, its settings by name, then status, planning and metrics as they came."""
    settings = sorted(name for name in names if name.startswith("p_"))
    at = names.index("strategy") + 1
    rest = [name for name in names[at:] if name not in settings]
    return [*names[:at], *settings, *rest]
