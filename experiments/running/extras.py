"""What the extra ``sweeps`` of the package brings. ./run has it all; where ``territory-lab`` was installed alone, one line says so."""

from __future__ import annotations

from importlib.util import find_spec

from experiments.running.errors import RunError

INSTALL = "pip install 'territory-lab[sweeps]'"
TOOLS = {"sensitivity": "SALib", "tune": "optuna"}  # what a command stands on, beside all that a comparison does
LAUNCHERS = ("hydra/launcher/joblib", "hydra/launcher/submitit_local", "hydra/launcher/submitit_slurm")


def need_tool(command: str) -> None:
    """Raise RunError where what the command stands on is not installed."""
    if find_spec(TOOLS[command]) is None:
        raise RunError(f"{command}: {TOOLS[command]} is not installed; {INSTALL}")


def missing_launcher(choice: str | None) -> str | None:
    """One line for a ``choice`` that Hydra does not find, where it is one of the extra's launchers."""
    if choice not in LAUNCHERS:
        return None
    return f"hydra/launcher: the launcher {choice.rpartition('/')[2]} is not installed; {INSTALL}"
