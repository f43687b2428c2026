"""Words that every console can show: what its alphabet lacks is written with letters that it has, so that "−1.5" stays a number below 0."""

from __future__ import annotations

import codecs
import io
import os
import sys
import unicodedata

PLAIN = {"−": "-", "–": "-", "—": "-", "‑": "-", "→": "->", "×": "x", "±": "+/-", "·": "|", "…": "...", "≥": ">=", "≤": "<=", "Σ": "sum"}
PLAIN |= {"δ": "delta", "²": "^2", "’": "'", "‘": "'", "“": '"', "”": '"'}


def speak_plainly() -> None:
    """From now on nothing that is written to standard output or standard error fails for want of a letter."""
    codecs.register_error("plain", plain)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="plain")


def unheard(last: str = "") -> OSError | None:
    """Why what was said, and one ``last`` word, does not reach whoever reads standard output, None where it does. After this, nothing
    complains of it again.
    """
    if sys.stdout is None:  # closed: nobody is to hear it
        return None
    try:
        sys.stdout.write(last)
        sys.stdout.flush()
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # Python flushes once more at its end
        return error
    return None


def plain(error: UnicodeError) -> tuple[str, int]:
    """For :func:`codecs.register_error`: what stands for the letters that cannot be encoded, and where to go on; accents are left off."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return "".join(map(_plain, error.object[error.start : error.end])), error.end


def _plain(letter: str) -> str:
    return PLAIN.get(letter) or unicodedata.normalize("NFKD", letter).encode("ascii", "ignore").decode() or "?"
