"""A bare SimPy kernel: processes that wait, and nothing else. What a model's timeouts cost before the model has done anything."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import Any

from simpy import Environment


def run(delays: Sequence[float], processes_n: int) -> None:
    """As many timeouts as there are ``delays``, dealt out to ``processes_n`` processes."""
    env = Environment()

    def wait(own: Sequence[float]) -> Generator[Any, Any, None]:
        for delay in own:
            yield env.timeout(delay)

    for k in range(processes_n):
        env.process(wait(delays[k::processes_n]))
    env.run()
