"""Nearest-neighbour territories, on place and features: an account belongs with what is near it.

From scratch an account goes to the nearest seat. Distance is that from the seat's home, in a space in which a seat that does not know the
account's industry is ``SKILL_KM`` farther away. So that no seat drowns or starves, it is *nearest with room*: the nearest pair of an
account and a seat first, until every seat has ``least_share`` of a fair book, then on, up to ``most_share``. Each of the two steps is the
stable matching of accounts with seats: no account and seat would both be nearer with each other (Gale & Shapley 1962, Am. Math. Monthly
69(1); for districts Eppstein et al. 2017, SIGSPATIAL). Between seats equally near within ``ALIKE_KM`` the shorter book decides.

From today: the k-nearest-neighbour rule (Cover & Hart 1967, IEEE Trans. Inf. Theory 13(1)). An account joins the seat to which more than
``majority_share`` of its ``neighbours_n`` nearest accounts belong, by place, industry, segment and potential: the clearest cases first, and
while both books stay within the two limits; then everybody looks again, a few times. Before that, books beyond the limits are evened out,
and accounts without an owner go to the nearest seat with room. Who worked what decides between equally clear cases only.

Accounts go to eligible seats only, and to nobody without hours; those for whom no eligible seat has room go to the shortest book. Time
O(accounts x seats), a few times over, from scratch; from today that of a tree search, O(accounts x log accounts) where features are few.

Where data are missing: an account without a place is in the middle of its region (strategies/shared/places.py). Where that is not known
either, and for all accounts if none has a place, features alone decide; if these do not tell seats apart, the shorter book does.
"""

from __future__ import annotations

from dataclasses import dataclass
from heapq import heapify, heappop, heappush

import numpy as np

from sim.planning import Assignment, PlanningProblem
from sim.ranges import SHARE, Range, check_ranges
from sim.snapshot import COARSE_STEP, UNASSIGNED, FloatArray, IntArray, to_grid
from strategies.shared.candidates import Candidates, candidates, seat_share
from strategies.shared.moves import deal, even_out, keeps_today
from strategies.shared.places import Places, places
from strategies.worth.pool import within_hours

SKILL_KM = 800.0  # so much farther away is a seat, or another account, of another industry: what gut_feel takes a skill for (trial)
SEGMENT_KM = 400.0  # ... an account of another segment (trial)
POTENTIAL_KM = 100.0  # ... one with e times the potential (trial)
ALIKE_KM = 25.0  # two homes in one city are equally near
ROUNDS_N = 5


_RANGES: dict[str, Range] = {
    "neighbours_n": (1, 10_000_000),
    "majority_share": (0.5, 0.999),
    "least_share": SHARE,
    "most_share": (1, 1e7),
}


@dataclass(frozen=True)
class Nearest:
    """Give every account to what is near it. Limits are shares of a fair number; ``from_today``: None means wherever there are owners."""

    neighbours_n: int = 10
    majority_share: float = 0.6
    least_share: float = 0.5
    most_share: float = 1.5
    from_today: bool | None = None

    def __post_init__(self) -> None:
        check_ranges("nearest", self, _RANGES)

    def assign(self, problem: PlanningProblem, rng: np.random.Generator) -> Assignment:
        """An owner for every account, by what is near; the generator is not used."""
        who, where = candidates(problem), places(problem)
        keeps = keeps_today(problem, self.from_today)
        share = seat_share(problem, by_capacity=False)
        fair_n = share * len(problem.accounts)
        least_n, most_n = np.floor(self.least_share * fair_n), np.ceil(self.most_share * fair_n)

        owner = problem.owner if keeps else who.fixed(problem.owner)
        space = _Space.of(problem, where, who)
        for limit_n in (most_n,) if keeps else (least_n, most_n):
            owner = _nearest_first(space, owner, limit_n, share)
        one = np.ones(len(owner))
        owner = deal(who.open(owner), owner, one, share, who)
        if keeps and len(owner) > 1:
            owner = even_out(owner, one, share, (least_n, most_n), who, problem.engaged_days)
            neighbours = _neighbours(problem, where, min(self.neighbours_n, _half_a_book(share, len(owner))))
            owner = _with_neighbours(problem, neighbours, self.majority_share, who, owner, (least_n, most_n))
        return Assignment(within_hours(problem, owner))


@dataclass(frozen=True, eq=False)
class _Space:
    """Where accounts (accounts, 3) and homes (seats, 3) are, 0 where nowhere; what lacking a skill adds (industries, seats)."""

    who: Candidates
    place_km: FloatArray
    home_km: FloatArray
    somewhere: FloatArray  # (accounts,) 0 for an account to which no seat is near or far, else 1
    industry: IntArray
    skill_km: FloatArray

    @staticmethod
    def of(problem: PlanningProblem, where: Places, who: Candidates) -> _Space:
        industry, seats = problem.accounts.industry, np.arange(len(problem.seats))
        found, first = np.unique(industry, return_index=True)
        skill_km = np.zeros((len(problem.vocabulary.industries), len(seats)))
        skill_km[found] = np.where(problem.skill_match(first[:, None], seats[None, :]), 0.0, SKILL_KM)
        somewhere = where.known.astype(np.float64)
        return _Space(who, np.nan_to_num(where.account_km), np.nan_to_num(where.home_km), somewhere, industry, skill_km)

    def distances_km(self, account: int) -> FloatArray:
        """Of an account from every seat (seats,); infinite where the seat may not own it."""
        apart = self.home_km - self.place_km[account]
        squared = np.einsum("ij,ij->i", apart, apart) * self.somewhere[account] + self.skill_km[self.industry[account]] ** 2
        return np.where(self.who.allowed[self.who.kind[account]], np.sqrt(squared), np.inf)


