"""The model of sim/ as most people would write it with SimPy, kept for comparison.

A process for each rep, each engagement and each account that waits; a PriorityStore for the book and a Container for the hours; a timeout
for each stage; an interrupt when a better account turns up while the rep waits for hours; scalar draws from a NumPy generator; a list of
dicts as the log. Chances, rests, priorities and capacity are the engine's own (sim/chances.py), so both give the same bookings in law:
tests/unit/test_benchmarks.py holds them to it. The luck is consumed in order here, so two designs share none of it.
"""

from __future__ import annotations

import math
from collections.abc import Generator
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

import numpy as np
from scipy.special import logit
from simpy import Container, Environment, Event, Interrupt, PriorityItem, PriorityStore

from sim.chances import account_logit, value_per_hour_seen
from sim.market import Market, planning_problem
from sim.planning import PlanningProblem
from sim.policy import Policy
from sim.snapshot import DAYS_PER_WEEK, STAGES, UNASSIGNED, IntArray
from sim.world import World

Process = Generator[Event, Any, None]
Row = dict[str, float]


def simulate(market: Market, owner: IntArray, rng: np.random.Generator, world: World, policy: Policy, horizon_days: float) -> list[Row]:
    """The log of one future under ``owner`` (accounts,), a row for each engagement that was won or lost before ``horizon_days``."""
    company = Company(market, owner, rng, world, policy, horizon_days)
    problem = company.problem
    positions = np.arange(len(owner))
    workable = (owner != UNASSIGNED) & problem.eligible(positions, company.seat_of)
    for s in range(len(problem.seats)):
        Rep(company, s, np.flatnonzero(workable & (owner == s)).tolist())
    company.env.run(until=horizon_days)
    return company.log


@dataclass
class Deal:
    """An engagement that was under way on day 0."""

    stage: int
    age_days: float


class Company:
    """What all reps share: the clock, the dice, the log, and the facts of every account."""

    def __init__(
        self, market: Market, owner: IntArray, rng: np.random.Generator, world: World, policy: Policy, horizon_days: float
    ) -> None:
        self.env = Environment()
        self.rng = rng
        self.world = world
        self.policy = policy
        self.log: list[Row] = []
        self.problem = problem = planning_problem(market.snapshot, world, policy, horizon_days)
        self.seat_of = seat = np.where(owner == UNASSIGNED, 0, owner)
        same = problem.owner == owner
        gap_days = np.where(same | (problem.owner == UNASSIGNED), 0.0, policy.transition_gap_days)
        known_days = np.where(same, problem.engaged_days, 0.0)
        relationship = problem.relationship(known_days)
        truth = market.truth
        everybody, nobody_before = np.arange(len(owner)), np.zeros(len(owner), dtype=np.int64)
        people = (problem, truth, world, everybody, seat)
        shift = account_logit(*people, truth.talent[seat])[:, None]
        rates, segment = problem.rates, problem.accounts.segment
        self.logits = [(logit(base)[segment] + shift).tolist() for base in (rates.pass_chance, rates.expansion_pass_chance)]
        self.value = [value_per_hour_seen(*people, nobody_before, relationship, e).tolist() for e in (False, True)]
        self.potential_usd = (truth.potential_usd * truth.amount_scale).tolist()
        self.workload_h = problem.workload_h_per_week(everybody, seat).tolist()
        self.stage_days = rates.stage_days[segment].tolist()
        self.known_days = known_days.tolist()
        self.first_day = np.maximum(np.maximum(problem.rest_until_day, gap_days), 0.0).tolist()
        self.customer = (~np.isnan(problem.accounts.customer_since_day)).tolist()
        self.deals = open_deals(problem)

    def duration_days(self, account: int, stage: int) -> float:
        """How long a stage lasts: lognormal around its segment's mean."""
        sd = self.world.stage_log_sd
        return float(self.rng.lognormal(math.log(self.stage_days[account][stage]) - sd**2 / 2, sd))

    def remaining_days(self, account: int, deal: Deal) -> float:
        """How long the stage of an open deal still lasts: a lognormal duration, given that it is longer than its age.

        A deal older than any that the distribution knows is decided after another mean stage.
        """
        mean, sd, luck = self.stage_days[account][deal.stage], self.world.stage_log_sd, NormalDist()
        log_mean = math.log(mean) - sd**2 / 2
        older = 1.0 if deal.age_days <= 0 else luck.cdf((log_mean - math.log(deal.age_days)) / sd) if sd > 0 else 0.0
        tail = older * self.rng.random()
        days = math.exp(log_mean - sd * luck.inv_cdf(tail)) - deal.age_days if tail > 0 else 0.0
        return days if days > 0 else mean


