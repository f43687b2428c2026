"""Lift in bookings of every arm over the baseline with its three spreads and verdict; beside it the five headline metrics."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from experiments.figures import style
from experiments.figures.style import FAINT, INK, MUTED, Look
from experiments.figures.tables import Run
from experiments.findings.statistics import DEPENDS

WIDTH_IN, ROW_IN, FOREST_IN, LABEL_IN, WORDS_IN = 12.6, 0.5, 3.2, 1.6, 1.6
NARROW_IN, NARROW_LABEL_IN, NARROW_WORDS_IN = 4.5, 1.25, 1.72
BAND = "#f4f6f8"
MIN_SPAN = 0.1  # of a metric's scale: points of a share or a Gini, or a tenth of the bookings; smaller differences look small
VERDICT_SIGN = {"better": "▲", "worse": "▼", "equivalent": "=", "not settled": "?", DEPENDS: "↔"}


def _share(value: float) -> str:
    return style.percent(value)


def _gini(value: float) -> str:
    return style.plain(value, 2)


# Heading, columns of the summary, their sub-headings, and how a value is written.
METRICS: tuple[tuple[str, tuple[tuple[str, str, Callable[[float], str]], ...]], ...] = (
    ("Bookings", (("bookings_usd", "all seats ↑", style.usd),)),
    ("Attainment", (("attainment", "team ↑", _share), ("seats_at_quota_share", "seats at\nquota ↑", _share))),
    ("Accounts not worked", (("orphaned_share", "orphaned ↓", _share), ("uncovered_share", "uncovered ↓", _share))),
    ("Equity", (("gini_opportunity", "Gini of\nopportunity ↓", _gini),)),
    ("Disruption", (("moved_share", "accounts\nmoved ↓", _share),)),
)


def finding(run: Run) -> str:
    """The title: what the best arm books against the baseline, with its interval, or that nothing is settled."""
    best, baseline = run.best, style.short(run.baseline_words, 40)
    if not run.baseline:
        return "Nothing to compare with: the baseline has no numbers"
    if not best:
        return f"Nothing to compare {baseline} with, which brings bookings of {style.usd(run.value(run.baseline, 'bookings_usd'))}"
    lift, low, high = run.lift(best)
    ends, verdict = style.interval(low, high), run.text(best, "verdict")
    name = style.short(best, 40)
    if verdict == "better":
        return f"{name} books {style.percent(lift, 1)} more than {baseline} {ends}"
    if verdict == "equivalent":
        delta = style.percent(run.delta_share, _digits(run.delta_share))
        return f"{name}, the best of the rest, is equivalent to {baseline}: {style.signed_percent(lift)} {ends}, inside ±{delta}"
    if verdict == "worse":
        return f"Nothing beats {baseline}: even {name}, the best of the rest, books {style.percent(-lift, 1)} less {ends}"
    over = f"{style.signed(run.over_draws(best)[0])} to {style.signed_percent(run.over_draws(best)[1])}"
    if verdict == DEPENDS:
        return f"Whether anything beats {baseline} depends on assumptions: {name}, the best of the rest, books {over} more"
    if run.assumptions_drawn:
        return f"No arm is shown to beat {baseline}: {name}, the best of the rest, is not settled ({over} over the assumptions)"
    return f"No arm is shown to beat {baseline}: {name}, the best of the rest, is not settled {ends}"


def describe(run: Run) -> str:
    """For those who cannot see the figure: its finding and the number of every arm."""
    parts = [
        f"{arm}: {style.signed_percent(run.lift(arm)[0])} {style.interval(*run.lift(arm)[1:])} {run.text(arm, 'verdict')}"
        for arm in run.others
    ]
    return f"{finding(run)}. Lift in bookings over {run.baseline or 'the baseline'} by arm: {'; '.join(parts) or 'none'}."


def draw(run: Run) -> Figure:
    """One row an arm, best lift first: intervals on the left, verdict in words, the five headline metrics on the right."""
    title, subtitle = finding(run), _subtitle(run)
    with style.applied():
        top_in = style.head_height(WIDTH_IN, title, subtitle) + 0.68
        rows_in = ROW_IN * max(len(run.arms), 1)
        figure = style.new_figure(WIDTH_IN, top_in + rows_in + 1.35)
        style.head(figure, title, subtitle)
        look = style.looks(run.arms, run.baseline)
        _bands(style.inches(figure, 0.12, top_in, WIDTH_IN - 0.24, rows_in), run)
        forest = style.inches(figure, LABEL_IN, top_in, FOREST_IN, rows_in)
        _forest(forest, run, look)
        words = style.inches(figure, LABEL_IN + FOREST_IN + 0.12, top_in, WORDS_IN, rows_in)
        _words(words, run)
        left = LABEL_IN + FOREST_IN + WORDS_IN + 0.3
        columns_n = sum(len(columns) for _, columns in METRICS)
        width = (WIDTH_IN - 0.2 - left) / columns_n
        at = left
        for heading, columns in METRICS:
            figure.text(
                (at + 0.06) / WIDTH_IN, 1 - (top_in - 0.58) / figure.get_figheight(), heading, fontweight="bold", fontsize=9, va="top"
            )
            for column, label, write in columns:
                _metric(style.inches(figure, at, top_in, width, rows_in), run, look, column, label, write)
                at += width
        _key(figure, run, top_in + rows_in)
    return figure


def draw_narrow(run: Run) -> Figure:
    """The same for a narrow screen: arms, intervals and verdicts in words, without the other metrics."""
    title, subtitle = finding(run), _subtitle(run)
    with style.applied():
        top_in, rows_in = style.head_height(NARROW_IN, title, subtitle) + 0.4, ROW_IN * max(len(run.arms), 1)
        figure = style.new_figure(NARROW_IN, top_in + rows_in + 0.8)
        style.head(figure, title, subtitle)
        _bands(style.inches(figure, 0.05, top_in, NARROW_IN - 0.1, rows_in), run)
        wide = NARROW_IN - NARROW_LABEL_IN - NARROW_WORDS_IN - 0.1
        forest = style.inches(figure, NARROW_LABEL_IN, top_in, wide, rows_in)
        _forest(forest, run, style.looks(run.arms, run.baseline), label_n=14)
        forest.xaxis.set_major_locator(MaxNLocator(3, steps=[1, 2, 5, 10]))
        _words(style.inches(figure, NARROW_IN - NARROW_WORDS_IN, top_in, NARROW_WORDS_IN, rows_in), run)
        below = 1 - (top_in + rows_in + 0.45) / figure.get_figheight()
        words = "thick: 95 % interval of the mean, all arms together\nthin: 10 to 90 % of single futures"
        figure.text(0.1 / NARROW_IN, below, words, fontsize=8, color=MUTED, va="top", linespacing=1.3)
    return figure


def _subtitle(run: Run) -> str:
    futures = run.provenance.get("futures", "?")
    quarters = run.provenance.get("quarters", "?")
    baseline = style.short(run.baseline, 40)
    return f"Lift in bookings over {baseline}, in the same futures · {futures} futures of {quarters} quarters · {run.draws_words}"


def _digits(share: float) -> int:
    return 0 if abs(100 * share - round(100 * share)) < 1e-9 else 1


def _bands(axes: Axes, run: Run) -> None:
    """Every second row tinted, across the whole figure."""
    _rows(axes, run)
    axes.axis("off")
    for k in range(0, len(run.arms), 2):
        axes.axhspan(k - 0.5, k + 0.5, color=BAND, lw=0)


def _rows(axes: Axes, run: Run) -> None:
    """Arms from the top down, on a transparent ground."""
    axes.set_ylim(len(run.arms) - 0.5, -0.5)
    axes.patch.set_visible(False)


def _forest(axes: Axes, run: Run, look: dict[str, Look], label_n: int = 18) -> None:
    _rows(axes, run)
    delta = 100 * run.delta_share
    axes.axvspan(-delta, delta, facecolor="#dfe4ea", edgecolor="none", zorder=1)
    axes.axvline(0, color=style.BASELINE_GREY, lw=1.2, zorder=2)
    ends = [-delta, delta]
    for row, arm in enumerate(run.arms):
        lift, low, high = (100 * share for share in run.lift(arm))
        p10, p90 = (100 * run.value(arm, f"{name}_share") for name in ("single_p10", "single_p90"))
        draws_low, draws_high = (100 * share for share in run.over_draws(arm))
        colour = look[arm].colour
        if arm == run.baseline:
            lift = 0.0
        axes.plot([p10, p90], [row, row], color=colour, lw=1.1, zorder=3, solid_capstyle="butt")
        axes.plot([low, high], [row, row], color=colour, lw=6.5, alpha=0.55, zorder=4, solid_capstyle="butt")
        axes.plot(
            [draws_low, draws_low, draws_high, draws_high], [row + 0.2, row + 0.32, row + 0.32, row + 0.2], color=colour, lw=1.1, zorder=3
        )
        axes.plot(lift, row, marker=look[arm].marker, color=colour, ms=7, mec="white", mew=0.8, zorder=5, ls="none")
        ends += [x for x in (lift, low, high, p10, p90, draws_low, draws_high) if np.isfinite(x)]
    pad = 0.06 * (max(ends) - min(ends))
    axes.set_xlim(min(ends) - pad, max(ends) + pad)
    axes.set_yticks(range(len(run.arms)), [style.short(arm, label_n) for arm in run.arms], fontsize=9.5)
    for text, arm in zip(axes.get_yticklabels(), run.arms, strict=True):
        text.set_fontweight("bold" if arm in run.focus else "normal")
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    axes.xaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 5, 10]))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: style.signed_percent(x / 100, 0 if float(x).is_integer() else 1)))
    axes.grid(axis="x", color=FAINT, lw=0.6, zorder=1)
    axes.set_axisbelow(True)
    band = style.percent(run.delta_share, _digits(run.delta_share))
    axes.annotate(
        f"±{band}: too small to matter", (0, 1), (0, 5), xycoords=("data", "axes fraction"), textcoords="offset points",
        ha="center", va="bottom", fontsize=8, color=MUTED,
    )  # fmt: skip


def _words(axes: Axes, run: Run) -> None:
    """Verdict, lift and interval in words, so that the picture need not be measured."""
    _rows(axes, run)
    axes.set_xlim(0, 1)
    axes.axis("off")
    for row, arm in enumerate(run.arms):
        lift, low, high = run.lift(arm)
        verdict = run.text(arm, "verdict")
        if arm == run.baseline:
            first, second = "baseline", ""
        else:
            first = f"{VERDICT_SIGN.get(verdict, '')} {verdict or 'no verdict'}"
            second = f"{style.signed_percent(lift)} {style.interval(low, high)}"
        long = verdict == DEPENDS
        if run.is_reference(arm):
            first, second = (first, f"{second} (yardstick)") if long else (f"{first} (yardstick)", second)
        axes.text(0.02, row - (0.17 if second else 0), first, va="center", fontsize=8 if long else 9, fontweight="bold", color=INK)
        axes.text(0.02, row + 0.2, second, va="center", fontsize=8.5, color=INK)


def _metric(axes: Axes, run: Run, look: dict[str, Look], column: str, label: str, write: Callable[[float], str]) -> None:
    """One column of the table: the number, and under it a dot on the column's own scale with a line at the baseline's value."""
    _rows(axes, run)
    values = np.array([run.value(arm, column) for arm in run.arms])
    known = values[np.isfinite(values)]
    low, high = (known.min(), known.max()) if len(known) else (0.0, 1.0)
    least = MIN_SPAN * (abs(high) if column.endswith("_usd") else 1.0)
    span = max(high - low, least, 1e-9)
    axes.set_xlim((low + high) / 2 - 0.72 * span, (low + high) / 2 + 0.72 * span)
    for side in ("left", "bottom"):
        axes.spines[side].set_visible(False)
    axes.set_xticks([])
    axes.set_yticks([])
    start = run.value(run.baseline, column)
    if np.isfinite(start):
        axes.axvline(start, color=style.BASELINE_GREY, lw=0.9, ls=(0, (2, 2)), zorder=1)
    for row, arm in enumerate(run.arms):
        value = values[row]
        axes.annotate(
            write(value), (0.5, row - 0.17), xycoords=("axes fraction", "data"), ha="center", va="center", fontsize=9,
            fontweight="bold" if arm in run.focus else "normal",
            bbox={"boxstyle": "square,pad=0.12", "fc": BAND if row % 2 == 0 else "white", "ec": "none"}, zorder=3,
        )  # fmt: skip
        if np.isfinite(value):
            if np.isfinite(start):
                axes.plot([start, value], [row + 0.25] * 2, color=look[arm].colour, lw=1.6, zorder=2)
            axes.plot(value, row + 0.25, marker=look[arm].marker, color=look[arm].colour, ms=4.5, ls="none", zorder=4)
    axes.annotate(label, (0, 1), (4, 4), xycoords="axes fraction", textcoords="offset points", va="bottom", fontsize=7.5, color=MUTED)


def _key(figure: Figure, run: Run, below_in: float) -> None:
    """What thick, thin and bracket mean: three spreads that answer three questions."""
    axes = style.inches(figure, 0.2, below_in + 0.42, WIDTH_IN - 0.4, 0.8)
    axes.set_xlim(0, WIDTH_IN - 0.4)
    axes.set_ylim(3, 0)
    axes.axis("off")
    about = "this market" if run.draws_n < 2 else f"clustered by {'draw' if run.imported else 'market'}"
    if run.imported:
        one, several = "one draw: every assumption is taken as stated", f"10 to 90 % of the mean lifts over {run.draws_words}, without luck"
    else:
        one, several = (
            "one market drawn: nothing is said here about other markets",
            f"95 % interval over {run.draws_n} market draws (how far it carries to other markets)",
        )
    draws = one if run.draws_n < 2 else f"bracket: {several}"
    rows = (
        (6.5, f"thick: 95 % interval of the mean lift, all arms together ({about}, this model)"),
        (1.1, "thin: 10 to 90 % of single futures (what one company may live through)"),
        (0.0, draws),
    )
    for k, (width, words) in enumerate(rows):
        if width:
            axes.plot([0.05, 0.55], [k + 0.4] * 2, color=MUTED, lw=width, alpha=0.6 if width > 2 else 1, solid_capstyle="butt")
        elif run.draws_n > 1:
            axes.plot([0.05, 0.05, 0.55, 0.55], [k + 0.2, k + 0.6, k + 0.6, k + 0.2], color=MUTED, lw=1.1)
        axes.text(0.72, k + 0.4, words, va="center", fontsize=8.5, color=MUTED)
    axes.text(
        LABEL_IN + FOREST_IN + WORDS_IN + 0.1,
        0.4,
        "dots: means over futures as they came; dotted line: the baseline's",
        va="center",
        fontsize=8.5,
        color=MUTED,
    )
    axes.text(LABEL_IN + FOREST_IN + WORDS_IN + 0.1, 1.4, "↑ more is better   ↓ less is better", va="center", fontsize=8.5, color=MUTED)
    if any(run.is_reference(arm) for arm in run.arms):
        words = "yardstick: drawn to compare with, not an option to roll out"
        axes.text(LABEL_IN + FOREST_IN + WORDS_IN + 0.1, 2.4, words, va="center", fontsize=8.5, color=MUTED)
