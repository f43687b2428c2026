"""What more bookings cost in evenness and in moves: every arm of the run, and which of them no other one beats in all three."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from experiments.figures import style
from experiments.figures.style import BASELINE_GREY, FAINT, MUTED, Look
from experiments.figures.tables import Run

PANEL_IN, HIGH_IN, LEFT_IN, GAP_IN, RIGHT_IN = 4.75, 4.2, 0.85, 0.55, 0.35
AIMS = ("lift", "gini", "moved")
PANELS = (
    ("gini", "← more even          Gini of opportunity          less even →"),
    ("moved", "← fewer moves          accounts moved          more moves →"),
)
Point: TypeAlias = tuple[float, float, float]  # lift, Gini, share moved
Box: TypeAlias = tuple[float, float, float, float]  # left, bottom, right, top
LABEL_PT, LINE_PT = 5.6, 11.0  # a character's width and a line's height of a label


def finding(run: Run) -> str:
    """The title: which arms nobody beats in bookings, evenness and moves at once, and where the best one stands."""
    points = aims(run)
    if not run.best or run.best not in points:
        return "Trade-off: no arm of this run has bookings, evenness and moves to weigh"
    able = [arm for arm in points if not run.is_reference(arm)]
    front = [arm for arm in on_front({arm: points[arm] for arm in able}) if arm != run.baseline]
    lift, low, high = run.lift(run.best)
    best = points[run.best]
    where = (
        f"{style.short(run.best, 40)} brings {style.signed_percent(lift)} {style.interval(low, high)} of bookings, "
        f"a Gini of {style.plain(best[1], 2)} and {style.percent(best[2])} of accounts moved"
    )
    beaten = len(able) - 1 - len(front) if run.baseline in able else len(able) - len(front)
    of = f"{len(front)} of {len(front) + beaten} redesigns" if len(front) + beaten != 1 else "The redesign"
    unbeaten = f"{of} {'is' if len(front) == 1 else 'are'} beaten by no other in bookings, evenness and moves at once"
    return f"{unbeaten}: {where}" if len(front) == 1 and front[0] == run.best else f"{unbeaten}; {where}"


def describe(run: Run) -> str:
    """For those who cannot see the figure: its finding and every arm's three numbers."""
    return f"{finding(run)}. {'; '.join(words(run, arm) for arm in aims(run)) or 'No arm'}."


def draw(run: Run) -> Figure:
    """Lift in bookings over evenness, and over moves; filled: no arm that could be rolled out beats it in all three."""
    title, points = finding(run), aims(run)
    against = style.short(run.baseline, 40)
    subtitle = (
        f"Lift in bookings over {against} with its 95 % interval, all arms together · filled: on the Pareto front; "
        "hollow: beaten by another arm, or a yardstick"
    )
    if not points:
        with style.applied():
            return style.notice(title, "Nothing to draw.")
    width_in = LEFT_IN + 2 * PANEL_IN + GAP_IN + RIGHT_IN
    front = on_front({arm: aim for arm, aim in points.items() if not run.is_reference(arm)})
    look = style.looks(run.arms, run.baseline)
    with style.applied():
        top_in = style.head_height(width_in, title, subtitle) + 0.15
        figure = style.new_figure(width_in, top_in + HIGH_IN + 0.6)
        style.head(figure, title, subtitle)
        for k, (name, label) in enumerate(PANELS):
            axes = style.inches(figure, LEFT_IN + k * (PANEL_IN + GAP_IN), top_in, PANEL_IN, HIGH_IN)
            _panel(axes, run, points, AIMS.index(name), look, front)
            axes.set_xlabel(label, fontsize=8.5, color=MUTED)
            axes.tick_params(labelleft=k == 0)
        figure.axes[0].set_ylabel(f"lift in bookings over {against}", fontsize=8.5, color=MUTED)
        for k, axes in enumerate(figure.axes):
            _marks(axes, run, points, AIMS.index(PANELS[k][0]), look, front, panel=k)
    return figure


def aims(run: Run) -> dict[str, Point]:
    """Lift in bookings, Gini of opportunity and share of accounts moved of every arm that has all three."""
    points = {}
    for arm in run.arms:
        lift = 0.0 if arm == run.baseline else run.lift(arm)[0]
        point = (lift, run.value(arm, "gini_opportunity"), run.value(arm, "moved_share"))
        if np.isfinite(point).all():
            points[arm] = point
    return points


def on_front(points: dict[str, Point]) -> list[str]:
    """The arms of which no other one books as much, is as even and moves as few, and is better in one of these."""

    def beats(a: Point, b: Point) -> bool:
        return a != b and a[0] >= b[0] and a[1] <= b[1] and a[2] <= b[2]

    return [arm for arm, point in points.items() if not any(beats(other, point) for other in points.values())]


def tips(run: Run) -> dict[str, str]:
    """What is said of a mark that is pointed at, by the mark's id."""
    return {f"tip-{panel}-{run.arms.index(arm)}": words(run, arm) for panel in range(len(PANELS)) for arm in aims(run)}


