"""One future's work: every arm lives through it, in a worker process. A failed arm is a row with its reason, and the others go on."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from experiments.running.arms import Arm, own_market
from experiments.running.asking import ask, warm_up
from experiments.running.errors import one_line
from experiments.running.plans import FAILED, OK, Plan, check_design, make_plan
from experiments.running.time_limit import time_limit
from sim.company.governance import Replan
from sim.futures import Future, draw_future
from sim.market import Market, planning_problem
from sim.metrics import measure
from sim.newcomers import with_newcomers
from sim.planning import Assignment, PlanningProblem
from sim.simulate import simulate
from sim.snapshot import UNASSIGNED
from sim.streams import Stream, generator, label_key
from sim.uncertainty import with_factors
from sim.world import World


@dataclass(frozen=True, eq=False)
class Batch:
    """Some futures of one market draw, for all arms with their plans: what travels to a worker in one go."""

    seed: int
    horizon_days: float
    market: Market
    arms: tuple[Arm, ...]
    plans: tuple[Plan, ...]
    futures: tuple[int, ...]
    limit_s: float | None = None


@dataclass(frozen=True, eq=False)
class Cell:
    """What one arm did in one future: a row of runs, and the rows of its seats (arrays of one length by column; empty if it failed)."""

    row: Mapping[str, Any]
    seats: Mapping[str, NDArray[Any]]


def run_batch(batch: Batch) -> list[Cell]:
    """The cells of a batch: futures outside, so that the arms of a future share its luck in memory.

    An arm plans by what is stated of the world, and lives by what is drawn.
    """
    draw = batch.market.draw
    markets = [own_market(arm, batch.market, batch.seed) for arm in batch.arms]
    worlds = [with_factors(arm.world, batch.market.factors) for arm in batch.arms]
    problems = [
        planning_problem(market.snapshot, world, arm.policy, batch.horizon_days)
        for market, world, arm in zip(markets, worlds, batch.arms, strict=True)
    ]
    cells = []
    for index in batch.futures:
        future = draw_future(batch.seed, draw, index)
        for arm, market, world, plan, problem in zip(batch.arms, markets, worlds, batch.plans, problems, strict=True):
            if plan.status == OK and arm.redrawn_each_future and index > 0:
                plan = make_plan(batch.seed, batch.horizon_days, index, (arm, market), batch.limit_s)
            cells.append(_cell(batch, market, arm, world, plan, problem, future))
    return cells


def failed_cell(batch: Batch, why: str) -> Cell:
    """What is left of a batch of one arm and one future that took its process with it."""
    (arm,), (plan,), (future,) = batch.arms, batch.plans, batch.futures
    return Cell(_row(_keys(batch.market, arm, future), arm, plan, FAILED, why, np.nan, {}), {})


def _cell(batch: Batch, market: Market, arm: Arm, world: World, plan: Plan, problem: PlanningProblem, future: Future) -> Cell:
    keys, horizon_days = _keys(market, arm, future.index), batch.horizon_days
    status, error, simulate_s = plan.status, plan.error, np.nan
    metrics: Mapping[str, float] = {}
    seats: Mapping[str, NDArray[Any]] = {}
    if status == OK:
        try:
            lived, owner = with_newcomers(market, future, world, horizon_days), plan.owner
            if lived is not market:  # nobody plans for those who are not there yet
                problem = planning_problem(lived.snapshot, world, arm.policy, horizon_days)
                owner = np.append(owner, np.full(len(problem.accounts) - len(owner), UNASSIGNED))
            if arm.policy.review != "never":
                warm_up(arm.strategy, problem, batch.limit_s, arm.isolated)
            began = time.perf_counter()
            replan = _asked_again(batch.seed, market, arm, future)
            with time_limit(batch.limit_s, "a future"):
                record = simulate(lived, owner, future, world, arm.policy, horizon_days, replan, plan.planning_h_per_seat)
            simulate_s = time.perf_counter() - began
            metrics, columns = measure(record, problem, market.snapshot.seats, world.ramp_days, arm.policy.money)
            seats = _seat_rows(keys, market.snapshot.seats.id, columns)
        except Exception as failure:
            status, error, metrics, seats = FAILED, one_line(failure), {}, {}
    return Cell(_row(keys, arm, plan, status, error, simulate_s, metrics), seats)


def _keys(market: Market, arm: Arm, future: int) -> dict[str, Any]:
    return {"market": market.label, "draw": market.draw, "arm": arm.label, "future": future}


def _row(
    keys: Mapping[str, Any], arm: Arm, plan: Plan, status: str, error: str, simulate_s: float, metrics: Mapping[str, float]
) -> dict[str, Any]:
    planned = {
        "plan_s": plan.plan_s,
        "plan_objective_usd": plan.objective_usd,
        "plan_bound_usd": plan.bound_usd,
        "plan_gap_share": plan.gap_share,
    }
    head = {**keys, "strategy": arm.strategy_path, **arm.settings, "status": status, "error": error}
    return {**head, **planned, "simulate_s": simulate_s, **metrics}


def _asked_again(seed: int, market: Market, arm: Arm, future: Future) -> Replan:
    """What the arm's strategy answers at a review."""

    def replan(problem: PlanningProblem, review: int) -> Assignment:
        problem = replace(problem, rates=arm.world.planning_rates(problem.vocabulary.segments, arm.policy))  # nobody knows what is drawn
        rng = generator(seed, Stream.REVIEW, market.draw, label_key(arm.label), future.index, review)
        assignment, _ = ask(arm.strategy, problem, rng, isolated=arm.isolated)
        check_design(arm.strategy, assignment, problem)
        return assignment

    return replan


def _seat_rows(keys: Mapping[str, Any], seat_ids: Sequence[str], columns: Mapping[str, NDArray[Any]]) -> Mapping[str, NDArray[Any]]:
    """The keys of a cell beside its seats' quarters: the quarters of the first seat come first."""
    rows_n = len(columns["bookings_usd"])
    quarters_n = rows_n // len(seat_ids)
    repeated = {name: np.repeat(np.array([value]), rows_n) for name, value in keys.items()}
    quarter = np.tile(np.arange(1, quarters_n + 1), len(seat_ids))
    return {**repeated, "seat": np.repeat(np.array(seat_ids), quarters_n), "quarter": quarter, **columns}
