"""docs/parameters.md says the defaults that the program has."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hydra import compose, initialize_config_module
from omegaconf import OmegaConf

PAGE = (Path(__file__).parents[2] / "docs" / "parameters.md").read_text(encoding="utf-8")
SECTIONS = {"world": "## Nature", "policy": "## Company", "market": "## Market"}
NO_NUMBERS = ("_target_", "_convert_", "label")


def leaves(group: Any, prefix: str = "") -> Iterator[tuple[str, str]]:
    """Every parameter of a configuration with its value as the page writes it."""
    for key, value in group.items():
        if isinstance(value, dict):
            yield from leaves(value, f"{prefix}{key}.")
        elif key not in NO_NUMBERS:
            yield f"{prefix}{key}", ", ".join(map(written, value)) or "[]" if isinstance(value, list) else written(value)


def written(value: object) -> str:
    """A number without what is not needed of it: 0.50 and 0.5 are one."""
    try:
        return f"{float(str(value)):g}"
    except ValueError:
        return str(value)


def page_rows(heading: str) -> dict[str, str]:
    """Parameter and default of every row of a table."""
    section = PAGE.split(heading)[1].split("\n## ")[0]
    rows = re.findall(r"^\| ([a-z_.]+) \| ([^|]*) \|", section, flags=re.MULTILINE)
    return {name: ", ".join(map(written, default.split(", "))) for name, default in rows if name != "parameter"}


@pytest.mark.parametrize("group", list(SECTIONS))
def test_the_page_lists_every_parameter_with_its_default(group: str) -> None:
    """No parameter is missing, none is left over, and all defaults are those of conf/."""
    with initialize_config_module("conf", version_base="1.3"):
        config = OmegaConf.to_container(compose("config")[group])
    assert page_rows(SECTIONS[group]) == dict(leaves(config))
