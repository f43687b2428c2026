"""From prices to a feasible plan: every account's best option, then as little as possible of what that breaks is moved elsewhere.

Seats beyond their limits give up the accounts that lose the least for each hour freed. Where nothing fits any more, chains of changes are
looked for under fines that grow as long as a seat stays beyond its limits (Yagiura, Ibaraki & Glover 2004, INFORMS J. Comput. 16(2)). Last,
single changes bring hours that are left to use, and books towards their targets.
"""

from __future__ import annotations

import numpy as np

from sim.snapshot import FloatArray, IntArray
from strategies.optimizer.chains import dig
from strategies.optimizer.instance import FEASIBILITY_TOLERANCE, Instance, Prices
from strategies.optimizer.kernel import index, kernel
from strategies.optimizer.neighbourhood import Core, Options, State, core_of, options_of, recost, reduced_usd, state_of, within_limits

LOSS_SHARES = (0.0, 0.01, 0.03, 0.1, 0.3, 1.0, np.inf)  # of an account's hours at their price: what a change may lose, sweep by sweep
BLUR_SHARES = (0.0, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3)  # of an account's hours at their price; the best plan counts
FINES_N = 8  # times that fines grow before prices do
REPRICINGS_N = 12  # times that prices grow before we give up
FINE_GROWTH = 1.5
NODES_N = 10_000  # a chain is given up after so many


class NoPlan(ValueError):
    """No feasible plan was found. There may be none, or it is well hidden."""


def construct(instance: Instance, prices: Prices) -> IntArray:
    """A feasible plan: ``choice`` (accounts,), the option that each account takes.

    Raises:
        NoPlan: none was found; the message names the seats that stayed beyond their limits in the best try.
    """
    options = options_of(instance, prices)
    account_usd = float(np.mean(prices.hour)) * float(np.mean(instance.hours))
    best, best_usd = None, -np.inf
    for share in BLUR_SHARES:
        choice = _relieved(instance, options, share * account_usd)
        if not instance.is_feasible(choice):
            continue
        _filled(instance, options, choice, account_usd)
        usd = instance.objective_usd(choice)
        if usd > best_usd:
            best, best_usd = choice, usd
    if best is None:
        best = _mended(instance, prices, _relieved(instance, options, 0.0))
        _filled(instance, options, best, account_usd)
    return best


def _relieved(instance: Instance, options: Options, blur_usd: float) -> IntArray:
    """The best options, and of seats beyond their limits as many accounts moved as others can take."""
    choice = _best(options, blur_usd)
    left_h = instance.budget_h * (1 + 0.5 * FEASIBILITY_TOLERANCE) - instance.hours_used(choice)
    seat = instance.seat[choice]
    order = np.argsort(seat, kind="stable")
    member_first = np.searchsorted(seat[order], np.arange(instance.seats_n + 1))
    _relieve(options, choice, left_h, instance.numbers(choice), instance.least_n, instance.most_n, order, member_first)
    return choice


def _filled(instance: Instance, options: Options, choice: IntArray, account_usd: float) -> None:
    """Bring hours that are left to use, and books towards their targets, in place."""
    left_h = instance.budget_h * (1 + 0.5 * FEASIBILITY_TOLERANCE) - instance.hours_used(choice)
    off_usd, number = instance.books_usd(choice) - instance.target_usd, instance.numbers(choice)
    for most_loss_usd in [share * account_usd for share in LOSS_SHARES]:
        _fill(options, choice, left_h, off_usd, number, instance.least_n, instance.most_n, instance.sum_price, most_loss_usd)


def _mended(instance: Instance, prices: Prices, choice: IntArray) -> IntArray:
    """The plan with chains of changes that bring all seats within their limits."""
    hour, place = prices.hour.copy(), prices.place.copy()
    rng = np.random.default_rng(0)  # its draws are not used: nothing is blurred
    for _ in range(REPRICINGS_N):
        core = core_of(instance, Prices(hour, prices.balance, place), choice, np.inf, rng)
        state = state_of(instance, core, choice)
        loss_usd = max(float(core.loss_usd.mean()), 1e-3)
        hour_usd = loss_usd / max(float(core.hours.mean()), 1e-9)
        core.fine_usd[:] = core.fine_n[:] = loss_usd
        core.fine_h[:] = hour_usd
        recost(core, state)
        _mend(core, state, 1e-9 * loss_usd)
        choice = core.option[state.now]
        many, few = state.number > instance.most_n, state.number < instance.least_n
        beyond = np.flatnonzero((state.left_h < 0) | many | few)
        if not len(beyond):
            return choice
        # Chains start with what loses the least: what a seat has too much of must look dear there for the right ones to be seen.
        hour += np.where(state.left_h < 0, hour_usd, 0.0)
        place += np.where(many, loss_usd, 0.0) - np.where(few, loss_usd, 0.0)
    r = int(beyond[0])
    raise NoPlan(
        f"no feasible plan was found: {len(beyond)} of {instance.seats_n} seats stay beyond their limits; seat {r} has "
        f"{state.number[r]} accounts ({instance.least_n[r]} to {instance.most_n[r]} are allowed) and "
        f"{max(state.left_h[r], 0.0):.6g} h left, {max(-state.left_h[r], 0.0):.6g} h too much (of {instance.budget_h[r]:.6g} h)"
    )


