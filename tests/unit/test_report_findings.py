"""What the titles of figures say: intervals from paired futures, the Pareto front, differences in words; and the pages beside the page."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from experiments.figures import attainment, fan, pairwise, pareto, style, territory_map
from experiments.figures.tables import Run, mean_of, read_run
from experiments.findings.statistics import Interval
from experiments.report.advice import advice
from experiments.report.drawing import inline
from experiments.report.page import family, question, seats_page
from tests.report_fixture import write_run


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """An ordinary run."""
    return read_run(write_run(tmp_path_factory.mktemp("run"), arms=("status_quo", "optimized", "equal_count", "informed")))


def test_means_of_metrics_are_paired_and_their_interval_is_students(run: Run) -> None:
    """The difference is taken within a future; the interval is mean +- t x s / sqrt(n), of the futures of one market."""
    lived = run.runs.pivot_table(index="future", columns="arm", values="seats_at_quota_share")
    change = lived["optimized"] - lived["status_quo"]
    reach = 2.2009852 * change.std() / np.sqrt(12)  # t of 11 degrees of freedom at 97.5 %
    found = run.mean("optimized", "seats_at_quota_share", less="status_quo")
    assert (found.low_share, found.share, found.high_share) == pytest.approx((change.mean() - reach, change.mean(), change.mean() + reach))
    assert np.isnan(run.mean("nobody", "seats_at_quota_share").share)


def test_with_several_markets_a_market_is_what_varies() -> None:
    """Futures of one market do not count as independent where there are several markets."""
    values = pd.Series([1.0, 3.0, 5.0, 7.0], pd.MultiIndex.from_product([[0, 1], [0, 1]], names=["draw", "future"]))
    found = mean_of(values)
    assert found.share == 4.0
    assert found.high_share - found.share == pytest.approx(12.7062047 * np.sqrt(8.0) / np.sqrt(2))  # t of 1 degree of freedom


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (Interval(-0.04, -0.045, -0.035), "4.0 points fewer than under status_quo [−4.5, −3.5]"),
        (Interval(0.01, 0.002, 0.018), "1.0 point more than under status_quo [+0.2, +1.8]"),
        (Interval(0.01, -0.002, 0.022), "not told apart from status_quo [−0.2, +2.2]"),
        (Interval(0.0, 0.0, 0.0), "as under status_quo"),
        (Interval(0.02, np.nan, np.nan), "2.0 points more than under status_quo"),
    ],
)
def test_differences_in_words(change: Interval, words: str) -> None:
    """A difference reads with its size, direction and interval, and as what it is where it is not settled."""
    assert style.compared(change, "status_quo", "more", "fewer") == words


def test_the_front_holds_who_is_beaten_by_nobody() -> None:
    """As many bookings, as even and as few moves, and better in one of them: that beats; equal points beat each other never."""
    points = {"a": (0.03, 0.1, 0.1), "b": (0.02, 0.1, 0.1), "c": (0.02, 0.05, 0.2), "d": (0.02, 0.05, 0.2), "today": (0.0, 0.1, 0.0)}
    assert pareto.on_front(points) == ["a", "c", "d", "today"]


def test_titles_state_their_finding_with_an_interval(run: Run) -> None:
    """Trade-off, quarters, attainment and pairs name the best arm and an interval in brackets; a yardstick is never the rival."""
    for module in (pareto, fan, attainment, pairwise):
        assert re.search(r"optimized.*\[[^\]]*, [^\]]*\]", module.finding(run)), module.__name__
    assert "informed" not in pairwise.finding(run)


def test_a_leader_gets_a_sentence_a_question(run: Run) -> None:
    """What to do, what it costs, how sure: each is a single sentence that ends with a full stop."""
    parts = advice(run)
    assert [part.heading for part in parts] == ["What to do", "What it costs", "How sure we are"]
    for part in parts:
        assert part.sentence.endswith(".")
        assert not re.search(r"[.!?] [A-Z]", part.sentence), part.sentence


def test_the_family_of_intervals_and_delta_are_stated(run: Run) -> None:
    """The page says which intervals hold together, and what is too small to matter."""
    words = family(run).replace("\u00a0", " ")
    assert "The 95 % intervals of the 3 lifts over status_quo hold all at once" in words
    assert "those of the 6 pairs" in words
    assert "±1.0 %" in words


def test_the_question_is_the_scenarios(run: Run) -> None:
    """A run of a scenario states its question; an older one, which has only a label, none."""
    object.__setattr__(run, "provenance", {**run.provenance, "config": {"scenario": {"question": "What if?"}}})
    assert question(run) == "What if?"
    object.__setattr__(run, "provenance", {**run.provenance, "config": {"scenario": "base"}})
    assert question(run) == ""


def test_seat_sheets_list_what_leaves_and_what_joins(run: Run) -> None:
    """One section a seat, with as many accounts as the sheet says it gives and receives, and each moved account twice on the page."""
    text = seats_page(run)
    assert text.count('<section class="sheet"') == len(run.sheet)
    for row in run.sheet.to_dict("records"):
        for heading, n in (("Leave this book", row["accounts_given_n"]), ("Join this book", row["accounts_received_n"])):
            assert f"<h3>{heading}: {n or 'no'} {'account' if n == 1 else 'accounts'}</h3>" in text
    assert len(run.moves) > 0
    assert all(text.count(f">{account} <small>") == 2 for account in run.moves["account_id"])


def test_a_map_tells_every_account_where_it_is_drawn(run: Run) -> None:
    """Of every account there is a place on the drawn figure and, for every panel, its seat as in the run's table."""
    figure = territory_map.draw(run)
    style.svg(figure, "map")
    told = territory_map.places(run, figure)
    assert len(told["at"]) == len(told["words"]) == len(run.accounts)
    panel = told["names"].index("optimized")
    seats = [told["seats"][k] for k in told["owner"][panel]]
    assert seats == run.accounts["seat_optimized"].tolist()
    wide, high = 72 * figure.get_size_inches()
    at = np.array(told["at"]) + np.array(told["panels"][panel])
    assert (at >= 0).all()
    assert (at <= [wide, high]).all()


