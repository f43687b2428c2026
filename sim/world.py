"""How business works: rates, chances and travel. Nature's parameters; the company decides none of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from sim.behaviour import Customers, Demand, Gaming, HandOver, People
from sim.planning import PlanningRates
from sim.policy import Policy
from sim.snapshot import STAGES


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
            if name == "stage_days" and min(values) <= 0:
                raise ValueError(f"world.segments.{name}: {values} must be positive")
            if name != "stage_days" and not (0 < min(values) and max(values) < 1):
                raise ValueError(f"world.segments.{name}: {values} must lie strictly between 0 and 1")
        if self.hours_per_week <= 0:
            raise ValueError(f"world.segments.hours_per_week: {self.hours_per_week} must be positive")
        for name in ("visits_per_week", "support_h_per_week"):
            if getattr(self, name) < 0:
                raise ValueError(f"world.segments.{name}: {getattr(self, name)} must not be negative")


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
        for name in ("relationship_half_life_days", "expansion_share", "detour", "speed_km_per_h"):
            if getattr(self, name) <= 0:
                raise ValueError(f"world.{name}: {getattr(self, name)} must be positive")
        for name in ("stage_log_sd", "amount_log_sd", "view_log_sd", "ramp_days", "trip_max_h"):
            if getattr(self, name) < 0:
                raise ValueError(f"world.{name}: {getattr(self, name)} must not be negative")
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
