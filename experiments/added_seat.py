"""What is one more seat worth? The same strategy with and without it, in the same futures.

    python -m experiments.added_seat market=saas [OPTION=VALUE ...] [--strategy optimized] [--beside SEAT] [--start-day 0]

The hire starts on a day, ramps, and is nobody in particular: of average talent, with the team, role, skills, home and hours of the seat
beside which it sits. It has no quota, and those of the others stay as they were set without it.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import pandas as pd

from experiments.changes.team import NEW_SEAT, AddSeats
from experiments.comparison import draw_markets, live_through, make_plans
from experiments.findings.money import money_table, payback_in_words, rates_in_words, usd_in_words
from experiments.running.arms import Arm, Settings
from experiments.running.configuration import requested
from experiments.running.errors import RunError
from experiments.running.mistakes import MISTAKES, tell
from sim.market import Market

WITHOUT, WITH = "without", "with"


@dataclass(frozen=True)
class AddedSeat:
    """The difference that the seat makes over the horizon: means over the futures, usd.

    ``contribution_usd`` with its 95 % interval; ``bookings_usd`` of the team, and ``own_bookings_usd`` of the seat itself, part of which
    others would have booked; ``payback_quarter`` with its range, and ``paid_back_share``, as in
    :func:`experiments.findings.money.money_table`.
    """

    contribution_usd: float
    low_usd: float
    high_usd: float
    bookings_usd: float
    own_bookings_usd: float
    payback_quarter: float
    payback_low_quarter: float
    payback_high_quarter: float
    paid_back_share: float


def added_seat(markets: Sequence[Market], arm: Arm, settings: Settings, start_day: float = 0.0, beside: str = "") -> AddedSeat:
    """Let the arm carve and live through every market as it is, and with one more seat. Raises RunError if it cannot plan."""
    settings, change = replace(settings, baseline=arm.label), AddSeats(1, start_day, beside)
    runs, own_usd = [], 0.0
    for label, drawn in ((WITHOUT, markets), (WITH, [_with_seat(market, change, settings.seed) for market in markets])):
        lived = live_through(drawn, [arm], make_plans(drawn, [arm], settings), settings)
        failed = lived.runs[lived.runs["error"] != ""]
        if len(failed):
            raise RunError(f"{arm.label}: failed {label} the seat ({failed['error'].iloc[0]})", exit_code=1)
        runs.append(lived.runs.assign(arm=label))
        new = lived.seats[lived.seats["seat"] == NEW_SEAT]
        own_usd += float(new["bookings_usd"].sum()) / len(lived.runs)
    worth = money_table(pd.concat(runs), WITHOUT).set_index("arm").to_dict("index")[WITH]
    booked_usd = [float(table["bookings_usd"].mean()) for table in runs]
    return AddedSeat(
        contribution_usd=worth["contribution_lift_usd"],
        low_usd=worth["contribution_low_usd"],
        high_usd=worth["contribution_high_usd"],
        bookings_usd=booked_usd[1] - booked_usd[0],
        own_bookings_usd=own_usd,
        **{name: worth[name] for name in ("payback_quarter", "payback_low_quarter", "payback_high_quarter", "paid_back_share")},
    )


def _with_seat(market: Market, change: AddSeats, seed: int) -> Market:
    try:
        return change.on(market, seed)
    except ValueError as error:
        raise RunError(f"--beside: {error}") from error


def in_words(worth: AddedSeat, quarters: int, rates: str) -> str:
    """What the terminal says."""
    payback = payback_in_words(worth.payback_quarter, worth.payback_low_quarter, worth.payback_high_quarter, quarters) or "changes nothing"
    own = usd_in_words(worth.own_bookings_usd).removeprefix("+")
    return "\n".join(
        [
            f"one more seat contributes usd {usd_in_words(worth.contribution_usd)} in {quarters} quarters"
            f" [{usd_in_words(worth.low_usd)}, {usd_in_words(worth.high_usd)}], {payback}",
            f"the team books usd {usd_in_words(worth.bookings_usd)}, the seat itself {own}",
            f"in {100 * worth.paid_back_share:.0f} % of single futures it has paid for itself at the end",
            f"rates   {rates}",
        ]
    )


def main(words: Sequence[str] | None = None, say: Callable[[str], object] = sys.stdout.write) -> int:
    """Draw the market, add the seat, live through the futures, and print what it is worth; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m experiments.added_seat", description="What is one more seat worth?")
    parser.add_argument("overrides", nargs="*", metavar="OPTION=VALUE", help="as in ./run compare")
    parser.add_argument("--strategy", default="optimized", help="who carves, with and without the seat: a choice of conf/strategies")
    parser.add_argument("--beside", default="", metavar="SEAT", help="whose home, team and skills the hire has (default: the richest book)")
    parser.add_argument("--start-day", type=float, default=0.0, help="when the hire starts, days after roll-out (default: 0)")
    options = parser.parse_args(words)
    overrides = [f"strategies=[{options.strategy}]", f"baseline={options.strategy}", *options.overrides]
    try:
        asked = requested(overrides)
        arm, settings = asked.arms[0], asked.settings
        markets = draw_markets(asked.source, arm.world, arm.policy, asked.scenario, settings, show=True)
        worth = added_seat(markets, arm, settings, options.start_day, options.beside)
    except MISTAKES as error:
        return tell(error, overrides)
    say(in_words(worth, settings.quarters, rates_in_words(settings.config)) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
