"""The report: drawn from a run's files only, the same each time, safe to open, and saying what this run found."""

from __future__ import annotations

import json
import re
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from experiments.figures import headline, style
from experiments.figures.projection import albers_km, distance_km, state_outlines_km
from experiments.figures.tables import read_run
from experiments.report.advice import how_sure, what_to_do
from experiments.report.drawing import Drawn, modules
from experiments.report.page import report_page, write_report
from experiments.running import store
from experiments.running.errors import RunError
from tests.report_fixture import write_run

FIGURES = (
    "headline", "trade_off", "quarters", "attainment", "account_states", "utilisation", "lorenz", "pairwise", "seats", "map",
)  # fmt: skip
EVIL = "<script>alert('x')</script> & $m^2$"


def said(folder: Path) -> str:
    """The page of a run without its pictures, which cost seconds."""
    run = read_run(folder)
    blank = {name: Drawn(name, module.finding(run), "", Figure(), "") for name, module in modules().items()}
    return report_page(run, blank)


def figures_on(text: str) -> int:
    """Figures on a page."""
    return len(re.findall(r'<svg role="(?:img|group)"', text))


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """PNG files and the PDF cost half of the time, and an ordinary run's page has them."""
    monkeypatch.setattr("experiments.figures.style.png", lambda figure: b"")
    monkeypatch.setattr("experiments.report.page.write_pdf", lambda *args: None)


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of an ordinary run, four arms of which one is the baseline."""
    return write_report(write_run(tmp_path_factory.mktemp("run")))


def test_report_draws_its_figures_and_one_page_below_three_megabytes(page: Path) -> None:
    """A run's folder gets every figure as SVG and PNG, and a page of less than 3 MB with all of them in it."""
    for name in FIGURES:
        assert (page.parent / "figures" / f"{name}.svg").stat().st_size > 10_000
        assert (page.parent / "figures" / f"{name}.png").read_bytes().startswith(b"\x89PNG")
    assert page.stat().st_size < 3_000_000
    text = page.read_text(encoding="utf-8")
    assert all(
        re.search(f'<figure id="figure-{name}">.*?<svg role="(img|group)" aria-label="[^"]{{40,}}"', text, re.DOTALL) for name in FIGURES
    )
    assert figures_on(text) == len(FIGURES) + 1  # the headline a second time, for narrow screens


def test_report_is_the_same_when_redrawn(page: Path) -> None:
    """Drawing a second time writes the same bytes: SVG, PNG, both pages and the PDF."""
    files = [page, page.with_name("seats.html"), page.with_name("report.pdf"), *sorted((page.parent / "figures").iterdir())]
    first = [path.read_bytes() for path in files]
    write_report(page.parent)
    assert [path.read_bytes() for path in files] == first


def test_page_loads_nothing_and_has_unique_ids(page: Path) -> None:
    """The page names no address to load from but its neighbour, and no script but its own; what refers to an id finds it in its figure."""
    text = page.read_text(encoding="utf-8")
    loads = re.findall(r"(?:src|href|action|data)=[\"']([^\"']*)|url\(([^)]*)\)|@import", text)
    assert loads
    assert all((a or b).lstrip("\"'").startswith(("#", "data:image/png;base64,", "seats.html")) for a, b in loads)
    assert re.findall("<script[^>]*>", text) == ['<script type="application/json" class="places">', "<script>"]
    assert "<link" not in text
    figures = re.findall(r"<svg.*?</svg>", text, flags=re.DOTALL)
    ids = [set(re.findall(r'\bid="([^"]+)"', figure)) for figure in figures]
    used = [set(re.findall(r'(?:href="#|url\(#)([^")]+)', figure)) for figure in figures]
    assert all(refers and refers <= has for refers, has in zip(used, ids, strict=True))
    assert sum(len(has) for has in ids) == len(set().union(*ids))


