"""The parts in order: prices and a bound, a plan from them, a better one, and a proof where the problem is small.

A short search comes before the proof, since a good plan is what makes a proof short; the long one comes after it, where there was none.
What stops the solver is effort, not the clock, unless a time limit is asked for; with one, the result depends on the machine.
"""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np

from sim.snapshot import IntArray
from strategies.optimizer.dual import find_prices
from strategies.optimizer.exact import prove
from strategies.optimizer.instance import Effort, Instance, Prices, Solution
from strategies.optimizer.primal import NoPlan, construct
from strategies.optimizer.search import improve

FIRST_ROUNDS_N = 2
PROOF_SHARE = 0.5  # of the time that is left, where there is a limit: a proof that does not end finds no good plans either
OPTIMAL, FEASIBLE, TIME = "OPTIMAL", "FEASIBLE", "TIME"


def solve(instance: Instance, effort: Effort | None = None, seed: int = 0, start: IntArray | None = None) -> Solution:
    """The best plan that the effort finds, with a bound on all plans.

    ``start`` (accounts,) is a feasible plan, if one is known. Raises NoPlan where none is found that keeps budgets and numbers.
    """
    effort = Effort() if effort is None else effort
    end_s = np.inf if effort.time_limit_s is None else time.monotonic() + effort.time_limit_s

    def out_of_time() -> bool:
        return time.monotonic() >= end_s

    dual = find_prices(instance, effort, out_of_time=out_of_time)
    bound_usd, proven = dual.bound_usd, False
    choice = _first_plan(instance, dual.prices, start)

    def good_enough() -> bool:
        objective_usd = instance.objective_usd(choice)
        return bound_usd - objective_usd <= effort.gap_share * max(abs(bound_usd), 1e-9)

    def improved(rounds_n: int) -> IntArray:
        return improve(instance, choice, dual.prices, bound_usd, replace(effort, search_rounds_n=rounds_n), seed, out_of_time)

    choice = improved(min(FIRST_ROUNDS_N, effort.search_rounds_n))
    if not good_enough() and not out_of_time() and effort.exact_nodes_n > 0:
        now_s = time.monotonic()
        proof_end_s = now_s + PROOF_SHARE * (end_s - now_s)
        left_s = (lambda: None) if effort.time_limit_s is None else lambda: proof_end_s - time.monotonic()
        choice, bound_usd, proven = prove(instance, dual, choice, effort, left_s)
    if not proven:
        choice = improved(max(effort.search_rounds_n - FIRST_ROUNDS_N, 0))
    proven = proven or good_enough()
    status = OPTIMAL if proven else TIME if out_of_time() else FEASIBLE
    return Solution(choice, instance.objective_usd(choice), bound_usd, status, dual.prices)


def _first_plan(instance: Instance, prices: Prices, start: IntArray | None) -> IntArray:
    """The better one of what prices suggest and of what is known."""
    try:
        choice = construct(instance, prices)
    except NoPlan:
        if start is None:
            raise
        return start
    return choice if start is None or instance.objective_usd(choice) >= instance.objective_usd(start) else start
