"""Contestants take turns in one process, so that what else the machine does falls on all of them; what is reported are ratios.

Times are processor seconds: with other work on the machine they are steadier than the clock. Numbers in a fresh process (peak memory)
come from a module started anew, which prints one line of JSON.
"""

from __future__ import annotations

import gc
import json
import platform
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
from simpy import Environment, Timeout

from sim.snapshot import FloatArray

ROOT = Path(__file__).parents[1]
MIB = 2**20


@dataclass
class Count:
    """What a SimPy run did: ``timeouts`` created and ``events`` processed, timeouts among them."""

    timeouts: int = 0
    events: int = 0


@dataclass(frozen=True)
class Spread:
    """Median and range of repeated measurements."""

    median: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.median:.3g} [{self.low:.3g}, {self.high:.3g}]"


def spread(values: FloatArray) -> Spread:
    """Median and range of measurements (repetitions,)."""
    return Spread(float(np.median(values)), float(np.min(values)), float(np.max(values)))


def take_turns(contestants: Mapping[str, Callable[[int], object]], repetitions_n: int) -> dict[str, FloatArray]:
    """Processor seconds (repetitions,) of each contestant, called with the number of the repetition.

    Who begins changes with every repetition. One round before the first is not counted: it fills the caches of code and allocator.
    """
    names = list(contestants)
    seconds = {name: np.zeros(repetitions_n) for name in names}
    for repetition in range(-1, repetitions_n):
        for k in range(len(names)):
            name = names[(k + repetition) % len(names)]
            gc.collect()
            start = time.process_time()
            contestants[name](repetition + 1)
            if repetition >= 0:
                seconds[name][repetition] = time.process_time() - start
    return seconds


@contextmanager
def counting() -> Iterator[Count]:
    """Count what every SimPy environment does inside the block."""
    count = Count()
    step, created = Environment.step, Timeout.__init__

    def counted_step(self: Any) -> None:
        step(self)  # raises when there is nothing left to do
        count.events += 1

    def counted_timeout(self: Any, *words: Any, **named: Any) -> None:
        count.timeouts += 1
        created(self, *words, **named)

    with patch.object(Environment, "step", counted_step), patch.object(Timeout, "__init__", counted_timeout):
        yield count


def fresh(module: str, *words: str) -> dict[str, Any]:
    """What ``python -m module words`` prints as its last line, in JSON. Raises CalledProcessError if it fails."""
    done = subprocess.run([sys.executable, "-m", module, *words], cwd=ROOT, check=True, capture_output=True, text=True)
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer


def peak_rss_mib() -> float:
    """Most memory that this process ever held. (``ru_maxrss`` would count the parent's too, as it was when this one was started.)"""
    status = Path("/proc/self/status")
    if status.exists():
        line = next(line for line in status.read_text(encoding="utf-8").splitlines() if line.startswith("VmHWM"))
        return float(line.split()[1]) * 1024 / MIB
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (MIB if sys.platform == "darwin" else 1024)


def table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """A table in Markdown."""
    lines = [list(head), ["---"] * len(head), *[[str(cell) for cell in row] for row in rows]]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def measured_on() -> str:
    """The versions that a measurement depends on."""
    parts = ", ".join(f"{name} {version(name)}" for name in ("simpy", "numpy", "scipy"))
    return f"Python {platform.python_version()}, {parts}; {platform.machine()}"
