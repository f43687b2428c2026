"""General solvers on the same objective: every option, the balance as linear rows, one thread, a time limit; building is not counted."""

from __future__ import annotations

import time
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import block_array, csr_array, eye_array, vstack

from benchmarks.optimizer.bounds import allowed, bound_usd
from sim.snapshot import FloatArray, IntArray
from strategies.optimizer.instance import NOBODY, Instance, Prices

GAP_SHARE = 1e-6  # a solver stops there; the optimizer's default
FIXED_POINT = 1000  # CP-SAT counts in thousandths of a dollar and of an hour
KILOS = 1e-3  # rows of similar size keep a solver's tolerances meaningful
RELAXED_BY = ("GLOP", "PDLP")
_NAMES = {0: "OPTIMAL", 1: "FEASIBLE", 2: "INFEASIBLE", 6: "NOT_SOLVED"}  # pywraplp's


@dataclass(frozen=True, eq=False)
class Answer:
    """``choice`` (accounts,), or None without a plan; ``bound_usd``, which no objective exceeds, or None; seconds by the clock.

    What a solver states as its bound while it has no plan is not taken: some state 0. ``prices`` are the optimizer's.
    """

    choice: IntArray | None
    bound_usd: float | None
    seconds: float
    status: str
    prices: Prices | None = None


def cp_sat(instance: Instance, limit_s: float) -> Answer:
    """CP-SAT on scaled integers. Hours are rounded up and budgets down, so its plans are feasible here.

    The bound is that of the rounded problem, and is given only where rounding changed nothing.
    """
    from ortools.sat.python import cp_model

    value, weight_price = np.rint(FIXED_POINT * instance.value_usd), round(FIXED_POINT * instance.sum_price)
    hours, budget = np.ceil(FIXED_POINT * instance.hours - 1e-6), np.floor(FIXED_POINT * instance.budget_h + 1e-6)
    weight, target = np.rint(instance.weight_usd), np.rint(instance.target_usd)
    model = cp_model.CpModel()
    take: list[Any] = [model.new_bool_var("") for _ in range(len(instance.seat))]
    for begin, end in _spans(instance):
        model.add_exactly_one(take[begin:end])
    account, objective, farthest = account_of(instance), [*take], model.new_int_var(0, int(weight.sum() + target.max(initial=0)), "")
    prices = [*value.astype(np.int64).tolist(), *[-weight_price] * instance.seats_n, -round(FIXED_POINT * instance.max_price)]
    for r, at in enumerate(_by_seat(instance)):
        own = [take[o] for o in at.tolist()]
        model.add(cp_model.LinearExpr.weighted_sum(own, hours[at].astype(np.int64).tolist()) <= int(budget[r]))
        model.add_linear_constraint(cp_model.LinearExpr.sum(own), int(instance.least_n[r]), int(instance.most_n[r]))
        off = model.new_int_var(0, int(weight.sum() + target[r]), "")
        if instance.sum_price or instance.max_price:
            book = cp_model.LinearExpr.weighted_sum(own, weight[account[at]].astype(np.int64).tolist())
            model.add(off >= book - int(target[r]))
            model.add(off >= int(target[r]) - book)
            model.add(farthest >= off)
        objective.append(off)
    model.maximize(cp_model.LinearExpr.weighted_sum([*objective, farthest], prices))
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.max_time_in_seconds = limit_s
    solver.parameters.relative_gap_limit = GAP_SHARE
    start_s = time.perf_counter()
    status = solver.solve(model)
    seconds = time.perf_counter() - start_s
    found = status in (cp_model.OPTIMAL, cp_model.FEASIBLE)
    choice = _choice(instance, np.array([solver.value(x) for x in take])) if found else None
    scaled = ((instance.value_usd, value), (instance.hours, hours), (instance.budget_h, budget))
    exact = all(np.array_equal(FIXED_POINT * given, used) for given, used in scaled) and not (instance.sum_price or instance.max_price)
    return Answer(choice, solver.best_objective_bound / FIXED_POINT if exact and found else None, seconds, solver.status_name(status))


