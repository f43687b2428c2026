"""Capacity-balanced k-means: compact territories that weigh the same. The open-source usual.

Minimise the sum over accounts of the squared distance (km) from the middle of their territory, such that every book weighs its share of the
whole within ``tolerance_share`` (Bradley, Bennett & Demiriz 2000, MSR-TR-2000-65; here with limits below and above, and on weights instead
of numbers). Two steps take turns until no account changes, at most ``ROUNDS_N`` times:

1. Given the middles, accounts are assigned by a minimum-cost flow from accounts, which supply their weight, to seats, which take their
   share (OR-Tools, cost scaling: Goldberg & Tarjan 1990, Math. Oper. Res. 15(3)). Fewer accounts than there are seats are split between
   seats, and go whole to the one with the largest part. What cannot be kept within limits is beyond them at a price.
2. Given the assignment, a territory's middle is the mean place of its accounts.

From scratch the first middles are drawn by k-means++ (Arthur & Vassilvitskii 2007, SODA), and in every round they are matched with seats
one to one so that homes are near (assignment problem). From today a territory is a seat's book from the start, and whoever takes an account
over must be so much nearer that (km before)^2 - (km after)^2 exceeds the square of ``move_km``, unless balance wants the move. Splitting
and giants may leave books outside the limits; a few moves even them out at the end, and give the lightest accounts of the longest books to
a book of hardly any accounts. They no longer look at places.

``balance``: ``potential`` per capacity hour (with the hours of support, where customers ask for any), ``workload`` (hours that accounts ask
for, without travel, and of support) per capacity hour, or ``count``. An account weighs at most three quarters of a fair book. Only eligible
seats with hours are considered, for each account the ``SEATS_NEAR_N`` that cost least. Time O(accounts x seats) a round for distances; the
flow takes some 0.03 s at 3,000 x 20 and 1 s at 30,000 x 200.

Where data are missing: an account without a place is in the middle of its region (strategies/shared/places.py). If that is not known either
it stays with its owner, and without one it is dealt to the lightest book. If no account has a place the strategy says so.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.planning import Assignment, PlanningProblem, Unsupported
from sim.ranges import BELOW_ONE, Range, check_ranges
from sim.snapshot import DAYS_PER_WEEK, UNASSIGNED, FloatArray, IntArray
from strategies.shared.candidates import Candidates, candidates, seat_share
from strategies.shared.moves import books, deal, even_out, keeps_today
from strategies.shared.places import Places, middles, places
from strategies.worth.pool import within_hours
from strategies.worth.support import work

ROUNDS_N = 10
SEATS_NEAR_N = 10
MOST_OF_A_BOOK = 0.75
LEAST_BOOK_SHARE = 0.25  # of a fair number of accounts: a few giants are no book
UNITS_PER_ACCOUNT = 1000  # whole units of weight in the flow, for an account of mean weight
SAME_UNITS = 1e-6  # so near to a whole unit is that unit: (1 + 0.15) x 100 is a little below 115
ACCOUNTS_PER_BLOCK = 4096
COST_STEPS_PER_KM2 = 100
BEYOND_LIMITS = 10  # times the highest cost of a unit


_RANGES: dict[str, Range] = {"tolerance_share": BELOW_ONE, "move_km": (0, 1e6)}


@dataclass(frozen=True)
class BalancedClusters:
    """Compact territories of equal weight. ``from_today``: start from today's books; None: wherever there are owners."""

    balance: str = "potential"
    tolerance_share: float = 0.05
    move_km: float = 2000.0
    from_today: bool | None = None

    def __post_init__(self) -> None:
        if self.balance not in ("potential", "workload", "count"):
            raise ValueError(f"balanced_clusters.balance: {self.balance!r} must be potential, workload or count")
        check_ranges("balanced_clusters", self, _RANGES)

    def assign(self, problem: PlanningProblem, rng: np.random.Generator) -> Assignment:
        """Compact books of equal weight; raises Unsupported if no account has a place."""
        who, where = candidates(problem), places(problem)
        if not where.known.any():
            raise Unsupported("balanced_clusters: no account has a place, so there is nothing to cluster")
        keeps = keeps_today(problem, self.from_today)
        share = seat_share(problem, by_capacity=self.balance != "count")
        weight = self._weight(problem, share)
        owner = problem.owner if keeps else who.fixed(problem.owner)

        working = np.flatnonzero(share > 0)
        flow = _Flow(problem, who, where, weight, share, self.tolerance_share, self.move_km if keeps else 0.0)
        middle_km = where.home_km.copy()
        if not keeps:
            middle_km[working] = _spread_out(where.account_km[where.known], len(working), rng)
        for _ in range(ROUNDS_N):
            middle_km = _middles_of_books(owner, where, middle_km)
            if not keeps:
                middle_km[working] = middle_km[working][_matched(where.home_km[working], middle_km[working])]
            before, owner = owner, flow.assigned(owner, middle_km)
            if np.array_equal(before, owner):
                break
        unowned = who.open(owner)
        owner = deal(unowned[np.argsort(-weight[unowned], kind="stable")], owner, weight, share, who)
        fair = share * weight[owner != UNASSIGNED].sum()
        limits = (1 - self.tolerance_share) * fair, (1 + self.tolerance_share) * fair
        owner = even_out(owner, weight, share, limits, who, problem.engaged_days)
        by_count = seat_share(problem, by_capacity=False)
        least_n = np.ceil(LEAST_BOOK_SHARE * by_count * len(owner))
        owner = even_out(owner, np.ones(len(owner)), by_count, (least_n, np.full(len(least_n), np.inf)), who, weight)
        return Assignment(within_hours(problem, owner))

    def _weight(self, problem: PlanningProblem, share: FloatArray) -> FloatArray:
        """What an account (accounts,) weighs in a book; every account weighs something."""
        if self.balance == "count":
            return np.ones(len(problem.accounts))
        if self.balance == "workload":
            weight = _hours_asked(problem)
        else:
            fair_book_usd = problem.accounts.potential_usd.sum() / np.count_nonzero(share)
            weight = work(problem, np.minimum(problem.accounts.potential_usd, MOST_OF_A_BOOK * fair_book_usd))
        return np.maximum(weight, 1e-3 * weight.mean()) if weight.any() else np.ones(len(weight))


