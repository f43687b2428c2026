"""A market, an owner for each account and a future in; the record of what happens out.

Seats do not interact here, yet they share one SimPy environment: it is one company, and one clock.
"""

from __future__ import annotations

from array import array

import numpy as np
from scipy.special import ndtr, ndtri
from simpy import Environment

from sim.chances import moved, stage_logits, value_per_hour_seen
from sim.desk import LOG_COLUMNS, STAGES_N, Desk, LuckOfAttempt, OpenDeal, Prospects, Rules
from sim.futures import ATTEMPTS_PER_BLOCK, Future
from sim.market import Market, planning_problem
from sim.planning import PlanningProblem
from sim.policy import Policy
from sim.record import LOST, OPEN, WON, Record
from sim.snapshot import UNASSIGNED, FloatArray, IntArray
from sim.world import World

_DAY_GRID = 2.0**30  # durations on this grid add up exactly, so two formulations of the model give the same log to the last bit
_HOUR_GRID = 2.0**20


def simulate(market: Market, owner: IntArray, future: Future, world: World, policy: Policy, horizon_days: float) -> Record:
    """Let every seat work the accounts that ``owner`` (accounts,) gives it, from day 0 to ``horizon_days``."""
    problem = planning_problem(market.snapshot, world, policy, horizon_days)
    truth, accounts, seats = market.truth, problem.accounts, problem.seats
    owned = owner != UNASSIGNED
    seat = np.where(owned, owner, 0)
    positions = np.arange(len(accounts))
    stays = (problem.owner == owner) | (problem.owner == UNASSIGNED)
    engaged_days = np.where(problem.owner == owner, problem.engaged_days, 0.0)
    relationship = problem.relationship(engaged_days)
    resting = problem.rest_until_day
    available = np.maximum(np.maximum(resting, 0.0), np.where(stays, 0.0, problem.rates.transition_gap_days))
    resting = np.where(owned & moved(problem, owner), np.maximum(resting, problem.rates.transition_gap_days), resting)
    workload = _on_grid(problem.workload_h_per_week(positions, seat), _HOUR_GRID)
    amount = truth.potential_usd * truth.amount_scale
    mean_days = problem.rates.stage_days[accounts.segment]
    luck = _LuckTable(future, mean_days, world.stage_log_sd)
    prospects = Prospects(
        workload_h_per_week=workload.tolist(),
        priority=(
            value_per_hour_seen(problem, truth, world, seat, relationship, expansion=False).tolist(),
            value_per_hour_seen(problem, truth, world, seat, relationship, expansion=True).tolist(),
        ),
        logits=(
            stage_logits(problem, truth, world, seat, expansion=False).tolist(),
            stage_logits(problem, truth, world, seat, expansion=True).tolist(),
        ),
        mean_amount_usd=(amount.tolist(), (amount * world.expansion_share).tolist()),
        customer=(~np.isnan(accounts.customer_since_day)).tolist(),
        engaged_days=engaged_days.tolist(),
        open_deals=_open_deals(problem, luck, mean_days, world.stage_log_sd),
        luck=luck,
    )
    rules = Rules(
        relationship_effect=world.relationship_effect,
        relationship_half_life_days=world.relationship_half_life_days,
        ramp_effect=world.ramp_effect,
        ramp_days=world.ramp_days,
        rest_after_loss_days=policy.rest_after_loss_days,
        rest_after_win_days=policy.rest_after_win_days,
        amount_log_sd=world.amount_log_sd,
    )
    env = Environment()
    log = array("d")
    eligible = problem.eligible(positions, seat)
    for s, capacity in enumerate(_on_grid(seats.capacity_h_per_week, _HOUR_GRID).tolist()):
        book = np.flatnonzero(owned & (owner == s) & eligible)
        days = list(zip(available[book].tolist(), book.tolist(), strict=True))
        Desk(env, s, capacity, float(seats.start_day[s]), days, prospects, rules, log)
    env.run(until=horizon_days)
    return _record(log, problem, owner, resting, workload, horizon_days, policy)


