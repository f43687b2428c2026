"""Who leaves, who comes: resignations, vacancies, successors.

A process for each seat tells of the people in it, one after the other. A person looks at the job on the first day and at the start of every
quarter; from then on the hazard of leaving stays as it is until the next look. Whoever has borne as much as the future allows leaves. The
seat is then vacant, its book goes unworked, and somebody comes who knows nobody there and has to ramp.
"""

from __future__ import annotations

from collections.abc import Generator
from math import nan
from typing import Any

import numpy as np
from scipy.special import ndtri

from sim.company.company import Company
from sim.company.desk import Desk
from sim.company.grid import days_on_grid
from sim.futures import Chance
from sim.ramp import mean_ramp
from sim.snapshot import DAYS_PER_QUARTER, DAYS_PER_YEAR, FINE_STEP, BoolArray, FloatArray, IntArray, to_grid

JUDGED_AFTER_DAYS = 2 * DAYS_PER_QUARTER  # what somebody books in less says more about the length of a deal than about the person
PERSONS_PER_BLOCK = 8


def begin(company: Company) -> None:
    """Let people leave and others come, from day 0 on."""
    if company.world.people.resignation_per_year > 0:
        hazards, luck = _Hazards(company), _Luck(company)
        for desk in company.desks:
            company.env.process(_people_of(desk, hazards, luck))


def _people_of(desk: Desk, hazards: _Hazards, luck: _Luck) -> Generator[Any, Any, None]:
    company, env = desk.company, desk.company.env
    if not desk.present:
        yield env.timeout(desk.start_day)
    while True:
        bearable, vacant_days, _ = luck(desk.seat, desk.person)
        while True:
            hazard, until_next_look = hazards(desk.seat), DAYS_PER_QUARTER - env.now % DAYS_PER_QUARTER
            if bearable < hazard * until_next_look:
                break
            bearable -= hazard * until_next_look
            yield env.timeout(until_next_look)
        yield env.timeout(round(bearable / hazard / FINE_STEP) * FINE_STEP)
        desk.leave()
        _, _, talent = luck(desk.seat, desk.person + 1)
        desk.appoint(desk.person + 1, talent, env.now + vacant_days)
        company.happened("successions", desk.seat, desk.person, env.now, desk.start_day, talent)
        yield env.timeout(vacant_days)
        desk.succeed()


class _Luck:
    """What the future holds for each person of each seat; blocks of persons are drawn when first asked for."""

    def __init__(self, company: Company) -> None:
        self.company = company
        self.blocks: dict[int, list[list[list[float]]]] = {}

    def __call__(self, seat: int, person: int) -> list[float]:
        """The integrated hazard that the person bears, the days for which the seat is vacant afterwards, the person's talent."""
        block, k = divmod(person, PERSONS_PER_BLOCK)
        if block not in self.blocks:
            self.blocks[block] = self._block(block)
        return self.blocks[block][seat][k]

    def _block(self, block: int) -> list[list[list[float]]]:
        company = self.company
        seats, persons = np.arange(len(company.desks))[:, None], block * PERSONS_PER_BLOCK + np.arange(PERSONS_PER_BLOCK)
        tenure, vacancy, talent = (company.future.uniform(c, seats, persons) for c in (Chance.TENURE, Chance.VACANCY, Chance.TALENT))
        vacant_days = days_on_grid(-company.world.people.vacancy_days * np.log(vacancy))
        block_of_luck: list[list[list[float]]] = np.stack(
            [-np.log(tenure), vacant_days, to_grid(company.market.truth.talent_sd * ndtri(talent))], axis=2
        ).tolist()
        return block_of_luck


class _Hazards:
    """Hazards a day of leaving, as everybody sees the own job today: see :class:`sim.behaviour.People`."""

    def __init__(self, company: Company) -> None:
        self.company = company
        self.day = nan
        self.by_seat: list[float] = []

    def __call__(self, seat: int) -> float:
        """The hazard of whoever sits there now. On a day on which anybody looks, all seats are looked at together."""
        if self.company.env.now != self.day:
            self.day = self.company.env.now
            self.by_seat = self._look().tolist()
        return self.by_seat[seat]

    def _look(self) -> FloatArray:
        company, people, seats = self.company, self.company.world.people, self.company.problem.seats
        trouble = np.zeros(len(seats))
        if people.attainment_effect > 0:
            missed = missed_share(self._of("booked_usd"), seats.quota_usd, self._of("start_day"), company.world.ramp_days, self.day)
            trouble += people.attainment_effect * missed
        if people.poverty_effect > 0:
            poor = poorer_share(self._of("potential_usd"), self._of("capacity_h"), seats.team, self._of("present") > 0)
            trouble += people.poverty_effect * poor
        if people.overload_effect > 0:
            trouble += people.overload_effect * overload_share(self._of("support_h"), self._of("capacity_h"))
        hazard: FloatArray = people.resignation_per_year / DAYS_PER_YEAR * np.exp(trouble)
        return hazard

    def _of(self, name: str) -> FloatArray:
        return np.array([getattr(desk, name) for desk in self.company.desks], dtype=np.float64)


def missed_share(booked_usd: FloatArray, quota_usd: FloatArray, start_day: FloatArray, ramp_days: float, day: float) -> FloatArray:
    """How much of the quota (seats,) the person who started on ``start_day`` has missed since then, or since day 0.

    The quota counts pro rata and with the ramp. Without one, and in the first half-year, nobody misses it.
    """
    begin = np.maximum(start_day, 0.0)
    judged = np.flatnonzero((day - begin >= JUDGED_AFTER_DAYS) & (quota_usd > 0))
    years = (day - begin[judged]) / DAYS_PER_YEAR * mean_ramp(begin[judged], np.full(len(judged), day), start_day[judged], ramp_days)
    missed = np.zeros(len(quota_usd))
    missed[judged] = np.maximum(1.0 - booked_usd[judged] / (quota_usd[judged] * years), 0.0)
    return missed


def poorer_share(book_usd: FloatArray, capacity_h: FloatArray, team: IntArray, present: BoolArray) -> FloatArray:
    """How much poorer a book is (seats,), per capacity hour, than the mean over the seats of its team in which somebody sits."""
    counted = present & (capacity_h > 0)
    usd_per_h = np.divide(book_usd, capacity_h, out=np.zeros(len(team)), where=counted)
    mean = np.bincount(team, usd_per_h) / np.maximum(np.bincount(team, counted), 1)
    poorer = counted & (mean[team] > 0)
    return np.where(poorer, np.maximum(1.0 - usd_per_h / np.where(poorer, mean[team], 1.0), 0.0), 0.0)


def overload_share(support_h: FloatArray, capacity_h: FloatArray) -> FloatArray:
    """Which share of the hours (seats,) that customers ask for is beyond what a ramped person has."""
    overload: FloatArray = 1.0 - np.divide(capacity_h, support_h, out=np.ones(len(support_h)), where=support_h > capacity_h)
    return overload
