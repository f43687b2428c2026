"""The same potential per capacity for everybody, and nothing else: no place, no skill, no relationship counts.

From scratch: the longest-processing-time rule (Graham 1969, SIAM J. Appl. Math. 17(2)): the most valuable account first, each to the seat
whose potential per capacity is then the least. From today: few moves until every book is within ``tolerance_share`` of the mean, or as
near as protections, skills and the size of single accounts allow; a move brings as much as fits. The number of moves is that of a good
heuristic, not proven to be the least. In both forms an account counts for at most three quarters of a fair book, so that whoever owns a
giant still has a book to work. Where customers ask for support, books are weighed by the hours that they take: strategies/worth/support.py.

Time O(accounts x seats) from scratch, O(moves x accounts) from today. Potential is what the CRM estimates; where that is 0 the number of
accounts is evened out instead. Seats without hours get nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.planning import Assignment, PlanningProblem
from sim.ranges import BELOW_ONE, check_range
from sim.snapshot import UNASSIGNED
from strategies.shared.candidates import candidates, seat_share
from strategies.shared.moves import deal, even_out, keeps_today
from strategies.worth.pool import within_hours
from strategies.worth.support import work

MOST_OF_A_BOOK = 0.75


@dataclass(frozen=True)
class GreedyBalance:
    """Even out potential per capacity to within ``tolerance_share`` of the mean. ``from_today``: None means wherever there are owners."""

    tolerance_share: float = 0.05
    from_today: bool | None = None

    def __post_init__(self) -> None:
        check_range("greedy_balance.tolerance_share", self.tolerance_share, BELOW_ONE)

    def assign(self, problem: PlanningProblem, rng: np.random.Generator) -> Assignment:
        """Books of equal potential per capacity."""
        seats = candidates(problem)
        share = seat_share(problem, by_capacity=True)
        fair_book_usd = problem.accounts.potential_usd.sum() / np.count_nonzero(share)
        weight = work(problem, np.minimum(problem.accounts.potential_usd, MOST_OF_A_BOOK * fair_book_usd))
        keeps = keeps_today(problem, self.from_today)
        start = problem.owner if keeps else seats.fixed(problem.owner)

        unowned = seats.open(start)
        owner = deal(unowned[np.argsort(-weight[unowned], kind="stable")], start, weight, share, seats)
        if keeps:
            fair = share * weight[owner != UNASSIGNED].sum()
            limits = (1 - self.tolerance_share) * fair, (1 + self.tolerance_share) * fair
            owner = even_out(owner, weight, share, limits, seats, problem.engaged_days)
        return Assignment(within_hours(problem, owner))
