"""What is assumed where an export says nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from sim.ranges import LOG_SD, LOGIT, WORKED_H_A_WEEK, WORTH_USD, Range, check_range, check_ranges
from sim.snapshot import FloatArray

COMMERCIAL, MID_MARKET, ENTERPRISE = "commercial", "mid_market", "enterprise"
_RANGES: dict[str, Range] = {"capacity_h_per_week": WORKED_H_A_WEEK, "noise_log_sd": LOG_SD, "talent_sd": (0, LOGIT[1])}
_SEGMENT_RANGES: dict[str, Range] = {"employees": (0, 1e9), "potential_usd": WORTH_USD}


@dataclass(frozen=True)
class Assumptions:
    """Defaults for an imported market; every one that is used stands in the ledger.

    ``capacity_h_per_week``: selling time on accounts of a seat: 20 h x 0.7. ``employees``: the least number of an account of each segment.
    ``potential_usd``: the median potential a year of each segment, used as it is only where the export shows no amounts at all.
    ``noise_log_sd``: of the CRM's evidence around the truth. ``talent_sd``: between reps, in units of ``world.talent_effect``.
    """

    capacity_h_per_week: float = 14.0
    employees: Mapping[str, float] = field(default_factory=lambda: {COMMERCIAL: 0, MID_MARKET: 200, ENTERPRISE: 1000})
    potential_usd: Mapping[str, float] = field(default_factory=lambda: {COMMERCIAL: 12e3, MID_MARKET: 40e3, ENTERPRISE: 150e3})
    noise_log_sd: float = 0.6
    talent_sd: float = 0.3

    def __post_init__(self) -> None:
        check_ranges("market.assumptions", self, _RANGES)
        for name, ends in _SEGMENT_RANGES.items():
            for segment, value in getattr(self, name).items():
                check_range(f"market.assumptions.{name}.{segment}", value, ends)

    def default_usd(self, segments: tuple[str, ...]) -> FloatArray:
        """The default potential (segments,) a year."""
        return np.array([self.potential_usd[name] for name in segments], dtype=np.float64)

    def check(self, segments: tuple[str, ...]) -> None:
        """Raise ValueError unless every segment that the world knows has its entry, and no other."""
        for name in ("employees", "potential_usd"):
            if set(getattr(self, name)) != set(segments):
                raise ValueError(
                    f"market.assumptions.{name}: {', '.join(getattr(self, name))} are not the world's segments {', '.join(segments)}"
                )
