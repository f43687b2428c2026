"""Progress of work that is done elsewhere: a bar on a terminal, a line in a log."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from typing import TypeVar

Result = TypeVar("Result")


def tell(line: str) -> None:
    """Write a line to standard error."""
    from rich.console import Console

    Console(stderr=True, highlight=False, markup=False, emoji=False).print(line, soft_wrap=True)  # a label or path may hold brackets


def track(results: Iterable[tuple[int, Result]], what: str, sizes: Sequence[int], show: bool) -> Iterator[tuple[int, Result]]:
    """Pass numbered results on, number k counting as ``sizes[k]``, while standard error shows how far they are (standard output is for the
    answer).
    """
    if not show:
        yield from results
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    console = Console(stderr=True, highlight=False, markup=False, emoji=False)
    if not console.is_terminal:
        began = time.perf_counter()
        yield from results
        console.print(f"{what}: {sum(sizes)} in {time.perf_counter() - began:.1f} s", soft_wrap=True)
        return
    columns = (TextColumn("{task.description:<15}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task(what, total=sum(sizes))
        for k, result in results:
            bar.advance(task, sizes[k])
            yield k, result
