"""The worked example of the docs: one account's life and one desk's quarter, drawn from the event log of one future.

python -m experiments.example docs/figures --seed 7
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from experiments import lab
from experiments.figures import style
from experiments.figures.event_log import account_life, desk_quarter
from sim.market import planning_problem
from sim.record import LOST, Record
from strategies.optimized import Optimized


def telling_account(record: Record, accounts_n: int) -> int:
    """The account whose log shows most: wins and losses, several people, leads, renewals, moves; of equals the first."""
    events = record.events
    shown = np.zeros(accounts_n)
    for rows, weight in (
        (record.account[record.won], 2.0),
        (record.account[record.outcome == LOST], 1.0),
        (events.moves.account, 3.0),
        (events.leads.account, 1.0),
        (events.renewals.account, 1.0),
    ):
        shown += weight * np.minimum(np.bincount(rows, minlength=accounts_n), 2)
    if record.person is not None:
        changed = np.unique(record.account[record.person > record.person[0]])
        shown[changed] += 1.0
    return int(np.argmax(shown))


def main(words: Sequence[str] | None = None) -> None:
    """Simulate one future of the default market under the optimised design, and draw both figures into the folder."""
    parser = argparse.ArgumentParser(description="Draw the worked example from the event log.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--seat", type=int, default=0)
    options = parser.parse_args(words)
    try:
        options.folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        parser.error(f"{options.folder}: the folder cannot be made ({error.strerror})")
    market = lab.market("saas", seed=options.seed)
    design = lab.assign(market, Optimized(), seed=options.seed)
    record = lab.simulate(market, design, future=0, seed=options.seed)
    problem = planning_problem(market.snapshot, lab.default_world(), lab.default_policy(), record.horizon_days)
    capacity_h = float(market.snapshot.seats.capacity_h_per_week[options.seat])
    figures = {
        "account_life": account_life(record, problem, telling_account(record, len(problem.accounts))),
        "desk_quarter": desk_quarter(record, problem, options.seat, 2, capacity_h),
    }
    for name, figure in figures.items():
        (options.folder / f"{name}.png").write_bytes(style.png(figure))


if __name__ == "__main__":
    main()
