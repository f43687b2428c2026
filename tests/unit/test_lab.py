"""The comparison from Python."""

from __future__ import annotations

from experiments import lab
from sim.snapshot import UNASSIGNED
from strategies.equal_count import EqualCount


def test_a_market_a_design_a_future_a_comparison() -> None:
    """A market is drawn with quotas, carved, simulated and compared in a few lines, and the table has the words of summary.csv."""
    market = lab.market("startup", seed=7, accounts_n=80, seats_n=3)
    assert len(market.snapshot.accounts) == 80
    assert (market.snapshot.seats.quota_usd > 0).all()
    design = lab.assign(market, EqualCount())
    assert (design.owner != UNASSIGNED).all()
    record = lab.simulate(market, design)
    assert record.amount_usd.sum() > 0
    assert record.start_day.max() < 728
    table = lab.compare(market, {"equal_count": EqualCount()}, futures=3, seed=7)
    assert set(table["arm"]) == {"status_quo", "equal_count"}
    assert {"lift_share", "verdict", "uncovered_share"} <= set(table)


def test_seed_draws_the_market() -> None:
    """The seed is not ignored."""
    one, two = (lab.market("startup", seed=seed, accounts_n=40, seats_n=2).truth.potential_usd for seed in (1, 2))
    assert (one != two).all()
