"""One paired comparison with its folder: market, designs, futures, tables, report. Whatever fails on the way is told in one line."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

import pandas as pd

from experiments.comparison import Tables, baseline_arm, draw_markets, live_through, make_plans
from experiments.designs.evidence import Planner
from experiments.designs.seat_sheets import seat_sheet
from experiments.designs.tables import accounts_table, design_table, homes_table
from experiments.findings.assumptions import Assumed
from experiments.findings.summary import assumed_of, compare_arms, pairwise_table, parameters_table, seat_outlook_table, summary_table
from experiments.running import store
from experiments.running.arms import Arm, Change, Settings, own_market
from experiments.running.errors import RunError, one_line
from experiments.running.kept import Kept
from experiments.running.plans import FAILED, OK, Plan
from experiments.running.progress import tell
from experiments.running.provenance import check_same, environment, fingerprint, now
from experiments.running.scenario import Scenario
from experiments.running.workplace import Workplace
from sim.market import Market, MarketSource, planning_problem


def run_comparison(
    source: MarketSource,
    arms: Sequence[Arm],
    scenario: Scenario,
    settings: Settings,
    root: Path,
    progress: bool = True,
    workplace: Workplace | None = None,
    resume: Path | None = None,
    pages: bool = True,
) -> Path:
    """Compare the arms and write everything to a new folder under ``root``; returns the folder, whose STATUS says how it went.

    Nothing is written before the market is drawn and the baseline has a design. ``resume`` is the folder of a run that was broken off, to
    be finished there: what it has lived is not lived again, and the tables are those of an unbroken run. Without ``pages`` there are only
    tables, no report and no hand-over. Raises RunError with one clear line, and lets a market's own complaint about its input pass.
    """
    base = baseline_arm(arms, settings)
    if not resume:
        store.check_root(root)
    started = now()
    with store.held(resume) if resume else nullcontext():
        markets = draw_markets(source, base.world, base.policy, scenario, settings, progress, workplace)
        made = {"fingerprint": fingerprint(markets), **environment()}
        if resume:
            check_same(store.read_json(resume / store.PROVENANCE), made)
        plans = make_plans(markets, arms, settings, progress, workplace)
        if resume:
            with store.helped_by(f"go on with  {_again(resume, settings)}"):
                return _finish(resume, markets, arms, plans, settings, progress, workplace, pages)
        folder = store.make_folder(root, source.label, started)
        with store.held(folder), store.helped_by(f"go on with  {_again(folder, settings)}"):
            provenance = {
                "market": source.label,
                "imported": markets[0].imported,
                "scenario": scenario.label,
                **{name: value for name, value in asdict(settings).items() if name != "config"},
                "config": settings.config,
                "arms": [arm.label for arm in arms],
                "policies": {arm.label: asdict(arm.policy) for arm in arms},
                **made,
                "started": started.isoformat(timespec="seconds"),
                "notes": [*markets[0].notes, *_said_by_planners(plans)],
            }
            store.write_json(folder / store.PROVENANCE, provenance)
            return _finish(folder, markets, arms, plans, settings, progress, workplace, pages)


def _again(folder: Path, settings: Settings) -> str:
    """The command that goes on with a run; where classes come from is not among its own settings."""
    where = [word for word in shlex.split(settings.command) if word.startswith("hydra.searchpath=")]
    return shlex.join(["./run", "compare", f"resume={folder}", *where])


def _said_by_planners(plans: Sequence[tuple[Plan, ...]]) -> list[str]:
    """What the planners of the first draw want a reader to know."""
    among = " (first draw)" if len(plans) > 1 else ""
    return [f"{plan.label}{among}: {plan.note}" for plan in plans[0] if plan.note]


def _finish(
    folder: Path,
    markets: Sequence[Market],
    arms: Sequence[Arm],
    plans: Sequence[tuple[Plan, ...]],
    settings: Settings,
    progress: bool,
    workplace: Workplace | None,
    pages: bool,
) -> Path:
    """Live through what has not been lived, and write the tables and the report."""
    began, status, kept = now(), store.FAILED, Kept.of(folder)
    store.write_status(folder, store.RUNNING)
    try:
        _write_designs(folder, markets[0], arms, plans[0], settings)
        assumed = assumed_of(markets)
        if assumed is not None:
            store.write_table(folder / "parameters.csv", parameters_table(markets))
        tables = live_through(markets, arms, plans, settings, progress, workplace, kept)
        if settings.width_share is not None:
            _write_lived(folder, tables, settings)
        history = any(market.snapshot.has_owners for market in markets)
        status = _write_tables(folder, tables, settings, history, assumed)
        kept.drop()
    except KeyboardInterrupt:
        tell(f"what has been lived is kept; go on with  {_again(folder, settings)}")
        raise
    finally:
        _write_end(folder, began, status)
    if not pages:
        return folder
    try:
        from experiments.handover.pack import write_handover  # matplotlib takes a second
        from experiments.report.page import write_report

        with store.helped_by(f"draw the report with  ./run report {folder}"):
            write_report(folder)
            write_handover(folder)
    except Exception as error:
        why = str(error) if isinstance(error, RunError) else one_line(error)
        raise RunError(f"the tables in {folder} are whole, but the report is not drawn: {why}", exit_code=1) from error
    return folder


def _write_lived(folder: Path, tables: Tables, settings: Settings) -> None:
    """How many futures of each draw were enough, of how many."""
    lived = {"futures": int(tables.runs["future"].nunique()), "futures_most": settings.futures}
    store.write_json(folder / store.PROVENANCE, {**store.read_json(folder / store.PROVENANCE), **lived})


def _write_end(folder: Path, began: datetime, status: str) -> None:
    """When it ended and how; ``elapsed_s`` is that of all sittings."""
    about, finished = store.read_json(folder / store.PROVENANCE), now()
    elapsed_s = about.get("elapsed_s", 0.0) + (finished - began).total_seconds()
    ended = {"finished": finished.isoformat(timespec="seconds"), "elapsed_s": round(elapsed_s, 1)}
    store.write_json(folder / store.PROVENANCE, {**about, **ended})
    store.write_status(folder, status)


def _write_designs(folder: Path, market: Market, arms: Sequence[Arm], plans: Sequence[Plan], settings: Settings) -> None:
    """Who owns what under every arm, in the first market and (where a strategy draws anew in each) the first future."""
    store.make_inside(folder, "designs")
    planners: dict[tuple[int, int, tuple[Change, ...]], Planner] = {}  # most often one: arms share their world and policy
    shown = []
    for arm, plan in zip(arms, plans, strict=True):
        if plan.status == OK:
            snapshot = own_market(arm, market, settings.seed).snapshot
            shown.append((arm.label, snapshot, plan.owner))
            key = (id(arm.world), id(arm.policy), arm.changes)
            if key not in planners:
                planners[key] = Planner.of(planning_problem(snapshot, arm.world, arm.policy, settings.horizon_days))
            design = planners[key].sees(plan.owner)
            store.write_table(folder / "designs" / f"{arm.label}.csv", design_table(planners[key], design))
            store.write_table(folder / "designs" / f"{arm.label}.seats.csv", seat_sheet(planners[key], design))
    store.write_table(folder / "accounts.parquet", accounts_table(market.snapshot, shown))
    store.write_table(folder / "seats_home.csv", homes_table([market.snapshot, *(snapshot for _, snapshot, _ in shown)]))
    columns = ["parameter", "value", "status", "rule", "rows_n"]
    store.write_table(folder / "ledger.csv", pd.DataFrame([asdict(entry) for entry in market.ledger], columns=columns))


def _write_tables(folder: Path, tables: Tables, settings: Settings, history: bool, assumed: Assumed | None) -> str:
    """Write what was measured and what follows from it; returns the word for STATUS."""
    store.write_table(folder / "runs.parquet", tables.runs)
    if not tables.seats.empty:
        store.write_table(folder / "seats.parquet", tables.seats)
        store.write_table(folder / "seat_outlook.csv", seat_outlook_table(tables.seats))
    base = tables.runs[tables.runs["arm"] == settings.baseline]
    if not (base["status"] == OK).any():
        why = base["error"].iloc[0]
        raise RunError(f"baseline: {settings.baseline} failed in all futures ({why}); see {folder / 'runs.parquet'}", exit_code=1)
    comparison = compare_arms(tables.runs, settings, assumed)
    store.write_table(folder / "summary.csv", summary_table(tables.runs, comparison, history))
    store.write_table(folder / "pairwise.csv", pairwise_table(comparison))
    return store.PARTIAL if (tables.runs["status"] == FAILED).any() else store.COMPLETE