def test_marks_tell_their_numbers() -> None:
    """What is said of a mark is its title; where a keyboard reaches it, its label too, and the picture is then no single image."""
    svg = '<svg viewBox="0 0 72 36" width="72pt" height="36pt" ><g id="tip-0-1"><use href="#m"/></g><path id="m"/></svg>'
    text = inline(svg, "trade_off", "what it shows", {"tip-0-1": "a & b: +3 %"}, focusable=True, below_pt=6.0)
    assert '<g class="tip" tabindex="0" role="img" aria-label="a &amp; b: +3 %"><title>a &amp; b: +3 %</title>' in text
    assert text.startswith('<svg role="group" aria-label="what it shows"')
    assert 'viewBox="0 6.0 72 30.0"' in text
    assert 'href="#trade_off-0"' in text
    assert 'id="trade_off-0"' in text


def test_a_pdf_has_a_page_a_figure(tmp_path: Path, run: Run) -> None:
    """The executive page and one page a figure, each of A4's proportions."""
    from matplotlib.figure import Figure

    from experiments.report.drawing import Drawn
    from experiments.report.pdf import write_pdf

    drawn = {name: Drawn(name, name, "", style.notice(name, "nothing"), "") for name in ("headline", "map")}
    assert isinstance(drawn["map"].figure, Figure)
    write_pdf(tmp_path / "report.pdf", drawn, advice(run), "about", "question?")
    text = (tmp_path / "report.pdf").read_bytes().decode("latin-1")
    boxes = re.findall(r"/MediaBox \[ 0 0 ([\d.]+) ([\d.]+) \]", text)
    assert len(boxes) == 2
    assert all(float(width) / float(height) == pytest.approx(2**0.5, rel=1e-3) for width, height in boxes)
