"""From a feasible plan to a better one: chains of changes until none gains, then disturb a seat, mend, keep what did not lose, and patch.

Iterated local search (Lourenço, Martin & Stützle 2003, in Glover & Kochenberger, Handbook of Metaheuristics) over the chains of chains.py.
Fines for a seat beyond its limits are low, about what a seat costs, so that chains may pass through plans that are not feasible; only
feasible ones are kept. The seats to disturb are drawn in proportion to what they cost. Patches (patches.py) find what takes more changes
than a chain has. Which of the two gains more differs from problem to problem: a round has more disturbances if those of the round before
gained more than its patches, and fewer if they gained less.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from sim.snapshot import BoolArray, IntArray
from strategies.optimizer.chains import dig, list_changes, settle, swap
from strategies.optimizer.instance import Effort, Instance, Prices
from strategies.optimizer.kernel import index, kernel
from strategies.optimizer.neighbourhood import Core, State, change_usd, core_of, find_top, state_of, take_noted, undo, within_limits
from strategies.optimizer.patches import FIRST_OPTIONS_N, repatch

CORE_SHARE = 4.0  # options in the core lose up to so many times a seat's part of the gap
FINE_SHARE = 1.0  # being beyond a limit costs a seat's part of the gap, and an hour beyond it so many times its price
FIRST_FINE_SHARE = 3.0  # the same before the first disturbance, when what is broken stays broken
LEAST_GAIN_SHARE = 1e-6  # of a seat's part of the gap: less is rounding
LOSS_SHARE = 0.02  # of a seat's part of the gap: what a disturbance may lose and be kept, on average
FIRST_CHAINS = np.array([(2, 10_000), (3, 30_000)])  # (changes in a chain, nodes looked at), tried in this order before disturbances
CHAINS = np.array([(2, 1_000), (3, 3_000)])  # and after each
STEP_SEATS_N = 16  # between two looks at the clock
SWAP_SHARE = 0.05  # of a seat's part of the gap: accounts that lose more look for an exchange
STEP_SWAPS_N = 100  # between two looks at the clock
TRIALS_N = 5  # disturbances between two looks at the clock
MOST_BATCHES_N = 128  # of so many disturbances in a round; the first ones have one
DESCENT_ROUNDS_N = 50  # of which the first descends without a disturbance, and exchanges; the k-th ends after k patches that gain nothing
KICKS_N = 3  # changes in a disturbance at most
MENDS_N = 100  # changes after which the mending of a disturbance is given up
BLUR_SHARE = 0.05  # of a seat's part of the gap: losses that differ by less are ranked at random
REBLUR_ROUNDS_N = 10  # and anew after so many rounds
STALE_SHARE = 0.8  # once the gap has shrunk by so much, a smaller core will do


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

    Ends when the gap to ``bound_usd`` is at most ``effort.gap_share``, after ``effort.search_rounds_n`` rounds, or out of time.
    """
    rng = np.random.default_rng(seed)
    best, best_usd = choice, instance.objective_usd(choice)
    enough_usd = bound_usd - effort.gap_share * max(abs(bound_usd), 1e-9)
    core_gap_usd, core, state, options_n, batches_n = np.inf, None, None, FIRST_OPTIONS_N, 1
    for round_n in range(effort.search_rounds_n):
        gap_usd = bound_usd - best_usd
        if best_usd >= enough_usd or out_of_time() or not instance.seats_n:
            break
        seat_usd = gap_usd / instance.seats_n
        if core is None or state is None or gap_usd < STALE_SHARE * core_gap_usd or round_n % REBLUR_ROUNDS_N == 0:
            core = state = None  # two at once are a quarter of a gigabyte at 300,000 x 2,000
            core, core_gap_usd = core_of(instance, prices, best, CORE_SHARE * seat_usd, rng, BLUR_SHARE * seat_usd), gap_usd
            _fine(core, FINE_SHARE if round_n % DESCENT_ROUNDS_N else FIRST_FINE_SHARE, seat_usd)
            state = state_of(instance, core, best)
        if round_n % DESCENT_ROUNDS_N == 0:
            _descend(core, state, seat_usd, out_of_time)
            best, best_usd = _better(instance, best, best_usd, core.option[state.now])
            core_gap_usd = np.inf
            continue
        before_usd = best_usd
        for _ in range(batches_n):
            if not out_of_time():
                disturbed = _disturb(core, state, int(rng.integers(1, 2**62)), CHAINS, seat_usd)
                best, best_usd = _better(instance, best, best_usd, core.option[disturbed])
        disturbed_usd = best_usd
        patched, options_n = _patched(instance, core, best, options_n, effort, rng, round_n % DESCENT_ROUNDS_N, out_of_time)
        best, best_usd = _better(instance, best, best_usd, patched)
        if best_usd > disturbed_usd:
            state = state_of(instance, core, best)
        batches_n = _batches_n(batches_n, disturbed_usd - before_usd, best_usd - disturbed_usd)
    return best


