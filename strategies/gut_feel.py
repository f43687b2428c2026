"""A leader's hand: relationships, favourites, noisy intuition. Good at 5 reps, bad at 20.

The leader hands out the accounts piece by piece: the big names first, one by one, as big as they look to him (the estimate blurred by
``intuition_log_sd``), then the rest in bundles of one industry in one region. For each piece a handful of reps come to mind
(``attention_n``), the nearer, the more skilled in the industry, and by chance; the one whose book seems lightest gets it. A book is felt
by its names and by its money, half and half, per hour of capacity, and against what the leader likes to give this rep: favour, lognormal
with ``favour_log_sd``. Among as many reps as he can hold in mind he would see that favourites get more, and evens it out; favour therefore
works with the share of the team that is out of sight, 1 - attention_n / seats. So a team of 5 ends fair, and a team of 20 does not.

From today the leader leaves everybody what they have and takes only ``reshuffle_share`` of the accounts in hand again, half of them plums
and half those far from their owner's home, never one with an open deal or that its owner worked in the last quarter: live relationships
are kept. They are handed out in the same way, so favourites get some of the plums, and accounts near another's home move there. Whoever
has next to nothing, such as a new rep, gets the least worked accounts of the longest books.

Time O(pieces x seats). Where data are missing: without a place on either side distance does not count; accounts without region form bundles
by industry; an account whose last touch is unknown counts as cold. The model is this project's own (no published one was found); a test
holds its imbalance against what companies report: coefficient of variation of book potential 0.25 to 0.6, half to three quarters of the
books outside +-15 % of the mean.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.planning import Assignment, PlanningProblem
from sim.ranges import LOG_SD, SHARE, Range, check_ranges
from sim.snapshot import DAYS_PER_QUARTER, UNASSIGNED, BoolArray, FloatArray, IntArray
from strategies.shared.candidates import Candidates, candidates, seat_share
from strategies.shared.moves import NO_SHARE, books, even_out, keeps_today
from strategies.worth.pool import within_hours

NAMED_SHARE = 0.1  # of the accounts are names to the leader; the others are bundles
BUNDLES_PER_BOOK = 10  # no bundle is larger than this part of a fair book
HOME_KM = 800.0  # so much farther from home makes a rep come to mind as much less as a missing skill does
MOST_OF_A_BOOK = 0.25  # however big a name is, it leaves room: a book of one account is no book
LEAST_BOOK_SHARE = 0.25  # of a fair number of accounts: a rep with fewer asks for more and gets it, from the longest books


_RANGES: dict[str, Range] = {
    "attention_n": (1, 100_000),
    "favour_log_sd": LOG_SD,
    "intuition_log_sd": LOG_SD,
    "reshuffle_share": SHARE,
}


@dataclass(frozen=True)
class GutFeel:
    """Hand out accounts as a leader would. Log-sds are of lognormal factors; ``from_today``: None means wherever there are owners."""

    attention_n: int = 5
    favour_log_sd: float = 0.4
    intuition_log_sd: float = 0.5
    reshuffle_share: float = 0.05
    from_today: bool | None = None

    def __post_init__(self) -> None:
        check_ranges("gut_feel", self, _RANGES)

    def assign(self, problem: PlanningProblem, rng: np.random.Generator) -> Assignment:
        """An owner for every account, by feel."""
        seats = candidates(problem)
        looks_usd = problem.accounts.potential_usd * np.exp(self.intuition_log_sd * rng.standard_normal(len(problem.accounts)))
        favour = self.favour_log_sd * rng.standard_normal(len(problem.seats))
        out_of_sight = max(0.0, 1.0 - self.attention_n / len(problem.seats))
        share = seat_share(problem, by_capacity=True)
        liking = np.maximum(share, NO_SHARE) * np.exp(out_of_sight * favour)
        if keeps_today(problem, self.from_today):
            owner = np.where(self._in_hand_again(problem, seats, looks_usd), UNASSIGNED, problem.owner)
        else:
            owner = seats.fixed(problem.owner)
        owner = self._hand_out(problem, seats, owner, looks_usd, liking, rng)
        limits = np.floor(LEAST_BOOK_SHARE * share * len(owner)), np.full(len(share), np.inf)
        return Assignment(within_hours(problem, even_out(owner, np.ones(len(owner)), share, limits, seats, problem.engaged_days)))

    def _in_hand_again(self, problem: PlanningProblem, seats: Candidates, looks_usd: FloatArray) -> BoolArray:
        """Which accounts (accounts,) a leader takes from their owners: the plums, and those far from home, that have gone cold."""
        cold = ~(problem.last_touch_day >= -DAYS_PER_QUARTER)  # never touched (NaN) is cold too
        loose = ~seats.stays & (problem.owner != UNASSIGNED) & cold & (problem.open_stage < 0)
        from_home_km = problem.distance_km(np.arange(len(loose)), problem.owner)
        half_n = int(self.reshuffle_share * len(loose) / 2)
        taken = np.zeros(len(loose), dtype=np.bool_)
        for wish in (looks_usd, from_home_km):
            wanted = np.flatnonzero(loose & ~taken & (wish > 0))
            taken[wanted[np.argsort(-wish[wanted], kind="stable")[:half_n]]] = True
        return taken

    def _hand_out(
        self,
        problem: PlanningProblem,
        seats: Candidates,
        owner: IntArray,
        looks_usd: FloatArray,
        liking: FloatArray,
        rng: np.random.Generator,
    ) -> IntArray:
        """Owners (accounts,) after every open account was handed out in pieces."""
        owner = owner.copy()
        felt = np.minimum(0.5 / len(owner) + 0.5 * looks_usd / max(looks_usd.sum(), 1e-300), MOST_OF_A_BOOK / len(liking))
        book, _ = books(owner, felt, len(liking))
        for piece in _pieces(problem, seats, seats.open(owner), looks_usd):
            allowed = np.flatnonzero(seats.allowed[seats.kind[piece[0]]])
            middle = piece[len(piece) // 2]
            by_chance = rng.gumbel(size=len(allowed))
            appeal = problem.skill_match(middle, allowed) - problem.distance_km(middle, allowed) / HOME_KM + by_chance
            in_mind = allowed[np.argsort(-appeal, kind="stable")[: self.attention_n]]
            seat = in_mind[np.argmin(book[in_mind] / liking[in_mind])]
            owner[piece] = seat
            book[seat] += felt[piece].sum()
        return owner


def _pieces(problem: PlanningProblem, seats: Candidates, accounts: IntArray, looks_usd: FloatArray) -> list[IntArray]:
    """The big names one by one, biggest first; then bundles of one region, industry and kind, the biggest first."""
    biggest_first = accounts[np.argsort(-looks_usd[accounts], kind="stable")]
    named_n = int(np.ceil(NAMED_SHARE * len(accounts)))
    names, rest = biggest_first[:named_n], biggest_first[named_n:]
    most_n = max(1, len(problem.accounts) // (BUNDLES_PER_BOOK * len(problem.seats)))
    columns = (problem.accounts.longitude, seats.kind, problem.accounts.industry, problem.accounts.region)
    rest = rest[np.lexsort([column[rest] for column in columns])]
    same = np.stack([column[rest] for column in columns[1:]])
    starts = np.flatnonzero(np.any(same[:, 1:] != same[:, :-1], axis=0)) + 1
    bundles = [block[k : k + most_n] for block in np.split(rest, starts) for k in range(0, len(block), most_n)]
    bundles.sort(key=lambda bundle: -float(looks_usd[bundle].sum()))
    return [*np.split(names, len(names)), *bundles] if len(names) else bundles
