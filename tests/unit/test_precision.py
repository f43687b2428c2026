"""How many futures are enough: looks, the width that is looked at, and a run that is left to it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from experiments.findings.precision import enough, half_width_share, looks
from experiments.findings.summary import compare_arms, family_of
from experiments.running.arms import Settings


def runs(noise: float, futures: int = 20, lift: float = 0.02) -> pd.DataFrame:
    """Rows of two designs and the baseline; ``noise`` is what chance makes of a future's bookings, as a share."""
    rng = np.random.default_rng(1)
    rows = []
    for arm, more in (("base", 0.0), ("up", lift), ("same", 0.0)):
        usd = 1e6 * (1 + more + noise * rng.standard_normal(futures))
        rows += [
            {"draw": 0, "arm": arm, "future": k, "strategy": "s.Some", "status": "ok", "bookings_usd": usd[k], "control_variate_usd": 0.0}
            for k in range(futures)
        ]
    return pd.DataFrame(rows)


@pytest.mark.parametrize(
    ("draws", "most", "width", "expected"),
    [
        (1, 50, None, [50]),
        (1, 200, 0.01, [*range(20, 200, 10), 200]),
        (1, 35, 0.01, [20, 30, 35]),
        (1, 8, 0.01, [8]),
        (10, 5, 0.01, [2, 3, 4, 5]),
        (4, 12, 0.01, [5, 8, 11, 12]),
        (30, 4, 0.01, [2, 3, 4]),
    ],
)
def test_looks_begin_at_20_in_steps_of_10_shared_by_the_draws(draws: int, most: int, width: float | None, expected: list[int]) -> None:
    """The last look is at all futures; each draw has two at least; without a width there is that one look."""
    assert list(looks(Settings(draws=draws, futures=most, width_share=width))) == expected


def test_the_width_is_the_widest_of_the_intervals_that_decide() -> None:
    """It is taken from the very intervals that are printed, arms without numbers and the baseline aside."""
    table, settings = runs(0.03), Settings(baseline="base", width_share=0.01)
    printed = [(lift.decided.high_share - lift.decided.low_share) / 2 for lift in compare_arms(table, settings).lifts]
    assert half_width_share(family_of(table, settings)) == max(printed) > 0
    table.loc[table["arm"] == "same", "status"] = "failed"
    assert 0 < half_width_share(family_of(table, settings)) < max(printed)
    assert half_width_share(family_of(table[table["arm"] == "base"], settings)) == 0.0


def test_enough_looks_at_width_and_never_at_the_verdict() -> None:
    """A clear winner known badly is not enough; a tie known well is; and where no width is asked for nothing ever is."""
    asked = Settings(baseline="base", width_share=0.01)
    assert compare_arms(runs(0.03, lift=0.3), asked).lifts[0].verdict == "better"
    assert not enough(runs(0.03, lift=0.3), asked)
    assert enough(runs(0.003, lift=0.0), asked)
    assert not enough(runs(0.003, lift=0.0), Settings(baseline="base"))