def test_headings_descend_and_tables_name_their_headers(page: Path) -> None:
    """For a screen reader: one first-level heading, no level skipped, every table header with a scope."""
    text = page.read_text(encoding="utf-8")
    levels = [int(level) for level in re.findall(r"<h([1-6])", text)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(b - a <= 1 for a, b in pairwise(levels))
    headers = re.findall(r"<th\b[^>]*>", text)
    assert headers
    assert all("scope=" in header for header in headers)


def test_page_escapes_labels(tmp_path: Path) -> None:
    """An arm whose label is markup is shown as text."""
    write_run(tmp_path, arms=("status_quo", EVIL, "two\nlines"), accounts_n=60, futures_n=3, quarters_n=2)
    text = said(tmp_path)
    assert "<script>alert" not in text
    assert "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt; &amp; $m^2$" in text


def test_titles_follow_the_data(tmp_path: Path) -> None:
    """Every figure's title is computed: a run with other numbers has other titles."""
    one = read_run(write_run(tmp_path / "one"))
    other = read_run(write_run(tmp_path / "other", shift=-0.2, seats_n=5, accounts_n=90))
    for module in modules().values():
        assert module.finding(one) != module.finding(other), module.__name__
        assert module.describe(one) != module.describe(other), module.__name__


@pytest.mark.parametrize(
    ("numbers", "verdict", "words"),
    [
        ((0.031, 0.024, 0.038), "better", "optimized books 3.1 % more than today's territories [+2.4, +3.8]"),
        ((0.001, -0.004, 0.006), "equivalent", "optimized, the best of the rest, is equivalent to today's territories"),
        ((-0.03, -0.04, -0.02), "worse", "even optimized, the best of the rest, books 3.0 % less [−4.0, −2.0]"),
        ((0.01, -0.01, 0.03), "not settled", "No arm is shown to beat today's territories: optimized"),
    ],
)
def test_headline_says_the_verdict(tmp_path: Path, numbers: tuple[float, float, float], verdict: str, words: str) -> None:
    """The headline reads as the verdict does, with lift and interval."""
    write_run(tmp_path, arms=("status_quo", "optimized"), accounts_n=60, futures_n=3, quarters_n=2)
    summary = pd.read_csv(tmp_path / "summary.csv")
    columns = ["lift_share", "lift_low_share", "lift_high_share"]
    summary.loc[summary["arm"] == "optimized", columns] = numbers
    summary.loc[summary["arm"] == "optimized", "verdict"] = verdict
    summary.to_csv(tmp_path / "summary.csv", index=False)
    assert words in headline.finding(read_run(tmp_path)).replace("\u00a0", " ")


def imported(folder: Path, depends_on: str = "", verdict: str = "depends on assumptions") -> Path:
    """A run on a company's own market, ten draws of what is assumed, with this verdict on ``optimized``."""
    write_run(folder, arms=("status_quo", "optimized"), accounts_n=60, futures_n=3, quarters_n=2, draws_n=10)
    summary = pd.read_csv(folder / "summary.csv").assign(assumed_p10_share=-0.004, assumed_p90_share=0.04, depends_on="")
    summary.loc[summary["arm"] == "optimized", ["verdict", "depends_on"]] = verdict, depends_on
    summary.to_csv(folder / "summary.csv", index=False)
    about = json.loads((folder / "provenance.json").read_text(encoding="utf-8"))
    (folder / "provenance.json").write_text(json.dumps(about | {"imported": True}), encoding="utf-8")
    return folder


def test_advice_waits_where_assumptions_decide(tmp_path: Path) -> None:
    """Keep today's territories, with the range over the draws and what to measure; if nothing stands out, that is said."""
    named = read_run(imported(tmp_path / "named", "hours_per_week +0.91, stage_days -0.85"))
    text = " ".join(what_to_do(named)).replace("\u00a0", " ")
    assert text.startswith(
        "Keep today's territories for now: whether optimized, the best of the rest, books more depends on what is assumed"
    )
    assert "(−0.4 to +4.0 % over 10 draws of the assumptions)" in text
    assert "It hangs most on hours_per_week, stage_days: measure that" in text
    none = read_run(imported(tmp_path / "none"))
    assert "No single parameter stands out in 10 draws" in what_to_do(none)[1]
    open_question = read_run(imported(tmp_path / "open", verdict="not settled"))
    sentence, more = what_to_do(open_question)
    assert "is not settled (" in sentence
    assert "over the assumptions −0.4 to +4.0 %)" in sentence.replace("\u00a0", " ")
    assert more == "More draws and futures would narrow that."
    assert headline.finding(open_question).replace("\u00a0", " ").endswith("is not settled (−0.4 to +4.0 % over the assumptions)")
    sure = " ".join(how_sure(named)).replace("\u00a0", " ")
    assert "Over 10 draws of the assumptions the lift is between −0.4 and +4.0 % (10 to 90 % of them)." in sure
    assert "market draws" not in sure


def test_the_page_tells_assumptions_from_markets(tmp_path: Path) -> None:
    """Headline, table and method of an imported market speak of assumptions; the parameters that stand out stand under the verdict."""
    folder = imported(tmp_path, "hours_per_week +0.91")
    words = headline.finding(read_run(folder)).replace("\u00a0", " ")
    assert words.endswith("depends on assumptions: optimized, the best of the rest, books −0.4 to +4.0 % more")
    text = said(folder)
    assert "Assumptions<br>10 to 90 %" in text
    assert "<small>hours_per_week +0.91</small>" in text
    assert "<dt>Depends on assumptions</dt>" in text
    assert "market draws" not in text


def test_a_yardstick_is_never_recommended(tmp_path: Path) -> None:
    """``informed`` is told the truth: it may lead the table, yet the advice is an arm that can be rolled out."""
    run = read_run(write_run(tmp_path, arms=("status_quo", "optimized", "informed"), accounts_n=60, quarters_n=2))
    assert run.arms[0] == "informed"
    assert run.best == "optimized"
    assert what_to_do(run)[0].startswith("Roll out optimized")


def test_gain_in_money_is_the_lift_times_the_baseline(tmp_path: Path) -> None:
    """The advice's dollars follow from the lift that it states, not from means that still hold luck."""
    write_run(tmp_path, arms=("status_quo", "optimized"), accounts_n=60, quarters_n=2)
    summary = pd.read_csv(tmp_path / "summary.csv").assign(lift_share=0.05, bookings_usd=20e6)
    summary.to_csv(tmp_path / "summary.csv", index=False)
    assert "some $1.00\u00a0M in all" in what_to_do(read_run(tmp_path))[0]


def test_raw_interval_is_shown_where_it_decided(tmp_path: Path) -> None:
    """If control variate and raw disagree, the raw lift and interval decided, so they are what is shown."""
    write_run(tmp_path)
    summary = pd.read_csv(tmp_path / "summary.csv").assign(decided_by="raw", raw_lift_share=0.5, raw_low_share=0.4, raw_high_share=0.6)
    summary.to_csv(tmp_path / "summary.csv", index=False)
    assert read_run(tmp_path).lift("optimized") == (0.5, 0.4, 0.6)


@pytest.mark.parametrize(
    "options",
    [
        {"arms": ("status_quo",), "place": "none"},
        {
            "arms": ("status_quo", *("an arm whose label somebody made far too long, cap=0." + str(k) for k in range(11))),
            "seats_n": 50,
            "draws_n": 2,
            "futures_n": 2,
        },
        {"seats_n": 1, "quarters_n": 1, "place": "elsewhere"},
        {"failed": ("status_quo", "geographic")},
    ],
    ids=("one-arm-no-places", "twelve-long-labels-50-seats", "one-seat-elsewhere", "baseline-failed"),
)
@pytest.mark.usefixtures("quick")
def test_report_copes(tmp_path: Path, options: dict[str, object]) -> None:
    """Few or many arms and seats, no coordinates, failures: a page with every figure comes out, and it names what failed."""
    write_run(tmp_path, **({"accounts_n": 60, "futures_n": 3, "quarters_n": 2} | options))  # type: ignore[arg-type]
    text = write_report(tmp_path).read_text(encoding="utf-8")
    assert figures_on(text) >= len(FIGURES)
    assert len(text) < 3_000_000
    if "failed" in options:
        assert "needs owners, and this market has none" in text
        assert "This run is partial." in text


@pytest.mark.usefixtures("quick")
def test_report_copes_with_missing_columns(tmp_path: Path) -> None:
    """Without some metrics, the page still says what there is."""
    write_run(tmp_path, accounts_n=60, futures_n=3, quarters_n=2)
    pd.read_csv(tmp_path / "summary.csv").drop(columns=["single_p10_share", "gini_load", "moved_share"]).to_csv(
        tmp_path / "summary.csv", index=False
    )
    text = write_report(tmp_path).read_text(encoding="utf-8")
    assert figures_on(text) == len(FIGURES) + 1


def test_a_folder_without_a_run_is_one_clear_line(tmp_path: Path) -> None:
    """Any other folder is refused with what was missed and what to name instead."""
    with pytest.raises(RunError, match=r"no provenance\.json in it; name the folder of a finished run"):
        write_report(tmp_path)


def test_an_arm_keeps_its_look_whatever_the_order() -> None:
    """Colour, marker and dash depend on the set of labels, not on who won; the baseline is grey; no two of twelve arms look alike."""
    arms = ["status_quo", *(f"arm_{k}" for k in range(11))]
    looks = style.looks(arms, "status_quo")
    assert looks == style.looks(arms[::-1], "status_quo")
    few = style.looks(["status_quo", "random", "theirs"], "status_quo")
    assert few["random"] == style.looks(["status_quo", "optimized", "random"], "status_quo")["random"]
    assert few["theirs"] != few["random"]
    assert looks["status_quo"].colour == style.BASELINE_GREY
    assert len({(look.colour, look.marker) for look in looks.values()}) == len(arms)
    assert len({look.marker for look in looks.values()}) == len(arms)


def test_numbers_read_as_written() -> None:
    """Signs, units and rounding of the numbers in titles and tables."""
    assert style.signed(-0.004) == "−0.4"
    assert style.signed(-0.0001) == "0.0"
    assert style.signed_percent(0.031) == "+3.1\u00a0%"
    assert style.percent(float("nan")) == "–"
    assert style.interval(0.024, float("nan")) == ""
    assert style.usd(18_649_000) == "$18.6\u00a0M"
    assert style.usd(999_999) == "$1.00\u00a0M"
    assert style.usd(-1_250) == "−$1.25\u00a0k"
    assert style.short("a" * 40, 21) == "a" * 11 + "…" + "a" * 9


def test_map_projects_as_published() -> None:
    """Snyder's numerical example of this conic on a sphere (1987, p. 291), and the distance from JFK to LAX."""
    east, north = albers_km(np.array([35.0, 23.0]), np.array([-75.0, -96.0]))
    assert east[0] / 6371 == pytest.approx(0.2952720, abs=1e-7)
    assert (north[0] - north[1]) / 6371 == pytest.approx(0.2416774, abs=1e-7)
    assert len(state_outlines_km()) >= 49
    km = distance_km(np.array([40.64]), np.array([-73.78]), np.array([33.94]), np.array([-118.41]))
    assert km[0] == pytest.approx(3974, rel=0.005)


def test_report_says_what_a_design_is_worth_and_when_it_has_paid_back(tmp_path: Path) -> None:
    """A row an arm besides the baseline, with the rates below; an ordinary older run, which does not know, has no such table."""
    folder = write_run(tmp_path)
    assert "Payback" not in said(folder)
    worth = {"contribution_lift_usd": 1.2e6, "contribution_low_usd": 1e6, "contribution_high_usd": 1.4e6, "paid_back_share": 0.9}
    payback = {"payback_quarter": np.inf, "payback_low_quarter": 7.0, "payback_high_quarter": np.inf}
    lifts = {f"raw_lift_{name}_share": 0.031 for name in ("year1", "year2", "pipeline")}
    summary = pd.read_csv(folder / "summary.csv").assign(**worth, **payback, **lifts)
    summary.to_csv(folder / "summary.csv", index=False)
    about = json.loads((folder / "provenance.json").read_text())
    about["config"]["policy"] = {
        "money": {"margin_share": 0.8, "seat_usd_per_year": 290000, "travel_usd_per_h": 60, "hand_over_usd_per_h": 100}
    }
    (folder / "provenance.json").write_text(json.dumps(about))
    text = said(folder)
    never = f"not paid back within {about['quarters']} quarters (7 to beyond {about['quarters']})"
    assert text.count(f"<td>{never}</td>") == len(read_run(folder).others)
    assert "$1.00\u00a0M to $1.40\u00a0M" in text
    assert "Margin 80 %, usd 290,000 a seat and year" in text


def test_the_best_arm_is_told_seat_by_seat(page: Path) -> None:
    """One row a seat with its book before and after, for the best arm only."""
    text = page.read_text(encoding="utf-8")
    section = text[text.index('<h2 id="seats">') : text.index('<h2 id="numbers">')]
    sheet = pd.read_csv(page.parent / "designs" / "optimized.seats.csv")
    for row in sheet.to_dict("records"):
        assert f"{row['accounts_before_n']} → {row['accounts_after_n']}" in section
        if row["accounts_given_n"] and row["accounts_received_n"]:
            assert f"−{row['accounts_given_n']} +{row['accounts_received_n']}" in section
    assert section.count('<th scope="row">') == len(sheet)
    assert "geographic" not in section
    assert 'href="#seats"' in text


def test_the_sheet_says_who_reaches_quota_where_it_is_known(tmp_path: Path) -> None:
    """A column holds the chance of quota under both designs: of the first market drawn, or of all draws of an import."""
    folder = write_run(tmp_path)
    assert "Chance to<br>reach quota" not in said(folder)
    seats = pd.read_csv(folder / "designs" / "optimized.seats.csv")["seat"]
    chances = {("optimized", 0): 0.62, ("status_quo", 0): 0.31, ("optimized", 1): 0.98}
    rows = [(arm, draw, seat, chance) for (arm, draw), chance in chances.items() for seat in seats]
    store.write_table(folder / "seat_outlook.csv", pd.DataFrame(rows, columns=["arm", "draw", "seat", "quota_probability_share"]))
    text = said(folder).replace("\u00a0", " ")
    assert text.count("31 % → 62 %") == len(seats)
    about = json.loads((folder / "provenance.json").read_text(encoding="utf-8"))
    (folder / "provenance.json").write_text(json.dumps({**about, "imported": True}), encoding="utf-8")
    assert said(folder).replace("\u00a0", " ").count("31 % → 80 %") == len(seats)
