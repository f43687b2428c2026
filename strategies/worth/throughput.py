"""What an account asks and brings over the horizon: hours, and value, for every pair of account and seat.

Capacity is throughput over the horizon, not concurrent load. An account that is always worked when it may be is an alternating renewal
process: an attempt (most end early), a rest that depends on the outcome, the next attempt; after the first win it is a customer and its
attempts are expansions. Expected days worked and expected wins of this process within the days that are left are tabulated once a segment,
by the shift of the stages' log-odds, and then looked up for every pair.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from scipy.special import expit, logit

from sim.planning import PlanningProblem, PlanningRates
from sim.snapshot import DAYS_PER_WEEK, STAGES, UNASSIGNED, BoolArray, FloatArray, IntArray, to_grid

LOGIT_STEP = 0.1
SHARE_STEP = 2.0**-30  # to which chances and relationships are rounded
LOGIT_RANGE = 2.0  # log-odds shifts beyond it are cut off
LOGIT_GRID = np.linspace(-LOGIT_RANGE, LOGIT_RANGE, round(2 * LOGIT_RANGE / LOGIT_STEP) + 1)

_WORKED, _WIN, _EXPANSION = range(3)
ByStage = tuple[tuple[float, ...], ...]  # (segments, stages)
FRESH = 0  # how the first attempt begins: afresh, or (1 + stage) in the middle of this stage


@dataclass(frozen=True, eq=False)
class Throughput:
    """Expected days worked, first wins and expansions won, within so many days from now on.

    ``table`` has shape (3, segments, 2, 1 + stages, shifts, days + 1): quantity, segment, prospect or customer, beginning, shift of the
    log-odds of every stage (``LOGIT_GRID``), days left.
    """

    table: FloatArray

    @staticmethod
    def of(rates: PlanningRates, horizon_days: float) -> Throughput:
        """Solve the renewal equations of every segment on a grid of days.

        Stages last their mean. With D days left, a fresh attempt that passes stage k with chance p_k (reached with chance r_k, stages
        before it ending after t_k days) is worth F(D) = sum_k r_k [min(d_k, D - t_k)+ worked; (1 - p_k) F(D - t_k+1 - rest after loss)]
        + r_end [1 win if D >= t_end; G(D - t_end - rest after win)], G being the same for a customer.
        """
        rests = round(rates.rest_after_loss_days), round(rates.rest_after_win_days)
        rows = (tuple(map(tuple, by_stage)) for by_stage in (rates.stage_days, rates.pass_chance, rates.expansion_pass_chance))
        return Throughput(_solved(*rows, *rests, int(np.ceil(horizon_days)) + 1))

    def expect(self, segment: IntArray, customer: BoolArray, beginning: IntArray, shift: FloatArray, days: FloatArray) -> FloatArray:
        """Days worked, first wins, expansions won: shape (3, ...) for arguments that broadcast to (...)."""
        return _looked_up(self.table, segment, customer, beginning, shift, days)

    def worked_days(self, segment: IntArray, customer: BoolArray, beginning: IntArray, shift: FloatArray, days: FloatArray) -> FloatArray:
        """Days worked alone: the first of :meth:`expect`, at a third of its cost."""
        worked: FloatArray = _looked_up(self.table[_WORKED : _WORKED + 1], segment, customer, beginning, shift, days)[0]
        return worked


def _looked_up(
    table: FloatArray, segment: IntArray, customer: BoolArray, beginning: IntArray, shift: FloatArray, days: FloatArray
) -> FloatArray:
    """The table's quantities at each argument, linear between two shifts."""
    position = (np.clip(shift, -LOGIT_RANGE, LOGIT_RANGE) + LOGIT_RANGE) / LOGIT_STEP
    below = np.minimum(position.astype(np.int64), len(LOGIT_GRID) - 2)
    weight = position - below
    left = np.clip(np.rint(days), 0, table.shape[-1] - 1).astype(np.int64)
    kind = customer.astype(np.int64)
    low = table[:, segment, kind, beginning, below, left]
    high = table[:, segment, kind, beginning, below + 1, left]
    expected: FloatArray = low + weight * (high - low)
    return expected


