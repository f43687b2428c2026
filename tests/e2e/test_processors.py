"""Another kind of processor, emulated in child processes: the same market, the same plans, the same tables."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import conf
from experiments.runner import run_comparison
from experiments.running import store
from experiments.running.arms import Arm, Settings
from experiments.running.configuration import load
from experiments.running.kept import Kept
from experiments.running.provenance import fingerprint
from tests.comparisons import TODAY
from tests.invariants.test_whole_world import POLICY, WORLD
from tests.markets import synthetic

LABELS = sorted(path.stem for path in (Path(conf.__file__).parent / "strategies").glob("*.yaml"))
SETTINGS = Settings(seed=3, futures=3, quarters=4)
KEPT_N = 1
TOLERANCE = 1e-12

pytestmark = pytest.mark.slow


def live(root: Path, resume: Path | None = None) -> Path:
    """A year under every packaged strategy, in a world in which everything happens at once; or the rest of it."""
    strategies = load("strategies", f"[{','.join(LABELS)}]")
    arms = [Arm(label, strategy, POLICY, WORLD) for label, strategy in strategies.items()]
    source = synthetic(300, 5, duplicate_share=0.05, stale_owner_share=0.1)
    return run_comparison(source, arms, TODAY, SETTINGS, root, progress=False, resume=resume, pages=False)


def break_off(root: Path) -> None:
    """The same run, interrupted after some futures were kept."""
    write = Kept.write

    def interrupt(kept: Kept, cells: list[object]) -> None:
        if kept.folder.exists() and len(list(kept.folder.glob("*"))) == KEPT_N:
            raise KeyboardInterrupt
        write(kept, cells)  # type: ignore[arg-type]

    Kept.write = interrupt  # type: ignore[method-assign, assignment]
    with suppress(KeyboardInterrupt):
        live(root)
    Kept.write = write  # type: ignore[method-assign]


def drawn() -> str:
    """The market's fingerprint."""
    return fingerprint([synthetic(300, 5).draw(3, 0, WORLD, POLICY)])


def old_processor() -> dict[str, str]:
    """What makes numpy, OpenBLAS, numba and glibc compute as if there were neither AVX nor FMA."""
    newer = np.show_config(mode="dicts")["SIMD Extensions"].get("found", [])
    return {
        "OPENBLAS_CORETYPE": "Prescott",
        "NPY_DISABLE_CPU_FEATURES": " ".join(newer),
        "NUMBA_CPU_NAME": "generic",
        "GLIBC_TUNABLES": "glibc.cpu.hwcaps=-AVX,-AVX2,-FMA,-FMA4,-AVX2_Usable,-FMA_Usable",
    }


def child(words: str, emulated: bool = False, rounds: bool = True) -> str:
    """What a process of its own prints when it calls something of this module; ``rounds`` is False where rounding is taken out."""
    bare = "" if rounds else "import numpy, sim.snapshot; sim.snapshot.to_grid = lambda values, step=0: numpy.asarray(values, float); "
    code = f"{bare}from pathlib import Path; from tests.e2e.test_processors import *; {words}"
    plain = {name: value for name, value in os.environ.items() if name not in old_processor()}
    env = plain | (old_processor() if emulated else {})
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=False, timeout=900)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_the_emulated_processor_is_another_one() -> None:
    """Without rounding its market is another one, with rounding the same: it is rounding that makes them alike."""
    draws = {(emulated, rounds): child("print(drawn())", emulated, rounds) for emulated in (False, True) for rounds in (False, True)}
    assert draws[False, True] == draws[True, True]
    if draws[False, False] == draws[True, False]:
        pytest.skip("this machine cannot emulate another processor")


def test_a_run_begun_on_one_processor_ends_on_another_with_the_same_tables(tmp_path: Path) -> None:
    """Plans of all packaged strategies are the same, and all tables up to 1e-12; the resumed run has drawn and planned anew."""
    child(f"live(Path({str(tmp_path / 'whole')!r})); break_off(Path({str(tmp_path / 'broken')!r}))")
    (whole,), (broken,) = ((tmp_path / name / "small").iterdir() for name in ("whole", "broken"))
    assert len(Kept.of(broken).read()) == KEPT_N * len(LABELS)
    child(f"live(Path({str(tmp_path)!r}), Path({str(broken)!r}))", emulated=True)
    names = sorted(str(path.relative_to(whole)) for suffix in ("csv", "parquet") for path in whole.rglob(f"*.{suffix}"))
    assert {"runs.parquet", "seats.parquet", "summary.csv", *(f"designs/{label}.csv" for label in ("optimized", "nearest"))} <= set(names)
    for name in names:
        tables = [store.read_table(folder / name) for folder in (whole, broken)]
        left, right = (table.drop(columns=[c for c in table if str(c).endswith("_s")]) for table in tables)
        pd.testing.assert_frame_equal(left, right, rtol=TOLERANCE, atol=1e-14, obj=name)
