"""The default comparison as a user starts it, from the first import to the report.

python -m benchmarks.comparison [repetitions]
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.contest import ROOT, measured_on, spread, table

REPETITIONS_N = 3
WORKERS_N = 2


def main(repetitions_n: int = REPETITIONS_N) -> None:
    """Print the table."""
    wall_s, busy_s, plan_s = (np.zeros(repetitions_n) for _ in range(3))
    slowest = ""
    for k in range(repetitions_n):
        with tempfile.TemporaryDirectory() as folder:
            wall_s[k], busy_s[k] = compare(folder)
            (runs_file,) = Path(folder).rglob("runs.parquet")
            plans = pd.read_parquet(runs_file, columns=["arm", "plan_s"]).groupby("arm")["plan_s"].max()
            plan_s[k], slowest = plans.max(), str(plans.idxmax())
    rows = [
        (f"the clock, {WORKERS_N} workers", spread(wall_s)),
        ("processor seconds of all processes", spread(busy_s)),
        (f"the slowest plan ({slowest})", spread(plan_s)),
    ]
    print(table(("default comparison, report included", "seconds"), rows))
    print(f"\n{repetitions_n} runs, median and range; {measured_on()}")


def compare(folder: str) -> tuple[float, float]:
    """Seconds by the clock, and processor seconds of all processes, of one default run that writes below ``folder``."""
    words = [sys.executable, "-P", "-m", "experiments.cli", "compare", f"results={folder}", f"workers={WORKERS_N}"]
    before, start_s = _children_s(), time.perf_counter()
    subprocess.run(words, cwd=ROOT, check=True, capture_output=True)
    return time.perf_counter() - start_s, _children_s() - before


def _children_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
