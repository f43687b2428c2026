"""Where YAML becomes objects: the one call of instantiate."""

from __future__ import annotations

from typing import Any

from hydra import compose, initialize_config_module
from hydra.utils import instantiate
from omegaconf import OmegaConf


def build(node: Any) -> Any:
    """The object that a configuration node describes (``_target_`` and its arguments), with plain lists and dicts inside."""
    return instantiate(node, _convert_="all")


def load(group: str, name: str = "default", **changes: Any) -> Any:
    """The object of ``conf/<group>/<name>.yaml``, some of its values changed; for use from Python, without a command line."""
    with initialize_config_module("conf", version_base="1.3"):
        node = compose(f"{group}/{name}")[group]
    for key, value in changes.items():
        OmegaConf.update(node, key, value)
    return build(node)
