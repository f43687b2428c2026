"""Where YAML becomes objects: the one call of instantiate."""

from __future__ import annotations

import pickle
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hydra.errors import InstantiationException
from hydra.utils import instantiate
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from experiments.running.arms import WHOLE, Arm, Settings, hyper_parameters, share_of_each
from experiments.running.asking import WARM_UP_S, in_child
from experiments.running.errors import RunError, Told
from experiments.running.guest import Guest, path_of
from experiments.running.labels import check_label
from experiments.running.provenance import read_provenance
from experiments.running.scenario import Scenario
from experiments.running.search_path import NO_FOLDER, composed
from experiments.running.store import PROVENANCE
from experiments.running.targets import check_classes, check_names, guest_package
from experiments.running.values import check_mapping, check_type, check_types, nearest
from experiments.running.workplace import Dask, Workplace
from sim.market import MarketSource
from sim.planning import Strategy
from sim.ranges import shown

PARTS = ("market", "world", "policy", "scenario", "strategies", "arms", "parallel")
VARIED = ("world", "policy")  # what an arm may have of its own, beside its strategy and changes of the market
OPTIONS = (
    "seed",
    "futures",
    "futures_most",
    "width_share",
    "draws",
    "workers",
    "quarters",
    "baseline",
    "delta_share",
    "cell_limit_s",
    "results",
    "report",
    "resume",
)
COMMANDS = ("sensitivity", "tune")  # parts of a preset that are theirs
MAY_BE_EMPTY = ("cell_limit_s", "resume")
ELSEWHERE = ("workers", "parallel", "results", "report", "resume")  # where and how fast a run is made: no result depends on it
DRAWS_OF_AN_IMPORT_N = 10


@dataclass(frozen=True)
class Request:
    """What a configuration asks for: arms that live through the same futures of one market, and where the answer goes.

    ``report`` says whether pages are drawn of it; None: unless it is one of many.
    """

    source: MarketSource
    arms: tuple[Arm, ...]
    scenario: Scenario
    settings: Settings
    results: Path
    workplace: Workplace
    report: bool | None


def requested(words: Sequence[str]) -> Request:
    """The comparison that the words of a command ask for. Raises RunError for what cannot be, and what Hydra has against it."""
    config, packages = composed(words)
    return request(config, packages=packages)


def request(config: DictConfig, command: str = "", packages: Collection[str] = ()) -> Request:
    """The comparison that a composed configuration describes, in classes of this project and of ``packages``.

    Raises RunError, in one line, for a value that cannot be.
    """
    values = resolved(config)
    for key in values:
        if key in COMMANDS:
            raise RunError(f"{key}: is asked by a command of its own, not by compare;  ./run {key} , with the same words")
        if key not in (*PARTS, *OPTIONS):
            raise RunError(f"{key}: there is no such option{nearest(str(key), (*OPTIONS, *PARTS))}")
    if missing := [key for key in (*PARTS, *OPTIONS) if values.get(key) is None and key not in MAY_BE_EMPTY]:
        raise RunError(f"{missing[0]}: a comparison needs a value here")
    for label, node in values["strategies"].items():
        check_mapping(node, f"strategies.{label}", "{_target_: CLASS, PARAMETER: VALUE, ...}")
        if "_target_" not in node:
            raise RunError(f"strategies.{label}: it names no class; there is no _target_ in it")
    check_names(values, packages)
    guests = {label: package for label, node in values["strategies"].items() if (package := guest_package(node))}
    own = {**values, "strategies": {label: node for label, node in values["strategies"].items() if label not in guests}}
    check_classes(own, packages)
    for label in values["strategies"]:
        check_label("strategies", label)
    nodes = _arm_nodes(values)
    for name in PARTS:
        if name != "parallel":
            check_types(nodes if name == "arms" else own[name], name)
    kinds: dict[str, Any] = {"baseline": str, "delta_share": float, "futures_most": int, "width_share": float, "results": str}
    for key, kind in {**kinds, "cell_limit_s": float | None}.items():
        check_type(values[key], kind, key)
    if type(values["report"]) is not bool and values["report"] != "auto":
        raise RunError(f"report: {values['report']!r} is not true, false or auto")
    if not values["results"].strip():
        raise RunError(NO_FOLDER)
    parts = {name: build(values[name], name) for name in PARTS if name not in ("strategies", "arms", "parallel")}
    for name in ("market", "scenario"):
        check_label(f"{name}.label", parts[name].label)
    try:
        chosen = {name: values[name] for name in OPTIONS if name not in ("futures_most", "workers", "results", "report", "resume")}
        chosen |= _how_many(parts["market"], values)
        settings = Settings(**chosen, workers=_workers(values["workers"]), config=values, command=command)
    except ValueError as error:
        raise RunError(str(error)) from error

    where = {**values["parallel"], "workers": _workers(values["parallel"].get("workers", 1))}
    check_types(where, "parallel")
    workplace = build(where, "parallel")
    if settings.cell_limit_s is not None and isinstance(workplace, Dask):
        raise RunError("cell_limit_s: no limit holds in the threads of a Dask worker; leave it out, or take parallel=local or parallel=ray")
    strategies = {
        label: _guest(guests[label], node, f"strategies.{label}", packages) if label in guests else _strategy(node, f"strategies.{label}")
        for label, node in values["strategies"].items()
    }
    arms = tuple(_arm(label, node, strategies, parts) for label, node in nodes.items())
    report = None if values["report"] == "auto" else values["report"]
    return Request(parts["market"], arms, parts["scenario"], settings, Path(values["results"]), workplace, report)


