"""A dedicated team for the strategic accounts, then any strategy for the rest.

1. Named are ``accounts_share`` of the accounts: those that the CRM marks as strategic first, then those of the largest potential.
2. The team has as many seats as the hours that the named accounts ask for are of all hours asked, at least one, and leaves at least one to
   the rest. In it are those who own the most potential of the named accounts today, then those skilled for the most of it. Only seats with
   hours count.
3. Inside the team, potential is dealt by the longest-processing-time rule: strategies/greedy_balance.py, in its form from today wherever
   the team owns any of the named accounts, so that nobody loses one that he has unless the books are uneven.
4. The rest is planned by ``inner`` among the other seats.

An account that nobody in its team may own goes to the other one; protected accounts stay with their owner. Where fewer than two seats have
hours there is no team to dedicate, and ``inner`` plans the whole. Where an estimate is missing, what stands in its place decides. Time
that of the two strategies.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.planning import Assignment, PlanningProblem
from sim.ranges import check_range
from sim.snapshot import BoolArray, IntArray
from strategies.greedy_balance import GreedyBalance
from strategies.segment_first import hours_asked
from strategies.shared.candidates import candidates, seat_share
from strategies.shared.part import Composite, divide, plan_parts


@dataclass(frozen=True)
class NamedAccounts(Composite):
    """A team for ``accounts_share`` of the accounts; ``inner`` plans the rest."""

    accounts_share: float = 0.05

    def __post_init__(self) -> None:
        super().__post_init__()
        check_range("named_accounts.accounts_share", self.accounts_share, (1e-6, 0.999))

    def assign(self, problem: PlanningProblem, rng: np.random.Generator) -> Assignment:
        """Named accounts in the books of a team, the rest as ``inner`` says; raises Unsupported if that does."""
        named = named_accounts(problem, self.accounts_share)
        team = dedicated_seats(problem, named)
        if not team.any():
            return self.inner.assign(problem, rng)
        rest = divide(problem, candidates(problem), (~named).astype(np.int64), (~team).astype(np.int64))
        return plan_parts(problem, rest, [GreedyBalance(), self.inner], rng)


def named_accounts(problem: PlanningProblem, share: float) -> BoolArray:
    """Which accounts (accounts,) are named: this share of them, rounded up; strategic ones first, then by potential."""
    accounts = problem.accounts
    named = np.zeros(len(accounts), dtype=np.bool_)
    named[np.lexsort((-accounts.potential_usd, ~accounts.strategic))[: int(np.ceil(share * len(accounts)))]] = True
    return named


def dedicated_seats(problem: PlanningProblem, named: BoolArray) -> BoolArray:
    """Which seats (seats,) work the ``named`` accounts (accounts,) and nothing else; none where fewer than two have hours."""
    working: IntArray = np.flatnonzero(seat_share(problem, by_capacity=False))
    team = np.zeros(len(problem.seats), dtype=np.bool_)
    if len(working) < 2:
        return team
    hours = hours_asked(problem)
    seats_n = round(len(working) * float(hours[named].sum() / hours.sum()))
    accounts, potential_usd = np.flatnonzero(named), problem.accounts.potential_usd[named]
    owns_usd = [potential_usd[problem.owner[accounts] == seat].sum() for seat in working]
    skilled_usd = [(potential_usd * problem.eligible(accounts, s) * (1.0 + problem.skill_match(accounts, s))).sum() for s in working]
    order = np.lexsort((-np.array(skilled_usd), -np.array(owns_usd)))
    team[working[order[: min(max(seats_n, 1), len(working) - 1)]]] = True
    return team
