"""Synthetic markets: the truth is drawn first, the CRM's noisy and incomplete view of it after; then a year is lived."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace

import numpy as np

from sim.futures import draw_future
from sim.ledger import Ledger
from sim.market import LedgerEntry, Market, Truth, planning_problem
from sim.markets.dirt import Dirt
from sim.markets.history import snapshot_after, truth_after
from sim.markets.places import settle, us_places
from sim.planning import Strategy
from sim.policy import Policy
from sim.ranges import LOG_SD, LOGIT, SHARE, WORKED_H_A_WEEK, WORTH_USD, Range, check_ranges
from sim.simulate import simulate
from sim.snapshot import (
    COARSE_STEP,
    DAYS_PER_QUARTER,
    DAYS_PER_YEAR,
    UNASSIGNED,
    Accounts,
    BoolArray,
    FloatArray,
    IntArray,
    Seats,
    Snapshot,
    Vocabulary,
    empty_deals,
    empty_history,
    to_grid,
)
from sim.streams import Stream, generator, keyed_uniform, stream_key
from sim.world import World

INDUSTRIES = ("education", "energy", "finance", "healthcare", "logistics", "manufacturing", "media", "public", "retail", "software")
_INDUSTRY_SHARE = np.array([0.07, 0.05, 0.11, 0.14, 0.08, 0.16, 0.06, 0.07, 0.12, 0.14])
_REQUIRED_SKILLS = 1  # the key behind the draw's: an address of its own, so that nothing else shifts
_SEGMENT_RANGES: dict[str, Range] = {"share": (0, 1e6), "potential_usd": WORTH_USD, "employees": (0, 1e9)}
_RANGES: dict[str, Range] = {
    "seats_n": (1, 100_000),
    "accounts_n": (1, 10_000_000),
    "potential_log_sd": LOG_SD,
    "crm_log_sd": LOG_SD,
    "missing_share": SHARE,
    "fit_sd": (0, 10),
    "industry_logit_sd": (0, LOGIT[1]),
    "talent_sd": (0, LOGIT[1]),
    "regional_industry": (0.001, 1e6),
    "customer_share": SHARE,
    "skills_per_seat_n": (0, len(INDUSTRIES)),
    "capacity_h_per_week": WORKED_H_A_WEEK,
    "history_quarters": (0, 80),
    "required_skill_share": SHARE,
    "duplicate_share": SHARE,
    "stale_owner_share": SHARE,
}


@dataclass(frozen=True)
class SegmentSize:
    """A segment of a synthetic market: its share of the accounts, the median of a year's potential, the median number of employees."""

    share: float
    potential_usd: float
    employees: float