@dataclass(frozen=True, eq=False)
class Rows:
    """The instance as a matrix: maximise ``price`` @ x, where ``low`` <= ``matrix`` @ x <= ``high``.

    The columns: options, in {0, 1}; if balance has a price, how far each seat is off target, and the farthest, in thousands of dollars.
    The rows: accounts, hours, places, balance.
    """

    price: FloatArray
    matrix: csr_array
    low: FloatArray
    high: FloatArray

    @staticmethod
    def of(instance: Instance) -> Rows:
        """(1) to (6) of strategies/optimizer/instance.py."""
        options_n, seats_n, far = len(instance.seat), instance.seats_n, np.inf
        option, account = np.arange(options_n), account_of(instance)
        at = option[instance.seat != NOBODY]

        def rows(rows_n: int, row: IntArray, column: IntArray, entry: FloatArray) -> csr_array:
            return csr_array((entry, (row, column)), (rows_n, options_n))

        seat = instance.seat[at]
        blocks = [
            rows(instance.accounts_n, account, option, np.ones(options_n)),
            rows(seats_n, seat, at, instance.hours[at]),
            rows(seats_n, seat, at, np.ones(len(at))),
        ]
        low = [np.ones(instance.accounts_n), np.full(seats_n, -far), instance.least_n]
        high = [np.ones(instance.accounts_n), instance.budget_h, instance.most_n]
        price, matrix = instance.value_usd, vstack(blocks)
        if instance.sum_price or instance.max_price:
            book, each, last = rows(seats_n, seat, at, KILOS * instance.weight_usd[account[at]]), eye_array(seats_n), np.ones((seats_n, 1))
            matrix = block_array([[matrix, None, None], [book, -each, None], [book, each, None], [None, -each, last]])
            target = KILOS * instance.target_usd
            low += [np.full(seats_n, -far), target, np.zeros(seats_n)]
            high += [target, np.full(2 * seats_n, far)]
            price = np.concatenate([price, np.full(seats_n, -instance.sum_price / KILOS), [-instance.max_price / KILOS]])
        return Rows(price, csr_array(matrix), np.concatenate(low).astype(np.float64), np.concatenate(high).astype(np.float64))

    def prices(self, instance: Instance, dual: FloatArray) -> Prices:
        """What the rows' dual prices (rows,) are in the words of (7)."""
        hour, place, *balance = dual[instance.accounts_n :].reshape(-1, instance.seats_n)
        return Prices(hour, KILOS * (balance[0] + balance[1]) if balance else np.zeros(instance.seats_n), place)


def scip(instance: Instance, limit_s: float) -> Answer:
    """SCIP, through OR-Tools."""
    model, columns, _ = _linear(instance, "SCIP", limit_s, integral=True)
    status, seconds = _solved(model)
    if status not in (model.OPTIMAL, model.FEASIBLE):
        return Answer(None, None, seconds, _NAMES.get(status, f"STATUS {status}"))
    choice = _choice(instance, np.array([x.solution_value() for x in columns[: len(instance.seat)]]))
    return Answer(choice, float(model.Objective().BestBound()), seconds, _NAMES[status])


def relaxation(instance: Instance, limit_s: float, solver: str = "GLOP") -> Answer:
    """The LP relaxation by GLOP or PDLP of OR-Tools: no plan, and as a bound what its dual prices prove, final or not.

    Raises ValueError for any other solver: of HIGHS_LP, pywraplp (OR-Tools 9.15) gives the rows' activities where dual prices belong.
    """
    if solver not in RELAXED_BY:
        raise ValueError(f"relaxation: {solver} is refused, since its dual prices cannot be relied on; choices: {', '.join(RELAXED_BY)}")
    model, _, rows = _linear(instance, solver, limit_s, integral=False)
    status, seconds = _solved(model)
    bound = None
    if status in (model.OPTIMAL, model.FEASIBLE):
        dual = np.array([row.dual_value() for row in rows])
        bound = bound_usd(instance, allowed(instance, Rows.of(instance).prices(instance, dual)))
    return Answer(None, bound, seconds, _NAMES.get(status, f"STATUS {status}"))


