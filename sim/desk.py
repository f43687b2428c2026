"""The SimPy model: a desk works its book.

A seat has free hours = capacity x ramp - hours of the engagements under way. Whenever hours are free it starts the next account of its
book by the rep's own priority, while the next one fits. Luck is addressed by account, attempt and stage, so how long an engagement will
last and how it will end can be looked up when it starts: it is one timeout with a callback, not a process that may be interrupted.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Generator
from dataclasses import dataclass
from heapq import heapify, heappop, heappush
from math import exp
from typing import Any, cast

from simpy import Environment, Event

from sim.snapshot import DAYS_PER_WEEK, STAGES

STAGES_N = len(STAGES)
LOG_COLUMNS = (
    *("seat", "account", "attempt", "expansion", "first_stage", "start", "end", "won", "mean_amount", "amount"),
    *(f"day_{s}" for s in STAGES),
    *(f"chance_{s}" for s in STAGES),
    *(f"passed_{s}" for s in STAGES),
)

# uniforms and stage durations in days, both from the given position on (3 stages), and the normal of the amount
LuckOfAttempt = tuple[memoryview, memoryview, int, float]


@dataclass(frozen=True)
class OpenDeal:
    """An engagement that was under way on day 0: its stage, and how long this stage will still last."""

    stage: int
    remaining_days: float


@dataclass(frozen=True)
class Prospects:
    """What a desk needs to know of each account, as plain lists by account: new customers in position 0, expansions in position 1."""

    workload_h_per_week: list[float]
    priority: tuple[list[float], list[float]]
    logits: tuple[list[list[float]], list[list[float]]]
    mean_amount_usd: tuple[list[float], list[float]]
    customer: list[bool]
    engaged_days: list[float]
    open_deals: dict[int, OpenDeal]
    luck: Callable[[int, int], LuckOfAttempt]


@dataclass(frozen=True)
class Rules:
    """The numbers of world and policy that a desk uses."""

    relationship_effect: float
    relationship_half_life_days: float
    ramp_effect: float
    ramp_days: float
    rest_after_loss_days: float
    rest_after_win_days: float
    amount_log_sd: float


class Desk:
    """One seat and its book. ``log`` receives a row (see LOG_COLUMNS) for every engagement when it starts."""

    def __init__(
        self,
        env: Environment,
        seat: int,
        capacity_h_per_week: float,
        start_day: float,
        available: list[tuple[float, int]],
        prospects: Prospects,
        rules: Rules,
        log: array[float],
    ) -> None:
        """``available`` holds (day, account) for every account of the book: when it can be worked for the first time."""
        self.env = env
        self.seat = seat
        self.capacity_h = capacity_h_per_week
        self.start_day = start_day
        self.prospects = prospects
        self.rules = rules
        self.log = log
        self.in_use_h = 0.0
        self.attempts: dict[int, int] = {}
        self.won: set[int] = set()
        self.worked_days: dict[int, float] = {}
        self.ready: list[tuple[float, int]] = []
        self.resting = [(day, a) for day, a in available if prospects.workload_h_per_week[a] <= capacity_h_per_week]
        heapify(self.resting)
        self.smallest_h = min((prospects.workload_h_per_week[a] for _, a in self.resting), default=0.0)
        self.wake_day = float("inf")
        env.process(self.open())

    def open(self) -> Generator[Any, Any, None]:
        """The first day, and then a look at the book each week until the person has ramped."""
        yield self.env.timeout(0)
        self.fill()
        while self.ramp(self.env.now) < 1.0:
            yield self.env.timeout(DAYS_PER_WEEK)
            self.fill()

    def ramp(self, day: float) -> float:
        """Share of full productivity, 0..1, on a day: linear over ``ramp_days`` from the person's start."""
        worked_days = day - self.start_day
        ramp_days = self.rules.ramp_days
        if worked_days >= ramp_days:
            return 1.0
        return max(worked_days / ramp_days, 0.0)

    def fill(self) -> None:
        """Start the next account by priority, while the next one fits."""
        now, ready, resting, workload = self.env.now, self.ready, self.resting, self.prospects.workload_h_per_week
        while resting and resting[0][0] <= now:
            account = heappop(resting)[1]
            heappush(ready, (-self.priority(account), account))
        hours = self.capacity_h * self.ramp(now)
        while ready and self.in_use_h + workload[ready[0][1]] <= hours:
            account = heappop(ready)[1]
            self.in_use_h += workload[account]
            days, won = self.look_ahead(account)
            self.env.timeout(days, (account, days, won)).callbacks.append(self.close)
        if resting and resting[0][0] < self.wake_day and self.in_use_h + self.smallest_h <= hours:
            self.wake_day = resting[0][0]
            self.env.timeout(self.wake_day - now).callbacks.append(self.wake)

    def wake(self, _: Event) -> None:
        """Look at the book again when an account has rested."""
        if self.wake_day <= self.env.now:
            self.wake_day = float("inf")
        self.fill()

    def priority(self, account: int) -> float:
        """What the rep works first: open deals, the furthest first, then expected value per hour."""
        if account in self.prospects.open_deals and account not in self.attempts:
            return 1e18 * (1 + self.prospects.open_deals[account].stage)
        return self.prospects.priority[self.is_customer(account)][account]

    def is_customer(self, account: int) -> bool:
        """Whether the account has bought before."""
        return account in self.won or self.prospects.customer[account]

    def close(self, engagement: Event) -> None:
        """An engagement has been won or lost: its hours are free again and the account rests."""
        account, days, won = cast(tuple[int, float, bool], engagement.value)
        self.in_use_h -= self.prospects.workload_h_per_week[account]
        if won:
            self.won.add(account)
        self.worked_days[account] = self.worked_days.get(account, 0.0) + days
        rest_days = self.rules.rest_after_win_days if won else self.rules.rest_after_loss_days
        heappush(self.resting, (self.env.now + rest_days, account))
        self.fill()

    def look_ahead(self, account: int) -> tuple[float, bool]:
        """How long the attempt that starts now will last (days), and whether it will be won. Writes its row of the log."""
        prospects, rules, now = self.prospects, self.rules, self.env.now
        attempt = self.attempts.get(account, 0)
        self.attempts[account] = attempt + 1
        expansion = self.is_customer(account)
        uniforms, stage_days, at, normal_amount = prospects.luck(account, attempt)
        logits = prospects.logits[expansion][account]
        deal = prospects.open_deals.get(account) if attempt == 0 else None
        first_stage = 0 if deal is None else deal.stage
        known_days = prospects.engaged_days[account] + self.worked_days.get(account, 0.0)
        day, end, won = now, now, True
        days, chances, passes = [now] * STAGES_N, [1.0] * STAGES_N, [True] * STAGES_N
        for stage in range(first_stage, STAGES_N):
            day += stage_days[at + stage] if deal is None or stage > first_stage else deal.remaining_days
            relationship = 1.0 - 2.0 ** (-(known_days + day - now) / rules.relationship_half_life_days)
            score = logits[stage] + rules.relationship_effect * relationship + rules.ramp_effect * (self.ramp(day) - 1.0)
            chance = 1.0 / (1.0 + exp(-score))
            passed = uniforms[at + stage] < chance
            days[stage], chances[stage], passes[stage] = day, chance, passed
            if won:
                end = day
                won = passed
        mean_amount = prospects.mean_amount_usd[expansion][account]
        amount = mean_amount * exp(rules.amount_log_sd * (normal_amount - rules.amount_log_sd / 2)) if won else 0.0
        self.log.extend((self.seat, account, attempt, expansion, first_stage, now, end, won, mean_amount, amount, *days, *chances, *passes))
        return end - now, won
