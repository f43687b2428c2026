"""One HTML page from a results folder: it reads the run's files only, simulates nothing and loads nothing from anywhere.

``write_report`` draws figures/*.svg and figures/*.png, and report.html with the figures inside it.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd

from experiments.figures import style
from experiments.figures.tables import Run, read_run
from experiments.findings.money import payback_in_words, rates_in_words
from experiments.report.advice import advice
from experiments.report.seat_rows import changes_in_words, quota_chances, seat_rows
from experiments.running.store import read_table, write_text

TEMPLATES = Path(__file__).parent / "templates"
HOW_TO_READ = {
    "attainment": "Each dot is a seat. A narrow box: seats are treated alike. A box left of the line: quota is out of reach for most.",
    "account_states": "Above the thick line accounts are uncovered: owned by nobody, or not worked in 90 days although they could be.",
    "lorenz": "Opportunity is what a design hands out, load what the seats make of their hours, outcome what they earn; "
    "below the luck floor even identical territories would not come.",
    "map": "The same accounts and the same homes in every panel; only the owners differ.",
}


def write_report(folder: Path) -> Path:
    """Write ``figures`` and ``report.html`` of a finished run and return the page's path. Raises RunError if ``folder`` holds no run."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    run = read_run(folder)
    drawn = _draw_all(run, folder / "figures")
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    page = environment.get_template("report.html.j2").render(_content(run, drawn, _seats(run, folder)))
    path = folder / "report.html"
    write_text(path, page)
    return path


def _draw_all(run: Run, folder: Path) -> dict[str, dict[str, Any]]:
    """Draw and save every figure; by name: its inline SVG, its description, its finding."""
    from markupsafe import Markup

    folder.mkdir(exist_ok=True)
    drawn = {}
    for name, module in _modules().items():
        if run.arms:
            finding, words, figure = module.finding(run), module.describe(run), module.draw(run)
        else:
            finding = words = "No arm of this run has numbers"
            with style.applied():
                figure = style.notice(finding, "The reasons are in the report.")
        text = style.svg(figure, name)
        write_text(folder / f"{name}.svg", text)
        (folder / f"{name}.png").write_bytes(style.png(figure))
        drawn[name] = {"svg": Markup(inline(text, name, words)), "finding": finding, "how_to_read": HOW_TO_READ.get(name, "")}
    return drawn


def _modules() -> dict[str, ModuleType]:
    from experiments.figures import account_states, attainment, headline, lorenz, territory_map

    return {"headline": headline, "attainment": attainment, "account_states": account_states, "lorenz": lorenz, "map": territory_map}


def inline(svg: str, name: str, description: str) -> str:
    """An SVG file's text as an element of a page: one image to a screen reader, with ids that no other figure uses."""
    from markupsafe import escape

    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<!--.*?-->|<metadata>.*?</metadata>|<style.*?</style>", "", svg, flags=re.DOTALL)
    svg = re.sub(r'\bid="', f'id="{name}-', svg)
    svg = re.sub(r"url\(#", f"url(#{name}-", svg)
    svg = re.sub(r'href="#', f'href="#{name}-', svg)
    width = re.search(r'\bwidth="([\d.]+)pt"', svg)
    inches = float(width.group(1)) / 72 if width else 10.0
    svg = re.sub(r'\b(width|height)="[\d.]+pt" ', "", svg, count=2)
    label = str(escape(" ".join(description.split())))
    return svg.replace("<svg ", f'<svg role="img" aria-label="{label}" style="min-width: {66 * inches:.0f}px" ', 1)


def _content(run: Run, drawn: dict[str, dict[str, Any]], seats: dict[str, Any]) -> dict[str, Any]:
    about = run.provenance
    colours = {arm: look.colour for arm, look in style.looks(run.arms, run.baseline).items()}
    return {
        "market": about.get("market", "unnamed market"),
        "finding": drawn["headline"]["finding"],
        "meta": _meta(run),
        "status": run.status,
        "advice": advice(run),
        "headline": drawn["headline"],
        "evidence": [{"name": name, **drawn[name]} for name in HOW_TO_READ],
        "failures": [{"arm": arm, "reason": reason, "all": arm not in run.arms} for arm, reason in run.failures.items()],
        "summary": _summary(run),
        "worth": _worth(run),
        "seats": seats,
        "rates": rates_in_words(about.get("config", {})),
        "colours": colours,
        "pairwise": _pairwise(run),
        "ledger": _ledger(run.ledger),
        "notes": [str(note) for note in about.get("notes", [])],
        "delta": style.percent(run.delta_share, 1),
        "baseline": run.baseline,
        "many_draws": run.draws_n > 1,
        "imported": run.imported,
        "draws": run.draws_words,
        "provenance": _provenance(run),
        "versions": ", ".join(f"{name} {version}" for name, version in sorted(about.get("versions", {}).items())),
        "config": json.dumps(about.get("config", {}), indent=2, ensure_ascii=False, sort_keys=True, default=str),
        "on_us_map": "latitude" in run.accounts,
    }


def _meta(run: Run) -> list[str]:
    about = run.provenance
    parts = [f"{len(run.accounts):,} accounts" if len(run.accounts) else "", f"{len(run.homes):,} seats" if len(run.homes) else ""]
    parts += [f"{about.get('futures', '?')} futures of {about.get('quarters', '?')} quarters"]
    parts += [run.draws_words, f"seed {about.get('seed', '?')}"]
    scenario = str(about.get("scenario") or "")
    parts += [f"scenario {scenario}"] if scenario not in ("", "base", "none", "None") else []
    return [part for part in parts if part]


