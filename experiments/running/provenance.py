"""What made a results folder: code, versions, settings, times."""

from __future__ import annotations

import hashlib
import platform
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path
from typing import Any

import numpy as np

from experiments.running.errors import RunError
from experiments.running.store import PROVENANCE, read_json, reading
from sim.market import Market

DISTRIBUTION = "territory-lab"
CHECKOUT = Path(__file__).resolve().parents[2]
KINDS: Mapping[str, type | tuple[type, ...]] = {  # of what is read of a finished run, or of one that was broken off
    **dict.fromkeys(("market", "scenario", "baseline", "command", "fingerprint", "commit"), str),
    **dict.fromkeys(("seed", "draws", "futures", "quarters"), int),
    **dict.fromkeys(("config", "policies", "versions"), Mapping),
    **dict.fromkeys(("arms", "notes"), list),
    **dict.fromkeys(("delta_share", "elapsed_s"), (int, float)),
    "imported": bool,
}


def now() -> datetime:
    """The present moment, with the zone of the machine."""
    return datetime.now(UTC).astimezone()


def environment() -> dict[str, Any]:
    """Commit and dirty flag of the checkout (empty where there is none), versions of the packages that it stands on, and Python's."""
    commit, dirty = _checkout(CHECKOUT)
    return {
        "commit": commit,
        "dirty": dirty,
        "versions": _versions(),
        "python": platform.python_version(),
        "platform": f"{sys.platform} {platform.machine()}",
    }


def version_words() -> str:
    """The installed version, in a checkout with its commit; ``./run --version`` says the same."""
    commit, _ = _checkout(CHECKOUT)
    return f"{DISTRIBUTION} {version(DISTRIBUTION)}" + (f" (commit {commit})" if commit else "")


def read_provenance(folder: Path, needed: Sequence[str] = ()) -> dict[str, Any]:
    """provenance.json of a run. Raises RunError, in one line, where it is missing or damaged, or says nothing of what is ``needed``."""
    about = read_json(folder / PROVENANCE)
    with reading(folder / PROVENANCE):
        if missing := [name for name in needed if name not in about]:
            raise ValueError(f"it says nothing of {missing[0]}")
        for name, kind in KINDS.items():
            if name in about and (not isinstance(about[name], kind) or (kind is int and isinstance(about[name], bool))):
                raise ValueError(f"its {name} cannot be {str(about[name])[:20]!r}")
    return about


def fingerprint(markets: Sequence[Market]) -> str:
    """A number of what was drawn or read: another one where any value of any market is another."""
    digest = hashlib.sha256()

    def add(part: Any) -> None:
        if is_dataclass(part):
            for field in fields(part):
                add(getattr(part, field.name))
        elif isinstance(part, np.ndarray):
            digest.update(f"{part.dtype}{part.shape}".encode())
            digest.update(np.ascontiguousarray(part).tobytes())
        else:
            digest.update(repr(part).encode())

    for market in markets:
        add(market)
    return digest.hexdigest()


def check_same(before: Mapping[str, Any], now: Mapping[str, Any]) -> None:
    """Raise RunError where what a run was made of is not what there is now, so that its end would not belong to its beginning."""
    what = {"commit": "the code", "versions": "the installed packages", "python": "Python", "fingerprint": "the market, or its files,"}
    for name, words in what.items():
        if before.get(name) != now[name]:
            raise RunError(f"resume: {words} changed since the run began ({_difference(before.get(name), now[name])}); start anew")


def _difference(before: Any, now: Any) -> str:
    if isinstance(before, Mapping) and isinstance(now, Mapping):
        name = next(name for name in sorted({*before, *now}) if before.get(name) != now.get(name))
        return f"{name} {before.get(name)}, now {now.get(name)}"
    return f"{str(before)[:12]}, now {str(now)[:12]}"


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
