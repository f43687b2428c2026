"""The figures of a sweep on made-up tables: what they find, and that they can be drawn."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from experiments.figures import effects, ranking, style, sweep_heatmap, sweep_lines, tornado, tuned
from experiments.figures.sweep import mean_lift
from experiments.running.errors import RunError
from experiments.sweeps.drawn import draw_all, sweep_of
from tests.sweeps import RATE, WEIGHT, crossing, joined

SETTINGS = [WEIGHT, RATE]


def test_lines_say_who_leads_where() -> None:
    """Where the leader changes along the setting, both are named with their values; where it does not, its span of lifts is."""
    said = sweep_lines.finding(sweep_of(joined(), SETTINGS, RATE))
    both = "optimized at 0.1 and 0.22 (first in 9 of 12 runs), equal_count at 0.36 (first in all 6 runs)"
    assert said == f"Best on average along resignation_per_year: {both}"
    two = joined(arms=("status_quo", "equal_count"))
    said = sweep_lines.finding(sweep_of(two, SETTINGS, RATE))
    assert said.startswith("equal_count is best on average at all 3 values of resignation_per_year, by +1.0")
    assert said.endswith("first in all 18 runs")
    lost = joined(arms=("status_quo", "nearest"))
    assert (
        sweep_lines.finding(sweep_of(lost, SETTINGS, RATE))
        == "On average nothing beats status_quo at any of the 3 values of resignation_per_year"
    )


def test_an_interval_over_runs_needs_three() -> None:
    """One run has its own interval, two have none, and of three it is Student's."""
    rows = pd.DataFrame({"lift_share": [0.01, 0.02, 0.03], "lift_low_share": [0.0, 0.0, 0.0], "lift_high_share": [0.05, 0.05, 0.05]})
    assert mean_lift(rows[:1]) == (0.01, 0.0, 0.05)
    assert np.isnan(mean_lift(rows[:2])[1])
    mean, low, high = mean_lift(rows)
    assert (mean, high - mean) == pytest.approx((0.02, 4.3027 * 0.01 / 3**0.5), abs=1e-5)
    assert mean - low == pytest.approx(high - mean)


def test_the_heatmap_names_the_winner_of_every_region() -> None:
    """A tile a pair of values: the best mean among those that could be rolled out, clear only where it ranks first in all runs."""
    tiles = sweep_heatmap.tiles(sweep_of(joined(), SETTINGS, RATE, WEIGHT))
    assert len(tiles) == 9
    assert {tile.arm for tile in tiles.values()} == {"optimized", "equal_count"}
    assert (tiles[0.36, 0.0].arm, tiles[0.36, 0.0].clear, tiles[0.36, 0.0].first_n) == ("equal_count", True, 2)
    assert (tiles[0.22, 0.005].arm, tiles[0.22, 0.005].clear, tiles[0.22, 0.005].first_n) == ("optimized", False, 1)
    single = sweep_heatmap.tiles(sweep_of(joined(seeds=(1,)), SETTINGS, RATE, WEIGHT))
    assert single[0.1, 0.0].clear
    assert not single[0.22, 0.0].clear
    assert "wins in 5 of 9 combinations" in sweep_heatmap.finding(sweep_of(joined(), SETTINGS, RATE, WEIGHT))


def test_the_tornado_puts_the_widest_swing_first() -> None:
    """A number swings from its lowest to its highest value; the setting that moves the mean most is on top, seeds are among them."""
    found = tornado.swings(sweep_of(joined(), SETTINGS, arm="optimized"))
    assert [swing.setting for swing in found] == [RATE, WEIGHT, "seed"]
    assert (found[0].low, found[0].high) == (0.1, 0.36)
    assert found[0].at_low_share - found[0].at_high_share == pytest.approx(0.16 * 0.26)
    title = tornado.finding(sweep_of(joined(), SETTINGS, arm="optimized")).replace("\u00a0", " ")
    assert title == "resignation_per_year swings optimized's lift most, from −0.9 % at 0.36 to +3.2 % at 0.1"


def test_a_swing_that_is_hardly_wider_than_the_seed_s_says_so() -> None:
    """Where the seed swings the lift by more than half of what the widest setting does, the title sets one beside the other."""
    noisy = joined(lambda arm, rate, weight, seed: crossing(arm, rate, weight, 1) + 0.03 * (seed == 2) * (arm == "optimized"))
    title = tornado.finding(sweep_of(noisy, SETTINGS, arm="optimized"))
    assert title.startswith("resignation_per_year swings optimized's lift most")
    assert title.endswith("the seed alone by 3.0 points")


def test_the_ranking_counts_places_and_agreement() -> None:
    """Shares of an arm over its places are 1 together; an order that never changes has Kendall's W of 1, one that is turned round has 0."""
    shares = ranking.places(sweep_of(joined(), SETTINGS))
    assert shares.sum(axis=1).tolist() == [1.0] * 4
    assert "informed" not in shares.index
    assert shares.loc["nearest", 4] == 1
    steady = joined(lambda arm, rate, weight, seed: crossing(arm, 0.1, 0.0, 1))
    concordance, runs_n = ranking.agreement(sweep_of(steady, SETTINGS))
    assert (concordance, runs_n) == pytest.approx((1.0, 18))
    turned = joined(lambda arm, rate, weight, seed: (0.01 if seed == 1 else -0.01) * (arm == "nearest"), arms=("status_quo", "nearest"))
    assert ranking.agreement(sweep_of(turned, SETTINGS))[0] == pytest.approx(0.0)


