"""The parts in order: prices and a bound, a plan from them, a better one, and a proof where the problem is small.

A short search comes before the proof, since a good plan is what makes a proof short; the long one comes after it, where there was none.
What stops the solver is effort, not the clock, unless a time limit is asked for; with one, the result depends on the machine.
"""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np

from sim.snapshot import IntArray
from strategies.optimizer.compiled import ready
from strategies.optimizer.dual import find_prices
from strategies.optimizer.exact import SMALL_OPTIONS_N, prove, prove_by_cuts
from strategies.optimizer.instance import Effort, Instance, Prices, Solution
from strategies.optimizer.primal import NoPlan, construct
from strategies.optimizer.search import improve

FIRST_ROUNDS_N = 2
# Of the time that is left, where there is a limit: a proof that does not end finds no good plans either. In a small problem one that ends
# does so soon; cuts end more of them, and find good plans from a good plan: before the long search, and after it for most of the time.
PROOF_SHARE, SMALL_PROOF_SHARE, FIRST_CUTS_SHARE, SEARCH_SHARE = 0.5, 0.05, 0.2, 0.25
OPTIMAL, FEASIBLE, TIME = "OPTIMAL", "FEASIBLE", "TIME"


def solve(instance: Instance, effort: Effort | None = None, seed: int = 0, start: IntArray | None = None) -> Solution:
    """The best plan that the effort finds, with a bound on all plans.

    ``start`` (accounts,) is a feasible plan, if one is known. Raises NoPlan where none is found that keeps budgets and numbers.
    """
    ready()
    effort = Effort() if effort is None else effort
    end_s = np.inf if effort.time_limit_s is None else time.monotonic() + effort.time_limit_s

    def out_of_time() -> bool:
        return time.monotonic() >= end_s

    def end_of(share: float) -> float:
        """When so much of the time that is left will have passed."""
        return end_s if np.isinf(end_s) else (now_s := time.monotonic()) + share * (end_s - now_s)

    dual = find_prices(instance, effort, out_of_time=out_of_time)
    bound_usd, proven = dual.bound_usd, False
    choice = _first_plan(instance, dual.prices, start)

    def good_enough() -> bool:
        objective_usd = instance.objective_usd(choice)
        return bound_usd - objective_usd <= effort.gap_share * max(abs(bound_usd), 1e-9)

    def improved(rounds_n: int, until_s: float = end_s) -> IntArray:
        effort_left = replace(effort, search_rounds_n=rounds_n)
        return improve(instance, choice, dual.prices, bound_usd, effort_left, seed, lambda: time.monotonic() >= until_s)

    provable = effort.exact_nodes_n > 0
    small = provable and effort.time_limit_s is not None and len(instance.seat) <= SMALL_OPTIONS_N
    choice = improved(min(FIRST_ROUNDS_N, effort.search_rounds_n))
    if provable and not good_enough() and not out_of_time():
        proof_end_s = end_of(SMALL_PROOF_SHARE if small else PROOF_SHARE)
        left_s = (lambda: None) if effort.time_limit_s is None else lambda: proof_end_s - time.monotonic()
        choice, bound_usd, proven = prove(instance, dual, choice, effort, left_s)
    if small and not proven and not out_of_time():
        choice, bound_usd, proven = prove_by_cuts(instance, dual, choice, bound_usd, effort, end_of(FIRST_CUTS_SHARE) - time.monotonic())
    if not proven:
        choice = improved(max(effort.search_rounds_n - FIRST_ROUNDS_N, 0), end_of(SEARCH_SHARE if small else 1.0))
        if small and not good_enough() and not out_of_time():
            choice, bound_usd, proven = prove_by_cuts(instance, dual, choice, bound_usd, effort, end_s - time.monotonic())
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
