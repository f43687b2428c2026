"""One look for all figures: an arm keeps its colour, marker and dash everywhere; the baseline is neutral grey.

Everything a colour says is said a second time by a marker, a dash, a hatch or a label, so that a black-and-white print reads the same.
"""

from __future__ import annotations

import base64
import io
import re
import textwrap
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.transforms import Bbox, ScaledTranslation
from PIL import Image

from experiments.findings.statistics import Interval
from sim.snapshot import FloatArray

INK, MUTED, FAINT, PAPER = "#1d2733", "#56616d", "#d5dae0", "#ffffff"
BASELINE_GREY = "#6b7480"
# Okabe & Ito (2008), then Tol's muted scheme, without the tones too pale for a thin line on white.
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#aa3377", "#a67c00", "#332288", "#44aa99", "#661100", "#117733", "#cc6677", "#5b8fd6")
# The markers as characters, for tables.
SIGNS = {"o": "●", "s": "■", "^": "▲", "D": "◆", "v": "▼", "p": "⬟", "h": "⬢", "P": "✚", "X": "✖", "<": "◀", ">": "▶", "*": "★"}
MARKERS = ("s", "^", "D", "v", "p", "h", "P", "X", "<", ">", "*")
DASHES: tuple[Any, ...] = ("-", (0, (5, 1.6)), (0, (1.2, 1.4)), (0, (6, 1.5, 1.2, 1.5)))
A4_RATIO, MARGIN_IN = 2**0.5, 0.45
PNG_DPI = 150
HEAD = "head"
DENSE_DPI = 110  # of layers with thousands of marks, which are rasterised inside the SVG

STYLE: Any = {
    "font.family": "DejaVu Sans",
    "font.size": 9,
    "text.color": INK,
    "text.parse_math": False,
    "axes.labelcolor": INK,
    "axes.edgecolor": MUTED,
    "axes.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.unicode_minus": True,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "xtick.labelsize": 8.5,
    "ytick.labelsize": 8.5,
    "hatch.linewidth": 0.6,
    "figure.facecolor": PAPER,
    "savefig.facecolor": PAPER,
    "svg.fonttype": "path",  # the same picture on a machine that lacks the font
    "svg.image_inline": True,
}

HOUSE_ARMS = ("equal_count", "geographic", "greedy_balance", "gut_feel", "informed", "optimized", "random")


@dataclass(frozen=True)
class Look:
    """How an arm is drawn."""

    colour: str
    marker: str
    dash: Any


def looks(arms: Sequence[str], baseline: str) -> dict[str, Look]:
    """The look of every arm: the house's own look alike in every run, others take what is free; the order does not count."""
    look = {arm: Look(BASELINE_GREY, "o", "-") for arm in arms if arm == baseline}
    place = {arm: HOUSE_ARMS.index(arm) for arm in arms if arm in HOUSE_ARMS}
    free = (k for k in count() if k not in place.values())
    for arm in sorted(arm for arm in arms if arm != baseline):
        k = place[arm] if arm in place else next(free)
        look[arm] = Look(COLOURS[k % len(COLOURS)], MARKERS[k % len(MARKERS)], DASHES[k % len(DASHES)])
    return look


@contextmanager
def applied() -> Iterator[None]:
    """The style, for as long as a figure is drawn or saved."""
    with mpl.rc_context(STYLE), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing from")  # a label in a script that the font lacks: boxes, no crash
        yield


def new_figure(width_in: float, height_in: float) -> Figure:
    """An empty figure on an Agg canvas."""
    figure = Figure(figsize=(width_in, height_in))
    FigureCanvasAgg(figure)
    return figure


def head(figure: Figure, title: str, subtitle: str) -> float:
    """Write title and subtitle at the top left, wrapped to the width; returns the height in inches that they take."""
    width, height = figure.get_size_inches()
    at_in = 0.16
    for text, size, weight, colour, per_line in ((title, 13.0, "bold", INK, 0.119), (subtitle, 9.5, "normal", MUTED, 0.079)):
        for line in _balanced(text, max(20, int((width - 0.4) / per_line))):
            figure.text(0.2 / width, 1 - at_in / height, line, fontsize=size, fontweight=weight, color=colour, va="top", gid=HEAD)
            at_in += size * 1.38 / 72
        at_in += 0.05
    return at_in


