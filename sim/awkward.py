"""Small hand-made problems, plain and hard, that a strategy has to survive: ``./run check`` and the project's own tests use them.

tiny_snapshot()     12 accounts in four states, 3 seats, two open deals, a little history
tiny_problem()      the planner's view of it; every argument bends one thing
awkward_problems()  one of each that a strategy has to survive, by name
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from sim.market import planning_problem
from sim.planning import PlanningProblem
from sim.policy import Policy
from sim.snapshot import UNASSIGNED, Accounts, History, OpenDeals, Seats, Snapshot, Vocabulary, empty_deals, empty_history
from sim.world import SegmentRates, World

HORIZON_DAYS = 8 * 91.0
VOCABULARY = Vocabulary(
    segments=("commercial", "mid_market", "enterprise"),
    industries=("software", "retail"),
    regions=("WA", "IL", "MA", "TX"),
    skills=("software", "retail", "german"),
    teams=("field",),
)
STATE_PLACES = ((47.6, -122.3), (41.9, -87.6), (42.4, -71.1), (29.8, -95.4))  # Seattle, Chicago, Boston, Houston
OWNERS = (0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2)  # uneven on purpose
POTENTIALS_USD = (10e3, 20e3, 30e3, 40e3, 50e3, 60e3, 10e3, 20e3, 30e3, 40e3, 200e3, 5e3)


def tiny_world(**changes: Any) -> World:
    """A world of three segments in which visits cost travel; ``changes`` replace its fields."""
    chances: dict[str, Any] = {"pass_chance": (0.45, 0.5, 0.5), "expansion_pass_chance": (0.86, 0.87, 0.87)}
    world = World(
        segments={
            "commercial": SegmentRates(hours_per_week=0.33, visits_per_week=0.0, stage_days=(15, 15, 15), **chances),
            "mid_market": SegmentRates(hours_per_week=0.6, visits_per_week=0.03, stage_days=(25, 25, 25), **chances),
            "enterprise": SegmentRates(hours_per_week=1.5, visits_per_week=0.1, stage_days=(47, 47, 47), **chances),
        },
        stage_log_sd=0.5, fit_effect=0.5, skill_effect=0.1, talent_effect=0.5, relationship_effect=0.25, ramp_effect=0.5,
        relationship_half_life_days=45, ramp_days=150, amount_log_sd=0.4, expansion_share=0.35, view_log_sd=0.5,
        detour=1.3, speed_km_per_h=80, trip_max_h=8,
    )  # fmt: skip
    return replace(world, **changes)


def tiny_policy(**changes: Any) -> Policy:
    """A policy that protects nothing and leaves no buffer; ``changes`` replace its fields."""
    policy = Policy(
        rest_after_loss_days=180, rest_after_win_days=90, transition_gap_days=14, protect="none",
        buffer_share=0.0, quota_stretch=1.0, quota_split="even",
    )  # fmt: skip
    return replace(policy, **changes)


def tiny_snapshot(
    accounts_n: int = 12,
    seats_n: int = 3,
    *,
    owner: ArrayLike | None = None,
    potential_usd: ArrayLike | None = None,
    engaged_days: ArrayLike | None = None,
    capacity_h_per_week: ArrayLike = 12.0,
    german: Sequence[int] = (),
    german_seats: Sequence[int] = (0,),
    places: bool = True,
    regions: bool = True,
) -> Snapshot:
    """Accounts in turns of the four states; owners and potentials repeat ``OWNERS`` and ``POTENTIALS_USD``.

    ``owner`` may be one number (-1: nobody owns anything). ``german`` accounts require the skill that only ``german_seats`` have.
    Accounts 6 and 10 have open deals, at stage 0 and 2, where they exist and have an owner; the first one of each owner was worked.
    """
    i, r = np.arange(accounts_n), np.arange(seats_n)
    home = np.array(STATE_PLACES)
    owned = np.array(OWNERS)[i % len(OWNERS)] % seats_n if owner is None else np.broadcast_to(np.asarray(owner, dtype=np.int64), accounts_n)
    if engaged_days is None:
        first = np.zeros(accounts_n, dtype=np.bool_)
        first[np.unique(owned, return_index=True)[1]] = True
        engaged_days = np.where(first & (owned != UNASSIGNED), 60.0, 0.0)
    engaged = np.broadcast_to(np.asarray(engaged_days, dtype=np.float64), accounts_n)
    required = np.zeros((accounts_n, 3), dtype=np.bool_)
    required[list(german), 2] = True
    skills = np.zeros((seats_n, 3), dtype=np.bool_)
    skills[r, r % 2] = True
    skills[[s for s in german_seats if s < seats_n], 2] = True
    usd = np.array(POTENTIALS_USD)[i % len(POTENTIALS_USD)] if potential_usd is None else potential_usd
    deals = [a for a in (6, 10) if a < accounts_n and owned[a] != UNASSIGNED]
    place = home[i % 4] + 0.1 * (i // 4)[:, None] % 1.0
    return Snapshot(
        vocabulary=VOCABULARY,
        accounts=Accounts(
            id=tuple(f"A{k}" for k in i),
            name=tuple(f"Account {k}" for k in i),
            segment=i % 3,
            industry=i % 2,
            region=i % 4 if regions else np.full(accounts_n, -1),
            latitude=place[:, 0] if places else np.full(accounts_n, np.nan),
            longitude=place[:, 1] if places else np.full(accounts_n, np.nan),
            employees=np.full(accounts_n, 100.0),
            potential_usd=np.broadcast_to(np.asarray(usd, dtype=np.float64), accounts_n),
            fit=np.full(accounts_n, 0.5),
            customer_since_day=np.where(i % 5 == 0, -400.0, np.nan),
            arr_usd=np.where(i % 5 == 0, 5e3, 0.0),
            required_skills=required,
            strategic=np.zeros(accounts_n, dtype=np.bool_),
            parent=np.full(accounts_n, -1),
        ),
        seats=Seats(
            id=tuple(f"S{k}" for k in r),
            name=tuple(f"Seat {k}" for k in r),
            team=np.zeros(seats_n, dtype=np.int64),
            role=np.full(seats_n, 2),
            region=r % 4 if regions else np.full(seats_n, -1),
            latitude=home[r % 4, 0] if places else np.full(seats_n, np.nan),
            longitude=home[r % 4, 1] if places else np.full(seats_n, np.nan),
            capacity_h_per_week=np.broadcast_to(np.asarray(capacity_h_per_week, dtype=np.float64), seats_n),
            quota_usd=np.full(seats_n, 100e3),
            start_day=np.full(seats_n, -1000.0),
            skills=skills,
        ),
        owner=owned,
        last_touch_day=np.where(engaged > 0, -10.0, np.nan),
        engaged_days=engaged,
        deals=OpenDeals(
            account=np.array(deals),
            seat=owned[deals],
            stage=np.array([{6: 0, 10: 2}[a] for a in deals]),
            created_day=np.full(len(deals), -30.0),
            stage_age_days=np.full(len(deals), 10.0),
            amount_usd=np.full(len(deals), 20e3),
            expansion=np.zeros(len(deals), dtype=np.bool_),
        )
        if deals
        else empty_deals(),
        history=_history(owned),
        history_days=364.0,
    )


def tiny_problem(accounts_n: int = 12, seats_n: int = 3, *, protected: ArrayLike | None = None, **bends: Any) -> PlanningProblem:
    """The planner's view of :func:`tiny_snapshot`; ``bends`` are its arguments, ``protected`` a mask or True for everything."""
    problem = planning_problem(tiny_snapshot(accounts_n, seats_n, **bends), tiny_world(), tiny_policy(), HORIZON_DAYS)
    if protected is None:
        return problem
    return replace(problem, protected=np.broadcast_to(np.asarray(protected, dtype=np.bool_), accounts_n))


