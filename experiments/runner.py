"""One paired comparison with its folder: market, designs, futures, tables, report. Whatever fails on the way is told in one line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import pandas as pd

from experiments.designs.evidence import Planner
from experiments.designs.seat_sheets import seat_sheet
from experiments.designs.tables import accounts_table, design_table, homes_table
from experiments.findings.assumptions import Assumed
from experiments.findings.summary import assumed_of, compare_arms, pairwise_table, parameters_table, seat_outlook_table, summary_table
from experiments.running import store
from experiments.running.arms import Arm, Change, Settings, changed
from experiments.running.comparison import Tables, baseline_arm, draw_markets, live_through, make_plans
from experiments.running.errors import RunError, one_line
from experiments.running.plans import FAILED, OK, Plan
from experiments.running.provenance import environment, now
from experiments.running.scenario import Scenario
from sim.market import Market, MarketSource, planning_problem


def run_comparison(
    source: MarketSource, arms: Sequence[Arm], scenario: Scenario, settings: Settings, root: Path, progress: bool = True
) -> Path:
    """Compare the arms and write everything to a new folder under ``root``; returns the folder, whose STATUS says how it went.

    Nothing is written before the market is drawn and the baseline has a design. Raises RunError with one clear line, and lets a market's
    own complaint about its input pass.
    """
    base = baseline_arm(arms, settings)
    store.check_root(root)
    started = now()
    markets = draw_markets(source, base.world, base.policy, scenario, settings, progress)
    plans = make_plans(markets, arms, settings, progress)
    folder = store.make_folder(root, source.label, started)
    provenance = {
        "market": source.label,
        "imported": markets[0].imported,
        "scenario": scenario.label,
        **{name: value for name, value in asdict(settings).items() if name != "config"},
        "config": settings.config,
        "arms": [arm.label for arm in arms],
        "policies": {arm.label: asdict(arm.policy) for arm in arms},
        **environment(),
        "started": started.isoformat(timespec="seconds"),
        "notes": list(markets[0].notes),
    }
    store.write_json(folder / store.PROVENANCE, provenance)
    store.write_status(folder, store.RUNNING)
    status = store.FAILED
    try:
        _write_designs(folder, markets[0], arms, plans[0], settings)
        assumed = assumed_of(markets)
        if assumed is not None:
            store.write_table(folder / "parameters.csv", parameters_table(markets))
        tables = live_through(markets, arms, plans, settings, progress)
        history = any(market.snapshot.has_owners for market in markets)
        status = _write_tables(folder, tables, settings, history, assumed)
    finally:
        finished = now()
        elapsed_s = round((finished - started).total_seconds(), 1)
        store.write_json(
            folder / store.PROVENANCE, {**provenance, "finished": finished.isoformat(timespec="seconds"), "elapsed_s": elapsed_s}
        )
        store.write_status(folder, status)
    try:
        from experiments.handover.pack import write_handover  # matplotlib takes a second
        from experiments.report.page import write_report

        write_report(folder)
        write_handover(folder)
    except Exception as error:
        raise RunError(f"the tables in {folder} are whole, but the report is not drawn: {one_line(error)}", exit_code=1) from error
    return folder


def _write_designs(folder: Path, market: Market, arms: Sequence[Arm], plans: Sequence[Plan], settings: Settings) -> None:
    """Who owns what under every arm, in the first market and (where a strategy draws anew in each) the first future."""
    (folder / "designs").mkdir()
    planners: dict[tuple[int, int, tuple[Change, ...]], Planner] = {}  # most often one: arms share their world and policy
    shown = []
    for arm, plan in zip(arms, plans, strict=True):
        if plan.status == OK:
            snapshot = changed(market, arm.changes, settings.seed).snapshot
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
