"""How many accounts a seat owns, at least and at most: homes that keep these numbers, or the seats and accounts for which none can.

Seats are nodes, and there is an arc from a to b while some account at a may go to b. One account too many at a goes along the shortest path
to a seat that has room. If no path leads there, the seats reached own what only they may own, and are full: by the theorem of Hall
(1935, J. London Math. Soc. 10(1)) no design keeps the numbers. Likewise backwards from a seat that has too few. So the search ends either
with homes for everybody or with a proof, and it moves no more accounts than the paths need.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np

from sim.planning import PlanningProblem
from sim.snapshot import UNASSIGNED, BoolArray, IntArray
from strategies.shared.candidates import Candidates

_CHUNK_PAIRS_N = 2_000_000


@dataclass(frozen=True, eq=False)
class Sizes:
    """``least_n`` and ``most_n`` (seats,) accounts that a seat owns; ``limited`` (seats,) marks the seats to which that applies.

    A seat without hours, or in which nobody starts before the horizon, is exempt: it keeps what may not be moved, and is given
    nothing.
    """

    least_n: IntArray
    most_n: IntArray
    limited: BoolArray

    @staticmethod
    def of(problem: PlanningProblem, accounts_min: int | None, accounts_max: int | None) -> Sizes | None:
        """The same numbers for every seat that has hours; None: no limit. None if there is neither."""
        if not accounts_min and accounts_max is None:
            return None
        limited = problem.seats.capacity_h_per_week * (problem.productive_share > 0) > 0
        accounts_n = len(problem.accounts)
        most_n = accounts_n if accounts_max is None else min(accounts_max, accounts_n)
        return Sizes(np.where(limited, accounts_min or 0, 0), np.where(limited, most_n, accounts_n), limited)


@dataclass(frozen=True, eq=False)
class Cut:
    """Seats (positions) that cannot keep their numbers: ``accounts`` are what only they may own, or, ``too_few``, all that they may own."""

    seats: IntArray
    accounts: IntArray
    too_few: bool


def sized(
    problem: PlanningProblem, who: Candidates, home: IntArray, needs_owner: BoolArray, sizes: Sizes
) -> tuple[IntArray, tuple[Cut, ...]]:
    """Homes (accounts,) after few moves that bring every seat within its numbers, and the cuts that make it impossible (none: they do).

    Accounts that need no owner may also be nobody's. Of accounts that a path may take along, those whose owner the seat is today go first,
    then those that ask for the least support, then the smallest.
    """
    net = _Net(problem, who, home, needs_owner, sizes)
    cuts = [net.lighten(node) for node in range(len(net.count))] + [net.fill(seat) for seat in range(len(sizes.least_n))]
    return net.home, tuple(cut for cut in cuts if cut is not None)


class _Net:
    """Where every account is for now, and where it could go.

    Nodes are the seats, then a lobby for accounts without an owner that need one (it must become empty), then nobody's pool (unlimited).
    ``arcs`` (nodes, nodes) counts the accounts at a node that may go to another one.
    """

    def __init__(self, problem: PlanningProblem, who: Candidates, home: IntArray, needs_owner: BoolArray, sizes: Sizes) -> None:
        self.who, self.potential_usd, self.support_h = who, problem.accounts.potential_usd, problem.support_h_per_week
        self.kept_by = np.where(who.keeps(problem.owner), problem.owner, UNASSIGNED)
        self.needs_owner = needs_owner
        self.seats_n, everything = len(sizes.least_n), np.int64(len(home))
        lobby, pool = self.seats_n, self.seats_n + 1
        self.node = np.where(home != UNASSIGNED, home, np.where(needs_owner, lobby, pool))
        self.node[(home == UNASSIGNED) & who.stays] = UNASSIGNED  # nobody may own them: left out
        self.count = np.bincount(self.node[self.node >= 0], minlength=pool + 1)
        self.least = np.concatenate([sizes.least_n, [0, 0]])
        self.most = np.concatenate([sizes.most_n, [0, everything]])
        self.arcs = np.array([self._may_go_n(np.flatnonzero(self.node == node)) for node in range(pool + 1)])

    @property
    def home(self) -> IntArray:
        """Seat of each account (accounts,), -1 for nobody."""
        return np.where(self.node < self.seats_n, self.node, UNASSIGNED)

    def lighten(self, node: int) -> Cut | None:
        """Send what a node has too much of to where there is room; the cut if there is none, whose seats have no limit from then on."""
        while self.count[node] > self.most[node]:
            reached, path = self._path(node, self.arcs > 0, self.most - self.count)
            if not path:
                self.most[reached] = len(self.node)
                return self._cut(reached, too_few=False)
            self._shift(path, min(self.count[node] - self.most[node], self.most[path[-1]] - self.count[path[-1]]))
        return None

    def fill(self, seat: int) -> Cut | None:
        """Fetch what a seat has too little of from where there is more than enough; the cut if there is none."""
        while self.count[seat] < self.least[seat]:
            reached, path = self._path(seat, self.arcs.T > 0, self.count - self.least)
            if not path:
                self.least[reached] = 0
                return self._cut(reached, too_few=True)
            self._shift(path[::-1], min(self.least[seat] - self.count[seat], self.count[path[-1]] - self.least[path[-1]]))
        return None

    def _cut(self, reached: BoolArray, *, too_few: bool) -> Cut:
        inside = np.flatnonzero((self.node >= 0) & reached[self.node])
        return Cut(np.flatnonzero(reached[: self.seats_n]), inside, too_few)

    def _path(self, start: int, arc: BoolArray, room_n: IntArray) -> tuple[BoolArray, list[int]]:
        """Nodes that can be reached, and a shortest path to the one of the nearest with room that has the most of it; empty: none has."""
        before = np.full(len(arc), -1)
        reached = np.zeros(len(arc), dtype=np.bool_)
        reached[start] = True
        edge = np.array([start])
        while len(edge):
            new = np.flatnonzero(arc[edge].any(axis=0) & ~reached)
            before[new] = edge[arc[np.ix_(edge, new)].argmax(axis=0)]
            reached[new] = True
            edge = new
            if len(new) and room_n[new].max() > 0:
                path = [int(new[np.argmax(room_n[new])])]
                while path[-1] != start:
                    path.append(int(before[path[-1]]))
                return reached, path[::-1]
        return reached, []

    def _shift(self, path: list[int], most_n: int) -> None:
        """Move as many accounts, at most ``most_n``, along every arc of a path."""
        arcs = list(itertools.pairwise(path))
        n = min(int(most_n), *(int(self.arcs[a, b]) for a, b in arcs))
        for a, b in reversed(arcs):
            there = np.flatnonzero(self.node == a)
            may = there[self._may_go(there, np.array([b]))[:, 0]]
            moved = may[np.lexsort((self.potential_usd[may], self.support_h[may], self.kept_by[may] != b))[:n]]
            change = self._may_go_n(moved)
            self.node[moved] = b
            self.arcs[a] -= change
            self.arcs[b] += change
            self.count[a] -= n
            self.count[b] += n

    def _may_go_n(self, accounts: IntArray) -> IntArray:
        """How many of these accounts may go to each node (nodes,)."""
        nodes = np.arange(len(self.count))
        size = max(_CHUNK_PAIRS_N // len(nodes), 1)
        total = np.zeros(len(nodes), dtype=np.int64)
        for first in range(0, len(accounts), size):
            total += self._may_go(accounts[first : first + size], nodes).sum(axis=0)
        return total

    def _may_go(self, accounts: IntArray, nodes: IntArray) -> BoolArray:
        """Which accounts (k,) may be at which nodes (m,): (k, m). What a seat has today it may always have, except for want of a skill."""
        may = np.zeros((len(accounts), len(nodes)), dtype=np.bool_)
        rows, seat = accounts[:, None], nodes < self.seats_n
        may[:, seat] = self.who.may_own(rows, nodes[seat]) | (self.kept_by[rows] == nodes[seat])
        may[:, nodes == self.seats_n + 1] = ~self.needs_owner[rows]
        may[self.who.stays[accounts]] = False
        return may