def awkward_problems() -> dict[str, PlanningProblem]:
    """What real exports look like on a bad day, by name. A strategy plans each of them, or says why it cannot."""
    half = np.arange(12) % 2 == 0
    mixed = tiny_problem(owner=np.where(half, OWNERS, UNASSIGNED))
    patchy = replace(
        mixed.accounts,
        latitude=np.where(half, mixed.accounts.latitude, np.nan),
        longitude=np.where(half, mixed.accounts.longitude, np.nan),
        region=np.where(np.arange(12) % 3 == 0, -1, mixed.accounts.region),
    )
    return {
        "plain": tiny_problem(),
        "no history": _new_here(tiny_problem()),
        "greenfield": tiny_problem(owner=-1),
        "half owned": mixed,
        "more seats than accounts": tiny_problem(3, 7),
        "more seats than accounts, nobody owns": tiny_problem(3, 7, owner=-1),
        "one seat": tiny_problem(seats_n=1),
        "one account": tiny_problem(1),
        "a seat without hours": tiny_problem(capacity_h_per_week=[12.0, 0.0, 12.0]),
        "a seat that starts later": _starting(200.0),
        "a seat that starts too late": _starting(HORIZON_DAYS),
        "no hours anywhere": tiny_problem(capacity_h_per_week=0.0),
        "no hours anywhere, nobody owns": tiny_problem(owner=-1, capacity_h_per_week=0.0),
        "no places": tiny_problem(places=False),
        "no regions": tiny_problem(regions=False),
        "neither": tiny_problem(places=False, regions=False),
        "neither, nobody owns": tiny_problem(owner=-1, places=False, regions=False),
        "places and regions partly known": replace(mixed, accounts=patchy),
        "skills needed": tiny_problem(german=(4, 6, 11), german_seats=(0, 2)),
        "skills needed, nobody owns": tiny_problem(owner=-1, german=(4, 6, 11), german_seats=(0, 2)),
        "nobody eligible": tiny_problem(german=(4, 6, 11), german_seats=()),
        "nobody eligible, nobody owns": tiny_problem(owner=-1, german=(4, 6, 11), german_seats=()),
        "some protected": tiny_problem(protected=half),
        "all protected": tiny_problem(protected=True),
        "all alike": tiny_problem(potential_usd=10e3, engaged_days=0.0),
        "worth nothing": tiny_problem(owner=-1, potential_usd=0.0),
        "one owns all": tiny_problem(owner=0),
        "hunters and farmers": _with_seats(tiny_problem(60, 5), role=[0, 0, 1, 1, 2]),
        "companies twice": _twice(tiny_problem(60, 4)),
        "teams named after segments": _in_teams(tiny_problem(60, 5), [2, 0, 0, 1, 1]),
        "a segment without its team": _in_teams(tiny_problem(60, 4), [3, 2, 3, 2]),
        "a buffer, and a pool": replace(tiny_problem(60, 4, capacity_h_per_week=2.0), buffer_share=0.2, leave_none=False),
        "a pool, and nobody owns": replace(tiny_problem(60, 4, owner=-1, capacity_h_per_week=2.0), leave_none=False),
        "everything at once": _everything_at_once(),
    }


