"""How words become a configuration, and what Hydra would pass over in silence on the way.

Of two files of one name it reads the first on its search path, ours before the user's. Of several choices where one belongs it merges all.
A mapping takes no new names, unless a plus stands before its key.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from hydra import compose, initialize_config_module
from hydra._internal.sources_registry import SourcesRegistry
from hydra.core.object_type import ObjectType
from hydra.plugins.config_source import ConfigSource
from omegaconf import DictConfig, open_dict

from experiments.running.errors import RunError

OURS = "conf"
ONE_OF = ("world", "market", "policy", "parallel", "scenario")  # groups of which a comparison takes one choice
MAPPING = re.compile(r"(?!hydra\.)([\w.]+)=(\{.*)", re.DOTALL)
EMPTY_RESULTS = re.compile(r"results=\s*(''|\"\")?\s*")
NO_FOLDER = "results: an empty text names no folder; leave it out, or give one"
SCHEME = re.compile(r"(\w+)://")
PLACES = "pkg://NAME is a package that can be imported and has an __init__.py, file://DIR a folder"
UNAVAILABLE = "provider=hydra.searchpath"  # how Hydra's warning begins
EMPTY = re.compile(r"\{\s*\}\s*")
GLOBAL = ("scenario", "experiment")  # groups whose files speak of everything


def composed(words: Sequence[str]) -> tuple[DictConfig, frozenset[str]]:
    """The configuration that ``words`` ask for, and the packages that they put on the search path. Raises RunError for what Hydra would
    pass over, and lets its own errors pass.
    """
    with initialize_config_module(OURS, version_base="1.3"), warnings.catch_warnings():
        warnings.filterwarnings("error", message=UNAVAILABLE)
        try:
            config = compose("config", overrides=as_typed(words), return_hydra_config=True)
        except UserWarning as warning:
            raise unavailable(warning) from warning
    with open_dict(config):
        runtime = config.pop("hydra").runtime
    return config, looked_over(runtime, config)


def as_typed(words: Sequence[str]) -> list[str]:
    """The words, with a plus before every mapping, as Hydra wants it where ``arms={a: {...}}`` has a name that is new. A name that may not
    be there is found by whoever reads the configuration. Raises RunError for what Hydra would take, and should not.
    """
    for word in words:
        if EMPTY_RESULTS.fullmatch(word):  # a sweep would be made below /
            raise RunError(NO_FOLDER)
        if word.startswith("hydra.searchpath=") and (unknown := set(SCHEME.findall(word)) - {"pkg", "file"}):
            raise RunError(f"hydra.searchpath: {unknown.pop()}:// is not a place; {PLACES}")
    found = [(word, MAPPING.fullmatch(word)) for word in words]
    for _, mapping in found:
        if mapping and EMPTY.fullmatch(mapping[2]):
            raise RunError(f"{mapping[1]}: {{}} adds nothing to what is there;  ~{mapping[1]}  takes away what is there")
    return [f"+{word}" if mapping else word for word, mapping in found]


def options_last(words: Sequence[str]) -> list[str]:
    """The words with every OPTION=VALUE behind the flags: those on both sides of a flag that has a value, Hydra does not read."""
    is_option = [not word.startswith("-") and ("=" in word or word.startswith("~")) for word in words]
    return [word for option in (False, True) for word, is_one in zip(words, is_option, strict=True) if is_one == option]


def unavailable(warning: Warning) -> RunError:
    """What Hydra warns of where a place on the search path is not there."""
    path = str(warning).rpartition("path=")[2].removesuffix(" is not available.")
    return RunError(f"hydra.searchpath: {path} is not there; {PLACES}", exit_code=1)


def looked_over(runtime: Any, config: DictConfig) -> frozenset[str]:
    """The packages that the user put on the search path of a composition, of which Hydra tells in its ``runtime``.

    Raises RunError where two files have one name, or several choices were given where one belongs.
    """
    sources = [_source(place) for place in runtime.config_sources if place.schema != "structured" and place.path != "hydra.conf"]
    ours = next((source for source in sources if _is_ours(source)), None)
    if ours is None:
        raise RunError("--config-path: it takes the place of all our files; give yours beside them, by  --config-dir DIR")
    theirs = [source for source in sources if not _is_ours(source)]
    if theirs:
        _check_names(ours, theirs)
    for group in ONE_OF:
        if group in config and group not in runtime.choices:
            more = ", or  draws=N  for several draws of one" if group == "market" else ""
            raise RunError(f"{group}: a comparison takes one; one after the other is  -m {group}=A,B{more}")
    return frozenset(source.path.partition(".")[0] for source in theirs if source.scheme() == "pkg")


def _source(place: Any) -> ConfigSource:
    return SourcesRegistry.instance().resolve(place.schema)(provider=place.provider, path=f"{place.schema}://{place.path}")


def _is_ours(source: ConfigSource) -> bool:
    return (source.scheme(), source.path) == ("pkg", OURS)


def _check_names(ours: ConfigSource, theirs: Sequence[ConfigSource]) -> None:
    """Raise RunError where a file of ``theirs`` has the name of one that is read in its place."""
    first: dict[str, ConfigSource] = {}
    passed_over = []
    groups = list(_groups(ours))
    for source in (ours, *theirs):
        for group in groups:
            for name in source.list(group, ObjectType.CONFIG) if source.is_group(group) else ():
                file = f"{group}/{name}".lstrip("/")
                if (before := first.setdefault(file, source)) is not source and _shown(before) != _shown(source):
                    passed_over.append((file, before, source))
    if passed_over:
        file, before, source = passed_over[0]
        more = f" ({len(passed_over) - 1} more files are like it)" if len(passed_over) > 1 else ""
        whose = "our own" if before is ours else "your"
        read = f"{whose} {_shown(before)}/{file}.yaml has the same name and would be read in its place"
        raise RunError(f"{_shown(source)}/{file}.yaml: {read}; {_other_name(file)}{more}")


def _groups(source: ConfigSource, group: str = "") -> Iterator[str]:
    yield group
    for name in source.list(group, ObjectType.GROUP):
        yield from _groups(source, f"{group}/{name}".lstrip("/"))


def _other_name(file: str) -> str:
    """How a file gets a name of its own, and is then chosen."""
    group, _, name = file.rpartition("/")
    group, own = (group or "experiment"), f"own_{name}"
    if group == "strategies":
        return f"call it {group}/{own}.yaml, with the line  # @package strategies.{own}  , and take  'strategies=[status_quo,{own}]'"
    line = ", with the line  # @package _global_  ," if group in GLOBAL else ""
    return f"call it {group}/{own}.yaml{line} and take  {group}={own}"


def _shown(source: ConfigSource) -> str:
    if source.scheme() != "file":
        return f"{source.scheme()}://{source.path}"
    folder = Path(source.path).absolute()
    return str(folder.relative_to(Path.cwd()) if folder.is_relative_to(Path.cwd()) else folder)