def _strategy(node: Any, key: str) -> Strategy:
    strategy = build(node, key)
    if not hasattr(strategy, "assign"):
        raise RunError(f"{key}: {type(strategy).__name__} is no strategy, since it has no method assign")
    return strategy  # type: ignore[no-any-return]


def _guest(package: str, node: Any, key: str, packages: Collection[str]) -> Guest:
    """The strategy, made in the process of its package: what its module imports might not live with what this process needs."""
    try:
        made = in_child(package, WARM_UP_S, made_guest, node, key, tuple(packages))
    except TimeoutError:
        raise RunError(f"{key}: cannot be made: importing and making it took longer than {WARM_UP_S:g} s") from None
    except Told as told:
        raise RunError(f"{key}: cannot be made ({told})") from None
    if isinstance(made, RunError):
        raise made
    return made


def made_guest(node: Any, key: str, packages: Collection[str]) -> Guest | RunError:
    """What :func:`_guest` calls there."""
    try:
        check_classes({key: node}, packages)
        check_types(node, key)
        strategy = _strategy(node, key)
    except RunError as error:
        return error
    return Guest(
        path=path_of(strategy),
        pickled=pickle.dumps(strategy),
        settings=hyper_parameters(strategy),
        redrawn_each_future=bool(getattr(strategy, "redrawn_each_future", False)),
        leaves_a_pool=bool(getattr(strategy, "leaves_a_pool", False)),
        asked_each=str(getattr(strategy, "asked_each", "")),
    )


def broken_off(folder: Path, given: DictConfig, words: Sequence[str]) -> DictConfig:
    """The configuration of a run that was broken off: its own, but for where it is made. Raises RunError if ``words`` ask for another."""
    if not (folder / PROVENANCE).is_file():
        raise RunError(f"resume: {folder} holds no {PROVENANCE}; name the folder of a run that was broken off")
    own = read_provenance(folder, ["config"])["config"]
    now = resolved(given)
    asked = [word.partition("=")[0] for word in words]
    if any(key not in ELSEWHERE and not key.startswith("parallel.") for key in asked):
        for key in sorted({*own, *now} - {*ELSEWHERE}, key=lambda key: (key not in asked, key)):  # what was typed is named first
            if own.get(key) != now.get(key):
                raise RunError(f"resume: {key} is not what the run in {folder} was asked for; resume=DIR alone takes its own settings")
    return OmegaConf.create({**own, **{key: now[key] for key in ELSEWHERE}})


def _arm_nodes(values: Mapping[str, Any]) -> dict[str, Any]:
    """The arms in full, each with a strategy, the whole world and policy where it has its own, and what it changes; one a strategy where
    none is given. Raises RunError for a word that an arm does not have, or a strategy that is not there.
    """
    nodes = {}
    arms = values["arms"] or {name: {} for name in values["strategies"]}
    check_mapping(arms, "arms", "{LABEL: {strategy: LABEL, ...}, ...}")
    for label, given in arms.items():
        check_label("arms", label)
        check_mapping(given or {}, f"arms.{label}", "{strategy: LABEL, world: {...}, policy: {...}, changes: [...]}")
        key, node = f"arms.{label}", {"strategy": label, **(given or {})}
        known = ("strategy", *VARIED, "changes")
        if unknown := [word for word in node if word not in known]:
            raise RunError(f"{key}.{unknown[0]}: there is no such part of an arm{nearest(str(unknown[0]), known)}")
        if not isinstance(strategy := node["strategy"], str) or strategy not in values["strategies"]:
            raise RunError(f"{key}.strategy: {shown(strategy)} is not among the strategies{nearest(str(strategy), values['strategies'])}")
        for part in VARIED:
            check_mapping(node.get(part) or {}, f"{key}.{part}", "{PARAMETER: VALUE, ...}")
        if not isinstance(changes := node.get("changes") or [], list):
            raise RunError(f"{key}.changes: {shown(changes)} is not a list, [{{_target_: CLASS, ...}}, ...]")
        for position, change in enumerate(changes):
            check_mapping(change, f"{key}.changes[{position}]", "{_target_: CLASS, PARAMETER: VALUE, ...}")
        own = {part: _merged(values[part], node[part], f"{key}.{part}") for part in VARIED if node.get(part)}
        varied = {f"{part}_{name}": value for part in own for name, value in _leaves(node[part])}
        nodes[label] = {**node, **own, "varied": varied}
    return nodes


