"""What the metrics read off the record is what the company itself knew on the last day, with everything that can happen switched on."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from sim.behaviour import Customers, Demand, HandOver, People
from sim.company.company import Company
from sim.company.logbook import record_of
from sim.coverage import rest_until_day
from sim.futures import draw_future
from sim.market import planning_problem
from sim.metrics import measure, quarter_ends
from sim.metrics.sales import standing_still
from sim.planning import Assignment, PlanningProblem
from sim.record import Record
from sim.simulate import simulate
from sim.snapshot import FloatArray, IntArray
from tests.markets import drawn_market
from tests.worlds import tiny_policy, tiny_world

ENDS = quarter_ends(728.0)
POLICY = tiny_policy(transition="warm", hand_over_h_per_week=0.05, review="quarterly", idle_days=120)


@pytest.mark.parametrize(
    ("seed", "planning_h"), [(0, 20.0), (1, 0.0), (2, 20.0), (6, 20.0), (6, 0.0), (12, 20.0), (22, 0.0), (69, 0.0), (96, 20.0)]
)
def test_the_record_says_what_the_company_knew(seed: int, planning_h: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """Owners, who rests, ARR and deals that stand still agree with the company's own books; hours in use never exceed those there are.

    People leave, customers churn and ask for support, accounts ask, grow, merge and go to a competitor, are dealt out anew each quarter,
    which takes everybody some hours, or none. In those from seed 6 on the two once disagreed: an account was lost to a competitor, or won
    by a lead, before it had rested from a loss, or was bought on the day on which it had bought another.
    """
    companies: list[Company] = []

    def recorded(company: Company, owner: IntArray, rest_until_day: FloatArray, day: float) -> Record:
        companies.append(company)
        return record_of(company, owner, rest_until_day, day)

    people, customers = People(1.0, attainment_effect=1.0, poverty_effect=1.0), Customers(0.3, untouched_effect=1.0)
    demand = Demand(leads_per_year=0.5, growth_per_year=0.2, mergers_per_year=0.2, competitor_per_year=0.2, competitor_lock_days=100)
    world = tiny_world(people=people, customers=customers, demand=demand, hand_over=HandOver(-0.3, warm_kept_share=0.5))
    world = replace(world, segments={name: replace(rates, support_h_per_week=0.1) for name, rates in world.segments.items()})
    market = drawn_market(seed=seed, world=world, policy=POLICY, capacity_h_per_week=8.0)
    rng = np.random.default_rng(seed)
    monkeypatch.setattr("sim.simulate.record_of", recorded)
    owner = rng.integers(4, size=len(market.snapshot.owner))

    def answer(problem: PlanningProblem, _: int) -> Assignment:
        return Assignment(rng.integers(4, size=len(problem.owner)), planning_h_per_seat=planning_h / 2)

    log = simulate(market, owner, draw_future(3, 0, seed), world, POLICY, 728.0, answer, planning_h)
    company, problem = companies[-1], planning_problem(market.snapshot, world, POLICY, 728.0)
    run, table = measure(log, problem, market.snapshot.seats, world.ramp_days, POLICY.money)

    assert min(run[f"{name}_n"] for name in ("resignations", "rebalanced", "leads", "merged_away", "lost_to_competitor")) > 0
    assert run["churned_arr_usd"] > 0 < run["hand_over_h"]
    assert (run["planning_h"] > 0) == (planning_h > 0)
    assert log.owner_at(ENDS)[:, -1].tolist() == company.owner
    idle = log.there_at(ENDS)[:, -1] & np.array([engagement is None for engagement in company.under_way])
    rest_day, available_day = (np.maximum(d, 728.0) for d in (rest_until_day(log, ENDS, problem.rates)[:, -1], company.available_day))
    assert rest_day[idle].tolist() == available_day[idle].tolist()
    assert run["arr_end_usd"] == pytest.approx(sum(usd for a, usd in enumerate(company.arr_usd) if company.real[a] == a))
    standing = [account for account, deal in company.deals.items() if deal.attempt is not None]
    assert sorted(log.account[standing_still(log)].tolist()) == sorted(standing)
    assert np.all(table["used_h"] <= table["capacity_h"] + 1e-6)
