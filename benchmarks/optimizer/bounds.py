"""The bound (7) of strategies/optimizer/instance.py once more, so that no claim of a gap rests on the solver's own arithmetic."""

from __future__ import annotations

import numpy as np

from sim.snapshot import FloatArray
from strategies.optimizer.instance import NOBODY, Instance, Prices

CHUNK_ACCOUNTS_N = 20_000


def bound_usd(instance: Instance, prices: Prices) -> float:
    """What the prices prove: no plan has an objective above it. Infinity for prices that (7) does not allow."""
    if np.any(prices.hour < 0.0) or _beyond(instance, prices).sum() > instance.max_price * (1 + 1e-9) + 1e-12:
        return float("inf")
    places = np.where(prices.place > 0.0, instance.most_n, instance.least_n)
    paid_usd = prices.hour @ instance.budget_h + prices.balance @ instance.target_usd + prices.place @ places
    best_usd = 0.0
    for begin in range(0, instance.accounts_n, CHUNK_ACCOUNTS_N):
        first = instance.first[begin : begin + CHUNK_ACCOUNTS_N + 1]
        options = slice(first[0], first[-1])
        r, weight = instance.seat[options], np.repeat(instance.weight_usd[begin : begin + CHUNK_ACCOUNTS_N], np.diff(first))
        asked_usd = prices.hour[r] * instance.hours[options] + prices.balance[r] * weight + prices.place[r]
        reduced_usd = instance.value_usd[options] - np.where(r == NOBODY, 0.0, asked_usd)
        best_usd += float(np.maximum.reduceat(reduced_usd, first[:-1] - first[0]).sum())
    return float(paid_usd + best_usd)


def allowed(instance: Instance, prices: Prices) -> Prices:
    """The nearest prices that (7) allows: a solver keeps its own rows up to a tolerance only."""
    beyond = _beyond(instance, prices)
    excess = float(beyond.sum())
    kept = beyond * min(instance.max_price / excess, 1.0) if excess > 0.0 else beyond
    inside = np.minimum(np.abs(prices.balance), instance.sum_price)
    return Prices(np.maximum(prices.hour, 0.0), np.sign(prices.balance) * (inside + kept), prices.place)


def _beyond(instance: Instance, prices: Prices) -> FloatArray:
    return np.maximum(np.abs(prices.balance) - instance.sum_price, 0.0)
