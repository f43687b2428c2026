"""Every scenario is held against the base run, and the two sides of every answer against each other."""

from __future__ import annotations

from functools import cache

import pandas as pd
import pytest

from experiments.comparison import baseline_arm, draw_markets, live_through, make_plans
from experiments.running.plans import OK
from experiments.scenario_answers import THEMES, asked, scenarios

# Small, and with hours that bind.
TINY = (
    *("market=startup", "market.accounts_n=120", "market.seats_n=6", "market.capacity_h_per_week=2"),
    *("futures=2", "quarters=4", "workers=1"),
)
FITTED = {  # to so small a market
    "market_shock": ("market.capacity_h_per_week=8", "quarters=8"),
    "limits": ("strategies.sized.accounts_min=18", "strategies.sized.accounts_max=22"),
    "rebalance_triggered": ("arms.triggered.policy.review_trigger_cv=0.01",),
}
LIVED = ["bookings_usd", "contribution_usd", "attainment", "uncovered_share", "moved_n", "gini_opportunity"]


@cache
def lived(scenario: str) -> pd.DataFrame:
    """What every arm did: metrics by arm and future."""
    asking = asked(scenario, (*TINY, *FITTED.get(scenario, ())))
    base = baseline_arm(asking.arms, asking.settings)
    markets = draw_markets(asking.source, base.world, base.policy, asking.scenario, asking.settings)
    runs = live_through(markets, asking.arms, make_plans(markets, asking.arms, asking.settings), asking.settings).runs
    return runs.set_index(["arm", "future"])


def test_every_scenario_has_its_place_on_the_page() -> None:
    """The themes of the page name each scenario once."""
    assert sorted(name for names in THEMES.values() for name in names) == scenarios()


@pytest.mark.slow
@pytest.mark.parametrize("name", scenarios())
def test_a_scenario_changes_something(name: str) -> None:
    """Its arms live; no table of it is that of the base run; the sides of every pair that answers it differ, in what is measured."""
    asking, runs, base = asked(name), lived(name), lived("base")
    assert (runs["status"] == OK).all(), runs.loc[runs["status"] != OK, "error"].iloc[0]
    known = {tuple(rows[LIVED].to_numpy().ravel()) for _, rows in base.groupby(level="arm")}
    assert any(tuple(rows[LIVED].to_numpy().ravel()) not in known for _, rows in runs.groupby(level="arm"))
    assert asking.scenario.answers
    for arm, over in asking.scenario.answers.items():
        one, other = (runs[runs.index.get_level_values("arm") == label][LIVED].to_numpy() for label in (arm, over))
        assert (one != other).any(), (arm, over)
