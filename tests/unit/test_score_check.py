"""The command that holds the account scores against what they have not seen, and against the truth."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from experiments.figures import reliability
from experiments.score_check import BELIEVED, NAMES, Checked, auc, check, curves, main, means
from sim.market import Market
from strategies.worth.score_validation import calibration
from tests.markets import drawn_market
from tests.worlds import tiny_world


@pytest.fixture(scope="module")
def market() -> Market:
    """A market with enough of a past to test a model on."""
    return drawn_market(accounts_n=400, seats_n=3, capacity_h_per_week=14.0)


@pytest.fixture(scope="module")
def checked(market: Market) -> Checked:
    """All scores on it, with two futures."""
    return check(market, tiny_world(), 5, 2)


def test_every_score_is_asked_about_the_same_engagements(checked: Checked) -> None:
    """A row a score, losses that can be compared, the truth's correlations, and lifts over today; ``historical`` is its own measure."""
    table = checked.table.set_index("score")
    assert list(table.index) == [*NAMES, BELIEVED]
    foreseen = table.loc[list(NAMES)]
    assert len(set(foreseen["rows"])) == 1
    assert foreseen.notna().all(axis=None)
    assert foreseen["rank_value"].between(0.5, 1.0).all()
    assert table.loc[BELIEVED, ["log_loss", "rank_value"]].isna().all()
    assert table.loc["historical", "over_historical"] == 0.0
    assert np.isfinite(table["lift"].to_numpy(dtype=np.float64)).all()
    gain = checked.verdict.iloc[0]
    for part, loss in (("chance_gain", "log_loss"), ("value_gain", "amount_loss")):
        losses = foreseen[loss].to_dict()
        assert gain[part] == pytest.approx(losses["historical"] - losses["model"])


def test_without_futures_nothing_is_simulated(market: Market) -> None:
    """The lifts are left out."""
    assert "lift" not in check(market, tiny_world(), 5, 0).table


def test_too_little_history_is_no_error() -> None:
    """A market without a past: the model's word says why, and there is nothing to draw."""
    checked = check(drawn_market(history_quarters=0), tiny_world(), 5, 0)
    assert checked.validation is None
    assert "too few" in checked.verdict["word"].iloc[0]


def test_the_area_under_the_curve_counts_pairs_in_the_right_order() -> None:
    """All pairs in order: 1; ties: a half; one kind only: unknown."""
    won = np.array([True, False, True, False])
    assert auc(won, np.array([0.9, 0.1, 0.8, 0.2])) == 1.0
    assert auc(won, np.array([0.9, 0.1, 0.1, 0.2])) == pytest.approx((2 + 0.5) / 4)
    assert auc(won, np.full(4, 0.3)) == 0.5
    assert np.isnan(auc(np.ones(4, dtype=np.bool_), np.full(4, 0.3)))


def test_a_mean_over_draws_is_that_of_each_score(checked: Checked) -> None:
    """Twice the same draw has the mean of one."""
    twice = pd.concat([checked.table, checked.table])
    assert means(twice)["lift"].tolist() == pytest.approx(checked.table["lift"].tolist())
    assert means(twice)["score"].tolist() == [*NAMES, BELIEVED]


def test_a_reliability_curve_is_drawn_and_told(checked: Checked) -> None:
    """Chances that come true lie on the diagonal; those that are ten points too high are told to be."""
    rng = np.random.default_rng(0)
    chance = rng.random(200_000)
    won = rng.random(200_000) < np.maximum(chance - 0.1, 0.0)
    good, bad = (calibration(won, each, np.ones(len(won))) for each in (np.maximum(chance - 0.1, 0.0), chance))
    assert good[:, 1] == pytest.approx(good[:, 0], abs=0.01)
    said = reliability.finding({"good": good, "bad": bad})
    assert "good 0." in said
    assert "bad 9." in said or "bad 10." in said
    assert len(curves([checked, checked])["model"]) == 10
    assert reliability.draw(curves([checked]), "a test").axes


def test_a_figure_is_written_and_a_wrong_market_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The command prints its tables and writes the PNG; a market that is not there ends with one line and no traceback."""
    said: list[str] = []
    main(["startup", "--draws", "1", "--futures", "0", "--figure", str(tmp_path / "curve.png")], said.append)
    assert "historical" in "".join(said)
    assert "draw 0: chance: " in "".join(said)
    assert (tmp_path / "curve.png").read_bytes().startswith(b"\x89PNG")
    with pytest.raises(SystemExit) as stopped:
        main(["nowhere"])
    assert stopped.value.code == 1
    assert capsys.readouterr().err.startswith("error: market: there is no choice 'nowhere'. Choices: crm, ")
