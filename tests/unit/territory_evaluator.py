"""An independent evaluator of territories: plain loops over the words of the territory model, and random tiny problems."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from sim.planning import PlanningProblem
from sim.snapshot import UNASSIGNED, Vocabulary
from strategies.formulation.book_sizes import Sizes
from strategies.formulation.contradictions import consistent_homes
from strategies.formulation.territory_model import needs_owner
from strategies.optimized import Optimized
from strategies.shared.candidates import candidates
from strategies.worth.score import SCORES
from strategies.worth.support import supported_by
from strategies.worth.throughput import Beliefs, Outlook
from tests.worlds import tiny_problem

FAR_KM = 500.0  # less than between any two of the four cities of the tiny market


def in_teams(problem: PlanningProblem, *team: str) -> PlanningProblem:
    """The problem with a team for each seat, by name."""
    names = tuple(sorted(set(team)))
    words: Vocabulary = replace(problem.vocabulary, teams=names)
    return replace(problem, vocabulary=words, seats=replace(problem.seats, team=np.array([names.index(t) for t in team])))


def random_problem(rng: np.random.Generator, accounts_n: int = 5, seats_n: int = 3) -> PlanningProblem:
    """Random owners, skills, teams, protection, hours, and whether somebody must own everything."""
    owner = rng.integers(-1, seats_n, accounts_n)
    german, speakers = np.flatnonzero(rng.random(accounts_n) < 0.3), (0, 1)[: rng.integers(1, 3)]
    problem = tiny_problem(
        accounts_n, seats_n, owner=owner, german=tuple(german), german_seats=speakers,
        capacity_h_per_week=np.where(rng.random(seats_n) < 0.15, 0.0, 12.0), protected=(rng.random(accounts_n) < 0.3),
    )  # fmt: skip
    return replace(in_teams(problem, *rng.choice(["commercial", "enterprise", "field"], seats_n)), leave_none=bool(rng.random() < 0.6))


def scarce(problem: PlanningProblem, rng: np.random.Generator) -> PlanningProblem:
    """Some problems with a buffer, some with customers that ask for support, some with too few hours."""
    rates = replace(problem.rates, support_h_per_week=np.full(3, 1.0 if rng.random() < 0.4 else 0.0))
    hours = problem.seats.capacity_h_per_week * (0.15 if rng.random() < 0.5 else 1.0)
    seats = replace(problem.seats, capacity_h_per_week=hours)
    return replace(problem, rates=rates, seats=seats, buffer_share=0.2 if rng.random() < 0.3 else 0.0)


def random_strategy(rng: np.random.Generator) -> Optimized:
    """Every parameter of the model, on or off."""
    least, most = sorted(int(k) for k in rng.integers(1, 4, 2))
    return Optimized(
        disruption_loss_share=float(rng.choice([0.0, 0.02, 0.3])),
        imbalance_weight=float(rng.choice([0.0, 0.005, 0.3])),
        imbalance_max_weight=float(rng.choice([0.0, 0.2])),
        travel_usd_per_h=float(rng.choice([0.0, 60.0])),
        accounts_min=least if rng.random() < 0.4 else None,
        accounts_max=most if rng.random() < 0.4 else None,
        distance_max_km=FAR_KM if rng.random() < 0.3 else None,
        by_team=bool(rng.random() < 0.3),
    )


def kept_by_some_design(problem: PlanningProblem, *rules: Any) -> bool:
    """By trying every design."""
    designs = itertools.product(range(-1, len(problem.seats)), repeat=len(problem.owner))
    options = [possible(problem, i, rules[2], rules[3]) for i in range(len(problem.owner))]
    return any(
        all(o in option for o, option in zip(design, options, strict=True)) and right_numbers(problem, design, *rules[:2])
        for design in designs
    )


def possible(problem: PlanningProblem, i: int, by_team: bool, km: float | None) -> list[int]:
    """Whose an account may be by every rule but numbers, -1 for nobody's; empty if a rule leaves nobody for one that needs somebody."""
    today, one, seats = int(problem.owner[i]), np.array([i]), range(len(problem.seats))
    skilled = [r for r in seats if problem.eligible(one, np.array([r]))[0]]
    team_of = [problem.vocabulary.teams[t] for t in problem.seats.team]
    segment = problem.vocabulary.segments[problem.accounts.segment[i]]
    mates = [r for r in skilled if not by_team or segment not in team_of or team_of[r] == segment]
    working = [r for r in mates if problem.seats.capacity_h_per_week[r] > 0] or mates
    near = [r for r in working if km is None or problem.distance_km(one, np.array([r]))[0] <= km]
    needs = problem.leave_none or not np.isnan(problem.accounts.customer_since_day[i]) or i in problem.deals.account
    if problem.protected[i] or not skilled:
        return [today]
    if not near and today not in working:
        return [] if today < 0 and needs else [today]
    return sorted({*near, *([today] if today in working else []), *([] if needs else [-1])})


def right_numbers(problem: PlanningProblem, owner: Sequence[int], least: int | None, most: int | None) -> bool:
    """Whether every seat that has hours has its number of accounts."""
    counts = [list(owner).count(r) for r in range(len(problem.seats)) if problem.seats.capacity_h_per_week[r] > 0]
    return all((least or 0) <= n and (most is None or n <= most) for n in counts)


@dataclass(frozen=True)
class State:
    """One thing that can be done with an account: its owner (-1: nobody), whether it is worked, and what that brings and takes."""

    owner: int
    worked: bool
    value_usd: float
    hours: float


