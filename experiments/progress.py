"""Progress of work that is done elsewhere: a bar on a terminal, a line in a log."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from typing import TypeVar

T = TypeVar("T")


def track(results: Iterable[T], what: str, total: int, show: bool) -> Iterator[T]:
    """Pass the results on while showing how many of ``total`` have come in; on standard error, since the answer goes to standard output."""
    if not show:
        yield from results
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    console = Console(stderr=True, highlight=False)
    if not console.is_terminal:
        began = time.perf_counter()
        yield from results
        console.print(f"{what}: {total} in {time.perf_counter() - began:.1f} s", soft_wrap=True)
        return
    columns = (TextColumn("{task.description:<10}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task(what, total=total)
        for result in results:
            yield result
            bar.advance(task)
