"""report.pdf: the finding with what to do, what it costs and how sure we are, then a page a figure."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from io import BytesIO
from pathlib import Path

from matplotlib.backends.backend_pdf import PdfPages
from matplotlib.figure import Figure

from experiments.figures import style
from experiments.figures.style import INK, MUTED
from experiments.report.advice import Advice
from experiments.report.drawing import NARROW, Drawn
from experiments.running.store import write_bytes

LINE_IN, HEADING_IN, GAP_IN, CHARACTER_IN = 0.215, 0.3, 0.35, 0.083
DPI = 150


def write_pdf(path: Path, drawn: Mapping[str, Drawn], advice: Sequence[Advice], about: str, question: str) -> None:
    """Write the pages, all of A4's proportions. The figures are given words outside their frame, so they are of no other use afterwards."""
    pages = [each for name, each in drawn.items() if name != NARROW]
    written = BytesIO()
    with (
        style.applied(),
        PdfPages(written, metadata={"Title": pages[0].finding, "CreationDate": None, "ModDate": None, "Creator": None}) as pdf,
    ):
        for number, each in enumerate(pages, 1):
            above_in, below_in = (0.65, _words_in(each.figure, advice)) if number == 1 else (0.0, 0.0)
            sheet = style.page(each.figure, above_in, below_in + 0.3)
            if number == 1:
                _write(each.figure, 0.2, -0.55, textwrap.shorten(f"Territory Lab · {about}", 170), 9, MUTED)
                _write(each.figure, 0.2, -0.32, question, 10, INK)
                _advise(each.figure, advice)
            width, height = each.figure.get_size_inches()
            each.figure.text(1 - 0.2 / width, (sheet.y0 + 0.3) / height, f"{number} of {len(pages)}", fontsize=8, color=MUTED, ha="right")
            if number > 1:
                each.figure.text(0.2 / width, (sheet.y0 + 0.3) / height, about, fontsize=8, color=MUTED)
            each.figure.savefig(pdf, format="pdf", dpi=DPI, bbox_inches=sheet)
    write_bytes(path, written.getvalue())


def _write(figure: Figure, left_in: float, down_in: float, text: str, size: float, colour: str, weight: str = "normal") -> None:
    """Words at so many inches from the figure's upper left corner, inside or outside of it."""
    width, height = figure.get_size_inches()
    figure.text(left_in / width, 1 - down_in / height, text, fontsize=size, color=colour, fontweight=weight, va="top", linespacing=1.35)


def _columns(figure: Figure, advice: Sequence[Advice]) -> list[list[str]]:
    """The sentences, wrapped to as many columns as there are sentences."""
    wide = (figure.get_size_inches()[0] - 0.4) / len(advice) - 0.3
    return [textwrap.wrap(part.sentence, int(wide / CHARACTER_IN)) for part in advice]


def _words_in(figure: Figure, advice: Sequence[Advice]) -> float:
    return GAP_IN + HEADING_IN + LINE_IN * max(len(lines) for lines in _columns(figure, advice))


def _advise(figure: Figure, advice: Sequence[Advice]) -> None:
    width, height = figure.get_size_inches()
    for k, (part, lines) in enumerate(zip(advice, _columns(figure, advice), strict=True)):
        left = 0.2 + k * (width - 0.4) / len(advice)
        _write(figure, left, height + GAP_IN, part.heading, 11, INK, "bold")
        _write(figure, left, height + GAP_IN + HEADING_IN, "\n".join(lines), 10, INK)
