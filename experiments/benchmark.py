"""A fixed suite of markets, every strategy, one leaderboard: ``./run benchmark [OPTION=VALUE ...]``.

A third party's strategy enters by its YAML: ``./run benchmark 'hydra.searchpath=[pkg://theirs.conf]'`` takes in all that it finds there. A
score lies between ``random`` (0) and ``informed`` (1), so these two always take part, and so does ``status_quo``, the baseline. With some
of the markets only, or with other ``futures`` or ``draws`` than the suite's, the leaderboard says so.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd
from hydra import compose, initialize_config_module
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.errors import MissingConfigException
from omegaconf import OmegaConf

from experiments.findings.failures import failed_whole
from experiments.findings.failures import in_words as failures_in_words
from experiments.findings.leaderboard import YARDSTICKS, leaderboard, scores, yardsticks
from experiments.running import progress, store
from experiments.running.configuration import ELSEWHERE, Request, requested
from experiments.running.errors import RunError
from experiments.running.labels import check_label
from experiments.running.mistakes import MISTAKES, choices, tell
from experiments.running.provenance import environment, now
from experiments.running.run_tables import read_run_table
from experiments.running.values import nearest

OWN = ("suite", "resume", "results")
WHO = ("strategies", "hydra.searchpath")  # who takes part: no other one's score depends on it
BESIDE = ("status_quo", *YARDSTICKS)  # take part whoever else does
SUITE_FILE = "suite.json"
USAGE = """\
usage: benchmark [OPTION=VALUE ...]

Every strategy on a fixed suite of markets, and a leaderboard: 0 is random, 1 is informed, which is told the truth.

  'strategies=[mine]'      these only; random and informed, which the score needs, and status_quo, the baseline, always take part
  'hydra.searchpath=[pkg://theirs.conf]'    strategies of another package too; without strategies= all of them
  'markets=[plain,travel]' these markets of the suite only, for a try-out: {markets}
  resume=DIR               finish the benchmark that was broken off in this folder; the other words as they were
  results=results          where its folder is made
  suite=v1                 the markets, seed, draws, futures and quarters: {suites}
  OPTION=VALUE             as in  compare --help , as workers=2 or strategies.mine.share=0.2; with futures=2, or anything else that changes
                           what is measured, the leaderboard says that its numbers are not the suite's"""


@dataclass(frozen=True)
class Suite:
    """``cases``: what each is asked for beside the suite's seed, futures, draws and quarters, as on the command line."""

    version: str
    common: Mapping[str, int]
    cases: Mapping[str, Sequence[str]]


def main(words: Sequence[str], say: Callable[[str], object] = print) -> int:
    """Run what is not done yet, and write the leaderboard; returns the exit code."""
    own = {name: value for name, _, value in (word.partition("=") for word in words) if name in OWN}
    asked = [word for word in words if _key(word) not in OWN]
    others = [word for word in asked if _key(word) not in ("markets", "strategies")]
    try:
        suite = read_suite(own.get("suite", "v1"))
        if {"--help", "-h"} & set(words):
            say(USAGE.format(markets=", ".join(suite.cases), suites=", ".join(choices("suite", []))))
            return 0
        suite = replace(suite, cases=_markets(suite, asked))
        others = [f"strategies=[{','.join(_strategies(asked))}]", *others]
        wanted = {case: _request(suite, case, others) for case in suite.cases}
        folder = _folder(own, suite, asked)
        with store.held(folder), store.helped_by(f"go on with  {_again(folder, asked)}"):
            try:
                for k, (case, want) in enumerate(wanted.items(), start=1):
                    _run(folder / case, want, f"{case} ({k} of {len(wanted)})")
            except KeyboardInterrupt:
                progress.tell(f"the markets that are done are kept; go on with  {_again(folder, asked)}")
                raise
            runs = runs_of(folder, suite)
            board = conclude(folder, suite, asked, runs)
        say(in_words(board, suite, asked))
        say(f"\nleaderboard   {folder / 'leaderboard.md'}")
        failed = {f"{arm} on {case}": why for case, rows in runs.items() for arm, why in failed_whole(rows).items()}
        if failed:
            raise RunError(failures_in_words(failed), exit_code=1)
    except MISTAKES as error:
        return tell(error, others)
    return 0


