"""What a planner can say of a design account by account and seat by seat: the evidence for a move, in facts that its reps can check.

Everything comes from the CRM and the public rates; nothing is the planner's objective. Of every account there is

    value      what its seat would book with it over the horizon if it were worked whenever it may be,
               nothing where the seat lacks a required skill or the hours for a single account             strategies/worth/throughput.py
    reached    how much of the hours that it asks its seat has for it, in its rep's own order of work       strategies/worth/predict.py

and of every seat

    load       hours asked / hours there are, over the horizon: what all accounts of the book would ask if they were worked whenever
               they may be, and the support of its customers, over capacity x productive share (a person who ramps has fewer hours)
    travel     hours a week on the road, for what is reached
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.planning import PlanningProblem
from sim.snapshot import DAYS_PER_WEEK, ENGAGED_WINDOW_DAYS, UNASSIGNED, BoolArray, FloatArray, IntArray
from strategies.worth.predict import predict
from strategies.worth.score import SCORES
from strategies.worth.support import asked_h
from strategies.worth.throughput import Beliefs, Outlook


@dataclass(frozen=True, eq=False)
class Design:
    """A design as the planner sees it. By account (accounts,): ``owner``, ``value_usd`` (NaN without an owner), ``reached_share``.

    By seat (seats,): accounts, those worked in 90 days (by whoever owned them), customers of its book; potential, usd a
    year; ``load`` (NaN without hours); travel. ``per_hour`` is the potential per capacity hour over its mean (0 without hours).
    """

    owner: IntArray
    value_usd: FloatArray
    reached_share: FloatArray
    accounts_n: IntArray
    worked_n: IntArray
    customers_n: IntArray
    potential_usd: FloatArray
    per_hour: FloatArray
    load: FloatArray
    travel_h_per_week: FloatArray


@dataclass(frozen=True, eq=False)
class Planner:
    """A problem, what is expected of its accounts, and today's owners as a design: what designs are compared with."""

    problem: PlanningProblem
    outlook: Outlook
    today: Design

    @staticmethod
    def of(problem: PlanningProblem) -> Planner:
        """Look at a problem once, for all its designs."""
        score = SCORES["historical"](problem)
        outlook = Outlook.of(problem, score.potential_usd, score.shift, Beliefs())
        return Planner(problem, outlook, _seen(problem, outlook, problem.owner))

    def sees(self, owner: IntArray) -> Design:
        """A design, ``owner`` (accounts,)."""
        return _seen(self.problem, self.outlook, owner)

    @property
    def worked(self) -> BoolArray:
        """Which accounts (accounts,) somebody has touched in 90 days."""
        touched: BoolArray = self.problem.last_touch_day >= -ENGAGED_WINDOW_DAYS
        return touched


def _seen(problem: PlanningProblem, outlook: Outlook, owner: IntArray) -> Design:
    seats_n, book = len(problem.seats), np.flatnonzero(owner != UNASSIGNED)
    seat, owned = owner[book], owner != UNASSIGNED

    def total(values: NDArray[np.generic]) -> FloatArray:
        return np.bincount(seat, weights=values[book], minlength=seats_n).astype(np.float64)

    def number(which: BoolArray) -> IntArray:
        return np.bincount(seat[which[book]], minlength=seats_n)

    at = np.where(owned, owner, 0)
    everything = np.arange(len(owner))
    workable = outlook.workable(everything, at)
    value, hours = (np.where(workable, each, 0.0) for each in outlook.pairs(everything, at))
    reached = predict(owner, problem).worked_share
    workload = problem.workload_h_per_week(everything, at)
    on_the_road = np.divide(problem.travel_h_per_week(everything, at), workload, out=np.zeros(len(owner)), where=workload > 0)
    capacity_h = problem.seats.capacity_h_per_week
    potential = total(problem.accounts.potential_usd)
    per_hour = np.divide(potential, capacity_h, out=np.zeros(seats_n), where=capacity_h > 0)
    mean = per_hour[capacity_h > 0].mean() if potential.any() and np.any(capacity_h > 0) else 1.0
    there_h = outlook.capacity_h
    return Design(
        owner=owner,
        value_usd=np.where(owned, value, np.nan),
        reached_share=reached,
        accounts_n=number(owned),
        worked_n=number(problem.last_touch_day >= -ENGAGED_WINDOW_DAYS),
        customers_n=number(~np.isnan(problem.accounts.customer_since_day)),
        potential_usd=potential,
        per_hour=per_hour / mean,
        load=np.divide(total(hours) + asked_h(problem, owner), there_h, out=np.full(seats_n, np.nan), where=there_h > 0),
        travel_h_per_week=total(hours * reached * on_the_road) / (problem.horizon_days / DAYS_PER_WEEK),
    )


def evidence_table(planner: Planner, design: Design) -> pd.DataFrame:
    """Columns beside the reasons of designs/<arm>.csv: before (``from_``) and after (``to_``), empty for accounts that do not change hands.

    Of the seat that an account leaves: load, accounts, and how many of them were worked in 90 days, all as they are today; of the one
    that it joins the load that it will have; of both the hours a week that there are, a ramp counted. Of the account: days since anybody
    touched it, whether each seat is skilled in its industry, hours of a round trip (empty where nobody visits), value and reached share as
    in this module's head. Rounded for people.
    """
    problem, today = planner.problem, planner.today
    accounts = np.arange(len(design.owner))
    changes = today.owner != design.owner
    visited = (problem.rates.visits_per_week[problem.accounts.segment] > 0) & ~np.isnan(problem.accounts.latitude)
    has_industry = np.isin(np.array(problem.vocabulary.industries, dtype=object), problem.vocabulary.skills)[problem.accounts.industry]

    def of_account(values: FloatArray, side: Design, digits: int, where: BoolArray | None = None) -> FloatArray:
        shown = changes & (side.owner != UNASSIGNED) & (True if where is None else where)
        return np.where(shown, np.round(values, digits), np.nan)

    def of_seat(values: NDArray[np.generic], side: Design, digits: int) -> FloatArray:
        return of_account(values.astype(np.float64)[side.owner], side, digits)

    def skilled(side: Design) -> NDArray[np.object_]:
        known = changes & (side.owner != UNASSIGNED) & has_industry
        return np.where(known, np.where(problem.skill_match(accounts, side.owner), "yes", "no"), "").astype(object)

    hours_a_week = planner.outlook.capacity_h / (problem.horizon_days / DAYS_PER_WEEK)
    days_ago = np.where(np.isnan(problem.last_touch_day), np.inf, -problem.last_touch_day)
    columns: dict[str, NDArray[np.generic]] = {
        "last_touch_days_ago": np.where(np.isinf(days_ago), np.nan, of_account(days_ago, today, 0)),
        "from_accounts_n": of_seat(today.accounts_n, today, 0),
        "from_worked_90d_n": of_seat(today.worked_n, today, 0),
    }
    for name, side in (("from", today), ("to", design)):
        columns |= {
            f"{name}_capacity_h_per_week": of_seat(hours_a_week, side, 1),
            f"{name}_load": of_seat(side.load, side, 2),
            f"{name}_skilled": skilled(side),
            f"{name}_trip_h": of_account(problem.trip_h(accounts, side.owner), side, 1, visited),
            f"{name}_reached_share": of_account(side.reached_share, side, 2),
            f"{name}_value_usd": of_account(side.value_usd, side, 0),
        }
    table = pd.DataFrame(columns)
    whole = [name for name in table.columns if str(name).endswith(("_n", "_ago", "_usd"))]
    return table.astype(dict.fromkeys(whole, "Int64"))
