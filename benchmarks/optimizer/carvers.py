"""Two ways of carving that look at balance or at places and at nothing else: what they leave of the same objective.

They make a design, an owner for each account. Its hours are then filled as a planner would: by value per hour of what a seat owns, each
account that still fits. The others are parked where the instance allows it.
"""

from __future__ import annotations

import time

import numpy as np
from scipy.optimize import linear_sum_assignment

from benchmarks.optimizer.instances import Territory
from benchmarks.optimizer.rivals import Answer, account_of
from sim.snapshot import IntArray
from strategies.optimizer.instance import NOBODY, Instance


def longest_first(territory: Territory) -> Answer:
    """Longest-processing-time: by potential, the largest first, each to the seat that is farthest below target among those it may go to.

    Graham 1969, SIAM Journal on Applied Mathematics 17(2).
    """
    start_s = time.perf_counter()
    instance = territory.instance
    below, owner = instance.target_usd.copy(), np.full(instance.accounts_n, NOBODY)
    for i in np.argsort(-instance.weight_usd, kind="stable").tolist():
        seats = instance.seat[instance.first[i] : instance.first[i + 1]]
        owner[i] = seats[np.argmax(np.where(seats == NOBODY, -np.inf, below[seats]))]
        below[owner[i]] -= instance.weight_usd[i]
    return Answer(worked(instance, owner), None, time.perf_counter() - start_s, "DESIGN")


def k_means(territory: Territory) -> Answer:
    """Compact territories of equal numbers: k-means with sizes (Bradley, Bennett & Demiriz 2000), on places.

    Which seat gets which of them is the best matching by value. An account that its seat may not have stays at home. Raises ValueError
    without places.
    """
    from k_means_constrained import KMeansConstrained

    if territory.place_km is None:
        raise ValueError("k-means needs places, and this problem has none")
    start_s = time.perf_counter()
    instance, seats_n = territory.instance, territory.instance.seats_n
    least_n, rest_n = divmod(instance.accounts_n, seats_n)
    means = KMeansConstrained(seats_n, size_min=least_n, size_max=least_n + (rest_n > 0), n_init=1, random_state=0, n_jobs=1)
    group = np.asarray(means.fit_predict(territory.place_km), np.int64)
    value = np.zeros((seats_n, seats_n))
    owned = instance.seat != NOBODY
    np.add.at(value, (group[account_of(instance)][owned], instance.seat[owned]), instance.value_usd[owned])
    _, seat_of = linear_sum_assignment(-value)
    return Answer(worked(instance, seat_of[group]), None, time.perf_counter() - start_s, "DESIGN")


def worked(instance: Instance, owner: IntArray) -> IntArray:
    """The plan (accounts,) of a design: each seat works what brings most an hour among what it owns, as far as its hours go.

    What is not worked takes the option without hours, at whatever seat that is. An account that may not be ``owner``'s belongs to the seat
    where it is parked. Raises ValueError where an account cannot be parked.
    """
    account = account_of(instance)
    parked = np.full(instance.accounts_n, -1)
    free = np.flatnonzero(instance.hours == 0.0)
    parked[account[free]] = free
    if np.any(parked < 0):
        raise ValueError("a design can be worked only where every account may be parked")
    asked = instance.hours > 0.0
    may = np.zeros(instance.accounts_n, bool)
    may[account[asked & (instance.seat == owner[account])]] = True
    owner = np.where(may, owner, instance.seat[parked])
    options = np.flatnonzero(asked & (instance.seat == owner[account]) & (instance.seat != NOBODY) & (instance.value_usd > 0.0))
    best_first = options[np.argsort(-instance.value_usd[options] / instance.hours[options], kind="stable")]
    choice, left_h = parked, instance.budget_h.copy()
    for o in best_first.tolist():
        if instance.hours[o] <= left_h[instance.seat[o]]:
            left_h[instance.seat[o]] -= instance.hours[o]
            choice[account[o]] = o
    return choice
