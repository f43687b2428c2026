"""`check LABEL`: whether somebody else's strategy keeps the contract."""

from __future__ import annotations

from pathlib import Path

import pytest

from experiments import check
from sim.awkward import awkward_problems, tiny_problem
from tests.e2e.command import territory_lab
from tests.guests import SEARCH, write_guests

FEW = {"plain": tiny_problem(), "greenfield": tiny_problem(owner=-1), "all protected": tiny_problem(protected=True)}


@pytest.fixture(autouse=True)
def guests(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package of somebody else's that can be imported; what it is checked on is little."""
    monkeypatch.setattr(check, "problems", lambda: iter(FEW.items()))
    folder = write_guests(tmp_path / "guests")
    monkeypatch.syspath_prepend(folder)
    return folder


def test_markets_and_all_awkward_problems_are_checked_in_a_process(tmp_path: Path, guests: Path) -> None:
    """As a user types it: a line a problem, what it cannot treat with its reason, a last line that counts; nothing is written."""
    home = tmp_path / "home"
    home.mkdir()
    done = territory_lab("check", "keeps", SEARCH, "strategies.keeps.first=1", cwd=home, importable=guests)
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert [line[:40].strip() for line in lines[:-2]] == ["market=startup", "market=crm", *awkward_problems()]
    assert f"{'greenfield':<40} unsupported: keeps: nobody owns anything today" in lines
    assert lines[-1].startswith("keeps keeps the contract: of ")
    assert lines[-1].endswith(" 0 broken")
    assert not any(home.iterdir())


@pytest.mark.parametrize(
    ("label", "code", "says"),
    [
        ("status_quo", 0, ["kept", "unsupported: status_quo", "kept"]),
        ("declines", 0, ["unsupported: there is no map"] * 3),
        ("moves", 1, ["kept", "kept", "BROKEN: Moves: account 6 is protected and went from 1 to 0"]),
        ("stumbles", 1, ["BROKEN: Stumbles: assign raised RuntimeError: no luck"] * 3),
        ("leaves", 1, ["BROKEN: Leaves: assign ended the process (SystemExit)"] * 3),
    ],
)
def test_every_answer_is_a_line_and_an_exit_code(label: str, code: int, says: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """Kept, unsupported and why, or what was broken and where; a strategy that ends the process does not."""
    said: list[str] = []
    assert check.main([label, SEARCH], said.append) == code
    assert len(said) == len(FEW) + 1
    for line, name, word in zip(said, FEW, says, strict=False):
        assert line.startswith(f"{name:<40} {word}")
        assert "\n" not in line
    assert said[-1].strip().startswith(f"{label} {'breaks' if code else 'keeps'} the contract: of 3 problems")
    assert capsys.readouterr().err == ""


def test_what_is_no_strategy_is_told_once() -> None:
    """A class that is no frozen dataclass has broken the contract before it has planned anything."""
    said: list[str] = []
    assert check.main(["loose", SEARCH], said.append) == 1
    assert said == ["plain: BROKEN: Loose: a strategy is an instance of a frozen dataclass"]


def test_who_never_ends_is_told_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A strategy that takes too long for one problem is not waited for at the others."""
    monkeypatch.setattr(check, "MOST_S", 3.0)
    said: list[str] = []
    assert check.main(["hangs", SEARCH], said.append) == 1
    assert said == ["plain: BROKEN: guests.plans.Hangs took longer than 3 s to plan this twice"]


def test_odd_answers_are_no_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever a strategy gives that the checks themselves stumble over is a broken promise."""

    def stumble(*words: object) -> None:
        raise LookupError("odd")

    monkeypatch.setattr(check, "answer", stumble)
    found = check.verdict(FEW, FEW["plain"])  # type: ignore[arg-type]
    assert (found.word, found.why) == (check.BROKEN, "dict: what it gave cannot be read (LookupError: odd)")


def test_a_strategy_may_be_given_in_full() -> None:
    """Without a YAML file, by its class and values."""
    assert check.main(["mine", SEARCH, "+strategies.mine={_target_: guests.plans.Keeps, first: 2}"], lambda line: None) == 0


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ((), "error: check: which strategy?"),
        (("futures=3",), "error: check: which strategy?"),
        (("keep", SEARCH), "error: strategies: there is no choice 'keep'; did you mean keeps?"),
        (("keeps",), "error: strategies: there is no choice 'keeps'"),
        (("keeps", SEARCH, "market=saas"), "error: market=saas: check takes words about the strategy only"),
        (("keeps", SEARCH, "strategies.keeps.first=-1"), "error: strategies.keeps: keeps.first: -1 is below 0"),
        (("keeps", SEARCH, "strategies.keeps.last=1"), "error: strategies.keeps.last: there is no such option. Choices: first"),
        (("equal_count", "strategies.equal_count.from_today=7"), "error: strategies.equal_count.from_today: 7 is not true or false"),
    ],
)
def test_mistakes_are_one_line(words: tuple[str, ...], told: str, capsys: pytest.CaptureFixture[str]) -> None:
    """What was typed wrongly is named, with what there is; nothing is checked."""
    assert check.main(words, pytest.fail) in (1, 2)
    (line,) = capsys.readouterr().err.splitlines()
    assert told in line


def test_help_is_the_usage() -> None:
    """Nothing is checked."""
    said: list[str] = []
    assert check.main(["--help"], said.append) == 0
    assert said[0].startswith("usage: check LABEL")
