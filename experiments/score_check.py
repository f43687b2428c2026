"""Do account scores foresee what they have not seen, do they come near to the truth, and does a better one pay?

    python -m experiments.score_check saas --seed 21 --draws 4 --futures 10 --figure docs/figures/score_reliability.png

Out of time: every score learns from what was known before a cut, and is asked about the engagements that began after it
(strategies/worth/score_validation.py). The truth is looked at here only, and only where a market was drawn and has one. A lift is that of
``optimized`` with the score over today's owners, in bookings less the control variate; ``--futures 0`` leaves it out.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from joblib import Parallel, delayed

from experiments import lab
from experiments.figures import reliability, style
from experiments.research import Question, ask
from experiments.running.arms import Settings
from sim.futures import draw_future
from sim.market import Market, planning_problem
from sim.metrics import control_variate_usd
from sim.planning import PlanningProblem
from sim.simulate import simulate
from sim.snapshot import BoolArray, FloatArray, IntArray
from sim.streams import Stream, generator
from sim.world import World
from strategies.optimized import Optimized
from strategies.worth.score import SCORES, Score, historical
from strategies.worth.score_fit import log_loss
from strategies.worth.score_model import learn
from strategies.worth.score_validation import Validation, calibration
from strategies.worth.throughput import Beliefs

NAMES = ("tam", "historical", "model")
BELIEVED = "model, skills as believed"  # its lift only: what it costs, or saves, not to believe in matching


@dataclass(frozen=True, eq=False)
class Checked:
    """One draw of a market: a row a score in ``table``, one row of ``verdict``, and what was foreseen (None: too little history)."""

    table: pd.DataFrame
    verdict: pd.DataFrame
    validation: Validation | None


def check(market: Market, world: World, seed: int, futures_n: int, workers: int = 1) -> Checked:
    """All three scores on one market. The ``model`` row is the model itself, used or not; its lift is that of what is used."""
    problem = planning_problem(market.snapshot, world, lab.default_policy(), Settings().horizon_days)
    used = {name: SCORES[name](problem) for name in NAMES}
    learned = learn(problem, historical(problem))
    table = pd.DataFrame({"draw": market.draw, "score": NAMES})
    verdict = pd.DataFrame({"draw": [market.draw], "word": [used["model"].word]})
    if learned is not None:
        seen, chance, value = learned.validation, learned.validation.chance_gain, learned.validation.value_gain
        table = table.merge(pd.DataFrame([foresight(seen, name) for name in NAMES]), on="score")
        verdict = verdict.assign(
            chance_gain=chance.mean, chance_se=chance.se, chance_used=chance.beats,
            value_gain=value.mean, value_se=value.se, value_used=value.beats,
            skill=np.nan if learned.matching is None else learned.matching.logit,
            skill_se=np.nan if learned.matching is None else learned.matching.se,
            skill_used=used["model"].measured.get("skill_logit", np.nan),
        )  # fmt: skip
        if not market.imported:
            own = {"model": Score(learned.potential_usd, learned.shift, {"fit_logit": 0.0})}
            table = table.merge(pd.DataFrame([nearness(market, world, problem, name, {**used, **own}[name]) for name in NAMES]), on="score")
    if futures_n:
        table = table.merge(lifts(market, world, problem, used, seed, futures_n, workers), on=["draw", "score"], how="right")
    return Checked(table, verdict, None if learned is None else learned.validation)


def foresight(seen: Validation, name: str) -> dict[str, object]:
    """Out of time: mean log loss, Brier score, AUC among new customers, squared log error of amounts."""
    sample, chance = seen.sample, seen.chance[name]
    new, won = ~sample.expansion, sample.year_usd > 0
    return {
        "score": name,
        "rows": len(sample),
        "wins": int(sample.won.sum()),
        "log_loss": float(np.average(log_loss(sample.won, chance), weights=sample.weight)),
        "brier": float(np.average((sample.won - chance) ** 2, weights=sample.weight)),
        "auc_new": auc(sample.won[new], chance[new]),
        "amount_loss": float(np.average(np.log(sample.year_usd[won] / seen.value_usd[name][won]) ** 2, weights=sample.weight[won])),
    }


def nearness(market: Market, world: World, problem: PlanningProblem, name: str, score: Score) -> dict[str, object]:
    """Rank correlation over all accounts with the true log-odds a stage, and with the true potential; log-sd of the potential's error."""
    from scipy.stats import spearmanr  # slow to import

    truth, beliefs = market.truth, replace(Beliefs(), **score.measured)
    logit = truth.industry_logit[problem.accounts.industry] + world.fit_effect * (truth.fit - 0.5)
    shift = score.shift + beliefs.fit_logit * (problem.accounts.fit - 0.5)
    known = score.potential_usd > 0
    return {
        "score": name,
        "rank_chance": float(spearmanr(shift, logit).statistic),
        "rank_value": float(spearmanr(score.potential_usd, truth.potential_usd).statistic),
        "value_log_sd": float(np.std(np.log(score.potential_usd[known] / truth.potential_usd[known]))),
    }


