"""The problem in numbers, whatever they stand for: a generalised assignment problem with soft balance and limits on numbers.

Every account takes exactly one of its options. Option o belongs to a seat r(o) (or to nobody), brings v_o usd and asks h_o hours there.

    (1)  maximise   sum_o v_o x_o  -  w sum_r |B_r - T_r|  -  m max_r |B_r - T_r|
    (2)  subject to sum over the options of an account of x_o = 1      for every account
    (3)             sum over the options at r of h_o x_o <= H_r        for every seat r
    (4)             n_r <= number of options taken at r <= N_r         for every seat r
    (5)             x_o in {0, 1}
    (6)  with       B_r = sum over the options at r of p_i(o) x_o

For any prices pi_r >= 0 of an hour, mu of balance with sum_r max(|mu_r| - w, 0) <= m, and nu_r of a place, no plan has more than

    (7)  sum_r [ pi_r H_r + mu_r T_r + nu_r (N_r if nu_r > 0 else n_r) ] + sum_i max over its options of [ v - pi h - mu p - nu ]

(Lagrangian relaxation: Geoffrion 1974, Mathematical Programming Study 2; the balance terms enter by their convex conjugate.)
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from sim.snapshot import FloatArray, IntArray

SeatArray = NDArray[np.int32]
NOBODY = -1
FEASIBILITY_TOLERANCE = 1e-9  # relative to a budget


@dataclass(frozen=True, eq=False)
class Instance:
    """The options of account i are ``first[i]`` to ``first[i + 1]`` - 1; (options,): ``seat`` (-1: nobody's), ``value_usd``, ``hours``.

    ``weight_usd`` (accounts,) is p, which a book weighs in (6) under any option at a seat. By seat (seats,): ``budget_h`` H,
    ``target_usd`` T, ``least_n`` n and ``most_n`` N. ``sum_price`` is w and ``max_price`` is m, usd per usd off target.
    """

    first: IntArray
    seat: SeatArray
    value_usd: FloatArray
    hours: FloatArray
    weight_usd: FloatArray
    budget_h: FloatArray
    target_usd: FloatArray
    least_n: IntArray
    most_n: IntArray
    sum_price: float = 0.0
    max_price: float = 0.0

    def __post_init__(self) -> None:
        options_n, seats_n = len(self.seat), len(self.budget_h)
        for name, length in (("value_usd", options_n), ("hours", options_n), ("weight_usd", self.accounts_n)):
            if len(getattr(self, name)) != length:
                raise ValueError(f"instance.{name}: {len(getattr(self, name))} values where {length} are expected")
        for name in ("target_usd", "least_n", "most_n"):
            if len(getattr(self, name)) != seats_n:
                raise ValueError(f"instance.{name}: {len(getattr(self, name))} values where {seats_n} seats are")
        if self.first[0] != 0 or self.first[-1] != options_n or np.any(np.diff(self.first) < 1):
            raise ValueError("instance.first: every account has at least one option, and all options belong to an account")
        if options_n and not (NOBODY <= self.seat.min() and self.seat.max() < seats_n):
            raise ValueError(f"instance.seat: from {self.seat.min()} to {self.seat.max()}; there are {seats_n} seats")
        if np.any(self.hours < 0) or not np.all(np.isfinite(self.hours)) or not np.all(np.isfinite(self.value_usd)):
            raise ValueError("instance: hours must not be negative, and hours and values must be finite")
        for field in fields(self):
            array = getattr(self, field.name)
            if isinstance(array, np.ndarray):
                array.setflags(write=False)

    @property
    def accounts_n(self) -> int:
        """How many accounts there are."""
        return len(self.first) - 1

    @property
    def seats_n(self) -> int:
        """How many seats there are."""
        return len(self.budget_h)

    def objective_usd(self, choice: IntArray) -> float:
        """Objective (1) of a plan: ``choice`` (accounts,) is the option that each account takes."""
        off_usd = np.abs(self.books_usd(choice) - self.target_usd)
        value = float(self.value_usd[choice].sum())
        return value - self.sum_price * float(off_usd.sum()) - self.max_price * float(off_usd.max(initial=0.0))

    def books_usd(self, choice: IntArray) -> FloatArray:
        """B (seats,) of a plan."""
        return self._by_seat(choice, self.weight_usd)

    def hours_used(self, choice: IntArray) -> FloatArray:
        """Hours (seats,) of a plan."""
        return self._by_seat(choice, self.hours[choice])

    def numbers(self, choice: IntArray) -> IntArray:
        """How many accounts (seats,) each seat has in a plan."""
        numbers: IntArray = self._by_seat(choice, np.ones(self.accounts_n)).astype(np.int64)
        return numbers

    def is_feasible(self, choice: IntArray) -> bool:
        """Whether a plan keeps (3) and (4), hours up to rounding."""
        numbers = self.numbers(choice)
        slack_h = FEASIBILITY_TOLERANCE * np.maximum(self.budget_h, 1.0)
        fits = np.all(self.hours_used(choice) <= self.budget_h + slack_h)
        return bool(fits and np.all(numbers >= self.least_n) and np.all(numbers <= self.most_n))

    def _by_seat(self, choice: IntArray, amounts: FloatArray) -> FloatArray:
        seat = self.seat[choice]
        owned = seat != NOBODY
        totals: FloatArray = np.bincount(seat[owned], amounts[owned], self.seats_n).astype(np.float64)
        return totals


@dataclass(frozen=True, eq=False)
class Prices:
    """pi, mu and nu of (7), each (seats,): usd an hour, usd per usd of weight, usd a place."""

    hour: FloatArray
    balance: FloatArray
    place: FloatArray

    @staticmethod
    def zero(seats_n: int) -> Prices:
        """Everything is free."""
        return Prices(np.zeros(seats_n), np.zeros(seats_n), np.zeros(seats_n))


@dataclass(frozen=True, eq=False)
class Effort:
    """When to stop. The counts are deterministic; ``time_limit_s``, if there is one, makes the result depend on the machine.

    ``gap_share``: good enough. ``price_steps_n``: steps towards better prices. ``search_rounds_n``: rounds of disturbing and improving the
    plan. ``exact_nodes_n``: branch-and-bound nodes of a proof.
    """

    gap_share: float = 1e-6
    price_steps_n: int = 400
    search_rounds_n: int = 8
    exact_nodes_n: int = 1_000
    time_limit_s: float | None = None


@dataclass(frozen=True, eq=False)
class Solution:
    """``choice`` (accounts,): the option that each account takes. No plan has an objective above ``bound_usd``.

    ``status``: OPTIMAL (proven to ``gap_share`` of the effort), FEASIBLE, or TIME (stopped by the clock).
    """

    choice: IntArray
    objective_usd: float
    bound_usd: float
    status: str
    prices: Prices

    @property
    def gap_share(self) -> float:
        """(bound - objective) / |bound|."""
        return (self.bound_usd - self.objective_usd) / max(abs(self.bound_usd), 1e-9)
