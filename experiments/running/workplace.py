"""Where work is done: processes of this machine, or a cluster that is there. One small object each, with one method, ``run``."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from experiments.running.errors import RunError

Task = TypeVar("Task")
Result = TypeVar("Result")


@dataclass(frozen=True)
class Died:
    """What comes back of a task that took its process with it."""

    why: str = "its process was killed, most often since memory ran out; fewer workers need less of it"


class Workplace(Protocol):
    """``workers``: how many tasks are under way at once."""

    @property
    def workers(self) -> int:
        """How many tasks are under way at once."""
        ...

    def run(self, function: Callable[[Task], Result], tasks: Sequence[Task], alone: bool = False) -> Iterator[tuple[int, Result | Died]]:
        """Position and result of every task, as they get done. Where ``alone``, no task can take another one, or the caller, with it."""
        ...


@dataclass(frozen=True)
class Local:
    """Processes of this machine (joblib, loky). With one worker, or one task, all is done in this process, unless ``alone``."""

    workers: int = 1

    def __post_init__(self) -> None:
        _at_least_one("workers", self.workers)

    def run(self, function: Callable[[Task], Result], tasks: Sequence[Task], alone: bool = False) -> Iterator[tuple[int, Result | Died]]:
        """See :class:`Workplace`. When a process dies, what was not done yet is done one by one, to learn which task it was."""
        if alone:
            yield from _one_by_one(function, dict(enumerate(tasks)))
            return
        if self.workers == 1 or len(tasks) == 1:
            yield from enumerate(map(function, tasks))
            return
        from concurrent.futures.process import BrokenProcessPool

        import joblib  # slow to import

        left = dict(enumerate(tasks))
        try:
            pool = joblib.Parallel(n_jobs=self.workers, return_as="generator_unordered", batch_size=1)
            for k, result in pool(joblib.delayed(_numbered)(function, k, task) for k, task in enumerate(tasks)):
                del left[k]
                yield k, result
        except BrokenProcessPool:
            yield from _one_by_one(function, left)


@dataclass(frozen=True)
class Dask:
    """The workers of a Dask cluster that is there, on which this project is installed; ``address`` is its scheduler's: ``tcp://host:8786``.

    A task whose worker dies goes to another one; one that has taken several with it comes back as dead.
    """

    address: str
    workers: int = 1

    def __post_init__(self) -> None:
        _at_least_one("parallel.workers", self.workers)

    def run(self, function: Callable[[Task], Result], tasks: Sequence[Task], alone: bool = False) -> Iterator[tuple[int, Result | Died]]:
        """See :class:`Workplace`. Raises RunError where no cluster answers."""
        del alone  # whoever dies there is not us
        try:
            import distributed
        except ImportError as error:
            raise RunError("parallel: Dask is not installed; pip install 'territory-lab[dask]'") from error
        try:
            client = distributed.Client(self.address, timeout="10s")  # type: ignore[no-untyped-call]
        except (OSError, ValueError) as error:
            raise RunError(f"parallel.address: no Dask scheduler answers at {self.address}; start one with  dask scheduler") from error
        with client:
            futures = {client.submit(function, task, pure=False): k for k, task in enumerate(tasks)}
            for future in distributed.as_completed(futures):  # type: ignore[no-untyped-call]
                try:
                    yield futures[future], future.result()
                except distributed.KilledWorker:
                    yield futures[future], Died()


@dataclass(frozen=True)
class Ray:
    """The workers of a Ray cluster; ``address`` is its head's, ``auto`` finds one on this machine, ``local`` starts one."""

    address: str = "auto"
    workers: int = 1

    def __post_init__(self) -> None:
        _at_least_one("parallel.workers", self.workers)

    def run(self, function: Callable[[Task], Result], tasks: Sequence[Task], alone: bool = False) -> Iterator[tuple[int, Result | Died]]:
        """See :class:`Workplace`. Raises RunError where no cluster answers."""
        del alone  # whoever dies there is not us
        try:
            import ray
        except ImportError as error:
            raise RunError("parallel: Ray is not installed; pip install 'territory-lab[ray]'") from error
        if not ray.is_initialized():
            try:
                ray.init(address=self.address, log_to_driver=False, logging_level="error")
            except (ConnectionError, RuntimeError, ValueError) as error:
                raise RunError(f"parallel.address: no Ray cluster answers at {self.address}; start one with  ray start --head") from error
        remote = ray.remote(max_retries=2)(_numbered)  # takes functions only, not what partial makes of them
        left = {remote.remote(function, k, task): k for k, task in enumerate(tasks)}
        while left:
            (done,), _ = ray.wait(list(left))
            k = left.pop(done)
            try:
                yield ray.get(done)
            except (ray.exceptions.WorkerCrashedError, ray.exceptions.NodeDiedError, ray.exceptions.OutOfMemoryError):
                yield k, Died()
            except ray.exceptions.RayTaskError as error:
                raise error.cause from error  # as it was raised there, instead of one whose message is a traceback


def _at_least_one(name: str, workers: Any) -> None:
    if isinstance(workers, bool) or not isinstance(workers, int) or workers < 1:
        raise ValueError(f"{name}: {workers!r} must be a whole number, at least 1")


def _one_by_one(function: Callable[[Task], Result], tasks: Mapping[int, Task]) -> Iterator[tuple[int, Result | Died]]:
    """One task after the other in one other process; when that dies the next task has a new one."""
    from concurrent.futures.process import BrokenProcessPool

    from joblib.externals.loky import ProcessPoolExecutor

    pool = None
    try:
        for k, task in tasks.items():
            pool = pool or ProcessPoolExecutor(max_workers=1)
            try:
                yield k, pool.submit(function, task).result()
            except BrokenProcessPool:
                pool = None
                yield k, Died()
    finally:
        if pool:
            pool.shutdown()


def _numbered(function: Callable[[Task], Result], k: int, task: Task) -> tuple[int, Result]:
    return k, function(task)
