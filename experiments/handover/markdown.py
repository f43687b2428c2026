"""Texts from a CRM inside Markdown: shown as they are, whatever stands in them."""

from __future__ import annotations

import re

from experiments.figures import style

_SPECIAL = re.compile(r"([\\`*\[\]<>|~&#$])|(?<!\w)(_)|(_)(?!\w)|^([-+=>])|^(\d+)([.)])")


def literal(text: str) -> str:
    """``text`` on one line, with a backslash before what CommonMark, its tables or GitHub's formulas would read as markup.

    An underscore within a word is none, and stays.
    """
    line = " ".join(text.split())
    return _SPECIAL.sub(lambda m: f"{m[5]}\\{m[6]}" if m[6] else f"\\{m[0]}", line)


def usd(amount_usd: float) -> str:
    """Three significant digits, "USD 18.6 M": two dollar signs on a line may be taken for a formula."""
    return style.usd(amount_usd).replace("$", "USD ")


def listed(words: list[str]) -> str:
    """One, two and three: "a, b and c"."""
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)
