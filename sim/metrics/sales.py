"""Bookings, the pipeline before the start and at the end, and the luck in them."""

from __future__ import annotations

import numpy as np

from sim.metrics.facts import sums
from sim.planning import PlanningProblem
from sim.record import CUT, OPEN, Record
from sim.snapshot import DAYS_PER_YEAR, BoolArray, FloatArray, IntArray


def bookings(record: Record) -> dict[str, float]:
    """Usd won: over the horizon, in the first and in the second year; what is open at the horizon; and the luck in it.

    pipeline = sum over open deals of mean amount x product of the chances of the stages still to pass. Open are engagements under way, and
    deals that stand still: cut, and not yet taken up again; at the chances of whoever worked them last.
    """
    year = record.end_day // DAYS_PER_YEAR
    open_ = (record.outcome == OPEN) | standing_still(record)
    stage = record.first_stage + np.count_nonzero(record.revealed, axis=1)
    expected_usd = record.mean_amount_usd * record.chance_from(stage)
    return {
        "bookings_usd": float(record.amount_usd.sum()),
        "bookings_year1_usd": float(record.amount_usd[year == 0].sum()),
        "bookings_year2_usd": float(record.amount_usd[year == 1].sum()),
        "pipeline_usd": float(expected_usd[open_].sum()),
        "control_variate_usd": control_variate_usd(record),
    }


def standing_still(record: Record) -> BoolArray:
    """Which engagements (engagements,) left a deal that nobody has taken up again by the horizon, at an account that has not left."""
    standing: BoolArray = record.outcome == CUT
    if not standing.any():
        return standing
    rows = np.lexsort((record.end_day, record.start_day, record.attempt, record.account))
    account, attempt = record.account[rows], record.attempt[rows]
    standing[rows[:-1]] &= (account[1:] != account[:-1]) | (attempt[1:] != attempt[:-1])
    gone, renewals = record.events.departures, record.events.renewals
    lost_day = np.full(len(record.owner), -np.inf)
    np.maximum.at(lost_day, gone.account, gone.day)
    np.maximum.at(lost_day, renewals.account[renewals.churned], renewals.day[renewals.churned])
    standing &= lost_day[record.account] < record.end_day
    return standing


def attempts_n(record: Record) -> int:
    """Attempts that were made: an engagement that was cut and the one that goes on with its deal are one."""
    return len(record) - int(np.count_nonzero(record.outcome == CUT)) + int(np.count_nonzero(standing_still(record)))


def opening_pipeline_usd(owner: IntArray, problem: PlanningProblem) -> FloatArray:
    """Pipeline (seats,) before the start: amount x product of the public chances still to pass, over the deals open on day 0.

    A deal counts for the seat that owns its account in the design.
    """
    deals, rates = problem.deals, problem.rates
    segment = problem.accounts.segment[deals.account]
    chance = np.where(deals.expansion[:, None], rates.expansion_pass_chance[segment], rates.pass_chance[segment])
    ahead = np.where(np.arange(chance.shape[1]) >= deals.stage[:, None], chance, 1.0).prod(axis=1)
    return sums(owner[deals.account] + 1, deals.amount_usd * ahead, len(problem.seats) + 1)[1:]


def pipeline_per_quota(opening_usd: float, closing_usd: float, quota_usd: FloatArray) -> dict[str, float]:
    """Expected pipeline / the team's quota of a quarter: before the start (first quarter) and at the end (last quarter).

    ``quota_usd`` has shape (seats, quarters); NaN where there is none.
    """
    quota = np.nansum(quota_usd, axis=0)
    return {
        "opening_pipeline_per_quota": opening_usd / quota[0] if quota[0] > 0 else float("nan"),
        "pipeline_per_quota": closing_usd / quota[-1] if quota[-1] > 0 else float("nan"),
    }


def control_variate_usd(record: Record, until_day: float | None = None) -> float:
    """The luck in what is booked before ``until_day`` (the horizon), usd: a sum of martingale increments, whose mean is zero whatever the
    state does later.

    sum over revealed stages of (passed - chance) x value if passed, plus sum over wins of (amount - mean amount); value if passed = mean
    amount x product of the later chances, or 0 if the last stage could not end before that day. Durations are known when an engagement
    starts, so all factors of (passed - chance) are known before the stage is decided. That holds for an engagement that is cut as well:
    whether it lasts until a stage is decided does not depend on that stage's luck, and what goes on elsewhere has increments of its own.
    """
    day = record.horizon_days if until_day is None else until_day
    later = [record.chance[:, 1] * record.chance[:, 2], record.chance[:, 2], np.ones(len(record))]
    in_time_usd = np.where(record.stage_day[:, -1] < day, record.mean_amount_usd, 0.0)
    value_usd = in_time_usd[:, None] * np.stack(later, axis=1)
    surprise = np.where(record.revealed, record.passed - record.chance, 0.0)
    won = record.won & (record.end_day < day)
    amounts = record.amount_usd[won] - record.mean_amount_usd[won]
    return float(np.sum(surprise * value_usd) + amounts.sum())