def test_all_are_drawn_to_png_and_svg(tmp_path: Path) -> None:
    """Four figures, both formats, the svg well-formed; what a sweep of one setting lacks is said."""
    said = draw_all(joined(), SETTINGS, tmp_path)
    assert len(said) == 4
    for name in ("lines", "heatmap", "tornado", "ranking"):
        assert (tmp_path / f"{name}.png").stat().st_size > 10_000
        ET.fromstring((tmp_path / f"{name}.svg").read_text(encoding="utf-8"))
    assert draw_all(joined(), [RATE], tmp_path)[-1] == "no heatmap: it needs two settings that vary"


def test_holes_and_words_do_not_break_a_figure(tmp_path: Path) -> None:
    """A setting of words, a pair of values of which no run ended, and a failed job without an arm are drawn all the same."""
    table = joined(seeds=(1,)).replace({WEIGHT: {0.0: "none", 0.005: "some", 0.05: "much"}})
    table = table[~((table[RATE] == 0.36) & (table[WEIGHT] == "some"))]
    failed = pd.DataFrame([{"run": "99", "status": "failed", "error": "boom", "arm": "", RATE: 0.36, WEIGHT: "some", "seed": 1.0}])
    table = pd.concat([table, failed], ignore_index=True)
    sweep = sweep_of(table, SETTINGS, RATE, WEIGHT)
    assert (0.36, "some") not in sweep_heatmap.tiles(sweep)
    assert len(draw_all(table, SETTINGS, tmp_path)) == 4
    assert "equal_count" in sweep_lines.describe(sweep) + sweep_heatmap.describe(sweep) + ranking.describe(sweep) + tornado.describe(sweep)


def test_a_setting_that_does_not_vary_is_refused() -> None:
    """x=, y= and arm= must name what is there; the nearest is offered."""
    with pytest.raises(RunError, match=f"x: {RATE[:-1]} does not vary between the runs; did you mean {RATE}"):
        sweep_of(joined(), SETTINGS, x=RATE[:-1])
    with pytest.raises(RunError, match="arm: optimised is not among the arms; did you mean optimized"):
        sweep_of(joined(), SETTINGS, arm="optimised")


def made_up_effects() -> pd.DataFrame:
    """Three parameters, the last of which does nothing for certain."""
    columns = {"effect": [0.031, 0.012, 0.002], "half_width": [0.006, 0.004, 0.003], "second": [0.01, 0.011, 0.002]}
    return pd.DataFrame({"parameter": [RATE, "world.skill_effect", WEIGHT], **columns, "mean": [-0.031, 0.004, 0.0]})


def test_effects_name_what_matters_and_what_does_not(tmp_path: Path) -> None:
    """The title has the largest effect with its direction, and lists what cannot be told from no effect."""
    found = effects.finding(made_up_effects(), "morris", "optimized")
    assert "hangs most on resignation_per_year: through its range it changes by −3.1 points on average" in found
    assert found.endswith("imbalance_weight cannot be told from no effect")
    shares = made_up_effects().assign(effect=[0.7, 0.3, 0.02], half_width=[0.1, 0.1, 0.03], second=[0.6, 0.2, 0.01])
    assert "has a part in 70\u00a0% of its variance" in effects.finding(shares, "sobol", "optimized")
    for method, table in (("morris", made_up_effects().assign(half_width=0.04)), ("sobol", shares.assign(effect=[2.9, 0.1, 0.0]))):
        assert effects.finding(table, method, "x") == "What x's lift hangs on is not settled: too few points for these parameters"
    for method, table in (("morris", made_up_effects()), ("sobol", shares)):
        (tmp_path / f"{method}.png").write_bytes(style.png(effects.draw(table, method, "optimized", "made up")))
        assert (tmp_path / f"{method}.png").stat().st_size > 10_000
        assert "0.20" in effects.describe(table, method, "x") or method == "sobol"


def made_up_trials(judged_gain: float) -> pd.DataFrame:
    """Eight trials, of which four are on the front; the best of them brings 2 points as searched."""
    lift = np.array([0.020, 0.012, 0.030, 0.035, 0.040, 0.018, 0.028, 0.01])
    moved = np.array([0.10, 0.12, 0.11, 0.15, 0.22, 0.05, 0.2, 0.02])
    table = pd.DataFrame(
        {"trial": range(8), "lift_share": lift, "moved_share": moved, "on_front": [True, False, True, True, True, True, False, True]}
    )
    chosen = table["trial"].isin([0, 2, 4, 7])
    judged = 0.018 + judged_gain * (lift - 0.02) / 0.02
    return table.assign(
        judged_lift_share=np.where(chosen, judged, np.nan),
        judged_lift_low_share=np.where(chosen, judged - 0.006, np.nan),
        judged_lift_high_share=np.where(chosen, judged + 0.006, np.nan),
        judged_moved_share=np.where(chosen, moved + 0.004, np.nan),
    )


def test_tuning_is_quoted_as_judged(tmp_path: Path) -> None:
    """What another seed leaves of the gain stands in the title, whether it holds or not."""
    objectives = {"lift_share": "most", "moved_share": "least"}
    title = tuned.finding(made_up_trials(0.001), objectives, "optimized")
    assert title.startswith("Tuning optimized brings +2.00 points in lift_share")
    assert title.endswith("where it was searched, +0.10 points on another seed")
    kept = made_up_trials(0.01).assign(on_front=[True] + [False] * 7)
    assert tuned.finding(kept, objectives, "optimized") == "Tuning optimized finds no better lift_share than the values it has"
    (tmp_path / "tuned.png").write_bytes(style.png(tuned.draw(made_up_trials(0.012), objectives, "optimized", "made up")))
    assert (tmp_path / "tuned.png").stat().st_size > 10_000
    assert "trial 4" in tuned.describe(made_up_trials(0.012), objectives, "optimized")
