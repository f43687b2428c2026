"""What keyed luck and the control variate take off the variance of a lift in bookings, for each design against today's territories.

python -m benchmarks.variance [futures]

The variance with independent seeds is the sum of both arms' variances; with keyed luck it is that of the difference within a future; with
the control variate that of the difference after each arm's luck was subtracted. A ratio's interval is the 2.5 to 97.5 % range over
bootstrap resamples of the futures.
"""

from __future__ import annotations

import sys

import numpy as np

from benchmarks.contest import measured_on, table
from experiments import lab
from experiments.running.arms import Arm, Settings
from experiments.running.configuration import load
from experiments.running.plans import OK, make_plan
from sim.futures import draw_future
from sim.market import Market
from sim.metrics import control_variate_usd
from sim.planning import Strategy
from sim.simulate import simulate
from sim.snapshot import FloatArray
from sim.streams import Stream, generator
from strategies.equal_count import EqualCount
from strategies.geographic import Geographic
from strategies.greedy_balance import GreedyBalance
from strategies.gut_feel import GutFeel
from strategies.optimized import Optimized
from strategies.random_draw import Random
from strategies.status_quo import StatusQuo

SEED = 7
FUTURES_N = 200
RESAMPLES_N = 2000
SIZES = ((7, 1000), (20, 3000))  # seats, accounts
STRATEGIES: dict[str, Strategy] = {
    "status_quo": StatusQuo(),
    "optimized": Optimized(),
    "gut_feel": GutFeel(),
    "greedy_balance": GreedyBalance(),
    "equal_count": EqualCount(),
    "geographic": Geographic(),
    "random": Random(),
}


def main(futures_n: int = FUTURES_N) -> None:
    """Print the table."""
    rows = []
    for seats_n, accounts_n in SIZES:
        world, policy = lab.default_world(), lab.default_policy()
        market = load("market", "saas", seats_n=seats_n, accounts_n=accounts_n).draw(SEED, 0, world, policy)
        bookings, luck = lived(market, futures_n)
        for k, label in enumerate(STRATEGIES):
            if k:
                keyed, controlled = factors(bookings[:, [0, k]], luck[:, [0, k]])
                rows.append((f"{accounts_n:,} × {seats_n}", label, keyed, controlled))
    print(table(("accounts × seats", "design", "keyed numbers", "and the control variate"), rows))
    print(f"\nvariance with independent seeds / variance; {futures_n} futures, seed {SEED}, 95 % bootstrap; {measured_on()}")


def lived(market: Market, futures_n: int) -> tuple[FloatArray, FloatArray]:
    """Bookings and their control variates, usd (futures, designs); every design is drawn once and then held."""
    world, policy, days = lab.default_world(), lab.default_policy(), Settings().horizon_days
    plans = [make_plan(SEED, days, 0, (Arm(label, strategy, policy, world), market)) for label, strategy in STRATEGIES.items()]
    if failed := [f"{plan.label}: {plan.error}" for plan in plans if plan.status != OK]:
        raise RuntimeError(f"there is no design by {', '.join(failed)}")
    bookings, luck = np.zeros((futures_n, len(plans))), np.zeros((futures_n, len(plans)))
    for f in range(futures_n):
        future = draw_future(SEED, market.draw, f)
        for d, plan in enumerate(plans):
            record = simulate(market, plan.owner, future, world, policy, days)
            bookings[f, d], luck[f, d] = record.amount_usd.sum(), control_variate_usd(record)
    return bookings, luck


def factors(bookings: FloatArray, luck: FloatArray) -> tuple[str, str]:
    """How many times less a lift varies than with independent seeds, by keyed luck alone and with the control variate, with intervals.

    Both arrays have shape (futures, 2): the baseline, and the arm whose lift it is.
    """
    resamples = generator(SEED, Stream.STATISTICS).integers(len(bookings), size=(RESAMPLES_N, len(bookings)))
    whole = np.arange(len(bookings))[None]
    texts = []
    for usd in (bookings, bookings - luck):
        point = ratio(bookings[whole], usd[whole])[0]
        low, high = np.quantile(ratio(bookings[resamples], usd[resamples]), [0.025, 0.975])
        texts.append(f"{point:.1f} [{low:.1f}, {high:.1f}]")
    return texts[0], texts[1]


def ratio(independent: FloatArray, paired: FloatArray) -> FloatArray:
    """Sum of both arms' variances / variance of their difference (resamples,); both arrays have shape (resamples, futures, 2)."""
    apart = independent.var(axis=1, ddof=1).sum(axis=1)
    together: FloatArray = (paired[..., 1] - paired[..., 0]).var(axis=1, ddof=1)
    return np.asarray(apart / together)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