@dataclass(frozen=True)
class SyntheticMarket:
    """A market drawn over real US places by population, with industries that differ by state and heavy-tailed potential.

    Potential is lognormal within a segment; the CRM's estimate is truth x lognormal noise (``crm_log_sd``), missing in ``missing_share``
    of the accounts and then filled with the segment's median. ``regional_industry`` is the concentration of the Dirichlet mix of
    industries in a state around the national one: the smaller, the more the states differ. ``customer_share`` have bought before.
    ``required_skill_share`` of the accounts take nobody but a seat that knows their industry. ``duplicate_share`` and
    ``stale_owner_share``: see :class:`sim.markets.dirt.Dirt`. ``role`` is that of all seats.
    """

    label: str
    seats_n: int
    accounts_n: int
    segments: Mapping[str, SegmentSize]
    potential_log_sd: float
    crm_log_sd: float
    missing_share: float
    fit_sd: float
    industry_logit_sd: float
    talent_sd: float
    regional_industry: float
    customer_share: float
    skills_per_seat_n: int
    capacity_h_per_week: float
    history_quarters: int
    incumbent: Strategy
    role: str = "hybrid"
    required_skill_share: float = 0.0
    duplicate_share: float = 0.0
    stale_owner_share: float = 0.0

    def __post_init__(self) -> None:
        check_ranges("market", self, _RANGES)
        for name, size in self.segments.items():
            check_ranges(f"market.segments.{name}", size, _SEGMENT_RANGES)
        if not any(size.share for size in self.segments.values()):
            raise ValueError("market.segments: no segment has a share of the accounts")
        if self.role not in Vocabulary.roles:
            raise ValueError(f"market.role: {self.role!r} is not one of {', '.join(Vocabulary.roles)}")

    def draw(self, seed: int, draw: int, world: World, policy: Policy) -> Market:
        """Market number ``draw``: accounts and seats, then the history quarters lived under the incumbent design, then the CRM's dirt."""
        market = self._lived(replace(self._newborn(seed, draw), ledger=self._ledger(world)), seed, world, policy)
        dirt = Dirt(self.duplicate_share, self.stale_owner_share, self.crm_log_sd, self.missing_share, self.fit_sd)
        return dirt.on(market, seed, draw)

    def _lived(self, market: Market, seed: int, world: World, policy: Policy) -> Market:
        draw = market.draw
        history_days = float(self.history_quarters * DAYS_PER_QUARTER)
        if history_days == 0:
            return market
        problem = planning_problem(market.snapshot, world, policy, history_days)
        design = self.incumbent.assign(problem, generator(seed, Stream.INCUMBENT, draw))
        record = simulate(market, design.owner, draw_future(seed, draw, 0, Stream.HISTORY), world, policy, history_days)
        return replace(market, snapshot=snapshot_after(market.snapshot, problem, record), truth=truth_after(market.truth, record))

    def _newborn(self, seed: int, draw: int) -> Market:
        """The market on the first day of its history: nobody owns anything, nothing has happened."""
        truth_rng, crm_rng = generator(seed, Stream.TRUTH, draw), generator(seed, Stream.CRM_NOISE, draw)
        n, m = self.accounts_n, self.seats_n
        names = tuple(self.segments)
        share = np.array([s.share for s in self.segments.values()])
        segment = truth_rng.choice(len(names), n, p=share / share.sum())
        size = np.exp(self.potential_log_sd * truth_rng.standard_normal(n))
        potential = to_grid(np.array([s.potential_usd for s in self.segments.values()])[segment] * size, COARSE_STEP)
        typical_employees = np.array([s.employees for s in self.segments.values()])[segment]
        employees = typical_employees * size**0.5 * np.exp(0.5 * truth_rng.standard_normal(n))
        place, latitude, longitude = settle(truth_rng, n)
        home, home_latitude, home_longitude = settle(truth_rng, m)
        states = tuple(sorted({p.state for p in us_places()}))
        region = np.array([states.index(p.state) for p in us_places()])
        mix = truth_rng.dirichlet(self.regional_industry * _INDUSTRY_SHARE, len(states))
        industry = (truth_rng.random(n)[:, None] > np.cumsum(mix, axis=1)[region[place]]).sum(axis=1).clip(max=len(INDUSTRIES) - 1)
        fit = to_grid(truth_rng.beta(2.0, 2.0, n))
        customer = truth_rng.random(n) < self.customer_share
        since = np.where(customer, to_grid(-DAYS_PER_YEAR * truth_rng.uniform(0.0, 4.0, n)), np.nan)
        skills = np.zeros((m, len(INDUSTRIES)), dtype=np.bool_)
        for s in range(m):
            skills[s, truth_rng.choice(len(INDUSTRIES), self.skills_per_seat_n, replace=False, p=_INDUSTRY_SHARE)] = True
        talent = to_grid(self.talent_sd * truth_rng.standard_normal(m))
        start_day = to_grid(-DAYS_PER_YEAR * truth_rng.uniform(0.0, 6.0, m))
        width = len(str(n))
        accounts = Accounts(
            id=tuple(f"A{i + 1:0{width}d}" for i in range(n)),
            name=tuple(f"{us_places()[place[i]].name} {INDUSTRIES[industry[i]].title()} {i + 1}" for i in range(n)),
            segment=segment,
            industry=industry,
            region=region[place],
            latitude=latitude,
            longitude=longitude,
            employees=np.where(crm_rng.random(n) < self.missing_share, np.nan, np.ceil(employees)),
            potential_usd=self._estimate(crm_rng, potential, segment),
            fit=np.where(
                crm_rng.random(n) < self.missing_share, 0.5, to_grid(np.clip(fit + self.fit_sd * crm_rng.standard_normal(n), 0.0, 1.0))
            ),
            customer_since_day=since,
            arr_usd=np.where(customer, to_grid(potential * np.exp(self.crm_log_sd * crm_rng.standard_normal(n)), COARSE_STEP), 0.0),
            required_skills=self._required_skills(industry, skills, stream_key(seed, Stream.TRUTH, draw, _REQUIRED_SKILLS)),
            strategic=np.zeros(n, dtype=np.bool_),
            parent=np.full(n, -1),
        )
        seats = Seats(
            id=tuple(f"S{s + 1:0{len(str(m))}d}" for s in range(m)),
            name=tuple(f"Seat {s + 1} {us_places()[p].name}" for s, p in enumerate(home)),
            team=np.zeros(m, dtype=np.int64),
            role=np.full(m, Vocabulary.roles.index(self.role)),
            region=region[home],
            latitude=home_latitude,
            longitude=home_longitude,
            capacity_h_per_week=np.full(m, self.capacity_h_per_week),
            quota_usd=np.full(m, np.nan),
            start_day=start_day,
            skills=skills,
        )
        snapshot = Snapshot(
            vocabulary=Vocabulary(segments=names, industries=INDUSTRIES, regions=states, skills=INDUSTRIES, teams=("field",)),
            accounts=accounts,
            seats=seats,
            owner=np.full(n, UNASSIGNED),
            last_touch_day=np.full(n, np.nan),
            engaged_days=np.zeros(n),
            deals=empty_deals(),
            history=empty_history(),
            history_days=0.0,
        )
        truth = Truth(
            potential_usd=potential,
            fit=fit,
            industry_logit=to_grid(self.industry_logit_sd * truth_rng.standard_normal(len(INDUSTRIES))),
            talent=talent,
            view_key=stream_key(seed, Stream.REP_VIEW, draw),
            talent_sd=self.talent_sd,
        )
        return Market(label=self.label, draw=draw, snapshot=snapshot, truth=truth)

    def _ledger(self, world: World) -> tuple[LedgerEntry, ...]:
        """Nothing in a synthetic market is identified: its parameters and those of the world are all stated."""
        ledger, rule = Ledger(), "a parameter of the synthetic market"
        for name, size in self.segments.items():
            for field in fields(SegmentSize):
                ledger.assumed(f"market.segments.{name}.{field.name}", str(getattr(size, field.name)), rule)
        for field in fields(self):
            if field.name not in ("label", "segments"):
                ledger.assumed(f"market.{field.name}", str(getattr(self, field.name)), rule)
        ledger.world(world)
        return tuple(ledger.entries)

    def _required_skills(self, industry: IntArray, skills: BoolArray, key: int) -> BoolArray:
        """Skills (accounts, skills) without which nobody may work an account: its industry's, if any seat has it."""
        required = np.zeros((len(industry), skills.shape[1]), dtype=np.bool_)
        known: BoolArray = np.any(skills, axis=0)[industry]
        choosy = known & (keyed_uniform(key, np.arange(len(industry))) < self.required_skill_share)
        required[choosy, industry[choosy]] = True
        return required

    def _estimate(self, rng: np.random.Generator, potential: FloatArray, segment: IntArray) -> FloatArray:
        """What the CRM says of the potential: noisy; where missing, the median of the segment's estimates."""
        estimate = potential * np.exp(self.crm_log_sd * rng.standard_normal(len(potential)))
        missing = rng.random(len(potential)) < self.missing_share
        for s in range(len(self.segments)):
            known = estimate[(segment == s) & ~missing]
            if len(known):
                estimate[(segment == s) & missing] = np.median(known)
        return to_grid(estimate, COARSE_STEP)
