"""Ten and a hundred times the default market: cost per event, and memory of a fresh process.

python -m benchmarks.growth [repetitions]
"""

from __future__ import annotations

import json
import sys
import time

import numpy as np

from benchmarks.contest import counting, fresh, measured_on, peak_rss_mib, spread, table
from experiments import lab
from experiments.running.arms import Settings
from experiments.running.configuration import load
from sim.futures import draw_future
from sim.simulate import simulate

SEED = 7
REPETITIONS_N = 7
ACCOUNTS_PER_SEAT_N = 150
FUTURES_N = 3
SMALL, LARGE, LARGEST = 20, 200, 2000  # seats


def main(repetitions_n: int = REPETITIONS_N) -> None:
    """Print the table. Small and large take turns, each in processes of their own; the largest runs once."""
    runs: dict[int, list[dict[str, float]]] = {SMALL: [], LARGE: [], LARGEST: []}
    for _ in range(repetitions_n):
        for seats_n in (SMALL, LARGE):
            runs[seats_n].append(fresh("benchmarks.growth", "one", str(seats_n)))
    runs[LARGEST].append(fresh("benchmarks.growth", "one", str(LARGEST)))
    cost_us = {n: np.array([1e6 * run["simulate_s"] / run["events_n"] for run in own]) for n, own in runs.items()}
    rows = []
    for n, own in runs.items():
        over = "" if n == SMALL else str(spread(cost_us[n] / cost_us[SMALL][: len(own)]))
        simulate_s, draw_s, rss_mib = (spread(np.array([run[key] for run in own])) for key in ("simulate_s", "draw_s", "rss_mib"))
        events_n = f"{round(own[0]['events_n']):,}"
        size = f"{n:,} × {n * ACCOUNTS_PER_SEAT_N:,}"
        rows.append((size, events_n, simulate_s, spread(cost_us[n]), over, draw_s, f"{rss_mib.high:.0f}"))
    head = ("seats × accounts", "events", "simulate, s", "µs per event", f"/ {SMALL} seats", "draw the market, s", "peak RSS, MiB")
    print(table(head, rows))
    print(f"\n{repetitions_n} processes each (the largest: 1), seed {SEED}, processor seconds, median and range; {measured_on()}")


def one(seats_n: int) -> dict[str, float]:
    """Draw a market of this size and live through some futures of it: processor seconds, events, and the most memory all that took."""
    world, policy = lab.default_world(), lab.default_policy()
    source = load("market", "saas", seats_n=seats_n, accounts_n=seats_n * ACCOUNTS_PER_SEAT_N)
    start_s = time.process_time()
    market = source.draw(SEED, 0, world, policy)
    draw_s = time.process_time() - start_s
    lived_s = []
    for index in range(FUTURES_N):
        start_s = time.process_time()
        simulate(market, market.snapshot.owner, draw_future(SEED, 0, index), world, policy, Settings().horizon_days)
        lived_s.append(time.process_time() - start_s)
    rss_mib = peak_rss_mib()
    with counting() as count:
        simulate(market, market.snapshot.owner, draw_future(SEED, 0, 0), world, policy, Settings().horizon_days)
    return {"draw_s": draw_s, "simulate_s": float(np.median(lived_s)), "events_n": count.events, "rss_mib": rss_mib}


if __name__ == "__main__":
    if sys.argv[1:2] == ["one"]:
        print(json.dumps(one(int(sys.argv[2]))))
    else:
        main(*map(int, sys.argv[1:]))
