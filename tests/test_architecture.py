"""The rules that hold the project together, and for each of them a wrong twin: a tree in which the rule must be seen to fail."""

import ast
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
LINT_IMPORTS = "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports(sys.argv[1], no_cache=True, no_logo=True))"

# One bad import for each contract in pyproject.toml: where it stands, and what it says.
BAD_IMPORTS = {
    "experiments may import strategies": ("sim/market.py", "import strategies.even"),
    "in experiments, what is shown": ("experiments/running/work.py", "import experiments.findings.lifts"),
    "strategies import nothing of sim": ("strategies/even.py", "import sim.market"),
    "simpy only": ("experiments/runner.py", "import simpy"),
    "ortools and scikit-learn only": ("sim/desk.py", "from ortools.linear_solver import pywraplp"),
    "hydra, omegaconf, matplotlib": ("strategies/odd.py", "import hydra"),
    "pydantic only": ("sim/desk.py", "import pydantic"),
}
GOOD_IMPORTS = {
    "sim/planning.py": "import sim.snapshot",
    "sim/desk.py": "import simpy",
    "sim/crm/rows.py": "import pydantic",
    "strategies/even.py": "import sim.planning, sim.snapshot, ortools",
    "experiments/runner.py": "import strategies.even, sim.market, hydra, matplotlib",
    "experiments/findings/lifts.py": "import experiments.running.work",
    "experiments/running/work.py": "",
    "benchmarks/fast.py": "import experiments.runner, sim.market, simpy",
}


def import_contracts(folder: Path) -> tuple[int, str]:
    """Exit code and words of import-linter, with the project's contracts, on the packages in a folder."""
    words = [sys.executable, "-P", "-c", LINT_IMPORTS, str(ROOT / "pyproject.toml")]
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True, env={"PYTHONPATH": str(folder), "COLUMNS": "300"}, check=False)
    return done.returncode, done.stdout + done.stderr


def plant(folder: Path, files: dict[str, str]) -> None:
    """Write modules below a folder, with the packages that they stand in."""
    for name in ("sim/snapshot.py", "sim/market.py", "strategies/odd.py", *files):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(files.get(name, "") + "\n", encoding="utf-8")
        for package in path.relative_to(folder).parents[:-1]:
            (folder / package / "__init__.py").touch()


def test_imports_point_one_way() -> None:
    """The project keeps every contract on who may import whom."""
    code, said = import_contracts(ROOT)
    assert code == 0, said


def test_import_contracts_can_be_kept_and_broken(tmp_path: Path) -> None:
    """A tree with allowed imports passes every contract; one bad import for each breaks each of them."""
    plant(tmp_path / "good", GOOD_IMPORTS)
    code, said = import_contracts(tmp_path / "good")
    assert code == 0, said
    bad = dict(GOOD_IMPORTS)
    for name, line in BAD_IMPORTS.values():
        bad[name] = f"{bad.get(name, '')}\n{line}"
    plant(tmp_path / "bad", bad)
    code, said = import_contracts(tmp_path / "bad")
    assert code == 1
    for contract in BAD_IMPORTS:
        assert re.search(rf"^{contract}.* BROKEN", said, re.MULTILINE), f"{contract} was not broken:\n{said}"


def modules(folder: Path, *packages: str) -> Iterator[tuple[str, ast.Module]]:
    """Name and syntax tree of every module of some packages."""
    for package in packages:
        for path in sorted((folder / package).rglob("*.py")):
            yield path.relative_to(folder).as_posix(), ast.parse(path.read_text(encoding="utf-8"))


def own_random_numbers(folder: Path) -> list[str]:
    """Places outside sim/streams.py that make random numbers of their own.

    The contract's checker may, since it has no market's to take; the optimizer too, so that a plan depends on its own seed and not on what
    an arm is called.
    """
    found = []
    node: Any
    for name, tree in modules(folder, "sim", "strategies", "experiments", "benchmarks"):
        if name in ("sim/streams.py", "sim/contract.py") or name.startswith("strategies/optimizer/"):
            continue
        for node in ast.walk(tree):
            drawn = isinstance(node, ast.Attribute) and isinstance(node.value, ast.Attribute) and node.value.attr == "random"
            if (drawn and node.attr != "Generator") or {"random", "numpy.random"} & set(_imported(node)):
                found.append(f"{name}:{node.lineno}")
    return found


