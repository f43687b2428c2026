"""A user's mistake in clear lines and with the choices there are, whoever noticed it: Hydra, the configuration or the data."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from typing import Any

from hydra import initialize_config_module
from hydra.core.global_hydra import GlobalHydra
from hydra.errors import CompactHydraException, HydraException, MissingConfigException, OverrideParseException
from hydra.types import RunMode
from omegaconf import DictConfig
from omegaconf.errors import OmegaConfBaseException

from experiments.running.errors import RunError
from experiments.running.extras import missing_launcher
from experiments.running.values import nearest
from sim.crm.errors import InputError

MISTAKES = (RunError, InputError, CompactHydraException, OmegaConfBaseException)


def tell(error: Exception, overrides: Sequence[str] = ()) -> int:
    """Write the mistake to standard error; returns the exit code: 1 for what Hydra found out, else the error's own, most often 2."""
    if isinstance(error, InputError):
        lines, code = error.lines, 2
    elif isinstance(error, RunError):
        lines, code = (str(error),), error.exit_code
    elif isinstance(error, MissingConfigException) and (missing := missing_launcher(error.missing_cfg_file)):
        lines, code = (missing,), 2
    else:
        lines, code = (explain(error, overrides),), 1
    for line in lines:
        print(f"error: {line}", file=sys.stderr)
    return code


def explain(error: Exception, overrides: Sequence[str]) -> str:
    """One line for an error that Hydra raised while it composed the configuration from ``overrides``."""
    said = " ".join(line.strip() for line in str(error).splitlines() if line.strip())
    if isinstance(error, OverrideParseException):
        word = error.override or " ".join(overrides)
        return f"{word}: cannot be read as OPTION=VALUE; a list is 'OPTION=[a,b]', a value with spaces or brackets is OPTION='\"a (b)\"'"
    if isinstance(error, MissingConfigException) and "/" in (error.missing_cfg_file or ""):
        group, _, choice = str(error.missing_cfg_file).rpartition("/")
        return f"{group}: there is no choice {choice!r}{nearest(choice, choices(group, overrides))}"
    if unknown := re.search(r"Could not (?:override|delete from config\.)[^']*'([^'@]+)", said):
        return _unknown(unknown[1].rstrip("."), overrides, said.partition("To append to your config use ")[2])
    return said.partition(" See https://")[0]


def choices(group: str, overrides: Sequence[str]) -> list[str]:
    """Names of the configurations of a group, those on a search path that the user gave included."""
    with initialize_config_module("conf", version_base="1.3"):
        paths = [word for word in overrides if word.startswith("hydra.searchpath=")]
        return GlobalHydra.instance().config_loader().get_group_options(group, config_name="config", overrides=paths)


def _unknown(key: str, overrides: Sequence[str], added: str) -> str:
    """What there is in place of an unknown key, in the configuration as it would be without it; ``added`` is the word that would add it."""
    sound = [word for word in overrides if not word.lstrip("+~").startswith(key)]
    parents: list[str] = []
    node: Any = _composed(sound) or _composed([])
    for name in key.split("."):
        if not isinstance(node, DictConfig) or name not in node:
            break
        parents.append(name)
        node = node[name]
    there = [str(name) for name in node if name != "hydra" and not str(name).startswith("_")] if isinstance(node, DictConfig) else []
    wrong = key.split(".")[len(parents)] if len(parents) < key.count(".") + 1 else key
    # A mapping of names that the user chooses, as arms; strategies come by their files.
    if added and isinstance(node, DictConfig) and "_target_" not in node and parents and parents[0] != "strategies":
        return f"{'.'.join([*parents, wrong])}: is not there; what is not there is added by a plus:  '{added}'"
    return f"{'.'.join([*parents, wrong])}: there is no such option{nearest(wrong, there)}"


def _composed(overrides: Sequence[str]) -> DictConfig | None:
    with initialize_config_module("conf", version_base="1.3"):
        try:
            return GlobalHydra.instance().config_loader().load_configuration("config", overrides=list(overrides), run_mode=RunMode.RUN)
        except HydraException:
            return None