def subtitle_of(figure: Figure) -> str:
    """The subtitle that ``head`` wrote."""
    return " ".join(text.get_text() for text in figure.texts if text.get_gid() == HEAD and text.get_fontweight() == "normal")


def below_head_pt(figure: Figure) -> float:
    """How far down ``head`` reaches, in points from the top; 0 without one."""
    high_pt = 72 * figure.get_figheight()
    heads = [text for text in figure.texts if text.get_gid() == HEAD]
    return max((high_pt * (1 - text.get_position()[1]) + 1.38 * float(text.get_fontsize()) for text in heads), default=0.0)


def _balanced(text: str, per_line: int) -> list[str]:
    """Wrapped to as few lines as possible, none much shorter than the others."""
    lines = textwrap.wrap(text, per_line)
    for narrower in range(per_line - 1, per_line // 2, -1):
        tried = textwrap.wrap(text, narrower)
        if len(tried) > len(lines):
            break
        lines = tried
    return lines


def head_height(width_in: float, title: str, subtitle: str) -> float:
    """The height in inches that ``head`` will take."""
    return head(Figure(figsize=(width_in, 1.0)), title, subtitle)


def inches(figure: Figure, left: float, top: float, width: float, height: float, **options: Any) -> Axes:
    """Axes placed in inches from the top left corner."""
    full_width, full_height = figure.get_size_inches()
    return figure.add_axes((left / full_width, 1 - (top + height) / full_height, width / full_width, height / full_height), **options)


def panel_head(axes: Axes, label: str, look: Look | None, words: str, *, bold: bool) -> None:
    """Above a panel: the arm's marker and label, and a line of words under them."""
    right_pt = 0 if look is None else 13
    weight = "bold" if bold else "normal"
    options: dict[str, Any] = {"xycoords": "axes fraction", "textcoords": "offset points"}
    axes.annotate(label, (0, 1), (right_pt, 19), fontsize=10, fontweight=weight, **options)
    axes.annotate(words, (0, 1), (0, 5), fontsize=8.5, color=MUTED, **options)
    if look is not None and axes.figure is not None:
        at = axes.transAxes + ScaledTranslation(4 / 72, 22.5 / 72, axes.figure.dpi_scale_trans)
        axes.plot(0, 1, marker=look.marker, color=look.colour, ms=6.5, transform=at, clip_on=False)


def apart(heights: FloatArray, least: float, top: float = 1.0) -> FloatArray:
    """Heights moved up until neighbours (in ascending order) are ``least`` apart, then down again to stay below ``top``."""
    up = heights.copy()
    for k in range(1, len(up)):
        up[k] = max(up[k], up[k - 1] + least)
    limit = top
    for k in range(len(up) - 1, -1, -1):
        up[k] = min(up[k], limit)
        limit = up[k] - least
    return up


def notice(title: str, reason: str) -> Figure:
    """A figure that says why there is nothing to draw."""
    figure = new_figure(10, 1.6)
    head(figure, title, reason)
    return figure


def svg(figure: Figure, name: str) -> str:
    """The figure as SVG text: no date, no random ids."""
    out = io.StringIO()
    with applied(), mpl.rc_context({"svg.hashsalt": f"territory-lab {name}"}):
        figure.savefig(out, format="svg", dpi=DENSE_DPI, metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
    return re.sub(r"(?<=data:image/png;base64,)[^\"]+", lambda match: _fewer_colours(match.group()), out.getvalue())


def _fewer_colours(image: str) -> str:
    """A raster layer (base64 of a PNG) with 256 colours, in a third of the bytes."""
    with Image.open(io.BytesIO(base64.b64decode(image))) as full:
        out = io.BytesIO()
        full.quantize(256, method=Image.Quantize.FASTOCTREE).save(out, format="png", optimize=True)
    return base64.b64encode(out.getvalue()).decode()


def page(figure: Figure, above_in: float = 0.0, below_in: float = 0.0) -> Bbox:
    """A sheet of A4's proportions around a figure, in its inches, with room for words above and below it."""
    width, height = figure.get_size_inches()
    wide, high = width + 2 * MARGIN_IN, above_in + height + below_in + 2 * MARGIN_IN
    landscape = wide >= high
    ratio = A4_RATIO if landscape else 1 / A4_RATIO
    wide, full_high = max(wide, high * ratio), max(high, wide / ratio)
    top = height + above_in + MARGIN_IN
    left = (width - wide) / 2
    return Bbox([[left, top - full_high], [left + wide, top]])


def png(figure: Figure) -> bytes:
    """The figure as a PNG."""
    out = io.BytesIO()
    with applied():
        figure.savefig(out, format="png", dpi=PNG_DPI, metadata={"Software": None}, pil_kwargs={"compress_level": 4})
    return out.getvalue()


def short(label: str, length: int = 22) -> str:
    """A label that fits: one line, cut in the middle, where labels of a family differ least."""
    label = " ".join(label.split()) or "(no name)"
    if len(label) <= length:
        return label
    tail = length // 2 - 1
    return label[: length - tail - 1] + "…" + label[-tail:]


def percent(share: float, digits: int = 0) -> str:
    """0.46 as "46 %", "–" where unknown."""
    return f"{_rounded(100 * share, digits)}\u00a0%" if np.isfinite(share) else "–"


def signed_percent(share: float, digits: int = 1) -> str:
    """0.031 as "+3.1 %"."""
    return f"{signed(share, digits)}\u00a0%" if np.isfinite(share) else "–"


def signed(share: float, digits: int = 1) -> str:
    """0.031 as "+3.1": a share in points, for the ends of an interval."""
    if not np.isfinite(share):
        return "–"
    text = _rounded(100 * share, digits)
    return text if text.startswith("−") or not float(text.replace(",", "")) else f"+{text}"


def interval(low: float, high: float, digits: int = 1) -> str:
    """The ends of an interval in per cent: "[+2.4, +3.8]"; "" where unknown."""
    return f"[{signed(low, digits)}, {signed(high, digits)}]" if np.isfinite(low) and np.isfinite(high) else ""


def between(low: float, high: float, digits: int = 0) -> str:
    """The ends of an interval of something that has no sign: "[54, 56]"; "" where unknown."""
    return f"[{_rounded(100 * low, digits)}, {_rounded(100 * high, digits)}]" if np.isfinite([low, high]).all() else ""


def compared(change: Interval, than: str, more: str, less: str) -> str:
    """A difference of shares in words: "4.0 points fewer than status_quo [−4.5, −3.5]", or that it is not settled."""
    ends = interval(change.low_share, change.high_share)
    if not np.isfinite(change.share):
        return f"nothing to compare with under {than}"
    size = plain(100 * abs(change.share), 1)
    if change.low_share <= 0 <= change.high_share and change.low_share < change.high_share:
        return f"not told apart from {than} {ends}"
    if not float(size.replace(",", "")):
        return f"as under {than}"
    return f"{size} {'point' if size == '1.0' else 'points'} {more if change.share > 0 else less} than under {than} {ends}".strip()


def usd(amount: float) -> str:
    """Three significant digits: "$18.6 M"."""
    if not np.isfinite(amount):
        return "–"
    for size, unit in ((1e9, "\u00a0B"), (1e6, "\u00a0M"), (1e3, "\u00a0k")):
        if abs(amount) >= 0.9995 * size:
            digits = 2 if abs(amount) < 9.995 * size else 1 if abs(amount) < 99.95 * size else 0
            return f"{'−' if amount < 0 else ''}${abs(amount) / size:.{digits}f}{unit}"
    return f"{'−' if amount < 0 else ''}${abs(amount):.0f}"


def plain(value: float, digits: int = 0) -> str:
    """A number with thousands separators and a true minus sign."""
    return _rounded(value, digits) if np.isfinite(value) else "–"


def _rounded(value: float, digits: int) -> str:
    text = f"{value:,.{digits}f}"
    return text.lstrip("-") if not float(text.replace(",", "")) else text.replace("-", "−")
