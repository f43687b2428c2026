"""The target that every design is measured against."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from sim.behaviour import People
from sim.futures import draw_future
from sim.market import planning_problem
from sim.metrics import measure
from sim.quota import QUOTA_FUTURES_N, with_quota
from sim.simulate import simulate
from sim.streams import Stream
from tests.markets import drawn_market
from tests.worlds import tiny_policy, tiny_world

HORIZON_DAYS = 364.0


@pytest.mark.parametrize("people", [People(), People(resignation_per_year=1.0, vacancy_days=40.0)])
@pytest.mark.parametrize("split", ["even", "by_capacity"])
def test_the_incumbent_reaches_its_target_in_the_mean(people: People, split: str) -> None:
    """Over the futures from which the target was set, bookings and quotas add up to the same, whoever ramped in them."""
    world, policy = tiny_world(people=people), replace(tiny_policy(), quota_split=split)
    drawn = drawn_market(seed=2, world=world, policy=policy)
    seats = replace(drawn.snapshot.seats, quota_usd=np.full(4, np.nan), capacity_h_per_week=np.array([3.0, 6.0, 6.0, 9.0]))
    drawn = replace(drawn, snapshot=replace(drawn.snapshot, seats=seats))
    market = with_quota(drawn, drawn.snapshot.owner, world, policy, HORIZON_DAYS, seed=5)
    problem = planning_problem(market.snapshot, world, policy, HORIZON_DAYS)
    booked_usd = quota_usd = 0.0
    for index in range(QUOTA_FUTURES_N):  # as when it was set, without a quota that anybody could miss
        record = simulate(drawn, drawn.snapshot.owner, draw_future(5, 0, index, Stream.QUOTA), world, policy, HORIZON_DAYS)
        columns = measure(record, problem, market.snapshot.seats, world.ramp_days, policy.money)[1]
        booked_usd, quota_usd = booked_usd + columns["bookings_usd"].sum(), quota_usd + columns["quota_usd"].sum()
    assert booked_usd == pytest.approx(quota_usd)
    quota = market.snapshot.seats.quota_usd
    np.testing.assert_allclose(quota / quota.sum(), [0.25] * 4 if split == "even" else [0.125, 0.25, 0.25, 0.375])
