"""The logistic chance of passing a stage, and how a rep ranks the accounts of the book."""

from __future__ import annotations

import numpy as np
from scipy.special import expit, logit

from sim.market import Truth
from sim.planning import PlanningProblem
from sim.snapshot import BoolArray, FloatArray, IntArray
from sim.streams import keyed_normal
from sim.world import World

INCUMBENT_PERSON = 0  # the person in the seat on day 0


def stage_logits(problem: PlanningProblem, truth: Truth, world: World, owner: IntArray, expansion: bool) -> FloatArray:
    """Log-odds (accounts, 3) of passing each stage under its owner, without relationship and ramp, which change with time.

    Every account needs an owner here; ``expansion`` chooses the chances at customers.
    """
    rates = problem.rates
    base = rates.expansion_pass_chance if expansion else rates.pass_chance
    accounts = np.arange(len(owner))
    per_account = (
        truth.industry_logit[problem.accounts.industry]
        + world.fit_effect * (truth.fit - 0.5)
        + world.skill_effect * problem.skill_match(accounts, owner)
        + world.talent_effect * truth.talent[owner]
    )
    logits: FloatArray = logit(base)[problem.accounts.segment] + per_account[:, None]
    return logits


def value_per_hour_seen(
    problem: PlanningProblem, truth: Truth, world: World, owner: IntArray, relationship: FloatArray, expansion: bool
) -> FloatArray:
    """Expected usd per hour of work (accounts,) as the owner sees it: the CRM's estimate times the person's own lognormal opinion of it,
    times the chance of an average rep, over the hours until it is won or lost.
    """
    rates, accounts = problem.rates, np.arange(len(owner))
    base = rates.expansion_pass_chance if expansion else rates.pass_chance
    known = (
        world.fit_effect * (problem.accounts.fit - 0.5)
        + world.skill_effect * problem.skill_match(accounts, owner)
        + world.relationship_effect * relationship
    )
    chance = expit(logit(base)[problem.accounts.segment] + known[:, None])
    weeks = expected_days_worked(rates.stage_days[problem.accounts.segment], chance) / 7
    opinion = np.exp(world.view_log_sd * keyed_normal(truth.view_key, owner, INCUMBENT_PERSON, accounts))
    share = rates.expansion_share if expansion else 1.0
    value: FloatArray = (
        problem.accounts.potential_usd * opinion * share * chance.prod(axis=1) / (weeks * problem.workload_h_per_week(accounts, owner))
    )
    return value


def expected_days_worked(stage_days: FloatArray, chance: FloatArray) -> FloatArray:
    """Mean days (accounts,) until an engagement is won or lost: stage s lasts its mean and is reached if all before it are passed."""
    days: FloatArray = stage_days[:, 0] + stage_days[:, 1] * chance[:, 0] + stage_days[:, 2] * chance[:, 0] * chance[:, 1]
    return days


def moved(problem: PlanningProblem, owner: IntArray) -> BoolArray:
    """Which accounts (accounts,) change hands: they had an owner, and have another one now."""
    changed: BoolArray = (problem.owner >= 0) & (owner >= 0) & (owner != problem.owner)
    return changed
