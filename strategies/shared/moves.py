"""The two ways to even out the books: deal accounts that nobody has, and move as few as possible of those that somebody has.

Both even out a weight (a count, or potential) per share of the whole that each seat should have. They are the common hands of the
balancing strategies; what is to be even, and among which shares, is the strategy's idea.
"""

from __future__ import annotations

import numpy as np

from sim.planning import PlanningProblem, Unsupported
from sim.snapshot import UNASSIGNED, BoolArray, FloatArray, IntArray
from strategies.shared.candidates import Candidates

SAME_SHARE = 1e-12  # of a limit: a book that is beyond it by no more is at it, since (1 + 0.15) x 100 is a little below 115
NO_SHARE = 1e-9  # stands for a share of zero, so that levels stay finite: such a seat gives first and receives last


def keeps_today(problem: PlanningProblem, from_today: bool | None) -> bool:
    """Whether to start from today's owners: as asked, and where nothing is asked (None) wherever the problem has owners."""
    if from_today and not problem.has_owners:
        raise Unsupported("from_today: nobody owns anything today; leave it out, or set it to false to carve from scratch")
    return problem.has_owners if from_today is None else from_today


def deal(accounts: IntArray, owner: IntArray, weight: FloatArray, share: FloatArray, seats: Candidates) -> IntArray:
    """Owners (accounts,) after ``accounts`` were dealt out in the order given, each to the seat whose book is then the lightest.

    ``weight`` (accounts,) is what a book is weighed by, in any unit; a seat's level is the weight of its book over its ``share`` (seats,).
    Ties go to the shorter book. With accounts sorted by falling weight this is the longest-processing-time rule (Graham 1969,
    SIAM J. Appl. Math. 17(2); for unequal shares Gonzalez, Ibarra & Sahni 1977, SIAM J. Comput. 6(1)). O(accounts x seats) time.
    """
    owner = owner.copy()
    share = np.maximum(share, NO_SHARE)
    load, count = books(owner, weight, len(share))
    every_seat = np.arange(len(share))
    for account in accounts:
        level = (load + weight[account]) / share
        level[~seats.may_own(account, every_seat)] = np.inf
        lightest = np.flatnonzero(level <= level.min() * (1 + 1e-12))
        seat = lightest[np.argmin(count[lightest] / share[lightest])]
        owner[account] = seat
        load[seat] += weight[account]
        count[seat] += 1
    return owner


def even_out(
    owner: IntArray,
    weight: FloatArray,
    share: FloatArray,
    limits: tuple[FloatArray, FloatArray],
    seats: Candidates,
    reluctance: FloatArray,
) -> IntArray:
    """Owners (accounts,) after few moves that bring the weight of every book within ``limits`` (floor, ceiling), each (seats,), or near.

    One account at a time goes from the fullest book that can give, for its share, to the emptiest that can receive: the heaviest that
    leaves both within their limits, or else the lightest that makes the two more even. Among equals the one with the least ``reluctance``
    (accounts,) goes. No account moves twice. For equal weights the number of moves is the least there is if all may own all. Otherwise it
    is a good heuristic: a chain through a third seat that pays only at its end is not looked for. O(moves x longest book) time.
    """
    owner = owner.copy()
    share = np.maximum(share, NO_SHARE)
    floor, ceiling = limits[0] * (1 - SAME_SHARE), limits[1] * (1 + SAME_SHARE)
    load, _ = books(owner, weight, len(share))
    by_reluctance = np.argsort(reluctance, kind="stable")
    movable = by_reluctance[((owner != UNASSIGNED) & ~seats.stays & (weight > 0))[by_reluctance]]
    book = [movable[owner[movable] == seat] for seat in range(len(share))]  # what each may still give, readily first
    can_give, anything_moved = np.array([len(b) > 0 for b in book]), False
    while can_give.any() or anything_moved:
        if not can_give.any():  # once more round: what moved since may let others give again
            can_give, anything_moved = np.array([len(b) > 0 for b in book]), False
            continue
        level = load / share
        high, low = load > ceiling, load < floor
        if not (high | low).any():
            break
        giver = int(np.argmax(np.where(can_give, level, -np.inf)))
        for receiver in np.argsort(level, kind="stable"):
            if level[receiver] >= level[giver] or not (high[giver] or low[receiver]):
                continue
            evens_both = (level[giver] - level[receiver]) / (1 / share[giver] + 1 / share[receiver])
            room = min(evens_both, ceiling[receiver] - load[receiver], load[giver] - floor[giver])
            k = _best(weight[book[giver]], seats.may_own(book[giver], receiver), room, 2 * evens_both * (1 - 1e-12))
            if k < 0:
                continue
            account = book[giver][k]
            owner[account] = receiver
            book[giver] = np.delete(book[giver], k)
            load[giver] -= weight[account]
            load[receiver] += weight[account]
            anything_moved = True
            break
        else:
            can_give[giver] = False
    return owner


def _best(weight: FloatArray, allowed: BoolArray, room: float, most: float) -> int:
    """Position of the heaviest allowed that has room, else of the lightest allowed below ``most``; -1 if there is none."""
    worth = np.where(allowed & (weight <= room), weight, -weight)
    worth[~allowed | (weight >= most)] = -np.inf
    k = int(np.argmax(worth)) if len(worth) else -1
    return k if k >= 0 and worth[k] > -np.inf else -1


def books(owner: IntArray, weight: FloatArray, seats_n: int) -> tuple[FloatArray, IntArray]:
    """Weight and number of accounts of each seat's book (seats,)."""
    owned = owner != UNASSIGNED
    weights = np.bincount(owner[owned], weight[owned], minlength=seats_n).astype(np.float64)  # of nothing, numpy makes integers
    return weights, np.bincount(owner[owned], minlength=seats_n).astype(np.int64)
