"""`pip install .`: the same commands without the checkout."""

import os
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest

from tests.e2e.command import ROOT, only_run

WORDS = ("futures=2", "draws=1", "quarters=1", "workers=2", "strategies=[status_quo,equal_count]", "report=false")


@pytest.mark.slow
def test_an_installed_wheel_compares_and_reports_from_anywhere(tmp_path: Path) -> None:
    """Where only the wheel and the libraries are known, both commands work in an empty folder, the packaged export included."""
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check"]
    built = [*pip, "wheel", "-qq", "--no-deps", "--no-build-isolation", "-w", str(tmp_path / "wheel"), str(ROOT)]
    subprocess.run(built, check=True, stdin=subprocess.DEVNULL)
    (wheel,) = (tmp_path / "wheel").iterdir()
    venv.create(tmp_path / "venv")
    bin_folder = Path(sysconfig.get_path("scripts", "venv", {"base": str(tmp_path / "venv")}))
    packages = Path(sysconfig.get_path("purelib", "venv", {"base": str(tmp_path / "venv")}))
    # A .pth inside a folder that a .pth names is not followed: the libraries are found, the checkout they were made for is not.
    (packages / "libraries.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    subprocess.run([*pip, "--python", str(bin_folder / "python"), "install", "-qq", "--no-deps", str(wheel)], check=True)

    user = tmp_path / "user"
    user.mkdir()
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}

    def territory_lab(*words: str) -> str:
        done = subprocess.run(
            [str(bin_folder / "territory-lab"), *words], cwd=user, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    for market in ("startup", "crm"):
        assert market in territory_lab("compare", f"market={market}", *WORDS)
        page = only_run(user / "results" / market) / "report.html"
        assert not page.exists()
        territory_lab("report", str(page.parent))
        assert page.exists()
    assert "report DIR" in territory_lab("help")
    where = subprocess.run(
        [str(bin_folder / "python"), "-P", "-c", "import sim; print(sim.__file__)"],
        cwd=user,
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    assert Path(where.stdout.strip()).is_relative_to(packages)
