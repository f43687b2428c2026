"""Value against imbalance against disruption: the scales, the front, the table, the figure and the words that repeat a point."""

from __future__ import annotations

import shlex
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hydra import compose, initialize_config_module

from experiments.figures import trade_off as figure
from experiments.findings.money import usd_in_words
from experiments.running import store
from experiments.running.arms import Arm, Settings
from experiments.running.configuration import request
from experiments.trade_off import line_of, main, trade_off_table, words_of, write
from sim.equity import gini
from sim.snapshot import UNASSIGNED
from strategies.optimized import Optimized
from strategies.status_quo import StatusQuo
from strategies.trade_off import imbalance, on_front, points, trade_off, weightings
from strategies.worth.predict import predict
from tests.e2e.command import only_run, territory_lab
from tests.markets import drawn_market
from tests.worlds import drawn_problem, tiny_policy, tiny_problem, tiny_world

QUICK: dict[str, Any] = {"search_rounds_n": 1, "exact_nodes_n": 0}  # prices show with little effort too
GRID = {label: replace(strategy, **QUICK) for label, strategy in weightings((0.0, 1.0), (0.02, 0.5)).items()}


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    """A small grid on a small market, lived through in three futures."""
    arm = Arm("status_quo", StatusQuo(), tiny_policy(), tiny_world())
    return trade_off_table([drawn_market()], arm, Settings(seed=3, futures=3, quarters=4), GRID)


def test_imbalance_is_the_gini_of_the_metrics() -> None:
    """The planner's own formula agrees with sim.equity on random books; seats without hours and unowned accounts do not count."""
    rng = np.random.default_rng(2)
    for _ in range(20):
        problem = tiny_problem(40, 6, potential_usd=rng.lognormal(10, 1.5, 40), capacity_h_per_week=[0.0, *rng.uniform(1, 20, 5)])
        owner = rng.integers(-1, 6, 40)
        owned, hours = owner != UNASSIGNED, problem.seats.capacity_h_per_week
        book_usd = np.bincount(owner[owned], problem.accounts.potential_usd[owned], 6)
        assert imbalance(problem, owner) == pytest.approx(float(gini(book_usd[1:] / hours[1:])))
    assert imbalance(tiny_problem(potential_usd=0.0), tiny_problem().owner) == 0.0
    assert imbalance(tiny_problem(seats_n=1), tiny_problem(seats_n=1).owner) == 0.0


def test_the_front_holds_what_nothing_beats() -> None:
    """A point that is as good on all scales and better on one beats another; equal points do not beat each other; trading keeps both."""
    value, uneven, moved = np.array(
        [[5.0, 0.2, 0.1], [5.0, 0.2, 0.1], [5.0, 0.2, 0.2], [4.0, 0.2, 0.1], [4.0, 0.1, 0.9], [6.0, 0.3, 0.9]]
    ).T
    assert on_front(value, uneven, moved).tolist() == [True, True, False, False, True, True]


def test_prices_do_what_they_are_for() -> None:
    """A price of imbalance evens books out, one of disruption keeps accounts; today's owners move nobody; values are those of predict."""
    problem = drawn_problem(200, 6, owned=True)
    found = trade_off(problem, np.random.default_rng(0), GRID)
    assert list(found) == ["status_quo", *GRID]
    assert (found["status_quo"].moved_n, found["status_quo"].on_front) == (0, True)
    assert found["status_quo"].value_usd == predict(problem.owner, problem).bookings_usd
    free, even, free_dear, even_dear = (found[label] for label in GRID)
    assert even.imbalance < free.imbalance
    assert even_dear.imbalance < free_dear.imbalance
    assert free_dear.moved_n < free.moved_n
    assert free.moved_share == free.moved_n / 200
    assert free.value_usd > found["status_quo"].value_usd


def test_what_had_no_owner_is_not_moved() -> None:
    """An account that is given to its first owner, or left to nobody, counts for no disruption, as in a run's moved_n."""
    problem = tiny_problem(owner=[0, 0, 0, 1, 1, 1, 2, 2, 2, -1, -1, -1])
    owner = np.array([0, 1, -1, 1, 1, 1, 2, 2, 2, 0, 0, 0])
    assert points(problem, {"a design": owner})["a design"].moved_n == 1


