"""Chains of changes: accounts that change their options one after the other, and lose less than what the seats that they touch cost.

Depth first, the least loss first. Ejection chains (Glover 1996, Discrete Applied Mathematics 65) whose every link is held to the bound: a
chain can only gain what its seats cost, so it is cut off as soon as its losses add up to that.
"""

from __future__ import annotations

import numpy as np

from sim.snapshot import IntArray
from strategies.optimizer.kernel import index, kernel
from strategies.optimizer.neighbourhood import WIDTH_N, Core, State, change_usd, cost_usd, find_top, take, take_noted, undo

LIST_LEAST_N = WIDTH_N // 2  # a list that fell below was too short for all changes, and has forgotten too many


@kernel
def _list(core: Core, state: State, r: int, o: int, c: int) -> None:
    """Insert the change from c to o into the list of seat r if it is among those that lose the least."""
    n = state.change_n[r]
    loss_usd = core.rank_usd[o] - core.loss_usd[c]
    if n == WIDTH_N:
        if loss_usd >= state.change_loss_usd[r, n - 1]:
            return
        n -= 1
    k = n
    while k > 0 and state.change_loss_usd[r, k - 1] > loss_usd:
        state.change_loss_usd[r, k] = state.change_loss_usd[r, k - 1]
        state.change_h[r, k] = state.change_h[r, k - 1]
        state.change_weight_usd[r, k] = state.change_weight_usd[r, k - 1]
        state.change_number[r, k] = state.change_number[r, k - 1]
        state.change[r, k] = state.change[r, k - 1]
        k -= 1
    comes, leaves = int(core.seat[o] == r), int(core.seat[c] == r)
    state.change[r, k] = o
    state.change_loss_usd[r, k] = loss_usd
    state.change_h[r, k] = comes * core.hours[o] - leaves * core.hours[c]
    state.change_weight_usd[r, k] = (comes - leaves) * core.weight_usd[core.account[o]]
    state.change_number[r, k] = comes - leaves
    state.change_n[r] = n + 1


@kernel
def _list_account(core: Core, state: State, r: int, o: int) -> None:
    """Insert into the list of seat r what its option o stands for: the account that could come, or the ways in which it could leave."""
    i = core.account[o]
    c = state.settled[i]
    if c != o:
        _list(core, state, r, o, c)
        return
    for other in range(core.first[i], core.first[i + 1]):
        if core.seat[other] != r:
            _list(core, state, r, other, c)


@kernel
def list_changes(core: Core, state: State, r: int) -> None:
    """The changes that touch seat r: accounts that come, leave, or stay with another option."""
    if state.change_n[r] < 0:
        state.change_n[r] = 0
        for k in range(core.at_first[r], core.at_first[r + 1]):
            _list_account(core, state, r, index(core.at[k]))


@kernel
def settle(core: Core, state: State, i: int) -> None:
    """What account i takes now is no longer at issue: bring ``settled`` and the lists of its seats up to date."""
    state.settled[i] = state.now[i]
    state.busy[i] = False
    for o in range(core.first[i], core.first[i + 1]):
        r = core.seat[o]
        if r < 0 or state.change_n[r] < 0:
            continue
        n, full = 0, state.change_n[r] == WIDTH_N
        for k in range(state.change_n[r]):
            if core.account[state.change[r, k]] != i:
                if n < k:
                    state.change[r, n] = state.change[r, k]
                    state.change_loss_usd[r, n] = state.change_loss_usd[r, k]
                    state.change_h[r, n] = state.change_h[r, k]
                    state.change_weight_usd[r, n] = state.change_weight_usd[r, k]
                    state.change_number[r, n] = state.change_number[r, k]
                n += 1
        # What a full list had no room for is forgotten, so one that has lost much is made anew.
        state.change_n[r] = -1 if n < LIST_LEAST_N and (full or state.forgets[r]) else n
        state.forgets[r] = state.change_n[r] >= 0 and (full or state.forgets[r])
    for o in range(core.first[i], core.first[i + 1]):
        if core.seat[o] >= 0 and state.change_n[core.seat[o]] >= 0:
            _list_account(core, state, index(core.seat[o]), o)


@kernel
def farthest_usd(core: Core, state: State, touched: IntArray, touched_n: int, o: int) -> float:
    """max_r |off_r| if option o were taken as well; -1 for no option."""
    i, r, s = 0, -1, -1
    if o >= 0:
        i = core.account[o]
        r, s = core.seat[state.now[i]], core.seat[o]
    farthest = 0.0
    for k in range(len(state.top) + touched_n + 2):
        if k < len(state.top):
            t = state.top[k]
        elif k < len(state.top) + touched_n:
            t = touched[k - len(state.top)]
        else:
            t = r if k == len(state.top) + touched_n else s
        if t < 0:
            continue
        off = state.off_usd[t]
        if r != s and t == r:
            off -= core.weight_usd[i]
        elif r != s and t == s:
            off += core.weight_usd[i]
        farthest = max(farthest, abs(off))
    return float(farthest)


