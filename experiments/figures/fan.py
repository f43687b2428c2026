"""What the team books quarter by quarter in all futures, against its plan: the sum of the seats' quotas."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from experiments.figures import style
from experiments.figures.style import FAINT, INK, MUTED, Look
from experiments.figures.tables import Run, mean_of

PANEL_IN, PANEL_HIGH_IN, GAP_IN, LEFT_IN, RIGHT_IN = 2.45, 1.9, 0.3, 0.75, 1.1
MAX_COLUMNS_N = 4
MOST_CUT = 0.33  # where the lowest is less than this share of the highest, the scale begins at 0
FAN = (10, 25, 50, 75, 90)  # percentiles over the futures
COLUMNS = {"arm", "draw", "future", "quarter", "bookings_usd", "quota_usd"}


def finding(run: Run) -> str:
    """The title: how much of its plan the team books under the best arm and under the baseline, and how far a single future may stray."""
    quarters = _quarters(run)
    shares = {arm: _of_plan(quarters, arm) for arm in run.focus}
    shares = {arm: share for arm, share in shares.items() if len(share)}
    if not shares:
        return "Bookings against plan: no quota in this run to plan with"
    first, *others = shares
    mean = mean_of(shares[first])
    ends = style.between(mean.low_share, mean.high_share)
    title = f"Under {style.short(first, 40)} the team books {style.percent(mean.share)} of its plan {ends}".rstrip()
    for arm in others:
        title += f", {style.compared(mean_of(shares[first] - shares[arm]), style.short(arm, 40), 'more', 'less')}"
    low, high = np.percentile(shares[first], [10, 90])
    return f"{title}; a single future may bring {style.percent(low)[:-2]} to {style.percent(high)}"


def describe(run: Run) -> str:
    """For those who cannot see the figure: its finding and the share of plan by arm."""
    quarters, parts = _quarters(run), []
    for arm in run.arms:
        if len(share := _of_plan(quarters, arm)):
            low, middle, high = np.percentile(share, [10, 50, 90])
            parts.append(f"{arm}: {style.percent(low)}, {style.percent(middle)}, {style.percent(high)}")
    return (
        f"{finding(run)}. Bookings over plan for the horizon, 10th, 50th and 90th percentile of the futures: {'; '.join(parts) or 'none'}."
    )


def draw(run: Run) -> Figure:
    """A panel an arm; a fan over the futures, its median, and the plan as steps."""
    title, quarters = finding(run), _quarters(run)
    subtitle = (
        "Bookings of all seats, quarter by quarter · the shades hold the middle half of the futures and 8 of 10; the steps are the plan"
    )
    arms = [arm for arm in run.arms if arm in quarters.index.get_level_values("arm")] if len(quarters) else []
    if not arms:
        with style.applied():
            return style.notice(title, "The seats table of this run holds no bookings.")
    columns_n = min(MAX_COLUMNS_N, len(arms))
    width_in = max(LEFT_IN + columns_n * (PANEL_IN + GAP_IN) + RIGHT_IN, 9.0)
    look = style.looks(run.arms, run.baseline)
    fans = {arm: _fan(quarters[quarters.index.get_level_values("arm") == arm]) for arm in arms}
    plan = quarters["quota_usd"].groupby(["arm", "quarter"]).mean()
    every = np.concatenate([plan.to_numpy(), *(fan.to_numpy().ravel() for fan in fans.values())])
    every = every[every > 0] if (every > 0).any() else np.ones(1)
    ends_usd = (0.0 if every.min() < MOST_CUT * every.max() else 0.9 * float(every.min()), 1.04 * float(every.max()))
    with style.applied():
        top_in, step_in = style.head_height(width_in, title, subtitle) + 0.55, PANEL_HIGH_IN + 0.85
        figure = style.new_figure(width_in, top_in + -(-len(arms) // columns_n) * step_in - 0.45)
        style.head(figure, title, subtitle)
        for k, arm in enumerate(arms):
            row, column = divmod(k, columns_n)
            axes = style.inches(figure, LEFT_IN + column * (PANEL_IN + GAP_IN), top_in + row * step_in, PANEL_IN, PANEL_HIGH_IN)
            _panel(axes, fans[arm], plan.loc[arm], look[arm], ends_usd, labelled=column == 0)
            share = _of_plan(quarters, arm)
            words = f"median future {style.percent(float(np.median(share)))} of plan" if len(share) else "no plan"
            style.panel_head(axes, style.short(arm, 24), look[arm], words, bold=arm in run.focus)
            if k == columns_n - 1:
                _labels(axes, fans[arm], plan.loc[arm])
    return figure


def _quarters(run: Run) -> pd.DataFrame:
    """Bookings and quota of all seats, usd, by arm, draw, future and quarter."""
    if not set(run.seats) >= COLUMNS:
        return pd.DataFrame()
    seats = run.seats[run.seats["arm"].isin(run.arms)].astype({"arm": str})
    return seats.groupby(["arm", "draw", "future", "quarter"])[["bookings_usd", "quota_usd"]].sum()


def _fan(quarters: pd.DataFrame) -> pd.DataFrame:
    """Percentiles (columns) of one arm's bookings in every quarter (rows)."""
    futures = {quarter: np.percentile(rows["bookings_usd"], FAN) for quarter, rows in quarters.groupby("quarter")}
    return pd.DataFrame.from_dict(futures, orient="index")


