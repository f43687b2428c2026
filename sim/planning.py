"""The planner's view of a market, and the interface of a strategy.

A strategy sees a :class:`PlanningProblem` (what the CRM shows and what everybody in the company knows) and a random generator. It never
sees the truth, the simulation or the configuration.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np

from sim.ramp import mean_ramp
from sim.snapshot import (
    COARSE_STEP,
    UNASSIGNED,
    Accounts,
    BoolArray,
    FloatArray,
    History,
    IntArray,
    OpenDeals,
    Seats,
    Vocabulary,
    to_grid,
)

EARTH_RADIUS_KM = 6371.0


class Unsupported(Exception):
    """Raised by a strategy that cannot treat a problem; the message says why."""


@dataclass(frozen=True, eq=False)
class PlanningRates:
    """What the company knows of its own way of working. Arrays by segment have shape (segments,), by stage (segments, 3).

    ``visits_per_week`` are round trips to an account while it is worked. Chances are those of an average rep at an average account;
    a trip costs 2 x ``detour`` x distance / ``speed_km_per_h``, at most ``trip_max_h``.
    """

    hours_per_week: FloatArray
    visits_per_week: FloatArray
    stage_days: FloatArray  # mean
    pass_chance: FloatArray  # a new customer
    expansion_pass_chance: FloatArray  # at a customer
    support_h_per_week: FloatArray  # that a customer takes of its owner's hours
    expansion_share: float  # of the potential, that an expansion is worth
    rest_after_loss_days: float
    rest_after_win_days: float
    relationship_half_life_days: float
    transition_gap_days: float  # a moved account is not worked for so long
    detour: float
    speed_km_per_h: float
    trip_max_h: float
    ramp_days: float  # until a new person is as productive as the others


@dataclass(frozen=True, eq=False)
class PlanningProblem:
    """Everything a planner may look at on the day of planning. Arrays have shape (accounts,) unless noted.

    ``owner`` is today's seat or -1; ``protected`` accounts must stay with their owner; ``buffer_share`` of every seat's hours is to be
    left free. ``leave_none`` asks for an owner for every account; without it those that the hours do not suffice for may be nobody's.
    ``engaged_days`` and ``last_touch_day`` are as in the snapshot; ``seat_logit`` (seats,) and ``told_truth`` are zeros and False in every
    honest problem: only the reference arm ``informed`` is told the true potentials (in ``accounts``) and talents.
    """

    vocabulary: Vocabulary
    accounts: Accounts
    seats: Seats
    owner: IntArray
    last_touch_day: FloatArray
    engaged_days: FloatArray
    deals: OpenDeals
    history: History
    history_days: float
    protected: BoolArray
    rates: PlanningRates
    horizon_days: float
    buffer_share: float
    seat_logit: FloatArray
    leave_none: bool = True
    told_truth: bool = False

    @property
    def has_owners(self) -> bool:
        """Whether anybody owns anything today; without owners strategies carve from scratch."""
        return bool(np.any(self.owner != UNASSIGNED))

    def distance_km(self, accounts: IntArray, seats: IntArray) -> FloatArray:
        """Great-circle distance between accounts and seats' homes (index arrays, broadcast); 0 where either place is unknown.

        Haversine formula (Sinnott 1984, Sky and Telescope 68(2)).
        """
        lat_a, lon_a = np.radians(self.accounts.latitude[accounts]), np.radians(self.accounts.longitude[accounts])
        lat_s, lon_s = np.radians(self.seats.latitude[seats]), np.radians(self.seats.longitude[seats])
        h = np.sin((lat_s - lat_a) / 2) ** 2 + np.cos(lat_a) * np.cos(lat_s) * np.sin((lon_s - lon_a) / 2) ** 2
        km = np.nan_to_num(2 * EARTH_RADIUS_KM * np.arcsin(np.sqrt(np.clip(h, 0.0, 1.0))), nan=0.0)
        return to_grid(km, COARSE_STEP)

    def trip_h(self, accounts: IntArray, seats: IntArray) -> FloatArray:
        """Hours of a round trip from a seat's home to an account (index arrays, broadcast)."""
        on_the_road = 2 * self.rates.detour * self.distance_km(accounts, seats) / self.rates.speed_km_per_h
        hours: FloatArray = np.minimum(on_the_road, self.rates.trip_max_h)
        return hours

    def travel_h_per_week(self, accounts: IntArray, seats: IntArray) -> FloatArray:
        """Hours a week on the road while an account is worked from a seat's home (index arrays, broadcast)."""
        travel: FloatArray = self.rates.visits_per_week[self.accounts.segment[accounts]] * self.trip_h(accounts, seats)
        return travel

    def workload_h_per_week(self, accounts: IntArray, seats: IntArray) -> FloatArray:
        """Seat hours a week that an account costs while it is worked: selling time of its segment plus travel (index arrays, broadcast)."""
        selling = self.rates.hours_per_week[self.accounts.segment[accounts]]
        workload: FloatArray = selling + self.travel_h_per_week(accounts, seats)
        return workload

    @property
    def productive_share(self) -> FloatArray:
        """Mean ramp (seats,) over the horizon of whoever sits there or starts later; 1 where the person has ramped by day 0."""
        start_day, ramp_days = self.seats.start_day, self.rates.ramp_days
        over_horizon = mean_ramp(np.zeros(1), np.full(1, self.horizon_days), start_day, ramp_days)
        return np.where(start_day <= -ramp_days, 1.0, over_horizon)

    @property
    def support_h_per_week(self) -> FloatArray:
        """Hours a week (accounts,) that an account takes of its owner as a customer, worked or not; 0 for those who are none."""
        customer = ~np.isnan(self.accounts.customer_since_day)
        hours: FloatArray = np.where(customer, self.rates.support_h_per_week[self.accounts.segment], 0.0)
        return hours

    def has_skills(self, accounts: IntArray, seats: IntArray) -> BoolArray:
        """Whether a seat has all the skills that an account requires (index arrays, broadcast)."""
        missing = self.accounts.required_skills[accounts] & ~self.seats.skills[seats]
        has: BoolArray = np.logical_not(missing.any(axis=-1))
        return has

    def eligible(self, accounts: IntArray, seats: IntArray) -> BoolArray:
        """Whether a seat may work an account (index arrays, broadcast): it has the required skills, and its role is made for it.

        Farmers work customers only, hunters prospects only; but where there are no farmers, hunters keep what they win.
        """
        customer = ~np.isnan(self.accounts.customer_since_day[accounts])
        works = np.where(customer, self.works_customers[seats], self.works_prospects[seats])
        return np.logical_and(self.has_skills(accounts, seats), works)

    @property
    def works_prospects(self) -> BoolArray:
        """Which seats (seats,) work accounts that have never bought."""
        return np.not_equal(self.seats.role, self.vocabulary.roles.index("farmer"))

    @property
    def works_customers(self) -> BoolArray:
        """Which seats (seats,) work customers."""
        role = self.vocabulary.roles.index
        hunter, farmer = self.seats.role == role("hunter"), self.seats.role == role("farmer")
        works: BoolArray = np.logical_not(hunter & farmer.any())
        return works

    def skill_match(self, accounts: IntArray, seats: IntArray) -> BoolArray:
        """Whether a seat is skilled in an account's industry (index arrays, broadcast). Skills are named after industries or languages."""
        position = {name: k for k, name in enumerate(self.vocabulary.skills)}
        skill_of_industry = np.array([position.get(name, -1) for name in self.vocabulary.industries], dtype=np.int64)
        if not len(self.vocabulary.skills):
            return np.zeros(np.broadcast(accounts, seats).shape, dtype=np.bool_)
        skill = skill_of_industry[self.accounts.industry[accounts]]
        match: BoolArray = (skill >= 0) & self.seats.skills[seats, skill]
        return match

    def relationship(self, engaged_days: FloatArray) -> FloatArray:
        """Strength of a relationship, 0..1, after so many days of being worked by the same owner: 1 - 2^(-days / half-life)."""
        return to_grid(1.0 - np.exp2(-engaged_days / self.rates.relationship_half_life_days))

    @property
    def rest_until_day(self) -> FloatArray:
        """Day (accounts,) until which each rests by policy, from its last win or loss in the history (of several on one day the one that
        rests longer); -inf where nothing rests.
        """
        history, rest, last_day = self.history, np.full(len(self.accounts), -np.inf), np.full(len(self.accounts), -np.inf)
        np.maximum.at(last_day, history.account, history.closed_day)
        rest_days = np.where(history.won, self.rates.rest_after_win_days, self.rates.rest_after_loss_days)
        last = history.closed_day == last_day[history.account]
        np.maximum.at(rest, history.account[last], (history.closed_day + rest_days)[last])
        return rest

    @property
    def open_stage(self) -> IntArray:
        """Stage of the open deal at each account, -1 where there is none."""
        stage = np.full(len(self.accounts), -1, dtype=np.int64)
        stage[self.deals.account] = self.deals.stage
        return stage


