"""A part of the problem for OR-Tools: the options that can still matter, as a linear or an integer program. All others are dropped.

Accounts with one option left are fixed and enter by what they use. Books are in units of the mean weight, or rows would differ by millions.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.snapshot import FloatArray, IntArray
from strategies.optimizer.instance import FEASIBILITY_TOLERANCE, NOBODY, Effort, Instance, Prices

if TYPE_CHECKING:
    from ortools.linear_solver import pywraplp

# Prices have done what cuts and restarts would do: with few of both, proofs take a quarter to a fifteenth of the time.
FEW_CUTS = "presolving/maxrestarts = 0\nseparating/maxroundsroot = 2\nseparating/maxrounds = 1\n"

BoolArray = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Core:
    """The options kept: ``fixed`` of accounts with one, ``free`` of accounts with a choice. ``account`` (options,) is whose each is."""

    instance: Instance
    account: IntArray
    fixed: IntArray
    free: IntArray

    @staticmethod
    def of(instance: Instance, keep: BoolArray) -> Core:
        """The core of the options ``keep`` (options,); raises ValueError if an account keeps none."""
        account = np.repeat(np.arange(instance.accounts_n), np.diff(instance.first))
        kept_n = np.bincount(account[keep], minlength=instance.accounts_n)
        if not np.all(kept_n):
            raise ValueError(f"core: account {int(np.argmin(kept_n))} keeps no option")
        alone = kept_n[account] == 1
        return Core(instance, account, np.flatnonzero(keep & alone), np.flatnonzero(keep & ~alone))


@dataclass(frozen=True, eq=False)
class _Program:
    solver: pywraplp.Solver
    take: list[pywraplp.Variable]
    hours: list[pywraplp.Constraint]
    books: list[pywraplp.Constraint]
    places: list[pywraplp.Constraint]
    unit_usd: float


def lp_prices(core: Core) -> tuple[float, Prices] | None:
    """Optimum of the linear relaxation and the prices that it proves; None if it has no solution. GLOP, deterministic."""
    program = _program(core, "GLOP", whole=False)
    solver = program.solver
    if solver.Solve() != solver.OPTIMAL:
        return None
    hour, book, place = (np.array([row.dual_value() for row in rows]) for rows in (program.hours, program.books, program.places))
    return float(solver.Objective().Value()), Prices(np.maximum(hour, 0.0), book / program.unit_usd, place)


def best_plan(core: Core, effort: Effort, nodes_n: int, hint: IntArray) -> tuple[IntArray | None, float, int]:
    """The best plan of the core, if one was found; no plan of the core has an objective above the second; nodes used. SCIP, one thread.

    ``hint`` (accounts,) is a plan to start from. Stops after ``nodes_n`` nodes, or by the clock if the effort has one.
    """
    program = _program(core, "SCIP", whole=True)
    solver, instance = program.solver, core.instance
    limits = f"limits/nodes = {nodes_n}\nlimits/gap = {effort.gap_share / 2!r}\nnumerics/feastol = {FEASIBILITY_TOLERANCE!r}\n"
    if not solver.SetSolverSpecificParametersAsString(limits + FEW_CUTS):
        raise RuntimeError("core: SCIP refused its parameters")
    if effort.time_limit_s is not None:
        solver.SetTimeLimit(max(int(effort.time_limit_s * 1e3), 1))
    solver.SetHint(program.take, (hint[core.account[core.free]] == core.free).astype(float).tolist())
    status = solver.Solve()
    if status == solver.INFEASIBLE:
        return None, -np.inf, int(solver.nodes())
    if status not in (solver.OPTIMAL, solver.FEASIBLE):  # its bound is no bound then
        return None, np.inf, int(solver.nodes())
    bound = float(solver.Objective().BestBound())
    taken = np.array([x.solution_value() for x in program.take]) > 0.5
    choice = np.empty(instance.accounts_n, dtype=np.int64)
    choice[core.account[core.fixed]] = core.fixed
    choice[core.account[core.free[taken]]] = core.free[taken]
    return (choice if instance.is_feasible(choice) else None), bound, int(solver.nodes())


def _program(core: Core, backend: str, whole: bool) -> _Program:
    from ortools.linear_solver import pywraplp  # slow to import

    instance, account, free = core.instance, core.account, core.free
    solver = pywraplp.Solver.CreateSolver(backend)
    infinity, objective = solver.infinity(), solver.Objective()
    objective.SetMaximization()
    objective.SetOffset(float(instance.value_usd[core.fixed].sum()))
    fixed = core.fixed[instance.seat[core.fixed] != NOBODY]

    def used(amounts: FloatArray) -> FloatArray:
        return np.bincount(instance.seat[fixed], amounts, instance.seats_n).astype(np.float64)

    unit_usd = float(np.abs(instance.weight_usd).mean()) or 1.0
    hours = [solver.RowConstraint(-infinity, b, "") for b in (instance.budget_h - used(instance.hours[fixed])).tolist()]
    targets = (instance.target_usd - used(instance.weight_usd[account[fixed]])) / unit_usd
    books = _balance(solver, targets.tolist(), instance.sum_price * unit_usd, instance.max_price * unit_usd)
    n = used(np.ones(len(fixed)))
    places = [solver.RowConstraint(a, b, "") for a, b in zip((instance.least_n - n).tolist(), (instance.most_n - n).tolist(), strict=True)]
    once = {i: solver.RowConstraint(1.0, 1.0, "") for i in np.unique(account[free]).tolist()}
    weight = (instance.weight_usd / unit_usd)[account[free]]
    columns = (account[free], instance.seat[free], instance.value_usd[free], instance.hours[free], weight)
    limited = (instance.least_n > 0) | (instance.most_n < instance.accounts_n)
    take = []
    for i, r, value, asked, p in zip(*(column.tolist() for column in columns), strict=True):
        x = solver.BoolVar("") if whole else solver.NumVar(0.0, infinity, "")
        take.append(x)
        objective.SetCoefficient(x, value)
        once[i].SetCoefficient(x, 1.0)
        if r != NOBODY:
            hours[r].SetCoefficient(x, asked)
            books[r].SetCoefficient(x, p)
            if limited[r]:
                places[r].SetCoefficient(x, 1.0)
    return _Program(solver, take, hours, books, places, unit_usd)


def _balance(solver: pywraplp.Solver, targets: list[float], sum_price: float, max_price: float) -> list[pywraplp.Constraint]:
    """Rows of (6) that still lack the books: book + under - over = target, at a price of their sum and of the largest."""
    infinity, objective = solver.infinity(), solver.Objective()
    if not sum_price and not max_price:
        return [solver.RowConstraint(-infinity, infinity, "") for _ in targets]
    farthest = solver.NumVar(0.0, infinity, "")
    objective.SetCoefficient(farthest, -max_price)
    rows = []
    for target in targets:
        row, below_farthest = solver.RowConstraint(target, target, ""), solver.RowConstraint(-infinity, 0.0, "")
        if max_price:
            below_farthest.SetCoefficient(farthest, -1.0)
        for sign in (1.0, -1.0):
            off = solver.NumVar(0.0, infinity, "")
            objective.SetCoefficient(off, -sum_price)
            row.SetCoefficient(off, sign)
            if max_price:
                below_farthest.SetCoefficient(off, 1.0)
        rows.append(row)
    return rows