def _hours_asked(problem: PlanningProblem) -> FloatArray:
    """Hours (accounts,) asked of an owner without travel, were accounts always worked, in attempts that last their mean; and support."""
    rates, segment = problem.rates, problem.accounts.segment
    customer = ~np.isnan(problem.accounts.customer_since_day)
    chance = np.where(customer[:, None], rates.expansion_pass_chance[segment], rates.pass_chance[segment])
    reached = np.cumprod(np.column_stack([np.ones(len(segment)), chance[:, :-1]]), axis=1)
    days = (reached * rates.stage_days[segment]).sum(axis=1)
    attempts_n = np.maximum(problem.horizon_days / (days + rates.rest_after_loss_days), 1.0)
    selling_h = rates.hours_per_week[segment] * days / DAYS_PER_WEEK * attempts_n
    hours: FloatArray = selling_h + problem.support_h_per_week * problem.horizon_days / DAYS_PER_WEEK
    return hours


@dataclass(frozen=True, eq=False)
class _Flow:
    """Step 1. Accounts that may not be touched, or are nowhere, stay where they are and count in the books."""

    problem: PlanningProblem
    who: Candidates
    where: Places
    weight: FloatArray
    share: FloatArray
    tolerance_share: float
    move_km: float

    def assigned(self, owner: IntArray, middle_km: FloatArray) -> IntArray:
        """Owners (accounts,) at the least cost, given the middle (seats, 3) of every territory."""
        from ortools.graph.python.min_cost_flow import SimpleMinCostFlow

        open_ = np.flatnonzero(self.where.known & ~self.who.stays)
        if not len(open_):
            return owner
        account, seat, cost_km2 = self._arcs(open_, middle_km)
        unit = self.weight[open_].sum() / (UNITS_PER_ACCOUNT * len(open_))
        supply = np.maximum(np.rint(self.weight[open_] / unit), 1.0).astype(np.int64)
        least, band = self._room(owner, open_, unit)
        cost = np.rint(cost_km2 / supply[account] * COST_STEPS_PER_KM2).astype(np.int64)
        beyond = np.full(len(least), BEYOND_LIMITS * (int(cost.max()) + 1))
        n, seats = len(open_), np.arange(len(least))
        sink = np.full(len(seats), n + len(seats))

        flow = SimpleMinCostFlow()
        arcs = flow.add_arcs_with_capacity_and_unit_cost(account, n + seat, supply[account], cost)
        for capacity, price in ((least, -beyond), (band, 0 * beyond), (np.full(len(seats), supply.sum()), beyond)):
            flow.add_arcs_with_capacity_and_unit_cost(n + seats, sink, capacity, price)
        flow.set_nodes_supplies(np.arange(n + len(seats) + 1), np.concatenate([supply, 0 * seats, [-supply.sum()]]))
        status = flow.solve()
        if status != flow.OPTIMAL:
            raise RuntimeError(f"balanced_clusters: the flow ended with {status}")
        order = np.lexsort((seat, flow.flows(arcs)))  # of every account the arc with the most comes last
        owner = owner.copy()
        owner[open_[account[order]]] = seat[order]
        return owner

    def _arcs(self, accounts: IntArray, middle_km: FloatArray) -> tuple[IntArray, IntArray, FloatArray]:
        """Position in ``accounts``, seat and cost of the pairs to choose from: of every account the seats that cost least."""
        blocks = []
        near_n = min(SEATS_NEAR_N, len(middle_km))
        for first in range(0, len(accounts), ACCOUNTS_PER_BLOCK):
            block = accounts[first : first + ACCOUNTS_PER_BLOCK]
            apart = self.where.account_km[block][:, None, :] - middle_km[None, :, :]
            cost = np.einsum("ijk,ijk->ij", apart, apart)
            cost += self.move_km**2 * (self.problem.owner[block][:, None] != np.arange(len(middle_km))[None, :])
            cost[~self.who.allowed[self.who.kind[block]]] = np.inf
            most = np.partition(cost, near_n - 1, axis=1)[:, near_n - 1 : near_n]  # argpartition picks among equals by processor
            position, seat = np.nonzero((cost <= most) & np.isfinite(cost))
            blocks.append((first + position, seat, cost[position, seat]))
        position, seat, cost = (np.concatenate(each) for each in zip(*blocks, strict=True))
        return position, seat, cost

    def _room(self, owner: IntArray, open_: IntArray, unit: float) -> tuple[IntArray, IntArray]:
        """Units of weight (seats,) that every book still has to get, and that it may get on top."""
        fixed = owner.copy()
        fixed[open_] = UNASSIGNED
        has, _ = books(fixed, self.weight, len(self.share))
        fair = self.share * (has.sum() + self.weight[open_].sum())
        least = np.maximum((1 - self.tolerance_share) * fair - has, 0.0)
        most = np.maximum((1 + self.tolerance_share) * fair - has, 0.0)
        least_units = np.ceil(least / unit - SAME_UNITS).astype(np.int64)
        most_units = np.floor(most / unit + SAME_UNITS).astype(np.int64)
        return least_units, np.maximum(most_units - least_units, 0)


