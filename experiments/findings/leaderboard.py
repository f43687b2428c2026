"""From the runs of a suite to a leaderboard: scores between random and informed, their interquartile mean with intervals, and profiles.

After Agarwal, Schwarzer, Castro, Courville & Bellemare (2021, Deep Reinforcement Learning at the Edge of the Statistical Precipice,
NeurIPS): the interquartile mean is as robust as the median and wastes less, and intervals come from draws resampled within each case.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from scipy.stats import trim_mean

from experiments.running.arms import INFORMED, RANDOM
from experiments.running.plans import OK
from sim.snapshot import FloatArray
from sim.streams import Stream, generator

RESAMPLES_N = 2_000
CONFIDENCE = 0.95
YARDSTICKS = ("informed", "random")


def scores(runs: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Columns case, draw, arm, score, failed; ``runs`` are the rows of runs.parquet by case.

    score = (bookings - those of random) / (those of informed - those of random): bookings are means over a draw's futures, less the known
    luck in them (the control variate, whose mean is 0), the denominator is the mean over the case's draws, so that no draw counts for
    more because its denominator is small. 0 is random, 1 is informed; a strategy that knows less than everything may be above 1. One that
    fails, or cannot treat the market, is worth no more than chance: 0. Raises ValueError for a case without both yardsticks.
    """
    tables = []
    for case, rows in runs.items():
        lived = rows[rows["status"] == OK].assign(booked_usd=lambda cells: cells["bookings_usd"] - cells["control_variate_usd"])
        booked = lived.pivot_table(index="draw", columns="arm", values="booked_usd", aggfunc="mean")
        there = rows[rows["status"] == OK].drop_duplicates("arm")
        try:
            low, high = (booked[arm] for arm in yardsticks(dict(zip(there["arm"], there["strategy"], strict=True))))
        except ValueError as error:
            raise ValueError(f"{case}: {error}") from error
        arms = sorted(rows["arm"].unique())
        score = booked.reindex(columns=arms).sub(low, axis="index") / float((high - low).mean())
        table = score.rename_axis(columns="arm").reset_index().melt("draw", value_name="score")
        tables.append(table.assign(case=case, failed=table["score"].isna(), score=table["score"].fillna(0.0)))
    return pd.concat(tables, ignore_index=True)[["case", "draw", "arm", "score", "failed"]]


def leaderboard(table: pd.DataFrame, seed: int) -> pd.DataFrame:
    """One row an arm, best first: ``iqm_score`` over all cases and draws, ``low_score`` and ``high_score`` (95 %, percentile bootstrap),
    ``behind_low_score`` and ``behind_high_score``: how far it is behind the leader (the best but for the yardsticks) in the same
    resamples; ``failed_n`` (case, draw) pairs, and the mean score in each case. ``table`` is that of :func:`scores`.
    """
    arms = sorted(table["arm"].unique())
    by_case = [rows.pivot_table(index="draw", columns="arm", values="score")[arms].to_numpy() for _, rows in table.groupby("case")]
    rng = generator(seed, Stream.STATISTICS)
    picks = [rng.integers(len(rows), size=(RESAMPLES_N, len(rows))) for rows in by_case]
    resampled = np.array(
        [_iqm(np.concatenate([rows[pick[k]] for rows, pick in zip(by_case, picks, strict=True)])) for k in range(RESAMPLES_N)]
    )
    tails = [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2]
    low, high = np.quantile(resampled, tails, axis=0)
    score = _iqm(np.concatenate(by_case))
    leader = int(np.argmax(np.where([arm in YARDSTICKS for arm in arms], -np.inf, score)))
    behind_low, behind_high = np.quantile(resampled[:, [leader]] - resampled, tails, axis=0)
    means = table.pivot_table(index="arm", columns="case", values="score").loc[arms]
    board = pd.DataFrame(
        {
            "arm": arms,
            "iqm_score": score,
            "low_score": low,
            "high_score": high,
            "behind_low_score": behind_low,
            "behind_high_score": behind_high,
            "failed_n": table.groupby("arm")["failed"].sum().loc[arms].to_numpy(),
            **{f"{case}_score": means[case].to_numpy() for case in means},
        }
    )
    return board.sort_values(["iqm_score", "arm"], ascending=[False, True], ignore_index=True)


def profile(table: pd.DataFrame, levels: FloatArray) -> pd.DataFrame:
    """The share of all cases and draws in which an arm scores above each of the ``levels`` (levels,): a column an arm."""
    return pd.DataFrame(
        {str(arm): (rows["score"].to_numpy()[:, None] > levels).mean(axis=0) for arm, rows in table.groupby("arm")}, index=levels
    )


def _iqm(values: FloatArray) -> FloatArray:
    """The mean of the middle half of each column."""
    middle: FloatArray = trim_mean(values, 0.25, axis=0)
    return middle


def yardsticks(strategies: Mapping[str, str]) -> tuple[str, str]:
    """The arms between which a score lies, among the classes of all arms by label. Raises ValueError where there is not one of each."""
    found = [[arm for arm, path in strategies.items() if path.startswith(yardstick)] for yardstick in (RANDOM, INFORMED)]
    for name, arms in zip(("random", "informed"), found, strict=True):
        if len(arms) != 1:
            raise ValueError(f"{len(arms)} arms of {name} have numbers, where the score needs one")
    return found[0][0], found[1][0]