def _arm(label: str, node: Mapping[str, Any], strategies: Mapping[str, Any], parts: Mapping[str, Any]) -> Arm:
    own = {part: build(node[part], f"arms.{label}.{part}") if part in node else parts[part] for part in VARIED}
    changes = tuple(build(change, f"arms.{label}.changes") for change in node.get("changes") or ())
    varied = node["varied"] | ({"changes": ", ".join(map(repr, changes))} if changes else {})
    return Arm(label, strategies[node["strategy"]], own["policy"], own["world"], changes, varied)


def _merged(whole: Any, part: Any, key: str) -> Any:
    """``whole`` with the values of ``part`` in place of its own, group by group."""
    if not isinstance(whole, Mapping) or not isinstance(part, Mapping):
        return part
    if unknown := [name for name in part if name not in whole and "_target_" not in part]:
        raise RunError(f"{key}.{unknown[0]}: there is no such parameter{nearest(str(unknown[0]), [n for n in whole if n[0] != '_'])}")
    return {**whole, **{name: _merged(whole.get(name), value, f"{key}.{name}") for name, value in part.items()}}


def _leaves(node: Mapping[str, Any], prefix: str = "") -> Iterable[tuple[str, str | float]]:
    """The values below a node by their keys, joined by underscores; what is no scalar as text."""
    for name, value in node.items():
        if isinstance(value, Mapping):
            yield from _leaves(value, f"{prefix}{name}_")
        else:
            is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
            yield f"{prefix}{name}", float(value) if is_number else str(value)


def load(group: str, name: str | None = None, market: str = "saas", **changes: Any) -> Any:
    """The object of ``conf/<group>/<name>.yaml``, some of its values changed; for use from Python, without a command line.

    Without a name it is the one that belongs to the ``market``.
    """
    node = composed([f"market={market}", *([f"{group}={name}"] if name else [])])[0][group]
    for key, value in changes.items():
        OmegaConf.update(node, key, value)
    return build(resolved(node), group)


def build(node: Any, key: str) -> Any:
    """The object that plain values describe (``_target_`` and its arguments). Raises RunError naming ``key`` where they cannot be."""
    try:
        return instantiate(node, _convert_="all")
    except InstantiationException as error:
        cause = error.__cause__
        if isinstance(cause, (ValueError, ImportError)) or (isinstance(cause, TypeError) and "__init__()" in str(cause)):
            raise RunError(str(cause) if str(cause).startswith(key) else f"{key}: {cause}") from error
        raise cause or error from None  # a bug: it shows where it happened


def resolved(config: DictConfig) -> dict[str, Any]:
    """The configuration as plain values. Raises RunError naming a key that has no value, or refers to one that is not there."""
    try:
        values = OmegaConf.to_container(config, resolve=True, throw_on_missing=True)
    except OmegaConfBaseException as error:
        key = error.full_key or "configuration"
        raise RunError(f"{key}: {str(error).splitlines()[0]}; give it as {key}=VALUE") from error
    assert isinstance(values, dict)
    return {str(key): value for key, value in values.items()}


def _how_many(source: MarketSource, values: Mapping[str, Any]) -> dict[str, Any]:
    """Draws of the market and futures of each. ``draws=auto``: one draw, or ten of an imported market, which share the futures;
    ``futures=auto``: at most ``futures_most``, which all draws share, and no more than a width asks for.
    """
    draws, futures, width_share = values["draws"], values["futures"], None
    if isinstance(futures, str) and futures != "auto":
        raise RunError(f"futures: {futures!r} is neither a whole number nor auto")
    share = draws == "auto" or futures == "auto"
    if draws == "auto":
        draws = DRAWS_OF_AN_IMPORT_N if getattr(source, "imported", False) else 1
    if futures == "auto":
        futures, width_share = values["futures_most"], values["width_share"]
        if not 1 <= futures <= WHOLE["futures"][1]:
            raise RunError(f"futures_most: {shown(futures)} must be a whole number between 1 and {WHOLE['futures'][1]:,}")
    if share and _counts(draws) and _counts(futures):
        futures = share_of_each(futures, draws)
    return {"draws": draws, "futures": futures, "width_share": width_share}


def _counts(value: Any) -> bool:
    return type(value) is int and value >= 1


def _workers(value: Any) -> int:
    if value != "auto":
        return value  # type: ignore[no-any-return]  # Settings says what is wrong with it
    from joblib import cpu_count

    cores: int = cpu_count()
    return cores
