"""A user's mistake in clear lines and with the choices there are, whoever noticed it: Hydra, the configuration or the data."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence

from hydra import initialize_config_module
from hydra.core.global_hydra import GlobalHydra
from hydra.errors import CompactHydraException, HydraException, MissingConfigException
from hydra.types import RunMode
from omegaconf import DictConfig, OmegaConf

from experiments.configuration import nearest
from experiments.errors import RunError
from sim.crm.errors import InputError

Mistake = RunError | InputError | CompactHydraException


def tell(error: Mistake, overrides: Sequence[str] = ()) -> int:
    """Write the mistake to standard error; returns the exit code: 1 for what Hydra found out, else the error's own, most often 2."""
    if isinstance(error, InputError):
        lines, code = error.lines, 2
    elif isinstance(error, RunError):
        lines, code = (str(error),), error.exit_code
    else:
        lines, code = (explain(error, overrides),), 1
    for line in lines:
        print(f"error: {line}", file=sys.stderr)
    return code


def explain(error: CompactHydraException, overrides: Sequence[str]) -> str:
    """One line for an error that Hydra raised while it composed the configuration from ``overrides``."""
    said = " ".join(line.strip() for line in str(error).splitlines() if line.strip())
    if isinstance(error, MissingConfigException) and error.missing_cfg_file:
        group, _, choice = str(error.missing_cfg_file).rpartition("/")
        if group:
            return f"{group}: there is no choice {choice!r}{nearest(choice, _choices(group, overrides))}"
    if unknown := re.search(r"Could not (?:override|delete from config|append to config)[^']*'([^'@]+)", said):
        key = unknown[1].rstrip(".")
        parent, _, name = key.rpartition(".")
        return f"{key}: there is no such option{nearest(name, _keys(parent, key, overrides))}"
    if unreadable := re.search(r"Error parsing override '(.*?)'", said):
        return f"{unreadable[1]}: cannot be read as OPTION=VALUE; a list is written 'OPTION=[a,b]', in quotes"
    return said.partition(" See https://")[0]


def _choices(group: str, overrides: Sequence[str]) -> list[str]:
    """Names of the configurations of a group, those on a search path that the user gave included."""
    with initialize_config_module("conf", version_base="1.3"):
        paths = [word for word in overrides if word.startswith("hydra.searchpath=")]
        return GlobalHydra.instance().config_loader().get_group_options(group, config_name="config", overrides=paths)


def _keys(parent: str, wrong: str, overrides: Sequence[str]) -> list[str]:
    """Keys that stand beside the wrong one, in the configuration as it would be without it."""
    sound = [word for word in overrides if not word.lstrip("+~").startswith(wrong)]
    with initialize_config_module("conf", version_base="1.3"):
        for words in (sound, []):
            try:
                config = GlobalHydra.instance().config_loader().load_configuration("config", overrides=list(words), run_mode=RunMode.RUN)
            except HydraException:
                continue
            node = OmegaConf.select(config, parent) if parent else config
            return [str(key) for key in node if key != "hydra"] if isinstance(node, DictConfig) else []
    return []
