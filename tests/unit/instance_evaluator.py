"""An independent evaluator of plans and bounds: plain loops over the words of strategies/optimizer/instance.py. Older than the solver."""

from __future__ import annotations

import itertools

from strategies.optimizer.instance import Instance, Prices


def violations(instance: Instance, choice: list[int]) -> list[str]:
    """What is wrong with a plan: an option of another account, a seat over its hours or outside its numbers. Empty if it is feasible."""
    wrong = []
    hours, number = [0.0] * instance.seats_n, [0] * instance.seats_n
    for i, o in enumerate(choice):
        if not instance.first[i] <= o < instance.first[i + 1]:
            wrong.append(f"account {i} takes option {o}, which is not its own")
            continue
        r = int(instance.seat[o])
        if r >= 0:
            hours[r] += float(instance.hours[o])
            number[r] += 1
    for r in range(instance.seats_n):
        if hours[r] > instance.budget_h[r] + 1e-9 * max(instance.budget_h[r], 1.0):
            wrong.append(f"seat {r} uses {hours[r]} h of {instance.budget_h[r]} h")
        if not instance.least_n[r] <= number[r] <= instance.most_n[r]:
            wrong.append(f"seat {r} has {number[r]} accounts; {instance.least_n[r]} to {instance.most_n[r]} are allowed")
    return wrong


def objective_usd(instance: Instance, choice: list[int]) -> float:
    """Value less the price of what is off target, in sum and at the farthest seat."""
    value, book = 0.0, [0.0] * instance.seats_n
    for i, o in enumerate(choice):
        value += float(instance.value_usd[o])
        if instance.seat[o] >= 0:
            book[int(instance.seat[o])] += float(instance.weight_usd[i])
    off = [abs(b - float(t)) for b, t in zip(book, instance.target_usd, strict=True)]
    return value - instance.sum_price * sum(off) - instance.max_price * max(off, default=0.0)


def bound_usd(instance: Instance, prices: Prices) -> float:
    """The bound (7), and infinity where the prices are outside what (7) allows."""
    beyond = sum(max(abs(float(mu)) - instance.sum_price, 0.0) for mu in prices.balance)
    if min(prices.hour, default=0.0) < 0 or beyond > instance.max_price * (1 + 1e-9) + 1e-12:
        return float("inf")
    bound = 0.0
    for r in range(instance.seats_n):
        places = instance.most_n[r] if prices.place[r] > 0 else instance.least_n[r]
        bound += prices.hour[r] * instance.budget_h[r] + prices.balance[r] * instance.target_usd[r] + prices.place[r] * places
    for i in range(instance.accounts_n):
        bound += max(_reduced_usd(instance, prices, i, o) for o in range(int(instance.first[i]), int(instance.first[i + 1])))
    return float(bound)


def best_usd(instance: Instance) -> float:
    """The optimum, by trying every plan; minus infinity if none is feasible."""
    options = [range(int(instance.first[i]), int(instance.first[i + 1])) for i in range(instance.accounts_n)]
    plans = (list(choice) for choice in itertools.product(*options))
    return max((objective_usd(instance, c) for c in plans if not violations(instance, c)), default=float("-inf"))


def _reduced_usd(instance: Instance, prices: Prices, i: int, o: int) -> float:
    r = int(instance.seat[o])
    if r < 0:
        return float(instance.value_usd[o])
    asked = prices.hour[r] * instance.hours[o] + prices.balance[r] * instance.weight_usd[i] + prices.place[r]
    return float(instance.value_usd[o] - asked)
