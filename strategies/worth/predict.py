"""What the planner expects of any design, whoever made it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from sim.planning import PlanningProblem
from sim.snapshot import UNASSIGNED, FloatArray, IntArray
from strategies.worth.score import SCORES, tam
from strategies.worth.support import asked_h
from strategies.worth.throughput import Beliefs, Outlook


@dataclass(frozen=True, eq=False)
class Prediction:
    """Expected over the horizon, by seat (seats,); ``worked_share`` (accounts,) is how much of the hours it asks an account gets."""

    bookings_usd: float
    seat_bookings_usd: FloatArray
    seat_hours: FloatArray
    worked_share: FloatArray


def predict(owner: IntArray, problem: PlanningProblem, score: str = "historical", beliefs: Beliefs | None = None) -> Prediction:
    """Fill every seat's hours in its rep's order of priority, the last account fractionally; add up what the worked accounts bring.

    ``owner`` (accounts,) is any design, -1 unassigned. Reps go by the value per hour that the CRM's own estimates show; what comes of it
    is expected with the account score. Moved accounts start late and without relationship; travel takes hours, and so do a ramp and, before
    all selling, the support of customers.
    """
    beliefs = Beliefs() if beliefs is None else beliefs
    believed, seen = SCORES[score](problem), tam(problem)
    outlook = Outlook.of(problem, believed.potential_usd, believed.shift, replace(beliefs, **believed.measured))
    accounts = np.flatnonzero(owner != UNASSIGNED)
    seats = owner[accounts]
    accounts, seats = (each[outlook.workable(accounts, seats)] for each in (accounts, seats))
    value, hours = outlook.pairs(accounts, seats)
    as_reps = replace(outlook, beliefs=beliefs).seen_as(seen.potential_usd, seen.shift)
    seen_usd, seen_hours = as_reps.pairs(accounts, seats)
    priority = seen_usd / np.maximum(seen_hours, 1e-9)
    order = np.lexsort((accounts, -priority, seats))
    before = np.cumsum(hours[order]) - hours[order]
    first = np.searchsorted(seats[order], np.arange(len(problem.seats)))  # where each seat's book begins
    book_before = np.append(before, 0.0)[np.minimum(first, len(before))]
    selling_h = np.maximum(outlook.capacity_h - asked_h(problem, owner), 0.0)
    left = selling_h[seats[order]] - (before - book_before[seats[order]])
    worked_share = np.zeros(len(owner))
    worked_share[accounts[order]] = np.clip(left / np.maximum(hours[order], 1e-9), 0.0, 1.0)
    seat_bookings_usd, seat_hours = np.zeros(len(problem.seats)), np.zeros(len(problem.seats))
    np.add.at(seat_bookings_usd, seats, value * worked_share[accounts])
    np.add.at(seat_hours, seats, hours * worked_share[accounts])
    return Prediction(
        bookings_usd=float(seat_bookings_usd.sum()),
        seat_bookings_usd=seat_bookings_usd,
        seat_hours=seat_hours,
        worked_share=worked_share,
    )