def _nearest_first(space: _Space, owner: IntArray, limit_n: FloatArray, share: FloatArray) -> IntArray:
    """Owners (accounts,) after accounts without one went to the nearest seat with room, the nearest pair first, up to ``limit_n`` (seats,).

    An account waits in line with its distance from the nearest seat that had room when it was last looked at, which only grows.
    """
    owner = owner.copy()
    count = np.bincount(owner[owner != UNASSIGNED], minlength=len(share)).astype(np.float64)
    line = [(0.0, account) for account in space.who.open(owner).tolist()]
    heapify(line)
    while line and np.any(count < limit_n):
        waited_km, account = heappop(line)
        km = np.where(count < limit_n, space.distances_km(account), np.inf)
        nearest_km = float(km.min())
        if nearest_km > waited_km and np.isfinite(nearest_km):
            heappush(line, (nearest_km, account))
        elif np.isfinite(nearest_km):
            alike = np.flatnonzero(km <= nearest_km + ALIKE_KM)
            owner[account] = alike[np.argmin(count[alike] / share[alike])]
            count[owner[account]] += 1
    return owner


def _half_a_book(share: FloatArray, accounts_n: int) -> int:
    """So many accounts: a neighbourhood that is larger than a book cannot be one seat's."""
    return max(accounts_n // (2 * int(np.count_nonzero(share))), 1)


def _with_neighbours(
    problem: PlanningProblem,
    neighbours: IntArray,
    majority_share: float,
    who: Candidates,
    owner: IntArray,
    limits_n: tuple[FloatArray, FloatArray],
) -> IntArray:
    """Owners (accounts,) after accounts joined the seat of most of their ``neighbours``; books stay within the limits (seats,)."""
    least_n, most_n = limits_n
    owner, count = owner.copy(), np.bincount(owner[owner != UNASSIGNED], minlength=len(problem.seats))
    for _ in range(ROUNDS_N):
        around = owner[neighbours]
        votes = np.count_nonzero(around[:, :, None] == around[:, None, :], axis=2)
        most = np.argmax(np.where(around == UNASSIGNED, 0, votes), axis=1)[:, None]
        wish, votes = np.take_along_axis(around, most, 1)[:, 0], np.take_along_axis(votes, most, 1)[:, 0]
        clear = np.flatnonzero(
            (votes > majority_share * neighbours.shape[1]) & (wish != owner) & (wish != UNASSIGNED) & ~who.stays & (owner != UNASSIGNED)
        )
        clear = clear[who.allowed[who.kind[clear], wish[clear]]]
        moved_n = 0
        for account in clear[np.lexsort((problem.engaged_days[clear], -votes[clear]))].tolist():
            old, new = owner[account], wish[account]
            if count[old] > least_n[old] and count[new] < most_n[new]:
                owner[account] = new
                count[old] -= 1
                count[new] += 1
                moved_n += 1
        if not moved_n:
            break
    return owner


def _neighbours(problem: PlanningProblem, where: Places, neighbours_n: int) -> IntArray:
    """The nearest other accounts (accounts, neighbours), fewer if there are no more; accounts that are nowhere go by features alone."""
    accounts = problem.accounts
    features = np.column_stack([
        np.eye(len(problem.vocabulary.industries))[accounts.industry] * SKILL_KM / np.sqrt(2),
        np.eye(len(problem.vocabulary.segments))[accounts.segment] * SEGMENT_KM / np.sqrt(2),
        to_grid(np.log(np.maximum(accounts.potential_usd, 1.0)) * POTENTIAL_KM, COARSE_STEP),
    ])  # fmt: skip
    placed = np.flatnonzero(where.known)
    k = min(neighbours_n, len(accounts) - 1)
    if len(placed) <= k:
        return _nearest_rows(features, k)
    neighbours = np.empty((len(accounts), k), dtype=np.int64)
    if len(placed) < len(accounts):
        neighbours[:] = _nearest_rows(features, k)
    neighbours[placed] = placed[_nearest_rows(np.column_stack([where.account_km, features])[placed], k)]
    return neighbours


def _nearest_rows(points: FloatArray, k: int) -> IntArray:
    """The ``k`` nearest other rows (rows, k) of each row."""
    from sklearn.neighbors import NearestNeighbors

    nearest: IntArray = NearestNeighbors(n_neighbors=k, algorithm="ball_tree").fit(points).kneighbors(return_distance=False)
    return nearest
