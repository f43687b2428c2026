"""Patches: the accounts of a few seats, given out anew among these by a small integer program, while all others are held fast.

Large neighbourhood search (Shaw 1998, CP-98, LNCS 1520). A patch begins with a seat that has a large part of the gap, drawn by what it
costs and what its accounts lose, and grows by seats that many accounts could go to or come from at little loss, since only these can
trade. It is open for the options that lose the least. How many these are follows from the programs before: a few more after one that
ended, fewer after one that ran out of nodes.
"""

from __future__ import annotations

import numpy as np

from sim.snapshot import FloatArray, IntArray
from strategies.optimizer import core as programs
from strategies.optimizer.instance import NOBODY, Effort, Instance
from strategies.optimizer.neighbourhood import Core

SEATS_N = 5  # in a patch at least
NODES_N = 20  # of a program at most
FIRST_OPTIONS_N = 60.0  # in the first patch, beyond one an account
LEAST_OPTIONS_N = 10.0
GROWTH, SHRINKAGE = 1.02, 0.85  # of that number, after a program that ended and after one that did not
BASE_SHARE = 0.3  # of the mean part of the gap: added to every seat's when one is drawn


def repatch(
    instance: Instance, core: Core, now: IntArray, options_n: float, effort: Effort, rng: np.random.Generator
) -> tuple[IntArray, float]:
    """Core options (accounts,), no worse than the feasible ``now``, and how many options the next patch is to be open for."""
    seats = _seats(core, now, _parts_usd(instance, core, now), options_n, rng)
    options = _open(core, now, seats, round(options_n))
    if not len(options):
        return now, options_n * GROWTH
    patch, before = _patch(instance, core, now, seats, options)
    everything = programs.Core.of(patch, np.ones(len(options), dtype=np.bool_))
    found, _, nodes_n = programs.best_plan(everything, effort, NODES_N, before)
    options_n = max(options_n * (SHRINKAGE if nodes_n >= NODES_N else GROWTH), LEAST_OPTIONS_N)
    if found is None or patch.objective_usd(found) <= patch.objective_usd(before):
        return now, options_n
    now = now.copy()
    now[core.account[options[found]]] = options[found]
    return now, options_n


def _parts_usd(instance: Instance, core: Core, now: IntArray) -> FloatArray:
    """Of the gap, by seat (seats,): cost_r of neighbourhood.py, without places, and what the accounts there lose."""
    choice, seat = core.option[now], core.seat[now]
    off_usd = instance.books_usd(choice) - instance.target_usd
    cost_usd = core.hour * (instance.budget_h - instance.hours_used(choice)) + core.sum_price * np.abs(off_usd) - core.balance * off_usd
    owned = seat != NOBODY
    parts: FloatArray = np.maximum(cost_usd, 0.0) + np.bincount(seat[owned], core.loss_usd[now[owned]], instance.seats_n)
    return parts


def _seats(core: Core, now: IntArray, part_usd: FloatArray, options_n: float, rng: np.random.Generator) -> IntArray:
    """Seats with ``options_n`` options between them, and no fewer than SEATS_N, if there are as many; the first one by its part alone."""
    part_usd = part_usd + BASE_SHARE * part_usd.mean() + 1e-12
    links_n, odds, seats, between_n = np.zeros(len(part_usd)), part_usd, list[int](), 0.0
    while len(seats) < len(part_usd) and (len(seats) < SEATS_N or between_n < options_n):
        r = int(rng.choice(len(odds), p=odds / odds.sum()))
        seats.append(r)
        between_n += links_n[r]
        links_n = links_n + _links(core, now, r)
        odds = part_usd * (links_n + 1e-3)
        odds[seats] = 0.0
    return np.array(seats)


def _links(core: Core, now: IntArray, r: int) -> IntArray:
    """How many options (seats,) would take an account from seat r to each other seat, or from there to r."""
    come = core.at[core.at_first[r] : core.at_first[r + 1]]
    ends = np.concatenate([core.seat[now[core.account[come]]], core.seat[_of(core, np.flatnonzero(core.seat[now] == r))]])
    links: IntArray = np.bincount(ends[ends != NOBODY], minlength=len(core.hour))
    return links


def _of(core: Core, accounts: IntArray) -> IntArray:
    """The core options of these accounts, in order."""
    sizes = core.first[accounts + 1] - core.first[accounts]
    ends = np.cumsum(sizes)
    options: IntArray = np.repeat(core.first[accounts] - ends + sizes, sizes) + np.arange(sizes.sum())
    return options


def _open(core: Core, now: IntArray, seats: IntArray, options_n: int) -> IntArray:
    """The ``options_n`` core options that lose the least between these seats, and those that their accounts have now; in order."""
    inside = np.zeros(len(core.hour) + 1, dtype=np.bool_)
    inside[seats] = inside[NOBODY] = True
    options = _of(core, np.flatnonzero(inside[core.seat[now]]))
    options = options[inside[core.seat[options]] & (now[core.account[options]] != options)]
    options = options[np.argsort(core.loss_usd[options], kind="stable")[:options_n]]
    return np.unique(np.concatenate([options, now[core.account[options]]]))


def _patch(instance: Instance, core: Core, now: IntArray, seats: IntArray, options: IntArray) -> tuple[Instance, IntArray]:
    """These options as a problem of their own, and the plan ``now`` in it. One seat more stands for all others: it is as far off target."""
    whose, sizes = np.unique(core.account[options], return_counts=True)
    before, choice = now[whose], core.option[now]
    local = np.full(instance.seats_n + 1, NOBODY, dtype=np.int32)
    local[seats] = np.arange(len(seats))
    at = local[core.seat[before]]
    owned = at != NOBODY

    def free(left: FloatArray | IntArray, amount: FloatArray) -> FloatArray:
        total: FloatArray = np.add(left[seats], np.bincount(at[owned], amount[owned], len(seats)), dtype=np.float64)
        return total

    short_usd, number = instance.target_usd - instance.books_usd(choice), instance.numbers(choice)
    others_usd = float(np.abs(np.delete(short_usd, seats)).max(initial=0.0))
    one = np.ones(len(whose))
    patch = Instance(
        first=np.append(0, np.cumsum(sizes)),
        seat=local[core.seat[options]],
        value_usd=instance.value_usd[core.option[options]],
        hours=core.hours[options],
        weight_usd=core.weight_usd[whose],
        budget_h=np.append(np.maximum(free(instance.budget_h - instance.hours_used(choice), core.hours[before]), 0.0), 0.0),
        target_usd=np.append(free(short_usd, core.weight_usd[whose]), others_usd),
        least_n=np.append(free(instance.least_n - number, one), 0).astype(np.int64),
        most_n=np.append(free(instance.most_n - number, one), 0).astype(np.int64),
        sum_price=instance.sum_price,
        max_price=instance.max_price,
    )
    return patch, np.searchsorted(options, before)
