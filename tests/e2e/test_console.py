"""Output that goes to a file, a pipe or a console of few letters."""

import io
import subprocess
import sys
from pathlib import Path

import pytest

from experiments.cli import COMMANDS
from experiments.running.console import speak_plainly
from tests.e2e.command import ROOT, TABLES, territory_lab

SAID = "arm −1.5 % · 3 × 2 → “Zürich” – 名"


@pytest.mark.parametrize(
    ("encoding", "shown"),
    [
        ("ascii", 'arm -1.5 % | 3 x 2 -> "Zurich" - ?'),
        ("cp1252", "arm -1.5 % · 3 × 2 -> “Zürich” – ?"),
        ("utf-8", SAID),
    ],
)
def test_what_a_console_lacks_is_written_with_what_it_has(monkeypatch: pytest.MonkeyPatch, encoding: str, shown: str) -> None:
    """A minus stays a minus, accents are left off, and a letter that nothing stands for is a question mark."""
    written = {name: io.BytesIO() for name in ("stdout", "stderr")}
    for name, to in written.items():
        monkeypatch.setattr(sys, name, io.TextIOWrapper(to, encoding=encoding, write_through=True))
    speak_plainly()
    for name, to in written.items():
        getattr(sys, name).write(SAID)
        assert to.getvalue().decode(encoding) == shown


@pytest.mark.parametrize("words", [("compare", *TABLES, "strategies=[status_quo,random]"), ("compare", "futures=–3"), ("report", "–x")])
def test_commands_end_well_on_a_machine_of_few_letters(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]) -> None:
    """With an ASCII console a comparison says its numbers below 0, and a mistake is one line; both end as they do elsewhere."""
    monkeypatch.setenv("PYTHONIOENCODING", "ascii")
    done = territory_lab(*words, cwd=tmp_path)
    assert "Traceback" not in done.stderr
    if words[-1] == "strategies=[status_quo,random]":
        assert done.returncode == 0, done.stderr
        assert "random" in done.stdout
        assert "[-" in done.stdout
    else:
        assert done.returncode == (2 if words[0] == "report" else 1)
        assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_says_what_it_is_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str) -> None:
    """--help is an answer, with exit code 0, on any console."""
    monkeypatch.setenv("PYTHONIOENCODING", "ascii")
    done = territory_lab(command, *(() if command == "help" else ("--help",)), cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert command in done.stdout + done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_output_that_nobody_takes_is_no_traceback(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, unbuffered: str) -> None:
    """A reader that has seen enough ends the command quietly, as it does other commands."""
    monkeypatch.setenv("PYTHONUNBUFFERED", unbuffered)
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    command = [sys.executable, "-P", "-m", "experiments.cli", "help"]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as asked:
        assert asked.stdout is not None
        asked.stdout.close()
        assert asked.stderr is not None
        assert asked.stderr.read() == ""
    assert asked.returncode == 141