@kernel
def _best(options: Options, blur_usd: float) -> IntArray:
    """The option (accounts,) with the largest reduced value, to which up to ``blur_usd`` is added that looks random.

    At good prices whole groups of accounts are nearly indifferent, and some of each group should go either way.
    """
    choice = np.empty(len(options.weight_usd), dtype=np.int64)
    for i in range(len(choice)):
        best = -np.inf
        for o in range(options.first[i], options.first[i + 1]):
            x = (o * 0x9E3779B1 + 0x7F4A7C15) & 0x7FFFFFFF  # multiplicative hashing: Knuth 1973, The Art of Computer Programming 3, 6.4
            x = ((x ^ (x >> 15)) * 0x2C1B3C6D) & 0x7FFFFFFF
            usd = reduced_usd(options, i, o) + blur_usd * ((x ^ (x >> 13)) / 0x80000000)
            if usd > best:
                best, choice[i] = usd, o
    return choice


@kernel
def _relieve(
    options: Options,
    choice: IntArray,
    left_h: FloatArray,
    number: IntArray,
    least_n: IntArray,
    most_n: IntArray,
    member: IntArray,
    member_first: IntArray,
) -> None:
    """Move accounts out of seats that have too many or work too long, to where they fit; the least loss for an hour freed first.

    The accounts of seat r are ``member[member_first[r]:member_first[r + 1]]``.
    """
    change_usd = 0.2 * np.mean(options.hour) * np.mean(options.hours)
    for r in range(len(left_h)):
        while left_h[r] < 0.0 or number[r] > most_n[r]:
            least, account, to = np.inf, -1, -1
            for i in member[member_first[r] : member_first[r + 1]]:
                c = choice[i]
                if options.seat[c] != r:
                    continue
                has = reduced_usd(options, i, c)
                for o in range(options.first[i], options.first[i + 1]):
                    s = options.seat[o]
                    freed_h = options.hours[c]
                    if s == r:
                        freed_h -= options.hours[o]
                    elif number[r] <= least_n[r] or (s >= 0 and (number[s] >= most_n[s] or options.hours[o] > max(left_h[s], 0.0))):
                        continue
                    if number[r] <= most_n[r] or s == r:
                        if freed_h <= 0.0 or left_h[r] >= 0.0:
                            continue
                        relief = min(freed_h, -left_h[r])
                    else:
                        relief = 1.0
                    # A little for every change, whatever it frees, so that of equals the one goes that frees the most.
                    loss = (has - reduced_usd(options, i, o) + change_usd) / relief
                    if loss < least:
                        least, account, to = loss, i, o
            if account < 0:
                break
            left_h[r] += options.hours[choice[account]]
            number[r] -= 1
            s = options.seat[to]
            if s >= 0:
                left_h[s] -= options.hours[to]
                number[s] += 1
            choice[account] = to


@kernel
def _fill(
    options: Options,
    choice: IntArray,
    left_h: FloatArray,
    off_usd: FloatArray,
    number: IntArray,
    least_n: IntArray,
    most_n: IntArray,
    sum_price: float,
    most_loss_usd: float,
) -> None:
    """Change each account to the option that gains the most in value and balance among those that fit and lose little, if it gains."""
    for i in range(len(choice)):
        c = choice[i]
        r = options.seat[c]
        weight = options.weight_usd[i]
        if r >= 0 and number[r] <= least_n[r]:
            continue
        leaves = sum_price * (abs(off_usd[r]) - abs(off_usd[r] - weight)) if r >= 0 else 0.0
        most, best, least_usd = 1e-9 * abs(options.value_usd[c]), -1, -np.inf
        if most_loss_usd < np.inf:
            for o in range(options.first[i], options.first[i + 1]):
                least_usd = max(least_usd, reduced_usd(options, i, o) - most_loss_usd)
        for o in range(options.first[i], options.first[i + 1]):
            s = options.seat[o]
            gain = options.value_usd[o] - options.value_usd[c]
            if s == r:
                if s >= 0 and left_h[s] + options.hours[c] < options.hours[o]:
                    continue
            else:
                gain += leaves
                if s >= 0:
                    if left_h[s] < options.hours[o] or number[s] >= most_n[s]:
                        continue
                    gain += sum_price * (abs(off_usd[s]) - abs(off_usd[s] + weight))
            if gain > most and reduced_usd(options, i, o) >= least_usd:
                most, best = gain, o
        if best < 0:
            continue
        choice[i] = best
        if r >= 0:
            left_h[r] += options.hours[c]
            off_usd[r] -= weight
            number[r] -= 1
        s = options.seat[best]
        if s >= 0:
            left_h[s] -= options.hours[best]
            off_usd[s] += weight
            number[s] += 1


@kernel
def _mend(core: Core, state: State, least_gain_usd: float) -> None:
    """Take chains of changes from seats beyond their limits, while fines grow where none is found."""
    for _ in range(FINES_N):
        within = True
        for r in range(len(state.left_h)):
            while not within_limits(core, state, r):
                within, gain = False, 0.0
                for chain_n in range(1, 4):
                    state.journal_n[0] = 0
                    gain = dig(core, state, index(r), index(chain_n), index(NODES_N), least_gain_usd)
                    if gain > 0.0:
                        break
                if gain <= 0.0:
                    core.fine_usd[r] *= FINE_GROWTH
                    core.fine_h[r] *= FINE_GROWTH
                    core.fine_n[r] *= FINE_GROWTH
                    break
        if within:
            return
        recost(core, state)
