"""Pages from a results folder: they read the run's files only, simulate nothing and load nothing from anywhere.

``write_report`` draws figures/*.svg and figures/*.png, report.html with the figures inside it, seats.html and report.pdf.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from experiments.figures import style
from experiments.figures.tables import Run, read_run
from experiments.findings.money import rates_in_words
from experiments.report.advice import advice
from experiments.report.drawing import NARROW, Drawn, draw_all
from experiments.report.pdf import write_pdf
from experiments.report.seat_rows import changes_in_words, seat_rows
from experiments.report.seat_sheets import seat_sheets
from experiments.report.table_rows import ledger_rows, pairwise_rows, provenance_rows, summary_rows, worth_rows
from experiments.running.store import make_inside, write_text

TEMPLATES = Path(__file__).parent / "templates"
HOW_TO_READ = {
    "trade_off": "Up is more bookings, left more even or fewer moves. A hollow mark is beaten: some filled one is as good in all "
    "three and better in one. Point at a mark, or reach it with the keyboard, for its numbers.",
    "quarters": "Where the darker shade lies above the steps, three of four futures make the plan of that quarter.",
    "attainment": "Each dot is a seat. A narrow box: seats are treated alike. A box left of the line: quota is out of reach for most.",
    "account_states": "Above the thick line accounts are uncovered: owned by nobody, or not worked in 90 days although they could be.",
    "utilisation": "Where seats have hours left, books hold too little work for them: there is something to gain by sharing it out.",
    "lorenz": "Opportunity is what a design hands out, load what the seats make of their hours, outcome what they earn; "
    "below the luck floor even identical territories would not come.",
    "pairwise": "A bar that does not touch 0 tells a pair apart. The intervals hold for all pairs at once, and are wider for it.",
    "seats": "A dashed line at 1: the book asks as many hours as its seat has. Nothing here is simulated; it is what the planner sees.",
    "map": "The same accounts and the same homes in every panel; only the owners differ. Point at an account or a home to see whose it is.",
}


def write_report(folder: Path) -> Path:
    """Write ``figures``, ``report.html``, ``seats.html`` and ``report.pdf`` of a finished run and return the first page's path.

    Raises RunError if ``folder`` holds no run.
    """
    run = read_run(folder)
    run.read_at_once()
    drawn = draw_all(run, make_inside(folder, "figures"))
    path = folder / "report.html"
    write_text(path, report_page(run, drawn))
    if not run.sheet.empty:
        write_text(folder / "seats.html", seats_page(run))
    write_pdf(folder / "report.pdf", drawn, advice(run), " · ".join([_market(run), *_meta(run)]), question(run))
    return path


def report_page(run: Run, drawn: Mapping[str, Drawn]) -> str:
    """The text of report.html with these figures."""
    return _rendered("report.html.j2", _content(run, drawn))


def seats_page(run: Run) -> str:
    """The text of seats.html, for a run with a sheet of seats."""
    return _rendered("seats.html.j2", {"market": _market(run), "meta": _meta(run), "looks": _looks(run), **seat_sheets(run)})


def _rendered(template: str, content: Mapping[str, Any]) -> str:
    """A page; its one script is named by its hash, so that a browser runs no other."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from markupsafe import Markup

    environment = Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    script = (TEMPLATES / "page.js").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return environment.get_template(template).render({**content, "script": Markup(script), "script_hash": digest})


def _content(run: Run, drawn: Mapping[str, Drawn]) -> dict[str, Any]:
    about = run.provenance
    figures = {name: _on_page(each) for name, each in drawn.items()}
    return {
        "market": _market(run),
        "finding": drawn["headline"].finding,
        "question": question(run),
        "family": family(run),
        "meta": _meta(run),
        "status": run.status,
        "advice": advice(run),
        "headline": {**figures["headline"], "finding": ""},
        "narrow": figures.get(NARROW, figures["headline"]),
        "evidence": [figures[name] for name in HOW_TO_READ],
        "failures": [{"arm": arm, "reason": reason, "all": arm not in run.arms} for arm, reason in run.failures.items()],
        "summary": summary_rows(run),
        "worth": worth_rows(run),
        "seats": _seats(run),
        "rates": rates_in_words(about.get("config", {})),
        "looks": _looks(run),
        "pairwise": pairwise_rows(run),
        "ledger": ledger_rows(run.ledger),
        "notes": [str(note) for note in about.get("notes", [])],
        "delta": style.percent(run.delta_share, 1),
        "baseline": run.baseline,
        "many_draws": run.draws_n > 1,
        "imported": run.imported,
        "draws": run.draws_words,
        "provenance": provenance_rows(run),
        "versions": ", ".join(f"{name} {version}" for name, version in sorted(about.get("versions", {}).items())),
        "config": json.dumps(about.get("config", {}), indent=2, ensure_ascii=False, sort_keys=True, default=str),
        "on_us_map": "latitude" in run.accounts,
    }


def _market(run: Run) -> str:
    return str(run.provenance.get("market", "unnamed market"))


def _looks(run: Run) -> dict[str, dict[str, str]]:
    """Colour and sign of every arm, as in the figures."""
    looks = style.looks(run.arms, run.baseline)
    return {arm: {"colour": look.colour, "sign": style.SIGNS[look.marker]} for arm, look in looks.items()}


def _meta(run: Run) -> list[str]:
    about = run.provenance
    parts = [f"{len(run.accounts):,} accounts" if len(run.accounts) else "", f"{len(run.homes):,} seats" if len(run.homes) else ""]
    parts += [f"{about.get('futures', '?')} futures of {about.get('quarters', '?')} quarters"]
    parts += [run.draws_words, f"seed {about.get('seed', '?')}"]
    scenario = str(about.get("scenario") or "")
    parts += [f"scenario {scenario}"] if scenario not in ("", "base", "none", "None") else []
    return [part for part in parts if part]


def _on_page(drawn: Drawn) -> dict[str, Any]:
    from markupsafe import Markup

    texts = {"name": drawn.name, "finding": drawn.finding, "subtitle": drawn.subtitle, "how_to_read": HOW_TO_READ.get(drawn.name, "")}
    return {**texts, "svg": Markup(drawn.inline), "places": Markup(drawn.places)}


def question(run: Run) -> str:
    """The what-if question of the run's scenario, "" where the run does not say."""
    scenario = run.provenance.get("config", {}).get("scenario")
    return str(scenario.get("question", "")) if isinstance(scenario, Mapping) else ""


def family(run: Run) -> str:
    """Which intervals hold together, and what is too small to matter."""
    lifts_n, pairs_n = len(run.others), len(run.pairwise)
    lifts = f"The 95 % intervals of the {lifts_n} lifts over {run.baseline} hold all at once: they are one family"
    pairs = f"; those of the {pairs_n} pairs of arms are another" if pairs_n else ""
    delta = style.percent(run.delta_share, 1)
    return f"{lifts}{pairs}. A lift within ±{delta} is taken for too small to matter (δ, set before the run)." if lifts_n > 0 else ""


def _seats(run: Run) -> dict[str, Any]:
    """The best arm's sheet of seats: what changes in words, and its rows; empty where there is none (a run of before there were sheets)."""
    if run.sheet.empty:
        return {}
    chances = [run.quota_chances(arm, run.sheet["seat"]) for arm in (run.baseline, run.best)]
    known = any(np.isfinite(each).any() for each in chances)
    return {"arm": run.best, "words": changes_in_words(run.sheet), "rows": seat_rows(run.sheet, *chances), "chances": known}
