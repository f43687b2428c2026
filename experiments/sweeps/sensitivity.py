"""On which parameters do the lifts hang? Morris' screening, or Sobol's indices, by SALib; every point is a paired comparison of one seed.

    ./run sensitivity [experiment=morris|sobol] [OPTION=VALUE ...] [sensitivity.samples_n=8] ['sensitivity.ranges=[[KEY,LOW,HIGH],...]']

    morris   samples_n trajectories of (parameters + 1) points; the effect of a parameter is what the lift changes by when it goes through
             its whole range, its size averaged over the trajectories (mu*; Campolongo, Cariboni & Saltelli 2007, EMS 22(10))
    sobol    samples_n (a power of 2) x (parameters + 2) points; total and first-order shares of the variance (Saltelli et al. 2010,
             CPC 181(2)), of which the total is the bar

All points share the seed, so accounts, seats and luck are the same: what the lift changes by is what the parameters do, in this market and
these futures. Points that fail are told, and with each of them goes the trajectory, or the block, that needs it.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from experiments.figures.effects import MORRIS, SOBOL
from experiments.running import store
from experiments.running.errors import RunError
from experiments.running.extras import need_tool
from experiments.running.mistakes import MISTAKES, tell
from experiments.running.values import nearest
from experiments.sweeps.points import Point, Question, Values, asked_at, live_all, question
from sim.snapshot import BoolArray, FloatArray

LEVELS_N = 4
SAME_SHARE = 1e-12  # of what is booked: lifts that differ by less differ by rounding, which SALib would share out as if it were an effect
KEYS = ("method", "samples_n", "ranges")


def sample(method: str, ranges: Mapping[str, tuple[float, float]], samples_n: int, seed: int) -> FloatArray:
    """The points (points, parameters) of a design."""
    problem = _problem(ranges)
    if method == MORRIS:
        from SALib.sample import morris

        points: FloatArray = morris.sample(problem, samples_n, num_levels=LEVELS_N, seed=seed)
    else:
        from SALib.sample import sobol

        points = sobol.sample(problem, samples_n, calc_second_order=False, seed=seed)
    return points


def effects(method: str, ranges: Mapping[str, tuple[float, float]], points: FloatArray, lift: FloatArray, seed: int) -> pd.DataFrame:
    """One row a parameter, the largest effect first: parameter, effect, half_width (of the 95 % interval), second, mean.

    ``lift`` (points,) is NaN where a point failed. Of Morris: mu*, sigma and mu; of Sobol: the total and the first-order share, no mean.
    Raises RunError if fewer than two whole trajectories or blocks are left, or the lift is the same everywhere.
    """
    problem, whole = _problem(ranges), whole_blocks(lift, len(ranges) + (1 if method == MORRIS else 2))
    lived = lift[whole]
    blocks_n = len(lived) // (len(ranges) + (1 if method == MORRIS else 2))
    if blocks_n < 2:
        raise RunError("sensitivity: too many points failed for an answer; see points.csv", exit_code=1)
    if np.ptp(lived) <= SAME_SHARE * (1 + np.abs(lived).max()):
        raise RunError(
            "sensitivity: the lift is the same at every point, so nothing varied here matters to it; take another arm", exit_code=1
        )
    if method == MORRIS:
        from SALib.analyze import morris

        found = morris.analyze(problem, points[whole], lived, num_levels=LEVELS_N, seed=seed)
        columns = {"effect": found["mu_star"], "half_width": found["mu_star_conf"], "second": found["sigma"], "mean": found["mu"]}
    else:
        from SALib.analyze import sobol

        found = sobol.analyze(problem, lived, calc_second_order=False, seed=seed)
        columns = {"effect": found["ST"], "half_width": found["ST_conf"], "second": found["S1"], "mean": np.full(len(ranges), np.nan)}
    table = pd.DataFrame({"parameter": list(ranges), **{name: np.asarray(values, dtype=np.float64) for name, values in columns.items()}})
    return table.sort_values("effect", ascending=False, kind="stable", ignore_index=True)


def whole_blocks(lift: FloatArray, size: int) -> BoolArray:
    """Which points (points,) belong to blocks of ``size`` of which none failed."""
    whole: BoolArray = np.repeat(np.isfinite(lift.reshape(-1, size)).all(axis=1), size)
    return whole


def main(words: Sequence[str] | None = None, say: Callable[[str], object] = sys.stdout.write) -> int:
    """Sample, compare at every point, analyse, draw; returns the exit code."""
    given = list(sys.argv[1:] if words is None else words)
    if given in (["--help"], ["-h"]):
        say((__doc__ or "").strip() + "\n")
        return 0
    try:
        need_tool("sensitivity")
        asked = question("sensitivity", given, "morris")
        with store.helped_by("go on with the same words and  resume=DIR"):
            say(_answer(asked))
    except MISTAKES as error:
        return tell(error, given)
    except KeyboardInterrupt:
        print("what has been lived is kept; go on with the same words and  resume=DIR", file=sys.stderr)  # noqa: T201
        raise
    return 0


def _answer(asked: Question) -> str:
    method, ranges, samples_n = _checked(asked.part)
    seed = int(asked.config.seed)
    points = sample(method, ranges, samples_n, seed)
    values: list[Values] = [dict(zip(ranges, map(float, row), strict=True)) for row in points]
    baseline = asked_at(asked, values[0]).settings.baseline
    folder = asked.begin()
    found = live_all(asked, values, folder)
    store.write_table(folder / "points.csv", points_table(found))
    arms = [arm for arm in next((point.arms for point in found if point.arms), {}) if arm != baseline]
    if not arms:
        raise RunError(f"sensitivity: no point has an arm beside the baseline ({found[0].error or 'give more strategies'})", exit_code=1)
    from experiments.figures import effects as figure
    from experiments.sweeps.drawn import save

    failed = sum(bool(point.error) for point in found)
    about = f"{method.capitalize()}, {len(found)} points · {asked.config.market.label}, {asked.config.futures} futures, seed {seed}"
    lines, tables = [about, *([f"{failed} points failed; see points.csv"] if failed else [])], []
    for arm in arms:
        lift = np.array([point.arms.get(arm, {}).get("lift_share", np.nan) for point in found])
        try:
            table = effects(method, ranges, points, lift, seed)
        except RunError as error:
            lines.append(f"{arm}: {error}")
            continue
        tables.append(table.assign(arm=arm))
        save(folder, f"{arm}.{method}", figure.draw(table, method, arm, about))
        lines += [f"{figure.finding(table, method, arm)}\n  {folder / f'{arm}.{method}.png'}"]
    if not tables:
        raise RunError(lines[-1], exit_code=1)
    store.write_table(folder / "effects.csv", pd.concat(tables, ignore_index=True))
    return "\n".join(lines) + f"\n\ntable   {folder / 'effects.csv'}\n"


def points_table(points: Sequence[Point]) -> pd.DataFrame:
    """points.csv: one row a point and arm, with the values of the point; one without an arm where it failed."""
    rows = []
    for k, point in enumerate(points):
        for arm, measures in (point.arms or {"": {}}).items():
            rows.append({"point": k, **point.values, "arm": arm, **measures, "error": point.error})
    return pd.DataFrame(rows)


def _checked(part: Mapping[str, Any]) -> tuple[str, dict[str, tuple[float, float]], int]:
    for key in part:
        if key not in KEYS:
            raise RunError(f"sensitivity.{key}: there is no such option{nearest(str(key), KEYS)}")
    if (method := part.get("method")) not in (MORRIS, SOBOL):
        raise RunError(f"sensitivity.method: {method!r} is not {MORRIS} or {SOBOL}")
    samples_n = part.get("samples_n")
    if type(samples_n) is not int or samples_n < 2 or (method == SOBOL and samples_n & (samples_n - 1)):
        raise RunError(f"sensitivity.samples_n: {samples_n!r} must be a whole number, at least 2, and of Sobol a power of 2")
    ranges: dict[str, tuple[float, float]] = {}
    for given in part.get("ranges") or []:
        ends = given[1:] if isinstance(given, list) else []
        if not (len(ends) == 2 and all(type(end) in (int, float) for end in ends) and ends[0] < ends[1]):
            raise RunError(f"sensitivity.ranges: {given!r} is not [KEY, LOWEST, HIGHEST]")
        ranges[str(given[0])] = (float(ends[0]), float(ends[1]))
    if not ranges:
        raise RunError("sensitivity.ranges: give parameters with their ranges, as 'sensitivity.ranges=[[world.skill_effect,0,0.2]]'")
    return method, ranges, samples_n


def _problem(ranges: Mapping[str, tuple[float, float]]) -> dict[str, Any]:
    return {"num_vars": len(ranges), "names": list(ranges), "bounds": [list(ends) for ends in ranges.values()]}
