"""The command territory-lab. Nobody else's folder has this name; ``strategies`` or ``sim`` may be others', which is looked at first."""

from __future__ import annotations

import sys
from importlib.util import find_spec
from pathlib import Path

PACKAGES = ("sim", "strategies", "experiments", "conf")


def main() -> int:
    """Run a command; returns the exit code, as :func:`experiments.cli.main` does."""
    try:
        check_packages()
    except ImportError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    from experiments.cli import main as run_command

    return run_command()


def check_packages() -> None:
    """Raise ImportError, in one line, where Python finds something else by the name of one of the project's packages; imports nothing."""
    here = Path(__file__).resolve().parent
    for name in PACKAGES:
        spec = find_spec(name)
        places = [spec.origin] if spec and spec.origin else list(spec.submodule_search_locations or ()) if spec else []
        if not places:
            raise ImportError(f"Territory Lab's package {name!r} is missing in {here}: install it again")
        found = Path(places[0])
        found = found.parent if found.name == "__init__.py" else found
        if found.resolve() != here / name:
            raise ImportError(
                f"{found} stands in the way of Territory Lab's own package {name!r}: give it another name, or take {found.parent}"
                " off Python's path (PYTHONPATH, or the folder of the script or notebook)"
            )


if __name__ == "__main__":
    sys.exit(main())
