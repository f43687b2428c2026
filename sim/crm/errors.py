"""What is wrong with the user's files: one clear line an error."""

from __future__ import annotations

LINES_MAX = 20


class InputError(Exception):
    """The user's data cannot be used; ``lines`` say what is wrong, where, and what to do about it."""

    def __init__(self, *lines: str) -> None:
        super().__init__("\n".join(lines))
        self.lines: tuple[str, ...] = lines


class Problems:
    """Collects errors so that up to ``LINES_MAX`` of them are shown at once."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._n = 0

    def add(self, line: str) -> None:
        """One more error."""
        self._n += 1
        if self._n <= LINES_MAX:
            self._lines.append(line)

    def add_cell(self, file: str, line: int, column: str, value: str, what: str) -> None:
        """One more error, in the cell of this column on this line (counted from 1) of a file."""
        self.add(f"{file}:{line}: {column} {value!r} {what}")

    def raise_if_any(self) -> None:
        """Raise :class:`InputError` if there was an error."""
        more = self._n - len(self._lines)
        if self._n:
            raise InputError(*self._lines, *([f"... and {more} more"] if more else []))
