"""``./run compile``: what is compiled is compiled now, instead of at its first use. Set-up calls it; after ``pip install`` users may."""

from __future__ import annotations

import time

from rich.console import Console

from strategies.optimizer.compiled import compile_kernels
from strategies.optimizer.kernel import KERNELS

WHAT = "compiling the optimizer's inner loops (once, and after a change of its code)"


def main() -> int:
    """Compile, and show how far it is; what is in the cache is not compiled again. Returns the exit code, 0."""
    console, began = Console(stderr=True, highlight=False), time.perf_counter()
    with console.status(WHAT) as shown:
        compiled_n = compile_kernels(lambda done_n: shown.update(f"{WHAT}: {done_n + 1} of {len(KERNELS)}"))
    said = f"{compiled_n} compiled in {time.perf_counter() - began:.0f} s" if compiled_n else "all in their cache"
    console.print(f"the optimizer's inner loops: {said}", soft_wrap=True)
    return 0