@dataclass(frozen=True, eq=False)
class Assignment:
    """A design: ``owner`` is an int array (accounts,) of seat positions, -1 = unassigned.

    ``info`` is the planner's own word, scalars by name: ``objective_usd``, ``bound_usd``, ``gap_share``, ``status`` where there are any.
    ``planning_h_per_seat`` are hours of selling that everybody spends on making the design, at roll-out or at a review; 0 where it is made
    for them.
    """

    owner: IntArray
    info: Mapping[str, Any] = field(default_factory=dict)
    planning_h_per_seat: float = 0.0

    def __post_init__(self) -> None:
        if not 0 <= self.planning_h_per_seat < np.inf:
            raise ValueError(f"assignment.planning_h_per_seat: {self.planning_h_per_seat} must be a number of hours, at least 0")
        owner = np.array(self.owner)
        if owner.ndim != 1 or not np.issubdtype(owner.dtype, np.integer):
            raise ValueError(f"assignment.owner: an integer array (accounts,) is expected, not {owner.dtype} of shape {owner.shape}")
        owner = owner.astype(np.int64)
        owner.setflags(write=False)
        object.__setattr__(self, "owner", owner)


class Strategy(Protocol):
    """Frozen dataclass of hyper-parameters. Pure: same problem, same generator state, same assignment.

    Reads no clock, file, module state or simulation truth. Raises :class:`Unsupported` where it cannot treat a problem.
    """

    def assign(self, problem: PlanningProblem, rng: np.random.Generator) -> Assignment:
        """Carve the market: an owner for every account."""
        ...
