"""Does ``predict`` rank designs as the simulation does? A published sampler of designs, three strata, one table.

    python -m experiments.predict_check saas --seed 11 --draws 2 --futures 40 --workers 2

The strata: *wide* (classical strategies in both forms, half-way mixtures, large reshuffles, lopsided books), *near* (at most a few per
cent of the accounts away from today's owners) and *best* (around the optimum; only designs whose simulated mean is within 3 % of the best
one count).
A simulated mean is that of the bookings less the control variate, over the same futures for all designs. Its reliability in a stratum is
1 - noise / spread: the variance of a mean that is left after designs and futures, over the variance between the means.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from joblib import Parallel, delayed

from experiments import lab
from experiments.research import Question, ask
from experiments.running.arms import Settings
from sim.futures import Future, draw_future
from sim.market import Market, planning_problem
from sim.metrics import control_variate_usd
from sim.planning import PlanningProblem, Strategy, Unsupported
from sim.simulate import simulate
from sim.snapshot import FloatArray, IntArray
from sim.streams import Stream, generator, label_key
from sim.world import World
from strategies.equal_count import EqualCount
from strategies.geographic import Geographic
from strategies.greedy_balance import GreedyBalance
from strategies.gut_feel import GutFeel
from strategies.optimized import Optimized
from strategies.random_draw import Random
from strategies.worth.predict import predict

WITHIN_BEST_SHARE = 0.03


@dataclass(frozen=True, eq=False)
class Design:
    """A design of the sample: its stratum, how it was made, its owners (accounts,)."""

    stratum: str
    name: str
    owner: IntArray


def sample(problem: PlanningProblem, rng: np.random.Generator) -> list[Design]:
    """Some 75 designs of a problem that has owners, in the three strata."""
    today = problem.owner
    classical = _plans(
        problem,
        rng,
        {
            "equal_count": EqualCount(),
            "geographic": Geographic(),
            "greedy_balance": GreedyBalance(),
            "gut_feel": GutFeel(),
            "random": Random(),
            "equal_count from scratch": EqualCount(from_today=False),
            "geographic from scratch": Geographic(from_today=False),
            "greedy_balance from scratch": GreedyBalance(from_today=False),
            "gut_feel from scratch": GutFeel(from_today=False),
        },
    )
    optima = _plans(
        problem,
        rng,
        {
            "optimized": Optimized(),
            "optimized tam": Optimized(score="tam"),
            **{f"optimized weight {w}": Optimized(imbalance_weight=w) for w in (0.0, 0.1, 0.5)},
            **{f"optimized margin {c}": Optimized(disruption_loss_share=c) for c in (0.0, 0.05, 0.1, 0.2)},
        },
    )
    best = optima["optimized"]

    def mixed(start: IntArray, other: IntArray, share: float) -> IntArray:
        """``share`` of the accounts in which two designs differ are taken from the other one."""
        differ = np.flatnonzero(start != other)
        taken = rng.choice(differ, round(share * len(differ)), replace=False)
        mixture = start.copy()
        mixture[taken] = other[taken]
        return mixture

    def shuffled(start: IntArray, share: float) -> IntArray:
        """``share`` of all accounts are taken from a design drawn blindly."""
        return mixed(start, Random().assign(problem, rng).owner, share)

    def lopsided(share: float) -> IntArray:
        """Half of the seats give that share of their accounts to the other half."""
        rich = rng.permutation(len(problem.seats))[: len(problem.seats) // 2]
        to_rich = np.where(problem.protected | np.isin(today, rich), today, rng.choice(rich, len(today)))
        return mixed(today, to_rich, share)

    wide = {"status_quo": today, **classical, "optimized": best, "optimized tam": optima["optimized tam"]}
    wide |= {f"half-way to {name}": mixed(today, owner, 0.5) for name, owner in {**classical, "optimized": best}.items()}
    wide |= {f"shuffled {share:.0%}": shuffled(today, share) for share in (0.1, 0.2, 0.35, 0.5, 0.75)}
    wide |= {f"lopsided {share:.0%}": lopsided(share) for share in (0.25, 0.5, 0.75)}
    near = {"status_quo": today}
    near |= {f"shuffled {share:.1%} #{k}": shuffled(today, share) for share in (0.01, 0.02, 0.04) for k in (1, 2)}
    for name, owner in {**classical, "optimized": best, "optimized margin 0.2": optima["optimized margin 0.2"]}.items():
        few = min(0.05 * len(today) / max(np.sum(owner != today), 1), 1.0)
        near[f"5 % of the accounts towards {name}"] = mixed(today, owner, few)
    around = dict(optima)
    around |= {f"{share:.0%} of the way to optimized": mixed(today, best, share) for share in (0.5, 0.6, 0.7, 0.8, 0.9)}
    around |= {f"optimized, shuffled {share:.1%} #{k}": shuffled(best, share) for share in (0.01, 0.02, 0.04) for k in (1, 2)}
    around |= {f"optimized, 5 % towards {name}": mixed(best, owner, 0.05) for name, owner in classical.items()}
    strata = {"wide": wide, "near": near, "best": around}
    return [Design(stratum, name, owner) for stratum, designs in strata.items() for name, owner in designs.items()]


def check(market: Market, world: World, seed: int, futures_n: int, workers: int = 1) -> pd.DataFrame:
    """One row a design: stratum, name, predicted and simulated usd (mean over futures), and noise, the variance of that mean."""
    horizon_days = Settings().horizon_days
    problem = planning_problem(market.snapshot, world, lab.default_policy(), horizon_days)
    designs = sample(problem, generator(seed, Stream.DESIGN, market.draw, label_key("predict_check"), 0))
    owners = [d.owner for d in designs]
    futures = [draw_future(seed, market.draw, k) for k in range(futures_n)]
    usd = np.array(Parallel(n_jobs=workers)(delayed(_live)(market, world, owners, future, horizon_days) for future in futures))
    table = pd.DataFrame({"draw": market.draw, "stratum": [d.stratum for d in designs], "design": [d.name for d in designs]})
    table["moved_share"] = [float(np.mean(o != problem.owner)) for o in owners]
    table["predicted_usd"] = [predict(o, problem).bookings_usd for o in owners]
    table["simulated_usd"] = usd.mean(axis=0)
    counted = (table["stratum"] != "best") | (table["simulated_usd"] >= (1 - WITHIN_BEST_SHARE) * table["simulated_usd"].max())
    noise_usd2 = {s: _noise_usd2(usd[:, (counted & (table["stratum"] == s)).to_numpy()]) for s in ("wide", "near", "best")}
    table["noise_usd2"] = table["stratum"].map(noise_usd2)
    kept: pd.DataFrame = table[counted].reset_index(drop=True)
    return kept


def agreement(table: pd.DataFrame) -> pd.DataFrame:
    """One row a draw and stratum: rank correlation, slope of simulated on predicted, spread and reliability of the simulated means.

    ``fewest_moves`` is the rank correlation of a planner who knows nothing but that moving costs.
    """
    from scipy.stats import spearmanr  # slow to import

    rows = []
    for (draw, stratum), part in table.groupby(["draw", "stratum"], sort=False):
        predicted, simulated = part["predicted_usd"].to_numpy(), part["simulated_usd"].to_numpy()
        spread = float(np.var(simulated, ddof=1))
        rows.append(
            {
                "draw": draw,
                "stratum": stratum,
                "designs": len(part),
                "spearman": float(spearmanr(predicted, simulated).statistic),
                "fewest_moves": float(spearmanr(-part["moved_share"], simulated).statistic),
                "slope": float(np.cov(predicted, simulated)[0, 1] / np.var(predicted, ddof=1)),
                "range_share": float(np.ptp(simulated) / simulated.mean()),
                "reliability": 1.0 - float(part["noise_usd2"].iloc[0]) / spread,
            }
        )
    return pd.DataFrame(rows)


def lifts(table: pd.DataFrame) -> pd.DataFrame:
    """Predicted and simulated lift over today's owners of each wide design, mean over the draws, the best first."""
    wide = table[table["stratum"] == "wide"]
    today = wide[wide["design"] == "status_quo"].set_index("draw")
    lift = wide[["design", "moved_share"]].copy()
    for usd in ("predicted_usd", "simulated_usd"):
        lift[usd.replace("_usd", "_lift")] = wide[usd] / wide["draw"].map(today[usd]) - 1
    means: pd.DataFrame = lift.groupby("design").mean().reset_index().sort_values("simulated_lift", ascending=False)
    return means


