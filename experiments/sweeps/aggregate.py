"""Any set of runs as one table, and its figures: in which region of the parameters does which strategy win?

    ./run aggregate DIR [DIR ...] [out=DIR] [x=SETTING] [y=SETTING] [arm=LABEL]

aggregate.parquet and .csv have one row a run and arm: the settings in which the runs differ, lifts with their intervals, headline metrics;
and one row, without an arm, a job that failed, was broken off or never began. ``rank`` is 1 for the arm of the best lift in its run, among
all but the yardsticks that nobody could roll out; ``clear`` says whether the interval of its lead over the second one is above 0.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from experiments.running import store
from experiments.running.arms import INFORMED, RANDOM
from experiments.running.errors import RunError
from experiments.running.mistakes import tell
from experiments.running.run_tables import read_run_table
from experiments.running.values import nearest
from experiments.sweeps.folders import Run, runs_below
from experiments.sweeps.settings import column, varying

MEASURED = (
    *("lift_share", "lift_low_share", "lift_high_share", "single_p10_share", "single_p90_share", "verdict", "p_best_share"),
    *("bookings_usd", "attainment", "seats_at_quota_share", "orphaned_share", "uncovered_share", "gini_opportunity", "moved_share"),
    *("contribution_usd", "contribution_lift_usd", "plan_s"),
)
OPTIONS = ("out", "x", "y", "arm")


def aggregate(runs: Sequence[Run]) -> tuple[pd.DataFrame, list[str]]:
    """The table above, and the settings that vary between the runs (keys as on the command line), which are columns of it."""
    settings = [key for key in varying([run.settings for run in runs]) if key != "seed"]
    head = pd.DataFrame({"run": [run.name for run in runs], "status": [run.status for run in runs], "error": [run.error for run in runs]})
    for key in ("market.label", "seed"):
        head[key.partition(".")[0]] = column(run.settings.get(key) for run in runs)
    for key in settings:
        head[key] = column(run.settings.get(key) for run in runs)
    arms = [_arms(run) for run in runs if run.finished]
    if not arms:
        return head.assign(arm=""), settings
    table = head.merge(pd.concat(arms, ignore_index=True), on="run", how="left", sort=False)
    for name in ("arm", "strategy", "verdict"):
        table[name] = table[name].fillna("")
    failed = table.pop("failed")
    table["error"] = np.where(failed.notna() & (failed != ""), failed, table["error"])
    return table, settings


def _arms(run: Run) -> pd.DataFrame:
    """One row an arm of a finished run, as its summary.csv and pairwise.csv say."""
    summary = read_run_table(run.folder / "summary.csv")
    names = [name for name in MEASURED if name in summary]
    table = summary[["arm", "strategy", "baseline", "futures_n", "failed_n", *names]].assign(run=run.name, failed=summary["error"])
    contends = table["lift_share"].notna() & ~table["strategy"].str.contains(f"{RANDOM}|{INFORMED}", regex=True)
    table["rank"] = table["lift_share"].where(contends).rank(ascending=False, method="min")
    best = table[contends].sort_values("rank", kind="stable")["arm"].tolist()
    table["clear"] = False
    if len(best) > 1:
        pairs = read_run_table(run.folder / "pairwise.csv").set_index(["arm_a", "arm_b"])
        leads = (best[0], best[1])
        low = pairs["low_share"].get(leads, np.nan) if leads in pairs.index else -pairs["high_share"].get(leads[::-1], np.nan)
        table.loc[table["arm"] == best[0], "clear"] = bool(low > 0)
    return table


def main(words: Sequence[str] | None = None, say: Callable[[str], object] = sys.stdout.write) -> int:
    """Join the runs below the folders, draw what can be drawn, and say what was found; returns the exit code."""
    given = list(sys.argv[1:] if words is None else words)
    if not given or given in (["--help"], ["-h"]):
        (sys.stderr if not given else sys.stdout).write(_USAGE)
        return 0 if given else 2
    try:
        options, folders = _read(given)
        out = Path(options.get("out") or folders[0])
        runs = runs_below(folders)
        table, settings = aggregate(runs)
        out.mkdir(parents=True, exist_ok=True)
        with store.helped_by("aggregate again, or into another folder by  out=DIR"):
            for suffix in ("parquet", "csv"):
                store.write_table(out / f"aggregate.{suffix}", table)
            say(_said(runs, settings))
            from experiments.sweeps.drawn import draw_all  # matplotlib takes a second

            found = draw_all(table, settings, out, x=options.get("x"), y=options.get("y"), arm=options.get("arm"))
        say("".join(f"{line}\n" for line in found) + f"\ntable   {out / 'aggregate.csv'}\n")
    except RunError as error:
        return tell(error)
    except OSError as error:
        if error.filename is None:  # not a file: whoever reads what is said has gone
            raise
        return tell(RunError(f"out: cannot write {error.filename} ({error.strerror}); give another one", exit_code=1))
    return 0


_USAGE = f"""usage: aggregate DIR [DIR ...] [{"=... ] [".join(OPTIONS)}=...]

  DIR         the folder of a sweep (results/sweeps/<time>), of a run, or any folder that holds runs
  out=DIR     where table and figures are written (default: the one DIR)
  x=SETTING   the setting along which lines and heatmap go, by its column in aggregate.csv (default: the one of most values)
  y=SETTING   the one up the heatmap
  arm=LABEL   whose lift the tornado shows (default: the best on average)
"""


def _read(words: Sequence[str]) -> tuple[dict[str, str], list[Path]]:
    options = dict(word.split("=", 1) for word in words if "=" in word and not Path(word).exists())
    folders = [Path(word) for word in words if "=" not in word or Path(word).exists()]
    for key in options:
        if key not in OPTIONS:
            raise RunError(f"{key}: there is no such option{nearest(key, OPTIONS)}")
    if not folders:
        raise RunError("aggregate: name the folder of a sweep, or folders of runs")
    if len(folders) > 1 and "out" not in options:
        raise RunError("out: runs of several folders are joined in one of their own; give it as  out=DIR")
    return options, folders


def _said(runs: Sequence[Run], settings: Sequence[str]) -> str:
    """How many runs there are, what varies, and every one that is not finished, with its reason."""
    finished = sum(run.finished for run in runs)
    lines = [f"{finished} of {len(runs)} runs finished; they differ in {', '.join(settings) or 'nothing but the seed'}"]
    lines += [f"  {run.name}: {run.status}: {run.error}" for run in runs if not run.finished]
    return "\n".join(lines) + "\n\n"
