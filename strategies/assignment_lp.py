"""The solver behind ``optimized``: LP relaxation (OR-Tools GLOP) on promising pairs, rounding, local search, a bound valid on all pairs.

The model (see strategies/optimized.py for its meaning):

    maximise    sum_ir v_ir x_ir - w sum_r |B_r - T_r|
    subject to  sum_r x_ir <= 1,   sum_i h_ir x_ir <= H_r,   x_ir in {0, 1}, and x_ir = 0 where the pair is not allowed
    with        B_r = sum_i p_i x_ir + what is parked at r

An account that nobody works (sum_r x_ir = 0) is parked at its home, and one without a home at any seat.

The bound is the Lagrangian one (Geoffrion 1974, Mathematical Programming Study 2) at the LP's prices pi_r >= 0 and |mu_r| <= w:

    sum_r (pi_r H_r + mu_r T_r) + sum_i max{ parked: -mu_home p_i;  worked at r: v_ir - pi_r h_ir - mu_r p_i }

It is evaluated on all pairs, so it is valid whatever pairs the LP was given; pairs that it finds attractive are given to the next LP.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from sim.snapshot import UNASSIGNED, FloatArray, IntArray
from strategies.local_search import LocalSearch

ROUNDS_N = 6  # LPs at most; three are rarely needed
PRICING_TOLERANCE = 2e-4  # of the bound: closer to the LP's own optimum is not worth another LP
CHUNK_PAIRS_N = 2_000_000


@dataclass(frozen=True, eq=False)
class AssignmentModel:
    """What the solver needs to know. Nothing of size accounts x seats is stored.

    ``pairs`` gives value (usd) and hours, both (k, seats), for k account positions; the value is -inf where the pair is not allowed.
    ``budget_h`` and ``share`` (of the potential that a seat should hold; sums to 1) have shape (seats,); ``potential_usd`` and ``home``
    (seat where an account is parked, -1: anywhere) have shape (accounts,). ``imbalance_weight`` is in usd per usd of potential off target.
    """

    pairs: Callable[[IntArray], tuple[FloatArray, FloatArray]]
    budget_h: FloatArray
    potential_usd: FloatArray
    home: IntArray
    share: FloatArray
    imbalance_weight: float

    @property
    def target_usd(self) -> FloatArray:
        """Potential (seats,) that each seat should hold."""
        target: FloatArray = self.share * self.potential_usd.sum()
        return target

    def chunks(self, accounts: IntArray | None = None) -> Iterator[tuple[IntArray, FloatArray, FloatArray]]:
        """All pairs of the given accounts (default all), some at a time: positions (k,), value and hours (k, seats)."""
        accounts = np.arange(len(self.home)) if accounts is None else accounts
        size = max(CHUNK_PAIRS_N // len(self.budget_h), 1)
        for first in range(0, len(accounts), size):
            chunk = accounts[first : first + size]
            yield chunk, *self.pairs(chunk)

    def objective_usd(self, owner: IntArray, worked_at: IntArray) -> float:
        """The objective of a design (accounts,) in which ``worked_at`` says who works what by plan (-1: nobody)."""
        value = sum(float(v[np.arange(len(a)), worked_at[a]].sum()) for a, v, _ in self.chunks(np.flatnonzero(worked_at != UNASSIGNED)))
        owned = owner != UNASSIGNED
        book = np.bincount(owner[owned], self.potential_usd[owned], len(self.budget_h))
        return value - self.imbalance_weight * float(np.abs(book - self.target_usd).sum())


@dataclass(frozen=True, eq=False)
class Solution:
    """``worked_at`` (accounts,): who works each account by plan, -1 nobody. No plan has an objective above ``bound_usd``."""

    worked_at: IntArray
    bound_usd: float
    status: str
    hour_price_usd: FloatArray
    balance_price: FloatArray


@dataclass(frozen=True, eq=False)
class _Columns:
    """The pairs that the LP knows, as flat arrays, ordered by account."""

    account: IntArray
    seat: IntArray
    value_usd: FloatArray
    hours: FloatArray

    def __len__(self) -> int:
        return len(self.account)


def solve(model: AssignmentModel, candidates_n: int) -> Solution:
    """Plan who works what. ``candidates_n`` pairs an account go into the first LP. Deterministic; no clock."""
    seats_n = len(model.budget_h)
    prices, balance = np.full(seats_n, _pooled_price(model)), np.zeros(seats_n)
    columns = _attractive(model, prices, balance, candidates_n, least=-np.inf)
    if not len(columns):
        nobody = np.full(len(model.home), UNASSIGNED, dtype=np.int64)
        return Solution(nobody, lagrangian_bound_usd(model, prices, balance), "NOTHING TO WORK", prices, balance)
    bound = np.inf
    for lps_n in range(1, ROUNDS_N + 1):
        worked_share, lp_usd, lp_prices, lp_balance = _solve_lp(model, columns)
        lp_bound = lagrangian_bound_usd(model, lp_prices, lp_balance)
        if lp_bound < bound:
            bound, prices, balance = lp_bound, lp_prices, lp_balance
        if lps_n == ROUNDS_N or lp_bound - lp_usd <= PRICING_TOLERANCE * abs(lp_bound):
            break
        more = _union(columns, _attractive(model, lp_prices, lp_balance, candidates_n, least=0.0), seats_n)
        if len(more) == len(columns):
            break
        columns = more
    search = LocalSearch(
        columns.account, columns.seat, columns.value_usd, columns.hours,
        model.budget_h, model.potential_usd, model.home, model.share, model.imbalance_weight, prices,
    )  # fmt: skip
    worked_at = search.improve(_rounded(columns, worked_share, len(model.home)))
    return Solution(worked_at, bound, "LP OPTIMAL, ROUNDED", prices, balance)


def _rounded(columns: _Columns, worked_share: FloatArray, accounts_n: int) -> IntArray:
    """One column for each account that the LP works by more than half: the one with the largest share. A few accounts too many may result.

    An account worked in part only is worth no more than the price of its hours; one that is split between seats may be worth far more.
    """
    order = np.lexsort((-worked_share, columns.account))
    account, first = np.unique(columns.account[order], return_index=True)
    worked = np.bincount(columns.account, worked_share, accounts_n)[account] > 0.5
    rounded: IntArray = order[first][worked]
    return rounded


def lagrangian_bound_usd(model: AssignmentModel, prices: FloatArray, balance: FloatArray) -> float:
    """The bound of the module's docstring, on all pairs; valid for any prices >= 0 and |balance prices| <= the imbalance weight."""
    bound = float(prices @ model.budget_h + balance @ model.target_usd)
    for accounts, value, hours in model.chunks():
        potential = model.potential_usd[accounts]
        worked = (value - prices * hours - balance * potential[:, None]).max(axis=1)
        bound += float(np.maximum(worked, _parked_usd(model, accounts, balance)).sum())
    return bound