@kernel
def dig(core: Core, state: State, start: int, chain_n: int, nodes_n: int, least_gain_usd: float) -> float:
    """Look for a chain of changes from seat ``start`` that gains, and take it. Returns how much the objective changed (0: none found).

    Depth first. Each change touches the seat that costs the most among those that the chain has touched so far.
    """
    focus, position = np.zeros(chain_n, dtype=np.int64), np.zeros(chain_n, dtype=np.int64)
    usd, loss_usd, most_usd = np.zeros(chain_n), np.zeros(chain_n), np.zeros(chain_n)
    touched, touched_n = np.zeros(2 * chain_n + 1, dtype=np.int64), np.zeros(chain_n, dtype=np.int64)
    begin = state.journal_n[0]
    farthest = farthest_usd(core, state, touched, index(0), index(-1)) if core.max_price > 0.0 else 0.0
    focus[0], touched[0], touched_n[0], most_usd[0] = start, start, 1, state.cost_usd[start] + core.max_price * farthest
    list_changes(core, state, start)
    level, rest_usd = 0, 0.0
    while level >= 0:
        r, k = focus[level], position[level]
        nodes_n -= 1
        if nodes_n < 0 or k >= state.change_n[r] or loss_usd[level] + state.change_loss_usd[r, k] >= most_usd[level]:
            level -= 1
            if level >= 0:
                undo(core, state)
                state.busy[core.account[state.journal[state.journal_n[0]]]] = False
            continue
        position[level] += 1
        if level + 1 == chain_n:
            loss = loss_usd[level] + state.change_loss_usd[r, k] + rest_usd
            left_h, off_usd = state.left_h[r] - state.change_h[r, k], state.off_usd[r] + state.change_weight_usd[r, k]
            if loss + cost_usd(core, r, left_h, off_usd, state.number[r] + state.change_number[r, k]) >= most_usd[level]:
                continue
        o = index(state.change[r, k])
        if state.busy[core.account[o]]:
            continue
        total = usd[level] + change_usd(core, state, o)
        gain = -total
        if core.max_price > 0.0:
            gain -= core.max_price * (farthest_usd(core, state, touched, touched_n[level], o) - farthest)
        if gain > least_gain_usd:
            take_noted(core, state, o)
            for j in range(begin, state.journal_n[0]):
                settle(core, state, index(core.account[state.journal[j]]))
            find_top(core, state)
            return float(gain)
        if level + 1 == chain_n:
            continue
        before = core.seat[state.now[core.account[o]]]
        usd[level + 1], loss_usd[level + 1] = total, loss_usd[level] + state.change_loss_usd[r, k]
        n, most = touched_n[level], most_usd[level]
        for s in (before, core.seat[o]):
            new = s >= 0
            for j in range(n):
                new = new and touched[j] != s
            if new:
                touched[n] = s
                n += 1
                most += state.cost_usd[s]
        take_noted(core, state, o)
        state.busy[core.account[o]] = True
        level += 1
        touched_n[level], most_usd[level], position[level] = n, most, 0
        costliest, second_usd, rest_usd = touched[0], -np.inf, state.cost_usd[touched[0]]
        for j in range(1, n):
            cost = state.cost_usd[touched[j]]
            rest_usd += cost
            if cost > state.cost_usd[costliest]:
                costliest, second_usd = touched[j], state.cost_usd[costliest]
            elif cost > second_usd:
                second_usd = cost
        rest_usd -= state.cost_usd[costliest]
        if n > 1:
            rest_usd -= second_usd  # the last change touches two seats: it cannot make any other cheaper
        if level + 1 == chain_n and loss_usd[level] + rest_usd >= most_usd[level]:
            position[level] = WIDTH_N
        focus[level] = costliest
        list_changes(core, state, costliest)
    return 0.0


@kernel
def swap(core: Core, state: State, i: int, least_gain_usd: float) -> float:
    """Exchange account i for the one, of all accounts at all seats where it would lose less, that gains the most. Returns the gain, or 0.

    The lists of changes are too short for this: of hundreds of accounts that lose nothing, the one with the right hours is looked for.
    """
    c = state.now[i]
    r = index(core.seat[c])
    if r < 0:
        return 0.0
    touched = np.array([r, r])
    farthest = farthest_usd(core, state, touched, index(0), index(-1)) if core.max_price > 0.0 else 0.0
    most, best, best_other = least_gain_usd, index(-1), index(-1)
    for o in range(core.first[i], core.first[i + 1]):
        s = index(core.seat[o])
        if s < 0 or s == r or core.loss_usd[o] >= core.loss_usd[c]:
            continue
        usd = change_usd(core, state, o)
        touched[1] = s
        take(core, state, o)
        for k in range(core.at_first[r], core.at_first[r + 1]):
            e = index(core.at[k])
            if core.account[e] == i or core.seat[state.now[core.account[e]]] != s:
                continue
            gain = -usd - change_usd(core, state, e)
            if core.max_price > 0.0:
                gain -= core.max_price * (farthest_usd(core, state, touched, index(2), e) - farthest)
            if gain > most:
                most, best, best_other = gain, o, e
        take(core, state, c)
    if best < 0:
        return 0.0
    for o in (best, best_other):
        take_noted(core, state, o)
        settle(core, state, index(core.account[o]))
    find_top(core, state)
    return float(most)
