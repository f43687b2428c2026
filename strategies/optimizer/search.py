"""From a feasible plan to a better one: chains of changes until none gains, then a few seats at a time by integer programming.

A neighbourhood is a handful of seats, the accounts that they have, and the options at these seats that lose less than what the seats cost
altogether: no other option can be in a better plan that leaves the rest alone. This makes the programs small (Fischetti & Lodi 2003,
Mathematical Programming 98, search neighbourhoods by a solver; Pisinger 1999, Operations Research 47(4), keeps to a core by reduced value).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from sim.snapshot import BoolArray, FloatArray, IntArray
from strategies.optimizer.chains import dig
from strategies.optimizer.instance import Effort, Instance, Prices
from strategies.optimizer.kernel import kernel
from strategies.optimizer.neighbourhood import Core, State, core_of, state_of

FINE_SHARE = 3.0  # being beyond a limit costs a chain this many times a seat's part of the gap
CHAINS = np.array([(2, 10_000), (3, 30_000)])  # (changes in a chain, nodes looked at), tried in this order
SEATS_IN_STEP_N = 16  # between two looks at the clock
FIRST_SEATS_N = 4  # in a neighbourhood; one more when it was searched to the end, one less when not
PROGRAM_OPTIONS_N = 500  # in a neighbourhood at most, those that lose the least
PROGRAM_NODES_N = 30
STALE_SHARE = 0.5  # a core is made anew when neighbourhoods cost this share of what it was made for


def improve(
    instance: Instance,
    choice: IntArray,
    prices: Prices,
    bound_usd: float,
    effort: Effort,
    seed: int,
    out_of_time: Callable[[], bool] = lambda: False,
) -> IntArray:
    """A feasible plan, never worse than the feasible plan ``choice`` (accounts,). Deterministic unless it runs out of time.

    Ends when the gap to ``bound_usd`` is at most ``effort.gap_share``, after ``effort.search_rounds_n`` rounds (chains, then one
    neighbourhood each), out of time, or when all seats together were searched to the end.
    """
    rng = np.random.default_rng(seed)
    best, best_usd = choice, instance.objective_usd(choice)
    enough_usd = bound_usd - effort.gap_share * max(abs(bound_usd), 1e-9)
    seats_n, core, core_usd = min(FIRST_SEATS_N, instance.seats_n), None, 0.0
    for round_n in range(effort.search_rounds_n):
        gap_usd = bound_usd - best_usd
        if best_usd >= enough_usd or out_of_time() or not instance.seats_n:
            break
        usd = gap_usd * seats_n / instance.seats_n
        if core is None or not STALE_SHARE * core_usd <= usd <= core_usd:
            core, core_usd = core_of(instance, prices, best, usd), usd
        state, searched = state_of(instance, core, best), False
        if round_n == 0:
            found = _descended(core, state, gap_usd / instance.seats_n, out_of_time)
        else:
            found, searched = _solved(core, state, _neighbours(core, state, seats_n, rng), seed)
        found_usd = instance.objective_usd(found)
        if found_usd > best_usd and instance.is_feasible(found):
            best, best_usd = found, found_usd
        elif searched and seats_n == instance.seats_n:
            break
        if round_n > 0:
            seats_n = min(seats_n + 1 if searched else max(seats_n - 1, 2), instance.seats_n)
    return best


def _descended(core: Core, state: State, seat_gap_usd: float, out_of_time: Callable[[], bool]) -> IntArray:
    """The plan (accounts,) when no chain gains any more."""
    core.fine_usd[:] = FINE_SHARE * seat_gap_usd
    core.fine_h[:] = core.fine_n[:] = FINE_SHARE * seat_gap_usd
    open_ = np.ones(len(state.left_h), dtype=np.bool_)
    while open_.any() and not out_of_time():
        _descend(core, state, open_, np.flatnonzero(open_)[:SEATS_IN_STEP_N], CHAINS, 1e-6 * seat_gap_usd)
    choice: IntArray = core.option[state.now]
    return choice


@kernel
def _descend(core: Core, state: State, open_: BoolArray, seats: IntArray, chains: IntArray, least_gain_usd: float) -> None:
    """Take chains that gain from ``seats`` until there are none, and mark the seats that they touch as ``open_`` (seats,)."""
    for r in seats:
        open_[r] = False
        gain = 1.0
        while gain > 0.0:
            gain = 0.0
            for d in range(len(chains)):
                state.journal_n[0] = 0
                gain = dig(core, state, r, chains[d, 0], chains[d, 1], least_gain_usd)
                if gain > 0.0:
                    break
            for k in range(state.journal_n[0]):
                left = state.journal[k]
                for s in (core.seat[left], core.seat[state.now[core.account[left]]]):
                    if s >= 0 and s != r:
                        open_[s] = True


def _neighbours(core: Core, state: State, seats_n: int, rng: np.random.Generator) -> IntArray:
    """Seats (seats_n,) for a neighbourhood: one that costs much, and others that its accounts could go to."""
    taken = core.seat[state.now]
    lost = np.bincount(taken[taken >= 0], core.loss_usd[state.now][taken >= 0], len(state.cost_usd))
    usd: FloatArray = np.maximum(state.cost_usd, 0.0) + lost
    usd = usd + max(float(usd.mean()), 1e-12)
    first = rng.choice(len(usd), p=usd / usd.sum())
    links = np.full(len(usd), 1e-6)
    for i in np.unique(core.account[core.at[core.at_first[first] : core.at_first[first + 1]]]):
        there = core.seat[core.first[i] : core.first[i + 1]]
        np.add.at(links, there[there >= 0], 1.0)
    weight = links * usd
    weight[first] = 1e9 * weight.max()
    neighbours: IntArray = rng.choice(len(usd), seats_n, replace=False, p=weight / weight.sum())
    return neighbours


def _solved(core: Core, state: State, seats: IntArray, seed: int) -> tuple[IntArray, bool]:
    """The plan (accounts,) with the best there is for the accounts of ``seats`` among them; and whether it was searched to the end."""
    from ortools.linear_solver import pywraplp  # slow to import

    seat_in = np.zeros(len(state.left_h) + 1, dtype=np.bool_)
    seat_in[seats], seat_in[-1] = True, True  # the last one is nobody
    taken = core.seat[state.now]
    free = seat_in[taken] & (np.diff(core.first) > 1)
    is_taken = np.zeros(len(core.option), dtype=np.bool_)
    is_taken[state.now] = True
    options = np.flatnonzero(free[core.account] & seat_in[core.seat])
    farthest_usd = float(np.abs(state.off_usd).max(initial=0.0))
    usd = float(state.cost_usd[seats].sum() + core.loss_usd[state.now[free]].sum()) + core.max_price * farthest_usd
    limit_usd, whole = usd, True
    others = np.sort(core.loss_usd[options[~is_taken[options]]])
    if np.searchsorted(others, usd) > PROGRAM_OPTIONS_N:
        limit_usd, whole = float(others[PROGRAM_OPTIONS_N]), False
    options = options[is_taken[options] | (core.loss_usd[options] < limit_usd)]
    solver = pywraplp.Solver.CreateSolver("SCIP")
    solver.SetSolverSpecificParametersAsString(
        f"limits/nodes = {PROGRAM_NODES_N}\nrandomization/randomseedshift = {seed % 1000}\nnumerics/feastol = 1e-9\n"
    )
    infinity, objective = solver.infinity(), solver.Objective()
    unit = 1.0 / max(usd, 1e-9)
    account, seat = core.account[options], core.seat[options]
    works = [solver.BoolVar("") for _ in options]
    once = {i: solver.RowConstraint(1.0, 1.0, "") for i in np.unique(account).tolist()}
    for x, i, loss_usd in zip(works, account.tolist(), core.loss_usd[options].tolist(), strict=True):
        once[i].SetCoefficient(x, 1.0)
        objective.SetCoefficient(x, loss_usd * unit)
    farthest = None
    if core.max_price > 0.0:
        elsewhere = np.delete(np.abs(state.off_usd), seats)
        farthest = solver.NumVar(float(elsewhere.max(initial=0.0)), infinity, "")
        objective.SetCoefficient(farthest, core.max_price * unit)
    for r in seats.tolist():
        here = np.flatnonzero(seat == r)
        had = options[here][is_taken[options[here]]]
        left_h = float(state.left_h[r] + core.hours[had].sum())
        off_usd = float(state.off_usd[r] - core.weight_usd[core.account[had]].sum())
        number = int(state.number[r]) - len(had)
        idle = solver.NumVar(0.0, infinity, "")
        objective.SetCoefficient(idle, float(core.hour[r]) * unit)
        hours = solver.RowConstraint(left_h, left_h, "")
        hours.SetCoefficient(idle, 1.0)
        places = solver.RowConstraint(float(core.least_n[r] - number), float(core.most_n[r] - number), "")
        balance = solver.RowConstraint(-off_usd, -off_usd, "")
        over, under = solver.NumVar(0.0, infinity, ""), solver.NumVar(0.0, infinity, "")
        balance.SetCoefficient(over, -1.0)
        balance.SetCoefficient(under, 1.0)
        objective.SetCoefficient(over, float(core.sum_price - core.balance[r]) * unit)
        objective.SetCoefficient(under, float(core.sum_price + core.balance[r]) * unit)
        if farthest is not None:
            for sign in (1.0, -1.0):
                row = solver.RowConstraint(0.0, infinity, "")
                row.SetCoefficient(farthest, 1.0)
                row.SetCoefficient(over, sign)
                row.SetCoefficient(under, -sign)
        for k in here.tolist():
            x, o = works[k], options[k]
            hours.SetCoefficient(x, float(core.hours[o]))
            places.SetCoefficient(x, 1.0)
            balance.SetCoefficient(x, float(core.weight_usd[account[k]]))
            objective.SetCoefficient(x, float(core.loss_usd[o] - core.place[r]) * unit)
    objective.SetMinimization()
    solver.SetHint(works, is_taken[options].astype(float).tolist())
    status = solver.Solve()
    now = state.now.copy()
    if status in (pywraplp.Solver.OPTIMAL, pywraplp.Solver.FEASIBLE):
        picked = options[np.array([x.solution_value() > 0.5 for x in works], dtype=np.bool_)]
        now[core.account[picked]] = picked
    found: IntArray = core.option[now]
    return found, whole and status == pywraplp.Solver.OPTIMAL
