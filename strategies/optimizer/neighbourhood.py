"""What a plan loses against the bound, and the chains of changes that lose less: the moves of primal.py and search.py.

At given prices the distance from a plan to the bound (7) of instance.py splits into parts, none of them negative as long as m = 0:

    sum_i loss_i + sum_r cost_r + m max_r |off_r|
    loss_i = the best reduced value of account i - that of its option,        reduced value = v - pi h - mu p - nu
    cost_r = pi_r x hours left + w |off_r| - mu_r off_r + |nu_r| x places to the limit,       off_r = B_r - T_r

So a chain of changes can gain only while its losses add up to less than what the seats that it touches cost. That is what makes chains of
three or four changes quick to look for. A seat beyond its limits costs a fine instead, so one search repairs plans and improves them.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.snapshot import FloatArray, IntArray
from strategies.optimizer.instance import FEASIBILITY_TOLERANCE, NOBODY, Instance, Prices, SeatArray
from strategies.optimizer.kernel import index, kernel

WIDTH_N = 64  # changes looked at from one seat: those that lose the least
CHAIN_N = 4  # changes in a chain at most
TOP_N = 2 * CHAIN_N + 2  # more seats than a chain touches: the farthest of those that it leaves alone is among them
FEW_OPTIONS_N, MANY_OPTIONS_N = 3, 24  # options of an account in the core, on average
JOURNAL_N = 4096  # changes that can be undone
SAMPLE_N = 20_000  # accounts from which the size of the core is estimated


class Options(NamedTuple):
    """All options of an instance, as there, and the prices of an hour, of balance and of a place."""

    first: IntArray
    seat: SeatArray
    value_usd: FloatArray
    hours: FloatArray
    weight_usd: FloatArray
    hour: FloatArray
    balance: FloatArray
    place: FloatArray


class Core(NamedTuple):
    """The options that lose little, in the instance's order: ``option`` (core,) says which they are.

    ``first`` (accounts + 1,); ``account``, ``seat``, ``hours``, ``loss_usd`` and ``rank_usd``, the same blurred (core,); ``weight_usd``
    (accounts,). The options at seat r of accounts that have a choice are ``at[at_first[r]:at_first[r + 1]]``, by rank. By seat: the prices
    ``hour``, ``balance`` and ``place``, the limits ``least_n`` and ``most_n``, and what being beyond the limits costs: ``fine_usd``,
    ``fine_h`` an hour and ``fine_n`` an account.
    """

    option: IntArray
    first: IntArray
    account: SeatArray
    seat: SeatArray
    hours: FloatArray
    loss_usd: FloatArray
    rank_usd: FloatArray
    weight_usd: FloatArray
    at_first: IntArray
    at: SeatArray
    hour: FloatArray
    balance: FloatArray
    place: FloatArray
    least_n: IntArray
    most_n: IntArray
    fine_usd: FloatArray
    fine_h: FloatArray
    fine_n: FloatArray
    sum_price: float
    max_price: float


class State(NamedTuple):
    """A plan under search. ``now`` (accounts,) are the core options taken; by seat hours left, weight off target, number and cost_r.

    ``settled`` (accounts,) is ``now`` without the chain at hand, ``busy`` (accounts,) marks that chain's accounts, and ``top`` the seats
    farthest off target. For each seat ``change`` lists the core options that an account could change to so that this seat is touched, with
    ``change_loss_usd``, what that loses (ranked, the least first), and ``change_h``, ``change_weight_usd`` and ``change_number``, by which
    hours used, weight and number of the seat grow. There are ``change_n`` of them, -1: yet to be made; ``forgets``: a longer list was cut.
    ``journal`` lists the core options that were left, the latest last; there are ``journal_n[0]`` of them.
    """

    now: IntArray
    settled: IntArray
    busy: NDArray[np.bool_]
    left_h: FloatArray
    off_usd: FloatArray
    number: IntArray
    cost_usd: FloatArray
    top: IntArray
    change: SeatArray
    change_loss_usd: FloatArray
    change_h: FloatArray
    change_weight_usd: FloatArray
    change_number: NDArray[np.int8]
    change_n: IntArray
    forgets: NDArray[np.bool_]
    journal: IntArray
    journal_n: IntArray


def options_of(instance: Instance, prices: Prices) -> Options:
    """The options of an instance at prices."""
    return Options(
        instance.first, instance.seat, instance.value_usd, instance.hours, instance.weight_usd,
        prices.hour.copy(), prices.balance.copy(), prices.place.copy(),
    )  # fmt: skip


def core_of(instance: Instance, prices: Prices, choice: IntArray, loss_usd: float, rng: np.random.Generator, blur_usd: float = 0.0) -> Core:
    """The options that lose up to ``loss_usd``, but neither few nor very many; and those of the plan ``choice``. Without fines.

    Losses that differ by less than ``blur_usd`` are ranked at random, or of many equals the same few would be looked at for ever.
    """
    options = options_of(instance, prices)
    stride = max(instance.accounts_n // SAMPLE_N, 1)
    sample = _sample_losses(options, stride)
    few, many = (min(n * len(range(0, instance.accounts_n, stride)), len(sample) - 1) for n in (FEW_OPTIONS_N, MANY_OPTIONS_N))
    sample.partition((few, many))
    cut = float(np.clip(loss_usd, sample[few], sample[many]))
    kept, loss = _kept(options, choice, cut)
    first = np.searchsorted(kept, instance.first)
    account: SeatArray = np.repeat(np.arange(instance.accounts_n, dtype=np.int32), np.diff(first))
    seat = instance.seat[kept]
    ranked: SeatArray = np.flatnonzero((np.diff(first)[account] > 1) & (seat != NOBODY)).astype(np.int32)
    rank = loss + blur_usd * rng.random(len(loss))
    at: SeatArray = ranked[np.lexsort((rank[ranked], seat[ranked]))]
    seats_n = instance.seats_n
    return Core(
        kept, first, account, seat, instance.hours[kept], loss, rank, instance.weight_usd.copy(),
        np.searchsorted(seat[at], np.arange(seats_n + 1)), at, options.hour, options.balance, options.place,
        instance.least_n.copy(), instance.most_n.copy(), np.zeros(seats_n), np.zeros(seats_n), np.zeros(seats_n),
        instance.sum_price, instance.max_price,
    )  # fmt: skip


def state_of(instance: Instance, core: Core, choice: IntArray) -> State:
    """The plan ``choice`` (accounts,), whose options are all in the core, ready for search."""
    accounts_n, seats_n = instance.accounts_n, instance.seats_n
    now = np.searchsorted(core.option, choice)
    # Half of the tolerance that plans are checked with: exact fits stay fits, and sums may drift.
    left_h = instance.budget_h + 0.5 * FEASIBILITY_TOLERANCE * np.maximum(instance.budget_h, 1.0) - instance.hours_used(choice)
    state = State(
        now, now.copy(), np.zeros(accounts_n, dtype=np.bool_),
        left_h, instance.books_usd(choice) - instance.target_usd, instance.numbers(choice), np.zeros(seats_n),
        np.zeros(min(TOP_N, seats_n), dtype=np.int64), np.zeros((seats_n, WIDTH_N), dtype=np.int32), np.zeros((seats_n, WIDTH_N)),
        np.zeros((seats_n, WIDTH_N)), np.zeros((seats_n, WIDTH_N)), np.zeros((seats_n, WIDTH_N), dtype=np.int8),
        np.full(seats_n, -1), np.zeros(seats_n, dtype=np.bool_), np.zeros(JOURNAL_N, dtype=np.int64), np.zeros(1, dtype=np.int64),
    )  # fmt: skip
    recost(core, state)
    return state


@kernel
def reduced_usd(options: Options, i: int, o: int) -> float:
    """Reduced value of option o of account i."""
    r = options.seat[o]
    if r < 0:
        return float(options.value_usd[o])
    asked = options.hour[r] * options.hours[o] + options.balance[r] * options.weight_usd[i] + options.place[r]
    return float(options.value_usd[o] - asked)


@kernel
def _losses(options: Options, i: int) -> FloatArray:
    """What each option of account i loses."""
    loss, most = np.empty(options.first[i + 1] - options.first[i]), -np.inf
    for k in range(len(loss)):
        loss[k] = reduced_usd(options, i, options.first[i] + k)
        most = max(most, loss[k])
    for k in range(len(loss)):
        loss[k] = most - loss[k]
    return loss


@kernel
def _sample_losses(options: Options, stride: int) -> FloatArray:
    """What the options of every ``stride``-th account lose."""
    sampled_n = 0
    for i in range(0, len(options.weight_usd), stride):
        sampled_n += options.first[i + 1] - options.first[i]
    sample, n = np.empty(sampled_n), 0
    for i in range(0, len(options.weight_usd), stride):
        loss = _losses(options, i)
        sample[n : n + len(loss)] = loss
        n += len(loss)
    return sample


@kernel
def _kept(options: Options, choice: IntArray, cut: float) -> tuple[IntArray, FloatArray]:
    """The options (core,) that lose no more than ``cut``, and those of the plan; and what they lose."""
    kept_n = 0
    for i in range(len(choice)):
        loss = _losses(options, i)
        for k in range(len(loss)):
            if loss[k] <= cut or options.first[i] + k == choice[i]:
                kept_n += 1
    kept, lost = np.empty(kept_n, dtype=np.int64), np.empty(kept_n)
    kept_n = 0
    for i in range(len(choice)):
        loss = _losses(options, i)
        for k in range(len(loss)):
            if loss[k] <= cut or options.first[i] + k == choice[i]:
                kept[kept_n], lost[kept_n] = options.first[i] + k, loss[k]
                kept_n += 1
    return kept, lost


@kernel
def cost_usd(core: Core, r: int, left_h: float, off_usd: float, number: int) -> float:
    """cost_r of a seat with these hours left, weight off target and number of accounts; fines included."""
    cost = core.sum_price * abs(off_usd) - core.balance[r] * off_usd
    place = core.place[r]
    cost += place * (core.most_n[r] - number) if place > 0.0 else place * (core.least_n[r] - number)
    if left_h >= 0.0:
        cost += core.hour[r] * left_h
    else:
        cost += core.fine_usd[r] - core.fine_h[r] * left_h
    if number > core.most_n[r]:
        cost += core.fine_usd[r] + core.fine_n[r] * (number - core.most_n[r])
    elif number < core.least_n[r]:
        cost += core.fine_usd[r] + core.fine_n[r] * (core.least_n[r] - number)
    return float(cost)


@kernel
def within_limits(core: Core, state: State, r: int) -> bool:
    """Whether a seat keeps its hours and numbers."""
    return bool(state.left_h[r] >= 0.0 and core.least_n[r] <= state.number[r] <= core.most_n[r])


@kernel
def recost(core: Core, state: State) -> None:
    """Bring what follows from hours, books and numbers up to date for all seats."""
    for r in range(len(state.cost_usd)):
        state.cost_usd[r] = cost_usd(core, r, state.left_h[r], state.off_usd[r], state.number[r])
    find_top(core, state)


@kernel
def find_top(core: Core, state: State) -> None:
    """Bring ``top`` up to date."""
    if core.max_price <= 0.0:
        return
    top, n = state.top, 0
    for r in range(len(state.off_usd)):
        off_usd = abs(state.off_usd[r])
        k = n
        if n == len(top):
            k = n - 1
            if off_usd <= abs(state.off_usd[top[k]]):
                continue
        while k > 0 and abs(state.off_usd[top[k - 1]]) < off_usd:
            top[k] = top[k - 1]
            k -= 1
        top[k] = r
        n = min(n + 1, len(top))


@kernel
def change_usd(core: Core, state: State, o: int) -> float:
    """What losses and costs would grow by if option o were taken instead of its account's present one."""
    i = core.account[o]
    c = state.now[i]
    r, s = index(core.seat[c]), index(core.seat[o])
    usd = core.loss_usd[o] - core.loss_usd[c]
    if r == s:
        if r >= 0:
            usd += cost_usd(core, r, state.left_h[r] + core.hours[c] - core.hours[o], state.off_usd[r], state.number[r]) - state.cost_usd[r]
        return float(usd)
    weight = core.weight_usd[i]
    if r >= 0:
        usd += cost_usd(core, r, state.left_h[r] + core.hours[c], state.off_usd[r] - weight, state.number[r] - 1) - state.cost_usd[r]
    if s >= 0:
        usd += cost_usd(core, s, state.left_h[s] - core.hours[o], state.off_usd[s] + weight, state.number[s] + 1) - state.cost_usd[s]
    return float(usd)


@kernel
def take(core: Core, state: State, o: int) -> None:
    """Take option o instead of its account's present one."""
    i = core.account[o]
    c = state.now[i]
    r, s = index(core.seat[c]), index(core.seat[o])
    state.now[i] = o
    if r >= 0:
        state.left_h[r] += core.hours[c]
        state.off_usd[r] -= core.weight_usd[i]
        state.number[r] -= 1
    if s >= 0:
        state.left_h[s] -= core.hours[o]
        state.off_usd[s] += core.weight_usd[i]
        state.number[s] += 1
        state.cost_usd[s] = cost_usd(core, s, state.left_h[s], state.off_usd[s], state.number[s])
    if r >= 0:
        state.cost_usd[r] = cost_usd(core, r, state.left_h[r], state.off_usd[r], state.number[r])


@kernel
def take_noted(core: Core, state: State, o: int) -> None:
    """Take option o, and note in the journal what it replaces."""
    state.journal[state.journal_n[0]] = state.now[core.account[o]]
    state.journal_n[0] += 1
    take(core, state, o)


@kernel
def undo(core: Core, state: State) -> None:
    """Take back the latest change in the journal."""
    state.journal_n[0] -= 1
    take(core, state, state.journal[state.journal_n[0]])
