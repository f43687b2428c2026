"""Event logs made by hand, so small that every metric of them can be worked out.

engagement()     one row; record() puts rows together as the simulation orders them
happened()       tables of what happened besides, from their rows
seats_of()       seats whose columns are replaced by one value for all or one for each
random_record()  a log of accounts worked at random within the seats' hours
eventful()       the same log, in which accounts appear, move and depart at random
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from sim.events import REBALANCED, TO_COMPETITOR, Events, table
from sim.planning import PlanningProblem
from sim.record import LOST, OPEN, WON, Record
from sim.snapshot import Seats
from tests.worlds import tiny_problem


def engagement(account: int, seat: int, start: float, end: float, outcome: int, **more: Any) -> dict[str, Any]:
    """One row of a record: 1 h a week, 0.25 h of them on the road, chances 1/2, 1/2, 1/2, worth 1,000 usd. ``more`` replaces columns."""
    passed_n = 3 if outcome == WON else more.pop("passed_n", 0)
    revealed_n = 3 if outcome == WON else passed_n + (outcome == LOST)
    return {
        "account": account,
        "seat": seat,
        "attempt": 0,
        "expansion": False,
        "first_stage": 0,
        "start_day": start,
        "end_day": end,
        "outcome": outcome,
        "rest_until_day_after": end + 180.0,
        "workload_h_per_week": 1.0,
        "travel_h_per_week": 0.25,
        "mean_amount_usd": 1000.0,
        "amount_usd": 1000.0 if outcome == WON else 0.0,
        "stage_day": [start + 1, start + 2, end],
        "chance": [0.5, 0.5, 0.5],
        "passed": [s < passed_n for s in range(3)],
        "revealed": [s < revealed_n for s in range(3)],
        **more,
    }


def record(rows: Sequence[dict[str, Any]], owner: ArrayLike, quarters: int = 2, rest_until: ArrayLike = 0.0, **more: Any) -> Record:
    """The rows as a record, ordered as the simulation orders them; ``more`` are other fields, such as ``events``."""
    owner = np.asarray(owner, dtype=np.int64)
    rows = sorted(rows, key=lambda row: (row["seat"], row["start_day"]))
    columns: dict[str, Any] = {name: np.array([row[name] for row in rows]) for name in engagement(0, 0, 0, 1, LOST)}
    if not rows:
        columns = {name: np.zeros((0, *np.shape(value)), np.asarray(value).dtype) for name, value in engagement(0, 0, 0, 1, LOST).items()}
    for name in ("start_day", "end_day", "stage_day"):
        columns[name] = columns[name].astype(np.float64)
    rest = np.broadcast_to(np.asarray(rest_until, dtype=np.float64), owner.shape)
    return Record(horizon_days=91.0 * quarters, owner=owner, rest_until_day=rest, **columns, **more)


def happened(**rows: Sequence[tuple[float, ...]]) -> Events:
    """Events from the rows of their tables, each in the order of the table's columns."""
    kinds = {field.name: type(getattr(Events(), field.name)) for field in fields(Events)}
    return Events(**{name: table(kinds[name], listed) for name, listed in rows.items()})


def seats_of(seats_n: int, **columns: ArrayLike) -> Seats:
    """Seats whose columns are replaced by one value for all or one for each."""
    seats = tiny_problem(12, seats_n).seats
    filled: dict[str, Any] = {name: np.broadcast_to(np.asarray(value), seats_n) for name, value in columns.items()}
    return replace(seats, **filled)


def random_record(rng: np.random.Generator, problem: PlanningProblem, quarters: int) -> Record:
    """A log of accounts worked at random within the seats' hours, with rests, wins, losses and open ends; days and hours are quarters."""
    owner = rng.integers(-1, len(problem.seats), len(problem.accounts))
    horizon, rows = 91.0 * quarters, []
    for account in np.flatnonzero(owner >= 0):
        day = rng.integers(0, 400) / 4
        while day < horizon and rng.random() < 0.7:
            end = day + rng.integers(1, 400) / 4
            outcome = OPEN if end >= horizon else int(rng.choice([LOST, WON]))
            rest = min(end, horizon) + rng.integers(0, 800) / 4
            hours = rng.integers(1, 8) / 4
            more = {"rest_until_day_after": rest, "workload_h_per_week": hours, "amount_usd": rng.integers(1, 99) * 10.0 * (outcome == WON)}
            rows.append(engagement(int(account), int(owner[account]), day, min(end, horizon), outcome, **more))
            day = rest + rng.integers(0, 200) / 4
    return record(rows, owner, quarters, rest_until=rng.integers(-100, 300, len(owner)) / 4)


def eventful(rng: np.random.Generator, log: Record, seats_n: int) -> Record:
    """The log with some 60 moves (two on one day among them), a fifth of the accounts that appear late, a fifth that depart, and a
    sixth that churn.
    """
    accounts_n, owner, moves = len(log.owner), log.owner.copy(), []
    for day in np.sort(rng.integers(0, 4 * int(log.horizon_days), 60) / 4).tolist():
        account, seat = int(rng.integers(accounts_n)), int(rng.integers(-1, seats_n))
        if seat != owner[account]:
            moves.append((day, account, int(owner[account]), seat, REBALANCED))
            owner[account] = seat
    gone = rng.permutation(accounts_n)[: accounts_n // 5].tolist()
    days = rng.integers(0, 4 * int(log.horizon_days), (len(gone), 2)) / 4
    departures = [(day, account, day + away, TO_COMPETITOR) for account, (day, away) in zip(gone, days.tolist(), strict=True)]
    born = np.where(rng.random(accounts_n) < 0.2, 1.0 * rng.integers(0, 400, accounts_n), -np.inf)
    lost = [(float(rng.integers(int(log.horizon_days))), a, -1, 1e3, 0.5, bool(rng.random() < 0.5)) for a in range(0, accounts_n, 3)]
    return replace(log, owner_before=log.owner, born_day=born, events=happened(moves=moves, departures=departures, renewals=lost))
