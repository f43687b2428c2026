"""A part of the problem for OR-Tools: the options that can still matter, as a linear or an integer program. All others are dropped.

Accounts with one option left are fixed and enter by what they use. Books are in units of the mean weight, or rows would differ by millions.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.snapshot import FloatArray, IntArray
from strategies.optimizer.instance import FEASIBILITY_TOLERANCE, NOBODY, Effort, Instance, Prices

if TYPE_CHECKING:
    from ortools.math_opt.python.model import Model

# Prices have done what cuts and restarts would do: with few of both, proofs take a quarter to a fifteenth of the time. But where an account
# is large beside a seat's hours, it is cuts that tell what whole accounts cost.
FEW_CUTS = {"presolving/maxrestarts": 0, "separating/maxroundsroot": 2, "separating/maxrounds": 1}

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
    """The core as OR-Tools takes it. Columns: an option each, then the balance's. Rows: seats' hours, books and places, then the rest."""

    model: Model
    unit_usd: float


def lp_prices(core: Core) -> tuple[float, Prices] | None:
    """Optimum of the linear relaxation and the prices that it proves; None if it has no solution. GLOP, deterministic."""
    from ortools.math_opt.python import mathopt  # slow to import

    program, seats_n = _program(core, whole=False), core.instance.seats_n
    result = mathopt.solve(program.model, mathopt.SolverType.GLOP)
    if result.termination.reason != mathopt.TerminationReason.OPTIMAL:
        return None
    dual = result.dual_values()
    rows = list(program.model.linear_constraints())[: 3 * seats_n]
    hour, book, place = np.array([dual[row] for row in rows]).reshape(3, seats_n)
    return float(result.objective_value()), Prices(np.maximum(hour, 0.0), book / program.unit_usd, place)


def best_plan(core: Core, effort: Effort, nodes_n: int, hint: IntArray, cuts: bool = False) -> tuple[IntArray | None, float, int]:
    """The best plan of the core, if one was found; no plan of the core has an objective above the second; nodes used. SCIP, one thread.

    ``hint`` (accounts,) is a plan to start from. ``cuts``: as many as SCIP itself finds fit. Stops after ``nodes_n`` nodes, or by the clock
    if the effort has one.
    """
    from ortools.math_opt.python import mathopt

    model, instance, options_n = _program(core, whole=True).model, core.instance, len(core.free)
    take = list(islice(model.variables(), options_n))
    settings = mathopt.SolveParameters(node_limit=nodes_n, relative_gap_tolerance=effort.gap_share / 2, threads=1)
    if not cuts:
        settings.gscip.int_params.update(FEW_CUTS)
        settings.gscip.real_params["numerics/feastol"] = FEASIBILITY_TOLERANCE
    if effort.time_limit_s is not None:
        settings.gscip.real_params["limits/time"] = max(effort.time_limit_s, 1e-3)
    known = dict(zip(take, (hint[core.account[core.free]] == core.free).astype(float).tolist(), strict=True))
    hints = mathopt.ModelSolveParameters(solution_hints=[mathopt.SolutionHint(variable_values=known)])
    result = mathopt.solve(model, mathopt.SolverType.GSCIP, params=settings, model_params=hints)
    reason, used_n = result.termination.reason, int(result.solve_stats.node_count)
    if reason == mathopt.TerminationReason.INFEASIBLE:
        return None, -np.inf, used_n
    if reason not in (mathopt.TerminationReason.OPTIMAL, mathopt.TerminationReason.FEASIBLE):  # its bound is no bound then
        return None, np.inf, used_n
    values = result.variable_values()
    taken = np.array([values[x] for x in take]) > 0.5
    choice = np.empty(instance.accounts_n, dtype=np.int64)
    choice[core.account[core.fixed]] = core.fixed
    choice[core.account[core.free[taken]]] = core.free[taken]
    return (choice if instance.is_feasible(choice) else None), float(result.best_objective_bound()), used_n


def _program(core: Core, whole: bool) -> _Program:
    """Every entry is written in order, since a program whose rows come in another order ends, cut short, with another plan.

    (OR-Tools' older interface, pywraplp, keeps a row's entries by their addresses in memory, which differ from call to call.)

    (6) reads book + under - over = target. Where the balance has no price, books are free and only there to be priced.
    """
    from ortools.math_opt import model_pb2
    from ortools.math_opt.python.model import Model

    instance, options_n, seats_n = core.instance, len(core.free), core.instance.seats_n
    account, seat = np.unique(core.account[core.free], return_inverse=True)[1], instance.seat[core.free]
    fixed = core.fixed[instance.seat[core.fixed] != NOBODY]

    def left(amount: FloatArray | IntArray, used: FloatArray) -> FloatArray:
        rest: FloatArray = np.subtract(amount, np.bincount(instance.seat[fixed], used, seats_n), dtype=np.float64)
        return rest

    unit_usd = float(np.abs(instance.weight_usd).mean()) or 1.0
    weight, at, n = instance.weight_usd / unit_usd, np.flatnonzero(seat != NOBODY), np.ones(len(fixed))
    target = left(instance.target_usd / unit_usd, weight[core.account[fixed]])
    priced = bool(instance.sum_price or instance.max_price)
    limited = np.flatnonzero(np.append((instance.least_n > 0) | (instance.most_n < instance.accounts_n), False)[seat])  # NOBODY: last
    accounts_n, r, off_n = int(account.max(initial=-1)) + 1, np.arange(seats_n), 2 * seats_n if priced else 0
    under, over, farthest = options_n + r, options_n + seats_n + r, np.full(seats_n, options_n + 2 * seats_n)
    rest, one = 3 * seats_n + accounts_n, np.ones(seats_n)
    blocks = [
        (seat[at], at, instance.hours[core.free[at]]),
        (seats_n + seat[at], at, weight[core.account[core.free[at]]]),
        (2 * seats_n + seat[limited], limited, np.ones(len(limited))),
        (3 * seats_n + account, np.arange(options_n), np.ones(options_n)),
    ]
    low = [np.full(seats_n, -np.inf), target if priced else np.full(seats_n, -np.inf), left(instance.least_n, n), np.ones(accounts_n)]
    high = [left(instance.budget_h, instance.hours[fixed]), target if priced else np.full(seats_n, np.inf), left(instance.most_n, n)]
    high += [np.ones(accounts_n)]
    price = [instance.value_usd[core.free]]
    if priced:
        blocks += [(seats_n + r, under, one), (seats_n + r, over, -one)]
        price += [np.full(off_n, -instance.sum_price * unit_usd), np.full(1, -instance.max_price * unit_usd)]
    if instance.max_price:
        blocks += [(rest + r, under, one), (rest + r, over, one), (rest + r, farthest, -one)]
        low, high = [*low, np.full(seats_n, -np.inf)], [*high, np.zeros(seats_n)]
    prices, lows, highs = (np.concatenate(part).astype(np.float64) for part in (price, low, high))
    row, column, entry = (np.concatenate(part) for part in zip(*blocks, strict=True))
    order, integer = np.lexsort((column, row)), whole & (np.arange(len(prices)) < options_n)
    proto = model_pb2.ModelProto()
    proto.variables.ids.extend(range(len(prices)))
    proto.variables.lower_bounds.extend(np.zeros(len(prices)).tolist())
    proto.variables.upper_bounds.extend(np.where(integer, 1.0, np.inf).tolist())
    proto.variables.integers.extend(integer.tolist())
    proto.objective.maximize, proto.objective.offset = True, float(instance.value_usd[core.fixed].sum())
    proto.objective.linear_coefficients.ids.extend(range(len(prices)))
    proto.objective.linear_coefficients.values.extend(prices.tolist())
    proto.linear_constraints.ids.extend(range(len(lows)))
    proto.linear_constraints.lower_bounds.extend(lows.tolist())
    proto.linear_constraints.upper_bounds.extend(highs.tolist())
    matrix = proto.linear_constraint_matrix
    matrix.row_ids.extend(row[order].tolist())
    matrix.column_ids.extend(column[order].tolist())
    matrix.coefficients.extend(entry[order].tolist())
    return _Program(Model.from_model_proto(proto), unit_usd)
