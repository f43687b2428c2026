"""Every figure of a run, drawn once and kept in three forms: a file to use elsewhere, a page of report.pdf, an element of the web page."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from matplotlib.figure import Figure

from experiments.figures import style
from experiments.figures.tables import Run
from experiments.running.store import write_bytes, write_text

NARROW = "headline_narrow"
_SURPLUS = re.compile(r"(\.\d\d)\d+")  # a hundredth of a point is enough on a page


@dataclass(frozen=True, eq=False)
class Drawn:
    """``inline`` is the SVG as an element of a page, without title and subtitle; ``places`` is JSON for pointing at it, "" without."""

    name: str
    finding: str
    subtitle: str
    figure: Figure
    inline: str
    places: str = ""


def modules() -> dict[str, ModuleType]:
    """The figures by name, in the order of the report."""
    from experiments.figures import account_states, attainment, fan, headline, lorenz, pairwise, pareto, seats, territory_map, utilisation

    return {
        "headline": headline,
        "trade_off": pareto,
        "quarters": fan,
        "attainment": attainment,
        "account_states": account_states,
        "utilisation": utilisation,
        "lorenz": lorenz,
        "pairwise": pairwise,
        "seats": seats,
        "map": territory_map,
    }


def draw_all(run: Run, folder: Path) -> dict[str, Drawn]:
    """Draw every figure and save it in ``folder`` as SVG and PNG; by name, the headline for narrow screens last."""
    drawn = {}
    for name, module in modules().items():
        if run.arms:
            drawn[name] = _drawn(run, folder, name, module, module.draw(run))
        else:
            words = "No arm of this run has numbers"
            with style.applied():
                figure = style.notice(words, "The reasons are in the report.")
            drawn[name] = Drawn(name, words, style.subtitle_of(figure), figure, inline(_saved(figure, name, folder), name, words))
    if run.arms:
        module = modules()["headline"]
        drawn[NARROW] = _drawn(run, folder, NARROW, module, module.draw_narrow(run))
    return drawn


def _drawn(run: Run, folder: Path, name: str, module: ModuleType, figure: Figure) -> Drawn:
    text = _saved(figure, name, folder)
    tips = module.tips(run) if hasattr(module, "tips") else {}
    places = module.places(run, figure) if hasattr(module, "places") else {}
    told = json.dumps(places, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c") if places else ""
    element = inline(text, name, module.describe(run), tips, focusable=not places, below_pt=style.below_head_pt(figure))
    return Drawn(name, module.finding(run), style.subtitle_of(figure), figure, element, told)


def _saved(figure: Figure, name: str, folder: Path) -> str:
    text = style.svg(figure, name)
    write_text(folder / f"{name}.svg", text)
    write_bytes(folder / f"{name}.png", style.png(figure))
    return text


def _renamed(svg: str, name: str) -> str:
    """Ids that something refers to under short names of the figure's own, and none of the others: half of the bytes are names."""
    referred = dict.fromkeys(re.findall(r'(?:href="#|url\(#)([^")]+)', svg))
    short = {old: f"{name}-{k}" for k, old in enumerate(referred)}
    svg = re.sub(r' id="([^"]+)"', lambda found: f' id="{short[found[1]]}"' if found[1] in short else "", svg)
    svg = re.sub(r'(?:xlink:)?href="#([^"]+)"', lambda found: f'href="#{short[found[1]]}"', svg)
    svg = re.sub(r"url\(#([^)]+)\)", lambda found: f"url(#{short[found[1]]})", svg)
    return re.sub(r"\s*\n\s*", "\n", svg.replace("<g>\n", "<g>"))


def inline(
    svg: str, name: str, description: str, tips: Mapping[str, str] | None = None, *, focusable: bool = False, below_pt: float = 0.0
) -> str:
    """An SVG file's text as an element of a page: one image to a screen reader, with ids that no other figure uses.

    The first ``below_pt`` points are cut off, where title and subtitle stand, which a page has as text. ``tips`` are what is said of
    the marks with these ids when they are pointed at; if ``focusable``, also when a keyboard reaches them.
    """
    from markupsafe import escape

    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<!--.*?-->|<metadata>.*?</metadata>|<style.*?</style>", "", svg, flags=re.DOTALL)
    svg = re.sub(r'\b(?:d|x|y|points)="[^"]*"|translate\([^)]*\)', lambda part: _SURPLUS.sub(r"\1", part.group()), svg)
    reached = bool(tips) and focusable
    for mark, words in (tips or {}).items():
        reach = f' tabindex="0" role="img" aria-label="{escape(words)}"' if reached else ""
        svg = svg.replace(f'<g id="{mark}">', f'<g id="{mark}" class="tip"{reach}><title>{escape(words)}</title>', 1)
    svg = _renamed(svg, name)
    box = re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', svg)
    width, height = (float(side) for side in box.groups()) if box else (720.0, 400.0)
    svg = re.sub(r'\b(width|height)="[\d.]+pt" ', "", svg, count=2)
    svg = re.sub(r'viewBox="[^"]*"', f'viewBox="0 {below_pt:.1f} {width:g} {height - below_pt:.1f}"', svg, count=1)
    label = str(escape(" ".join(description.split())))
    role = "group" if reached else "img"
    least_px = 0 if name == NARROW else 66 * width / 72
    return svg.replace("<svg ", f'<svg role="{role}" aria-label="{label}" style="min-width: {least_px:.0f}px" ', 1)
