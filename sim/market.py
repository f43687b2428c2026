"""A market: what its CRM shows, the truth behind it, and a ledger of what was assumed to make it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from sim.planning import PlanningProblem
from sim.policy import PROTECTIONS, Policy
from sim.snapshot import STAGES, UNASSIGNED, BoolArray, FloatArray, IntArray, OpenDeals, Snapshot
from sim.world import World


@dataclass(frozen=True)
class LedgerEntry:
    """One parameter and where its value comes from: ``status`` is ``identified`` (by the data) or ``assumed`` (a default or a rule)."""

    parameter: str
    value: str
    status: str
    rule: str
    rows_n: int = 0  # rows that were filled by the rule


@dataclass(frozen=True, eq=False)
class Truth:
    """What no CRM shows. Known to the simulator only.

    ``potential_usd`` (accounts,) a year if won; ``fit`` (accounts,) 0..1; ``industry_logit`` (industries,) added to every stage's chance;
    ``talent`` (seats,) in units of ``world.talent_effect``, ``talent_sd`` the spread of the talents of those who come later; ``view_key``
    addresses each rep's own opinion of each account; ``amount_scale`` multiplies every amount (1 in a synthetic market; fitted to past
    bookings in an imported one). Where these are None, the CRM is right: ``person`` (seats,) numbers the people a seat has had (None: the
    first is there); ``worked_by`` (accounts,) is the seat that really has the relationship; ``same_as`` (accounts,) the account that a row
    really is; ``deals`` are the deals as they really stand; ``born_day`` (accounts,) is when an account appears (None: all are there).
    """

    potential_usd: FloatArray
    fit: FloatArray
    industry_logit: FloatArray
    talent: FloatArray
    view_key: int
    amount_scale: float = 1.0
    talent_sd: float = 0.0
    person: IntArray | None = None
    worked_by: IntArray | None = None
    same_as: IntArray | None = None
    deals: OpenDeals | None = None
    born_day: FloatArray | None = None


@dataclass(frozen=True, eq=False)
class Market:
    """One draw of a market. ``notes`` are lines for the terminal: warnings, and what was filled in.

    ``factors`` are those by which this draw's parameters are off what is stated (:mod:`sim.uncertainty`); none in a synthetic market.
    """

    label: str
    draw: int
    snapshot: Snapshot
    truth: Truth
    ledger: tuple[LedgerEntry, ...] = ()
    notes: tuple[str, ...] = ()
    imported: bool = False
    factors: Mapping[str, float] = field(default_factory=dict)


class MarketSource(Protocol):
    """Where markets come from: ``SyntheticMarket`` draws them, ``CrmMarket`` reads them from a folder."""

    @property
    def label(self) -> str:
        """The market's name in tables and folders."""
        ...

    def draw(self, seed: int, draw: int, world: World, policy: Policy) -> Market:
        """Market number ``draw`` of the run with this seed."""
        ...


def protected(snapshot: Snapshot, policy: Policy) -> BoolArray:
    """Which accounts must stay with their owner (accounts,): see :class:`sim.policy.Policy`."""
    keep = np.zeros(len(snapshot.accounts), dtype=np.bool_)
    if policy.protect == "none":
        return keep
    first_stage = 0 if policy.protect == "relationships" else PROTECTIONS.index(policy.protect) - PROTECTIONS.index(STAGES[0])
    deals = snapshot.deals
    keep[deals.account[deals.stage >= first_stage]] = True
    if policy.protect == "relationships":
        keep |= snapshot.engaged_days > 0
    keep &= snapshot.owner != UNASSIGNED
    return keep


def planning_problem(snapshot: Snapshot, world: World, policy: Policy, horizon_days: float) -> PlanningProblem:
    """What a planner may look at: the snapshot, the public rates and the company's rules."""
    return PlanningProblem(
        vocabulary=snapshot.vocabulary,
        accounts=snapshot.accounts,
        seats=snapshot.seats,
        owner=snapshot.owner,
        last_touch_day=snapshot.last_touch_day,
        engaged_days=snapshot.engaged_days,
        deals=snapshot.deals,
        history=snapshot.history,
        history_days=snapshot.history_days,
        protected=protected(snapshot, policy),
        rates=world.planning_rates(snapshot.vocabulary.segments, policy),
        horizon_days=horizon_days,
        buffer_share=policy.buffer_share,
        leave_none=policy.leave_none,
        seat_logit=np.zeros(len(snapshot.seats)),
    )
