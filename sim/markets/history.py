"""What a simulated stretch of time leaves behind in the CRM: the snapshot on its last day."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from sim.planning import PlanningProblem
from sim.record import LOST, OPEN, WON, Record
from sim.snapshot import STAGES, FloatArray, History, OpenDeals, Snapshot


def snapshot_after(before: Snapshot, problem: PlanningProblem, record: Record) -> Snapshot:
    """The snapshot at the record's horizon, which becomes day 0: owners, open deals, relationships, history of won and lost engagements.

    ``problem`` is the planning problem on the record's own day 0. Only worked accounts have outcomes: the selection that real CRMs have.
    """
    shift = record.horizon_days
    open_now = record.outcome == OPEN
    closed = ~open_now
    customer_since, arr_usd = _contracts(before, record)
    return replace(
        before,
        accounts=replace(before.accounts, customer_since_day=customer_since - shift, arr_usd=arr_usd),
        seats=replace(before.seats, start_day=before.seats.start_day - shift),
        owner=record.owner,
        last_touch_day=_last_touch_day(before, record),
        engaged_days=_engaged_days(problem, record),
        deals=_open_deals(problem, record, open_now),
        history=History(
            account=record.account[closed],
            seat=record.seat[closed],
            created_day=record.start_day[closed] - shift,
            closed_day=record.end_day[closed] - shift,
            won=record.outcome[closed] == WON,
            expansion=record.expansion[closed],
            amount_usd=np.where(record.outcome[closed] == LOST, 0.0, record.amount_usd[closed]),
        ),
        history_days=before.history_days + shift,
    )


def _contracts(before: Snapshot, record: Record) -> tuple[FloatArray, FloatArray]:
    """Since when (accounts,) each is a customer, NaN if it is none, and its ARR, usd: of what it has bought since it last left, if it did."""
    renewals, n = record.events.renewals, len(before.accounts)
    left_day, first_win = np.full(n, -np.inf), np.full(n, np.inf)
    np.maximum.at(left_day, renewals.account[renewals.churned], renewals.day[renewals.churned])
    still = record.won & (record.end_day > left_day[record.account])
    np.minimum.at(first_win, record.account[still], record.end_day[still])
    stayed = np.isneginf(left_day)
    since = np.fmin(np.where(stayed, before.accounts.customer_since_day, np.nan), np.where(np.isfinite(first_win), first_win, np.nan))
    bought_usd = np.bincount(record.account, np.where(still, record.amount_usd, 0.0), n)
    return since, np.where(stayed, before.accounts.arr_usd, 0.0) + bought_usd


def _last_touch_day(before: Snapshot, record: Record) -> FloatArray:
    touched = np.full(len(before.accounts), -np.inf)
    np.maximum.at(touched, record.account, record.end_day)
    touch: FloatArray = np.where(np.isfinite(touched), touched, before.last_touch_day) - record.horizon_days
    return touch


def _engaged_days(problem: PlanningProblem, record: Record) -> FloatArray:
    """Days worked by the owner of the last day: those of before count if the owner is the same."""
    days = np.where(problem.owner == record.owner, problem.engaged_days, 0.0)
    worked: FloatArray = days + np.bincount(record.account, record.end_day - record.start_day, len(days))
    return worked


def _open_deals(problem: PlanningProblem, record: Record, open_now: np.ndarray) -> OpenDeals:
    """A deal's stage is the first that is not yet decided; its age counts from the decision before."""
    rows = np.flatnonzero(open_now)
    stage = np.minimum(record.first_stage[rows] + record.revealed[rows].sum(axis=1), len(STAGES) - 1)
    before = np.maximum(stage - 1, 0)
    entered = np.where(stage > record.first_stage[rows], record.stage_day[rows, before], record.start_day[rows])
    # What a rep writes into the CRM is the estimate, not the truth.
    share = np.where(record.expansion[rows], problem.rates.expansion_share, 1.0)
    return OpenDeals(
        account=record.account[rows],
        seat=record.seat[rows],
        stage=stage,
        created_day=record.start_day[rows] - record.horizon_days,
        stage_age_days=record.horizon_days - entered,
        amount_usd=problem.accounts.potential_usd[record.account[rows]] * share,
        expansion=record.expansion[rows],
    )
