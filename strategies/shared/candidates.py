"""Who may own what: the seats that a planner considers for each account.

Accounts that the same seats may own, by skills and roles, are of one *kind*; only a table kinds x seats is kept, never accounts x seats.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from sim.planning import PlanningProblem
from sim.snapshot import UNASSIGNED, BoolArray, FloatArray, IntArray

_CHUNK_PAIRS_N = 2_000_000


@dataclass(frozen=True, eq=False)
class Candidates:
    """``kind`` (accounts,) is each account's row in ``allowed`` (kinds, seats); ``stays`` (accounts,) marks those that may not be touched.

    Allowed are the eligible seats that have hours; where no eligible seat has any, the eligible ones. An account stays if it is
    protected, or if nobody may be given it: with its owner if it has one, else unassigned. ``in_reach``, where there is one, says which
    pairs (index arrays, broadcast) are near enough to each other for the account to be given to the seat.
    """

    kind: IntArray
    allowed: BoolArray
    stays: BoolArray
    in_reach: Callable[[IntArray, IntArray], BoolArray] | None = None

    def may_own(self, accounts: IntArray, seats: IntArray | int) -> BoolArray:
        """Which accounts may be given to which seats (index arrays, broadcast)."""
        seats = np.asarray(seats)
        allowed: BoolArray = self.allowed[self.kind[accounts], seats]
        return allowed if self.in_reach is None else allowed & self.in_reach(accounts, seats)

    def keeps(self, owner: IntArray) -> BoolArray:
        """Which accounts (accounts,) may stay with these owners: far away is no reason to take one away, a missing skill is."""
        kept: BoolArray = (owner != UNASSIGNED) & (self.stays | self.allowed[self.kind, owner])
        return kept

    def fixed(self, owner: IntArray) -> IntArray:
        """Owners (accounts,) when everything that may be touched has been taken away: where a design from scratch begins."""
        return np.where(self.stays, owner, UNASSIGNED)

    def open(self, owner: IntArray) -> IntArray:
        """Positions of the accounts that are to be given to somebody."""
        return np.flatnonzero((owner == UNASSIGNED) & ~self.stays)


def candidates(problem: PlanningProblem, *, by_team: bool = False, distance_max_km: float | None = None) -> Candidates:
    """The candidates of a problem, by its eligibility, hours and protections.

    ``by_team``: an account is only for the seats whose team is named after its segment; for anybody where no seat's team is.
    ``distance_max_km``: it may only be given to a seat within it; where either place is unknown, to any.
    """
    roles_bind = np.any(problem.works_customers != problem.works_prospects)
    team = _team_of_segment(problem)[problem.accounts.segment] if by_team else np.full(len(problem.accounts), -1)
    customer = ~np.isnan(problem.accounts.customer_since_day)
    wants = np.column_stack([problem.accounts.required_skills, roles_bind & customer, team])
    _, first, kind = np.unique(wants, axis=0, return_index=True, return_inverse=True)
    eligible = problem.eligible(first[:, None], np.arange(len(problem.seats))[None, :])
    eligible &= (team[first][:, None] < 0) | (problem.seats.team == team[first][:, None])
    with_hours = eligible & (seat_share(problem, by_capacity=False) > 0)
    allowed = np.where(with_hours.sum(axis=1)[:, None] > 0, with_hours, eligible)
    nobody = allowed.sum(axis=1) == 0
    kind = kind.reshape(-1)
    who = Candidates(kind=kind, allowed=allowed, stays=problem.protected | nobody[kind])
    if distance_max_km is None:
        return who
    who = replace(who, in_reach=lambda accounts, seats: problem.distance_km(accounts, seats) <= distance_max_km)
    stays = who.stays.copy()
    stays[_out_of_reach(who, np.flatnonzero(~who.keeps(problem.owner) & ~who.stays))] = True
    return replace(who, stays=stays)


def _team_of_segment(problem: PlanningProblem) -> IntArray:
    """Team (segments,) named after each segment, -1 where no seat belongs to such a team."""
    manned = {problem.vocabulary.teams[t]: int(t) for t in np.unique(problem.seats.team)}
    return np.array([manned.get(name, -1) for name in problem.vocabulary.segments], dtype=np.int64)


def _out_of_reach(who: Candidates, accounts: IntArray) -> IntArray:
    """Those of ``accounts`` that no seat may be given."""
    seats = np.arange(who.allowed.shape[1])
    size = max(_CHUNK_PAIRS_N // len(seats), 1)
    chunks = (accounts[k : k + size] for k in range(0, len(accounts), size))
    nowhere = [chunk[~who.may_own(chunk[:, None], seats).any(axis=1)] for chunk in chunks]
    return np.concatenate([np.zeros(0, dtype=np.int64), *nowhere])


def seat_share(problem: PlanningProblem, *, by_capacity: bool) -> FloatArray:
    """Each seat's fair share (seats,) of the whole; they sum to 1. Even among the seats that have hours, or by their hours.

    A seat without hours, or in which nobody starts before the horizon, has no share, unless that is so of all: then they are alike. One in
    which somebody ramps, or starts later, has that of a ramped one, since that is what it will be.
    """
    hours = problem.seats.capacity_h_per_week * (problem.productive_share > 0)
    weight = hours if by_capacity else (hours > 0).astype(np.float64)
    if not weight.any():
        weight = np.ones(len(hours))
    share: FloatArray = weight / weight.sum()
    return share
