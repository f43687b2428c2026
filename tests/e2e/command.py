"""Commands as a user types them: in a process of their own, from a folder of the user's."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
QUICK = ("market=startup", "futures=3", "quarters=2", "workers=1")
TABLES = (*QUICK, "report=false")


def territory_lab(*words: str, cwd: Path, importable: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run a command in ``cwd``; a package below ``importable`` is as good as installed."""
    paths = [str(ROOT), *([str(importable)] if importable else [])]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(paths), "COLUMNS": "120"}
    command = [sys.executable, "-P", "-m", "experiments.cli", *words]
    return subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)


def only_run(root: Path) -> Path:
    """The one finished run below a results folder."""
    (status,) = root.rglob("STATUS")
    return status.parent
