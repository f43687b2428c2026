"""A fixed suite of markets, every strategy, one leaderboard: ``./run benchmark [suite=v1] [resume=DIR] [OPTION=VALUE ...]``.

A third party's strategy enters by its YAML: ``./run benchmark 'hydra.searchpath=[pkg://theirs.conf]'`` takes in all that it finds there. A
score lies between ``random`` (0) and ``informed`` (1); with other ``futures`` or ``draws`` than the suite's the leaderboard says so.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from hydra import compose, initialize_config_module
from hydra.errors import MissingConfigException
from omegaconf import OmegaConf

from experiments.findings.leaderboard import YARDSTICKS, leaderboard, scores
from experiments.running import progress, store
from experiments.running.configuration import Request, nearest, request
from experiments.running.errors import RunError
from experiments.running.mistakes import MISTAKES, choices, tell
from experiments.running.provenance import environment, now
from experiments.running.run_tables import read_run_table

OWN = ("suite", "resume", "results")
SUITE_FILE = "suite.json"


@dataclass(frozen=True)
class Suite:
    """``cases``: what each is asked for beside the suite's seed, futures, draws and quarters, as on the command line."""

    version: str
    common: Mapping[str, int]
    cases: Mapping[str, Sequence[str]]


def main(words: Sequence[str], say: Callable[[str], object] = print) -> int:
    """Run what is not done yet, and write the leaderboard; returns the exit code."""
    own = {name: value for name, _, value in (word.partition("=") for word in words) if name in OWN}
    asked = [word for word in words if word.partition("=")[0] not in OWN]
    try:
        suite = read_suite(own.get("suite", "v1"))
        labels = choices("strategies", asked)
        wanted = {case: _request(suite, case, labels, asked) for case in suite.cases}
        folder = _folder(own, suite, asked)
        with store.held(folder), store.helped_by(f"go on with the same words and  resume={folder}"):
            for k, (case, want) in enumerate(wanted.items(), start=1):
                _run(folder / case, want, f"{case} ({k} of {len(wanted)})")
            board = conclude(folder, suite, asked)
    except MISTAKES as error:
        return tell(error, asked)
    say(in_words(board, suite, asked))
    say(f"\nleaderboard   {folder / 'leaderboard.md'}")
    return 0


def read_suite(name: str) -> Suite:
    """The suite of conf/suite/<name>.yaml. Raises RunError if there is none."""
    try:
        with initialize_config_module("conf", version_base="1.3"):
            node: Any = OmegaConf.to_container(compose(f"suite/{name}")["suite"])
    except MissingConfigException as error:
        raise RunError(f"suite: there is no {name!r}{nearest(name, choices('suite', []))}") from error
    cases = {str(case): list(given) for case, given in node.pop("cases").items()}
    node.pop("version")
    return Suite(name, node, cases)


def conclude(folder: Path, suite: Suite, asked: Sequence[str]) -> pd.DataFrame:
    """scores.csv, leaderboard.csv, leaderboard.md and the figure, from the cases' own tables. Returns the leaderboard."""
    tables = {case: (_latest(folder / case) or folder / case) / "runs.parquet" for case in suite.cases}
    runs = {case: read_run_table(path, "bookings_usd", "control_variate_usd") for case, path in tables.items()}
    try:
        table = scores(runs)
    except ValueError as error:
        raise RunError(str(error), exit_code=1) from error
    board = leaderboard(table, suite.common["seed"])
    store.write_table(folder / "scores.csv", table)
    store.write_table(folder / "leaderboard.csv", board)
    store.write_text(folder / "leaderboard.md", f"# {title(board)}\n\n{in_words(board, suite, asked)}\n")
    from experiments.figures import profiles, style  # matplotlib takes a second

    figure = profiles.draw(title(board), board, table)
    store.write_text(folder / "leaderboard.svg", style.svg(figure, "leaderboard"))
    store.write_bytes(folder / "leaderboard.png", style.png(figure))
    return board