def read_suite(name: str) -> Suite:
    """The suite of conf/suite/<name>.yaml. Raises RunError if there is none."""
    check_label("suite", name)
    try:
        with initialize_config_module("conf", version_base="1.3"):
            node: Any = OmegaConf.to_container(compose(f"suite/{name}")["suite"])
    except MissingConfigException as error:
        raise RunError(f"suite: there is no {name!r}{nearest(name, choices('suite', []))}") from error
    cases = {str(case): list(given) for case, given in node.pop("cases").items()}
    node.pop("version")
    return Suite(name, node, cases)


def conclude(folder: Path, suite: Suite, asked: Sequence[str], runs: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """scores.csv, leaderboard.csv, leaderboard.md and the figure, from the cases' ``runs``. Returns the leaderboard."""
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
    markets = f"{len(suite.cases)} market{'s' if len(suite.cases) > 1 else ''}"
    about = f"Suite {suite.version}: {markets}, {common}. 0 is random, 1 is informed, which is told the truth."
    who = [word for word in asked if _key(word) in WHO]
    changed = [word for word in asked if not (_key(word) in (*WHO, *ELSEWHERE) or _key(word).startswith(("parallel.", "hydra")))]
    if changed:
        about += f" Asked for otherwise: {' '.join([*changed, *who])}; these numbers are not the suite's."
    elif who:
        about += f" Asked for: {' '.join(who)}; the scores are the suite's, who leads is so among these."
    return "\n".join([*lines, "", about])


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


def _markets(suite: Suite, asked: Sequence[str]) -> dict[str, Sequence[str]]:
    """The cases that are asked for, all if none is named. Raises RunError for one that is not in the suite."""
    named = _named("markets", asked)
    if named == []:
        raise RunError(f"markets: none is named. Choices: {', '.join(suite.cases)}")
    for name in named or ():
        if name not in suite.cases:
            raise RunError(f"markets: there is no {name!r} in the suite{nearest(name, suite.cases)}")
    return {case: words for case, words in suite.cases.items() if named is None or case in named}


def _strategies(asked: Sequence[str]) -> list[str]:
    """The strategies that are asked for, all if none is named, and those that are always there. Raises RunError for one that is not."""
    there, named = choices("strategies", asked), _named("strategies", asked)
    for name in named or ():
        if name not in there:
            raise RunError(f"strategies: there is no choice {name!r}{nearest(name, there)}")
    return there if named is None else list(dict.fromkeys([*BESIDE, *named]))


def _named(option: str, asked: Sequence[str]) -> list[str] | None:
    """The names that the last word for an option lists; None where there is no word for it."""
    word = next((word for word in reversed(asked) if _key(word) == option), None)
    if word is None:
        return None
    (override,) = OverridesParser.create().parse_overrides([word])
    if override.is_sweep_override():
        raise RunError(f"{word}: a list is '{option}=[a,b]'")
    value = override.value()
    return [str(name) for name in (value if isinstance(value, list) else [value])]


def _key(word: str) -> str:
    return word.partition("=")[0]


def _request(suite: Suite, case: str, others: Sequence[str]) -> Request:
    """The comparison of one case, with ``others`` beside the suite's own words. Raises RunError for an option that cannot be, or where the
    score could not be told.
    """
    from experiments.comparison import baseline_arm  # scipy and pandas take a second

    words = [f"{name}={value}" for name, value in suite.common.items()]
    want = requested([*suite.cases[case], *words, *others])
    baseline_arm(want.arms, want.settings)
    try:
        yardsticks({arm.label: arm.strategy_path for arm in want.arms})
    except ValueError as error:
        raise RunError(f"strategies: {error}") from error
    return want


def runs_of(folder: Path, suite: Suite) -> dict[str, pd.DataFrame]:
    """What was measured in each case."""
    tables = {case: (_latest(folder / case) or folder / case) / "runs.parquet" for case in suite.cases}
    return {case: read_run_table(path, "bookings_usd", "control_variate_usd") for case, path in tables.items()}


def _again(folder: Path, asked: Sequence[str]) -> str:
    return shlex.join(["./run", "benchmark", f"resume={folder}", *asked])


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
