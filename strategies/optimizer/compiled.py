"""All kernels are compiled, or read from their cache, before a plan is made: nobody's seconds of planning hold compiling."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from filelock import FileLock, Timeout
from numba.core import event

from strategies.optimizer.dual import find_prices
from strategies.optimizer.instance import NOBODY, Effort, Instance
from strategies.optimizer.kernel import KERNELS
from strategies.optimizer.primal import NoPlan, construct
from strategies.optimizer.search import improve

LOCK_FILE, WAIT_S = "kernels.lock", 600.0
SEATS_N = 4


@cache
def ready() -> None:
    """Have the kernels, once a process; standard error says so where they are compiled first."""
    compile_kernels(lambda done_n: None if done_n else _say())


def compile_kernels(before_each: Callable[[int], object] = lambda done_n: None) -> int:
    """Run every kernel on a small problem. How many had to be compiled; before each of them it is told how many have been."""
    with _compiling(before_each) as compiled:
        instance, crowded = _small_problem(accounts_n=40, least_n=5), _small_problem(accounts_n=3, least_n=1)
        dual = find_prices(instance, Effort(price_steps_n=40))
        choice = construct(instance, dual.prices)
        improve(instance, choice, dual.prices, dual.bound_usd, Effort(search_rounds_n=3), seed=0)
        with suppress(NoPlan):  # there is none, and only where none is found at once is one mended
            construct(crowded, dual.prices)
    return len(compiled)


def _say() -> None:
    sys.stderr.write("compiling the optimizer's inner loops: once, and after a change of its code; about half a minute\n")
    sys.stderr.flush()


@contextmanager
def _compiling(before_each: Callable[[int], object]) -> Iterator[list[Any]]:
    """The kernels that are compiled meanwhile. Whoever compiles keeps others waiting, who then read what it has compiled."""
    compiled: list[Any] = []
    with ExitStack() as held:

        def alone(kernel: Any) -> bool:
            """Whether nobody else was compiling; if somebody was, all but this one kernel will be found in the cache now."""
            if not kernel.stats.cache_path:
                return True
            lock = FileLock(Path(kernel.stats.cache_path) / LOCK_FILE)
            with suppress(OSError):  # a place without locks: then both compile
                try:
                    held.enter_context(lock.acquire(timeout=0))
                except Timeout:
                    held.enter_context(lock.acquire(timeout=WAIT_S))
                    return False
            return True

        class Listener(event.Listener):
            def on_start(self, started: Any) -> None:
                kernel = started.data["dispatcher"]
                if any(kernel is one for one in KERNELS):
                    if compiled or alone(kernel):
                        before_each(len(compiled))
                    compiled.append(kernel)

            def on_end(self, ended: Any) -> None:
                """Nothing is to be done then."""

        with event.install_listener("numba:compile", Listener()):
            yield compiled


def _small_problem(accounts_n: int, least_n: int) -> Instance:
    """Few accounts and seats, too few hours for all, and uneven weights; every seat is to have at least so many accounts."""
    rng = np.random.default_rng(0)
    options_n = accounts_n * (SEATS_N + 1)
    seat = np.tile(np.arange(NOBODY, SEATS_N, dtype=np.int32), accounts_n)
    value_usd, hours = rng.lognormal(3.0, 1.0, options_n), rng.uniform(1.0, 3.0, options_n)
    value_usd[seat == NOBODY] = hours[seat == NOBODY] = 0.0
    weight_usd = rng.lognormal(3.0, 1.0, accounts_n)
    return Instance(
        first=np.arange(0, options_n + 1, SEATS_N + 1),
        seat=seat,
        value_usd=value_usd,
        hours=hours,
        weight_usd=weight_usd,
        budget_h=np.full(SEATS_N, 1.8 * accounts_n / SEATS_N),
        target_usd=np.full(SEATS_N, weight_usd.sum() / SEATS_N),
        least_n=np.full(SEATS_N, least_n),
        most_n=np.full(SEATS_N, accounts_n),
        sum_price=0.1,
        max_price=0.1,
    )
