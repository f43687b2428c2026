"""What does evenness cost, and what disruption? The optimised design at a grid of prices of both, predicted and lived through.

    python -m experiments.trade_off saas [OPTION=VALUE ...] [--futures 20 --draws 1 --workers 2 --seed 7 --out DIR]

Options are those of ./run compare. With ``--futures 0`` nothing is simulated, and the planner's own forecast stands in for the lift. Each
row of trade_off.csv names the ``words`` that put its design into a comparison: ./run compare '+strategies.point_3={...}'.

Balance is judged along one line that is chosen beforehand: the designs at the optimiser's own price of disruption, against the one of them
that pays nothing for evenness, in the same futures.
"""

from __future__ import annotations

import argparse
import json
import shlex
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pandas as pd

from experiments.comparison import draw_markets, live_through, make_plans
from experiments.findings.money import money_table, usd_in_words
from experiments.findings.summary import compare_arms
from experiments.running import store
from experiments.running.arms import Arm, Settings
from experiments.running.configuration import requested
from experiments.running.errors import RunError
from experiments.running.mistakes import MISTAKES, tell
from experiments.running.plans import OK, Plan
from sim.market import Market, planning_problem
from sim.planning import Strategy
from strategies.greedy_balance import GreedyBalance
from strategies.optimized import Optimized
from strategies.status_quo import StatusQuo
from strategies.trade_off import TODAY, on_front, points, weightings

BALANCE_ALONE = "greedy_balance"
SHARES = ("lift_share", "low_share", "high_share")
CONTRIBUTIONS = ("contribution_lift_usd", "contribution_low_usd", "contribution_high_usd")
REFERENCES: Mapping[str, Strategy] = {TODAY: StatusQuo(), BALANCE_ALONE: GreedyBalance()}


def trade_off_table(
    markets: Sequence[Market], arm: Arm, settings: Settings, grid: Mapping[str, Optimized] | None = None, *, simulate: bool = True
) -> pd.DataFrame:
    """One row a design: today's, balance alone, and every point of the ``grid`` (default: :func:`strategies.trade_off.weightings`).

    ``predicted_lift_share`` is the planner's forecast over today's; ``imbalance``, ``moved_n`` and ``moved_share`` are means over the
    market draws, and ``on_front`` is that of these means. With ``simulate`` the lift and the contribution over today's, with intervals that
    hold for all rows at once, and, for the points of the line, ``even_*``: the same over the one of them that pays nothing for evenness.
    ``arm`` lends policy and world. Raises RunError where today's owners, or the optimiser, have no design.
    """
    grid = weightings() if grid is None else grid
    strategies: dict[str, Strategy] = {**REFERENCES, **grid}
    arms = [replace(arm, label=label, strategy=each) for label, each in strategies.items()]
    settings = replace(settings, baseline=TODAY)
    if not all(market.snapshot.has_owners for market in markets):
        raise RunError(
            "trade_off: nobody owns anything in this market, and the curve starts from today's owners; name a market that has some"
        )
    plans = make_plans(markets, arms, settings, show=True)
    table = _predicted(markets, arm, plans, settings).assign(
        imbalance_weight=[getattr(each, "imbalance_weight", np.nan) for each in strategies.values()],
        disruption_loss_share=[getattr(each, "disruption_loss_share", np.nan) for each in strategies.values()],
        words=[words_of(label, each) for label, each in strategies.items()],
    )
    if not simulate:
        return table
    runs = live_through(markets, arms, plans, settings, show=True).runs
    for failed in runs.loc[runs["status"] != OK, ["arm", "error"]].itertuples():
        raise RunError(f"{failed.arm}: failed ({failed.error})", exit_code=1)
    booked = runs.groupby("arm")["bookings_usd"].mean()
    table = table.assign(bookings_usd=table["point"].map(booked)).merge(_lifts(runs, settings), on="point")
    line = line_of(table)
    along = runs[runs["arm"].isin([*line["point"], BALANCE_ALONE])]
    even = _lifts(along, replace(settings, baseline=line["point"].iloc[0])).add_prefix("even_").rename(columns={"even_point": "point"})
    return table.merge(even, on="point", how="left")


def line_of(table: pd.DataFrame) -> pd.DataFrame:
    """The points at the optimiser's own price of disruption (the nearest one there is), the cheapest price of evenness first."""
    losses = table["disruption_loss_share"]
    own = losses.iloc[(losses - Optimized().disruption_loss_share).abs().argmin()]
    line: pd.DataFrame = table[losses == own]
    return line.sort_values("imbalance_weight", kind="stable")


def words_of(label: str, strategy: Strategy) -> str:
    """What to type after ./run compare to have the design of a point among the strategies; "" for those that have a name there."""
    if label in REFERENCES or not isinstance(strategy, Optimized):
        return ""
    path = f"{type(strategy).__module__}.{type(strategy).__qualname__}"
    values, usual = asdict(strategy), asdict(Optimized())
    own = [name for name in values if name in ("imbalance_weight", "disruption_loss_share") or values[name] != usual[name]]
    given = ", ".join(f"{name}: {json.dumps(values[name])}" for name in own)
    return shlex.quote(f"+strategies.{label}={{_target_: {path}, {given}}}")


def worth_in_words(table: pd.DataFrame) -> str:
    """What evenness contributes on top of value, and what balance alone would; against the point that pays nothing for evenness."""
    rows = table.set_index("point").to_dict("index")
    parts = []
    for point, name in ((line_of(table)["point"].iloc[-1], "territories as even as can be"), (BALANCE_ALONE, "balance and nothing else")):
        row = rows[point]
        share, usd = ([float(row[f"even_{key}"]) for key in keys] for keys in (SHARES, CONTRIBUTIONS))
        booked = f"books {100 * share[0]:+.1f} % [{100 * share[1]:+.1f}, {100 * share[2]:+.1f}]".replace("-", "−")
        contributed, low, high = (usd_in_words(amount) for amount in usd)
        parts.append(f"{name}: {booked}, contributes usd {contributed} [{low}, {high}]")
    return "against territories for which evenness has no price\n  " + "\n  ".join(parts)


