"""Teams and segments first, then any strategy inside each.

1. A team that is named after a segment works that segment, and nobody else does.
2. The other seats are allotted to the segments without a team of their own (to all segments, if each has one), in proportion to the hours
   that their accounts ask for: one seat each, those that ask for the most first, then by highest averages (Webster's rule; Balinski & Young
   1982, Fair Representation). Unlike largest remainders, it never takes a seat from a segment when one more is there to be allotted.
3. Who goes where: as many hours of work as possible stay with the seat that has them today, then skills and the right to work the
   accounts decide (an assignment problem). Seats that own nothing take what the others leave, so that they displace nobody.
4. A segment without seats, as where there are more segments than seats, is worked with the one that asks for the most similar hours a week.
5. Each of these parts is planned by ``inner``. An account that nobody in its part may own goes to a part where somebody may; protected
   accounts stay with their owner, whatever the team.

A seat that is added to a team, or anywhere as long as it owns nothing, changes the books of its own segment only. Farmers and hunters are
allotted apart, each by the accounts that they work. Hours are those of selling, by segment, without travel: :func:`hours_asked`. Uses no
data that may be missing but what ``inner`` uses. Time O(seats^3), with a small constant, and that of ``inner``.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.planning import Assignment, PlanningProblem
from sim.snapshot import UNASSIGNED, FloatArray, IntArray
from strategies.shared.candidates import candidates
from strategies.shared.part import Composite, divide, plan_parts

SKILLS_COUNT = 1e-3  # of what an account counts for that a seat owns today, if it is skilled for all of it


@dataclass(frozen=True)
class SegmentFirst(Composite):
    """``inner`` plans each segment among the seats of its own."""

    def assign(self, problem: PlanningProblem, rng: np.random.Generator) -> Assignment:
        """The design of ``inner`` in every segment; raises Unsupported if ``inner`` does for one of them."""
        segment_of_seat = seats_of_segments(problem)
        with_seats, seat_group = np.unique(segment_of_seat, return_inverse=True)
        hours = problem.rates.hours_per_week
        like = np.abs(hours[:, None] - hours[with_seats]).argmin(axis=1)
        like[with_seats] = np.arange(len(with_seats))
        parts = divide(problem, candidates(problem), like[problem.accounts.segment], seat_group)
        return plan_parts(problem, parts, [self.inner] * len(parts), rng)


def hours_asked(problem: PlanningProblem) -> FloatArray:
    """Hours a week (accounts,) of selling and support that each account asks for in the long run, whoever works it.

    w E[days of an attempt] / (E[days of an attempt] + E[rest]) + support, with w hours a week while it is worked: the share of time that
    an alternating renewal process is on (Ross 1996, Stochastic Processes, section 3.4), at the public rates.
    """
    rates, segment = problem.rates, problem.accounts.segment
    on_share = []
    for chance in (rates.pass_chance, rates.expansion_pass_chance):
        reached = np.cumprod(chance, axis=1)
        days = rates.stage_days[:, 0] + (reached[:, :-1] * rates.stage_days[:, 1:]).sum(axis=1)
        rest_days = rates.rest_after_loss_days + reached[:, -1] * (rates.rest_after_win_days - rates.rest_after_loss_days)
        on_share.append(days / (days + rest_days))
    prospect, customer = on_share
    bought = ~np.isnan(problem.accounts.customer_since_day)
    asked: FloatArray = rates.hours_per_week[segment] * np.where(bought, customer[segment], prospect[segment]) + problem.support_h_per_week
    return asked


def seats_of_segments(problem: PlanningProblem) -> IntArray:
    """The segment (seats,) that each seat works: steps 1 to 3."""
    segments, seats = problem.vocabulary.segments, problem.seats
    of_team = np.array([segments.index(team) if team in segments else UNASSIGNED for team in problem.vocabulary.teams], dtype=np.int64)
    segment_of_seat = of_team[seats.team]
    with_accounts = np.unique(problem.accounts.segment)
    open_to_all = np.setdiff1d(with_accounts, segment_of_seat)
    if not len(open_to_all):
        open_to_all = with_accounts
    hours, customer = hours_asked(problem), ~np.isnan(problem.accounts.customer_since_day)
    for works in ((True, True), (True, False), (False, True)):  # hybrids, hunters, farmers
        alike = (problem.works_prospects == works[0]) & (problem.works_customers == works[1])
        free = np.flatnonzero((segment_of_seat == UNASSIGNED) & alike)
        theirs = np.where(customer, works[1], works[0]) * hours
        wanted_h = np.bincount(problem.accounts.segment, theirs, len(segments)).astype(np.float64)[open_to_all]
        owns = np.isin(free, problem.owner)
        fit = _fit(problem, free, theirs)[:, open_to_all]
        seats_n, given = apportioned(wanted_h, int(owns.sum())), np.zeros(len(free), dtype=np.int64)
        given[owns] = _matched(fit[owns], seats_n)
        given[~owns] = _matched(fit[~owns], apportioned(wanted_h, len(free)) - seats_n)
        segment_of_seat[free] = open_to_all[given]
    return segment_of_seat


def apportioned(wanted: FloatArray, n: int) -> IntArray:
    """How many of ``n`` seats each gets (same shape as ``wanted``): one for each that wants any, the largest first, then Webster's rule."""
    got = np.zeros(len(wanted), dtype=np.int64)
    for _ in range(n):
        claim = np.where((got == 0) & (wanted > 0), np.inf, wanted / (2 * got + 1))
        got[np.lexsort((np.arange(len(wanted)), -wanted, -claim))[0]] += 1
    return got


def _fit(problem: PlanningProblem, seats: IntArray, hours: FloatArray) -> FloatArray:
    """How well each seat goes with each segment (seats, segments): by the hours of work that it has there today, then by skills."""
    segments_n, everything = len(problem.vocabulary.segments), np.arange(len(problem.accounts))
    fit = np.zeros((len(seats), segments_n))
    for row, seat in enumerate(seats):
        may, knows = problem.eligible(everything, seat), problem.skill_match(everything, seat)
        counts = hours * ((problem.owner == seat) + SKILLS_COUNT * may * (1.0 + knows) / 2)
        fit[row] = np.bincount(problem.accounts.segment, counts, segments_n)
    return fit


def _matched(fit: FloatArray, places_n: IntArray) -> IntArray:
    """The column (rows,) for each row of ``fit``, column c being taken ``places_n[c]`` times, so that the sum is the largest."""
    from scipy.optimize import linear_sum_assignment

    place: IntArray = np.repeat(np.arange(len(places_n)), places_n)
    rows, chosen = linear_sum_assignment(fit[:, place], maximize=True)
    matched = np.zeros(len(fit), dtype=np.int64)
    matched[rows] = place[chosen]
    return matched
