"""Labels become names of files and folders, so none may lead anywhere else."""

from __future__ import annotations

import re

from experiments.running.errors import RunError
from sim.ranges import shown

LABEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}")


def check_label(key: str, label: object) -> None:
    """Raise RunError unless ``label`` can name a file anywhere: of a market, scenario, strategy, arm or suite."""
    if not isinstance(label, str) or not LABEL.fullmatch(label):
        rule = "use at most 100 letters (a-z), digits, '_', '-' and '.', a letter or digit first"
        raise RunError(f"{key}: the label {shown(label)} names files; {rule}")
