"""An error that is told in one line."""

from __future__ import annotations

MOST_LETTERS_N = 400


class RunError(Exception):
    """What went wrong, where, and what to do, in one line. ``exit_code`` is 2 for a user's mistake and 1 for a run that failed."""

    def __init__(self, message: str, exit_code: int = 2) -> None:
        super().__init__(message)
        self.exit_code = exit_code


class Told(Exception):
    """Something failed elsewhere, and the message says all: what was raised there, type included, or how a process ended."""


class ArmsFailed(RunError):
    """A comparison is done and its tables are there, but an arm has no numbers in them."""


def one_line(error: BaseException) -> str:
    """``Type: message``, the message's first line only, cut where it is very long; whatever the error's own methods do."""
    try:
        message = str(error).strip().split("\n")[0]
    except Exception:
        message = "what it says cannot be told"
    message = "".join(letter if letter.isprintable() else " " for letter in message[:MOST_LETTERS_N])
    if isinstance(error, Told):
        return message
    return f"{type(error).__name__}: {message}" if message else type(error).__name__
