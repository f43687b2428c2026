"""A sweep that was broken off goes on: finished jobs are kept, begun ones are finished, and the others are run."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from omegaconf import OmegaConf

from experiments.running.configuration import ELSEWHERE
from experiments.running.errors import RunError
from experiments.running.store import COMPLETE, PARTIAL, PROVENANCE, read_status

SWEEP_FILE = "multirun.yaml"  # Hydra's own record of what a sweep was asked for
FLAGS = ("-m", "--multirun")


def words_of(words: Sequence[str]) -> list[str]:
    """The words of a command, those of the sweep in the folder that ``resume=`` names in its place; others are given back as they are.

    Beside them only where and how fast the jobs are run may be said. Raises RunError where there is no sweep, or another one is asked for.
    """
    given = next((word.partition("=")[2] for word in words if word.startswith("resume=")), "")
    folder = Path(given.strip("'\""))
    if not given or not (folder / SWEEP_FILE).is_file():
        if given and any(flag in words for flag in FLAGS):
            raise RunError(f"resume: {folder} holds no {SWEEP_FILE}; name the folder of a sweep, as results/sweeps/20261122T101500_123456")
        return list(words)
    asked = OmegaConf.load(folder / SWEEP_FILE).hydra.overrides
    begun_with = [*asked.hydra, *asked.task]
    others = [word for word in words if word not in (*FLAGS, *begun_with) and not word.startswith("resume=")]
    for word in others:
        key = _key(word)
        if key not in ELSEWHERE and not key.startswith(("parallel.", "hydra/launcher", "hydra.launcher.")):
            raise RunError(f"resume: {word} cannot be said of a sweep that was begun without it; resume={folder} takes its own words")
    anew = {"hydra.mode", "hydra.sweep.dir", *map(_key, others)}
    own = [word for word in begun_with if _key(word) not in anew]
    if "hydra/launcher" in anew:  # what was said to another launcher, this one does not know
        own = [word for word in own if not _key(word).startswith("hydra.launcher.")]
    return ["-m", *own, *others, f"hydra.sweep.dir={quoted(str(folder))}"]


def begun(job: Path) -> Path | None:
    """The run that an earlier sitting began in a job's folder, a finished one if there is; None where there is none."""
    runs = [path.parent for path in sorted(job.glob(f"*/*/{PROVENANCE}"))]
    finished = [run for run in runs if read_status(run) in (COMPLETE, PARTIAL)]
    return max(finished or runs, default=None)


def quoted(text: str) -> str:
    """A text as Hydra reads it back, whatever it holds."""
    escaped = text.replace("'", "\\'")
    return f"'{escaped}'"


def _key(word: str) -> str:
    return word.lstrip("+~").partition("=")[0]
