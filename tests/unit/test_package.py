"""What is said of the project where it is installed or cited, and what is said where a part is not installed."""

from __future__ import annotations

import re
import tomllib
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

import pytest
from hydra.errors import MissingConfigException
from omegaconf import OmegaConf

from experiments.cli import main
from experiments.running import extras
from experiments.running.mistakes import tell
from hatch_build import ABOUT, IMAGE, LINK, as_shown

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_version_is_the_same_everywhere(capsys: pytest.CaptureFixture[str]) -> None:
    """pyproject.toml, CITATION.cff, what is installed and the command's answer name one version."""
    number = PROJECT["project"]["version"]
    citation = OmegaConf.load(ROOT / "CITATION.cff")
    assert (citation.version, version("territory-lab")) == (number, number)
    assert main(["--version"]) == 0
    assert re.fullmatch(rf"territory-lab {re.escape(number)}( \(commit [0-9a-f]{{40}}\))?\n", capsys.readouterr().out)


def test_the_citation_says_what_a_reference_needs() -> None:
    """Who, what, when, under which licence; the words of pyproject.toml where both say it, and no address that is not there."""
    citation, project = OmegaConf.load(ROOT / "CITATION.cff"), PROJECT["project"]
    wanted = ["abstract", "authors", "cff-version", "date-released", "keywords", "license", "message", "title", "type", "version"]
    assert sorted(citation) == wanted
    assert [author.name for author in citation.authors] == [author["name"] for author in project["authors"]]
    assert (citation.license, set(citation.keywords)) == (project["license"], set(project["keywords"]))


def test_an_index_shows_paths_that_the_source_distribution_holds() -> None:
    """No relative link or picture is left in the long description; each file is named by its path, exists, and is in the distribution."""
    shown, included = as_shown(README), PROJECT["tool"]["hatch"]["build"]["targets"]["sdist"]["include"]
    assert re.findall(r"\]\((?!https?:)", shown) == []
    assert "![" not in shown
    named = {path for _, path in LINK.findall(IMAGE.sub("", README))}
    assert len(named) > 10
    assert [path for path in named if path not in shown] == []
    for path in {path for _, path in LINK.findall(README)}:
        assert (ROOT / path).is_file()
        assert any(f"/{path}".startswith(top) for top in included), path


def test_the_rest_of_the_readme_is_shown_as_it_is() -> None:
    """Code, tables and links to the web are left alone; below the title stands how the installed package differs."""
    code = "```\nx[:, None], f(2)\n```"
    links = "See [how](docs/crm.md#hand-over), [docs/crm.md](docs/crm.md), [the web](https://example.org)."
    shown = "See how (docs/crm.md), docs/crm.md, [the web](https://example.org)."
    assert as_shown(f"# Lab\n\n{links}\n\n![lift](a.png)\n\n{code}") == f"# Lab\n\n{ABOUT}\n{shown}\n\n{code}"


def test_typed_packages_say_so() -> None:
    """Every package that may be imported by others carries the marker without which type checkers ignore its types."""
    assert "Typing :: Typed" in PROJECT["project"]["classifiers"]
    for package in ("sim", "strategies", "experiments"):
        assert (ROOT / package / "py.typed").is_file()


@pytest.mark.parametrize("command", extras.TOOLS)
def test_a_command_without_its_tool_says_what_to_install(
    command: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Before anything is written, one line names the package and how to get it; exit code 2."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(extras, "find_spec", lambda name: None if name == extras.TOOLS[command] else find_spec(name))
    assert main([command]) == 2
    said = f"error: {command}: {extras.TOOLS[command]} is not installed; pip install 'territory-lab[sweeps]'\n"
    assert capsys.readouterr().err == said
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("launcher", ["joblib", "submitit_local", "submitit_slurm"])
def test_a_launcher_that_is_not_installed_is_told_from_one_that_is_not_there(launcher: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Of a launcher of the extra it is said how to get it (exit code 2), of a mistyped one which there are."""
    assert tell(MissingConfigException("Could not find it", f"hydra/launcher/{launcher}")) == 2
    said = f"error: hydra/launcher: the launcher {launcher} is not installed; pip install 'territory-lab[sweeps]'\n"
    assert capsys.readouterr().err == said
    assert tell(MissingConfigException("Could not find it", "hydra/launcher/jolib")) == 1
    assert "there is no choice 'jolib'; did you mean joblib?" in capsys.readouterr().err


def test_what_the_tools_need_is_the_extra() -> None:
    """The extra holds the tools and launchers that are missing without it, and nothing that a comparison needs."""
    names = {re.split(r"[<>=]", line)[0] for line in PROJECT["project"]["optional-dependencies"]["sweeps"]}
    assert names == {*extras.TOOLS.values(), "hydra-joblib-launcher", "hydra-submitit-launcher"}
    with pytest.raises(KeyError):
        extras.need_tool("compare")
