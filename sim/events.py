"""What happens besides engagements: tables of the event log, each in the order in which its rows came about.

Days are counted from day 0. A table without rows says that it did not happen.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from typing import TypeVar

import numpy as np

from sim.snapshot import BoolArray, FloatArray, IntArray

REDESIGN, REBALANCED, ROUTED, RETURNED, MERGED = range(5)
MOVE_REASONS = ("redesign", "rebalanced", "routed", "returned to the pool", "merged")
MERGED_AWAY, TO_COMPETITOR = range(2)
BALANCED, NOT_ASKED, NO_ANSWER, ANSWERED = range(4)
REVIEW_ANSWERS = ("balanced", "nobody to ask", "unsupported", "answered")

Table = TypeVar("Table")
_DTYPES = {"FloatArray": np.float64, "IntArray": np.int64, "BoolArray": np.bool_}


def table(kind: type[Table], rows: Sequence[tuple[float, ...]] = ()) -> Table:
    """A table from its rows, each in the order of the columns."""
    columns = list(zip(*rows, strict=True)) if rows else [() for _ in fields(kind)]  # type: ignore[arg-type]
    names = [(f.name, _DTYPES[str(f.type)]) for f in fields(kind)]  # type: ignore[arg-type]
    return kind(**{name: np.array(column, dtype=dtype) for (name, dtype), column in zip(names, columns, strict=True)})


@dataclass(frozen=True, eq=False)
class Moves:
    """Changes of owner after day 0, shape (moves,): when, which account, from and to which seat (-1: nobody), why (``MOVE_REASONS``)."""

    day: FloatArray
    account: IntArray
    from_seat: IntArray
    to_seat: IntArray
    reason: IntArray


@dataclass(frozen=True, eq=False)
class Successions:
    """Changes of person, shape (successions,): the seat is vacant from ``left_day`` until the successor's ``start_day``, which may lie
    after the horizon. ``person`` numbers the successor. Who was there on day 0 stands in the snapshot.
    """

    seat: IntArray
    person: IntArray
    left_day: FloatArray
    start_day: FloatArray
    talent: FloatArray


@dataclass(frozen=True, eq=False)
class Renewals:
    """Anniversaries of customers, shape (renewals,): the ARR at stake, the chance of churn, whether it was lost."""

    day: FloatArray
    account: IntArray
    seat: IntArray
    arr_usd: FloatArray
    churn_chance: FloatArray
    churned: BoolArray


@dataclass(frozen=True, eq=False)
class Leads:
    """Inbound leads, shape (leads,): when, where, at whose account (-1: nobody's); ``answered_day`` is NaN where the lead was lost.

    A lead at an account that is being worked is no lead. One still waiting at the horizon is left out.
    """

    day: FloatArray
    account: IntArray
    seat: IntArray
    answered_day: FloatArray


@dataclass(frozen=True, eq=False)
class HandOvers:
    """Hours of warm transitions, shape (hand-overs,), two rows for every account handed over: the old seat's, then the new one's.

    ``end_day`` may lie after the horizon. ``kept_days``: the engaged days with which the new seat's person starts on that day; 0 for the
    old seat, and where the hand-over was cut short.
    """

    seat: IntArray
    account: IntArray
    start_day: FloatArray
    end_day: FloatArray
    hours_per_week: FloatArray
    kept_days: FloatArray


@dataclass(frozen=True, eq=False)
class Support:
    """Support work of seats, shape (stretches,): hours a week asked by the book's customers and hours given, from a day to another."""

    seat: IntArray
    start_day: FloatArray
    end_day: FloatArray
    asked_h_per_week: FloatArray
    given_h_per_week: FloatArray


@dataclass(frozen=True, eq=False)
class PlanningHours:
    """Hours that people spend on making a design, shape (stretches,): so many a week, from a day to another."""

    seat: IntArray
    start_day: FloatArray
    end_day: FloatArray
    hours_per_week: FloatArray


@dataclass(frozen=True, eq=False)
class Departures:
    """Accounts nobody can work, shape (departures,): from ``day`` until ``until_day`` (inf: for good), merged or lost to a competitor."""

    day: FloatArray
    account: IntArray
    until_day: FloatArray
    reason: IntArray


@dataclass(frozen=True, eq=False)
class Reviews:
    """Looks at the balance, shape (reviews,): the coefficient of variation of potential per capacity hour, how many accounts were moved,
    and what came of it (``REVIEW_ANSWERS``): balance was good enough, no strategy was there to ask, it could not treat the problem, or it
    answered.
    """

    day: FloatArray
    cv: FloatArray
    moved_n: IntArray
    answer: IntArray


@dataclass(frozen=True, eq=False)
class Events:
    """All tables; by default nothing happened."""

    moves: Moves = field(default_factory=lambda: table(Moves))
    successions: Successions = field(default_factory=lambda: table(Successions))
    renewals: Renewals = field(default_factory=lambda: table(Renewals))
    leads: Leads = field(default_factory=lambda: table(Leads))
    hand_overs: HandOvers = field(default_factory=lambda: table(HandOvers))
    support: Support = field(default_factory=lambda: table(Support))
    planning: PlanningHours = field(default_factory=lambda: table(PlanningHours))
    departures: Departures = field(default_factory=lambda: table(Departures))
    reviews: Reviews = field(default_factory=lambda: table(Reviews))