class Words:
    """The maths of a problem, one number at a time. ``home`` is where support was evened out to, ``kept`` where numbers are kept too."""

    def __init__(self, problem: PlanningProblem, strategy: Optimized, home: Sequence[int], kept: Sequence[int]) -> None:
        self.problem, self.strategy, self.home, self.kept = problem, strategy, home, kept
        score = SCORES[strategy.score](problem)
        beliefs = Beliefs(strategy.fit_logit, strategy.skill_logit, strategy.relationship_logit)
        self.outlook = Outlook.of(problem, score.potential_usd, score.shift, beliefs)
        support_h = problem.support_h_per_week * problem.horizon_days / 7
        self.support_h = [float(h) for h in support_h]
        self.budget_h = []
        for r in range(len(problem.seats)):
            set_aside = sum(h for i, h in enumerate(self.support_h) if kept[i] == r)
            self.budget_h.append(max((1 - problem.buffer_share) * float(self.outlook.capacity_h[r]) - set_aside, 0.0))

    def alone(self, i: int, r: int) -> tuple[float, float]:
        """What an account brings and asks at a seat, alone: u and h."""
        value, hours = self.outlook.pairs(np.array([i]), np.array([r]))
        return float(value[0]), float(hours[0])

    def worked(self, i: int, r: int) -> tuple[float, float]:
        """What it brings and asks if the seat works it by plan: moved or not, travel paid, with the support that the seat takes on."""
        s, (u, h), one, there = self.strategy, self.alone(i, r), np.array([i]), np.array([r])
        share = float(self.problem.travel_h_per_week(one, there)[0] / self.problem.workload_h_per_week(one, there)[0])
        v = (u if self.problem.owner[i] in (-1, r) else u * (1 - s.disruption_loss_share)) - s.travel_usd_per_h * h * share
        return v, h + (self.support_h[i] if r != self.kept[i] else 0.0)

    def states(self, i: int) -> list[State]:
        """Everything that may be done with an account."""
        problem, s, today = self.problem, self.strategy, int(self.problem.owner[i])
        may = possible(problem, i, s.by_team, s.distance_max_km)
        fixed = may == [today]
        found = []
        for r in [r for r in may if r >= 0]:
            one, there = np.array([i]), np.array([r])
            workload = float(problem.workload_h_per_week(one, there)[0])
            fits = workload <= problem.seats.capacity_h_per_week[r] and problem.eligible(one, there)[0]
            if self.worked(i, r)[0] > 0 and fits:
                found.append(State(r, True, *self.worked(i, r)))
        limited, fill_up = s.accounts_max is not None or bool(s.accounts_min), bool(s.accounts_min)
        for r in [r for r in may if r >= 0]:
            at_home = r == self.kept[i] and (-1 not in may or fill_up)
            anywhere = not fixed and (fill_up or (-1 not in may and (limited or self.kept[i] < 0)))
            if at_home or anywhere:
                free = r in (today, self.home[i]) or today < 0 or today not in may
                cost = 0.0 if free else s.disruption_loss_share * self.alone(i, today)[0]
                found.append(State(r, False, -cost, self.support_h[i] if r != self.kept[i] else 0.0))
        return found + [State(-1, False, 0.0, 0.0)] * (-1 in may)

    def objective_usd(self, plan: Sequence[State]) -> float:
        """Objective (1); minus infinity if hours or numbers are not kept."""
        problem, s, seats = self.problem, self.strategy, range(len(self.budget_h))
        for r in seats:
            if sum(p.hours for p in plan if p.owner == r) > self.budget_h[r] + 1e-9:
                return float("-inf")
        if not right_numbers(problem, [p.owner for p in plan], s.accounts_min, s.accounts_max):
            return float("-inf")
        off = [abs(self.book_usd(plan, r) - self.target_usd(r)) for r in seats]
        return sum(p.value_usd for p in plan) - s.imbalance_weight * sum(off) - s.imbalance_max_weight * max(off)

    def book_usd(self, plan: Sequence[State], r: int) -> float:
        """Potential of a book."""
        return sum(float(usd) for usd, p in zip(self.problem.accounts.potential_usd, plan, strict=True) if p.owner == r)

    def target_usd(self, r: int) -> float:
        """What a book should hold where everybody has an owner: by capacity, of all that somebody may own."""
        hours = self.problem.seats.capacity_h_per_week
        may = [possible(self.problem, i, self.strategy.by_team, self.strategy.distance_max_km) for i in range(len(self.home))]
        owned = sum(float(usd) for usd, option in zip(self.problem.accounts.potential_usd, may, strict=True) if option != [-1])
        return owned * (float(hours[r] / hours.sum()) if hours.any() else 1 / len(hours))

    def best_usd(self) -> float:
        """The optimum, by trying every plan."""
        return max(self.objective_usd(plan) for plan in itertools.product(*(self.states(i) for i in range(len(self.home)))))


def words(problem: PlanningProblem, strategy: Optimized) -> Words:
    """The same problem in words."""
    who = candidates(problem, by_team=strategy.by_team, distance_max_km=strategy.distance_max_km)
    home = supported_by(problem, who, np.where(who.keeps(problem.owner), problem.owner, UNASSIGNED))
    sizes = Sizes.of(problem, strategy.accounts_min, strategy.accounts_max)
    kept = consistent_homes(problem, who, home, needs_owner(problem, who), sizes)
    return Words(problem, strategy, home.tolist(), kept.tolist())
