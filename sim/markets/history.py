"""What a simulated stretch of time leaves behind in the CRM: the snapshot on its last day."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from sim.market import Truth
from sim.planning import PlanningProblem
from sim.record import CUT, OPEN, WON, Record
from sim.snapshot import STAGES, BoolArray, FloatArray, History, IntArray, OpenDeals, Snapshot


@dataclass(frozen=True, eq=False)
class _Opportunities:
    """What the CRM says of the opportunity of each engagement (engagements,): one that was cut and went on is the same one."""

    open: BoolArray  # worked on the last day, or waiting
    created_day: FloatArray
    stage: IntArray
    entered_day: FloatArray  # when it came into this stage
    amount_usd: FloatArray


def snapshot_after(before: Snapshot, problem: PlanningProblem, record: Record) -> Snapshot:
    """The snapshot at the record's horizon, which becomes day 0: owners, open deals, relationships, history of won and lost engagements.

    ``problem`` is the planning problem on the record's own day 0. Only worked accounts have outcomes: the selection that real CRMs have.
    A deal that was under way when its account went away is a lost one. A vacant seat starts on the day on which its successor will.
    """
    shift, past = record.horizon_days, before.history
    owner = record.owner_at(np.array([shift]))[:, 0]
    opportunities = _opportunities(before, problem, record)
    closed = (record.outcome != OPEN) & (record.outcome != CUT)
    customer_since, arr_usd = _contracts(before, record)
    return replace(
        before,
        accounts=replace(before.accounts, customer_since_day=customer_since - shift, arr_usd=arr_usd),
        seats=replace(before.seats, start_day=_start_day(before, record) - shift),
        owner=owner,
        last_touch_day=_last_touch_day(before, record),
        engaged_days=_engaged_days(before, problem, record, owner),
        deals=_open_deals(before, record, opportunities, owner),
        history=History(
            account=np.append(past.account, record.account[closed]),
            seat=np.append(past.seat, record.seat[closed]),
            created_day=np.append(past.created_day, opportunities.created_day[closed]) - shift,
            closed_day=np.append(past.closed_day, record.end_day[closed]) - shift,
            won=np.append(past.won, record.outcome[closed] == WON),
            expansion=np.append(past.expansion, record.expansion[closed]),
            amount_usd=np.append(past.amount_usd, record.amount_usd[closed]),
        ),
        history_days=before.history_days + shift,
    )


def truth_after(truth: Truth, record: Record) -> Truth:
    """Who sits in each seat at the record's horizon, or comes next where it is vacant, and how talented they are."""
    successions, talent = record.events.successions, truth.talent.copy()
    person = np.zeros(len(talent), dtype=np.int64) if truth.person is None else truth.person.copy()
    talent[successions.seat], person[successions.seat] = successions.talent, successions.person  # of several the last one counts
    return replace(truth, talent=talent, person=person)


def _start_day(before: Snapshot, record: Record) -> FloatArray:
    """When the person of each seat (seats,) has started, or will."""
    successions, start_day = record.events.successions, before.seats.start_day.copy()
    start_day[successions.seat] = successions.start_day  # of several successors the last one counts
    return start_day


def _contracts(before: Snapshot, record: Record) -> tuple[FloatArray, FloatArray]:
    """Since when (accounts,) each is a customer, NaN if it is none, and its ARR, usd: what it has bought since it last left, if it did."""
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


def _engaged_days(before: Snapshot, problem: PlanningProblem, record: Record, owner: IntArray) -> FloatArray:
    """Days worked by the person in the ``owner`` seat of the last day: those of before count if it is the same, and what a warm
    transition has kept.
    """
    events = record.events
    came_day = np.append(np.where(before.seats.start_day > 0, 0.0, -np.inf), -np.inf)  # the last one is nobody's
    came_day[events.successions.seat] = events.successions.left_day
    known_since = np.full(len(owner), -np.inf)
    known_since[events.moves.account] = events.moves.day
    known_since = np.maximum(known_since, came_day[owner])
    days = np.where(np.isneginf(known_since) & (problem.owner == owner), problem.engaged_days, 0.0)
    own = record.start_day >= known_since[record.account]
    worked: FloatArray = days + np.bincount(record.account, np.where(own, record.end_day - record.start_day, 0.0), len(days))
    told = events.hand_overs
    kept = (told.end_day <= record.horizon_days) & (told.start_day == known_since[told.account])
    return worked + np.bincount(told.account, np.where(kept, told.kept_days, 0.0), len(days))


