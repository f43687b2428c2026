"""Re-ranking by imagined futures: the planner imagines without the truth, and what is reported is what the plans did."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd
import pytest

from experiments.rerank import BEST_N, best_plans, gains, imagined, in_words, main, rerank
from sim.market import planning_problem
from strategies.optimized import Optimized
from strategies.worth.predict import predict
from tests.markets import drawn_market
from tests.worlds import HORIZON_DAYS, tiny_policy, tiny_world


@pytest.fixture(autouse=True)
def little_effort(monkeypatch: pytest.MonkeyPatch) -> None:
    """Twelve plans a table: how good each of them is, is asked elsewhere."""
    monkeypatch.setattr("experiments.rerank.Optimized", partial(Optimized, search_rounds_n=1, exact_nodes_n=0))


def test_what_is_imagined_holds_nothing_of_the_truth() -> None:
    """Another truth behind the same CRM changes nothing that is imagined; another future changes the potentials."""
    market = drawn_market()
    other = replace(market, truth=replace(market.truth, potential_usd=market.truth.potential_usd * 3, talent=market.truth.talent + 1))
    one, same, next_one = imagined(market, 5, 0), imagined(other, 5, 0), imagined(market, 5, 1)
    np.testing.assert_array_equal(one.truth.potential_usd, same.truth.potential_usd)
    np.testing.assert_array_equal(one.truth.talent, same.truth.talent)
    assert not np.array_equal(one.truth.potential_usd, next_one.truth.potential_usd)
    assert np.corrcoef(np.log(one.truth.potential_usd), np.log(market.snapshot.accounts.potential_usd))[0, 1] > 0.5


def test_the_best_plans_come_in_the_order_of_predict() -> None:
    """At most so many, all different, the best prediction first."""
    problem = planning_problem(drawn_market().snapshot, tiny_world(), tiny_policy(), HORIZON_DAYS)
    plans = best_plans(problem, np.random.default_rng(0))
    predicted = [predict(owner, problem).bookings_usd for owner in plans.owners]
    assert 1 < len(plans.owners) <= BEST_N
    assert predicted == sorted(predicted, reverse=True)
    assert len({owner.tobytes() for owner in plans.owners}) == len(plans.owners)


def test_every_plan_is_lived_in_both_kinds_of_futures() -> None:
    """Bookings of imagined and real futures differ, are there for every plan, and are the same for any number of workers."""
    market = drawn_market()
    one, two = rerank(market, tiny_world(), 5, 2), rerank(market, tiny_world(), 5, 2, workers=2)
    assert np.all(one[["imagined_usd", "real_usd", "today_usd"]].to_numpy() > 0)
    assert not np.allclose(one["imagined_usd"], one["real_usd"])
    pd.testing.assert_frame_equal(one.drop(columns=["plan_s", "rerank_s"]), two.drop(columns=["plan_s", "rerank_s"]))


def test_the_gain_is_that_of_the_plan_chosen_over_the_first() -> None:
    """Imagined futures put the second plan first; really it books 3 less, and the third one would have booked 5 more, of 100."""
    plans = {"imagined_usd": [8.0, 9.0, 7.0], "real_usd": [110.0, 107.0, 115.0], "today_usd": 100.0, "plan_s": 1.0, "rerank_s": 20.0}
    table = gains(pd.DataFrame({"draw": [0, 0, 0], **plans}))
    assert [table[name].iloc[0] for name in ("first", "reranked", "hindsight")] == pytest.approx([0.10, 0.07, 0.15])
    assert "-3.00 % of today's bookings" in in_words(table)
    assert "(hindsight: +5.00 %), for 20 processor seconds" in in_words(table)
    assert "[" in in_words(pd.concat([table, table]))


def test_a_market_that_is_not_there_is_told_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    """No traceback, the choices there are, and an exit code that is not 0."""
    with pytest.raises(SystemExit) as stopped:
        main(["nowhere"])
    assert stopped.value.code == 1
    said = capsys.readouterr().err
    assert said.startswith("error: market: there is no choice 'nowhere'. Choices: crm, ")
    assert said.count("\n") == 1