def _summary(run: Run) -> list[dict[str, Any]]:
    """One row an arm, all cells as text."""
    rows = []
    for arm in run.arms:
        lift, low, high = run.lift(arm)
        is_baseline = arm == run.baseline
        percent = {name: style.percent(run.value(arm, name)) for name in _SHARES}
        rows.append(
            {
                "arm": arm,
                "reference": run.is_reference(arm),
                "verdict": "baseline" if is_baseline else run.text(arm, "verdict") or "–",
                "lift": "" if is_baseline else style.signed_percent(lift),
                "interval": "" if is_baseline else style.interval(low, high) or "–",
                "single": "" if is_baseline else _range(run, arm, "single_p10_share", "single_p90_share"),
                "draws": "" if is_baseline else _ends(*run.over_draws(arm)),
                "depends_on": run.text(arm, "depends_on"),
                "bookings": style.usd(run.value(arm, "bookings_usd")),
                "gini": style.plain(run.value(arm, "gini_opportunity"), 2),
                "gap": style.percent(run.value(arm, "plan_gap_share"), 2),
                "futures": f"{run.value(arm, 'futures_n'):.0f}" if np.isfinite(run.value(arm, "futures_n")) else "–",
                **percent,
            }
        )
    return rows


def _seats(run: Run, folder: Path) -> dict[str, Any]:
    """The best arm's sheet of seats: what changes in words, and its rows; empty where there is none (a run of before there were sheets)."""
    path = folder / "designs" / f"{run.best}.seats.csv"
    if not run.best or not path.is_file():
        return {}
    sheet = read_table(path)
    outlook = read_table(folder / "seat_outlook.csv") if (folder / "seat_outlook.csv").is_file() else pd.DataFrame()
    chances = [quota_chances(outlook, arm, sheet["seat"]) for arm in (run.baseline, run.best)]
    rows = seat_rows(sheet, *chances)
    return {"arm": run.best, "words": changes_in_words(sheet), "rows": rows, "chances": any(np.isfinite(each).any() for each in chances)}


def _worth(run: Run) -> list[dict[str, str]]:
    """When the lift comes and what it is worth, one row an arm besides the baseline; none where the run does not say."""
    rows = []
    for arm in run.others if "contribution_lift_usd" in run.summary else ():
        lift, low, high = (run.value(arm, f"contribution_{name}_usd") for name in ("lift", "low", "high"))
        quarter, earliest, latest = (run.value(arm, f"payback{name}_quarter") for name in ("", "_low", "_high"))
        rows.append(
            {
                "arm": arm,
                **{name: style.signed_percent(run.value(arm, f"raw_lift_{name}_share")) for name in ("year1", "year2", "pipeline")},
                "lift": style.usd(lift),
                "interval": f"{style.usd(low)} to {style.usd(high)}" if np.isfinite([low, high]).all() else "–",
                "payback": payback_in_words(quarter, earliest, latest, int(run.provenance["quarters"])) or "–",
                "paid_back": style.percent(run.value(arm, "paid_back_share")),
            }
        )
    return rows


_SHARES = ("p_best_share", "attainment", "seats_at_quota_share", "orphaned_share", "uncovered_share", "moved_share")


def _range(run: Run, arm: str, low: str, high: str) -> str:
    return _ends(run.value(arm, low), run.value(arm, high))


def _ends(low: float, high: float) -> str:
    return f"{style.signed(low)} to {style.signed(high)}" if np.isfinite([low, high]).all() else "–"


def _pairwise(run: Run) -> list[dict[str, str]]:
    if not {"arm_a", "arm_b", "lift_share", "low_share", "high_share", "verdict"} <= set(run.pairwise):
        return []
    return [
        {
            "a": str(pair["arm_a"]),
            "b": str(pair["arm_b"]),
            "lift": style.signed_percent(float(pair["lift_share"])),
            "interval": style.interval(float(pair["low_share"]), float(pair["high_share"])) or "–",
            "verdict": str(pair["verdict"]),
        }
        for _, pair in run.pairwise.iterrows()
    ]


def _ledger(ledger: pd.DataFrame) -> list[dict[str, str]]:
    columns = ("parameter", "value", "status", "rule", "rows_n")
    if not set(columns) <= set(ledger):
        return []
    table = ledger.sort_values("status", kind="stable")  # assumed before identified
    return [
        {name: style.plain(float(row[name])) if name == "rows_n" else str(row[name]) for name in columns} for _, row in table.iterrows()
    ]


def _provenance(run: Run) -> list[tuple[str, str]]:
    about = run.provenance
    commit = str(about.get("commit") or "unknown") + (" with uncommitted changes" if about.get("dirty") else "")
    elapsed = about.get("elapsed_s")
    return [
        ("Command", str(about.get("command", "unknown"))),
        ("Commit", commit),
        ("Started", str(about.get("started", "unknown"))),
        ("Finished", str(about.get("finished", "unknown"))),
        ("Time taken", f"{float(elapsed):,.0f} s" if elapsed is not None else "unknown"),
        ("Python", str(about.get("python", "unknown"))),
    ]