class _LuckTable:
    """Luck of every attempt, as the desks look it up; blocks of attempts are made when first asked for."""

    def __init__(self, future: Future, mean_days: FloatArray, log_sd: float) -> None:
        self.future = future
        self.mean_days = mean_days
        self.log_sd = log_sd
        self.blocks: list[tuple[memoryview, memoryview, memoryview]] = []

    def __call__(self, account: int, attempt: int) -> LuckOfAttempt:
        block, k = divmod(attempt, ATTEMPTS_PER_BLOCK)
        while block >= len(self.blocks):
            self.blocks.append(self._block(len(self.blocks)))
        uniforms, days, normals = self.blocks[block]
        at = account * ATTEMPTS_PER_BLOCK + k
        return uniforms, days, at * STAGES_N, normals[at]

    def _block(self, block: int) -> tuple[memoryview, memoryview, memoryview]:
        luck = self.future.luck(len(self.mean_days), block)
        days = self.mean_days[:, None, :] * np.exp(self.log_sd * (luck.normal_days - self.log_sd / 2))
        days = np.maximum(_on_grid(days, _DAY_GRID), 1 / _DAY_GRID)
        return luck.uniform_pass.reshape(-1).data, days.reshape(-1).data, luck.normal_amount.reshape(-1).data


def _open_deals(problem: PlanningProblem, luck: _LuckTable, mean_days: FloatArray, log_sd: float) -> dict[int, OpenDeal]:
    """The deals of day 0, each with the time that its stage will still last: a lognormal duration, given that it is longer than its age."""
    deals = problem.deals
    mean = mean_days[deals.account, deals.stage]
    age = deals.stage_age_days
    if log_sd > 0:
        log_mean = np.log(mean) - log_sd**2 / 2
        with np.errstate(divide="ignore"):
            older = ndtr(-(np.log(age) - log_mean) / log_sd)
        normal = luck.future.luck(len(problem.accounts), 0).normal_days[deals.account, 0, deals.stage]
        total = np.exp(log_mean - log_sd * ndtri(older * ndtr(-normal)))
    else:
        total = mean
    # A deal older than any that the distribution knows is decided after another mean stage.
    remaining = np.where(np.isfinite(total) & (total > age), total - age, mean)
    remaining = np.maximum(_on_grid(remaining, _DAY_GRID), 1 / _DAY_GRID)
    return {
        a: OpenDeal(stage, days) for a, stage, days in zip(deals.account.tolist(), deals.stage.tolist(), remaining.tolist(), strict=True)
    }


def _record(
    log: array[float],
    problem: PlanningProblem,
    owner: IntArray,
    resting: FloatArray,
    workload: FloatArray,
    horizon_days: float,
    policy: Policy,
) -> Record:
    table = np.frombuffer(log).reshape(-1, len(LOG_COLUMNS))
    table = table[np.lexsort((table[:, 1], table[:, 5], table[:, 0]))]  # by seat, start, account
    column = {name: table[:, k] for k, name in enumerate(LOG_COLUMNS)}
    first = LOG_COLUMNS.index("day_prospecting")
    stage_day, chance, passed = (table[:, first + k * STAGES_N : first + (k + 1) * STAGES_N] for k in range(3))
    first_stage = column["first_stage"].astype(np.int64)
    stages = np.arange(STAGES_N)
    started = stages >= first_stage[:, None]
    # A stage is decided if it was begun (all stages before it were passed) and ended before the horizon.
    all_before = np.cumprod(np.concatenate([np.ones((len(table), 1)), passed[:, :-1]], axis=1), axis=1) > 0
    revealed = started & all_before & (stage_day < horizon_days)
    closed = column["end"] < horizon_days
    won = closed & (column["won"] > 0)
    account, seat = column["account"].astype(np.int64), column["seat"].astype(np.int64)
    rest_days = np.where(won, policy.rest_after_win_days, policy.rest_after_loss_days)
    return Record(
        horizon_days=horizon_days,
        owner=owner,
        rest_until_day=resting,
        account=account,
        seat=seat,
        attempt=column["attempt"].astype(np.int64),
        expansion=column["expansion"] > 0,
        first_stage=first_stage,
        start_day=column["start"],
        end_day=np.minimum(column["end"], horizon_days),
        outcome=np.where(won, WON, np.where(closed, LOST, OPEN)),
        rest_until_day_after=np.where(closed, column["end"] + rest_days, horizon_days),
        workload_h_per_week=workload[account],
        travel_h_per_week=problem.travel_h_per_week(account, seat),
        mean_amount_usd=column["mean_amount"],
        amount_usd=np.where(won, column["amount"], 0.0),
        stage_day=stage_day,
        chance=chance,
        passed=passed > 0,
        revealed=revealed,
    )


def _on_grid(values: FloatArray, grid: float) -> FloatArray:
    rounded: FloatArray = np.rint(values * grid) / grid
    return rounded