def lifts(
    market: Market, world: World, problem: PlanningProblem, used: Mapping[str, Score], seed: int, futures_n: int, workers: int
) -> pd.DataFrame:
    """What ``optimized`` books more than today's owners with each score, as a share; ``over_historical`` with its standard error.

    A row more than there are scores: the model with the company's belief in skills in place of what was measured.
    """
    rng = generator(seed, Stream.DESIGN, market.draw, 0, 0)
    measured: dict[str, dict[str, Any]] = {name: dict(used[name].measured) for name in NAMES}
    strategies = {name: Optimized(score=name, **measured[name]) for name in NAMES}
    strategies[BELIEVED] = replace(strategies["model"], skill_logit=Beliefs().skill_logit)
    owners = [problem.owner, *(strategy.assign(problem, rng).owner for strategy in strategies.values())]
    usd = np.array(Parallel(n_jobs=workers)(delayed(_live)(market, world, owners, seed, k) for k in range(futures_n)))
    share = usd[:, 1:] / usd[:, :1].mean() - usd[:, :1] / usd[:, :1].mean()
    over = share - share[:, [NAMES.index("historical")]]
    return pd.DataFrame(
        {
            "draw": market.draw,
            "score": list(strategies),
            "moved": [float(np.mean(owner != problem.owner)) for owner in owners[1:]],
            "lift": share.mean(axis=0),
            "over_historical": over.mean(axis=0),
            "over_se": over.std(axis=0, ddof=1) / np.sqrt(futures_n) if futures_n > 1 else np.nan,
        }
    )


def _live(market: Market, world: World, owners: Sequence[IntArray], seed: int, future: int) -> FloatArray:
    """Bookings less the luck in them, under each design."""
    luck, policy, horizon_days = draw_future(seed, market.draw, future), lab.default_policy(), Settings().horizon_days
    records = (simulate(market, owner, luck, world, policy, horizon_days) for owner in owners)
    return np.array([record.amount_usd.sum() - control_variate_usd(record) for record in records])


def auc(won: BoolArray, chance: FloatArray) -> float:
    """P(an engagement that was won had been given a higher chance than one that was lost); ties count half (Mann & Whitney 1947)."""
    from scipy.stats import rankdata  # slow to import

    won_n, lost_n = int(won.sum()), int((~won).sum())
    if not won_n or not lost_n:
        return float("nan")
    return float((rankdata(chance)[won].sum() - won_n * (won_n + 1) / 2) / (won_n * lost_n))


def curves(checked: Sequence[Checked]) -> dict[str, FloatArray]:
    """A reliability curve for each score, over the engagements of all draws."""
    seen = [each.validation for each in checked if each.validation is not None]
    won, weight = (np.concatenate([getattr(v.sample, name) for v in seen]) for name in ("won", "weight"))
    return {name: calibration(won, np.concatenate([v.chance[name] for v in seen]), weight) for name in NAMES}


def means(table: pd.DataFrame) -> pd.DataFrame:
    """One row a score: the mean over the draws; ``over_se`` is that of the mean, from the spread between the draws."""
    by_score = table.drop(columns="draw").groupby("score", sort=False)
    mean: pd.DataFrame = by_score.mean()
    if "over_se" in mean:
        mean["over_se"] = by_score["over_historical"].sem()
    return mean.reset_index()


def main(words: Sequence[str] | None = None, say: Callable[[str], object] = sys.stdout.write) -> None:
    """Draw markets, hold the three scores against them, print tables, and draw the reliability curves where a file is named."""
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--figure", type=Path)
    own, others = parser.parse_known_args(words)

    def answer(question: Question) -> tuple[Question, list[Checked]]:
        markets = question.markets()
        return question, [check(market, question.world, question.seed, question.futures, question.workers) for market in markets]

    question, checked = ask("Do account scores foresee what they have not seen? (--figure FILE.png)", others, answer, seed=21, futures=10)
    table = pd.concat([each.table for each in checked])
    verdict = pd.concat([each.verdict for each in checked])
    for part in (table, means(table), verdict.drop(columns="word")):
        say(part.to_string(index=False, float_format="{:.4f}".format) + "\n\n")
    say("\n".join(f"draw {draw}: {word}" for draw, word in zip(verdict["draw"], verdict["word"], strict=True)) + "\n")
    if own.figure is not None and any(each.validation is not None for each in checked):
        about = f"engagements begun after the cut, in tenths · {question.market}, {question.draws} draws, seed {question.seed}"
        own.figure.write_bytes(style.png(reliability.draw(curves(checked), about)))


if __name__ == "__main__":
    main()
