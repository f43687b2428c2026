"""What a configuration may call: classes of this project, and of packages that were put on the search path. All targets are harmless."""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from experiments.running.configuration import requested
from experiments.running.errors import RunError
from experiments.running.targets import check_classes, check_names

NAME = "a_guest_of_the_tests"

REFUSED = [
    ({"_target_": "math.floor"}, r"x\._target_: 'math.floor' is not from sim, strategies or experiments. If .*\[pkg://math\]'"),
    ({"_target_": "collections.OrderedDict"}, "is not from sim, strategies or experiments"),
    ({"_target_": "logging.getLogger"}, "is not from sim"),
    ({"_target_": "simulation.Thing"}, "is not from sim"),
    ({"_target_": "sim:policy.Money"}, "is not from sim"),
    ({"_target_": ".sim.policy.Money"}, "is not from sim"),
    ({"_target_": ""}, "is not from sim"),
    ({"_target_": 3}, "3 is not from sim"),
    ({"_target_": ["sim.policy.Money"]}, "is not from sim"),
    ({"a": [{"b": {"_target_": "math.floor"}}]}, r"x\.a\[0\]\.b\._target_: 'math.floor'"),
    ({"_args_": [{"_target_": "math.floor"}], "_target_": "sim.policy.Money"}, r"x\._args_\[0\]\._target_: 'math.floor'"),
    ({"_target_": "sim.simulate.gc"}, "sim.simulate.gc is not a class"),
    ({"_target_": "experiments.cli.os"}, "experiments.cli.os is not a class"),
    ({"_target_": "experiments.cli.main"}, "experiments.cli.main is not a class"),
    ({"_target_": "experiments.cli.Path"}, "experiments.cli.Path is pathlib.Path, not from sim"),
    ({"_target_": "sim.policy.Money.__init__"}, "is not a class"),
    ({"_target_": "sim.policy.Money.__class__"}, "is builtins.type, not from sim"),
    ({"_target_": "sim.policy.Nothing"}, r"sim.policy.Nothing cannot be imported \(ModuleNotFoundError"),
    ({"_target_": "sim.policy..Money"}, "cannot be imported"),
    ({"label": "${nothing}"}, r"x\.label: '\$\{nothing\}' holds a reference that is not followed"),
]


def check_targets(values: dict[str, object], packages: tuple[str, ...]) -> None:
    """Both checks, in their order."""
    check_names(values, packages)
    check_classes(values, packages)


@pytest.mark.parametrize(("node", "said"), REFUSED, ids=lambda value: str(value)[:40])
def test_what_is_not_ours_is_refused(node: Mapping[str, Any], said: str) -> None:
    """Other packages, anything but a class, and what a module of ours has imported from elsewhere."""
    with pytest.raises(RunError, match=said) as raised:
        check_targets({"x": node}, ())
    assert "\n" not in str(raised.value)
    assert raised.value.exit_code == 2


def guest(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A package that says so when it is imported, with a class of its own and one of ours."""
    theirs = folder / NAME
    (theirs / "conf" / "strategies").mkdir(parents=True)
    for package in (theirs, theirs / "conf"):
        (package / "__init__.py").touch()
    (theirs / "idea.py").write_text(
        "import builtins\nfrom math import floor\nfrom collections import OrderedDict\nfrom strategies.random_draw import Random\n\n\n"
        "class Idea(Random):\n    pass\n",
        encoding="utf-8",
    )
    (theirs / "conf" / "strategies" / "idea.yaml").write_text(f"# @package strategies.idea\n_target_: {NAME}.idea.Idea\n", encoding="utf-8")
    monkeypatch.syspath_prepend(folder)
    for module in [name for name in sys.modules if name.startswith(NAME)]:
        monkeypatch.delitem(sys.modules, module)


def test_nothing_is_imported_before_all_names_are_compared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A package that nobody named is refused without a line of it having run; so is a good name beside a bad one."""
    guest(tmp_path, monkeypatch)
    for packages, other in (((), "sim.policy.Money"), ((NAME,), "math.floor")):
        with pytest.raises(RunError, match=r"is not from"):
            check_targets({"x": {"_target_": f"{NAME}.idea.Idea"}, "y": {"_target_": other}}, packages)
        assert f"{NAME}.idea" not in sys.modules
    check_targets({"x": {"_target_": f"{NAME}.idea.Idea"}}, (NAME,))
    assert f"{NAME}.idea" in sys.modules
    for name in ("floor", "OrderedDict", "builtins"):  # what it has imported is not its own
        with pytest.raises(RunError, match=r"is not a class|is collections.OrderedDict, not from sim, strategies, experiments or "):
            check_targets({"x": {"_target_": f"{NAME}.idea.{name}"}}, (NAME,))


def test_the_search_path_says_whose_classes_may_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A class on the command line, or in a folder, needs its package on the search path; the line that refuses it shows how. Even then it
    is not imported here.
    """
    guest(tmp_path, monkeypatch)
    folder = tmp_path / NAME / "conf"
    typed = f"strategies={{few: {{_target_: {NAME}.idea.Idea}}}}"
    for words in ([typed], ["strategies=[status_quo,idea]", f"hydra.searchpath=[file://{folder}]"]):
        with pytest.raises(RunError, match=rf"'hydra.searchpath=\[pkg://{NAME}\]'"):
            requested(words)
    for words in (
        [typed, f"hydra.searchpath=[pkg://{NAME}]"],
        ["strategies=[idea]", "baseline=idea", f"hydra.searchpath=[pkg://{NAME}.conf]"],
    ):
        assert requested(words).arms[-1].strategy_path == f"{NAME}.idea.Idea"
        assert f"{NAME}.idea" not in sys.modules  # it is made in a process of its own: a solver that it imports may not get along with ours


def test_a_reference_to_a_target_is_no_way_round() -> None:
    """Names are compared as they are when all references have been followed, also those that hide behind a backslash or a resolver."""
    for target in ("${market.label}", "${oc.decode:math.floor}"):
        with pytest.raises(RunError, match=r"strategies.a._target_: '(saas|math.floor)' is not from sim"):
            requested([f"+strategies.a={{_target_: '{target}'}}"])
    with pytest.raises(RunError, match="holds a reference that is not followed"):
        requested(["+strategies.a={_target_: strategies.random_draw.Random, b: '\\${seed}'}"])