def _of_plan(quarters: pd.DataFrame, arm: str) -> pd.Series:
    """Bookings over plan for the horizon, by draw and future."""
    if quarters.empty or arm not in quarters.index.get_level_values("arm"):
        return pd.Series(dtype=float)
    horizon = quarters.loc[arm].groupby(["draw", "future"]).sum()
    return (horizon["bookings_usd"] / horizon["quota_usd"].where(horizon["quota_usd"] > 0)).dropna()


def _panel(axes: Axes, fan: pd.DataFrame, plan: pd.Series, look: Look, ends_usd: tuple[float, float], *, labelled: bool) -> None:
    quarters = np.arange(len(fan))
    low, quarter, middle, three, high = fan.to_numpy().T
    axes.fill_between(quarters, low, high, facecolor=look.colour, alpha=0.16, edgecolor="none")
    axes.fill_between(quarters, quarter, three, facecolor=look.colour, alpha=0.3, edgecolor="none")
    axes.plot(quarters, middle, color=look.colour, marker=look.marker, ms=4, lw=1.8, mec="white", mew=0.4)
    steps = np.repeat(np.arange(len(plan) + 1) - 0.5, 2)[1:-1]
    if (plan > 0).any():
        axes.plot(steps, np.repeat(plan.to_numpy(), 2), color=INK, lw=1.2, ls=(0, (5, 1.6)))
    axes.set_xlim(-0.5, len(fan) - 0.5)
    axes.set_ylim(*ends_usd)
    every = max(1, len(fan) // 8)
    axes.set_xticks(quarters[::every], [f"Q{int(q)}" for q in fan.index[::every]], fontsize=8)
    axes.yaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 2.5, 5, 10]))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda y, _: style.usd(y) if y else "0"))
    axes.tick_params(length=0, labelleft=labelled)
    axes.grid(axis="y", color=FAINT, lw=0.6)
    axes.set_axisbelow(True)
    axes.spines["left"].set_visible(False)


def _labels(axes: Axes, fan: pd.DataFrame, plan: pd.Series) -> None:
    """What the shades and lines are, beside the last panel of the first row, at the heights at which they end."""
    ends = fan.iloc[-1]
    places = [(float(ends.iloc[4]), "90 % stay below"), (float(ends.iloc[2]), "median future"), (float(ends.iloc[0]), "10 % stay below")]
    if (plan > 0).any():
        places.append((float(plan.iloc[-1]), "plan"))
    places.sort()
    bottom, top = axes.get_ylim()
    heights = style.apart(np.array([usd for usd, _ in places]), 0.16 * (top - bottom), top)
    right = axes.get_xlim()[1]
    for (usd, words), at in zip(places, heights, strict=True):
        axes.plot([right, right + 0.35], [usd, at], color=MUTED, lw=0.7, clip_on=False)
        axes.text(right + 0.45, at, words, va="center", fontsize=8, clip_on=False, linespacing=1.05)
