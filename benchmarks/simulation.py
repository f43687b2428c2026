"""One future of the default market: the engine, the model as most people would write it, and a bare SimPy kernel.

python -m benchmarks.simulation [repetitions]
"""

from __future__ import annotations

import sys
from typing import Any

from benchmarks import kernel, straightforward
from benchmarks.contest import Count, counting, measured_on, spread, table, take_turns
from experiments import lab
from experiments.running.arms import Settings
from sim.futures import draw_future
from sim.simulate import simulate
from sim.streams import Stream, generator

SEED = 7
REPETITIONS_N = 15


def main(repetitions_n: int = REPETITIONS_N, **changes: Any) -> None:
    """Print the table; ``changes`` are of the market."""
    market, world, policy = lab.market("saas", seed=SEED, **changes), lab.default_world(), lab.default_policy()
    owner, days, seats_n = market.snapshot.owner, Settings().horizon_days, len(market.snapshot.seats)

    def engine(future: int) -> object:
        return simulate(market, owner, draw_future(SEED, market.draw, future), world, policy, days)

    def plain(future: int) -> object:
        return straightforward.simulate(market, owner, generator(SEED, Stream.FUTURE, market.draw, future), world, policy, days)

    with counting() as own:
        engine(0)
    with counting() as staged:
        plain(0)
    delays = generator(SEED, Stream.STATISTICS).uniform(1.0, days / 10, max(own.timeouts, staged.timeouts)).tolist()
    seconds = take_turns(
        {
            "engine": engine,
            "straightforward model": plain,
            "kernel, the engine's timeouts": lambda _: kernel.run(delays[: own.timeouts], seats_n),
            "kernel, the straightforward model's timeouts": lambda _: kernel.run(delays[: staged.timeouts], seats_n),
        },
        repetitions_n,
    )
    counts = {"engine": own, "straightforward model": staged}
    rows = []
    for name, measured in seconds.items():
        count = counts.get(name, Count(timeouts=own.timeouts if "engine" in name else staged.timeouts))
        over, under = (measured, seconds["engine"]) if "model" in name and name in counts else (seconds["engine"], measured)
        ratio = "" if name == "engine" else f"{'model / engine' if name in counts else 'engine / kernel'} {spread(over / under)}"
        rows.append((name, f"{count.timeouts:,}", f"{count.events:,}" if count.events else "", spread(1e3 * measured), ratio))
    print(table(("contestant", "timeouts", "events", "processor ms", "ratio"), rows))
    print(f"\n{repetitions_n} futures each, seed {SEED}, median and range; {measured_on()}")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
