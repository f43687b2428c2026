"""Problems to solve: territories, real to a market or generated, and generalised assignment by the published recipes.

Territories of up to 3,000 accounts are those of the default market, as ``optimized`` sees them. Larger ones are generated in its image,
since drawing a market with its year of history would take longer than planning for it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from experiments import lab
from experiments.running.arms import Arm, Settings
from experiments.running.plans import problem_for
from sim.snapshot import UNASSIGNED, FloatArray
from sim.streams import Stream, generator, label_key
from strategies.formulation.territory_model import Homes, Terms, needs_owner, territory_model
from strategies.optimized import Optimized
from strategies.optimizer.instance import Instance
from strategies.shared.candidates import candidates
from strategies.worth.score import SCORES
from strategies.worth.throughput import Beliefs, Outlook

TERRITORY = "territory"
REAL_ACCOUNTS_N = 3_000  # up to here the default market is drawn
ALL_PAIRS_ACCOUNTS_N = 20_000  # up to here every account may go to every seat
CANDIDATES_N = 36  # seats above: the nearest
CHUNK_ACCOUNTS_N = 10_000

COUNTRY_KM = (4500.0, 2500.0)
SEATS_A_CITY_N = 4
CITY_KM = 25.0
BUDGET_H = 1456.0  # 20 h a week to sell, 104 weeks, 70 % of them used: what the default market leaves
SEGMENT_SHARE = (0.60, 0.25, 0.15)
POTENTIAL_USD, POTENTIAL_LOG_SD = (10e3, 40e3, 150e3), 1.1
WEEKS, WEEKS_LOG_SD = (23.0, 30.0, 36.0), 0.2  # worked within two years
HOURS_PER_WEEK, VISITS_PER_WEEK = (0.33, 0.6, 1.5), (0.0, 0.03, 0.1)
DETOUR, SPEED_KM_PER_H, TRIP_MAX_H = 1.3, 80.0, 8.0
INDUSTRIES_N, SKILLS_N = 6, 2
SKILL_VALUE, SKILL_HOURS = 1.13, 1.04  # of an account whose industry the seat knows
HOME_VALUE, HOME_HOURS = 1.15, 1.03  # of one that the seat knows already
PROTECTED_SHARE = 0.03
IMBALANCE_WEIGHT = 0.005  # conf/strategies/optimized.yaml


@dataclass(frozen=True)
class Problem:
    """A problem by its name: ``kind`` (territory, or recipe C, D or E), accounts (or jobs), seats (or agents), and the draw."""

    kind: str
    accounts_n: int
    seats_n: int
    seed: int

    @property
    def size(self) -> str:
        """What stands in a table."""
        return f"{self.accounts_n:,} × {self.seats_n:,}" if self.kind == TERRITORY else f"{self.kind}, {self.seats_n} × {self.accounts_n:,}"

    def draw(self) -> Territory:
        """The problem itself, the same at every call."""
        if self.kind != TERRITORY:
            return Territory(recipe(self.kind, self.seats_n, self.accounts_n, self.seed), None)
        make = real if self.accounts_n <= REAL_ACCOUNTS_N else generated
        return make(self.accounts_n, self.seats_n, self.seed)


@dataclass(frozen=True, eq=False)
class Territory:
    """An instance, and where its accounts are, km (accounts, 2); None where they are nowhere."""

    instance: Instance
    place_km: FloatArray | None


def real(accounts_n: int, seats_n: int, seed: int) -> Territory:
    """The default market at this size, as ``optimized`` sees it on the day of planning."""
    market = lab.market("saas", seed=seed, accounts_n=accounts_n, seats_n=seats_n)
    problem = problem_for(Arm("benchmark", Optimized(), lab.default_policy(), lab.default_world()), market, Settings().horizon_days)
    latitude, longitude = np.radians(problem.accounts.latitude), np.radians(problem.accounts.longitude)
    place_km = 6371.0 * np.stack([longitude * np.cos(latitude.mean()), latitude], axis=1)
    optimized, who, score = Optimized(), candidates(problem), SCORES["historical"](problem)
    outlook = Outlook.of(problem, score.potential_usd, score.shift, Beliefs())
    todays = np.where(who.keeps(problem.owner), problem.owner, UNASSIGNED)
    homes = Homes(todays, todays, needs_owner(problem, who))  # nobody takes support here, so nobody is moved because of it
    terms = Terms(optimized.disruption_loss_share, imbalance_weight=optimized.imbalance_weight)
    return Territory(territory_model(problem, who, outlook, homes, None, terms, seats_n).instance, place_km)


def generated(accounts_n: int, seats_n: int, seed: int) -> Territory:
    """A country of cities in which accounts and seats live, the larger the city the more of them.

    Three segments differ in potential, hours and visits; a visit takes its way there and back. A seat sells more to those who know it
    and to industries that it knows, and works for them longer. Every account has a home, one of the seats near by, where it may also be
    parked; a few are protected and may go nowhere else. Medians and spreads are those of the default market's own instances.
    """
    rng = generator(seed, Stream.STATISTICS, label_key("generated territory"), accounts_n, seats_n)
    cities_n = max(seats_n // SEATS_A_CITY_N, 1)
    city_km = rng.uniform(0.0, 1.0, (cities_n, 2)) * COUNTRY_KM
    people = 1.0 / np.arange(1, cities_n + 1) ** 0.7  # between equal cities and Zipf's law
    seat_km, place_km = (
        city_km[rng.choice(cities_n, n, p=people / people.sum())] + rng.normal(0.0, CITY_KM, (n, 2)) for n in (seats_n, accounts_n)
    )
    segment = rng.choice(len(SEGMENT_SHARE), accounts_n, p=SEGMENT_SHARE)
    potential_usd = np.take(POTENTIAL_USD, segment) * np.exp(rng.normal(0.0, POTENTIAL_LOG_SD, accounts_n))
    wins_n = np.exp(rng.normal(0.0, 0.3, accounts_n))
    weeks = np.take(WEEKS, segment) * np.exp(rng.normal(0.0, WEEKS_LOG_SD, accounts_n))
    industry = rng.integers(0, INDUSTRIES_N, accounts_n)
    knows = rng.permuted(np.tile(np.arange(INDUSTRIES_N) < SKILLS_N, (seats_n, 1)), axis=1)
    home_rank = np.minimum(rng.geometric(0.3, accounts_n), min(CANDIDATES_N, seats_n)) - 1
    protected = rng.uniform(size=accounts_n) < PROTECTED_SHARE
    tree, all_pairs = cKDTree(seat_km), accounts_n <= ALL_PAIRS_ACCOUNTS_N

    seats_each_n = seats_n if all_pairs else min(CANDIDATES_N, seats_n)
    first = np.concatenate([[0], np.cumsum(np.where(protected, 2, seats_each_n + 1))])
    seat, value_usd, hours = np.empty(first[-1], np.int32), np.empty(first[-1]), np.empty(first[-1])
    for begin in range(0, accounts_n, CHUNK_ACCOUNTS_N):
        rows = slice(begin, min(begin + CHUNK_ACCOUNTS_N, accounts_n))
        _, near = tree.query(place_km[rows], min(CANDIDATES_N, seats_n))
        near = near.reshape(rows.stop - begin, -1)
        home = np.take_along_axis(near, home_rank[rows, None], axis=1)
        who = np.broadcast_to(np.arange(seats_n), (len(home), seats_n)) if all_pairs else np.sort(near, axis=1)
        at_home, skilled = who == home, knows[who, industry[rows, None]]
        km = np.hypot(*(place_km[rows, None, axis] - seat_km[who, axis] for axis in (0, 1)))
        trip_h = np.minimum(2 * DETOUR * km / SPEED_KM_PER_H, TRIP_MAX_H)
        week_h = np.take(HOURS_PER_WEEK, segment[rows])[:, None] + np.take(VISITS_PER_WEEK, segment[rows])[:, None] * trip_h
        usd = (potential_usd * wins_n)[rows, None] * np.where(at_home, HOME_VALUE, 1.0) * np.where(skilled, SKILL_VALUE, 1.0)
        worked_h = weeks[rows, None] * week_h * np.where(at_home, HOME_HOURS, 1.0) * np.where(skilled, SKILL_HOURS, 1.0)
        kept = np.append(at_home | ~protected[rows, None], np.ones((len(home), 1), bool), axis=1)
        options = slice(first[rows.start], first[rows.stop])
        seat[options] = np.append(who, home, axis=1)[kept]  # the last option of an account: parked at home
        value_usd[options] = np.append(usd, np.zeros((len(home), 1)), axis=1)[kept]
        hours[options] = np.append(worked_h, np.zeros((len(home), 1)), axis=1)[kept]
    target_usd = np.full(seats_n, potential_usd.sum() / seats_n)
    budget_h = np.full(seats_n, BUDGET_H * accounts_n / seats_n / 150)
    least_n, most_n = np.zeros(seats_n, np.int64), np.full(seats_n, accounts_n)
    instance = Instance(first, seat, value_usd, hours, potential_usd, budget_h, target_usd, least_n, most_n, IMBALANCE_WEIGHT)
    return Territory(instance, place_km)


def recipe(kind: str, agents_n: int, jobs_n: int, seed: int) -> Instance:
    """Generalised assignment: every job to one agent at the least cost c, within b hours of each agent; a job asks a of them.

    C (Martello & Toth 1990; Chu & Beasley 1997): a in [5, 25], c in [10, 50]. D (the same): a in [1, 100], c = 111 - a + e, e in [-10, 10].
    E (Laguna, Kelly, Gonzalez-Velarde & Glover 1995): a = 1 - 10 ln u, c = 1000 / a - 10 u', u and u' in (0, 1]. All are integers, E's
    rounded; b = 0.8 sum of a over the jobs / agents, rounded down. As in Yagiura, Ibaraki & Glover (2004, INFORMS Journal on Computing
    16(2); 2006, EJOR 169(2)), but our own draws of them, not the library's files. Raises ValueError for another recipe.
    """
    rng, shape = generator(seed, Stream.STATISTICS, label_key(f"recipe {kind}"), agents_n, jobs_n), (agents_n, jobs_n)
    if kind == "C":
        hours, cost = rng.integers(5, 25, shape, endpoint=True), rng.integers(10, 50, shape, endpoint=True)
    elif kind == "D":
        hours = rng.integers(1, 100, shape, endpoint=True)
        cost = 111 - hours + rng.integers(-10, 10, shape, endpoint=True)
    elif kind == "E":
        asked = 1.0 - 10.0 * np.log(1.0 - rng.random(shape))
        hours, cost = np.rint(asked), np.rint(1000.0 / asked - 10.0 * (1.0 - rng.random(shape)))
    else:
        raise ValueError(f"recipe {kind!r} is not one of C, D, E")
    each = np.zeros(agents_n)
    return Instance(
        first=np.arange(0, agents_n * jobs_n + 1, agents_n),
        seat=np.tile(np.arange(agents_n, dtype=np.int32), jobs_n),
        value_usd=-cost.T.reshape(-1).astype(np.float64),
        hours=hours.T.reshape(-1).astype(np.float64),
        weight_usd=np.zeros(jobs_n),
        budget_h=np.floor(0.8 * hours.sum(axis=1) / agents_n),
        target_usd=each,
        least_n=each.astype(np.int64),
        most_n=np.full(agents_n, jobs_n),
    )