def title(board: pd.DataFrame) -> str:
    """What the leaderboard finds, the yardsticks aside."""
    rivals = board[~board["arm"].isin(YARDSTICKS)]
    best = rivals.iloc[0]
    tied = rivals.loc[rivals["behind_low_score"] <= 0, "arm"].tolist()[1:]
    said = f"{best['arm']} leads: {best['iqm_score']:.2f} {_interval(best)} on the way from random to informed"
    return f"{said}; not settled against {', '.join(tied)}" if tied else said


def in_words(board: pd.DataFrame, suite: Suite, asked: Sequence[str]) -> str:
    """The leaderboard as a table in Markdown, with what was not as the suite has it."""
    cases = list(suite.cases)
    head = ["arm", "score", "95 %", "behind the leader", "failed", *cases]
    lines = [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}"]
    for _, row in board.iterrows():
        numbers = [_number(row[name]) for name in ("iqm_score", *(f"{case}_score" for case in cases))]
        behind = _interval(row, "behind_") if row["behind_high_score"] != 0 else ""
        lines.append(f"| {' | '.join([row['arm'], numbers[0], _interval(row), behind, str(int(row['failed_n'])), *numbers[1:]])} |")
    common = ", ".join(f"{name} {value}" for name, value in suite.common.items())
    about = f"Suite {suite.version}: {len(suite.cases)} markets, {common}. 0 is random, 1 is informed, which is told the truth."
    changed = f" Asked for otherwise: {' '.join(asked)}; these numbers are not the suite's." if asked else ""
    return "\n".join([*lines, "", about + changed])


def _interval(row: pd.Series[Any], of: str = "") -> str:
    return f"[{_number(row[f'{of}low_score'])}, {_number(row[f'{of}high_score'])}]"


def _number(score: float) -> str:
    return f"{score:.2f}".replace("-", "−")


def _folder(own: Mapping[str, str], suite: Suite, asked: Sequence[str]) -> Path:
    """A new folder, or the one that is to be finished, which must have been asked for the same."""
    made = {"suite": suite.version, "asked": list(asked), **environment()}
    if "resume" in own:
        folder = Path(own["resume"])
        if not (folder / SUITE_FILE).is_file():
            raise RunError(f"resume: {folder} holds no {SUITE_FILE}; name the folder of a benchmark that was broken off")
        before = store.read_json(folder / SUITE_FILE)
        for name in ("suite", "asked", "commit", "versions"):
            if before.get(name) != made[name]:
                raise RunError(f"resume: {name} is not what the benchmark in {folder} began with; start anew")
        return folder
    root = Path(own.get("results", "results"))
    store.check_root(root)
    folder = store.make_folder(root, f"benchmark-{suite.version}", now())
    store.write_json(folder / SUITE_FILE, made)
    return folder


def _request(suite: Suite, case: str, labels: Sequence[str], asked: Sequence[str]) -> Request:
    """The comparison of one case, with every strategy there is. Raises RunError for an option that cannot be."""
    words = [f"{name}={value}" for name, value in suite.common.items()]
    strategies = f"strategies=[{','.join(labels)}]"
    with initialize_config_module("conf", version_base="1.3"):
        return request(compose("config", overrides=[*suite.cases[case], *words, strategies, *asked]))


def _run(root: Path, want: Request, named: str) -> None:
    """The comparison of one case, unless it is there."""
    from experiments.runner import run_comparison  # scipy and pandas take a second

    before = _latest(root) if root.exists() else None
    if before and store.read_status(before) in (store.COMPLETE, store.PARTIAL):
        return
    progress.tell(named)
    run_comparison(want.source, want.arms, want.scenario, want.settings, root, True, want.workplace, before, pages=False)


def _latest(root: Path) -> Path | None:
    """The folder of a case's own run, None where it did not come so far."""
    return max((path.parent for path in root.glob(f"*/*/{store.PROVENANCE}")), default=None)
