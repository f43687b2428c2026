"""The results folder: its name, its tables, its status. A file is either not there or whole."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from filelock import FileLock, Timeout

from experiments.running.errors import RunError
from experiments.running.labels import check_label

if TYPE_CHECKING:
    import pandas as pd

SCHEMA_VERSION = 1
STATUS_FILE, PROVENANCE, LOCK_FILE, CELLS = "STATUS", "provenance.json", ".lock", "cells"
TEXT_COLUMNS = frozenset(
    {"arm", "arm_a", "arm_b", "strategy", "verdict", "decided_by", "error", "parameter", "value", "status", "rule", "depends_on", "of"}
    | {"account_id", "account_name", "from_seat", "to_seat", "reason", "evidence", "from_skilled", "to_skilled", "seat", "seat_name"}
)
RUNNING, COMPLETE, PARTIAL, FAILED = "running", "complete", "partial", "failed"


def check_root(root: Path) -> None:
    """Raise RunError if no results folder could be made under ``root``. Makes nothing."""
    existing = root.absolute()
    while not existing.exists():
        existing = existing.parent
    if not existing.is_dir() or not os.access(existing, os.W_OK):
        raise RunError(f"results: cannot write to {root}; give another one, or the right to write there")


def make_folder(root: Path, market: str, started: datetime) -> Path:
    """A new folder ``root/<market>/<time>``. Raises RunError where it cannot be made, or the market's label would lead elsewhere."""
    check_label("market.label", market)
    folder = root / market / f"{started:%Y%m%dT%H%M%S_%f}"
    try:
        folder.mkdir(parents=True)
    except OSError as error:
        raise RunError(f"results: cannot make {folder} ({error.strerror}); give another one, or the right to write there") from error
    return folder


def write_status(folder: Path, word: str) -> None:
    """One word: running, complete, partial (some cells failed) or failed."""
    write_text(folder / STATUS_FILE, word + "\n")


def read_status(folder: Path) -> str:
    """The word in the folder's STATUS, ``failed`` where there is none."""
    path = folder / STATUS_FILE
    return path.read_text(encoding="utf-8").strip() if path.exists() else FAILED


def write_table(path: Path, table: pd.DataFrame) -> None:
    """Write a table with the column ``schema_version``, as the file's suffix says (.parquet or .csv)."""
    table = table.assign(schema_version=SCHEMA_VERSION)
    if path.suffix == ".parquet":
        _atomically(path, lambda temporary: table.to_parquet(temporary, index=False))
    else:
        _atomically(path, lambda temporary: table.to_csv(temporary, index=False, lineterminator="\n"))


def read_table(path: Path) -> pd.DataFrame:
    """Read a table of a results folder; empty texts stay empty texts, and a label such as ``None`` stays a label."""
    import pandas as pd  # slow to import

    if path.suffix == ".parquet":
        return pd.read_parquet(path)
    head = pd.read_csv(path, nrows=0).columns
    texts = {name: str for name in head if name in TEXT_COLUMNS}
    return pd.read_csv(path, dtype=texts, keep_default_na=False, na_values={name: [""] for name in head if name not in TEXT_COLUMNS})


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """Write a JSON file, readable by people too."""
    write_text(path, json.dumps({"schema_version": SCHEMA_VERSION, **content}, indent=2, ensure_ascii=False, default=str) + "\n")


def read_json(path: Path) -> dict[str, Any]:
    """Read what :func:`write_json` wrote."""
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return content


def write_text(path: Path, text: str) -> None:
    """Write a text file."""
    write_bytes(path, text.encode("utf-8"))


def write_bytes(path: Path, content: bytes) -> None:
    """Write a file."""
    _atomically(path, lambda temporary: temporary.write_bytes(content))


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """Hold the folder for one run: the lock ends with the process, however that ends. Raises RunError if another run holds it."""
    lock = FileLock(folder / LOCK_FILE)
    try:
        lock.acquire(timeout=0)
    except Timeout as error:
        raise RunError(f"{folder}: another run is at work there; wait for its end, or start anew without  resume=") from error
    except OSError as error:
        raise _unwritable(folder, error) from error
    try:
        yield
    finally:
        lock.release()
        (folder / LOCK_FILE).unlink(missing_ok=True)


def _atomically(path: Path, write: Any) -> None:
    temporary = path.with_name(path.name + ".tmp")
    try:
        write(temporary)
        temporary.replace(path)
    except OSError as error:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise _unwritable(path, error) from error


def _unwritable(path: Path, error: OSError) -> RunError:
    return RunError(f"cannot write {path} ({error.strerror or error}); make room there, then go on with  resume=DIR", exit_code=1)
