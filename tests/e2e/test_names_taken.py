"""Other people's folders have the names of our packages: what we do is ours all the same, or one line says what is in the way."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from territory_lab import PACKAGES
from tests.e2e.command import ROOT


def theirs(folder: Path, *names: str) -> None:
    """Packages of these names that fail when they are imported."""
    for name in names:
        (folder / name).mkdir(parents=True)
        (folder / name / "__init__.py").write_text("raise AssertionError('theirs was imported')\n", encoding="utf-8")


def python(*words: str, cwd: Path, path: tuple[Path, ...]) -> subprocess.CompletedProcess[str]:
    """Python in ``cwd`` with ``path`` before all that is installed."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, path))}
    return subprocess.run([sys.executable, *words], cwd=cwd, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("name", PACKAGES)
def test_the_command_says_which_folder_is_in_the_way(name: str, tmp_path: Path) -> None:
    """A package of one of our names earlier on the path is named in one line with what to do; it is not imported, the exit code is 2."""
    theirs(tmp_path, name)
    done = python("-P", "-m", "territory_lab", "help", cwd=tmp_path, path=(tmp_path, ROOT))
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        f"error: {tmp_path / name} stands in the way of Territory Lab's own package {name!r}: give it another name, or take {tmp_path}"
        " off Python's path (PYTHONPATH, or the folder of the script or notebook)\n"
    )


def test_a_module_is_in_the_way_too_and_a_mere_folder_is_not(tmp_path: Path) -> None:
    """A file sim.py beside a notebook is named; folders without an __init__.py, as of YAML files, leave us our place."""
    for name in PACKAGES:
        (tmp_path / name).mkdir()
    assert python("-m", "territory_lab", "help", cwd=tmp_path, path=(ROOT,)).returncode == 0
    (tmp_path / "sim.py").touch()
    done = python("-m", "territory_lab", "help", cwd=tmp_path, path=(ROOT,))
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1)
    assert done.stderr.startswith(f"error: {tmp_path / 'sim.py'} stands in the way")


@pytest.mark.parametrize("name", ["sim", "strategies", "conf"])
def test_a_notebook_is_told_as_well(name: str, tmp_path: Path) -> None:
    """What a script or a notebook imports first says what is in the way, before anything of the other package runs."""
    theirs(tmp_path, name)
    done = python("-c", "from experiments import lab", cwd=tmp_path, path=(ROOT,))
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith(f"ImportError: {tmp_path / name} stands in the way")
    assert "theirs was imported" not in done.stderr


WHERE = """
from importlib.util import find_spec
from experiments.running.workplace import Local
from territory_lab import PACKAGES

where = lambda name: find_spec(name).origin
print(*[where(name) for name in PACKAGES], *[place for _, place in Local(workers=2).run(where, PACKAGES)], sep="\\n")
"""


def test_with_the_project_first_all_is_ours(tmp_path: Path) -> None:
    """As ./run sets the path, every package is ours in this process and in its workers, whatever comes later on it by the same name."""
    theirs(tmp_path, *PACKAGES)
    done = python("-P", "-c", WHERE, cwd=tmp_path, path=(ROOT, tmp_path))
    assert done.returncode == 0, done.stderr
    assert sorted(done.stdout.split()) == sorted([str(ROOT / name / "__init__.py") for name in PACKAGES] * 2)
