"""Answers of scenarios: from runs to rows, from rows to sentences, a page and a figure; what is kept is not asked again."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from experiments.figures import scenarios as figure
from experiments.figures import style
from experiments.findings.answers import answer_table, in_words
from experiments.running import store
from experiments.running.arms import Settings
from experiments.scenario_answers import BEGIN, END, Lived, main, measure, page, scenarios, varied

TINY = ["market=startup", "market.accounts_n=40", "market.seats_n=3", "futures=2", "quarters=4", "workers=1"]
ROW = {
    "scenario": "add_reps",
    "arm": "two_more",
    "over": "as_many",
    "error": "",
    "verdict": "better",
    "decided_by": "control variate",
    "lift_share": 0.081,
    "low_share": 0.07,
    "high_share": 0.092,
    "contribution_usd": 1.5e6,
    "contribution_low_usd": -0.1e6,
    "contribution_high_usd": 3.1e6,
}
ABOUT = {
    "market": "saas",
    "accounts_n": 3000,
    "seats_n": 20,
    "futures": 20,
    "draws": 1,
    "quarters": 8,
    "seed": 7,
    "command": "./run",
}


def runs() -> pd.DataFrame:
    """Three arms in three futures: b books a tenth more than a in each, of which a tenth is seen as luck; c never lives."""
    rows: list[dict[str, object]] = []
    for future, usd in enumerate((100.0, 110.0, 130.0)):
        for arm, times in (("a", 1.0), ("b", 1.1)):
            row: dict[str, object] = {"draw": 0, "arm": arm, "future": future, "status": "ok", "error": "", "bookings_usd": times * usd}
            money = {"contribution_q1_usd": times * usd, "contribution_luck_q1_usd": 0.0, "control_variate_usd": 0.0}
            rows.append({**row, **money, "uncovered_share": 0.5 * times, "moved_share": 0.0})
        rows.append({"draw": 0, "arm": "c", "future": future, "status": "unsupported", "error": "no map"})
    return pd.DataFrame(rows)


def test_a_pair_becomes_a_row() -> None:
    """Lift and contribution are those of the pairs, in their order; without any spread they are known; a pair without a life says why."""
    table = answer_table(runs(), {"b": "a", "a": "b", "c": "a"}, Settings(baseline="a"))
    one, back, none = table.to_dict("records")
    assert [(row["arm"], row["over"]) for row in (one, back, none)] == [("b", "a"), ("a", "b"), ("c", "a")]
    assert [one["lift_share"], one["low_share"], one["high_share"]] == pytest.approx([0.1] * 3)
    assert back["lift_share"] == pytest.approx(-1 / 11)
    assert (one["verdict"], back["verdict"], none["verdict"]) == ("better", "worse", "")
    assert one["contribution_usd"] == pytest.approx(34 / 3)
    assert one["contribution_low_usd"] < one["contribution_usd"] < one["contribution_high_usd"]
    assert (one["arm_uncovered_share"], one["over_uncovered_share"]) == pytest.approx((0.55, 0.5))
    assert none["error"] == "no map"
    assert np.isnan(none["lift_share"])


SAID = [
    ({}, "**two_more books 8.1 % more than as_many** [+7.0, +9.2]; in contribution they cannot be told apart, +1.50 M usd [−0.10, +3.10]."),
    (
        {"contribution_low_usd": 0.1e6},
        "**two_more books 8.1 % more than as_many** [+7.0, +9.2]; it contributes 1.50 M usd more [+0.10, +3.10].",
    ),
    (
        {
            "verdict": "worse",
            "lift_share": -0.02,
            "low_share": -0.03,
            "high_share": -0.01,
            "contribution_usd": -1e6,
            "contribution_high_usd": -1e5,
        },
        "**two_more books 2.0 % less than as_many** [−3.0, −1.0]; it contributes 1.00 M usd less [−0.10, −0.10].",
    ),
    ({"verdict": "equivalent", "lift_share": 0.0001}, "**two_more and as_many book the same**, within a point: 0.0 % [+7.0, +9.2]"),
    ({"verdict": "not settled"}, "**not settled**: two_more against as_many books +8.1 % [+7.0, +9.2]"),
    ({"decided_by": "raw"}, "**two_more books 8.1 % more than as_many** [+7.0, +9.2] (the raw interval, as the control variate disagrees;"),
    ({"error": "no map"}, "two_more against as_many could not be measured: no map."),
]


@pytest.mark.parametrize(("changed", "words"), SAID)
def test_a_row_becomes_a_sentence(changed: dict[str, object], words: str) -> None:
    """The verdict chooses the words, and the numbers are those of the row."""
    assert in_words({**ROW, **changed}).startswith(words)


def test_what_is_varied_is_read_from_the_configuration() -> None:
    """Arms by what is their own, and what holds for all of them."""
    buffer = varied("capacity_buffer")
    assert "*lighter* is optimized, `policy_buffer_share=0.15`" in buffer
    assert buffer.endswith("For all: `world.demand.new_accounts_per_year_share 0.1`.")
    assert "*by_tam* is optimized with `score=tam`" in varied("weight_tam")
    assert "For all: `Acquire(seats_share=0.3)`." in varied("acquisition")
    assert "*two_more* is optimized, `AddSeats(seats_n=2)`" in varied("add_reps")


def test_what_is_kept_is_not_asked_again(tmp_path: Path) -> None:
    """The first call asks, the second one keeps; page and figure are written both times, and the page stays as it is around the answers."""
    notes = tmp_path / "page.md"
    notes.write_text(f"before\n{BEGIN}\nwhat was said before\n{END}\nafter\n", encoding="utf-8")
    places = ["--kept", str(tmp_path / "kept"), "--page", str(notes), "--figure", str(tmp_path / "a.png")]
    said: list[str] = []
    assert main(["five_percent", *TINY, *places], said.append) == 0
    text = notes.read_text(encoding="utf-8")
    assert text.startswith(f"before\n{BEGIN}\n")
    assert text.endswith(f"{END}\nafter\n")
    assert "what was said before" not in text
    assert text.count("Not measured yet") == len(scenarios()) - 1
    table = store.read_table(tmp_path / "kept" / "five_percent.csv")
    assert table["arm"].tolist() == ["five_percent", "redesign"]
    assert in_words({str(k): v for k, v in table.iloc[0].items()}) in text
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")
    assert main(["five_percent", *places], said.append) == 0
    assert "five_percent: kept\n" in said
    assert notes.read_text(encoding="utf-8") == text


def test_what_has_been_lived_is_not_lived_again() -> None:
    """The same plan under another label has the same rows, and only what is new is lived; chance goes by the label."""
    lived = Lived()
    alone = measure("transition_warm", TINY)
    measure("add_reps", TINY, lived)
    arms_n = len(lived.rows)
    again = measure("transition_warm", TINY, lived)
    assert (len(lived.markets), arms_n, len(lived.rows)) == (1, 2, 3)
    pd.testing.assert_frame_equal(alone, again)


def test_a_mistake_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A scenario that is not there, a page that is not there, and a page without its markers."""
    bare = tmp_path / "bare.md"
    bare.write_text("nothing\n", encoding="utf-8")
    kept = ["--kept", str(tmp_path / "kept"), "--write"]
    for words, line in (
        (["five_percents", *kept], "error: five_percents: there is no such scenario. Choices: acquisition, "),
        ([*kept, "--page", str(tmp_path / "none.md")], "error: --page: "),
        ([*kept, "--page", str(bare)], "error: --page: the lines  <!--"),
    ):
        assert main(words) == 2
        assert capsys.readouterr().err.startswith(line)


def test_the_figure_counts_verdicts() -> None:
    """The title says how many what-ifs bring, cost, change nothing, or are not settled; without a number the reason is drawn."""
    tables = [pd.DataFrame([{**ROW, "verdict": verdict}]) for verdict in ("better", "better", "worse", "not settled")]
    missing = pd.DataFrame([{**ROW, "verdict": "", "error": "no map", "lift_share": np.nan, "low_share": np.nan, "high_share": np.nan}])
    said = figure.finding(tables)
    assert said == "4 what-ifs: 2 book more, 1 less, 0 the same within a point, 1 not settled"
    assert style.png(figure.draw({"one": tables, "two": [missing], "three": []})).startswith(b"\x89PNG")


def test_the_page_needs_no_answers() -> None:
    """Every scenario has its section, with its question, before anything is measured."""
    text = page({"add_reps": pd.DataFrame([{**ROW, **ABOUT}])}, f"{BEGIN}\n{END}\n")
    assert text.count("\n### ") == len(scenarios())
    assert "**What do two more reps bring, and what do they leave when they are paid?**" in text
    assert "3,000 accounts, 20 seats, 20 futures" in text
