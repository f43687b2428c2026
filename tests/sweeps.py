"""Made-up tables of sweeps, as ./run aggregate joins them."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence

import pandas as pd

RATE, WEIGHT = "world.people.resignation_per_year", "strategies.optimized.imbalance_weight"
RATES, WEIGHTS = (0.1, 0.22, 0.36), (0.0, 0.005, 0.05)
ARMS = ("status_quo", "optimized", "equal_count", "nearest", "informed")
Lift = Callable[[str, float, float, int], float]


def crossing(arm: str, rate: float, weight: float, seed: int) -> float:
    """``optimized`` is best where few resign, ``equal_count`` where many do; ``nearest`` never; seeds differ by a little."""
    luck = 0.002 * (seed - 1.5)
    return {
        "status_quo": 0.0,
        "optimized": 0.05 - 0.16 * rate - 0.1 * weight + luck,
        "equal_count": 0.008 + 0.02 * rate - luck,
        "nearest": -0.03 + luck,
        "informed": 0.08,
    }[arm]


def joined(lift: Lift = crossing, seeds: Sequence[int] = (1, 2), arms: Sequence[str] = ARMS) -> pd.DataFrame:
    """A row a run and arm over all rates, weights and seeds; ``informed`` is a yardstick and has no rank."""
    rows: list[dict[str, object]] = []
    for k, (rate, weight, seed) in enumerate(itertools.product(RATES, WEIGHTS, seeds)):
        lifts = {arm: lift(arm, rate, weight, seed) for arm in arms}
        order = sorted((arm for arm in arms if arm != "informed"), key=lambda arm: -lifts[arm])
        for arm in arms:
            is_base = arm == "status_quo"
            rows.append(
                {"run": str(k), "status": "complete", "error": "", "market": "startup", "seed": float(seed), RATE: rate, WEIGHT: weight}
                | {"arm": arm, "strategy": f"strategies.{arm}.X", "baseline": is_base, "lift_share": lifts[arm]}
                | {"lift_low_share": lifts[arm] - 0.006 * (not is_base), "lift_high_share": lifts[arm] + 0.006 * (not is_base)}
                | {"rank": float(order.index(arm) + 1) if arm in order else float("nan")}
                | {"clear": arm == order[0] and lifts[order[0]] - lifts[order[1]] > 0.01}
            )
    return pd.DataFrame(rows)