def test_the_table_pairs_the_futures(table: pd.DataFrame) -> None:
    """Today's row is zero throughout; every other lift lies in its interval; evenness is judged along one price of disruption."""
    by_point = table.set_index("point")
    today = by_point.loc["status_quo"]
    assert (today["lift_share"], today["contribution_lift_usd"], today["predicted_lift_share"], today["moved_n"]) == (0, 0, 0, 0)
    rest = by_point.drop("status_quo")
    assert ((rest["low_share"] <= rest["lift_share"]) & (rest["lift_share"] <= rest["high_share"])).all()
    assert line_of(table)["point"].tolist() == ["point_1", "point_2"]
    even = by_point["even_lift_share"].dropna()
    assert even.index.tolist() == ["greedy_balance", "point_1", "point_2"]
    assert even["point_1"] == 0
    # rid of luck or not, the lift along the line is what the two lifts over today say
    line = (1 + by_point["lift_share"]["point_2"]) / (1 + by_point["lift_share"]["point_1"]) - 1
    assert even["point_2"] == pytest.approx(line, abs=0.02)


def test_means_over_draws_are_what_a_front_of_several_markets_is_made_of() -> None:
    """Two market draws, not simulated: one row a point, values the means of the two, and no lift that nobody lived through."""
    arm, settings = Arm("status_quo", StatusQuo(), tiny_policy(), tiny_world()), Settings(seed=3, quarters=4)
    markets = [drawn_market(seed=1), replace(drawn_market(seed=2), draw=1)]
    both = trade_off_table(markets, arm, settings, GRID, simulate=False)
    each = [trade_off_table([market], arm, settings, GRID, simulate=False) for market in markets]
    for name in ("predicted_usd", "imbalance", "moved_share"):
        np.testing.assert_allclose(both[name], (each[0][name] + each[1][name]) / 2)
    assert "lift_share" not in both


@pytest.mark.parametrize(
    ("interval", "words"),
    [
        ((0.01, 0.02, "better"), "Evenness pays: territories as even as can be book 1.5 % more [+1.0, +2.0]"),
        ((-0.02, -0.01, "worse"), "Evenness costs: territories as even as can be book 1.5 % less [−2.0, −1.0]"),
        ((-0.002, 0.002, "equivalent"), "Evenness costs next to nothing: 0.0 % of bookings [−0.2, +0.2]"),
        ((-0.03, 0.03, "not settled"), "What evenness costs is not settled: 0.0 % of bookings [−3.0, +3.0]"),
    ],
)
def test_the_title_says_what_evenness_costs(table: pd.DataFrame, interval: tuple[float, float, str], words: str) -> None:
    """The title reads as the verdict does, with the interval of the most even point of the line over the one that pays nothing for it."""
    low, high, verdict = interval
    even = table["point"] == "point_2"
    numbers = {"even_lift_share": (low + high) / 2, "even_low_share": low, "even_high_share": high, "even_verdict": verdict}
    changed = table.assign(**{name: table[name].mask(even, value) for name, value in numbers.items()})
    assert figure.finding(changed, line_of(changed)).replace("\u00a0", " ").startswith(words)


def test_table_and_figure_are_written(table: pd.DataFrame, tmp_path: Path) -> None:
    """The folder holds the table with all rows and the figure twice; a table without simulation is drawn too."""
    said = write(table, tmp_path, "an invented market")
    assert figure.finding(table, line_of(table)) in said
    alone = table.set_index("point").to_dict("index")["greedy_balance"]
    assert f"balance and nothing else: books {100 * alone['even_lift_share']:+.1f} % [".replace("-", "−") in said
    assert f"contributes usd {usd_in_words(alone['even_contribution_lift_usd'])} [" in said
    read = store.read_table(tmp_path / "trade_off.csv")
    assert read["point"].tolist() == table["point"].tolist()
    assert read["on_front"].tolist() == table["on_front"].tolist()
    assert (tmp_path / "trade_off.png").read_bytes().startswith(b"\x89PNG")
    assert (tmp_path / "trade_off.svg").stat().st_size > 10_000
    assert figure.describe(table, line_of(table)).count("moves") == len(table)
    foreseen = table.drop(columns=[name for name in table.columns if "lift" in str(name) and name != "predicted_lift_share"])
    assert "The planner expects" in write(foreseen, tmp_path / "foreseen", "an invented market")