@lru_cache(maxsize=16)  # a plan, its forecast and its evidence ask for the same table
def _solved(
    stage_days: ByStage, pass_chance: ByStage, expansion_pass_chance: ByStage, rest_loss: int, rest_win: int, days_n: int
) -> FloatArray:
    length = np.maximum(np.rint(stage_days), 1.0).astype(np.int64)
    chance = [to_grid(expit(logit(base)[:, None, :] + LOGIT_GRID[:, None]), SHARE_STEP) for base in (pass_chance, expansion_pass_chance)]
    table = np.zeros((3, len(length), 2, 1 + len(STAGES), len(LOGIT_GRID), days_n))
    for s in range(len(length)):
        again = (table[:, s, 0, FRESH], table[:, s, 1, FRESH])  # views: what was solved for fewer days is used for more
        block = int(length[s].min()) + min(rest_loss, rest_win)
        for first in range(0, days_n, block):
            days = np.arange(first, min(first + block, days_n))
            for kind in (0, 1):
                again[kind][..., days] = _attempt(kind, length[s], chance[kind][s], 0, again, days, rest_loss, rest_win)
        days = np.arange(days_n)
        for kind in (0, 1):
            for stage in range(len(STAGES)):
                rest_of_stage = length[s].copy()
                rest_of_stage[stage] = -(-rest_of_stage[stage] // 2)  # seen in the middle, on average
                table[:, s, kind, 1 + stage] = _attempt(kind, rest_of_stage, chance[kind][s], stage, again, days, rest_loss, rest_win)
    table.flags.writeable = False
    return table


def _attempt(
    kind: int,
    length: IntArray,
    chance: FloatArray,
    stage: int,
    again: tuple[FloatArray, FloatArray],
    days: IntArray,
    rest_loss: int,
    rest_win: int,
) -> FloatArray:
    """Expected (worked, wins, expansions) x shifts x ``days`` left, of an attempt that begins in ``stage`` and of all that follow."""
    total = np.zeros((3, len(chance), len(days)))
    reached, clock = np.ones(len(chance)), 0
    for k in range(stage, len(length)):
        total[_WORKED] += reached[:, None] * np.clip(days - clock, 0, length[k])
        clock += int(length[k])
        lost = reached * (1.0 - chance[:, k])
        total += lost[:, None] * again[kind][..., np.maximum(days - clock - rest_loss, 0)]
        reached = reached * chance[:, k]
    total[_WIN + kind] += reached[:, None] * (days >= clock)
    total += reached[:, None] * again[1][..., np.maximum(days - clock - rest_win, 0)]
    return total


@dataclass(frozen=True)
class Beliefs:
    """What the company believes about chances beyond the public rates: log-odds added to every stage.

    ``fit_logit`` x (fit - 1/2), ``skill_logit`` at a skill match, ``relationship_logit`` x strength of the relationship. The defaults are
    the rules of thumb that also guide the reps; none of them is fitted to an outcome.
    """

    fit_logit: float = 0.5
    skill_logit: float = 0.10
    relationship_logit: float = 0.6


@dataclass(frozen=True, eq=False)
class Outlook:
    """A planner's view of every account: ``potential_usd`` and ``shift`` (log-odds a stage) have shape (accounts,)."""

    problem: PlanningProblem
    beliefs: Beliefs
    potential_usd: FloatArray
    shift: FloatArray
    throughput: Throughput
    rest_until_day: FloatArray

    @staticmethod
    def of(problem: PlanningProblem, potential_usd: FloatArray, industry_shift: FloatArray, beliefs: Beliefs) -> Outlook:
        """``industry_shift`` (accounts,) comes from an account score, the fit from the CRM."""
        return Outlook(
            problem=problem,
            beliefs=beliefs,
            potential_usd=potential_usd,
            shift=industry_shift + beliefs.fit_logit * (problem.accounts.fit - 0.5),
            throughput=Throughput.of(problem.rates, problem.horizon_days),
            rest_until_day=np.maximum(problem.rest_until_day, 0.0),
        )

    def seen_as(self, potential_usd: FloatArray, industry_shift: FloatArray) -> Outlook:
        """The same accounts seen through another account score."""
        shift = industry_shift + self.beliefs.fit_logit * (self.problem.accounts.fit - 0.5)
        return replace(self, potential_usd=potential_usd, shift=shift)

    def pairs(self, accounts: IntArray, seats: IntArray) -> tuple[FloatArray, FloatArray]:
        """Value (usd) and hours over the horizon if the seat works the account whenever it may (index arrays, broadcast).

        A seat that takes an account over starts without relationship, after the transition gap. One whose person starts later begins then;
        what the account brings until then, where it is, is not counted.
        """
        problem, rates = self.problem, self.problem.rates
        today = problem.owner[accounts]
        stays, taken_over = today == seats, (today != UNASSIGNED) & (today != seats)
        begin_day = np.maximum(problem.seats.start_day, 0.0)[seats] + np.where(taken_over, rates.transition_gap_days, 0.0)
        days = problem.horizon_days - np.maximum(self.rest_until_day[accounts], begin_day)
        segment, customer = problem.accounts.segment[accounts], ~np.isnan(problem.accounts.customer_since_day[accounts])
        beginning = 1 + problem.open_stage[accounts]
        shift = self.shift[accounts] + self.beliefs.skill_logit * problem.skill_match(accounts, seats) + problem.seat_logit[seats]
        worked_days = self.throughput.worked_days(segment, customer, beginning, shift, days)
        engaged_days = np.where(stays, problem.engaged_days[accounts], 0.0)
        shift = shift + self.beliefs.relationship_logit * _mean_relationship(engaged_days, worked_days, rates.relationship_half_life_days)
        worked_days, wins, expansions = self.throughput.expect(segment, customer, beginning, shift, days)
        value_usd = self.potential_usd[accounts] * (wins + rates.expansion_share * expansions)
        hours = problem.workload_h_per_week(accounts, seats) * worked_days / DAYS_PER_WEEK
        return value_usd, hours

    def workable(self, accounts: IntArray, seats: IntArray) -> BoolArray:
        """Whether a seat may work an account and has the hours for it (index arrays, broadcast)."""
        fits = self.problem.workload_h_per_week(accounts, seats) <= self.problem.seats.capacity_h_per_week[seats]
        workable: BoolArray = self.problem.eligible(accounts, seats) & fits
        return workable

    @property
    def capacity_h(self) -> FloatArray:
        """Hours (seats,) that there are over the horizon: a person who ramps, or starts later, has fewer."""
        problem = self.problem
        hours: FloatArray = problem.seats.capacity_h_per_week * problem.productive_share * problem.horizon_days / DAYS_PER_WEEK
        return hours


def _mean_relationship(engaged_days: FloatArray, worked_days: FloatArray, half_life_days: float) -> FloatArray:
    """Strength of a relationship over the days that will be worked: the mean of 1 - 2^(-(engaged + u) / half-life) for 0 < u < worked."""
    half_lives = np.maximum(worked_days, 1e-9) / half_life_days * np.log(2.0)
    return to_grid(1.0 - np.exp2(-engaged_days / half_life_days) * -np.expm1(-half_lives) / half_lives, SHARE_STEP)