def _spread_out(points_km: FloatArray, groups_n: int, rng: np.random.Generator) -> FloatArray:
    """Points (groups, 3) drawn one by one, each with a chance that grows with its squared distance from those before: k-means++."""
    chosen = [int(rng.integers(len(points_km)))]
    squared = np.full(len(points_km), np.inf)
    while len(chosen) < groups_n:
        squared = np.minimum(squared, ((points_km - points_km[chosen[-1]]) ** 2).sum(axis=1))
        summed = np.cumsum(squared) if squared.any() else np.arange(1.0, len(squared) + 1)
        chosen.append(int(np.searchsorted(summed, rng.random() * summed[-1], side="right")))
    return points_km[chosen]


def _middles_of_books(owner: IntArray, where: Places, otherwise_km: FloatArray) -> FloatArray:
    """Mean place (seats, 3) of the accounts of each book; ``otherwise_km`` for one without any that is somewhere."""
    inside = where.known & (owner != UNASSIGNED)
    return middles(where.account_km[inside], owner[inside], otherwise_km)


def _matched(home_km: FloatArray, middle_km: FloatArray) -> IntArray:
    """The middle (seats,) for each home, one to one, so that the sum of the distances is the least."""
    from scipy.optimize import linear_sum_assignment
    from scipy.spatial.distance import cdist

    matched: IntArray = linear_sum_assignment(cdist(home_km, middle_km))[1]
    return matched
