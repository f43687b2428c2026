"""What becomes of the accounts, quarter by quarter: engaged, resting, orphaned by cause, unassigned."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from experiments.figures import style
from experiments.figures.style import INK, MUTED
from experiments.figures.tables import Run, mean_of

PANEL_IN, PANEL_HIGH_IN, GAP_IN, LEGEND_IN, LEFT_IN = 2.25, 1.9, 0.3, 1.75, 0.62
MAX_COLUMNS_N = 4
# Column of the seats table, words, fill and hatch. None of the fills is an arm's colour.
STATES = (
    ("engaged_n", "engaged", "#23405a", ""),
    ("resting_n", "resting", "#a9b8c6", ""),
    ("orphaned_capacity_n", "orphaned:\nno hours left", "#f0d9b5", "////"),
    ("orphaned_choice_n", "orphaned:\nothers preferred", "#fbf3e4", "..."),
    ("unassigned_n", "unassigned", "#ffffff", "xxx"),
)


def finding(run: Run) -> str:
    """The title: how much is uncovered at the end under the best arm and the baseline, and the main cause."""
    shares = _shares(run)
    ends = {arm: shares[arm].iloc[-1] for arm in run.focus if arm in shares}
    if not ends:
        return "Account states: the seats table of this run holds none"
    uncovered = {arm: 1 - end["engaged_n"] - end["resting_n"] for arm, end in ends.items()}
    first, *rest = uncovered
    by_future = {arm: _uncovered_at_end(run, arm) for arm in uncovered}
    mean = mean_of(by_future[first])
    after = "one quarter" if len(shares[first]) == 1 else f"{len(shares[first])} quarters"
    title = f"After {after} {style.short(first, 40)} leaves {style.percent(uncovered[first])} of accounts uncovered"
    title += "" if rest else f" {style.between(mean.low_share, mean.high_share)}".rstrip()
    for arm in rest:
        title += f", {style.compared(mean_of(by_future[first] - by_future[arm]), style.short(arm, 40), 'more', 'fewer')}"
    end = ends[first]
    if uncovered[first] < 0.005:
        return title
    causes = {
        "mostly for want of hours": end["orphaned_capacity_n"],
        "mostly because others are preferred": end["orphaned_choice_n"],
        "mostly because nobody owns them": end["unassigned_n"],
    }
    return f"{title}, {max(causes, key=lambda cause: causes[cause])}"


def describe(run: Run) -> str:
    """For those who cannot see the figure: its finding and the states in the last quarter by arm."""
    parts = []
    for arm, table in _shares(run).items():
        end = table.iloc[-1]
        parts.append(
            f"{arm}: " + ", ".join(f"{words.replace(chr(10), ' ')} {style.percent(end[column])}" for column, words, _, _ in STATES)
        )
    return f"{finding(run)}. Share of accounts at the end of the last quarter: {'; '.join(parts) or 'none'}."


def draw(run: Run) -> Figure:
    """A panel an arm; a bar a quarter, from engaged at the bottom to unassigned at the top."""
    title = finding(run)
    subtitle = (
        "Share of all accounts at quarter ends, in the mean over futures · uncovered = orphaned + unassigned, everything above the line"
    )
    shares = _shares(run)
    if not shares:
        with style.applied():
            return style.notice(title, "Nothing to draw.")
    columns_n = min(MAX_COLUMNS_N, len(shares))
    rows_n = -(-len(shares) // columns_n)
    width_in = max(LEFT_IN + columns_n * (PANEL_IN + GAP_IN) + LEGEND_IN, 9.0)
    look = style.looks(run.arms, run.baseline)
    with style.applied():
        top_in = style.head_height(width_in, title, subtitle) + 0.55
        step_in = PANEL_HIGH_IN + 0.85
        figure = style.new_figure(width_in, top_in + rows_n * step_in - 0.45)
        style.head(figure, title, subtitle)
        for k, (arm, table) in enumerate(shares.items()):
            row, column = divmod(k, columns_n)
            axes = style.inches(figure, LEFT_IN + column * (PANEL_IN + GAP_IN), top_in + row * step_in, PANEL_IN, PANEL_HIGH_IN)
            _panel(axes, table, labelled=column == 0)
            covered = (table["engaged_n"] + table["resting_n"]).to_numpy()
            words = f"uncovered: {style.percent(1 - covered[0])} → {style.percent(1 - covered[-1])}"
            style.panel_head(axes, style.short(arm, 24), look[arm], words, bold=arm in run.focus)
        right_in = LEFT_IN + columns_n * (PANEL_IN + GAP_IN)
        _legend(style.inches(figure, right_in, top_in, LEGEND_IN - 0.1, PANEL_HIGH_IN), next(reversed(list(shares.values())[:columns_n])))
    return figure


def _by_future(run: Run) -> pd.DataFrame:
    """Shares of all accounts in every state, by arm, draw, future and quarter; empty where nothing is known of them."""
    counted = [column for column, *_ in STATES[:-1]]
    keys = ["arm", "draw", "future", "quarter"]
    if run.seats.empty or not {*keys, "owned_n", *counted} <= set(run.seats):
        return pd.DataFrame()
    totals = run.seats.groupby(keys, observed=True)[["owned_n", *counted]].sum()
    accounts_n = max(len(run.accounts), float(totals["owned_n"].max()))
    return totals / accounts_n if accounts_n else pd.DataFrame()


def _uncovered_at_end(run: Run, arm: str) -> pd.Series:
    """Share of accounts that are uncovered at the end of the last quarter, by draw and future."""
    shares = _by_future(run).loc[arm]
    end = shares.xs(shares.index.get_level_values("quarter").max(), level="quarter")
    return 1 - end["engaged_n"] - end["resting_n"]


def _shares(run: Run) -> dict[str, pd.DataFrame]:
    """By arm: a row a quarter, a column a state, shares of all accounts in the mean over draws and futures."""
    by_future = _by_future(run)
    if by_future.empty:
        return {}
    means = by_future.groupby(["arm", "quarter"], observed=True).mean()
    means["unassigned_n"] = (1 - means["owned_n"]).clip(lower=0)
    by_arm = {str(arm): table.droplevel("arm") for arm, table in means.groupby("arm", observed=True)}
    return {arm: by_arm[arm] for arm in run.arms if arm in by_arm}


def _panel(axes: Axes, table: pd.DataFrame, *, labelled: bool) -> None:
    quarters = np.arange(len(table))
    below = np.zeros(len(table))
    for column, _, fill, hatch in STATES:
        heights = table[column].to_numpy()
        axes.bar(quarters, heights, 0.94, bottom=below, facecolor=fill, hatch=hatch, edgecolor=MUTED, linewidth=0.5)
        below = below + heights
    covered = (table["engaged_n"] + table["resting_n"]).to_numpy()
    axes.plot(np.repeat(np.arange(len(table) + 1) - 0.5, 2)[1:-1], np.repeat(covered, 2), color=INK, lw=1.8, solid_joinstyle="miter")
    axes.set_xlim(-0.5, len(table) - 0.5)
    axes.set_ylim(0, 1)
    every = max(1, len(table) // 8)
    axes.set_xticks(quarters[::every], [f"Q{int(q)}" for q in table.index[::every]], fontsize=8)
    axes.set_yticks([0, 0.5, 1])
    axes.yaxis.set_major_formatter(FuncFormatter(lambda y, _: style.percent(y)))
    axes.tick_params(length=0, labelleft=labelled)
    for side in ("left", "bottom"):
        axes.spines[side].set_visible(False)


def _legend(axes: Axes, table: pd.DataFrame) -> None:
    """Direct labels beside the last panel of the first row, at the height of its last bar."""
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1)
    axes.axis("off")
    end = table.iloc[-1]
    middles, below = [], 0.0
    for column, *_ in STATES:
        middles.append(below + end[column] / 2)
        below += end[column]
    heights = style.apart(np.array(middles), 0.175)
    for (_, words, fill, hatch), middle, at in zip(STATES, middles, heights, strict=True):
        axes.plot([-0.12, 0.02], [middle, at], color=MUTED, lw=0.7, clip_on=False)
        axes.bar(0.09, 0.1, 0.13, bottom=at - 0.05, facecolor=fill, hatch=hatch, edgecolor=MUTED, linewidth=0.6, clip_on=False)
        axes.text(0.19, at, words, va="center", fontsize=8.5, linespacing=1.05)
