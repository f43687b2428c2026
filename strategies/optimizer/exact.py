"""Small problems to the end: integer programs over the options that a better plan can contain.

A plan with an option that loses l at prices with bound b is worth at most b - l: options that lose more than b - (the best plan) are in no
better plan (reduced-cost fixing). If few remain, fewer still are tried first: with those that lose at most a, the integer program's bound c
proves that no plan beats max(c, b - a), and it often finds a plan so good that few more options are needed to finish.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from sim.snapshot import IntArray
from strategies.optimizer.core import Core, best_plan
from strategies.optimizer.dual import Dual, losses_usd
from strategies.optimizer.instance import Effort, Instance

SMALL_OPTIONS_N = 5_000  # of a problem for which cuts are tried
FIRST_OPTIONS_N = 75  # in the first program, beyond one an account
MOST_OPTIONS_N = 3_000  # in any; more are hopeless
GROWTH = 3


def prove(
    instance: Instance, dual: Dual, choice: IntArray, effort: Effort, left_s: Callable[[], float | None] = lambda: None
) -> tuple[IntArray, float, bool]:
    """A plan as good as ``choice`` or better, a bound as good as the dual's or better, and whether they are within the effort's gap.

    ``choice`` must be feasible. With more than MOST_OPTIONS_N options left nothing is tried. Deterministic, unless the clock sets a
    limit: ``left_s`` says how many seconds there still are.
    """
    losses = losses_usd(instance, dual.prices)
    choice = np.asarray(choice, dtype=np.int64)
    best_usd, bound_usd, nodes_n = instance.objective_usd(choice), dual.bound_usd, effort.exact_nodes_n
    options_n = FIRST_OPTIONS_N
    while bound_usd - best_usd > effort.gap_share * abs(bound_usd) and nodes_n > 0:
        limit_s = left_s()
        if limit_s is not None and limit_s <= 0.0:
            break
        allowance_usd = dual.bound_usd - best_usd
        if np.count_nonzero(losses <= allowance_usd) - instance.accounts_n > MOST_OPTIONS_N:
            break
        core = Core.of(instance, losses <= allowance_usd)
        others = np.sort(losses[core.free])[len(np.unique(core.account[core.free])) :]  # than the best of each account
        if len(others) > 2 * options_n:
            allowance_usd = float(others[options_n])
            core = Core.of(instance, losses <= allowance_usd)
        found, core_usd, used_n = best_plan(core, replace(effort, time_limit_s=limit_s), nodes_n, choice)
        if found is not None and (found_usd := instance.objective_usd(found)) > best_usd:
            choice, best_usd = found, found_usd
        rest_usd = dual.bound_usd - float(losses.min(where=losses > allowance_usd, initial=np.inf))
        bound_usd = min(bound_usd, max(best_usd, core_usd, rest_usd))
        if rest_usd <= best_usd:  # all that a better plan can contain was there
            break
        nodes_n, options_n = nodes_n - max(used_n, 1), options_n * GROWTH
    return choice, bound_usd, bound_usd - best_usd <= effort.gap_share * abs(bound_usd)


def prove_by_cuts(
    instance: Instance, dual: Dual, choice: IntArray, bound_usd: float, effort: Effort, limit_s: float
) -> tuple[IntArray, float, bool]:
    """As :func:`prove`, of all options that are not ruled out at once, with the cuts of SCIP, until the clock stops it.

    ``bound_usd`` is what is proven already. Not deterministic: where it is cut short depends on the machine.
    """
    best_usd = instance.objective_usd(choice)
    core = Core.of(instance, losses_usd(instance, dual.prices) <= dual.bound_usd - best_usd)
    found, core_usd, _ = best_plan(core, replace(effort, time_limit_s=limit_s), effort.exact_nodes_n, choice, cuts=True)
    if found is not None and (found_usd := instance.objective_usd(found)) > best_usd:
        choice, best_usd = found, found_usd
    bound_usd = min(bound_usd, max(best_usd, core_usd))
    return choice, bound_usd, bound_usd - best_usd <= effort.gap_share * abs(bound_usd)