def _parked_usd(model: AssignmentModel, accounts: IntArray, balance: FloatArray) -> FloatArray:
    """What parking contributes to the Lagrangian: at home, or where it costs least."""
    home = model.home[accounts]
    price = np.where(home != UNASSIGNED, balance[home], balance.min())
    parked: FloatArray = -price * model.potential_usd[accounts]
    return parked


def _pooled_price(model: AssignmentModel) -> float:
    """Price of an hour if all seats were one: value per hour of the account at which the hours run out."""
    rate, asked = [np.zeros(0)], [np.zeros(0)]
    for _, value, hours in model.chunks():
        best = np.argmax(value, axis=1)
        rows = np.flatnonzero(np.isfinite(value[np.arange(len(value)), best]))
        asked.append(np.maximum(hours[rows, best[rows]], 1e-9))
        rate.append(value[rows, best[rows]] / asked[-1])
    rates, hours_asked = np.concatenate(rate), np.concatenate(asked)
    order = np.argsort(-rates, kind="stable")
    last = int(np.searchsorted(np.cumsum(hours_asked[order]), model.budget_h.sum()))
    return float(max(rates[order[last]], 0.0)) if last < len(order) else 0.0


def _attractive(model: AssignmentModel, prices: FloatArray, balance: FloatArray, candidates_n: int, least: float) -> _Columns:
    """The ``candidates_n`` best pairs of each account at these prices, and that of its home, if they gain ``least`` over parking it."""
    parts = []
    for accounts, value, hours in model.chunks():
        seats = np.arange(value.shape[1])
        gain = value - prices * hours - balance * model.potential_usd[accounts][:, None] - _parked_usd(model, accounts, balance)[:, None]
        chosen = np.isfinite(value) & (gain > least)
        # Seats are often exactly alike to an account: spread such ties, or all accounts would crowd the same few.
        spread = 1.0 - 1e-4 * ((accounts[:, None] * 7919 + seats * 104729) % 1009) / 1009
        rank = np.where(chosen, np.where(gain > 0, gain * spread, gain / spread), -np.inf)
        if candidates_n < len(seats):
            keep = seats == model.home[accounts][:, None]
            np.put_along_axis(keep, np.argpartition(-rank, candidates_n - 1, axis=1)[:, :candidates_n], True, axis=1)
            chosen &= keep
        row, seat = np.nonzero(chosen)
        parts.append((accounts[row], seat, value[row, seat], hours[row, seat]))
    return _Columns(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def _union(old: _Columns, new: _Columns, seats_n: int) -> _Columns:
    key = np.concatenate([old.account * seats_n + old.seat, new.account * seats_n + new.seat])
    _, first = np.unique(key, return_index=True)
    both = zip((old.account, old.seat, old.value_usd, old.hours), (new.account, new.seat, new.value_usd, new.hours), strict=True)
    return _Columns(*(np.concatenate(pair)[first] for pair in both))


def _solve_lp(model: AssignmentModel, columns: _Columns) -> tuple[FloatArray, float, FloatArray, FloatArray]:
    """The LP relaxation: worked share of each column, optimum, price of an hour and of balance at each seat."""
    from ortools.linear_solver import pywraplp  # slow to import

    solver = pywraplp.Solver.CreateSolver("GLOP")
    infinity, objective = solver.infinity(), solver.Objective()
    objective.SetMaximization()
    home, potential = model.home.tolist(), model.potential_usd.tolist()
    once = [solver.RowConstraint(-infinity, 1.0, "") for _ in home]
    hours_rows = [solver.RowConstraint(-infinity, b, "") for b in model.budget_h.tolist()]
    balance_rows, pool_row = [], None
    if model.imbalance_weight > 0:
        at_home = model.home != UNASSIGNED
        off_target = model.target_usd - np.bincount(model.home[at_home], model.potential_usd[at_home], len(model.budget_h))
        pool_usd = float(model.potential_usd[~at_home].sum())
        pool_row = solver.RowConstraint(pool_usd, pool_usd, "")
        for off in off_target.tolist():
            row = solver.RowConstraint(off, off, "")
            for sign in (1.0, -1.0):
                distance = solver.NumVar(0.0, infinity, "")
                row.SetCoefficient(distance, sign)
                objective.SetCoefficient(distance, -model.imbalance_weight)
            parked = solver.NumVar(0.0, infinity, "")
            row.SetCoefficient(parked, 1.0)
            pool_row.SetCoefficient(parked, 1.0)
            balance_rows.append(row)
    works = []
    for i, r, value, hours in zip(
        columns.account.tolist(), columns.seat.tolist(), columns.value_usd.tolist(), columns.hours.tolist(), strict=True
    ):
        x = solver.NumVar(0.0, infinity, "")
        works.append(x)
        objective.SetCoefficient(x, value)
        once[i].SetCoefficient(x, 1.0)
        hours_rows[r].SetCoefficient(x, hours)
        if pool_row is not None and home[i] != r:
            balance_rows[r].SetCoefficient(x, potential[i])
            if home[i] == UNASSIGNED:
                pool_row.SetCoefficient(x, potential[i])
            else:
                balance_rows[home[i]].SetCoefficient(x, -potential[i])
    status = solver.Solve()
    if status != pywraplp.Solver.OPTIMAL:
        raise RuntimeError(f"optimized: the LP of {len(columns)} pairs ended with status {status}, though parking everything is feasible")
    share = np.array([x.solution_value() for x in works])
    prices = np.maximum([row.dual_value() for row in hours_rows], 0.0)
    balance = np.clip([row.dual_value() for row in balance_rows] or np.zeros(len(prices)), -model.imbalance_weight, model.imbalance_weight)
    return share, float(objective.Value()), prices, balance
