"""README and docs/ are true: Python examples run, comparisons can be read, tutorials run from the first command to the last."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hydra import compose, initialize_config_module
from hydra.core.override_parser.overrides_parser import OverridesParser
from sybil import Sybil
from sybil.parsers.markdown import PythonCodeBlockParser

from tests.e2e.command import ROOT

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
RUN_THROUGH = [ROOT / "docs" / "strategy.md", *sorted((ROOT / "docs" / "tutorials").glob("*.md"))]
FENCE = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FILE = re.compile(r"^```\{code-block\} \w+\n:caption: (\S+)\n\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SMALL = "futures=2 quarters=2 draws=1 workers=1"

RUN = f"""#!/bin/sh
command=$1
shift
[ "$command" != compare ] || set -- "$@" {SMALL}
exec .venv/bin/python -P -m experiments.cli "$command" "$@"
"""


def named(path: Path) -> str:
    """A page's path as a test's name."""
    return path.relative_to(ROOT).as_posix()


def comparisons(text: str) -> Iterator[list[str]]:
    """The words after `./run compare` of every such command on a page, in a block or in a line."""
    inline = re.findall(r"`(\./run compare[^`]*)`", FENCE.sub("", text))
    for command in (*"\n".join(FENCE.findall(text)).replace("\\\n", " ").splitlines(), *inline):
        before, found, options = command.partition("./run compare")
        if found and "#" not in before:
            yield shlex.split(options, comments=True)


def composes(words: list[str]) -> None:
    """Raise what Hydra has against the options of a command; of a sweep the first job is taken."""
    single: list[str] = []
    for override in OverridesParser.create().parse_overrides([word for word in words if not word.startswith("-")]):
        swept = override.is_sweep_override()
        single.append(f"{override.get_key_element()}={next(override.sweep_string_iterator())}" if swept else str(override.input_line))
    with initialize_config_module("conf", version_base="1.3"):
        compose("config", single)


@pytest.mark.parametrize("page", [page for page in PAGES if "\n```python\n" in page.read_text(encoding="utf-8")], ids=named)
def test_python_examples_run(page: Path) -> None:
    """The Python blocks of a page run one after the other, as a reader would type them. One test: they build on each other."""
    examples = Sybil(parsers=[PythonCodeBlockParser()]).parse(page)
    examples.namespace["__name__"] = "page"  # a dataclass looks up the module that it is defined in
    for example in examples.examples():
        example.evaluate()


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_comparison_can_be_read(page: Path) -> None:
    """Groups, choices and options of every `./run compare` exist, but for those that need files of the reader's."""
    for words in comparisons(page.read_text(encoding="utf-8")):
        if not any(word.startswith(("--config-dir", "--help", "hydra.searchpath")) for word in words):
            composes(words)


def test_commands_are_found_and_mistakes_in_them_too() -> None:
    """Blocks, continued lines and inline code are read, other commands are not; an option that is not there is told."""
    text = "Say `./run compare a=1`, `./run test`.\n\n```sh\nX=. ./run compare b=2 \\\n  'c=[3]'   # why\n./run report d\n```\n"
    assert list(comparisons(text)) == [["b=2", "c=[3]"], ["a=1"]]
    composes(["-m", "seed=1,2", "market=startup"])
    with pytest.raises(Exception, match="no_such_option"):
        composes(["no_such_option=1"])


@pytest.mark.slow
@pytest.mark.parametrize("page", RUN_THROUGH, ids=named)
def test_pages_run_from_the_first_to_the_last_command(page: Path, tmp_path: Path) -> None:
    """In an empty folder the page's files are written and its commands run, with few futures; none of them fails."""
    text = page.read_text(encoding="utf-8")
    for name, content in FILE.findall(text):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(content, encoding="utf-8")
    (tmp_path / "conf").symlink_to(ROOT / "conf")
    python = f'#!/bin/sh\nPYTHONPATH="{ROOT}:${{PYTHONPATH:-}}" exec "{sys.executable}" "$@"\n'
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    for name, script in (("run", RUN), (".venv/bin/python", python)):
        (tmp_path / name).write_text(script, encoding="utf-8")
        (tmp_path / name).chmod(0o755)
    commands = re.sub(r"results/(\w+)/<time>", r'"$(ls -d results/\1/* | tail -n 1)"', "\n".join(FENCE.findall(text)))
    environment = {**os.environ, "COLUMNS": "120"}
    done = subprocess.run(
        ["bash", "-eux", "-c", commands],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
