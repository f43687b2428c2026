"""Why does a design book more? Its lift over today's owners, part by part; the parts add up.

    python -m experiments.decomposition saas --seed 7 --draws 10 --futures 20 --workers 2

The optimised design and today's owners live through the same futures in eight worlds, in which skills, travel and disruption count or do
not. A world without disruption is one in which the design has always been in place. A part is the mean difference that its factor makes
over all orders in which the three can be switched on (Shapley 1953, Contributions to the Theory of Games II). What is left where none of
them counts is split in two: *balance*, what equal potential alone books there (``greedy_balance`` from scratch), and *coverage*, the rest:
hours put where an hour brings more.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import combinations
from math import factorial

import numpy as np
import pandas as pd
from joblib import Parallel, delayed
from scipy.stats import t as student

from experiments import lab
from experiments.research import Question, ask
from experiments.running.arms import Settings
from sim.futures import Future, draw_future
from sim.market import Market, planning_problem
from sim.metrics import control_variate_usd
from sim.simulate import simulate
from sim.snapshot import FloatArray, IntArray
from sim.streams import Stream, generator, label_key
from sim.world import World
from strategies.greedy_balance import GreedyBalance
from strategies.optimized import Optimized

FACTORS = ("skill match", "travel", "disruption")
PARTS = (*FACTORS, "balance", "coverage", "all")
Counting = frozenset[str]  # the factors that count
EVERY = [frozenset(some) for n in range(len(FACTORS) + 1) for some in combinations(FACTORS, n)]


def world_in_which(counting: Counting, world: World) -> World:
    """The world with those factors, but without the others; disruption is no matter of the world."""
    segments = world.segments
    if "travel" not in counting:
        segments = {name: replace(rates, visits_per_week=0.0) for name, rates in segments.items()}
    return replace(world, segments=segments, skill_effect=world.skill_effect if "skill match" in counting else 0.0)


def parts_of(lift: Mapping[Counting, float], balance: float) -> dict[str, float]:
    """The parts of ``lift[all factors]``: Shapley values of the factors, ``balance``, and what is left."""
    total, n = lift[frozenset(FACTORS)], len(FACTORS)
    parts = {}
    for factor in FACTORS:
        without = [s for s in EVERY if factor not in s]
        weights = [factorial(len(s)) * factorial(n - len(s) - 1) / factorial(n) for s in without]
        parts[factor] = sum(w * (lift[s | {factor}] - lift[s]) for w, s in zip(weights, without, strict=True))
    return {**parts, "balance": balance, "coverage": lift[frozenset()] - balance, "all": total}


def decompose(market: Market, world: World, seed: int, futures_n: int, workers: int = 1) -> pd.DataFrame:
    """One row a future, one column a part, in shares of what today's owners book in the mean."""
    policy, horizon_days = lab.default_policy(), Settings().horizon_days
    problem = planning_problem(market.snapshot, world, policy, horizon_days)
    rng = generator(seed, Stream.DESIGN, market.draw, label_key("decomposition"), 0)
    optimized, balanced = Optimized().assign(problem, rng).owner, GreedyBalance(from_today=False).assign(problem, rng).owner
    futures = [draw_future(seed, market.draw, k) for k in range(futures_n)]
    lived = Parallel(n_jobs=workers)(delayed(_live)(market, world, optimized, balanced, future, horizon_days) for future in futures)
    today_usd = float(np.mean([usd["today"] for usd in lived]))
    return pd.DataFrame([{part: usd[part] / today_usd for part in PARTS} for usd in lived]).assign(draw=market.draw)


def _live(market: Market, world: World, optimized: IntArray, balanced: IntArray, future: Future, horizon_days: float) -> dict[str, float]:
    """The parts in usd, less the luck in them, in one future, and what today's owners book."""
    policy, today = lab.default_policy(), market.snapshot.owner

    def booked_usd(owner: IntArray, counting: Counting) -> float:
        snapshot = market.snapshot if "disruption" in counting else replace(market.snapshot, owner=owner)
        reduced = world_in_which(counting, world)
        record = simulate(replace(market, snapshot=snapshot), owner, future, reduced, policy, horizon_days)
        return float(record.amount_usd.sum() - control_variate_usd(record))

    of_today = {s: booked_usd(today, s) for s in EVERY if "disruption" not in s}
    base = {s: of_today[s - {"disruption"}] for s in EVERY}
    lift = {s: booked_usd(optimized, s) - base[s] for s in EVERY}
    nothing: Counting = frozenset()
    return {**parts_of(lift, booked_usd(balanced, nothing) - base[nothing]), "today": base[frozenset(FACTORS)]}


def intervals(table: pd.DataFrame) -> pd.DataFrame:
    """Mean and 95 % interval (Student's t) of every part: over the draws' means where there are several, else over futures."""
    values = table.groupby("draw")[list(PARTS)].mean() if len(set(table["draw"])) > 1 else table[list(PARTS)]
    mean: FloatArray = values.mean().to_numpy()
    half = student.ppf(0.975, len(values) - 1) * values.std().to_numpy() / np.sqrt(len(values))
    return pd.DataFrame({"part": PARTS, "lift_share": mean, "low_share": mean - half, "high_share": mean + half})


def main(words: Sequence[str] | None = None, say: Callable[[str], object] = sys.stdout.write) -> None:
    """Draw markets, take the lift apart in each, and print the parts."""

    def answer(question: Question) -> pd.DataFrame:
        world = question.world
        return pd.concat([decompose(market, world, question.seed, question.futures, question.workers) for market in question.markets()])

    table = ask("Why does the optimised design book more?", words, answer, seed=7, futures=20)
    say(intervals(table).to_string(index=False, float_format="{:+.4f}".format) + "\n")


if __name__ == "__main__":
    main()
