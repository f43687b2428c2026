"""An independent evaluator of an assignment: plain loops over the model's own words, sharing no code with the solver. Written before it."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import numpy as np

from strategies.assignment_lp import AssignmentModel


def violations(model: AssignmentModel, worked_at: list[int]) -> list[str]:
    """What is wrong with a plan: a pair that is not allowed, or a seat over its budget. Empty if it is feasible."""
    wrong = []
    used = [0.0] * len(model.budget_h)
    for i, r in enumerate(worked_at):
        if r < 0:
            continue
        value, hours = model.pairs(np.array([i]))
        if not np.isfinite(value[0, r]):
            wrong.append(f"account {i} may not be worked at seat {r}")
        used[r] += hours[0, r]
    for r, hours_used in enumerate(used):
        if hours_used > model.budget_h[r] * (1 + 1e-9) + 1e-9:
            wrong.append(f"seat {r} uses {hours_used} h of {model.budget_h[r]} h")
    return wrong


def objective_usd(model: AssignmentModel, owner: list[int], worked_at: list[int]) -> float:
    """Value of what is worked minus the weighted distance of each book's potential from its target."""
    total = 0.0
    book = [0.0] * len(model.budget_h)
    for i, (o, r) in enumerate(zip(owner, worked_at, strict=True)):
        assert r in (-1, o), f"account {i} is owned by {o} and worked at {r}"
        if r >= 0:
            total += float(model.pairs(np.array([i]))[0][0, r])
        if o >= 0:
            book[o] += float(model.potential_usd[i])
    target = [s * float(sum(model.potential_usd)) for s in model.share.tolist()]
    off_target = sum(abs(b - t) for b, t in zip(book, target, strict=True))
    return float(total - model.imbalance_weight * off_target)


def all_designs(model: AssignmentModel) -> Iterator[tuple[list[int], list[int]]]:
    """Every (owner, worked_at) there is: an account is worked where allowed, or parked at its home, or anywhere if it has none."""
    options = []
    for i, home in enumerate(model.home.tolist()):
        value = model.pairs(np.array([i]))[0][0]
        worked = [(r, r) for r in range(len(value)) if np.isfinite(value[r])]
        parked = [(home, -1)] if home >= 0 else [(r, -1) for r in range(len(value))]
        options.append(worked + parked)
    for design in itertools.product(*options):
        yield [o for o, _ in design], [r for _, r in design]


def lagrangian_usd(model: AssignmentModel, prices: list[float], balance: list[float]) -> float:
    """The most that any design earns if hours are for sale at ``prices`` and potential off target at ``balance``, by trying every one."""
    best = -np.inf
    target = [s * float(sum(model.potential_usd)) for s in model.share.tolist()]
    for owner, worked_at in all_designs(model):
        earned = sum(p * h for p, h in zip(prices, model.budget_h.tolist(), strict=True))
        earned += sum(b * t for b, t in zip(balance, target, strict=True))
        for i, (o, r) in enumerate(zip(owner, worked_at, strict=True)):
            earned -= balance[o] * float(model.potential_usd[i])
            if r >= 0:
                value, hours = model.pairs(np.array([i]))
                earned += float(value[0, r]) - prices[r] * float(hours[0, r])
        best = max(best, earned)
    return best


def best_usd(model: AssignmentModel) -> float:
    """The optimum, by trying every design."""
    return max(objective_usd(model, o, w) for o, w in all_designs(model) if not violations(model, w))
