"""What a design brings against how even it is and how much it disrupts: designs on three scales, and the front of those that nothing beats.

    value        what ``predict`` expects the reps to book over the horizon, usd                               more is better
    imbalance    Gini of potential per capacity hour over the seats that have hours, 0 (even) to 1             less is better
    disruption   accounts that today's owner loses to another one, as a share of all                           less is better

The Gini is sum_{i<j} |x_i - x_j| / ((n - 1) sum x), as ``gini_opportunity`` of a run. A design is on the front unless another one is at
least as good on every scale and better on one (Pareto 1906, Manuale di economia politica).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from sim.planning import PlanningProblem, Strategy
from sim.snapshot import UNASSIGNED, BoolArray, FloatArray, IntArray
from strategies.optimized import Optimized
from strategies.status_quo import StatusQuo
from strategies.worth.predict import predict

TODAY = "status_quo"
IMBALANCE_WEIGHTS = (0.0, 0.005, 0.02, 0.1, 1.0)  # usd per usd off target: from "who cares" to "nothing else counts"
DISRUPTION_LOSS_SHARES = (0.0, 0.02, 0.1, 0.3)  # of an account's value, that a move has to gain


@dataclass(frozen=True)
class Point:
    """A design on the three scales. ``moved_n`` are the accounts behind ``moved_share``."""

    value_usd: float
    imbalance: float
    moved_n: int
    moved_share: float
    on_front: bool


def weightings(
    imbalance_weights: Sequence[float] = IMBALANCE_WEIGHTS, disruption_loss_shares: Sequence[float] = DISRUPTION_LOSS_SHARES
) -> dict[str, Optimized]:
    """The optimiser at every pair of prices, by label: ``point_1`` and so on, the price of imbalance running fastest."""
    pairs = [(weight, loss) for loss in disruption_loss_shares for weight in imbalance_weights]
    return {f"point_{k + 1}": Optimized(imbalance_weight=weight, disruption_loss_share=loss) for k, (weight, loss) in enumerate(pairs)}


def trade_off(problem: PlanningProblem, rng: np.random.Generator, strategies: Mapping[str, Strategy] | None = None) -> dict[str, Point]:
    """Today's owners (``status_quo``) and the designs of ``strategies`` (default: :func:`weightings`) as points, by label.

    Raises :class:`sim.planning.Unsupported` where nobody owns anything today, and what a strategy raises.
    """
    strategies = weightings() if strategies is None else strategies
    return points(problem, {label: each.assign(problem, rng).owner for label, each in {TODAY: StatusQuo(), **strategies}.items()})


def points(problem: PlanningProblem, designs: Mapping[str, IntArray]) -> dict[str, Point]:
    """Any designs, owners (accounts,) by label, as points; the front is that among them."""
    value = np.array([predict(owner, problem).bookings_usd for owner in designs.values()])
    uneven = np.array([imbalance(problem, owner) for owner in designs.values()])
    moved = [(problem.owner != owner) & (problem.owner != UNASSIGNED) & (owner != UNASSIGNED) for owner in designs.values()]
    moved_n = np.array([np.count_nonzero(each) for each in moved])
    moved_share = moved_n / max(len(problem.accounts), 1)
    front = on_front(value, uneven, moved_share)
    rows = zip(value.tolist(), uneven.tolist(), moved_n.tolist(), moved_share.tolist(), front.tolist(), strict=True)
    return {label: Point(*row) for label, row in zip(designs, rows, strict=True)}


def imbalance(problem: PlanningProblem, owner: IntArray) -> float:
    """Gini of the CRM's potential per capacity hour over the seats with hours, under a design (accounts,); 0 where there is nothing."""
    owned, hours = owner != UNASSIGNED, problem.seats.capacity_h_per_week
    book_usd = np.bincount(owner[owned], problem.accounts.potential_usd[owned], len(hours))
    per_h = np.sort(book_usd[hours > 0] / hours[hours > 0])
    n = len(per_h)
    if n < 2 or not per_h.any():
        return 0.0
    return float((per_h * (2.0 * np.arange(n) - n + 1)).sum() / ((n - 1) * per_h.sum()))


def on_front(value: FloatArray, uneven: FloatArray, moved: FloatArray) -> BoolArray:
    """Which points (points,) no other one beats: as good on all scales and better on one; equal points do not beat each other."""
    scales = np.column_stack([-value, uneven, moved])
    as_good = np.all(scales[:, None, :] <= scales[None, :, :], axis=2)
    better = np.any(scales[:, None, :] < scales[None, :, :], axis=2)
    front: BoolArray = np.logical_not(np.any(as_good & better, axis=0))
    return front