def _new_here(problem: PlanningProblem) -> PlanningProblem:
    """Accounts have owners, and nothing has ever happened."""
    n = len(problem.accounts)
    nothing: dict[str, Any] = {"deals": empty_deals(), "history": empty_history(), "history_days": 0.0}
    return replace(problem, **nothing, engaged_days=np.zeros(n), last_touch_day=np.full(n, np.nan))


def _with_seats(problem: PlanningProblem, **columns: Any) -> PlanningProblem:
    """The problem with some columns of its seats replaced."""
    arrays: dict[str, Any] = {name: np.array(values) for name, values in columns.items()}
    return replace(problem, seats=replace(problem.seats, **arrays))


def _in_teams(problem: PlanningProblem, team: Sequence[int]) -> PlanningProblem:
    """The seats are in teams that bear the names of the three segments, or (3) in the field."""
    vocabulary = replace(problem.vocabulary, teams=(*problem.vocabulary.segments, "field"))
    return _with_seats(replace(problem, vocabulary=vocabulary), team=team)


def _twice(problem: PlanningProblem) -> PlanningProblem:
    """A tenth of the companies stand in the CRM twice, the second time at the end, under an id and an owner of its own."""
    n = len(problem.accounts)
    really = np.where(np.arange(n) < n - n // 11, np.arange(n), np.arange(n) % (n - n // 11))
    columns: dict[str, Any] = {name: values[really] for name, values in vars(problem.accounts).items() if isinstance(values, np.ndarray)}
    names = tuple(problem.accounts.name[k] for k in really)
    return replace(problem, accounts=replace(problem.accounts, name=names, **columns))


def _everything_at_once() -> PlanningProblem:
    """120 accounts by 7 seats: teams, roles, skills, protection, a buffer, unknown places, companies twice, seats without hours."""
    n = 120
    some, owner = np.arange(n) % 7, np.where(np.arange(n) % 4 == 0, UNASSIGNED, np.arange(n) % 5)
    problem = tiny_problem(n, 7, owner=owner, german=tuple(range(0, n, 9)), german_seats=(0, 4, 5), protected=(some == 3) & (owner >= 0))
    problem = _in_teams(_twice(problem), [0, 0, 1, 1, 3, 3, 2])
    capacity, start = [9.0, 12.0, 0.0, 12.0, 9.0, 4.0, 12.0], [-1000.0, 100.0, -1000.0, -1000.0, -30.0, -1000.0, HORIZON_DAYS]
    problem = _with_seats(problem, role=[0, 0, 1, 2, 2, 1, 0], capacity_h_per_week=capacity, start_day=start)
    known = some > 1
    accounts = replace(
        problem.accounts,
        latitude=np.where(known, problem.accounts.latitude, np.nan),
        longitude=np.where(known, problem.accounts.longitude, np.nan),
        region=np.where(some == 1, -1, problem.accounts.region),
        strategic=some == 2,
    )
    return replace(problem, accounts=accounts, buffer_share=0.1)


def _starting(day: float) -> PlanningProblem:
    """Nobody sits in seat 1 until ``day``; what it owns waits there."""
    problem = tiny_problem()
    return replace(problem, seats=replace(problem.seats, start_day=np.array([-1000.0, day, -1000.0])))


def _history(owner: np.ndarray[Any, np.dtype[np.int64]]) -> History:
    """Every owned account was worked once; the ones at even positions were won."""
    account = np.flatnonzero(owner != UNASSIGNED)
    if not len(account):
        return empty_history()
    won = account % 2 == 0
    return History(
        account=account, seat=owner[account], created_day=np.full(len(account), -200.0), closed_day=np.full(len(account), -100.0),
        won=won, expansion=np.zeros(len(account), dtype=np.bool_), amount_usd=np.where(won, 10e3, 0.0),
    )  # fmt: skip
