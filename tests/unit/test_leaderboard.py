"""Scores lie between the yardsticks, count a failure as chance, and come with intervals."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from experiments.benchmark import title
from experiments.figures import profiles
from experiments.findings.leaderboard import leaderboard, profile, scores

YARDSTICKS = {"random": "strategies.random_draw.Random", "informed": "strategies.informed.Informed"}


def runs(booked: dict[str, list[float]], failed: tuple[str, ...] = ()) -> pd.DataFrame:
    """One row an arm, draw and future: two futures, which book a tenth more and less than what is given by draw, and a known luck on top
    that is not the same for all arms.
    """
    rows = [
        {
            "draw": draw,
            "arm": arm,
            "future": future,
            "strategy": YARDSTICKS.get(arm, f"theirs.{arm}"),
            "status": "failed" if arm in failed else "ok",
            "bookings_usd": np.nan if arm in failed else usd * factor + luck_usd,
            "control_variate_usd": luck_usd,
        }
        for luck_usd, (arm, by_draw) in enumerate(booked.items())
        for draw, usd in enumerate(by_draw)
        for future, factor in enumerate((0.9, 1.1))
    ]
    return pd.DataFrame(rows)


def test_a_score_is_the_way_from_random_to_informed() -> None:
    """By hand: random books 100 and 300, informed 200 and 500, so the way is 150; who fails is at random's."""
    table = scores({"one": runs({"random": [100, 300], "informed": [200, 500], "ours": [150, 400], "fails": [0, 0]}, failed=("fails",))})
    by_arm = table.set_index(["arm", "draw"])["score"]
    assert by_arm["ours"].tolist() == pytest.approx([50 / 150, 100 / 150])
    assert by_arm["informed"].tolist() == pytest.approx([100 / 150, 200 / 150])
    assert by_arm["random"].tolist() == by_arm["fails"].tolist() == [0.0, 0.0]
    assert table.loc[table["failed"], "arm"].tolist() == ["fails", "fails"]
    with pytest.raises(ValueError, match="one: 0 arms of informed have numbers"):
        scores({"one": runs({"random": [100], "ours": [150]})})


def test_the_middle_half_decides() -> None:
    """Of eight draws the two best and the two worst do not count: one lucky draw makes no leader, and the interval contains the score."""
    steady, lucky = [150.0] * 8, [120.0] * 7 + [900.0]
    table = scores({"one": runs({"random": [100.0] * 8, "informed": [200.0] * 8, "steady": steady, "lucky": lucky})})
    board = leaderboard(table, seed=1).set_index("arm")
    assert board.index.tolist() == ["informed", "steady", "lucky", "random"]
    assert board.loc["lucky", "iqm_score"] == pytest.approx(0.2)
    assert board.loc["lucky", "one_score"] == pytest.approx((7 * 0.2 + 8.0) / 8)
    assert (board["low_score"] <= board["iqm_score"] + 1e-12).all()
    assert (board["iqm_score"] <= board["high_score"] + 1e-12).all()
    assert board["high_score"].to_dict()["lucky"] > 0.2 + 1e-9
    pd.testing.assert_frame_equal(leaderboard(table, seed=1).set_index("arm"), board)


def test_who_leads_is_settled_in_the_same_draws() -> None:
    """By hand: always a tenth behind is a tenth behind, however much the draws differ; random is behind by all of the leader's score."""
    ours = [110.0, 120.0, 150.0, 160.0, 180.0, 190.0]
    booked = {"random": [100.0] * 6, "informed": [200.0] * 6, "ours": ours, "theirs": [usd - 10.0 for usd in ours]}
    board = leaderboard(scores({"one": runs(booked), "two": runs(booked)}), seed=1).set_index("arm")
    assert board["high_score"].to_dict()["theirs"] > board["low_score"].to_dict()["ours"]
    behind = board[["behind_low_score", "behind_high_score"]].T
    assert behind["theirs"].tolist() == pytest.approx([0.1, 0.1])
    assert behind["ours"].tolist() == [0.0, 0.0]
    assert board.loc["random", "behind_low_score"] == pytest.approx(board.loc["ours", "low_score"])
    assert board["behind_high_score"].to_dict()["informed"] < 0
    assert title(board.reset_index()).endswith("on the way from random to informed")
    equal = leaderboard(scores({"one": runs({**booked, "theirs": ours[::-1]})}), seed=1)
    assert title(equal).endswith("not settled against theirs")


def test_a_profile_is_the_share_above() -> None:
    """Of two draws with scores 0.33 and 0.67 all are above 0, half above 0.5, none above 1; the figure has a line and a point an arm."""
    table = scores({"one": runs({"random": [100, 300], "informed": [200, 500], "ours": [150, 400]})})
    assert profile(table, np.array([0.0, 0.5, 1.0]))["ours"].tolist() == [1.0, 0.5, 0.0]
    figure = profiles.draw("ours leads", leaderboard(table, seed=1), table)
    points, lines = figure.axes
    assert [label.get_text() for label in points.get_yticklabels()] == ["informed", "ours", "random"]
    assert {text.get_text() for text in lines.texts} == {"informed", "ours"}
