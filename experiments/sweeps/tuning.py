"""Parameters of a strategy for two objectives at once, by Optuna, and an honest judgement of what was found.

    ./run tune [OPTION=VALUE ...] [tune.trials_n=40] ['tune.ranges=[[KEY,LOW,HIGH],...]'] ['tune.objectives=[[MEASURE,most],...]']

Every trial is a paired comparison of one seed; the first one has the values of the YAML files. Points are proposed by a multi-objective
tree-structured Parzen estimator (Ozaki et al. 2022, JAIR 73), seeded by seed and trial, so that a run that is broken off ends like an
unbroken one. Whoever picks the best of many picks luck too: the designs of the front are lived through once more on the seed after it, and
trials.csv holds both numbers. The lift to quote is the judged one.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from omegaconf import DictConfig

from experiments.running import store
from experiments.running.errors import RunError
from experiments.running.extras import need_tool
from experiments.running.mistakes import MISTAKES, tell
from experiments.running.progress import tell as progress
from experiments.running.values import nearest
from experiments.sweeps.points import MEASURES, Point, Question, asked_at, keep, kept, live, live_all, question
from sim.snapshot import BoolArray, FloatArray

MOST, LEAST = "most", "least"
KEYS = ("arm", "trials_n", "ranges", "objectives")
JUDGED_N = 5
Ranges = Mapping[str, tuple[float, float]]
Try = Callable[[int, dict[str, float]], tuple[float, ...] | None]  # trial, values -> objectives; None where it failed


def search(ranges: Ranges, objectives: Mapping[str, str], own: Mapping[str, float], trials_n: int, seed: int, try_: Try) -> None:
    """Propose the values of every trial in turn and learn from what ``try_`` measures there; the first ones are its ``own``."""
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    study = optuna.create_study(directions=["maximize" if way == MOST else "minimize" for way in objectives.values()])
    study.enqueue_trial(dict(own))
    for k in range(trials_n):
        study.sampler = optuna.samplers.TPESampler(seed=seed * 100_003 + k, n_startup_trials=max(5, trials_n // 4))
        trial = study.ask()
        values = {key: trial.suggest_float(key, *ends) for key, ends in ranges.items()}
        found = try_(k, values)
        if found is None or not np.isfinite(found).all():
            study.tell(trial, state=optuna.trial.TrialState.FAIL)
        else:
            study.tell(trial, list(found))


def front(measured: FloatArray, ways: Sequence[str]) -> BoolArray:
    """Which rows of ``measured`` (trials, 2) nothing beats in one objective without losing in the other; of equal ones the first. A failed
    one (NaN) is not.
    """
    cost = measured * np.array([-1.0 if way == MOST else 1.0 for way in ways])
    finite = np.isfinite(cost).all(axis=1)
    beaten = [bool(((cost <= row).all(axis=1) & (cost < row).any(axis=1) & finite).any()) for row in cost]
    again = [bool((cost[:k] == row).all(axis=1).any()) for k, row in enumerate(cost)]
    on_front: BoolArray = finite & ~np.array(beaten, dtype=bool) & ~np.array(again, dtype=bool)
    return on_front


def main(words: Sequence[str] | None = None, say: Callable[[str], object] = sys.stdout.write) -> int:
    """Search, judge the front on another seed, write table and figure; returns the exit code."""
    given = list(sys.argv[1:] if words is None else words)
    if given in (["--help"], ["-h"]):
        say((__doc__ or "").strip() + "\n")
        return 0
    try:
        need_tool("tune")
        with store.helped_by("go on with the same words and  resume=DIR"):
            say(_answer(question("tune", given, "tuning")))
    except MISTAKES as error:
        return tell(error, given)
    except KeyboardInterrupt:
        progress("what has been lived is kept; go on with the same words and  resume=DIR")
        raise
    return 0


def _answer(asked: Question) -> str:
    arm, trials_n, ranges, objectives = _checked(asked.part)
    config, seed = asked.config, int(asked.config.seed)
    at = asked_at(asked, {key: ends[0] for key, ends in ranges.items()})
    if arm not in [each.label for each in at.arms] or arm == at.settings.baseline:
        raise RunError(f"tune.arm: {arm!r} is not among the arms beside the baseline{nearest(arm, [each.label for each in at.arms])}")
    folder, points = asked.begin(), []

    def lived(k: int, values: dict[str, float]) -> tuple[float, ...] | None:
        point = kept(folder, k)
        if point is None:
            point = live(asked, values)
            keep(folder, k, point)
            progress(f"trial {k + 1} of {trials_n}: " + (point.error or _in_words(point, arm, objectives)))
        points.append(Point(values, point.arms, point.error))
        return tuple(point.arms[arm][name] for name in objectives) if arm in point.arms else None

    search(ranges, objectives, _own(config, ranges), trials_n, seed, lived)
    table = trials_table(points, arm, objectives)
    if not table["on_front"].any():
        raise RunError(f"tune: no trial was measured ({points[0].error or 'the arm failed'})", exit_code=1)
    judged = _judged(table, points, asked, folder, seed)
    for name in ("lift_share", "lift_low_share", "lift_high_share", *objectives):
        table[f"judged_{name}"] = [judged[k].arms.get(arm, {}).get(name, np.nan) if k in judged else np.nan for k in table["trial"]]
    store.write_table(folder / "trials.csv", table)

    from experiments.figures import tuned
    from experiments.sweeps.drawn import save

    about = f"{trials_n} trials · {config.market.label}, {config.futures} futures, seed {seed}; judged on seed {seed + 1}"
    save(folder, "tuned", tuned.draw(table, objectives, arm, about))
    best = table[table["on_front"]].sort_values(next(iter(objectives)), ascending=next(iter(objectives.values())) == LEAST)
    put = [f"  trial {row['trial']}: " + " ".join(f"{key}={row[key]:.6g}" for key in ranges) for _, row in best.iterrows()]
    return "\n".join(
        [about, tuned.finding(table, objectives, arm), "", "the front, in the words that put a design into a comparison", *put]
    ) + (f"\n\nfigure  {folder / 'tuned.png'}\ntable   {folder / 'trials.csv'}\n")


def trials_table(points: Sequence[Point], arm: str, objectives: Mapping[str, str]) -> pd.DataFrame:
    """trials.csv: one row a trial, its values, what the arm measured, and whether it is on the front of the objectives."""
    rows = [{"trial": k, **point.values, **point.arms.get(arm, {}), "error": point.error} for k, point in enumerate(points)]
    table = pd.DataFrame(rows).reindex(columns=[*dict.fromkeys(["trial", *points[0].values, *MEASURES, "error"])])
    return table.assign(on_front=front(table[list(objectives)].to_numpy(dtype=np.float64), list(objectives.values())))


def _judged(table: pd.DataFrame, points: Sequence[Point], asked: Question, folder: Any, seed: int) -> dict[int, Point]:
    """The first trial and some of the front, from its one end to the other, lived through on the next seed."""
    best = table.loc[table["on_front"]].sort_values("lift_share")["trial"].tolist()
    chosen = sorted({0, *(best[round(place)] for place in np.linspace(0, len(best) - 1, min(JUDGED_N, len(best))))})
    other = asked.config.copy()
    other.seed = seed + 1
    found = live_all(replace(asked, config=other), [points[k].values for k in chosen], store.make_inside(folder, "judged"))
    return dict(zip(chosen, found, strict=True))


def _own(config: DictConfig, ranges: Ranges) -> dict[str, float]:
    from omegaconf import OmegaConf

    own = {key: float(OmegaConf.select(config, key)) for key in ranges if OmegaConf.select(config, key) is not None}
    return {key: min(max(value, ranges[key][0]), ranges[key][1]) for key, value in own.items()}


def _in_words(point: Point, arm: str, objectives: Mapping[str, str]) -> str:
    return ", ".join(f"{name} {point.arms[arm][name]:.4g}" for name in objectives) if arm in point.arms else f"{arm} has no number"


def _checked(part: Mapping[str, Any]) -> tuple[str, int, dict[str, tuple[float, float]], dict[str, str]]:
    for key in part:
        if key not in KEYS:
            raise RunError(f"tune.{key}: there is no such option{nearest(str(key), KEYS)}")
    if type(trials_n := part.get("trials_n")) is not int or trials_n < 1:
        raise RunError(f"tune.trials_n: {trials_n!r} must be a whole number, at least 1")
    ranges: dict[str, tuple[float, float]] = {}
    for given in part.get("ranges") or []:
        ends = given[1:] if isinstance(given, list) else []
        if not (len(ends) == 2 and all(type(end) in (int, float) for end in ends) and ends[0] < ends[1]):
            raise RunError(f"tune.ranges: {given!r} is not [KEY, LOWEST, HIGHEST]")
        ranges[str(given[0])] = (float(ends[0]), float(ends[1]))
    if not ranges:
        raise RunError("tune.ranges: give parameters with their ranges, as 'tune.ranges=[[strategies.optimized.imbalance_weight,0,0.05]]'")
    objectives: dict[str, str] = {}
    for given in part.get("objectives") or []:
        if not (isinstance(given, list) and len(given) == 2 and given[0] in MEASURES and given[1] in (MOST, LEAST)):
            raise RunError(f"tune.objectives: {given!r} is not [MEASURE, {MOST} or {LEAST}]; measures: {', '.join(MEASURES)}")
        objectives[given[0]] = given[1]
    if len(objectives) != 2:
        raise RunError(f"tune.objectives: {len(objectives)} are given; it takes two")
    return str(part.get("arm")), trials_n, ranges, objectives
