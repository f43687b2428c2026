"""`pip install territory-lab`: the same commands without the checkout, from the source distribution to the installed wheel."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import venv
import zipfile
from email.parser import HeaderParser
from pathlib import Path

import pytest

from tests.e2e.command import ROOT, only_run

WORDS = ("futures=2", "draws=1", "quarters=1", "workers=2", "strategies=[status_quo,equal_count]", "report=false")
EXTRA = ("SALib", "salib", "optuna", "hydra_plugins", "hydra_joblib_launcher", "hydra_submitit_launcher")
PIP = [sys.executable, "-m", "pip", "--disable-pip-version-check"]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Made from the source distribution, which so is seen to be whole."""
    folder = tmp_path_factory.mktemp("dist")
    packed = [sys.executable, "-m", "hatchling", "build", "-t", "sdist", "-d", str(folder)]
    subprocess.run(packed, cwd=ROOT, check=True, capture_output=True)
    (source,) = folder.iterdir()
    built = [*PIP, "wheel", "-qq", "--no-deps", "--no-build-isolation", "-w", str(folder), str(source)]
    subprocess.run(built, check=True, stdin=subprocess.DEVNULL)
    (made,) = folder.glob("*.whl")
    return made


@pytest.fixture(scope="module")
def scripts(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The commands of an environment that knows the wheel and the libraries, but neither the checkout nor what the extra brings."""
    folder = tmp_path_factory.mktemp("installed")
    venv.create(folder / "venv")
    libraries = folder / "libraries"
    libraries.mkdir()
    for path in Path(sysconfig.get_path("purelib")).iterdir():
        if not path.name.startswith(("_editable_impl", "territory_lab", *EXTRA)) and path.suffix != ".pth":
            (libraries / path.name).symlink_to(path)
    packages = Path(sysconfig.get_path("purelib", "venv", {"base": str(folder / "venv")}))
    (packages / "libraries.pth").write_text(f"{libraries}\n", encoding="utf-8")
    found = Path(sysconfig.get_path("scripts", "venv", {"base": str(folder / "venv")}))
    subprocess.run([*PIP, "--python", str(found / "python"), "install", "-qq", "--no-deps", str(wheel)], check=True)
    return found


def territory_lab(scripts: Path, cwd: Path, *words: str, path: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run the installed command; ``path`` is the user's PYTHONPATH."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"} | ({"PYTHONPATH": str(path)} if path else {})
    return subprocess.run([str(scripts / "territory-lab"), *words], cwd=cwd, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.slow
def test_an_installed_wheel_compares_and_reports_from_anywhere(scripts: Path, tmp_path: Path) -> None:
    """Where only the wheel and the libraries are known, both commands work, the packaged export included, in a folder with packages of our
    names in it.
    """
    for name in ("sim", "strategies", "experiments", "conf"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text("raise AssertionError('theirs was imported')\n", encoding="utf-8")
    for market in ("startup", "crm"):
        done = territory_lab(scripts, tmp_path, "compare", f"market={market}", *WORDS)
        assert done.returncode == 0, done.stderr
        assert market in done.stdout
        page = only_run(tmp_path / "results" / market) / "report.html"
        assert not page.exists()
        assert territory_lab(scripts, tmp_path, "report", str(page.parent)).returncode == 0
        assert page.exists()
    assert "report DIR" in territory_lab(scripts, tmp_path, "help").stdout


@pytest.mark.slow
def test_an_installed_wheel_says_what_is_missing_or_in_the_way(scripts: Path, tmp_path: Path) -> None:
    """What an extra brings, and a package of one of our names on PYTHONPATH, is one line and exit code 2; the version is the wheel's."""
    for words in (("sensitivity",), ("tune",), ("compare", "-m", "seed=1,2", "hydra/launcher=joblib")):
        done = territory_lab(scripts, tmp_path, *words)
        assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (2, "", 1), done.stderr
        assert done.stderr.startswith("error: ")
        assert done.stderr.endswith("is not installed; pip install 'territory-lab[sweeps]'\n")
    (tmp_path / "experiments").mkdir()
    (tmp_path / "experiments" / "__init__.py").touch()
    done = territory_lab(scripts, tmp_path, "help", path=tmp_path)
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1)
    assert done.stderr.startswith(f"error: {tmp_path / 'experiments'} stands in the way")
    assert territory_lab(scripts, tmp_path, "--version").stdout.startswith("territory-lab ")


@pytest.mark.slow
def test_a_wheel_holds_what_its_metadata_promise(wheel: Path) -> None:
    """Our packages with their marker of types, nothing else at the top; launchers, SALib and Optuna as an extra; a README without links to
    files.
    """
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        (metadata,) = (name for name in names if name.endswith(".dist-info/METADATA"))
        said = HeaderParser().parsestr(archive.read(metadata).decode())
    tops = {name.partition("/")[0] for name in names if ".dist-info/" not in name}
    assert tops == {"sim", "strategies", "experiments", "conf", "territory_lab.py"}
    assert {"sim/py.typed", "strategies/py.typed", "experiments/py.typed"} <= set(names)
    wanted = said.get_all("Requires-Dist", [])
    extra = {line.partition(">")[0].lower() for line in wanted if "extra == 'sweeps'" in line}
    assert extra == {"hydra-joblib-launcher", "hydra-submitit-launcher", "optuna", "salib"}
    assert not [line for line in wanted if "extra" not in line and line.lower().startswith(tuple(extra))]
    assert "](docs/" in (ROOT / "README.md").read_text(encoding="utf-8")
    assert "](docs/" not in said.get_payload()
    assert said["Author"] == "Territory Lab contributors"
