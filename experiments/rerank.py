"""Would the best plans be better chosen by a simulation of the planner's own? What does it gain, and what does it cost?

    python -m experiments.rerank saas --draws 10 --futures 40

A planner who cannot see the truth can still imagine it: potentials drawn given the CRM's estimates, talents from their spread, luck of
streams of their own. Some plans that differ in their weights live through the same imagined futures, and the one that books the most there
is chosen. It is compared with the plan that ``predict`` puts first, in real futures, which the planner never sees.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from joblib import Parallel, delayed
from scipy.stats import t as student

from experiments import lab
from experiments.research import Question, ask
from experiments.running.arms import Settings
from sim.crm.assumptions import Assumptions
from sim.crm.potential import potential_model
from sim.futures import draw_future
from sim.market import Market, Truth, planning_problem
from sim.metrics import control_variate_usd
from sim.planning import PlanningProblem
from sim.simulate import simulate
from sim.snapshot import FloatArray, IntArray, Snapshot
from sim.streams import Stream, generator, stream_key
from sim.world import World
from strategies.optimized import Optimized
from strategies.worth.predict import predict

WEIGHTS = (0.0, 0.005, 0.05, 0.2)  # of imbalance
MARGINS = (0.0, 0.02, 0.08)  # that a move has to gain, as a share of the account's value
BEST_N = 6


@dataclass(frozen=True, eq=False)
class Plans:
    """The best plans in the order in which ``predict`` ranks them: names, owners (accounts,), and what it took to make and rank them."""

    names: tuple[str, ...]
    owners: tuple[IntArray, ...]
    plan_s: float


def best_plans(problem: PlanningProblem, rng: np.random.Generator) -> Plans:
    """The ``BEST_N`` plans that ``predict`` ranks first, among those of all weights and margins; the same plan counts once."""
    began = time.perf_counter()
    owners: dict[bytes, tuple[str, IntArray]] = {}
    for weight in WEIGHTS:
        for margin in MARGINS:
            owner = Optimized(imbalance_weight=weight, disruption_loss_share=margin).assign(problem, rng).owner
            owners.setdefault(owner.tobytes(), (f"weight {weight:g}, margin {margin:g}", owner))
    plans = list(owners.values())
    first = np.argsort([-predict(owner, problem).bookings_usd for _, owner in plans], kind="stable")[:BEST_N]
    return Plans(tuple(plans[k][0] for k in first), tuple(plans[k][1] for k in first), time.perf_counter() - began)


def imagined(market: Market, seed: int, future: int) -> Market:
    """The market as its planner may imagine it for one future: nothing of the real truth is in it.

    Potentials are drawn given the CRM's estimates, as those of an imported market; the fit is what the CRM says; industries sell alike.
    """
    snapshot, assumed = market.snapshot, Assumptions()
    rng = generator(seed, Stream.IMAGINED_TRUTH, market.draw, future)
    estimate_usd, segment = snapshot.accounts.potential_usd, snapshot.accounts.segment
    model = potential_model(estimate_usd, segment, _typical_usd(snapshot), assumed.noise_log_sd)
    truth = Truth(
        potential_usd=model.draw(rng),
        fit=snapshot.accounts.fit,
        industry_logit=np.zeros(len(snapshot.vocabulary.industries)),
        talent=assumed.talent_sd * rng.standard_normal(len(snapshot.seats)),
        view_key=stream_key(seed, Stream.IMAGINED_TRUTH, market.draw, future),
        talent_sd=assumed.talent_sd,
    )
    return replace(market, truth=truth)


def _typical_usd(snapshot: Snapshot) -> FloatArray:
    """Median estimate (segments,); 1 where a segment has none."""
    estimate_usd, segment = snapshot.accounts.potential_usd, snapshot.accounts.segment
    parts = [estimate_usd[(segment == s) & (estimate_usd > 0)] for s in range(len(snapshot.vocabulary.segments))]
    return np.array([np.median(part) if len(part) else 1.0 for part in parts])


def rerank(market: Market, world: World, seed: int, futures_n: int, workers: int = 1) -> pd.DataFrame:
    """One row a plan, in the order of ``predict``: its mean bookings in the imagined and in the real futures (usd), and times (s)."""
    horizon_days = Settings().horizon_days
    problem = planning_problem(market.snapshot, world, lab.default_policy(), horizon_days)
    plans = best_plans(problem, generator(seed, Stream.DESIGN, market.draw, 0, 0))
    run = Parallel(n_jobs=workers)
    began = time.perf_counter()
    in_mind = run(delayed(_imagine)(market, world, plans.owners, seed, future, horizon_days) for future in range(futures_n))
    rerank_s = (time.perf_counter() - began) * workers
    real = run(delayed(_live)(market, world, (*plans.owners, problem.owner), seed, future, horizon_days) for future in range(futures_n))
    imagined_usd, real_usd = np.mean(in_mind, axis=0), np.mean(real, axis=0)
    return pd.DataFrame(
        {
            "draw": market.draw,
            "plan": plans.names,
            "moved_share": [float(np.mean(owner != problem.owner)) for owner in plans.owners],
            "imagined_usd": imagined_usd,
            "real_usd": real_usd[:-1],
            "today_usd": real_usd[-1],
            "plan_s": plans.plan_s,
            "rerank_s": rerank_s,
        }
    )


def _imagine(market: Market, world: World, owners: Sequence[IntArray], seed: int, future: int, horizon_days: float) -> FloatArray:
    return _booked_usd(imagined(market, seed, future), world, owners, seed, future, horizon_days, Stream.IMAGINED_FUTURE)


def _live(market: Market, world: World, owners: Sequence[IntArray], seed: int, future: int, horizon_days: float) -> FloatArray:
    return _booked_usd(market, world, owners, seed, future, horizon_days, Stream.FUTURE)


def _booked_usd(
    market: Market, world: World, owners: Sequence[IntArray], seed: int, future: int, horizon_days: float, stream: Stream
) -> FloatArray:
    """Bookings less the luck in them under each plan, in one future."""
    luck, policy = draw_future(seed, market.draw, future, stream), lab.default_policy()
    records = (simulate(market, owner, luck, world, policy, horizon_days) for owner in owners)
    return np.array([record.amount_usd.sum() - control_variate_usd(record) for record in records])


def gains(table: pd.DataFrame) -> pd.DataFrame:
    """One row a draw: what today's owners book more under the plan chosen each way, as shares of their bookings, and times.

    ``first``: by ``predict``; ``reranked``: by the imagined futures; ``hindsight``: by the real ones, which nobody can know.
    """
    rows = []
    for draw, plans in table.groupby("draw", sort=False):
        today = float(plans["today_usd"].iloc[0])
        lift = (plans["real_usd"] / today - 1.0).to_numpy()
        chosen = {"first": 0, "reranked": int(np.argmax(plans["imagined_usd"])), "hindsight": int(np.argmax(plans["real_usd"]))}
        agreement = float(np.corrcoef(plans["imagined_usd"], plans["real_usd"])[0, 1]) if len(plans) > 2 else np.nan
        seconds = {name: float(plans[name].iloc[0]) for name in ("plan_s", "rerank_s")}
        rows.append({"draw": draw, **{name: lift[k] for name, k in chosen.items()}, "correlation": agreement, **seconds})
    return pd.DataFrame(rows)


def in_words(table: pd.DataFrame) -> str:
    """The finding in one sentence, with a 95 % interval over the draws (Student's t) where there are several."""
    gain = (table["reranked"] - table["first"]).to_numpy()
    half = student.ppf(0.975, len(gain) - 1) * gain.std(ddof=1) / np.sqrt(len(gain)) if len(gain) > 1 else np.nan
    spread = f" [{100 * (gain.mean() - half):+.2f}, {100 * (gain.mean() + half):+.2f}]" if len(gain) > 1 else ""
    best = 100 * float((table["hindsight"] - table["first"]).mean())
    return (
        f"re-ranking {BEST_N} plans by imagined futures books {100 * gain.mean():+.2f} %{spread} of today's bookings more than the plan"
        f" that predict puts first (hindsight: {best:+.2f} %), for {table['rerank_s'].mean():.0f} processor seconds"
    )


def main(words: Sequence[str] | None = None, say: Callable[[str], object] = sys.stdout.write) -> None:
    """Draw markets, choose among the best plans in both ways, and print what it brought."""

    def answer(question: Question) -> pd.DataFrame:
        tables = [rerank(market, question.world, question.seed, question.futures, question.workers) for market in question.markets()]
        return pd.concat(tables)

    table = ask("Would the best plans be better chosen by simulation?", words, answer, seed=31, futures=40)
    chosen = gains(table)
    say(table.to_string(index=False, float_format="{:.4g}".format) + "\n\n")
    say(chosen.to_string(index=False, float_format="{:.4f}".format) + "\n\n" + in_words(chosen) + "\n")


if __name__ == "__main__":
    main()
