"""The runs below a folder, and the jobs of its sweeps that failed, were broken off, or never began."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from hydra._internal.core_plugins.basic_sweeper import BasicSweeper  # who makes the jobs of a sweep
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.errors import HydraException
from omegaconf import OmegaConf

from experiments.running.errors import RunError
from experiments.running.provenance import read_provenance
from experiments.running.store import COMPLETE, FAILED, PARTIAL, PROVENANCE, read_status
from experiments.sweeps.broken_off import SWEEP_FILE
from experiments.sweeps.settings import Value, leaves

ERROR_FILE = "error.txt"
NOT_BEGUN = "not begun"
IN_WORDS = {"market": "market.label", "scenario": "scenario.label"}  # a choice of a group, and the leaf that bears its name


@dataclass(frozen=True)
class Run:
    """One comparison, or a job that never became one: ``folder``, its ``name`` in tables, ``status``, ``error``, and its settings."""

    folder: Path
    name: str
    status: str
    error: str
    settings: Mapping[str, Value]

    @property
    def finished(self) -> bool:
        """Whether there are tables to read."""
        return self.status in (COMPLETE, PARTIAL)


def runs_below(folders: Sequence[Path]) -> list[Run]:
    """All runs below the folders, in the order of their names (numbers as numbers). Raises RunError where there are none."""
    found: list[Run] = []
    for folder in folders:
        if not folder.is_dir():
            raise RunError(f"{folder}: is not a folder; name a sweep's, as results/sweeps/20261122T101500_123456, or runs")
        own = [_run(path.parent) for path in folder.rglob(PROVENANCE)]
        jobs = [*_failed_jobs(folder), *_jobs_not_begun(folder)]
        found += [run for run in (*own, *jobs) if run.folder not in {other.folder for other in found}]
    if not found:
        raise RunError(f"{', '.join(map(str, folders))}: holds no run; name a sweep's folder, or folders of runs")
    shared = _shared([run.folder for run in found])
    named = [Run(run.folder, run.folder.relative_to(shared).as_posix(), run.status, run.error, run.settings) for run in found]
    return sorted(named, key=lambda run: [(part.isdigit(), int(part) if part.isdigit() else 0, part) for part in re.split(r"/", run.name)])


def _shared(folders: Sequence[Path]) -> Path:
    shared = folders[0]
    while not all(folder.is_relative_to(shared) for folder in folders) or (shared in folders and shared != shared.parent):
        shared = shared.parent
    return shared


def _run(folder: Path) -> Run:
    settings, status = leaves(read_provenance(folder).get("config", {})), read_status(folder)
    if status in (COMPLETE, PARTIAL):
        return Run(folder, "", status, "", settings)
    job = folder.parents[1] / ERROR_FILE
    error = _last_line(job) if job.is_file() else f"broken off, or still running; finish it by  ./run compare resume={folder}"
    return Run(folder, "", status, error, settings)


def _failed_jobs(folder: Path) -> Iterator[Run]:
    for path in folder.rglob(ERROR_FILE):
        if not any(path.parent.rglob(PROVENANCE)):
            command = path.read_text(encoding="utf-8").splitlines()[0]
            yield Run(path.parent, "", FAILED, _last_line(path), _said(shlex.split(command)[2:]))


def _jobs_not_begun(folder: Path) -> Iterator[Run]:
    """Jobs that a sweep's own record asks for and that have left nothing."""
    for path in folder.rglob(SWEEP_FILE):
        for k, words in enumerate(jobs_of(path)):
            job = path.parent / str(k)
            if not (job / ERROR_FILE).is_file() and not any(job.rglob(PROVENANCE)):
                error = f"begin it by  ./run compare resume={path.parent}"
                yield Run(job, "", NOT_BEGUN, error, _said(words))


def jobs_of(path: Path) -> list[list[str]]:
    """The words of every job, in order, from Hydra's own record of a sweep."""
    asked = OmegaConf.load(path).hydra
    swept = [f"{key}={value}" for key, value in (asked.sweeper.get("params") or {}).items()]
    words = OverridesParser.create().parse_overrides([*swept, *asked.overrides.task])
    return [job for batch in BasicSweeper.split_arguments(words, None) for job in batch]


def _said(words: Sequence[str]) -> dict[str, Value]:
    """What the words of a job say of its settings; that of a group's choice is its label."""
    found: dict[str, Value] = {}
    for word in words:
        try:
            (override,) = OverridesParser.create().parse_overrides([word])
        except HydraException:
            continue
        key, value = override.get_key_element().lstrip("+~"), override.value()
        if isinstance(value, (str, int, float, bool, type(None))):
            found[IN_WORDS.get(key, key)] = value
    return found


def _last_line(path: Path) -> str:
    return (path.read_text(encoding="utf-8").strip().splitlines() or [""])[-1]