def words(run: Run, arm: str) -> str:
    """An arm's three numbers, with the interval of the lift."""
    lift, gini, moved = aims(run)[arm]
    ends = "" if arm == run.baseline else f" {style.interval(*run.lift(arm)[1:])}"
    return f"{arm}: lift {style.signed_percent(lift)}{ends}, Gini {style.plain(gini, 2)}, moves {style.percent(moved)}"


def _panel(axes: Axes, run: Run, points: dict[str, Point], aim: int, look: dict[str, Look], front: list[str]) -> None:
    """Scales and grid: both panels share the lifts'."""
    ends = [100 * end for arm in points for end in (points[arm][0], *run.lift(arm)[1:]) if np.isfinite(end)]
    room = 0.08 * (max(ends) - min(ends)) + 0.3
    axes.set_ylim(min(ends) - room, max(ends) + room)
    across = np.array([point[aim] for point in points.values()])
    span = max(float(np.ptp(across)), 0.05)
    axes.set_xlim(across.min() - 0.12 * span, across.max() + 0.25 * span)
    if aim == AIMS.index("moved"):
        axes.set_xlim(right=min(axes.get_xlim()[1], 1.04))
    axes.axhspan(-100 * run.delta_share, 100 * run.delta_share, facecolor="#eef1f4", edgecolor="none", zorder=0)
    axes.axhline(0, color=BASELINE_GREY, lw=1.0, zorder=1)
    axes.grid(color=FAINT, lw=0.5)
    axes.set_axisbelow(True)
    axes.yaxis.set_major_formatter(FuncFormatter(lambda y, _: style.signed_percent(y / 100, 0 if float(y).is_integer() else 1)))
    axes.xaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 5, 10]))
    if aim == AIMS.index("moved"):
        axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: style.percent(x)))


def _marks(axes: Axes, run: Run, points: dict[str, Point], aim: int, look: dict[str, Look], front: list[str], panel: int) -> None:
    """Every arm's interval, marker and label; labels are set where they hide no mark and no other label."""
    per_pt = 72 / axes.figure.dpi
    taken: list[Box] = []
    places = {}
    for arm, point in points.items():
        x, y = axes.transData.transform((point[aim], 100 * point[0])) * per_pt
        places[arm] = (x, y)
        ends = [end for end in run.lift(arm)[1:] if np.isfinite(end) and arm != run.baseline] or [point[0]]
        low, high = (axes.transData.transform((point[aim], 100 * end))[1] * per_pt for end in (min(ends), max(ends)))
        taken += [(x - 6, y - 6, x + 6, y + 6), (x - 1, low, x + 1, high)]
    for arm, point in points.items():
        at, (_, low, high), colour = (point[aim], 100 * point[0]), run.lift(arm), look[arm].colour
        if np.isfinite([low, high]).all() and arm != run.baseline:
            axes.plot([at[0], at[0]], [100 * low, 100 * high], color=colour, lw=1.4, zorder=2, solid_capstyle="butt")
        axes.plot(
            *at, marker=look[arm].marker, ms=9, mfc=colour if arm in front else "white", mec=colour, mew=1.6, ls="none", zorder=4,
            gid=f"tip-{panel}-{run.arms.index(arm)}",
        )  # fmt: skip
        label = style.short(arm, 20) + (" (yardstick)" if run.is_reference(arm) else "")
        dx, dy, left = _free(places[arm], LABEL_PT * len(label), taken, (axes.bbox.x0 * per_pt, axes.bbox.x1 * per_pt))
        if dy:  # away from its mark
            axes.annotate("", at, (dx, dy), textcoords="offset points", arrowprops={"arrowstyle": "-", "color": MUTED, "lw": 0.6}, zorder=3)
        axes.annotate(
            label, at, (dx, dy), textcoords="offset points", ha="left" if left else "right", va="center", fontsize=8.5, zorder=5,
            fontweight="bold" if arm in run.focus else "normal", color=style.INK,
            bbox={"fc": "white", "ec": "none", "alpha": 0.75, "pad": 0.4},
        )  # fmt: skip


def _free(at: tuple[float, float], wide: float, taken: list[Box], ends: tuple[float, float]) -> tuple[float, float, bool]:
    """Where a label of this width, in points, fits beside its mark: offset, and whether it begins there."""
    heights = (9, -9, 18, -18, 27, -27, 36, -36, 48, -48, 60, -60, 75, -75, 90, -90)
    places = [(dx, dy, dx > 0) for sides in ((9, -9), (45, 90)) for dy in (0, *heights) for dx in sides if dy or abs(dx) == 9]
    within: tuple[float, float, bool] | None = None
    for dx, dy, left in places:
        x = at[0] + dx if left else at[0] + dx - wide
        box = (x, at[1] + dy - LINE_PT / 2, x + wide, at[1] + dy + LINE_PT / 2)
        inside = ends[0] < box[0] and box[2] < ends[1] + 12
        apart = all(box[2] < t[0] or t[2] < box[0] or box[3] < t[1] or t[3] < box[1] for t in taken)
        if apart and inside:
            taken.append(box)
            return dx, dy, left
        within = within or ((dx, dy, left) if inside else None)
    return within or places[0]