def _plans(problem: PlanningProblem, rng: np.random.Generator, strategies: dict[str, Strategy]) -> dict[str, IntArray]:
    plans = {}
    for name, strategy in strategies.items():
        try:
            plans[name] = strategy.assign(problem, rng).owner
        except Unsupported:
            continue
    return plans


def _live(market: Market, world: World, owners: Sequence[IntArray], future: Future, horizon_days: float) -> FloatArray:
    """Bookings less the luck in them, under each design."""
    policy = lab.default_policy()
    records = (simulate(market, owner, future, world, policy, horizon_days) for owner in owners)
    return np.array([record.amount_usd.sum() - control_variate_usd(record) for record in records])


def _noise_usd2(usd: FloatArray) -> float:
    """Variance of a design's mean over futures that is left after the effects of designs and of futures; (futures, designs) in."""
    residual = usd - usd.mean(axis=0) - usd.mean(axis=1, keepdims=True) + usd.mean()
    futures_n, designs_n = usd.shape
    return float((residual**2).sum() / ((futures_n - 1) * (designs_n - 1)) / futures_n)


def main(words: Sequence[str] | None = None, say: Callable[[str], object] = sys.stdout.write) -> None:
    """Draw markets, sample designs, simulate and predict them, and print how far the two agree."""

    def answer(question: Question) -> pd.DataFrame:
        world = question.world
        return pd.concat([check(market, world, question.seed, question.futures, question.workers) for market in question.markets()])

    table = ask("Does predict rank designs as the simulation does?", words, answer, seed=11, futures=40)
    for part in (agreement(table), lifts(table)):
        say(part.to_string(index=False, float_format="{:.3f}".format) + "\n\n")


if __name__ == "__main__":
    main()
