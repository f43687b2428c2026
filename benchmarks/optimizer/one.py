"""One contestant on one problem, in a process of its own: what it found, what it proved, and what that took.

python -m benchmarks.optimizer.one PROBLEM, which is a JSON object: kind, accounts_n, seats_n, seed, contestant, limit_s
"""

from __future__ import annotations

import json
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import asdict

import numpy as np

from benchmarks.contest import peak_rss_mib
from benchmarks.optimizer import carvers, rivals
from benchmarks.optimizer.bounds import bound_usd
from benchmarks.optimizer.instances import Problem, Territory
from benchmarks.optimizer.records import K_MEANS, LONGEST_FIRST, OPTIMIZER, Record
from benchmarks.optimizer.rivals import Answer
from sim.snapshot import IntArray
from strategies.optimizer.instance import FEASIBILITY_TOLERANCE, Effort, Instance

GRACE, GRACE_S = 2.0, 60.0  # an alarm ends the process after so many times its limit, and so long for all else
HOURS_TOLERANCE = 1e-6  # of a budget: what general solvers keep; the optimizer keeps the instance's
UNLIMITED_N = 10**9  # the clock is to stop the optimizer, not its counts


def main(words: str) -> Record:
    """Measure what the words describe. The process is killed (SIGALRM) if it does not end by itself."""
    given = json.loads(words)
    contestant, limit_s = given.pop("contestant"), given.pop("limit_s")
    signal.alarm(patience_s(limit_s))
    problem = Problem(**given)
    territory = problem.draw()
    instance = territory.instance
    busy_s = time.process_time()
    answer = contest(contestant, territory, limit_s)
    busy_s, peak_mib = time.process_time() - busy_s, peak_rss_mib()
    tolerance = FEASIBILITY_TOLERANCE if contestant == OPTIMIZER else HOURS_TOLERANCE
    wrong = "" if answer.choice is None else broken(instance, answer.choice, tolerance)
    return Record(
        **asdict(problem),
        contestant=contestant,
        limit_s=limit_s,
        status=wrong or answer.status,
        objective_usd=None if answer.choice is None or wrong else instance.objective_usd(answer.choice),
        bound_usd=answer.bound_usd,
        price_bound_usd=None if answer.prices is None else bound_usd(instance, answer.prices),
        seconds=answer.seconds,
        busy_s=busy_s,
        peak_mib=peak_mib,
    )


def patience_s(limit_s: float) -> int:
    """When a process is ended that does not end by itself: some solvers look at their clock rarely."""
    return round(GRACE * limit_s + GRACE_S)


def contest(contestant: str, territory: Territory, limit_s: float) -> Answer:
    """The contestant's answer."""
    solvers: dict[str, Callable[[Instance, float], Answer]] = {
        OPTIMIZER: optimizer,
        "CP-SAT": rivals.cp_sat,
        "SCIP": rivals.scip,
        "HiGHS": rivals.highs,
        "LP": rivals.relaxation,
    }
    if contestant in solvers:
        return solvers[contestant](territory.instance, limit_s)
    makers: dict[str, Callable[[Territory], Answer]] = {LONGEST_FIRST: carvers.longest_first, K_MEANS: carvers.k_means}
    return makers[contestant](territory)


def optimizer(instance: Instance, limit_s: float) -> Answer:
    """The project's own solver, until the clock stops it. Its time includes reading compiled code from the cache."""
    from strategies.optimizer.solve import solve

    effort = Effort(search_rounds_n=UNLIMITED_N, exact_nodes_n=UNLIMITED_N, time_limit_s=limit_s)
    start_s = time.perf_counter()
    solution = solve(instance, effort)
    seconds = time.perf_counter() - start_s
    return Answer(solution.choice, solution.bound_usd, seconds, solution.status, solution.prices)


def broken(instance: Instance, choice: IntArray, tolerance: float) -> str:
    """What is wrong with a plan, hours up to a tolerance (share of a budget); empty if it is feasible."""
    if np.any(choice < instance.first[:-1]) or np.any(choice >= instance.first[1:]):
        return "BROKEN: an account takes an option that is not its own"
    if np.any(instance.hours_used(choice) > instance.budget_h + tolerance * np.maximum(instance.budget_h, 1.0)):
        return "BROKEN: a seat has too few hours"
    numbers = instance.numbers(choice)
    return "BROKEN: numbers" if np.any((numbers < instance.least_n) | (numbers > instance.most_n)) else ""


if __name__ == "__main__":
    print(json.dumps(asdict(main(sys.argv[1]))))
