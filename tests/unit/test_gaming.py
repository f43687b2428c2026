"""Reps who know that a redesign is coming hold deals back or talk them up; what the deals really are stays."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np

from experiments.comparison import draw_markets
from experiments.running.arms import Arm, Settings, own_market
from experiments.running.scenario import Scenario
from sim.behaviour import Gaming
from sim.futures import draw_future
from sim.gaming import gamed
from sim.market import Market, protected
from sim.simulate import simulate
from sim.snapshot import OpenDeals, Snapshot
from strategies.status_quo import StatusQuo
from tests.markets import synthetic, tiny_market
from tests.worlds import tiny_policy, tiny_snapshot, tiny_world


def pipeline(accounts_n: int = 300) -> Snapshot:
    """An open deal at every account, of all stages in turn, worth 100, 200, ... usd."""
    snapshot, account = tiny_snapshot(accounts_n), np.arange(accounts_n)
    deals = OpenDeals(
        account=account,
        seat=snapshot.owner,
        stage=account % 3,
        created_day=np.full(accounts_n, -60.0),
        stage_age_days=np.full(accounts_n, 5.0),
        amount_usd=100.0 * np.arange(1.0, accounts_n + 1.0),
        expansion=np.zeros(accounts_n, dtype=np.bool_),
    )
    return replace(snapshot, deals=deals)


def played(sandbag_share: float = 0.0, inflate_share: float = 0.0, market: Market | None = None, seed: int = 1) -> Market:
    """The market of :func:`pipeline` with such shares of its deals gamed."""
    world = tiny_world(gaming=Gaming(sandbag_share, inflate_share))
    return gamed(tiny_market(pipeline()) if market is None else market, world, seed)


def test_without_gaming_the_market_is_the_one_that_came() -> None:
    """Both shares 0, or no open deal: the very same object."""
    market = tiny_market(pipeline())
    assert played(market=market) is market
    nothing_open = tiny_market(replace(tiny_snapshot(owner=-1)))
    assert played(0.5, 0.5, nothing_open) is nothing_open


def test_a_sandbagged_deal_is_shown_a_stage_earlier_at_half_its_amount() -> None:
    """All of them sandbagged: proposals are shown as qualified, qualified ones and new ones as new, each at half its amount."""
    before, after = pipeline().deals, played(sandbag_share=1.0).snapshot.deals
    assert np.array_equal(after.stage, np.maximum(before.stage - 1, 0))
    assert np.array_equal(after.amount_usd, before.amount_usd / 2)


def test_an_inflated_deal_is_shown_as_a_proposal_and_so_protected() -> None:
    """All of them inflated: proposals at their amounts; where proposals are protected, nothing may move any more."""
    market = played(inflate_share=1.0)
    assert set(market.snapshot.deals.stage) == {2}
    assert np.array_equal(market.snapshot.deals.amount_usd, pipeline().deals.amount_usd)
    honest, shown = (protected(s, tiny_policy(protect="proposal")) for s in (pipeline(), market.snapshot))
    assert (honest.mean(), shown.mean()) == (1 / 3, 1.0)


def test_about_so_many_as_stated_are_gamed_and_a_larger_share_games_some_more() -> None:
    """20 % sandbagged and 30 % inflated of 300 deals, give or take 8 points; with 40 % sandbagged the same and others; the rest stays."""
    market, more = played(0.2, 0.3), played(0.4, 0.3)
    before = pipeline().deals
    sandbagged, again = (m.snapshot.deals.amount_usd < before.amount_usd for m in (market, more))
    inflated = market.snapshot.deals.stage > before.stage
    assert abs(sandbagged.mean() - 0.2) < 0.08
    assert abs(inflated[before.stage < 2].mean() - 0.3) < 0.08
    assert (again >= sandbagged).all()
    assert again.sum() > sandbagged.sum()
    untouched = ~sandbagged & ~inflated
    assert np.array_equal(market.snapshot.deals.stage[untouched], before.stage[untouched])
    assert not np.array_equal(played(0.2, 0.3, seed=2).snapshot.deals.stage, market.snapshot.deals.stage)


def test_what_really_is_stays_and_is_what_is_lived() -> None:
    """The truth keeps the deals as they stand, also where it knew them already, and a future is the same as without gaming."""
    market = tiny_market(pipeline())
    games = played(0.5, 0.5, market)
    assert games.truth.deals is market.snapshot.deals
    known = tiny_market(pipeline(), deals=replace(pipeline().deals, stage=np.zeros(300, dtype=np.int64)))
    assert played(0.5, 0.5, known).truth.deals is known.truth.deals
    owner, policy = market.snapshot.owner, tiny_policy()
    lived = [simulate(m, owner, draw_future(1, 0, 0), tiny_world(), policy, 364.0) for m in (market, games)]
    for field in fields(lived[0]):
        values = [getattr(record, field.name) for record in lived]
        assert not isinstance(values[0], np.ndarray) or np.array_equal(*values), field.name


def test_an_arm_plans_with_the_pipeline_that_its_reps_show() -> None:
    """Where an arm's reps inflate all deals its market shows them as proposals; nothing else that its CRM shows differs."""
    (market,) = draw_markets(synthetic(), tiny_world(), tiny_policy(), Scenario("base", ""), Settings())
    arms = [Arm("a", StatusQuo(), tiny_policy(), tiny_world(gaming=Gaming(inflate_share=share))) for share in (0.0, 1.0)]
    honest, shown = (own_market(arm, market, 0).snapshot for arm in arms)
    assert set(honest.deals.stage) > set(shown.deals.stage) == {2}
    assert np.array_equal(honest.seats.quota_usd, shown.seats.quota_usd)
    assert np.array_equal(honest.engaged_days, shown.engaged_days)