def _better(instance: Instance, best: IntArray, best_usd: float, found: IntArray) -> tuple[IntArray, float]:
    found_usd = instance.objective_usd(found)
    return (found, found_usd) if found_usd > best_usd and instance.is_feasible(found) else (best, best_usd)


def _batches_n(batches_n: int, disturbed_usd: float, patched_usd: float) -> int:
    """How many batches of disturbances the next round has, by what those of this one have gained and what its patches have."""
    if disturbed_usd > patched_usd:
        return min(2 * batches_n, MOST_BATCHES_N)
    return max(batches_n // 2, 1) if patched_usd > disturbed_usd else batches_n


def _patched(
    instance: Instance, core: Core, choice: IntArray, options_n: float, effort: Effort, rng: np.random.Generator, most_n: int,
    out_of_time: Callable[[], bool],
) -> tuple[IntArray, float]:  # fmt: skip
    """Patch upon patch, until ``most_n`` in a row gain nothing."""
    now, vain_n = np.searchsorted(core.option, choice), 0
    while vain_n < most_n and not out_of_time():
        before, (now, options_n) = now, repatch(instance, core, now, options_n, effort, rng)
        vain_n = 0 if now is not before else vain_n + 1
    return core.option[now], options_n


def _fine(core: Core, share: float, seat_usd: float) -> None:
    core.fine_usd[:] = core.fine_n[:] = share * seat_usd
    core.fine_h[:] = share * max(float(core.hour.mean()), 1e-3 * seat_usd / max(float(core.hours.mean()), 1e-9))


def _descend(core: Core, state: State, seat_usd: float, out_of_time: Callable[[], bool]) -> None:
    """Take chains that gain until there are none, then exchanges; or as far as time goes."""
    waits, least_gain_usd = np.ones(len(state.left_h), dtype=np.bool_), LEAST_GAIN_SHARE * seat_usd
    while waits.any() and not out_of_time():
        state.journal_n[0] = 0
        _gain_usd(core, state, waits, FIRST_CHAINS, least_gain_usd, STEP_SEATS_N)
    lost = np.flatnonzero(core.loss_usd[state.now] > SWAP_SHARE * seat_usd)
    for i in range(0, len(lost), STEP_SWAPS_N):
        if out_of_time():
            break
        _swap_all(core, state, lost[i : i + STEP_SWAPS_N], least_gain_usd)


@kernel
def _swap_all(core: Core, state: State, accounts: IntArray, least_gain_usd: float) -> None:
    """Exchange each of these accounts for the best other one, if that gains."""
    for i in accounts:
        state.journal_n[0] = 0
        swap(core, state, i, least_gain_usd)


@kernel
def _gain_usd(core: Core, state: State, waits: BoolArray, chains: IntArray, least_gain_usd: float, seats_n: int) -> float:
    """Take chains that gain, from the seats that wait; a seat that a chain touches waits again. Returns the gain.

    Ends when no seat waits, after ``seats_n`` seats, or after ``MENDS_N`` changes.
    """
    total, r, idle_n = 0.0, index(0), 0
    while idle_n < len(waits) and seats_n > 0 and state.journal_n[0] <= MENDS_N:
        if not waits[r]:
            idle_n, r = idle_n + 1, (r + 1) % len(waits)
            continue
        waits[r], idle_n, seats_n = False, 0, seats_n - 1
        for d in range(len(chains)):
            begin = state.journal_n[0]
            gain = dig(core, state, r, chains[d, 0], chains[d, 1], least_gain_usd)
            if gain > 0.0:
                total += gain
                _wait(core, state, waits, begin)
                break
    return total


@kernel
def _wait(core: Core, state: State, waits: BoolArray, begin: int) -> None:
    """Mark the seats that the changes in the journal, from ``begin`` on, have touched."""
    for k in range(begin, state.journal_n[0]):
        left = state.journal[k]
        for s in (core.seat[left], core.seat[state.now[core.account[left]]]):
            if s >= 0:
                waits[s] = True


@kernel
def _random(state: IntArray) -> float:
    """A number in [0, 1), from xorshift (Marsaglia 2003, Journal of Statistical Software 8(14)); ``state`` (1,) must not be 0."""
    x = state[0]
    x ^= x << 13
    x ^= (x >> 7) & 0x1FFFFFFFFFFFFFF
    x ^= x << 17
    state[0] = x
    return float(((x >> 11) & 0x1FFFFFFFFFFFFF) / 9007199254740992.0)


@kernel
def _costly_seat(state: State, draw: float) -> int:
    """A seat, for a number drawn from [0, 1): in proportion to its cost plus a fifth of the mean."""
    sum_usd = 0.0
    for cost in state.cost_usd:
        sum_usd += max(cost, 0.0)
    base_usd = 0.2 * sum_usd / len(state.cost_usd)
    draw *= 1.2 * sum_usd
    for r in range(len(state.cost_usd)):
        draw -= max(state.cost_usd[r], 0.0) + base_usd
        if draw < 0.0:
            return r
    return len(state.cost_usd) - 1


@kernel
def _kick_usd(core: Core, state: State, random: IntArray) -> float:
    """Change up to ``KICKS_N`` accounts at random, each next one at a seat of the last one. Returns the gain, mostly negative."""
    r = _costly_seat(state, _random(random))
    gain = core.max_price * abs(state.off_usd[state.top[0]])
    for _ in range(1 + int(KICKS_N * _random(random))):
        list_changes(core, state, r)
        if state.change_n[r] == 0:
            break
        o = index(state.change[r, int(_random(random) ** 2 * state.change_n[r])])
        i = index(core.account[o])
        before = index(core.seat[state.now[i]])
        gain -= change_usd(core, state, o)
        take_noted(core, state, o)
        settle(core, state, i)
        after = index(core.seat[o])
        r = before if after < 0 or (before >= 0 and _random(random) < 0.5) else after
    find_top(core, state)
    return float(gain - core.max_price * abs(state.off_usd[state.top[0]]))


@kernel
def _disturb(core: Core, state: State, seed: int, chains: IntArray, seat_usd: float) -> IntArray:
    """``TRIALS_N`` disturbances, each kept if it is feasible and loses next to nothing. Returns the best plan on the way: core options."""
    random = np.array([seed])
    waits = np.zeros(len(state.left_h), dtype=np.bool_)
    best, total, most = state.now.copy(), 0.0, 0.0
    for _ in range(TRIALS_N):
        state.journal_n[0] = 0
        gain = _kick_usd(core, state, random)
        _wait(core, state, waits, index(0))
        gain += _gain_usd(core, state, waits, chains, LEAST_GAIN_SHARE * seat_usd, index(MENDS_N))
        waits[:] = False
        keep = gain > LOSS_SHARE * seat_usd * np.log(_random(random) + 1e-300)
        for k in range(state.journal_n[0]):
            left = state.journal[k]
            for s in (core.seat[left], core.seat[state.now[core.account[left]]]):
                keep = keep and (s < 0 or within_limits(core, state, index(s)))
        if keep:
            total += gain
            if total > most:
                most = total
                best[:] = state.now
            continue
        while state.journal_n[0] > 0:
            undo(core, state)
            settle(core, state, index(core.account[state.journal[state.journal_n[0]]]))
        find_top(core, state)
    return best
