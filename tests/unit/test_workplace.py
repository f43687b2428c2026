"""Wherever work is done, its results are the same, and a task that takes its process with it takes nobody else."""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pandas as pd
import pytest

from experiments.runner import run_comparison
from experiments.running import store
from experiments.running.arms import Settings
from experiments.running.errors import RunError
from experiments.running.scenario import Scenario
from experiments.running.workplace import Dask, Died, Local, Ray, Workplace
from strategies.equal_count import EqualCount
from strategies.random_draw import Random
from strategies.status_quo import StatusQuo
from tests.comparisons import arms_of, no_report  # noqa: F401  # an autouse fixture works by being imported
from tests.markets import synthetic


def squared(k: int) -> int:
    """A task; the third takes its process with it."""
    if k == 3:
        os._exit(1)
    return k * k


@pytest.mark.parametrize("alone", [False, True])
def test_a_task_that_dies_is_known(alone: bool) -> None:
    """Everybody else has a result, under its own number."""
    done = dict(Local(2).run(squared, range(6), alone=alone))
    assert done == {0: 0, 1: 1, 2: 4, 3: Died(), 4: 16, 5: 25}


@pytest.fixture(scope="module")
def cluster() -> Iterator[str]:
    """The address of a Dask cluster on this machine: two workers, a process each."""
    distributed = pytest.importorskip("distributed")
    with distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None, worker_dashboard_address=None) as here:
        yield here.scheduler_address


def tables(root: Path, workplace: Workplace) -> list[pd.DataFrame]:
    """Runs, seats and summary of a small comparison made there, without measured times."""
    arms = arms_of({"status_quo": StatusQuo(), "random": Random(), "equal_count": EqualCount()})
    asked = Settings(seed=3, futures=4, quarters=4, draws=2)
    folder = run_comparison(synthetic(60, 3), arms, Scenario("base", "?"), asked, root, progress=False, workplace=workplace)
    found = [store.read_table(folder / name) for name in ("runs.parquet", "seats.parquet", "summary.csv")]
    return [table.drop(columns=[c for c in table if str(c).endswith("_s")]) for table in found]


@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_a_cluster_gives_the_tables_of_one_process(tmp_path: Path, cluster: str) -> None:
    """Two workers of a Dask cluster, and this process alone, give the same tables to the last bit."""
    for here, there in zip(tables(tmp_path / "a", Local()), tables(tmp_path / "b", Dask(cluster, 2)), strict=True):
        pd.testing.assert_frame_equal(here, there, check_exact=True)


@pytest.mark.filterwarnings("ignore")
def test_ray_gives_the_tables_of_one_process(tmp_path: Path) -> None:
    """Where Ray is installed: the same tables, whoever dies is known, and what is raised there is told as it was raised."""
    ray = pytest.importorskip("ray")
    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False)
    try:
        for here, there in zip(tables(tmp_path / "a", Local()), tables(tmp_path / "b", Ray(workers=2)), strict=True):
            pd.testing.assert_frame_equal(here, there, check_exact=True)
        assert dict(Ray(workers=2).run(squared, [2, 3])) == {0: 4, 1: Died()}
        with pytest.raises(ValueError, match=r"^invalid literal for int\(\) with base 2: '7'$"):
            list(Ray(workers=2).run(partial(int, base=2), ["7"]))
    finally:
        ray.shutdown()


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_nobody_at_the_address_is_one_line() -> None:
    """Where no scheduler answers, one line names the address."""
    with pytest.raises(RunError, match=r"parallel.address: no Dask scheduler answers at tcp://127.0.0.1:1"):
        list(Dask("tcp://127.0.0.1:1").run(squared, [1]))
