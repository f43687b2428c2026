"""Rules that contradict each other or the data, found and named before anything is solved.

What hours cannot do is never a contradiction: an account that they do not suffice for is parked. What remains are owners and their numbers,
for which :mod:`strategies.formulation.book_sizes` finds homes or proves that there are none.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sim.planning import PlanningProblem, Unsupported
from sim.snapshot import UNASSIGNED, BoolArray, IntArray
from strategies.formulation.book_sizes import Cut, Sizes, sized
from strategies.shared.candidates import Candidates, candidates

_NAMES_N = 3  # of a longer list are printed


def consistent_homes(problem: PlanningProblem, who: Candidates, home: IntArray, needs_owner: BoolArray, sizes: Sizes | None) -> IntArray:
    """Homes (accounts,) that keep every rule, those of ``home`` as far as possible. Where numbers are not limited, they are as they were.

    Raises :class:`sim.planning.Unsupported` with one line a contradiction. If it raises, no design keeps the rules; if it does not, parking
    every account at its home (one without: anywhere, or with nobody) does.
    """
    lines = _unreachable(problem, who, needs_owner)
    if sizes is not None:
        total = _totals(problem, who, needs_owner, sizes)
        home, cuts = sized(problem, who, home, needs_owner, sizes)
        lines += total + [_line(problem, who, sizes, cut) for cut in cuts if not (total and np.all(sizes.limited <= _mask(cut, sizes)))]
    if lines:
        raise Unsupported("\n".join(lines))
    return home


def _unreachable(problem: PlanningProblem, who: Candidates, needs_owner: BoolArray) -> list[str]:
    """Accounts without an owner that need one, that some seat has the skills for, and that the planner's own rules let nobody have."""
    nobodys = np.flatnonzero(who.stays & ~problem.protected & (problem.owner == UNASSIGNED) & needs_owner)
    nobodys = nobodys[~candidates(problem).stays[nobodys]] if len(nobodys) else nobodys
    if not len(nobodys):
        return []
    rules = "optimized.distance_max_km" if who.in_reach is not None else "optimized.by_team"
    return [
        f"{rules}: {_accounts(problem, nobodys)} without an owner may be given to no seat within the distance and team that are asked for; "
        "allow more of either, or leave them to nobody with policy.leave_none=false"
    ]


def _totals(problem: PlanningProblem, who: Candidates, needs_owner: BoolArray, sizes: Sizes) -> list[str]:
    """Numbers that contradict each other whatever the seats may own."""
    owned = ~(who.stays & (problem.owner == UNASSIGNED))
    most_n, needing_n, seats_n = int(owned.sum()), int((owned & needs_owner).sum()), int(sizes.limited.sum())
    lines = []
    if sizes.least_n.sum() > most_n:
        each = int(sizes.least_n.max())
        lines.append(
            f"optimized.accounts_min: {each} accounts for each of {_n_seats(seats_n)} are {each * seats_n}, and there are {most_n}; "
            f"at most {most_n // seats_n} is possible"
        )
    if np.all(sizes.limited) and sizes.most_n.sum() < needing_n:
        each = int(sizes.most_n.max())
        lines.append(
            f"optimized.accounts_max: {_n_seats(seats_n)} with {each} accounts each take {each * seats_n}, and {needing_n} need an owner; "
            f"at least {-(-needing_n // seats_n)} is needed, or policy.leave_none=false"
        )
    return lines


def _n_seats(n: int) -> str:
    return f"{n} seat{'s' * (n > 1)}"


def _mask(cut: Cut, sizes: Sizes) -> BoolArray:
    inside = np.zeros(len(sizes.limited), dtype=np.bool_)
    inside[cut.seats] = True
    return inside


def _line(problem: PlanningProblem, who: Candidates, sizes: Sizes, cut: Cut) -> str:
    """What a cut says, in words."""
    seats, few = _seats(problem, cut.seats), len(cut.accounts)
    if cut.too_few:
        asked = int(sizes.least_n[cut.seats].sum())
        return (
            f"optimized.accounts_min: {seats} should own at least {asked} accounts and may own {few} by skills, role, team, distance and "
            "protection; ask for fewer"
        )
    room = int(sizes.most_n[cut.seats].sum())
    kept = cut.accounts[who.stays[cut.accounts]]
    why = f", of which {_accounts(problem, kept)} may not be moved" if len(kept) else f" ({_names(problem.accounts.id, cut.accounts)})"
    return f"optimized.accounts_max: {seats} may own at most {room} accounts, and {few} may be owned by nobody else{why}; allow more"


def _accounts(problem: PlanningProblem, accounts: IntArray) -> str:
    return f"{len(accounts)} account{'s' * (len(accounts) > 1)} ({_names(problem.accounts.id, accounts)})"


def _seats(problem: PlanningProblem, seats: IntArray) -> str:
    return f"seat{'s' * (len(seats) > 1)} {_names(problem.seats.id, seats)}{' together' * (len(seats) > 1)}"


def _names(ids: Sequence[str], positions: IntArray) -> str:
    names = ", ".join(ids[k] for k in positions[:_NAMES_N])
    return f"{names}, ..." if len(positions) > _NAMES_N else names
