"""Prices of hours, of balance and of places: the Lagrangian dual (7), minimised.

First the maximum over an account's options is smoothed by a softmax (Nesterov 2005, Mathematical Programming 103) and minimised with
L-BFGS-B, at falling temperatures; every pass over the options also yields the true bound, and the best is kept. mu = level + above - below
and nu = more - fewer make all constraints simple bounds but one, sum of above and below <= m, which is kept by an augmented Lagrangian.
Then, while the linear program of the options that nearly pay is small, its own prices: they are exact where smoothing creeps.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from scipy.optimize import minimize
from threadpoolctl import threadpool_limits

from sim.snapshot import FloatArray, IntArray, to_grid
from strategies.optimizer.core import Core, lp_prices
from strategies.optimizer.instance import Effort, Instance, Prices, SeatArray
from strategies.optimizer.kernel import kernel

SAMPLE_N = 2_000  # accounts that set the first prices
HALVINGS_N = 30
TEMPERATURES = tuple(0.05 / 4.0**k for k in range(7))  # in units of what an account loses by taking any of its options
STAGE_STEPS_N = 80
MEMORY_N = 20
STAGE_TOLERANCE = 1e-8  # of the smoothed bound in one step: time for the next temperature
CUT_OFF = 20.0  # in temperatures: exp(-20) of an account no longer shows
KIND = np.array([0, 1, 1, 1, 2, 2])  # of hours, weight and number, what each block of variables pays for
SIGN = np.array([1.0, 1.0, 1.0, -1.0, 1.0, -1.0])
LEVEL, BEYOND, MORE, FEWER = 1, slice(2, 4), 4, 5
LP_ACCOUNTS_N = 5_000
LP_OPTIONS_N = 5_000  # beyond one an account
LP_ROUNDS_N = 10
LP_TOLERANCE = 1e-8
PRICE_BITS = 24


@dataclass(frozen=True, eq=False)
class Dual:
    """Admissible ``prices`` and the ``bound_usd`` (7) that they prove."""

    prices: Prices
    bound_usd: float


def admissible(instance: Instance, prices: Prices) -> Prices:
    """The nearest prices that (7) allows: pi >= 0, sum of max(|mu| - w, 0) <= m."""
    size = np.abs(prices.balance)
    beyond = np.maximum(size - instance.sum_price, 0.0)
    if beyond.sum() > instance.max_price:
        falling = -np.sort(-beyond)
        excess = np.cumsum(falling) - instance.max_price
        most = np.flatnonzero(falling * np.arange(1, len(falling) + 1) > excess)[-1] if instance.max_price > 0 else len(falling) - 1
        cut = excess[most] / (most + 1) if instance.max_price > 0 else np.inf
        size = np.minimum(size, instance.sum_price) + np.maximum(beyond - cut, 0.0)
    return Prices(np.maximum(prices.hour, 0.0), np.copysign(size, prices.balance), prices.place)


def bound_usd(instance: Instance, prices: Prices) -> float:
    """The bound (7) at the nearest admissible prices."""
    return _Pricing(instance).at(admissible(instance, prices)).bound_usd


def reduced_usd(instance: Instance, prices: Prices) -> FloatArray:
    """What each option (options,) is worth when its hours, its weight and its place are paid for: v - pi h - mu p - nu."""
    reduced = np.empty(len(instance.seat))
    _reduced(*_options(instance), _table(prices), reduced)
    return reduced


def losses_usd(instance: Instance, prices: Prices) -> FloatArray:
    """What each option (options,) is worth less than the best of its account; a plan with it is worth at most the bound less this."""
    reduced = reduced_usd(instance, prices)
    best = np.maximum.reduceat(reduced, instance.first[:-1])
    np.subtract(np.repeat(best, np.diff(instance.first)), reduced, out=reduced)
    return reduced


def find_prices(
    instance: Instance,
    effort: Effort,
    best_known_usd: float = -np.inf,
    start: Prices | None = None,
    out_of_time: Callable[[], bool] = lambda: False,
) -> Dual:
    """Prices with a low bound, after ``price_steps_n`` passes over all options at most; fewer once the best known plan is good enough."""
    steps = _Steps(instance, effort, best_known_usd, out_of_time)
    try:
        if start is not None:
            steps.price(admissible(instance, start))
        steps.price(Prices.zero(instance.seats_n))
        unit_usd, first = _first_prices(instance) if instance.accounts_n else (0.0, Prices.zero(instance.seats_n))
        steps.price(first)
        if unit_usd > 0 and instance.seats_n:
            with threadpool_limits(1):  # sums in another order would differ in the last bit
                _smoothed(instance, steps, unit_usd, steps.best.prices)
            if instance.accounts_n <= LP_ACCOUNTS_N:
                _exact(instance, steps)
    except _Enough:
        pass
    return steps.rounded()


def _rounded(prices: FloatArray) -> FloatArray:
    """To ``PRICE_BITS`` of the highest one."""
    return to_grid(prices, 2.0 ** (np.frexp(np.abs(prices).max(initial=0.0))[1] - PRICE_BITS))


class _Enough(Exception):
    """The effort is spent, or the bound is as good as needed."""


@dataclass(frozen=True, eq=False)
class _Priced:
    """One pass: the bound, the smoothed sum over accounts in it, and what they ask for: (3, seats) hours, weight, number."""

    bound_usd: float
    smooth_usd: float
    asked: FloatArray


class _Pricing:
    """Passes over the options of an instance."""

    def __init__(self, instance: Instance) -> None:
        self._instance = instance
        self._room = np.empty(int(np.diff(instance.first).max(initial=1)))

    def at(self, prices: Prices, temperature_usd: float = 0.0) -> _Priced:
        """The options at admissible prices."""
        instance = self._instance
        asked = np.zeros((instance.seats_n + 1, 3))
        best, smooth = _price(*_options(instance), _table(prices), temperature_usd, asked, self._room)
        places = np.where(prices.place > 0, instance.most_n, instance.least_n)
        # not by @: the last bits of BLAS differ between processors
        paid = prices.hour * instance.budget_h + prices.balance * instance.target_usd + prices.place * places
        return _Priced(float(best + paid.sum()), float(smooth), asked[:-1].T)


class _Steps:
    """Passes, counted, with the best bound so far."""

    def __init__(self, instance: Instance, effort: Effort, best_known_usd: float, out_of_time: Callable[[], bool]) -> None:
        self._instance, self._effort, self._best_known_usd, self._out_of_time = instance, effort, best_known_usd, out_of_time
        self._pricing = _Pricing(instance)
        self.best = Dual(Prices.zero(instance.seats_n), np.inf)
        self.taken_n = 0

    def price(self, prices: Prices, temperature_usd: float = 0.0, valid: bool = True) -> _Priced:
        """One pass; raises _Enough after the last one."""
        priced = self._pricing.at(prices, temperature_usd)
        self.taken_n += 1
        if valid and priced.bound_usd < self.best.bound_usd:
            self.best = Dual(prices, priced.bound_usd)
        close = self.best.bound_usd - self._best_known_usd <= self._effort.gap_share * abs(self.best.bound_usd)
        if close or self.taken_n >= self._effort.price_steps_n or self._out_of_time():
            raise _Enough
        return priced

    def rounded(self) -> Dual:
        """The best prices, without the last bits, which are those of BLAS in L-BFGS-B and of the linear program, and their bound."""
        best = self.best.prices
        prices = admissible(self._instance, Prices(_rounded(best.hour), _rounded(best.balance), _rounded(best.place)))
        return Dual(prices, self._pricing.at(prices).bound_usd)


def _first_prices(instance: Instance) -> tuple[float, Prices]:
    """One price for all hours, from a sample of accounts, and what these lose on average by taking any of their options."""
    share = np.unique(np.linspace(0, instance.accounts_n - 1, min(SAMPLE_N, instance.accounts_n)).astype(np.int64))
    sizes = np.diff(instance.first)[share]
    first = np.concatenate([[0], np.cumsum(sizes)])
    options = np.repeat(instance.first[share] - first[:-1], sizes) + np.arange(first[-1])
    part = replace(
        instance, first=first, seat=instance.seat[options], value_usd=instance.value_usd[options], hours=instance.hours[options],
        weight_usd=instance.weight_usd[share], budget_h=instance.budget_h * (len(share) / instance.accounts_n),
    )  # fmt: skip
    pricing, zero = _Pricing(part), np.zeros(instance.seats_n)
    low, high = 0.0, float(np.ptp(part.value_usd)) / max(float(part.hours.mean()), 1e-12)
    for _ in range(HALVINGS_N):
        middle = (low + high) / 2
        short = pricing.at(Prices(np.full(instance.seats_n, middle), zero, zero)).asked[0].sum() > part.budget_h.sum()
        low, high = (middle, high) if short else (low, middle)
    prices = Prices(np.full(instance.seats_n, high), zero, zero)
    reduced = reduced_usd(part, prices)
    loss = np.maximum.reduceat(reduced, first[:-1]) - np.add.reduceat(reduced, first[:-1]) / sizes
    return float(loss.mean()), prices


def _smoothed(instance: Instance, steps: _Steps, unit_usd: float, start: Prices) -> None:
    """L-BFGS-B at falling temperatures, over six blocks of prices, scaled so that an account pays alike in each on average."""
    seats_n, w, m = instance.seats_n, instance.sum_price, instance.max_price
    means = np.array([instance.hours.mean(), np.abs(instance.weight_usd).mean(), 1.0])
    scale = (unit_usd / np.maximum(means, 1e-12))[KIND, None]
    top = np.full((len(KIND), seats_n), np.inf)
    top[LEVEL], top[BEYOND] = w, m
    top[MORE, instance.most_n >= instance.accounts_n], top[FEWER, instance.least_n <= 0] = 0.0, 0.0
    bottom = np.zeros_like(top)
    bottom[LEVEL] = -w
    gives = SIGN[:, None] * np.stack([instance.budget_h, *[instance.target_usd] * 3, instance.most_n, instance.least_n])
    level = np.clip(start.balance, -w, w)
    beyond = start.balance - level
    x = np.stack(
        [start.hour, level, np.maximum(beyond, 0), np.maximum(-beyond, 0), np.maximum(start.place, 0), np.maximum(-start.place, 0)]
    )
    x = np.clip(x, bottom, top)
    stiff = float(np.abs(instance.weight_usd).sum()) / (m * seats_n) if m > 0 else 0.0
    farthest_usd = 0.0

    def unscaled(flat: FloatArray) -> tuple[FloatArray, Prices, float]:
        x = flat.reshape(top.shape) * scale
        return x, Prices(x[0], x[1] + x[2] - x[3], x[4] - x[5]), float(x[BEYOND].sum()) - m

    def smooth(flat: FloatArray, temperature_usd: float) -> tuple[float, FloatArray]:
        x, prices, over = unscaled(flat)
        priced = steps.price(prices, temperature_usd, valid=over <= 0)
        value, gradient = priced.smooth_usd + float((gives * x).sum()), gives - SIGN[:, None] * priced.asked[KIND]
        if m > 0:
            pull_usd = max(farthest_usd + stiff * over, 0.0)
            value += (pull_usd**2 - farthest_usd**2) / (2 * stiff)
            gradient[BEYOND] += pull_usd
        return value / unit_usd, (gradient * scale).reshape(-1) / unit_usd

    flat, bounds = (x / scale).reshape(-1), np.column_stack([(bottom / scale).reshape(-1), (top / scale).reshape(-1)])
    for temperature in TEMPERATURES:
        options = {"maxcor": MEMORY_N, "maxfun": STAGE_STEPS_N, "maxiter": STAGE_STEPS_N, "ftol": STAGE_TOLERANCE, "gtol": 1e-9}
        found = minimize(smooth, flat, (temperature * unit_usd,), "L-BFGS-B", jac=True, bounds=bounds, options=options).x
        flat = np.clip(to_grid(found), *bounds.T)  # before the last bits of one temperature have grown in the next one
        if m > 0:
            _, prices, over = unscaled(flat)
            farthest_usd = max(farthest_usd + stiff * over, 0.0)
            steps.price(admissible(instance, prices))


def _exact(instance: Instance, steps: _Steps) -> None:
    """Linear programs over the options that lose least at the best prices, and over those that later prices make attractive."""
    prices = steps.best.prices
    losses = losses_usd(instance, prices)
    kept_n = instance.accounts_n + LP_OPTIONS_N
    allowance_usd = np.partition(losses, kept_n)[kept_n] if len(losses) > kept_n else np.inf
    keep = np.zeros(len(losses), dtype=np.bool_)
    for _ in range(LP_ROUNDS_N):
        keep |= losses_usd(instance, prices) <= allowance_usd
        found = lp_prices(Core.of(instance, keep))
        if found is None:
            return
        value_usd, prices = found[0], admissible(instance, found[1])
        steps.price(prices)
        if steps.best.bound_usd - value_usd <= LP_TOLERANCE * abs(steps.best.bound_usd):
            return


def _options(instance: Instance) -> tuple[IntArray, SeatArray, FloatArray, FloatArray, FloatArray]:
    return instance.first, instance.seat, instance.value_usd, instance.hours, instance.weight_usd


def _table(prices: Prices) -> FloatArray:
    """Prices (seats + 1, 3), a seat's beside each other; the last row, which NOBODY = -1 reads, is free."""
    table = np.zeros((len(prices.hour) + 1, 3))
    table[:-1] = np.column_stack([prices.hour, prices.balance, prices.place])
    return table


