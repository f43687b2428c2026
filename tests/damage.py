"""A file of a run as it is after somebody, or something, has been at it."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd

DAMAGES = ("missing", "empty", "cut", "junk", "schema", "no schema")


def harm(path: Path, damage: str) -> None:
    """Take the file away, empty it, cut it in the middle, overwrite it, or give it another schema or none."""
    content = path.read_bytes()
    if damage == "missing":
        path.unlink()
    elif damage == "empty":
        path.write_bytes(b"")
    elif damage == "cut":
        path.write_bytes(content[: len(content) * 3 // 4])
    elif damage == "junk":
        path.write_bytes(bytes(range(256)) * 4)
    elif path.suffix == ".json":
        told = {name: value for name, value in json.loads(content).items() if name != "schema_version"}
        path.write_text(json.dumps(told | ({"schema_version": 2} if damage == "schema" else {})), encoding="utf-8")
    else:
        table = pd.read_parquet(path) if path.suffix == ".parquet" else pd.read_csv(path, keep_default_na=False)
        table = table.assign(schema_version=2) if damage == "schema" else table.drop(columns="schema_version")
        table.to_parquet(path, index=False) if path.suffix == ".parquet" else table.to_csv(path, index=False)
