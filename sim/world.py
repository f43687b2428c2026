"""How business works: rates, chances and travel. Nature's parameters; the company decides none of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from sim.behaviour import Customers, Demand, Gaming, HandOver, People
from sim.planning import PlanningRates
from sim.policy import Policy
from sim.ranges import CHANCE, DAYS, HOURS_A_WEEK, LOG_SD, LOGIT, WORKED_H_A_WEEK, Range, check_ranges
from sim.snapshot import STAGES

_SEGMENT_RANGES: dict[str, Range] = {
    "hours_per_week": WORKED_H_A_WEEK,
    "visits_per_week": (0, 100),
    "support_h_per_week": HOURS_A_WEEK,
    "stage_days": (0.001, DAYS[1]),
    "pass_chance": CHANCE,
    "expansion_pass_chance": CHANCE,
}
_RANGES: dict[str, Range] = {
    "stage_log_sd": LOG_SD,
    "fit_effect": LOGIT,
    "skill_effect": LOGIT,
    "talent_effect": LOGIT,
    "relationship_effect": LOGIT,
    "ramp_effect": LOGIT,
    "relationship_half_life_days": (0.001, DAYS[1]),
    "ramp_days": DAYS,
    "amount_log_sd": LOG_SD,
    "expansion_share": (1e-6, 1000),
    "view_log_sd": LOG_SD,
    "detour": (0.001, 1000),
    "speed_km_per_h": (0.001, 1e6),
    "trip_max_h": HOURS_A_WEEK,
}


@dataclass(frozen=True)
class SegmentRates:
    """How accounts of one segment are worked. ``stage_days`` are means; chances are those of an average rep at an average account.

    ``support_h_per_week`` is what a customer takes of its owner's hours, whether or not anything is sold to it.
    """

    hours_per_week: float
    visits_per_week: float
    stage_days: tuple[float, ...]
    pass_chance: tuple[float, ...]
    expansion_pass_chance: tuple[float, ...]
    support_h_per_week: float = 0.0

    def __post_init__(self) -> None:
        for name in ("stage_days", "pass_chance", "expansion_pass_chance"):
            values = tuple(float(v) for v in getattr(self, name))
            object.__setattr__(self, name, values)
            if len(values) != len(STAGES):
                raise ValueError(f"world.segments.{name}: {len(values)} values, one for each of {', '.join(STAGES)} is expected")

    def check(self, segment: str) -> None:
        """Raise ValueError for a number outside its range; the message names the segment."""
        check_ranges(f"world.segments.{segment}", self, _SEGMENT_RANGES)


@dataclass(frozen=True)
class World:
    """Parameters of nature. The defaults, their sources and grades stand in ``conf/world/default.yaml``.

    A stage is passed with the chance logistic(logit(base) + industry + ``fit_effect`` (fit - 1/2) + ``skill_effect`` [skill match]
    + ``relationship_effect`` relationship + ``talent_effect`` talent + ``ramp_effect`` (ramp - 1)). What else happens stands in the groups
    of ``sim/behaviour.py``.
    """

    segments: Mapping[str, SegmentRates]
    stage_log_sd: float
    fit_effect: float
    skill_effect: float
    talent_effect: float
    relationship_effect: float
    ramp_effect: float
    relationship_half_life_days: float
    ramp_days: float
    amount_log_sd: float
    expansion_share: float
    view_log_sd: float
    detour: float
    speed_km_per_h: float
    trip_max_h: float
    people: People = field(default_factory=People)
    customers: Customers = field(default_factory=Customers)
    demand: Demand = field(default_factory=Demand)
    hand_over: HandOver = field(default_factory=HandOver)
    gaming: Gaming = field(default_factory=Gaming)

    def __post_init__(self) -> None:
        check_ranges("world", self, _RANGES)
        for segment, rates in self.segments.items():
            rates.check(segment)
        for shock in self.demand.shocks:
            if shock.segment is not None and shock.segment not in self.segments:
                raise ValueError(f"world.demand.shocks: segment {shock.segment!r} is not there; there are {', '.join(self.segments)}")

    def planning_rates(self, segments: tuple[str, ...], policy: Policy) -> PlanningRates:
        """The public part, with one row for each of ``segments``. Raises ValueError for a segment this world does not know."""
        unknown = [s for s in segments if s not in self.segments]
        if unknown:
            raise ValueError(f"world.segments: {unknown[0]!r} is not there; there are {', '.join(self.segments)}")
        rows = [self.segments[s] for s in segments]
        return PlanningRates(
            hours_per_week=np.array([r.hours_per_week for r in rows], dtype=np.float64),
            visits_per_week=np.array([r.visits_per_week for r in rows], dtype=np.float64),
            stage_days=np.array([r.stage_days for r in rows], dtype=np.float64).reshape(-1, len(STAGES)),
            pass_chance=np.array([r.pass_chance for r in rows], dtype=np.float64).reshape(-1, len(STAGES)),
            expansion_pass_chance=np.array([r.expansion_pass_chance for r in rows], dtype=np.float64).reshape(-1, len(STAGES)),
            support_h_per_week=np.array([r.support_h_per_week for r in rows], dtype=np.float64),
            expansion_share=self.expansion_share,
            rest_after_loss_days=policy.rest_after_loss_days,
            rest_after_win_days=policy.rest_after_win_days,
            relationship_half_life_days=self.relationship_half_life_days,
            transition_gap_days=policy.transition_gap_days,
            detour=self.detour,
            speed_km_per_h=self.speed_km_per_h,
            trip_max_h=self.trip_max_h,
            ramp_days=self.ramp_days,
        )