@kernel
def _reduced(
    first: IntArray, seat: SeatArray, value: FloatArray, hours: FloatArray, weight: FloatArray, price: FloatArray, reduced: FloatArray
) -> None:
    for i in range(len(first) - 1):
        for o in range(first[i], first[i + 1]):
            r = seat[o]
            reduced[o] = value[o] - price[r, 0] * hours[o] - price[r, 1] * weight[i] - price[r, 2]


@kernel
def _price(
    first: IntArray, seat: SeatArray, value: FloatArray, hours: FloatArray, weight: FloatArray,
    price: FloatArray, temperature: float, asked: FloatArray, reduced: FloatArray,
) -> tuple[float, float]:  # fmt: skip
    """Sums of the best reduced values and of their softmax. Hours, weight and number are added to ``asked`` (seats + 1, 3)."""
    total, smooth = 0.0, 0.0
    for i in range(len(first) - 1):
        start, p = first[i], weight[i]
        options_n = first[i + 1] - start
        best, at = -np.inf, 0
        for k in range(options_n):
            r = seat[start + k]
            reduced[k] = value[start + k] - price[r, 0] * hours[start + k] - price[r, 1] * p - price[r, 2]
            if reduced[k] > best:
                best, at = reduced[k], k
        total += best
        least, near_n = best - CUT_OFF * temperature, 0
        for k in range(options_n):
            if reduced[k] > least:
                near_n += 1
        if near_n <= 1:
            r = seat[start + at]
            smooth += best
            asked[r, 0] += hours[start + at]
            asked[r, 1] += p
            asked[r, 2] += 1.0
            continue
        mass = 0.0
        for k in range(options_n):
            reduced[k] = np.exp((reduced[k] - best) / temperature) if reduced[k] > least else 0.0
            mass += reduced[k]
        smooth += best + temperature * np.log(mass)
        for k in range(options_n):
            if reduced[k] > 0.0:
                share, r = reduced[k] / mass, seat[start + k]
                asked[r, 0] += share * hours[start + k]
                asked[r, 1] += share * p
                asked[r, 2] += share
    return total, smooth
