"""A limit on what one design, or one future, may take: a strategy that hangs is a failure like any other."""

from __future__ import annotations

import multiprocessing
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

GRACE_SHARE, GRACE_S = 0.5, 2.0  # processor time beyond the limit after which a worker that hears no signal is ended from outside


class TookTooLong(Exception):
    """Said of what was stopped."""


@contextmanager
def time_limit(limit_s: float | None, what: str) -> Iterator[None]:
    """Raise TookTooLong in what is inside once it has taken ``limit_s`` seconds by the clock (None: never).

    A signal can stop Python, yet not a library's own loop; a worker process in which one goes on is ended by the operating system, and
    its caller told that it died. Only a process's main thread can set a limit: elsewhere, as in a Dask worker, and where there are no such
    signals (Windows), nothing is limited.
    """
    if limit_s is None or not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(*_: Any) -> None:
        raise TookTooLong(f"{what} took longer than {limit_s:g} s (cell_limit_s)")

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, limit_s)
    is_worker = multiprocessing.current_process().name != "MainProcess"
    if is_worker:
        signal.setitimer(signal.ITIMER_PROF, limit_s * (1 + GRACE_SHARE) + GRACE_S)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0.0)
        signal.signal(signal.SIGALRM, before)
        if is_worker:
            signal.setitimer(signal.ITIMER_PROF, 0.0)
