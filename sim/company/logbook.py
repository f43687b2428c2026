"""The record that a company's log becomes: at the horizon, or on any day before it."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
from scipy.special import expit

from sim.company.company import Company
from sim.company.engagement import CUT_OFF, DAY, DROPPED_OFF, LOG_COLUMNS, STAGES_N
from sim.events import Events, table
from sim.record import CUT, DROPPED, LOST, OPEN, WON, Record
from sim.snapshot import FloatArray, IntArray

_TABLES = {f.name: f.default_factory for f in fields(Events)}


def record_of(company: Company, owner: IntArray, rest_until_day: FloatArray, day: float) -> Record:
    """What has happened by ``day``. ``owner`` (accounts,) is the design, ``rest_until_day`` (accounts,) says when each account became
    workable at the start.
    """
    policy, problem = company.policy, company.problem
    log = np.array(company.log).reshape(-1, len(LOG_COLUMNS))
    log = log[np.lexsort((log[:, LOG_COLUMNS.index("account")], log[:, LOG_COLUMNS.index("start")], log[:, 0]))]
    column = {name: log[:, k] for k, name in enumerate(LOG_COLUMNS)}
    stage_day, score = (log[:, DAY + k * STAGES_N : DAY + (k + 1) * STAGES_N] for k in range(2))
    whole = {name: column[name].astype(np.int64) for name in ("seat", "person", "account", "attempt", "first_stage")}
    segment = column["segment"].astype(np.int64)  # on the day of the start: accounts grow
    ended = (column["end"] < day) | ((column["stopped"] > 0) & (column["end"] <= day))
    stopped = np.where(ended, column["stopped"], 0.0)
    won = ended & (stopped == 0) & (column["won"] > 0)
    lost = ended & (stopped == 0) & ~won
    end_day = np.where(ended, column["end"], day)
    # A stage is decided if it was begun and its day came before the engagement stopped or the clock did; a loss is decided on its last day.
    last_day = np.where(lost | won, end_day, np.nextafter(end_day, -np.inf))
    revealed = (np.arange(STAGES_N) >= whole["first_stage"][:, None]) & (stage_day <= last_day[:, None])
    passed = revealed & ~(lost[:, None] & (stage_day == end_day[:, None]))
    outcome = np.select([stopped == CUT_OFF, stopped == DROPPED_OFF, won, lost], [CUT, DROPPED, WON, LOST], OPEN)
    rest_days = np.select([won, lost], [policy.rest_after_win_days, policy.rest_after_loss_days], 0.0)
    supported = [row for desk in company.desks for row in desk.support_until(day)]
    planned = [row for desk in company.desks if desk.planning is not None for row in desk.planning.until(day)]
    rows = {**company.rows, "support": company.rows["support"] + supported, "planning": company.rows["planning"] + planned}
    return Record(
        horizon_days=day,
        owner=owner,
        rest_until_day=rest_until_day,
        **whole,
        expansion=column["expansion"] > 0,
        start_day=column["start"],
        end_day=end_day,
        outcome=outcome,
        rest_until_day_after=end_day + rest_days,
        workload_h_per_week=column["hours"],
        travel_h_per_week=problem.rates.visits_per_week[segment] * problem.trip_h(whole["account"], whole["seat"]),
        mean_amount_usd=column["mean_amount"],
        amount_usd=np.where(won, column["amount"], 0.0),
        stage_day=stage_day,
        chance=expit(score),
        passed=passed,
        revealed=revealed,
        owner_before=problem.owner,
        born_day=company.market.truth.born_day,
        events=Events(**{name: table(type(_TABLES[name]()), listed) for name, listed in rows.items()}),  # type: ignore[operator]
    )
