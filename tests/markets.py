"""Small markets with a truth behind them, for tests that simulate.

tiny_market()    the hand-made snapshot of tests/worlds.py; its CRM happens to be right
drawn_market()   a synthetic market of any size that has lived a year under a plain incumbent
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from sim.market import Market, Truth
from sim.markets.synthetic import SegmentSize, SyntheticMarket
from sim.planning import Assignment, PlanningProblem
from sim.policy import Policy
from sim.snapshot import Snapshot
from sim.world import World
from tests.worlds import tiny_policy, tiny_snapshot, tiny_world

SIZES = {
    "commercial": SegmentSize(share=0.6, potential_usd=12e3, employees=60),
    "mid_market": SegmentSize(share=0.3, potential_usd=40e3, employees=400),
    "enterprise": SegmentSize(share=0.1, potential_usd=150e3, employees=4000),
}


@dataclass(frozen=True)
class Dealt:
    """An incumbent that deals accounts out at random, to some seats more than to others."""

    def assign(self, problem: PlanningProblem, rng: np.random.Generator) -> Assignment:
        """Owners drawn with unequal chances."""
        seats = len(problem.seats)
        return Assignment(rng.choice(seats, len(problem.accounts), p=rng.dirichlet(np.full(seats, 8.0))))


def tiny_market(snapshot: Snapshot | None = None, **truth: Any) -> Market:
    """The market in which the CRM's estimates are the truth, nobody has talent and industries are alike."""
    snapshot = tiny_snapshot() if snapshot is None else snapshot
    plain = Truth(
        potential_usd=snapshot.accounts.potential_usd,
        fit=snapshot.accounts.fit,
        industry_logit=np.zeros(len(snapshot.vocabulary.industries)),
        talent=np.zeros(len(snapshot.seats)),
        view_key=1,
    )
    return Market(label="tiny", draw=0, snapshot=snapshot, truth=replace(plain, **truth))


def synthetic(accounts_n: int = 120, seats_n: int = 4, **changes: Any) -> SyntheticMarket:
    """A source of small synthetic markets; ``changes`` replace its fields."""
    source = SyntheticMarket(
        label="small", seats_n=seats_n, accounts_n=accounts_n, segments=SIZES, potential_log_sd=1.0, crm_log_sd=0.6, missing_share=0.05,
        fit_sd=0.1, industry_logit_sd=0.15, talent_sd=0.3, regional_industry=15, customer_share=0.15, skills_per_seat_n=3,
        capacity_h_per_week=6.0, history_quarters=4, incumbent=Dealt(),
    )  # fmt: skip
    return replace(source, **changes)


def drawn_market(seed: int = 1, world: World | None = None, policy: Policy | None = None, **changes: Any) -> Market:
    """A drawn market after its year of history."""
    return synthetic(**changes).draw(seed, 0, world or tiny_world(), policy or tiny_policy())
