"""The logistic chance of passing a stage, and how a rep ranks the accounts of the book."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import expit, logit

from sim.market import Truth
from sim.planning import PlanningProblem
from sim.snapshot import DAYS_PER_WEEK, BoolArray, FloatArray, IntArray
from sim.streams import keyed_normal, keyed_uniform
from sim.world import World

_WHIM = 1  # sets a whim apart from an opinion of the same account


def account_logit(
    problem: PlanningProblem, truth: Truth, world: World, accounts: IntArray, seats: IntArray, talent: FloatArray
) -> FloatArray:
    """Log-odds (pairs,) that an account adds to the base rate of every stage when this seat works it.

    ``talent`` (pairs,) is that of the person in the seat. Relationship, ramp and shocks, which change with time, come on top.
    """
    logits: FloatArray = (
        truth.industry_logit[problem.accounts.industry[accounts]]
        + world.fit_effect * (truth.fit[accounts] - 0.5)
        + world.skill_effect * problem.skill_match(accounts, seats)
        + world.talent_effect * talent
    )
    return logits


@dataclass(frozen=True, eq=False)
class Look:
    """Accounts as the people see them who own them. Arrays have shape (pairs,): an account, its seat, the number of the person there, and
    the relationship between the two, 0..1.
    """

    problem: PlanningProblem
    truth: Truth
    world: World
    accounts: IntArray
    seats: IntArray
    persons: IntArray
    relationship: FloatArray


def priority(look: Look, focus: str, expansion: bool) -> FloatArray:
    """What a rep goes by (pairs,), the highest first: see ``policy.focus``.

    ``value``: usd per hour as the rep sees it; ``nearest``: the closest to home; ``comfort``: those the rep knows best, then the easiest
    to win; ``random``: a whim of this person for this account.
    """
    if focus == "nearest":
        return -look.problem.distance_km(look.accounts, look.seats)
    if focus == "random":
        return keyed_uniform(look.truth.view_key, look.seats, look.persons, look.accounts, _WHIM)
    if focus == "comfort":
        easy = _base_chance(look, expansion).prod(axis=1)
        comfort: FloatArray = look.relationship + 1e-3 * easy
        return comfort
    return value_per_hour_seen(look, expansion)


def value_per_hour_seen(look: Look, expansion: bool) -> FloatArray:
    """Expected usd per hour of work (pairs,) as the person in the seat sees it: the CRM's estimate times the person's own lognormal
    opinion, times the chance of an average rep, over the hours until it is won or lost.
    """
    problem, world, accounts, seats = look.problem, look.world, look.accounts, look.seats
    known = (
        world.fit_effect * (problem.accounts.fit[accounts] - 0.5)
        + world.skill_effect * problem.skill_match(accounts, seats)
        + world.relationship_effect * look.relationship
    )
    chance = expit(logit(_base_chance(look, expansion)) + known[:, None])
    weeks = expected_days_worked(problem.rates.stage_days[problem.accounts.segment[accounts]], chance) / DAYS_PER_WEEK
    opinion = np.exp(world.view_log_sd * keyed_normal(look.truth.view_key, seats, look.persons, accounts))
    share = problem.rates.expansion_share if expansion else 1.0
    hours = weeks * problem.workload_h_per_week(accounts, seats)
    value: FloatArray = problem.accounts.potential_usd[accounts] * opinion * share * chance.prod(axis=1) / hours
    return value


def _base_chance(look: Look, expansion: bool) -> FloatArray:
    """Public chances (pairs, 3) of an average rep at an average account of the segment."""
    rates = look.problem.rates
    base: FloatArray = (rates.expansion_pass_chance if expansion else rates.pass_chance)[look.problem.accounts.segment[look.accounts]]
    return base


def expected_days_worked(stage_days: FloatArray, chance: FloatArray) -> FloatArray:
    """Mean days (accounts,) until an engagement is won or lost: stage s lasts its mean and is reached if all before it are passed."""
    days: FloatArray = stage_days[:, 0] + stage_days[:, 1] * chance[:, 0] + stage_days[:, 2] * chance[:, 0] * chance[:, 1]
    return days


def moved(problem: PlanningProblem, owner: IntArray) -> BoolArray:
    """Which accounts (accounts,) change hands: they had an owner, and have another one now."""
    changed: BoolArray = (problem.owner >= 0) & (owner >= 0) & (owner != problem.owner)
    return changed