def _predicted(markets: Sequence[Market], arm: Arm, plans: Sequence[Sequence[Plan]], settings: Settings) -> pd.DataFrame:
    rows = []
    for market, planned in zip(markets, plans, strict=True):
        for plan in planned:
            if plan.status != OK:
                raise RunError(f"{plan.label}: no design ({plan.error})", exit_code=1)
        problem = planning_problem(market.snapshot, arm.world, arm.policy, settings.horizon_days)
        found = points(problem, {plan.label: plan.owner for plan in planned})
        rows += [{"point": label, **asdict(point)} for label, point in found.items()]
    table = pd.DataFrame(rows).groupby("point", sort=False).mean().rename(columns={"value_usd": "predicted_usd"}).reset_index()
    today = float(table.loc[table["point"] == TODAY, "predicted_usd"].iloc[0])
    front = on_front(*(table[name].to_numpy(dtype=np.float64) for name in ("predicted_usd", "imbalance", "moved_share")))
    return table.assign(on_front=front, predicted_lift_share=table["predicted_usd"] / today - 1 if today > 0 else np.nan)


def _lifts(runs: pd.DataFrame, settings: Settings) -> pd.DataFrame:
    """Lift in bookings and contribution of every arm in ``runs`` over the baseline, with simultaneous 95 % intervals."""
    lifts = pd.DataFrame(
        [
            {
                "point": each.arm,
                "lift_share": each.decided.share,
                "low_share": each.decided.low_share,
                "high_share": each.decided.high_share,
            }
            | {"verdict": each.verdict}
            for each in compare_arms(runs, settings).lifts
        ]
    )
    worth = money_table(runs, settings.baseline).rename(columns={"arm": "point"})
    return lifts.merge(worth[["point", *CONTRIBUTIONS]], on="point")


def main(words: Sequence[str] | None = None, say: Callable[[str], object] = sys.stdout.write) -> int:
    """Draw the market, plan and live through the grid, write table and figure, say what was found; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m experiments.trade_off", description="What does evenness cost, and what disruption?")
    parser.add_argument("words", nargs="*", metavar="MARKET or OPTION=VALUE", help="a choice of conf/market, and options of ./run compare")
    for name, default in (("futures", 20), ("draws", 1), ("workers", 2), ("seed", 7)):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--out", type=Path, default=Path("results/trade_off"), help="where trade_off.csv and its figure are written")
    given = parser.parse_intermixed_args(words)
    market, named = [word for word in given.words if "=" not in word] or ["saas"], [word for word in given.words if "=" in word]
    options = [f"{name}={getattr(given, name)}" for name in ("draws", "workers", "seed")]
    overrides = [f"market={market[0]}", *options, f"futures={given.futures or 1}", "strategies=[status_quo]", *named]
    try:
        if any(word.lstrip("+").startswith("strategies=") for word in named):
            raise RunError("strategies: the curve is that of optimized at every pair of prices; leave the option out")
        if len(market) > 1:
            raise RunError(f"market: one at a time; {' and '.join(market)} were named")
        asked = requested(overrides)
        store.check_root(given.out)
        arm = asked.arms[0]
        markets = draw_markets(asked.source, arm.world, arm.policy, asked.scenario, asked.settings, show=True)
        table = trade_off_table(markets, arm, asked.settings, simulate=given.futures > 0)
    except MISTAKES as error:
        return tell(error, overrides)
    settings = asked.settings
    most = "at most " if settings.width_share is not None else ""
    lived = f"{most}{settings.futures} futures of {settings.quarters} quarters" if given.futures else "not simulated"
    drawn = f"{settings.draws} market draws" if settings.draws > 1 else "one market drawn"
    size = f"{len(markets[0].snapshot.accounts):,} accounts, {len(markets[0].snapshot.seats):,} seats"
    said = write(table, given.out, f"{asked.source.label} · {size} · {lived} · {drawn} · seed {settings.seed}")
    example = line_of(table)["words"].iloc[-1]
    say(f"{said}\n\nput one of them into a comparison   ./run compare {shlex.join(overrides[:1] + named)} {example}\n")
    return 0


def write(table: pd.DataFrame, folder: Path, about: str) -> str:
    """Write table and figure to ``folder``; returns what the terminal says. ``about``: what was measured, in a line."""
    from experiments.figures import style, trade_off  # matplotlib takes a second

    folder.mkdir(parents=True, exist_ok=True)
    store.write_table(folder / "trade_off.csv", table)
    figure = trade_off.draw(table, line_of(table), about)
    store.write_text(folder / "trade_off.svg", style.svg(figure, "trade_off"))
    (folder / "trade_off.png").write_bytes(style.png(figure))
    shown = ["point", "imbalance_weight", "disruption_loss_share", "predicted_lift_share", "imbalance", "moved_share", "on_front"]
    shown += ["lift_share", "low_share", "high_share", "contribution_lift_usd", "even_lift_share"] if "lift_share" in table else []
    numbers = table[shown].to_string(index=False, float_format="{:.4g}".format)
    found = [trade_off.finding(table, line_of(table)), *([worth_in_words(table)] if "lift_share" in table else [])]
    return "\n\n".join([about, *found, numbers, f"files   {folder}"])


if __name__ == "__main__":
    sys.exit(main())
