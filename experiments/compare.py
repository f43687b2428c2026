"""A Hydra job is one comparison: configuration in, results folder out."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Sequence
from pathlib import Path

import hydra
from hydra.core.hydra_config import HydraConfig
from hydra.types import RunMode
from omegaconf import DictConfig

from experiments.running.configuration import broken_off, request
from experiments.running.errors import ArmsFailed, RunError, one_line
from experiments.running.mistakes import tell
from experiments.running.search_path import looked_over
from experiments.sweeps.broken_off import begun
from experiments.sweeps.ranges import ends_met
from sim.crm.errors import InputError


@hydra.main(version_base="1.3", config_path="pkg://conf", config_name="config")
def main(config: DictConfig) -> None:
    """Run the comparison that the configuration describes; a job of a sweep in a folder of its own, where a failure is put down too."""
    job = HydraConfig.get()
    places = [word for word in job.overrides.hydra if word.startswith("hydra.searchpath=")]
    command = shlex.join(["./run", "compare", *places, *job.overrides.task])
    if job.mode != RunMode.MULTIRUN:
        try:
            _compare(config, command, words=list(job.overrides.task))
        except (RunError, InputError) as error:
            raise SystemExit(tell(error)) from error
        return
    if job.job.num == 0:  # those of a preset; the command's own are told before the sweep begins
        for line in ends_met([f"{key}={value}" for key, value in (job.sweeper.get("params") or {}).items()]):
            print(f"warning: {line}", file=sys.stderr)
    folder = Path(job.runtime.output_dir)
    if job.runtime.choices.get("hydra/launcher") == "joblib":
        config.workers = 1  # the launcher's processes are the workers: those of a job would be threads of one of them
    try:
        config.resume = str(begun(folder) or "") or None
        _compare(config, command, folder, words=list(job.overrides.task))
        for name in ("error.txt", "STATUS"):  # of an earlier sitting
            (folder / name).unlink(missing_ok=True)
    except Exception as error:  # Hydra goes on with the other jobs, and tells at the end
        from experiments.running import store

        store.write_text(folder / "error.txt", f"{command}\n{one_line(error)}\n")
        store.write_status(folder, store.PARTIAL if isinstance(error, ArmsFailed) else store.FAILED)
        raise


def _compare(config: DictConfig, command: str, root: Path | None = None, words: Sequence[str] = ()) -> None:
    """``root`` is the folder of a job of a sweep. Raises ArmsFailed, after the conclusion, where an arm failed in every future."""
    packages = looked_over(HydraConfig.get().runtime, config)
    folder = Path(config.resume) if config.get("resume") else None
    if folder:
        config = broken_off(folder, config, words)
    asked = request(config, command, packages)

    from experiments.findings.failures import failed_whole, in_words
    from experiments.report.terminal import conclusion
    from experiments.runner import run_comparison  # here, so that --help and a mistake are answered at once
    from experiments.running import store

    if folder is None or store.read_status(folder) not in (store.COMPLETE, store.PARTIAL):
        results, pages = root or asked.results, root is None if asked.report is None else asked.report
        what = (asked.source, asked.arms, asked.scenario, asked.settings, results)
        folder = run_comparison(*what, workplace=asked.workplace, resume=folder, pages=pages)
    print(conclusion(folder))
    if failed := failed_whole(store.read_table(folder / "runs.parquet")):
        raise ArmsFailed(in_words(failed), exit_code=1)