class Rep:
    """One seat: takes the best account of the book, waits for the hours that it needs, and starts the next one."""

    def __init__(self, company: Company, seat: int, accounts: list[int]) -> None:
        self.company = company
        self.env = company.env
        self.seat = seat
        seats = company.problem.seats
        self.capacity_h, self.start_day = float(seats.capacity_h_per_week[seat]), float(seats.start_day[seat])
        self.book = PriorityStore(self.env)
        self.ramped = self.ramp()
        self.hours = Container(self.env, init=self.capacity_h * self.ramped)
        self.in_hand: PriorityItem | None = None
        self.wanted: Any = None
        later = []
        for account in accounts:
            if company.workload_h[account] > self.capacity_h:
                continue
            if company.first_day[account] > 0:
                later.append((company.first_day[account], -self.priority(account), account))
            else:
                self.offer(account)
        self.process = self.env.process(self.work())
        for day, _, account in sorted(later):  # of those that come on the same day the best comes first
            self.env.process(self.wait(account, day))
        if self.ramped < 1:
            self.env.process(self.grow())

    def work(self) -> Process:
        """Start the best account of the book whenever its hours are free; put it back if a better one comes meanwhile."""
        while True:
            item = yield self.book.get()
            self.in_hand = item
            self.wanted = self.hours.get(self.company.workload_h[item.item])
            try:
                yield self.wanted
            except Interrupt:
                self.wanted.cancel()
                self.book.put(item)
                continue
            self.in_hand = None
            self.env.process(self.engage(item.item))

    def offer(self, account: int) -> None:
        """An account of the book can be worked again: the rep may prefer it to the one that waits for its hours."""
        item = PriorityItem((-self.priority(account), account), account)
        self.book.put(item)
        if self.in_hand is not None and not self.wanted.triggered and item < self.in_hand:
            self.in_hand = None
            self.process.interrupt("a better account")

    def wait(self, account: int, days: float) -> Process:
        """An account rests, or is handed over."""
        yield self.env.timeout(days)
        self.offer(account)

    def engage(self, account: int) -> Process:
        """One attempt to win business at an account, stage by stage; then the account rests."""
        company, world, env = self.company, self.company.world, self.env
        start_day, known_days = env.now, company.known_days[account]
        expansion = company.customer[account]
        deal = company.deals.pop(account, None)
        logits = company.logits[expansion][account]
        won = True
        for stage in range(deal.stage if deal else 0, len(STAGES)):
            days = company.remaining_days(account, deal) if deal else company.duration_days(account, stage)
            deal = None
            yield env.timeout(days)
            relationship = 1 - 2 ** (-(known_days + env.now - start_day) / world.relationship_half_life_days)
            score = logits[stage] + world.relationship_effect * relationship + world.ramp_effect * (self.ramp() - 1)
            if company.rng.random() >= 1 / (1 + math.exp(-score)):
                won = False
                break
        amount_usd = 0.0
        if won:
            mean_usd, sd = company.potential_usd[account] * (world.expansion_share if expansion else 1.0), world.amount_log_sd
            amount_usd = mean_usd * company.rng.lognormal(-(sd**2) / 2, sd)
            company.customer[account] = True
        company.known_days[account] = known_days + env.now - start_day
        company.log.append(
            {"seat": self.seat, "account": account, "start_day": start_day, "end_day": env.now, "won": won, "amount_usd": amount_usd}
        )
        self.hours.put(company.workload_h[account])
        self.gain()
        yield from self.wait(account, company.policy.rest_after_win_days if won else company.policy.rest_after_loss_days)

    def priority(self, account: int) -> float:
        """What the rep works first: open deals, the furthest first, then expected value per hour."""
        deal = self.company.deals.get(account)
        return 1e18 * (1 + deal.stage) if deal else self.company.value[self.company.customer[account]][account]

    def ramp(self) -> float:
        """Share of full productivity today: linear from the person's start."""
        worked_days, ramp_days = self.env.now - self.start_day, self.company.world.ramp_days
        return 1.0 if worked_days >= ramp_days else max(worked_days / ramp_days, 0.0)

    def grow(self) -> Process:
        """A new person gains hours until ramped."""
        while self.ramped < 1:
            yield self.env.timeout(DAYS_PER_WEEK)
            self.gain()

    def gain(self) -> None:
        """Put the hours that the person has grown into since the last look."""
        before, self.ramped = self.ramped, self.ramp()
        if self.ramped > before:
            self.hours.put(self.capacity_h * (self.ramped - before))


def open_deals(problem: PlanningProblem) -> dict[int, Deal]:
    """The engagements under way on day 0, by account."""
    deals = problem.deals
    return {a: Deal(s, d) for a, s, d in zip(deals.account.tolist(), deals.stage.tolist(), deals.stage_age_days.tolist(), strict=True)}
