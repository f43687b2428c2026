"""The results folder: its name, its tables, its status. We write a file whole or not at all; what we read may be damaged all the same."""

from __future__ import annotations

import csv
import errno
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from filelock import FileLock, Timeout

from experiments.running.errors import RunError, one_line
from experiments.running.labels import check_label
from experiments.running.spreadsheet import bare, bare_text, guarded

if TYPE_CHECKING:
    import pandas as pd

SCHEMA_VERSION = 1
STATUS_FILE, PROVENANCE, LOCK_FILE, CELLS = "STATUS", "provenance.json", ".lock", "cells"
TEXT_COLUMNS = frozenset(
    {"arm", "arm_a", "arm_b", "strategy", "verdict", "decided_by", "error", "parameter", "value", "status", "rule", "depends_on", "of"}
    | {"account_id", "account_name", "from_seat", "to_seat", "reason", "evidence", "from_skilled", "to_skilled", "seat", "seat_name"}
    | {"market", "scenario", "over", "command", "segment", "today"}
)
RUNNING, COMPLETE, PARTIAL, FAILED = "running", "complete", "partial", "failed"
DAMAGED = "it is not as it was written: put a copy back, or run the comparison again"


class Unwritable(RunError):
    """A file that cannot be written, and why; in the words of whoever writes what helps ``then``, see :func:`helped_by`."""

    def __init__(self, what: str, then: str = "") -> None:
        super().__init__(f"{what}, then {then}" if then else what, exit_code=1)
        self.what = what


def make_inside(folder: Path, name: str) -> Path:
    """A folder for files of one kind, which may be there already."""
    inside = folder / name
    try:
        inside.mkdir(exist_ok=True)
    except OSError as error:
        raise _unwritable(inside, error) from error
    return inside


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
    """The word in the folder's STATUS, ``failed`` where there is none. Raises RunError for any other word."""
    path = folder / STATUS_FILE
    if not path.exists():
        return FAILED
    with reading(path):
        word = path.read_text(encoding="utf-8").strip()
        if word not in (RUNNING, COMPLETE, PARTIAL, FAILED):
            raise ValueError(f"it says {word[:20]!r}, and not running, complete, partial or failed")
    return word


def write_table(path: Path, table: pd.DataFrame) -> None:
    """Write a table with the column ``schema_version``, as the file's suffix says: .parquet, or .csv, which people open."""
    table = table.assign(schema_version=SCHEMA_VERSION)
    if path.suffix == ".parquet":
        _atomically(path, lambda temporary: table.to_parquet(temporary, index=False))
        return
    guarded_table = guarded(table)
    text = guarded_table.to_csv(index=False, lineterminator="\n")
    if "\r" in text:  # unquoted and alone it would end a row, and Python quotes it of its own accord only from 3.13 on
        text = guarded_table.to_csv(index=False, lineterminator="\n", quoting=csv.QUOTE_NONNUMERIC)
    write_text(path, text)


def read_table(path: Path) -> pd.DataFrame:
    """Read a table of a results folder; empty texts stay empty texts, and a label such as ``None`` stays a label.

    Raises RunError for a file that is damaged or of another schema.
    """
    import pandas as pd  # slow to import

    with reading(path):
        if path.suffix == ".parquet":
            table = pd.read_parquet(path)
        else:
            head = pd.read_csv(path, nrows=0).columns
            texts = {name: str for name in head if bare_text(name) in TEXT_COLUMNS}
            others = {name: [""] for name in head if name not in texts}
            table = bare(pd.read_csv(path, dtype=texts, keep_default_na=False, na_values=others, low_memory=False))
        if "schema_version" not in table:
            raise ValueError("it has no column schema_version")
        for version in table["schema_version"].unique():
            _check_version(version)
    return table


def _check_version(version: Any) -> None:
    if version != SCHEMA_VERSION:
        raise ValueError(f"its schema_version is {version}, and this version of Territory Lab reads {SCHEMA_VERSION}")


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """Write a JSON file, readable by people too."""
    write_text(path, json.dumps({"schema_version": SCHEMA_VERSION, **content}, indent=2, ensure_ascii=False, default=str) + "\n")


def read_json(path: Path) -> dict[str, Any]:
    """Read what :func:`write_json` wrote. Raises RunError for a file that is damaged or of another schema."""
    with reading(path):
        content = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(content, dict):
            raise ValueError("it holds no names with values")
        _check_version(content.get("schema_version"))
    return content


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Whatever a library says of a file that is not what we wrote, in one line."""
    try:
        yield
    except FileNotFoundError as error:
        raise RunError(f"{path}: is missing; put a copy back, or run the comparison again") from error
    except Exception as error:
        why = str(error) if type(error) is ValueError and "\n" not in str(error) else one_line(error)
        raise RunError(f"{path}: cannot be read ({why}); {DAMAGED}") from error


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


def _unwritable(path: Path, error: OSError) -> Unwritable:
    helps = "make room there" if error.errno in (errno.ENOSPC, errno.EDQUOT) else "see that it can be written"
    return Unwritable(f"cannot write {path} ({error.strerror or error}); {helps}")


@contextmanager
def helped_by(words: str) -> Iterator[None]:
    """Where a file cannot be written meanwhile, the error ends with these words, such as "go on with ..."; the outermost have the say."""
    try:
        yield
    except Unwritable as error:
        raise Unwritable(error.what, words) from error
