"""What a CRM shows on roll-out day (day 0): accounts, seats, owners, open deals and history.

Frozen dataclasses over read-only NumPy arrays. Inside, an account or a seat is its position (0, 1, ...); the ids of the outside world are
used only where files are read or written. Days are counted from day 0: the past is negative.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]

STAGES = ("prospecting", "qualified", "proposal")
UNASSIGNED = -1
DAYS_PER_WEEK = 7
DAYS_PER_QUARTER = 91
DAYS_PER_YEAR = 4 * DAYS_PER_QUARTER
ENGAGED_WINDOW_DAYS = 90
FINE_STEP = 2.0**-20  # of an hour, a day, a degree, a share, the log-odds
COARSE_STEP = 2.0**-10  # of a usd, a km


def to_grid(values: ArrayLike, step: float = FINE_STEP) -> FloatArray:
    """The nearest multiples of ``step``, a power of two: the same on every processor, and their sums exact in any order.

    The last bits of exp, log and sin, and of sums by BLAS, differ between processors; a search follows them to another plan. So what they
    make is rounded where it is stored or decides something. About one such number in 10^9 lies so near to the middle between two multiples
    that it is rounded up here and down there.
    """
    rounded: FloatArray = np.rint(np.asarray(values, dtype=np.float64) / step) * step
    return rounded


@dataclass(frozen=True)
class Vocabulary:
    """The names behind the integer codes of accounts and seats."""

    segments: tuple[str, ...]
    industries: tuple[str, ...]
    regions: tuple[str, ...]
    skills: tuple[str, ...]
    teams: tuple[str, ...]
    roles: tuple[str, ...] = ("hunter", "farmer", "hybrid")


@dataclass(frozen=True, eq=False)
class Accounts:
    """Companies that could buy or have bought, as the CRM shows them. All arrays have shape (accounts,) unless noted.

    ``region`` is -1 and ``latitude``, ``longitude``, ``employees`` are NaN where unknown; ``customer_since_day`` is NaN for those who have
    never bought; ``required_skills`` has shape (accounts, skills); ``parent`` is the position of the parent account or -1.
    """

    id: tuple[str, ...]
    name: tuple[str, ...]
    segment: IntArray
    industry: IntArray
    region: IntArray
    latitude: FloatArray
    longitude: FloatArray
    employees: FloatArray
    potential_usd: FloatArray  # a year, estimated
    fit: FloatArray  # 0..1
    customer_since_day: FloatArray
    arr_usd: FloatArray
    required_skills: BoolArray
    strategic: BoolArray
    parent: IntArray

    def __post_init__(self) -> None:
        n = len(self.id)
        _columns(self, n)
        _unique("account", self.id)
        _within("accounts.segment", self.segment, 0)
        _within("accounts.industry", self.industry, 0)
        _within("accounts.region", self.region, -1)
        _within("accounts.latitude", self.latitude, -90.0, 90.0, nan=True)
        _within("accounts.longitude", self.longitude, -180.0, 180.0, nan=True)
        _within("accounts.potential_usd", self.potential_usd, 0.0)
        _within("accounts.fit", self.fit, 0.0, 1.0)
        _within("accounts.arr_usd", self.arr_usd, 0.0)
        _within("accounts.parent", self.parent, -1, n - 1)

    def __len__(self) -> int:
        return len(self.id)


@dataclass(frozen=True, eq=False)
class Seats:
    """Sales positions with a book and a quota. All arrays have shape (seats,) unless noted.

    ``quota_usd`` is for a year and NaN where none has been set yet; ``start_day`` is the day on which the person started (negative: before
    day 0); ``skills`` has shape (seats, skills); ``latitude`` and ``longitude`` are the home, NaN where unknown.
    """

    id: tuple[str, ...]
    name: tuple[str, ...]
    team: IntArray
    role: IntArray
    region: IntArray
    latitude: FloatArray
    longitude: FloatArray
    capacity_h_per_week: FloatArray
    quota_usd: FloatArray
    start_day: FloatArray
    skills: BoolArray

    def __post_init__(self) -> None:
        n = len(self.id)
        if n == 0:
            raise ValueError("seats: there are 0 of them; a market needs at least one")
        _columns(self, n)
        _unique("seat", self.id)
        _within("seats.team", self.team, 0)
        _within("seats.role", self.role, 0)
        _within("seats.region", self.region, -1)
        _within("seats.latitude", self.latitude, -90.0, 90.0, nan=True)
        _within("seats.longitude", self.longitude, -180.0, 180.0, nan=True)
        _within("seats.capacity_h_per_week", self.capacity_h_per_week, 0.0)
        _within("seats.quota_usd", self.quota_usd, 0.0, nan=True)

    def __len__(self) -> int:
        return len(self.id)


@dataclass(frozen=True, eq=False)
class OpenDeals:
    """Engagements under way on day 0, at most one an account. Arrays have shape (deals,).

    ``stage`` is a position in ``STAGES``; ``seat`` is who works the deal; ``stage_age_days`` is the time since it entered its stage.
    """

    account: IntArray
    seat: IntArray
    stage: IntArray
    created_day: FloatArray
    stage_age_days: FloatArray
    amount_usd: FloatArray
    expansion: BoolArray

    def __post_init__(self) -> None:
        _columns(self, len(self.account))
        if len(np.unique(self.account)) != len(self.account):
            raise ValueError("deals.account: an account has two open deals; one engagement an account at a time")
        _within("deals.stage", self.stage, 0, len(STAGES) - 1)
        _within("deals.created_day", self.created_day, -np.inf, 0.0)
        _within("deals.stage_age_days", self.stage_age_days, 0.0)
        _within("deals.amount_usd", self.amount_usd, 0.0)

    def __len__(self) -> int:
        return len(self.account)


@dataclass(frozen=True, eq=False)
class History:
    """Engagements that ended before day 0, won or lost. Arrays have shape (engagements,). Only worked accounts have rows."""

    account: IntArray
    seat: IntArray  # -1: somebody who is not among today's seats
    created_day: FloatArray
    closed_day: FloatArray
    won: BoolArray
    expansion: BoolArray  # the account was a customer already
    amount_usd: FloatArray  # 0 where lost

    def __post_init__(self) -> None:
        _columns(self, len(self.account))
        _within("history.closed_day", self.closed_day, -np.inf, 0.0)
        _within("history.amount_usd", self.amount_usd, 0.0)
        if np.any(self.created_day > self.closed_day):
            raise ValueError("history.closed_day: an engagement was closed before it was created")

    def __len__(self) -> int:
        return len(self.account)


@dataclass(frozen=True, eq=False)
class Snapshot:
    """The company on day 0, as its CRM shows it. ``owner``, ``last_touch_day`` and ``engaged_days`` have shape (accounts,).

    ``owner`` is a seat's position or -1. ``last_touch_day`` is NaN where nobody ever worked the account. ``engaged_days`` is how long the
    account was worked by today's owner: what the relationship grows with. ``history_days`` is how far back the history reaches.
    """

    vocabulary: Vocabulary
    accounts: Accounts
    seats: Seats
    owner: IntArray
    last_touch_day: FloatArray
    engaged_days: FloatArray
    deals: OpenDeals
    history: History
    history_days: float

    def __post_init__(self) -> None:
        n, m = len(self.accounts), len(self.seats)
        for name in ("owner", "last_touch_day", "engaged_days"):
            _set_column(self, name, getattr(self, name), n)
        _within("owner", self.owner, UNASSIGNED, m - 1)
        _within("engaged_days", self.engaged_days, 0.0)
        for name, table in (("deals", self.deals), ("history", self.history)):
            _within(f"{name}.account", table.account, 0, n - 1)
            _within(f"{name}.seat", table.seat, UNASSIGNED, m - 1)

    @property
    def has_owners(self) -> bool:
        """Whether anybody owns anything today."""
        return bool(np.any(self.owner != UNASSIGNED))


def empty_deals() -> OpenDeals:
    """No deal is open."""
    i, f, b = np.zeros(0, np.int64), np.zeros(0), np.zeros(0, np.bool_)
    return OpenDeals(account=i, seat=i, stage=i, created_day=f, stage_age_days=f, amount_usd=f, expansion=b)


def empty_history() -> History:
    """Nothing has been recorded yet."""
    i, f, b = np.zeros(0, np.int64), np.zeros(0), np.zeros(0, np.bool_)
    return History(account=i, seat=i, created_day=f, closed_day=f, won=b, expansion=b, amount_usd=f)


def _columns(table: Any, n: int) -> None:
    """Copy every array field to a read-only array and check that its first axis has ``n`` entries."""
    for field in fields(table):
        value = getattr(table, field.name)
        if isinstance(value, tuple):
            if len(value) != n:
                raise ValueError(f"{type(table).__name__}.{field.name}: {len(value)} values where {n} are expected")
        else:
            _set_column(table, field.name, value, n)


def _set_column(table: Any, name: str, value: Any, n: int) -> None:
    array = np.array(value)
    if np.issubdtype(array.dtype, np.integer):
        array = array.astype(np.int64)
    elif np.issubdtype(array.dtype, np.floating):
        array = array.astype(np.float64)
    if array.ndim == 0 or array.shape[0] != n:
        raise ValueError(f"{type(table).__name__}.{name}: shape {array.shape} where {n} rows are expected")
    array.setflags(write=False)
    object.__setattr__(table, name, array)


def _within(name: str, values: NDArray[Any], low: float, high: float = np.inf, *, nan: bool = False) -> None:
    """Raise ValueError naming the first position whose value is outside [low, high] (NaN is outside too unless ``nan``)."""
    bad = ~((values >= low) & (values <= high))
    if nan:
        bad &= ~np.isnan(values)
    if np.any(bad):
        first = int(np.argmax(bad))
        raise ValueError(f"{name}: {values[first]} at position {first} is outside {low} to {high}")


def _unique(kind: str, ids: Sequence[str]) -> None:
    if len(set(ids)) != len(ids):
        seen: set[str] = set()
        twice = next(i for i in ids if i in seen or seen.add(i))  # type: ignore[func-returns-value]
        raise ValueError(f"{kind} id {twice!r} is used twice")
