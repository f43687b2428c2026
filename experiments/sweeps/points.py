"""One comparison in memory for a point of the space of settings. What was lived is kept in a file a point, and not lived again."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

from omegaconf import DictConfig, OmegaConf, open_dict

from experiments.comparison import baseline_arm, draw_markets, live_through, make_plans
from experiments.findings.summary import assumed_of, compare_arms, summary_table
from experiments.running import store
from experiments.running.configuration import ELSEWHERE, Request, request, resolved
from experiments.running.errors import RunError, one_line
from experiments.running.extras import TOOLS
from experiments.running.progress import tell, track
from experiments.running.provenance import environment, now
from experiments.running.search_path import composed
from experiments.running.values import nearest
from experiments.running.workplace import Died, Local

ASKED = "asked.json"
Values = Mapping[str, float | int | str]
MEASURES = (
    *("lift_share", "lift_low_share", "lift_high_share", "attainment", "seats_at_quota_share", "orphaned_share", "uncovered_share"),
    *("gini_opportunity", "moved_share", "contribution_usd", "contribution_lift_usd", "bookings_usd"),
)


@dataclass(frozen=True)
class Point:
    """What a comparison at some ``values`` of settings found: measures by arm, or why there are none."""

    values: Values
    arms: Mapping[str, Mapping[str, float]]
    error: str = ""


@dataclass(frozen=True)
class Question:
    """What a command asks: its ``name``, the comparison's ``config``, the ``part`` of it that is the command's own, and the folder of an
    earlier sitting, if it goes on; ``packages`` are those whose classes the config may name.
    """

    name: str
    config: DictConfig
    part: Mapping[str, Any]
    resume: Path | None
    packages: frozenset[str] = frozenset()

    def begin(self) -> Path:
        """The folder for its files: a new one, or that of the earlier sitting."""
        if self.resume:
            return self.resume
        root = Path(str(self.config.results)) / self.name
        store.check_root(root)
        folder = store.make_folder(root, str(self.config.market.label), now())
        made = environment()
        made["versions"][TOOLS[self.name]] = version(TOOLS[self.name])
        store.write_json(folder / ASKED, {**self.asked, **made})
        return folder

    @property
    def asked(self) -> dict[str, Any]:
        """What results depend on, as plain values."""
        config = {key: value for key, value in resolved(self.config).items() if key not in ELSEWHERE}
        plain: dict[str, Any] = json.loads(json.dumps({"part": self.part, "config": config}, default=str))
        return plain


def question(name: str, words: Sequence[str], preset: str) -> Question:
    """Read the words of a command: those of ./run compare, and ``name.KEY=VALUE`` of its own; without ``experiment=`` it takes ``preset``.

    With ``resume=DIR`` the folder is that one, and what it was asked for must be the same. Raises RunError, and what Hydra has against it.
    """
    given = list(words) if any(word.startswith("experiment=") for word in words) else [f"experiment={preset}", *words]
    config, packages = composed(given)
    if name not in config:
        raise RunError(f"experiment: it has no part {name!r}; take  experiment={preset} , or one of your own that has")
    with open_dict(config):
        part = resolved(OmegaConf.create({name: config.pop(name)}))[name]
        folder = Path(config.resume) if config.resume else None
        config.resume = None
    asked = Question(name, config, part, folder, packages)
    if folder and not (folder / ASKED).is_file():
        raise RunError(f"resume: {folder} holds no {ASKED}; name the folder of a command  {name}  that was broken off")
    if folder and {key: value for key, value in store.read_json(folder / ASKED).items() if key in ("part", "config")} != asked.asked:
        raise RunError(f"resume: {folder} was asked something else; give the words that it was begun with")
    return asked


def asked_at(asked: Question, values: Values) -> Request:
    """The comparison at a point. Raises RunError for a setting that is not there, or a value that cannot be."""
    there = OmegaConf.create(OmegaConf.to_container(asked.config, resolve=False))
    for key, value in values.items():
        if OmegaConf.select(there, key, default=None) is None and not _has(there, key):
            parent = OmegaConf.select(there, key.rpartition(".")[0]) if "." in key else there
            raise RunError(f"{key}: there is no such option{nearest(key.rpartition('.')[2], map(str, parent or there))}")
        OmegaConf.update(there, key, value)
    assert isinstance(there, DictConfig)
    return request(there, packages=asked.packages)


def _has(config: Any, key: str) -> bool:
    parent = OmegaConf.select(config, key.rpartition(".")[0]) if "." in key else config
    return isinstance(parent, DictConfig) and key.rpartition(".")[2] in parent


def live(asked: Question, values: Values, workers: int | None = None) -> Point:
    """Compare at a point. What fails, fails there alone: the reason is in the point."""
    try:
        want = asked_at(asked, values)
        settings = replace(want.settings, workers=workers) if workers else want.settings
        workplace = Local(workers) if workers else want.workplace
        base = baseline_arm(want.arms, settings)
        markets = draw_markets(want.source, base.world, base.policy, want.scenario, settings, workplace=workplace)
        plans = make_plans(markets, want.arms, settings, workplace=workplace)
        runs = live_through(markets, want.arms, plans, settings, workplace=workplace).runs
        table = summary_table(runs, compare_arms(runs, settings, assumed_of(markets))).set_index("arm")
    except Exception as error:
        return Point(dict(values), {}, str(error) if isinstance(error, RunError) else one_line(error))
    arms = {str(arm): {name: float(row[name]) for name in MEASURES if name in row} for arm, row in table.iterrows()}
    return Point(dict(values), arms)


def kept(folder: Path, k: int) -> Point | None:
    """Point number ``k`` of an earlier sitting, None where it has to be lived. One that failed is tried again."""
    path = folder / "points" / f"{k}.json"
    if not path.is_file():
        return None
    content = store.read_json(path)
    return None if content["error"] else Point(content["values"], content["arms"])


def keep(folder: Path, k: int, point: Point) -> None:
    """Write point number ``k``."""
    store.write_json(store.make_inside(folder, "points") / f"{k}.json", {"values": point.values, "arms": point.arms, "error": point.error})


def live_all(asked: Question, points: Sequence[Values], folder: Path, show: bool = True) -> list[Point]:
    """Compare at every point, several at a time, each in one process; kept ones are read."""
    found = {k: point for k in range(len(points)) if (point := kept(folder, k))}
    left = [k for k in range(len(points)) if k not in found]
    if found:
        tell(f"{len(found)} of {len(points)} points kept")
    workplace = asked_at(asked, points[0]).workplace
    done = workplace.run(partial(live, asked, workers=1), [points[k] for k in left])
    for position, lived in track(done, "points lived", [1] * len(left), show):
        k = left[position]
        found[k] = Point(points[k], {}, lived.why) if isinstance(lived, Died) else lived
        keep(folder, k, found[k])
    return [found[k] for k in range(len(points))]
