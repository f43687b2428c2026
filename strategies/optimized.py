"""Maximise expected captured value over the horizon, under capacity, skills, protection and buffer, minus disruption and imbalance.

The model. Choose x_ir in {0, 1}: account i is worked by seat r, as a plan.

    (1)  maximise   sum_ir v_ir x_ir  -  w sum_r |B_r - T_r|
    (2)  subject to sum_r x_ir <= 1                          for every account i
    (3)             sum_i h_ir x_ir + S_r <= (1 - b) H_r     for every seat r
    (4)             x_ir = 0                                 unless r has the skills and the hours for i, and i is not protected elsewhere
    (5)  with       v_ir = u_ir (1 - c [i changes hands])
    (6)             B_r = sum_i p_i x_ir + p_i of the accounts parked at r
    (7)             T_r = (C_r / sum_s C_s) sum_i p_i
    (8)             S_r = sum_i s_i of the accounts in r's book, worked or parked

Travel costs no money here; it costs hours (in h_ir), and hours are what is scarce. An account that nobody works by plan is parked: it
stays with its owner (moving it would bring nothing), and without one it goes to a seat below its target (7), so that everybody is owned.
Reps decide themselves what they work first, by value per hour; (1)-(3) plan what they will find worth working, since at the optimum
that is what brings more than the price of an hour at its seat.

Where customers ask for support, homes are evened out first (strategies/support.py), since no plan can say what it costs to wear people
out: in a team with too few hours for its support, everybody lacks the same share, and sells less than if few lacked them all. The hours in
(8) are then set aside at the home and, for an account that is worked elsewhere, asked for there too: what leaving frees is left free.

    Where     means                                                              from
    -----     -----                                                              ----
    u_ir      expected amounts won over the horizon, usd                         strategies/throughput.py, with the account score
    h_ir      expected hours over the horizon, travel included                   strategies/throughput.py
    H_r       hours of the seat over the horizon, fewer where somebody ramps     strategies/throughput.py
    C_r       hours a week of the seat, ramped                                   capacity_h_per_week
    s_i       hours of support over the horizon                                  strategies/support.py
    b         share of the hours left free                                       problem.buffer_share
    p_i       the CRM's estimate of the potential, usd a year                    accounts.potential_usd
    T_r       potential a seat should hold, usd a year                           by capacity
    c         value lost by moving beyond relationship and gap (both in u_ir)    disruption_loss_share
    w         price of a usd of potential off target                             imbalance_weight

The gap that is stated is the solver's. It says nothing of how well (1) foresees bookings: see :func:`strategies.predict.predict`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.planning import Assignment, PlanningProblem
from sim.snapshot import UNASSIGNED, FloatArray, IntArray
from strategies.assignment_lp import AssignmentModel, Solution, solve
from strategies.candidates import Candidates, candidates, seat_share
from strategies.score import SCORES
from strategies.support import asked_h, support_h_away, supported_by
from strategies.throughput import Beliefs, Outlook

_NO_GAIN = np.finfo(np.float64).min  # of a seat without the hours: the last choice, yet one


@dataclass(frozen=True)
class Optimized:
    """The optimised design. Values and sources of the defaults stand in ``conf/strategies/optimized.yaml``.

    ``score``: what an account is worth (``historical`` or ``tam``). ``fit_logit``, ``skill_logit``, ``relationship_logit``: see
    :class:`strategies.throughput.Beliefs`. ``disruption_loss_share``: the least gain for which an account moves, as a share of its value.
    ``imbalance_weight``: usd per usd of potential off target. ``candidates_n``: seats considered for each account at first.
    """

    score: str = "historical"
    fit_logit: float = 0.5
    skill_logit: float = 0.10
    relationship_logit: float = 0.6
    disruption_loss_share: float = 0.02
    imbalance_weight: float = 0.005
    candidates_n: int = 7

    def __post_init__(self) -> None:
        if self.score not in SCORES:
            raise ValueError(f"optimized.score: {self.score!r} is not one of {', '.join(SCORES)}")
        if not 0 <= self.disruption_loss_share <= 1:
            raise ValueError(f"optimized.disruption_loss_share: {self.disruption_loss_share} must lie between 0 and 1")
        if self.imbalance_weight < 0:
            raise ValueError(f"optimized.imbalance_weight: {self.imbalance_weight} must not be negative")
        if self.candidates_n < 1:
            raise ValueError(f"optimized.candidates_n: {self.candidates_n} must be at least 1")

    def assign(self, problem: PlanningProblem, rng: np.random.Generator) -> Assignment:
        """The best plan found; ``info`` states objective, proven bound, gap and status. Uses no chance."""
        del rng
        who = candidates(problem)
        model = self.model(problem, who)
        solution = solve(model, self.candidates_n)
        owner = _with_parked(problem, who, model, solution)
        objective = model.objective_usd(owner, solution.worked_at)
        return Assignment(
            owner,
            {
                "objective_usd": objective,
                "bound_usd": solution.bound_usd,
                "gap_share": (solution.bound_usd - objective) / max(abs(solution.bound_usd), 1.0),
                "status": solution.status,
                "planned_n": int(np.sum(solution.worked_at != UNASSIGNED)),
            },
        )

    def model(self, problem: PlanningProblem, who: Candidates) -> AssignmentModel:
        """The numbers of (1)-(8) for a problem."""
        beliefs = Beliefs(self.fit_logit, self.skill_logit, self.relationship_logit)
        score = SCORES[self.score](problem)
        outlook = Outlook.of(problem, score.potential_usd, score.shift, beliefs)
        seats = np.arange(len(problem.seats))
        keeps = (problem.owner != UNASSIGNED) & (who.stays | who.allowed[who.kind, problem.owner])
        home = supported_by(problem, who, np.where(keeps, problem.owner, UNASSIGNED))

        def pairs(accounts: IntArray) -> tuple[FloatArray, FloatArray]:
            rows = accounts[:, None]
            value, hours = outlook.pairs(rows, seats)
            today = problem.owner[rows]
            value = np.where((today != UNASSIGNED) & (today != seats), (1.0 - self.disruption_loss_share) * value, value)
            allowed = outlook.workable(rows, seats) & np.where(who.stays[rows], today == seats, who.allowed[who.kind[accounts]])
            return np.where(allowed, value, -np.inf), hours + support_h_away(problem, rows, seats, home)

        out_of_reach = who.stays & (problem.owner == UNASSIGNED)  # nobody may own it
        return AssignmentModel(
            pairs=pairs,
            budget_h=np.maximum((1.0 - problem.buffer_share) * outlook.capacity_h - asked_h(problem, home), 0.0),
            potential_usd=np.where(out_of_reach, 0.0, problem.accounts.potential_usd),
            home=home,
            share=seat_share(problem, by_capacity=True),
            imbalance_weight=self.imbalance_weight,
        )


def _with_parked(problem: PlanningProblem, who: Candidates, model: AssignmentModel, solution: Solution) -> IntArray:
    """Owners (accounts,): who works it by plan, else its home. The others are dealt out, largest potential first: to the seat that comes
    nearest to working it at the plan's prices among those that it does not lift above target, else to the one farthest below.
    """
    owner = np.where(solution.worked_at != UNASSIGNED, solution.worked_at, model.home)
    homeless = who.open(owner)
    if not len(homeless):
        return owner
    potential = model.potential_usd + 1e-6 * max(float(model.potential_usd.mean()), 1.0)  # worthless accounts are dealt out evenly too
    owned = owner != UNASSIGNED
    room = model.share * potential.sum() - np.bincount(owner[owned], potential[owned], len(model.share))
    largest_first = homeless[np.argsort(-potential[homeless], kind="stable")]
    gains = (value - solution.hour_price_usd * hours for _, value, hours in model.chunks(largest_first))
    for account, gain in zip(largest_first.tolist(), (row for chunk in gains for row in chunk), strict=True):
        allowed = who.allowed[who.kind[account]]
        fits = allowed & (room >= potential[account])
        seat = int(np.argmax(np.where(fits, np.maximum(gain, _NO_GAIN), -np.inf) if fits.any() else np.where(allowed, room, -np.inf)))
        owner[account] = seat
        room[seat] -= potential[account]
    return owner