def test_words_make_the_same_optimiser() -> None:
    """What a row says to type is read back as the strategy of that row, every weight exact."""
    overrides = [word for label, strategy in weightings().items() for word in shlex.split(words_of(label, strategy))]
    with initialize_config_module("conf", version_base="1.3"):
        arms = request(compose("config", overrides=["strategies=[status_quo]", *overrides])).arms
    assert {arm.label: arm.strategy for arm in arms} == {"status_quo": StatusQuo(), **weightings()}
    assert words_of("status_quo", StatusQuo()) == ""


def test_words_keep_what_else_the_optimiser_was_told() -> None:
    """A grid of the caller's own may differ in more than the two prices: texts, switches and nothing at all are read back too."""
    strategy = Optimized(score="tam", imbalance_weight=0.1, by_team=True, accounts_max=90, distance_max_km=None)
    with initialize_config_module("conf", version_base="1.3"):
        arms = request(compose("config", overrides=["strategies=[status_quo]", *shlex.split(words_of("own", strategy))])).arms
    assert arms[1].strategy == strategy


@pytest.mark.parametrize(("forecast", "words"), [(-0.012, "book 1.2 % less than"), (0.012, "book 1.2 % more than"), (0.0001, "as much as")])
def test_a_forecast_is_told_by_its_sign(table: pd.DataFrame, forecast: float, words: str) -> None:
    """Less is not "−1.2 % more"."""
    even = table["point"] == "point_2"
    foreseen = table.drop(columns="lift_share")
    free = float(line_of(foreseen)["predicted_lift_share"].iloc[0])
    lift = foreseen["predicted_lift_share"].mask(even, (1 + forecast) * (1 + free) - 1)
    changed = foreseen.assign(predicted_lift_share=lift)
    assert words in figure.finding(changed, line_of(changed)).replace("\u00a0", " ")


@pytest.mark.slow
def test_words_put_a_point_into_a_comparison(tmp_path: Path) -> None:
    """The words as typed after ./run compare give that design its own arm, with the point's moves."""
    strategy = Optimized(imbalance_weight=0.1, disruption_loss_share=0.05)
    words = [
        "experiment=smoke",
        "futures=1",
        "quarters=8",
        "workers=1",
        "report=false",
        "strategies=[status_quo]",
        *shlex.split(words_of("point_3", strategy)),
    ]
    done = territory_lab("compare", *words, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    folder = only_run(tmp_path / "results")
    design = store.read_table(folder / "designs" / "point_3.csv")
    with initialize_config_module("conf", version_base="1.3"):
        asked = request(compose("config", overrides=words))
    from experiments.comparison import draw_markets

    markets = draw_markets(asked.source, asked.arms[0].world, asked.arms[0].policy, asked.scenario, asked.settings)
    point = trade_off_table(markets, asked.arms[0], asked.settings, {"point_3": strategy}, simulate=False).set_index("point").loc["point_3"]
    assert point["moved_n"] == (design["from_seat"] != design["to_seat"]).sum() > 0


@pytest.mark.parametrize(
    ("words", "code", "line"),
    [
        (["nowhere"], 1, "error: market: there is no choice 'nowhere'. Choices: crm, "),
        (["saas", "startup"], 2, "error: market: one at a time; saas and startup were named"),
        (["startup", "--futures", "-1"], 2, "error: futures: -1 must be a whole number between 1 and 100,000"),
        (["startup", "futurs=3"], 1, "error: futurs: there is no such option; did you mean futures?"),
        (["startup", "--futures", "0", "scenario=greenfield"], 2, "error: trade_off: nobody owns anything in this market"),
        (["startup", "strategies=[random]"], 2, "error: strategies: the curve is that of optimized"),
        (["startup", "--out", __file__], 2, "error: results: cannot write to "),
    ],
)
def test_a_mistake_is_one_line(
    words: list[str], code: int, line: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """No traceback, what is wrong and what there is, the exit code of ./run compare."""
    monkeypatch.setattr("experiments.trade_off.weightings", lambda: GRID)
    assert main(words) == code
    said = [line for line in capsys.readouterr().err.splitlines() if line.startswith("error")]
    assert len(said) == 1
    assert said[0].startswith(line)
