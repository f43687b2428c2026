"""Texts that a spreadsheet would run as a formula: an apostrophe stands before them in the CSV files that people open.

Names and ids come from a CRM, where anybody may have typed them, and spreadsheets run a cell that begins with = + - or @; some do so behind
a tab or a line break, too. A text that begins with apostrophes and then with one of these gets one more, so that taking one off gives every
text back.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

RUNS = re.compile(r"'*[=+\-@\t\r\n]")


def guarded(table: pd.DataFrame) -> pd.DataFrame:
    """The table as it stands in a file that people open: its texts and the names of its columns; numbers are left alone."""
    return _with_texts(table, lambda text: f"'{text}" if RUNS.match(text) else text)


def bare(table: pd.DataFrame) -> pd.DataFrame:
    """The table that :func:`guarded` was given."""
    return _with_texts(table, bare_text)


def bare_text(text: str) -> str:
    """One text without the apostrophe of :func:`guarded`."""
    return text[1:] if text.startswith("'") and RUNS.match(text) else text


def _with_texts(table: pd.DataFrame, of: Callable[[str], str]) -> pd.DataFrame:
    texts = [name for name, kind in table.dtypes.items() if kind.kind == "O"]
    changed = {str(name): table[name].map(lambda cell: of(cell) if isinstance(cell, str) else cell) for name in texts}
    return table.assign(**changed).rename(columns=of)
