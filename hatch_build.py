"""What a package index shows: the README, with the paths of files instead of links to them, since there is nothing beside it to link to."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from hatchling.metadata.plugin.interface import MetadataHookInterface

IMAGE = re.compile(r"!\[[^\]]*\]\((?!https?:)[^)]*\)\n*")
LINK = re.compile(r"\[([^\]]+)\]\((?!https?:)([^)#]+)[^)]*\)")
ABOUT = """\
`pip install territory-lab` gives the command `territory-lab`, which does what this page does by `./run`; sensitivity, tuning and jobs side
by side want `pip install 'territory-lab[sweeps]'`. `./run` itself, and the files that are named here, are in the source distribution.
"""


class Readme(MetadataHookInterface):
    """Sets ``project.readme``, which is dynamic in pyproject.toml."""

    def update(self, metadata: dict[str, Any]) -> None:
        """Called by hatchling for every build."""
        readme = Path(self.root, "README.md").read_text(encoding="utf-8")
        metadata["readme"] = {"content-type": "text/markdown", "text": as_shown(readme)}


def as_shown(readme: str) -> str:
    """The README without pictures, its links to files as the words and the path, and how the package differs said below the title."""
    title, _, rest = IMAGE.sub("", readme).partition("\n")
    return f"{title}\n\n{ABOUT}{LINK.sub(_words, rest)}"


def _words(link: re.Match[str]) -> str:
    words, path = link.groups()
    return words if words == path else f"{words} ({path})"
