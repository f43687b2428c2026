"""What made a results folder: code, versions, settings, times."""

from __future__ import annotations

import platform
import subprocess
import sys
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path
from typing import Any

DISTRIBUTION = "territory-lab"


def now() -> datetime:
    """The present moment, with the zone of the machine."""
    return datetime.now(UTC).astimezone()


def environment() -> dict[str, Any]:
    """Commit and dirty flag of the checkout (empty where there is none), versions of the packages that it stands on, and Python's."""
    commit, dirty = _checkout(Path(__file__).resolve().parents[2])
    return {
        "commit": commit,
        "dirty": dirty,
        "versions": _versions(),
        "python": platform.python_version(),
        "platform": f"{sys.platform} {platform.machine()}",
    }


def _versions() -> dict[str, str]:
    try:
        wanted = [line for line in requires(DISTRIBUTION) or [] if "extra ==" not in line]
        names = [DISTRIBUTION, *("".join(c if c.isalnum() or c in "-_." else " " for c in line).split()[0] for line in wanted)]
    except PackageNotFoundError:  # run from a checkout that nobody installed
        names = ["numpy", "pandas", "simpy", "ortools", "scikit-learn", "scipy"]
    return {name: version(name) for name in sorted(names)}


def _checkout(folder: Path) -> tuple[str, bool]:
    if not (folder / ".git").exists():
        return "", False
    commit = _git(folder, "rev-parse", "HEAD")
    return commit, bool(commit and _git(folder, "status", "--porcelain", "--untracked-files=no"))


def _git(folder: Path, *words: str) -> str:
    try:
        return subprocess.run(["git", "-C", str(folder), *words], capture_output=True, text=True, check=True, timeout=10).stdout.strip()
    except (OSError, subprocess.SubprocessError):
        return ""
