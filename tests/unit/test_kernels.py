"""Kernels are compiled before a plan is made, and their cache never gives the code of yesterday."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from strategies.optimizer import compiled, kernel
from strategies.optimizer.compiled import compile_kernels
from strategies.optimizer.kernel import KERNELS
from strategies.optimizer.solve import solve
from tests.unit.test_optimizer_primal import KINDS, random_instance

HELPER = "from {package}.kernel import kernel\n\n@kernel\ndef step(x):\n    return x + {step}\n"
CALLER = "from {package}.helper import step\nfrom {package}.kernel import kernel\n\n@kernel\ndef twice(x):\n    return step(step(x))\n"
ASK = "from {package}.caller import twice; print(twice(0), sum(twice.stats.cache_hits.values()))"


def asked(folder: Path, code: str, **environment: str) -> str:
    """What a Python process of its own prints, in which the packages of a folder come first."""
    env = {**os.environ, "PYTHONPATH": str(folder), **environment}
    return subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True).stdout.strip()


def test_an_edit_in_a_helper_of_another_file_is_seen(tmp_path: Path) -> None:
    """A kernel that was read from its cache a moment ago is compiled anew once a helper that it calls has changed in another file."""
    package = tmp_path / "small"
    package.mkdir()
    (package / "__init__.py").touch()
    shutil.copy(kernel.__file__, package)
    (package / "caller.py").write_text(CALLER.format(package="small"), encoding="utf-8")
    answers = []
    for step in (1, 1, 5):
        (package / "helper.py").write_text(HELPER.format(package="small", step=step), encoding="utf-8")
        answers.append(asked(tmp_path, ASK.format(package="small"), NUMBA_CACHE_DIR=""))
    assert answers == ["2 0", "2 1", "10 0"]


def test_kernels_call_and_read_nothing_outside_their_folder() -> None:
    """Their cache is keyed by the files of their folder, so whatever function or number they use is defined there."""
    folder = Path(kernel.__file__).parent
    outside = []
    for one in KERNELS:
        code, globals_ = one.py_func.__code__, one.py_func.__globals__
        for name in code.co_names:
            value = globals_.get(name)
            where = getattr(sys.modules.get(getattr(value, "__module__", "")), "__file__", None)
            if where and value is not kernel.index and Path(where).parent != folder:
                outside.append(f"{code.co_name}: {name}")
    assert outside == []


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_is_compiled_while_a_plan_is_made(kind: str) -> None:
    """What the small problem has compiled is all that problems of any kind need."""
    compile_kernels()
    with compiled._compiling(lambda done_n: None) as meanwhile:
        solve(random_instance(np.random.default_rng(3), kind, accounts_n=30, seats_n=4))
    assert meanwhile == []


def test_locators_of_others_stay_as_they_are() -> None:
    """The key is ours alone: another package in the same process caches its functions as numba does."""
    from numba import njit
    from numba.core import config

    def other(x: float) -> float:
        return x

    theirs: Any = njit(cache=True)(other)
    assert not config.CACHE_LOCATOR_CLASSES  # type: ignore[attr-defined]
    assert type(theirs._cache._impl.locator).__module__ == "numba.core.caching"
    assert type(KERNELS[0]._cache._impl.locator).__module__ == kernel.__name__


def test_without_a_place_for_a_cache_each_process_compiles(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nothing may be written to, a kernel is compiled all the same, and nothing is raised."""
    monkeypatch.setattr(kernel, "KERNELS", [])
    for place in (kernel.WhereToldTo, kernel.BesideTheFiles, kernel.OfTheUser):
        monkeypatch.setattr(place, "from_function", classmethod(lambda cls, function, file: None))

    def increased(x: int) -> int:
        return x + 1

    compiled_one: Any = kernel.kernel(increased)
    assert compiled_one(1) == 2
    assert compiled_one.stats.cache_path is None


@pytest.mark.slow
def test_an_empty_cache_is_said_once_and_filled(tmp_path: Path) -> None:
    """The first plan on a machine says that it compiles, all kernels in one go; the next process finds them and says nothing."""
    code = "from strategies.optimizer.compiled import ready; from strategies.optimizer.kernel import KERNELS; ready(); ready()\n"
    code += "print(sum(len(one.signatures) for one in KERNELS) >= len(KERNELS))"
    heard = []
    for _ in range(2):
        env = {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path), "PYTHONPATH": os.pathsep.join(sys.path)}
        done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True)
        heard.append((done.stderr.count("compiling"), done.stdout.strip()))
    assert heard == [(1, "True"), (0, "False")]  # read from the cache, a kernel brings those that it calls along
