"""The script ./run on machines of all kinds: without Python, without venv, interrupted, twice at once."""

import os
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TOOLS = ("sh", "dirname", "cksum", "cat", "head", "sed", "ln", "readlink", "rm", "mv", "sleep", "mkdir", "chmod", "cp", "touch")

# Stands for python3 (and, copied, for the one in .venv): writes down what it is asked for. FAKE names what it lacks or where it fails.
FAKE_PYTHON = r"""#!/bin/sh
here=$(dirname "$0")
case "$*" in
*version_info*) [ "$FAKE" != old ]; exit ;;
--version) echo "Python 3.9.2"; exit ;;
*ensurepip*) [ "$FAKE" != bare ]; exit ;;
"-m pip --version") exit 1 ;;
"-m venv --clear "*)
    rm -rf "$4"; mkdir -p "$4/bin"; cp "$0" "$4/bin/python"; [ "$FAKE" != slow ] || sleep 1 ;;
*"pip install"*"--require-hashes"*) [ "$FAKE" != offline ] || { echo "no network" >&2; exit 1; } ;;
esac
(IFS='|'; echo "$*") >>"$LOG"
echo "${PYTHONPATH-}" >"$LOG.path"
"""


class Machine:
    """A folder with ./run in it, and a search path on which a fake python3 is all the Python there is."""

    def __init__(self, folder: Path) -> None:
        self.project, self.bin, self.log = folder / "the project", folder / "bin", folder / "log"
        for path in (self.project, self.bin):
            path.mkdir()
        for name in ("run", "requirements.lock", "pyproject.toml"):
            shutil.copy(ROOT / name, self.project)
        for tool in TOOLS:
            found = shutil.which(tool)
            assert found, tool
            (self.bin / tool).symlink_to(found)
        (self.bin / "python3").write_text(FAKE_PYTHON, encoding="utf-8")
        (self.bin / "python3").chmod(0o755)

    def start(self, *words: str, fake: str = "", pythonpath: str = "") -> subprocess.Popen[str]:
        """Start ./run from another folder."""
        environment = {"PATH": str(self.bin), "FAKE": fake, "LOG": str(self.log), **({"PYTHONPATH": pythonpath} if pythonpath else {})}
        command = [str(self.project / "run"), *words]
        return subprocess.Popen(command, cwd=self.bin, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def run(self, *words: str, fake: str = "", pythonpath: str = "") -> tuple[int, str, str]:
        """Exit code, output and errors of ./run."""
        with self.start(*words, fake=fake, pythonpath=pythonpath) as process:
            try:
                output, errors = process.communicate(timeout=30)
            except subprocess.TimeoutExpired:
                process.kill()
                raise
        return process.returncode, output, errors

    def calls(self) -> list[str]:
        """What the fake Pythons were asked for since the last time."""
        lines = self.log.read_text(encoding="utf-8").splitlines() if self.log.exists() else []  # words parted by |
        self.log.unlink(missing_ok=True)
        return lines


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """A machine on which ./run has never been called."""
    return Machine(tmp_path)


def test_help_needs_nothing(machine: Machine) -> None:
    """No word, and help, print the commands from the script's own comments; nothing is set up."""
    for words in ((), ("help",), ("--help",)):
        code, output, errors = machine.run(*words, fake="old")
        assert (code, errors) == (0, "")
        for command in ("compare", "report DIR", "test", "lint", "docs", "help"):
            assert f"\n  {command}" in output
    assert not (machine.project / ".venv").exists()


def test_the_version_needs_nothing(machine: Machine) -> None:
    """The number is that of pyproject.toml; nothing is set up; where there is no git, or no checkout, no commit is said."""
    number = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    assert machine.run("--version", fake="old") == (0, f"territory-lab {number}\n", "")
    (machine.project / ".git").mkdir()
    assert machine.run("--version", fake="old") == (0, f"territory-lab {number}\n", "")
    git = machine.bin / "git"
    git.write_text('#!/bin/sh\n[ "$3 $4" = "rev-parse HEAD" ] && echo abc123\n', encoding="utf-8")
    git.chmod(0o755)
    assert machine.run("--version", fake="old") == (0, f"territory-lab {number} (commit abc123)\n", "")
    assert not (machine.project / ".venv").exists()


@pytest.mark.parametrize("command", ["compare", "test", "docs"])
def test_the_project_goes_before_what_is_on_the_users_path(machine: Machine, command: str) -> None:
    """A folder on PYTHONPATH is searched after the project, so that one of the same name as a package of the project's takes no place."""
    path = machine.log.with_name("log.path")
    assert machine.run(command)[0] == 0
    assert path.read_text(encoding="utf-8") == f"{machine.project}\n"
    assert machine.run(command, pythonpath="/theirs:/others")[0] == 0
    assert path.read_text(encoding="utf-8") == f"{machine.project}:/theirs:/others\n"


def test_an_unknown_command_is_told_the_commands(machine: Machine) -> None:
    """A mistyped command is one line with the commands and exit code 2."""
    commands = "compare, aggregate, sensitivity, tune, report, benchmark, check, compile, test, lint, docs, help"
    assert machine.run("comapre") == (2, "", f"error: there is no command 'comapre'. Commands: {commands}\n")


def test_the_first_call_sets_up_and_later_calls_start_at_once(machine: Machine) -> None:
    """The first call installs the lock with hashes, and the project, and compiles; the next goes straight to the command."""
    code, _, errors = machine.run("compare", "futures=3", "a b")
    assert code == 0, errors
    assert "setting up .venv" in errors
    venv, pip, project, compiling, command = machine.calls()
    assert venv == f"-m|venv|--clear|{machine.project}/.venv"
    assert pip == f"-m|pip|install|-qq|--require-hashes|-r|{machine.project}/requirements.lock"
    assert project == f"-m|pip|install|-qq|--no-deps|--no-build-isolation|-e|{machine.project}"
    assert compiling == "-P|-m|experiments.cli|compile"
    assert command == "-P|-m|experiments.cli|compare|futures=3|a b"
    assert machine.run("report", "somewhere") == (0, "", "")
    assert machine.calls() == ["-P|-m|experiments.cli|report|somewhere"]


def test_docs_is_built_in_the_project_and_says_where(machine: Machine) -> None:
    """The site is made with warnings as errors beside ./run, wherever that is called from, and the page to open is printed."""
    code, output, errors = machine.run("docs")
    assert (code, output) == (0, f"{machine.project}/build/docs/index.html\n"), errors
    assert machine.calls()[-1] == "-P|-m|sphinx|-E|-W|--keep-going|-q|docs|build/docs"


@pytest.mark.parametrize("name", ["requirements.lock", "pyproject.toml"])
def test_a_changed_lock_or_project_installs_again(machine: Machine, name: str) -> None:
    """After a change of the lock or of pyproject.toml the packages are brought up to date, in the same .venv."""
    machine.run("report")
    machine.calls()
    with (machine.project / name).open("a", encoding="utf-8") as file:
        file.write("\n# changed\n")
    code, _, errors = machine.run("report")
    assert code == 0
    assert "has changed" in errors
    assert [call.split("|")[:3] for call in machine.calls()] == [["-m", "pip", "install"]] * 2 + [["-P", "-m", "experiments.cli"]] * 2


def test_a_failed_update_is_tried_again_in_the_same_place(machine: Machine) -> None:
    """An update that fails does not cost the packages that are there: the next call updates again, and makes no new .venv."""
    machine.run("report")
    with (machine.project / "pyproject.toml").open("a", encoding="utf-8") as file:
        file.write("\n# changed\n")
    assert machine.run("report", fake="offline")[0] != 0
    machine.calls()
    assert machine.run("report")[0] == 0
    calls = machine.calls()
    assert len(calls) == 4
    assert not any(call.startswith("-m|venv") for call in calls)


def test_a_moved_project_is_set_up_anew(machine: Machine) -> None:
    """Scripts in .venv hold its old place: after a move it is made from nothing."""
    machine.run("report")
    machine.calls()
    machine.project = machine.project.rename(machine.project.with_name("moved"))
    assert machine.run("report")[0] == 0
    assert machine.calls()[0] == f"-m|venv|--clear|{machine.project}/.venv"


def test_a_failed_set_up_heals_at_the_next_call(machine: Machine) -> None:
    """Where pip fails, the reason and one line are shown, the command is not run, and the next call starts from nothing."""
    code, _, errors = machine.run("compare", fake="offline")
    assert code != 0
    assert "no network" in errors
    assert "error: .venv could not be set up" in errors
    assert not any("experiments.cli" in call for call in machine.calls())
    assert machine.run("compare")[0] == 0
    assert machine.calls()[0].startswith("-m|venv|--clear")


def test_an_old_python_is_told_what_to_install(machine: Machine) -> None:
    """Where no Python is new enough, one line says which there is and how to get one; exit code 2."""
    code, _, errors = machine.run("compare", fake="old")
    assert code == 2
    assert errors.startswith("error: Python 3.11 or newer is needed, and there is Python 3.9.2. Install it (Debian, Ubuntu: apt install")


def test_a_python_without_venv_is_told_what_to_install(machine: Machine) -> None:
    """Where Python has neither venv nor pip, the package to install is named."""
    code, _, errors = machine.run("compare", fake="bare")
    assert code != 0
    assert "error: python3 has neither venv nor pip. Install one of them (Debian, Ubuntu: apt install python3-venv)" in errors


def test_two_calls_at_once_set_up_once(machine: Machine) -> None:
    """A second call waits for the first one's set-up and does not repeat it; both run their commands."""
    both = [machine.start("report", name, fake="slow") for name in ("one", "two")]
    for process in both:
        process.communicate(timeout=30)
    assert [process.returncode for process in both] == [0, 0]
    calls = machine.calls()
    assert sum(call.startswith("-m|venv") for call in calls) == 1
    assert sorted(call for call in calls if "report" in call) == [f"-P|-m|experiments.cli|report|{name}" for name in ("one", "two")]
    assert not os.path.lexists(machine.project / ".setup.lock")


def test_the_lock_of_a_dead_process_is_taken_over(machine: Machine) -> None:
    """A set-up that was killed leaves its lock behind; the next call sees that its process is gone."""
    dead = subprocess.Popen(["true"])
    dead.wait()
    (machine.project / ".setup.lock").symlink_to(f"process.{dead.pid}")
    assert machine.run("report")[0] == 0
