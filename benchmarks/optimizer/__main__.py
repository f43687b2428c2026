"""Run contestants on problems, keep what was measured, and print the tables.

python -m benchmarks.optimizer                                   everything, some hour and a quarter
python -m benchmarks.optimizer --sizes 300x5 --recipes           a part: no recipes here
python -m benchmarks.optimizer --out FILE --page docs/optimizer.md
python -m benchmarks.optimizer --table FILE                      the tables of what was measured before
"""

from __future__ import annotations

import argparse
import json
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, replace
from importlib.metadata import version
from pathlib import Path

from benchmarks.contest import fresh
from benchmarks.optimizer.instances import TERRITORY, Problem
from benchmarks.optimizer.one import patience_s
from benchmarks.optimizer.records import (
    CARVERS,
    CONTESTANTS,
    LONGEST_FIRST,
    OPTIMIZER,
    RELAXATION,
    SOLVERS,
    Record,
    append,
    contradictions,
    read,
)
from benchmarks.optimizer.tables import RECIPE_GAPS, RECIPE_LIMIT_S, RECIPE_SIZES, TERRITORY_TARGETS, page, replace_tables
from experiments.running.provenance import environment

SEEDS_N = {100_000: 2, 300_000: 2}  # 5 below: the whole is to take half an hour
RIVALS_LIMIT_S = {300: 20.0, 3_000: 60.0}  # accounts: on the first seed; larger ones have no rival that finishes
CLUSTERED_ACCOUNTS_N = 20_000  # k-means looks at all pairs of account and seat
SLOW_SIZE, SLOW_LIMIT_S = (20_000, 100), 138.0
WARM_UP_LIMIT_S = 90.0  # both are proven optimal long before, once all is compiled
VERSIONS_OF = ("numpy", "scipy", "numba", "ortools", "k-means-constrained")

Run = tuple[Problem, str, float]


def main(words: list[str]) -> int:
    """Exit code: 1 if a bound contradicts a plan."""
    given = arguments().parse_args(words)
    if given.table:
        records = read(given.table)
    else:
        out = given.out or Path(tempfile.mkstemp(suffix=".jsonl", prefix="optimizer-")[1])
        print(f"every measurement is kept in {out}", file=sys.stderr)
        warm_up()
        for run in runs(given):
            record = measured(*run)
            append(out, record)
            print(
                f"{record.size}, seed {record.seed}, {record.contestant}: {record.status}, gap {record.gap_share}",
                file=sys.stderr,
                flush=True,
            )
        records = read(out)
    text = page(records)
    print(text)
    if given.page:
        replace_tables(given.page, text)
    wrong = contradictions(records)
    print(*wrong, sep="\n", file=sys.stderr)
    return 1 if wrong else 0


def arguments() -> argparse.ArgumentParser:
    """The words of the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.optimizer", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    sizes = [f"{t.accounts_n}x{t.seats_n}" for t in TERRITORY_TARGETS]
    parser.add_argument("--sizes", nargs="*", default=list(dict.fromkeys(sizes)), help="territories, accounts x seats")
    parser.add_argument("--recipes", nargs="*", default=list(RECIPE_GAPS), help="of generalised assignment: C, D, E")
    parser.add_argument("--recipe-sizes", nargs="*", default=[f"{m}x{n}" for m, n in RECIPE_SIZES], help="agents x jobs")
    parser.add_argument("--seeds", nargs="*", type=int, help="draws of a territory; recipes are drawn once, with the first of them")
    parser.add_argument("--limit-s", type=float, help="of every contestant, instead of its own")
    parser.add_argument("--contestants", nargs="*", default=list(CONTESTANTS), choices=CONTESTANTS)
    parser.add_argument("--slow", action="store_true", help=f"solvers at {SLOW_SIZE[0]:,} x {SLOW_SIZE[1]} too")
    parser.add_argument("--out", type=Path, help="JSON lines, added to")
    parser.add_argument("--table", type=Path, help="measure nothing, show this")
    parser.add_argument("--page", type=Path, help="put the tables between the marks of this page")
    return parser


def runs(given: argparse.Namespace) -> Iterator[Run]:
    """What is to be measured, in order: seeds of the same size one after the other."""
    for words in given.sizes:
        accounts_n, seats_n = map(int, words.split("x"))
        seeds = given.seeds or range(SEEDS_N.get(accounts_n, 5))
        for seed in seeds:
            problem = Problem(TERRITORY, accounts_n, seats_n, seed)
            for contestant, limit_s in territory_contest(problem, seed == min(seeds), given.slow):
                if contestant in given.contestants:
                    yield problem, contestant, given.limit_s or limit_s
    for kind in given.recipes:
        for words in given.recipe_sizes:
            agents_n, jobs_n = map(int, words.split("x"))
            problem = Problem(kind, jobs_n, agents_n, min(given.seeds or [0]))
            for contestant in (OPTIMIZER, RELAXATION, *SOLVERS):
                if contestant in given.contestants:
                    yield problem, contestant, given.limit_s or RECIPE_LIMIT_S


def territory_contest(problem: Problem, first: bool, slow: bool) -> Iterator[tuple[str, float]]:
    """Who is to solve a territory, and for how long."""
    size = (problem.accounts_n, problem.seats_n)
    limits = [t.limit_s for t in TERRITORY_TARGETS if (t.accounts_n, t.seats_n) == size]
    for limit_s in limits or [RECIPE_LIMIT_S]:
        yield OPTIMIZER, limit_s
    rivals_s = RIVALS_LIMIT_S.get(problem.accounts_n) or (SLOW_LIMIT_S if slow and size == SLOW_SIZE else None)
    if rivals_s:
        yield RELAXATION, rivals_s
        if first:
            yield from ((solver, rivals_s) for solver in SOLVERS)
    for carver in CARVERS:
        if carver == LONGEST_FIRST or problem.accounts_n <= CLUSTERED_ACCOUNTS_N:
            yield carver, RECIPE_LIMIT_S


def measured(problem: Problem, contestant: str, limit_s: float) -> Record:
    """The record of one run in a process of its own; without plan and bound if it had to be killed or broke down."""
    try:
        found = fresh("benchmarks.optimizer.one", json.dumps({**asdict(problem), "contestant": contestant, "limit_s": limit_s}))
        record = Record(**found)
    except subprocess.CalledProcessError as error:
        killed = error.returncode == -signal.SIGALRM
        failed = (error.stderr.strip().splitlines() or ["?"])[-1].partition(":")[0].rpartition(".")[-1]
        status = f"no answer in {patience_s(limit_s)} s" if killed else f"failed: {failed}"
        record = Record(**asdict(problem), contestant=contestant, limit_s=limit_s, status=status)
    made = environment()
    versions = ", ".join([f"Python {made['python']}", *[f"{name} {version(name)}" for name in VERSIONS_OF]])
    return replace(record, commit=made["commit"] + ("+" if made["dirty"] else ""), versions=versions)


def warm_up() -> None:
    """Let the optimizer's inner loops be compiled once, in runs that are not counted and are long enough to come to all of them."""
    for problem in (Problem(TERRITORY, 300, 5, 0), Problem("C", 100, 5, 0)):
        fresh("benchmarks.optimizer.one", json.dumps({**asdict(problem), "contestant": OPTIMIZER, "limit_s": WARM_UP_LIMIT_S}))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
