"""A strategy's design for one arm: made, timed, checked. A failure is an answer too."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from experiments.running.arms import Arm
from experiments.running.asking import ask
from experiments.running.errors import one_line
from sim.contract import NUMBERS, left_out
from sim.market import Market, planning_problem
from sim.planning import Assignment, PlanningProblem, Strategy, Unsupported
from sim.snapshot import UNASSIGNED, IntArray
from sim.streams import Stream, generator, label_key
from sim.world import World
from strategies.informed import Informed

OK, FAILED, UNSUPPORTED = "ok", "failed", "unsupported"


@dataclass(frozen=True, eq=False)
class Plan:
    """``owner`` (accounts,) is empty unless ``status`` is ok; ``plan_s`` is measured; the planner's own word is NaN where there is none.

    ``planning_h_per_seat`` are the hours that making the design costs every seat; ``note`` is what the planner wants a reader to know.
    """

    label: str
    status: str
    error: str = ""
    owner: IntArray = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    plan_s: float = float("nan")
    objective_usd: float = float("nan")
    bound_usd: float = float("nan")
    gap_share: float = float("nan")
    planning_h_per_seat: float = 0.0
    note: str = ""


def make_plan(seed: int, horizon_days: float, future: int, arm_and_market: tuple[Arm, Market], limit_s: float | None = None) -> Plan:
    """Let the arm's strategy carve the market, in at most ``limit_s``. Its random numbers are addressed by draw, label and future."""
    arm, market = arm_and_market
    try:
        problem = problem_for(arm, market, horizon_days)
        rng = generator(seed, Stream.DESIGN, market.draw, label_key(arm.label), future)
        assignment, seconds = ask(arm.strategy, problem, rng, limit_s, arm.isolated)
        check_design(arm.strategy, assignment, problem)
        word = {name: _number(assignment, name) for name in NUMBERS}
    except Unsupported as why:
        return Plan(arm.label, UNSUPPORTED, "; ".join(str(why).splitlines()))
    except Exception as error:
        return Plan(arm.label, FAILED, one_line(error))
    note = str(assignment.info.get("note", ""))
    return Plan(arm.label, OK, "", assignment.owner, seconds, **word, planning_h_per_seat=assignment.planning_h_per_seat, note=note)


def _number(assignment: Assignment, name: str) -> float:
    """What the planner says by that name, NaN where it says nothing. Raises ValueError for what is no number."""
    value = assignment.info.get(name)
    if isinstance(value, str):
        raise ValueError(f"info[{name!r}] is {value!r}; a number is expected")
    return float("nan") if value is None else float(value)


def problem_for(arm: Arm, market: Market, horizon_days: float) -> PlanningProblem:
    """What the arm's strategy may look at: the honest problem, and the truth for the reference ``informed`` alone."""
    problem = planning_problem(market.snapshot, arm.world, arm.policy, horizon_days)
    if not isinstance(arm.strategy, Informed):
        return problem
    if market.imported:
        raise Unsupported("the true potentials of an imported market are not known to anybody")
    return tell_truth(problem, market, arm.world)


def tell_truth(problem: PlanningProblem, market: Market, world: World) -> PlanningProblem:
    """The problem with the true potentials, fits and talents in place of the CRM's estimates."""
    truth = market.truth
    return replace(
        problem,
        accounts=replace(problem.accounts, potential_usd=truth.potential_usd * truth.amount_scale, fit=truth.fit),
        seat_logit=world.talent_effect * truth.talent,
        told_truth=True,
    )


def check_design(strategy: Strategy, assignment: Assignment, problem: PlanningProblem) -> None:
    """Raise ValueError if a design gives not every account one seat that exists, moves a protected account, asks for a missing skill, or
    leaves an account to nobody against the company's rule.
    """
    owner, accounts_n, seats_n = assignment.owner, len(problem.accounts), len(problem.seats)
    if owner.shape != (accounts_n,):
        raise ValueError(f"the design has {len(owner)} owners for {accounts_n} accounts")
    if accounts_n and not (UNASSIGNED <= owner.min() and owner.max() < seats_n):
        raise ValueError(f"the design has owners from {owner.min()} to {owner.max()}; seats are 0 to {seats_n - 1}, and -1 is nobody")
    broken = np.flatnonzero(problem.protected & (owner != problem.owner))
    if len(broken):
        raise ValueError(f"the design moves {len(broken)} protected accounts, among them {problem.accounts.id[broken[0]]}")
    given = np.flatnonzero((owner != problem.owner) & (owner != UNASSIGNED))
    unskilled = given[~problem.eligible(given, owner[given])]
    if len(unskilled):
        raise ValueError(
            f"the design gives {len(unskilled)} accounts to seats without a required skill, among them {problem.accounts.id[unskilled[0]]}"
        )
    left = left_out(strategy, problem, assignment)
    if len(left):
        raise ValueError(
            f"the design leaves {len(left)} accounts to nobody, among them {problem.accounts.id[left[0]]}, under policy.leave_none"
        )