def impure_strategies(folder: Path) -> list[str]:
    """Places in strategies that could read a clock, a file or the machine.

    The solver may read a clock, where a time limit is asked for; what it is compiled with its own files, by which compiled code is known.
    """
    may = {"solve.py": {"time"}, "kernel.py": {"pathlib"}, "compiled.py": {"pathlib"}}
    impure = {"datetime", "io", "os", "pathlib", "platform", "socket", "subprocess", "time"}
    found = []
    node: Any
    for name, tree in modules(folder, "strategies"):
        for node in ast.walk(tree):
            opened = isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "open"
            own = may.get(name.removeprefix("strategies/optimizer/"), set())
            if opened or (impure - own) & {module.partition(".")[0] for module in _imported(node)}:
                found.append(f"{name}:{node.lineno}")
    return found


def _imported(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    return [node.module or ""] if isinstance(node, ast.ImportFrom) else []


def places_of_a_machine(folder: Path) -> list[str]:
    """Lines of code, configuration or documents that name a folder of somebody's machine, or an address to install from."""
    somebodys = re.compile(r"(?<![\w.:])/(?:home|work|Users|root)/\w")
    suffixes = {".py", ".yaml", ".toml", ".md", ".cff", ".csv", ".json", ".lock", ".html", ""}
    found = []
    tops = ("sim", "strategies", "experiments", "benchmarks", "conf", "docs", "run", ".ci")
    for top in (*tops, "README.md", "pyproject.toml", "requirements.lock"):
        for path in [folder / top, *sorted((folder / top).rglob("*"))]:
            if path.is_file() and path.suffix in suffixes:
                for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
                    if somebodys.search(line) or (top == "requirements.lock" and "://" in line):
                        found.append(f"{path.relative_to(folder).as_posix()}:{number}")
    return found


CHECKS = [own_random_numbers, impure_strategies, places_of_a_machine]
TWINS = [
    (own_random_numbers, "sim/desk.py", "import numpy as np\nrng = np.random.default_rng(1)"),
    (own_random_numbers, "strategies/even.py", "import numpy as np\nnp.random.seed(1)"),
    (own_random_numbers, "experiments/runner.py", "import random"),
    (own_random_numbers, "experiments/runner.py", "from numpy.random import default_rng"),
    (own_random_numbers, "benchmarks/fast.py", "import random"),
    (impure_strategies, "strategies/even.py", "import time"),
    (impure_strategies, "strategies/even.py", "from os import path"),
    (impure_strategies, "strategies/even.py", "open('plan.csv')"),
    (places_of_a_machine, "sim/market.py", "FOLDER = '/home/me/data'"),
    (places_of_a_machine, "requirements.lock", "simpy @ https://example.org/simpy.whl"),
]


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_the_project_keeps_the_rule(check: Callable[[Path], list[str]]) -> None:
    """No file of the project breaks the rule that the check's docstring states."""
    assert check(ROOT) == []


@pytest.mark.parametrize(("check", "name", "text"), TWINS, ids=lambda value: getattr(value, "__name__", None))
def test_the_rule_can_be_broken(tmp_path: Path, check: Callable[[Path], list[str]], name: str, text: str) -> None:
    """The check passes a harmless tree, and names the file into which the offence was put."""
    plant(tmp_path, {**GOOD_IMPORTS, "strategies/even.py": "import numpy as np\nrng: np.random.Generator"})
    assert check(tmp_path) == []
    (tmp_path / name).write_text(text, encoding="utf-8")
    assert [place.partition(":")[0] for place in check(tmp_path)] == [name]