def _opportunities(before: Snapshot, problem: PlanningProblem, record: Record) -> _Opportunities:
    """A deal's stage is the first that is not yet decided; its age counts from the decision before. What was open on day 0 goes on."""
    rows = np.lexsort((record.end_day, record.start_day, record.account))  # one that is cut on the day it starts comes first
    account, outcome, attempt, first_stage = (x[rows] for x in (record.account, record.outcome, record.attempt, record.first_stage))
    first = account != np.roll(account, 1)
    first[:1] = True
    goes_on = ~first & (np.roll(outcome, 1) == CUT) & (np.roll(attempt, 1) == attempt)
    waits = (outcome == CUT) & np.roll(first, -1) & (_gone_day(record, len(before.accounts))[account] < record.end_day[rows])

    stage = np.minimum(first_stage + record.revealed[rows].sum(axis=1), len(STAGES) - 1)
    advanced = stage > first_stage
    deal = np.full(len(before.accounts), -1)
    deal[before.deals.account] = np.arange(len(before.deals))
    old = np.where(first & ((attempt == 0) | (first_stage > 0)), deal[account], -1)
    created, age, amount = (
        np.append(x, 0.0)[old] for x in (before.deals.created_day, before.deals.stage_age_days, before.deals.amount_usd)
    )
    # What a rep writes into the CRM is the estimate, not the truth.
    share = np.where(record.expansion[rows], problem.rates.expansion_share, 1.0)
    estimate = problem.accounts.potential_usd[account] * share
    entered = np.where(old >= 0, -age, record.start_day[rows])
    entered = np.where(advanced, record.stage_day[rows, np.maximum(stage - 1, 0)], entered)

    row = np.arange(len(rows))
    begun = np.maximum.accumulate(np.where(goes_on, 0, row))
    at_stage = np.maximum.accumulate(np.where(goes_on & ~advanced, 0, row))
    back = np.argsort(rows)
    return _Opportunities(
        open=((outcome == OPEN) | waits)[back],
        created_day=np.where(old >= 0, created, record.start_day[rows])[begun][back],
        stage=stage[back],
        entered_day=entered[at_stage][back],
        amount_usd=np.where(old >= 0, amount, estimate)[begun][back],
    )


def _gone_day(record: Record, accounts_n: int) -> FloatArray:
    """Last day (accounts,) on which an account went away, with the deal that waited there; -inf: never."""
    renewals, departures = record.events.renewals, record.events.departures
    gone = np.full(accounts_n, -np.inf)
    np.maximum.at(gone, renewals.account[renewals.churned], renewals.day[renewals.churned])
    np.maximum.at(gone, departures.account, departures.day)
    return gone


def _open_deals(before: Snapshot, record: Record, opportunities: _Opportunities, owner: IntArray) -> OpenDeals:
    """Deals that are worked or wait, then those of day 0 that nobody has touched."""
    rows = np.flatnonzero(opportunities.open)
    touched = np.isin(before.deals.account, record.account)
    old = np.flatnonzero(~touched & np.isneginf(_gone_day(record, len(before.accounts))[before.deals.account]))
    account = np.append(record.account[rows], before.deals.account[old])
    return OpenDeals(
        account=account,
        seat=owner[account],
        stage=np.append(opportunities.stage[rows], before.deals.stage[old]),
        created_day=np.append(opportunities.created_day[rows], before.deals.created_day[old]) - record.horizon_days,
        stage_age_days=record.horizon_days - np.append(opportunities.entered_day[rows], -before.deals.stage_age_days[old]),
        amount_usd=np.append(opportunities.amount_usd[rows], before.deals.amount_usd[old]),
        expansion=np.append(record.expansion[rows], before.deals.expansion[old]),
    )