def highs(instance: Instance, limit_s: float) -> Answer:
    """HiGHS, through SciPy: OR-Tools 9.15 loses its plan at the time limit (google/or-tools, issue 5016)."""
    rows, options_n = Rows.of(instance), len(instance.seat)
    columns = np.arange(len(rows.price)) < options_n
    start_s = time.perf_counter()
    found = milp(
        -rows.price,
        integrality=columns.astype(np.int64),
        bounds=Bounds(0.0, np.where(columns, 1.0, np.inf)),
        constraints=LinearConstraint(rows.matrix, rows.low, rows.high),
        options={"time_limit": limit_s, "mip_rel_gap": GAP_SHARE},
    )
    seconds = time.perf_counter() - start_s
    name = {0: "OPTIMAL", 1: "TIME", 2: "INFEASIBLE"}.get(found.status, f"STATUS {found.status}")
    if found.x is None:
        return Answer(None, None, seconds, name)
    return Answer(_choice(instance, found.x[:options_n]), -float(found.mip_dual_bound), seconds, name)


def _choice(instance: Instance, taken: FloatArray) -> IntArray:
    """Of each account the option that a solver takes, up to its tolerance."""
    return np.array([begin + int(np.argmax(taken[begin:end])) for begin, end in _spans(instance)], np.int64)


def _spans(instance: Instance) -> list[tuple[int, int]]:
    return list(pairwise(instance.first.tolist()))


def _by_seat(instance: Instance) -> list[IntArray]:
    """The options of each seat."""
    order = np.argsort(instance.seat, kind="stable")
    edges = np.searchsorted(instance.seat[order], np.arange(instance.seats_n + 1))
    return [order[begin:end] for begin, end in pairwise(edges)]


def account_of(instance: Instance) -> IntArray:
    """Whose each option (options,) is."""
    return np.repeat(np.arange(instance.accounts_n), np.diff(instance.first))


def _linear(instance: Instance, solver: str, limit_s: float, integral: bool) -> tuple[Any, list[Any], list[Any]]:
    """Model, columns and rows in OR-Tools."""
    from ortools.linear_solver import pywraplp

    rows, options_n = Rows.of(instance), len(instance.seat)
    model = pywraplp.Solver.CreateSolver(solver)
    model.SetNumThreads(1)
    model.SetTimeLimit(round(1000 * limit_s))
    columns = [model.Var(0.0, 1.0 if k < options_n else model.infinity(), integral and k < options_n, "") for k in range(len(rows.price))]
    objective = model.Objective()
    objective.SetMaximization()
    for column, price in zip(columns, rows.price.tolist(), strict=True):
        objective.SetCoefficient(column, price)
    made = []
    for k, (low, high) in enumerate(zip(rows.low.tolist(), rows.high.tolist(), strict=True)):
        row, span = model.Constraint(low, high), slice(rows.matrix.indptr[k], rows.matrix.indptr[k + 1])
        for j, entry in zip(rows.matrix.indices[span].tolist(), rows.matrix.data[span].tolist(), strict=True):
            row.SetCoefficient(columns[j], entry)
        made.append(row)
    return model, columns, made


def _solved(model: Any) -> tuple[int, float]:
    from ortools.linear_solver import pywraplp

    settings = pywraplp.MPSolverParameters()
    settings.SetDoubleParam(settings.RELATIVE_MIP_GAP, GAP_SHARE)
    start_s = time.perf_counter()
    status = model.Solve(settings)
    return status, time.perf_counter() - start_s
