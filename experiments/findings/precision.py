"""How many futures are enough, where that is left to the run (``futures=auto``): a rule that looks at widths and never at a verdict.

From 20 futures in steps of 10 until every interval of the family reaches at most +-``width_share``, or the budget is spent; several
market draws share these numbers, and each has two futures at least. Whoever looks again and again stops somewhat too often where the
spread is taken for too small, so that the intervals cover a little less than they say (Chow & Robbins 1965, Annals of Mathematical
Statistics 36(2), have that vanish as the width does). How much they cover is measured, and said beside them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
import pandas as pd

from experiments.findings.statistics import Lift
from experiments.findings.summary import family_of
from experiments.running.arms import Settings, share_of_each

FIRST_N, STEP_N = 20, 10
COVERAGE_SHARE = 0.94  # of cases in which all intervals hold at once, instead of 0.95: measured by tests/theory/test_intervals.py


def looks(settings: Settings) -> Iterator[int]:
    """At how many futures of each draw there may be enough, the last time at all of them; at once all where no width is asked for."""
    if settings.width_share is not None:
        step = -(-STEP_N // settings.draws)
        yield from range(share_of_each(FIRST_N, settings.draws), settings.futures, step)
    yield settings.futures


def enough(runs: pd.DataFrame, settings: Settings) -> bool:
    """Whether the lifts are known as well as was asked for; never where no width was asked for."""
    return settings.width_share is not None and half_width_share(family_of(runs, settings)) <= settings.width_share


def half_width_share(lifts: Iterable[Lift]) -> float:
    """How far the widest of the intervals that verdicts stand on reaches; 0 where there is nothing to compare."""
    decided = [lift.decided for lift in lifts]
    return float(np.nanmax([0.0, *((interval.high_share - interval.low_share) / 2 for interval in decided)]))
