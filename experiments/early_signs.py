"""Which early signs say that a team should grow, or shrink? Seats are added and closed in markets that are more and less crowded.

    python -m experiments.early_signs [MARKET] [OPTION=VALUE ...] [--accounts 0.5 1 1.5 2 --draws 4 --futures 6 --seed 7 --out FILE]

Every market draw is lived as it is, with one seat more and with one less (scenario=expand_or_contract), at several numbers of accounts.
What a manager could read off after two quarters is then ranked against what the seat has contributed at the end. The table goes to FILE,
from which ``python -m experiments.scenario_answers --write`` takes its sentence.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from experiments.comparison import baseline_arm, draw_markets, live_through, make_plans
from experiments.findings.early_signs import contributions_table, in_words, signs_table
from experiments.running import store
from experiments.running.errors import RunError
from experiments.running.mistakes import MISTAKES, tell
from experiments.scenario_answers import EARLY_SIGNS, EXPAND, asked


def measure(market: str, accounts_n: int, options: Sequence[str]) -> pd.DataFrame:
    """One row a draw of the market with so many accounts: signs and contributions."""
    asking = asked(EXPAND, (f"market={market}", f"market.accounts_n={accounts_n}", *options))
    settings = asking.settings
    base = baseline_arm(asking.arms, settings)
    markets = draw_markets(asking.source, base.world, base.policy, asking.scenario, settings, show=True)
    lived = live_through(markets, asking.arms, make_plans(markets, asking.arms, settings, show=True), settings, show=True)
    if failed := [error for error in lived.runs["error"] if error]:
        raise RunError(f"{EXPAND}: {failed[0]}", exit_code=1)
    about: dict[str, Any] = {"market": market, "accounts_n": accounts_n, "seats_n": len(markets[0].snapshot.seats)}
    return signs_table(lived.seats).join(contributions_table(lived.runs)).reset_index().assign(**about)


def main(words: Sequence[str] | None = None, say: Callable[[str], object] = sys.stdout.write) -> int:
    """Live through all markets, write the table, say what was found; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m experiments.early_signs", description="Which early signs say grow or shrink?")
    parser.add_argument("words", nargs="*", metavar="MARKET or OPTION=VALUE", help="a synthetic market, and options of ./run compare")
    parser.add_argument("--accounts", type=float, nargs="+", default=[0.5, 1.0, 1.5, 2.0], help="times the market's own number of accounts")
    for name, default in (("draws", 4), ("futures", 6), ("seed", 7)):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--out", type=Path, default=Path("results/published/scenarios") / EARLY_SIGNS)
    given = parser.parse_intermixed_args(words)
    market, named = next((w for w in given.words if "=" not in w), "startup"), [w for w in given.words if "=" in w]
    options = [*(f"{name}={getattr(given, name)}" for name in ("draws", "futures", "seed")), *named]
    try:
        store.check_root(given.out.parent)
        own_n = getattr(asked(EXPAND, (f"market={market}",)).source, "accounts_n", None)
        if own_n is None:
            raise RunError(f"market: {market} has the accounts that it has; name a synthetic one")
        tables = [measure(market, max(1, round(times * own_n)), options) for times in given.accounts]
    except MISTAKES as error:
        return tell(error, options)
    table = pd.concat(tables, ignore_index=True)
    given.out.parent.mkdir(parents=True, exist_ok=True)
    store.write_table(given.out, table)
    say(f"{in_words(table)}\n\n{table.to_string(index=False, float_format='{:.4g}'.format)}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
