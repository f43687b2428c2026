"""Ask every scenario its question, keep the numbers, and write the answers into docs/scenarios.md.

    python -m experiments.scenario_answers [SCENARIO ...] [OPTION=VALUE ...] [--kept results/published/scenarios --page docs/scenarios.md]

Options are those of ./run compare; without any it is market=saas futures=20. Every scenario has a file of its own in the folder, with the
words that it was asked with; one that is there is not asked again, so a command that was cut short goes on where it was. ``--write`` asks
nothing: it writes the page and the figure from what is kept.
"""

from __future__ import annotations

import argparse
import shlex
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, is_dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd

import conf
from experiments.comparison import baseline_arm, draw_markets, live_through, make_plans
from experiments.findings import early_signs
from experiments.findings.answers import answer_table, in_words
from experiments.running import store
from experiments.running.arms import Arm, Change
from experiments.running.configuration import Request, requested
from experiments.running.errors import RunError
from experiments.running.mistakes import MISTAKES, tell
from sim.market import Market
from strategies.greedy_balance import GreedyBalance
from strategies.optimized import Optimized
from strategies.status_quo import StatusQuo

SCENARIOS = Path(conf.__file__).parent / "scenario"
DEFAULT_WORDS = ("market=saas", "futures=20")
BEGIN, END = "<!-- answers: written by experiments.scenario_answers -->", "<!-- end of answers -->"
EXPAND, EARLY_SIGNS = "expand_or_contract", "early_signs.csv"  # the table of experiments/early_signs.py
WITHOUT_CHANCE = (StatusQuo, GreedyBalance, Optimized)
THEMES: Mapping[str, Sequence[str]] = {
    "What a plan goes by": (
        *("greenfield", "gut_feel_scale", "weight_tam", "weight_conversion", "relationship_weight", "no_geography", "limits"),
        *("strategic_team", "segment_contained", "sales_picks", "dynamic_books", "five_plans"),
    ),
    "What stays, and how accounts change hands": ("protect_all", "protect_pipeline", "transition_abrupt", "transition_warm"),
    "The team": (
        *("add_reps", "hire_ahead", "expand_or_contract", "shrink_and_raise", "five_percent", "customer_success", "field_sales"),
        *("virtual_sales", "attrition", "acquisition", "unfair_books"),
    ),
    "Data": ("dirty_data", "duplicates", "enrichment", "tribal_knowledge", "sandbagging"),
    "After roll-out": (
        *("rebalance_quarterly", "rebalance_semiannual", "rebalance_triggered", "no_governance", "capacity_buffer", "growth"),
        *("segment_shift", "market_shock", "new_product", "competitor"),
    ),
}


def scenarios() -> list[str]:
    """Names of all scenarios that ask a question of their own."""
    return sorted(path.stem for path in SCENARIOS.glob("*.yaml") if path.stem != "base")


@cache
def asked(scenario: str, words: tuple[str, ...] = ()) -> Request:
    """What ./run compare would be asked for."""
    return requested([f"scenario={scenario}", *words])


@dataclass(frozen=True)
class Lived:
    """What other scenarios have lived already: markets, and the rows of arms, by what they are made of."""

    markets: dict[str, list[Market]] = field(default_factory=dict)
    rows: dict[str, pd.DataFrame] = field(default_factory=dict)


def measure(scenario: str, words: Sequence[str], lived: Lived | None = None) -> pd.DataFrame:
    """Live through the scenario: a row a pair of arms that answers it, with all it was asked with. What ``lived`` holds is not lived again:
    many scenarios begin with the same market, and the same plan under another label.
    """
    lived = lived or Lived()
    asking = asked(scenario, tuple(words))
    settings, base = asking.settings, baseline_arm(asking.arms, asking.settings)
    answers = asking.scenario.answers
    made_of = repr((asking.source, base.world, base.policy, asking.scenario.changes, settings.seed, settings.draws, settings.horizon_days))
    if made_of not in lived.markets:
        lived.markets[made_of] = draw_markets(asking.source, base.world, base.policy, asking.scenario, settings, show=True)
    markets = lived.markets[made_of]
    needed = {arm.label: arm for arm in asking.arms if arm.label in {*answers, *answers.values()}}
    keys = {label: repr((made_of, settings.futures, *_identity(arm))) for label, arm in needed.items()}
    first = {key: needed[label] for label, key in keys.items() if key not in lived.rows}
    if first:
        arms = list(first.values())
        runs = live_through(markets, arms, make_plans(markets, arms, settings, show=True), settings, show=True).runs
        lived.rows.update({key: runs[runs["arm"] == arm.label] for key, arm in first.items()})
    runs = pd.concat([lived.rows[key].assign(arm=label) for label, key in keys.items()], ignore_index=True)
    about: dict[str, Any] = {
        "scenario": scenario,
        "market": asking.source.label,
        "accounts_n": len(markets[0].snapshot.accounts),
        "seats_n": len(markets[0].snapshot.seats),
        "futures": settings.futures,
        "draws": settings.draws,
        "quarters": settings.quarters,
        "seed": settings.seed,
        "command": shlex.join(["./run", "compare", f"scenario={scenario}", *(word for word in words if word.split("=")[0] != "workers")]),
    }
    return answer_table(runs, answers, settings).assign(**about)


def _identity(arm: Arm) -> tuple[object, ...]:
    """What decides an arm's rows: everything but its label, which only addresses a strategy's own chance."""
    by_chance = type(arm.strategy) not in WITHOUT_CHANCE or arm.policy.review != "never"
    return (arm.strategy, arm.policy, arm.world, arm.changes, arm.label if by_chance else "")


def varied(scenario: str) -> str:
    """What the arms of a scenario are, and what holds for all of them, as the configuration says it."""
    plain, asking = asked("base"), asked(scenario)
    common = [f"{name} {value}" for name, value in _differences(plain.settings.config, asking.settings.config)]
    common += [_change_in_words(change) for change in asking.scenario.changes]
    answers, config = asking.scenario.answers, asking.settings.config
    shown = [arm for arm in asking.arms if arm.label in {*answers, *answers.values()}]
    nodes = [config["strategies"][(config["arms"].get(arm.label) or {}).get("strategy", arm.label)] for arm in shown]
    known = {node["_target_"]: node for node in plain.settings.config["strategies"].values()}
    own: dict[str, set[str]] = {}  # values by strategy in which one of the arms is not as the default run has it
    for node in nodes:
        base = known.get(node["_target_"], {})
        own.setdefault(node["_target_"], set()).update(n for n in base if n != "inner" and node.get(n) != base[n])
    arms = [_arm_in_words(arm, _strategy_in_words(node, own, known)) for arm, node in zip(shown, nodes, strict=True)]
    for_all = f" For all: {', '.join(f'`{each}`' for each in common)}." if common else ""
    return f"{'; '.join(arms)}.{for_all}"


def _arm_in_words(arm: Arm, strategy: str) -> str:
    own = [f"{key}={value}" for key, value in arm.varied.items() if key != "changes"]
    own += [_change_in_words(change) for change in arm.changes]
    name = f"*{arm.label}*" if arm.label == strategy else f"*{arm.label}* is {strategy}"
    return ", ".join([name, *(f"`{each}`" for each in own)])


def _strategy_in_words(node: Mapping[str, Any], own: Mapping[str, Iterable[str]], known: Mapping[str, Mapping[str, Any]]) -> str:
    """The name of a strategy, with what it has of its own, and the strategy inside it."""
    target, name = node["_target_"], node["_target_"].rsplit(".", 2)[-2]
    if "inner" in node:
        base = known.get(node["inner"]["_target_"], {})
        inside = {node["inner"]["_target_"]: [n for n in base if n != "inner" and node["inner"].get(n) != base[n]]}
        return f"{name} around {_strategy_in_words(node['inner'], inside, known)}"
    values = [f"`{each}={node[each]}`" for each in node if each in own.get(target, ())]
    return f"{name} with {', '.join(values)}" if values else name


def _change_in_words(change: Change) -> str:
    """A change as it would be written in Python, without the values that it has anyway."""
    assert is_dataclass(change)
    own = [f"{f.name}={getattr(change, f.name)!r}" for f in fields(change) if getattr(change, f.name) != f.default]
    return f"{type(change).__name__}({', '.join(own)})"


def _differences(plain: Any, changed: Any, key: str = "") -> Iterable[tuple[str, object]]:
    """Values of world and policy in which two configurations differ, by key."""
    if not key:
        for part in ("world", "policy"):
            yield from _differences(plain[part], changed[part], part)
    elif isinstance(plain, Mapping) and isinstance(changed, Mapping):
        for name in plain:
            yield from _differences(plain[name], changed[name], f"{key}.{name}")
    elif plain != changed:
        yield key, changed


def page(kept: Mapping[str, pd.DataFrame], text: str) -> str:
    """The page with the answers between its markers. Raises RunError if they are not there."""
    if text.count(BEGIN) != 1 or text.count(END) != 1:
        raise RunError(f"--page: the lines  {BEGIN}  and  {END}  have to be there once each")
    parts = []
    for theme, names in THEMES.items():
        parts.append(f"## {theme}\n")
        for name in names:
            parts.append(_section(name, kept.get(name), kept.get(EARLY_SIGNS)))
    head, rest = text.split(BEGIN)
    return f"{head}{BEGIN}\n\n{chr(10).join(parts)}\n{END}{rest.split(END)[1]}"


def _section(name: str, table: pd.DataFrame | None, signs: pd.DataFrame | None) -> str:
    asking = asked(name)
    lines = [f"### {name}\n", f"**{asking.scenario.question}**\n", f"{varied(name)}\n"]
    if table is None:
        return "\n".join([*lines, f"Not measured yet: `./run compare scenario={name}`\n"])
    lines += [f"- {in_words({str(k): v for k, v in row.items()})}" for row in table.to_dict("records")]
    lines += [f"- {early_signs.in_words(signs)}"] if name == EXPAND and signs is not None else []
    first = table.iloc[0]
    drawn = f", {first['draws']} market draws" if first["draws"] > 1 else ""
    size = f"{first['accounts_n']:,} accounts, {first['seats_n']} seats, {first['futures']} futures{drawn}"
    return "\n".join([*lines, f"\n`{first['command']}` · {size}\n"])


def main(words: Sequence[str] | None = None, say: Callable[[str], object] = sys.stdout.write) -> int:
    """Ask what is not kept yet, then write page and figure; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m experiments.scenario_answers", description="Ask every scenario its question.")
    parser.add_argument(
        "words", nargs="*", metavar="SCENARIO or OPTION=VALUE", help="scenarios (default: all), and options of ./run compare"
    )
    parser.add_argument("--kept", type=Path, default=Path("results/published/scenarios"), help="the folder of the numbers")
    parser.add_argument("--page", type=Path, default=Path("docs/scenarios.md"), help="the page into which the answers are written")
    parser.add_argument("--figure", type=Path, default=Path("docs/figures/scenarios.png"))
    parser.add_argument("--write", action="store_true", help="ask nothing: write page and figure from what is kept")
    given = parser.parse_intermixed_args(words)
    named, options = [w for w in given.words if "=" not in w], [w for w in given.words if "=" in w]
    try:
        for name in named:
            if name not in scenarios():
                raise RunError(f"{name}: there is no such scenario. Choices: {', '.join(scenarios())}")
        store.check_root(given.kept)
        if not given.page.is_file():
            raise RunError(f"--page: {given.page} is not there")
        given.kept.mkdir(parents=True, exist_ok=True)
        lived = Lived()
        for name in [] if given.write else named or scenarios():
            file = given.kept / f"{name}.csv"
            if file.exists():
                say(f"{name}: kept\n")
                continue
            began = time.perf_counter()
            store.write_table(file, measure(name, options or DEFAULT_WORDS, lived))
            say(f"{name}: measured in {time.perf_counter() - began:.0f} s\n")
        kept = {name: store.read_table(given.kept / f"{name}.csv") for name in scenarios() if (given.kept / f"{name}.csv").exists()}
        if (signs := given.kept / EARLY_SIGNS).exists():
            kept[EARLY_SIGNS] = store.read_table(signs)
        store.write_text(given.page, page(kept, given.page.read_text(encoding="utf-8")))
    except MISTAKES as error:
        return tell(error, options)
    if kept:
        from experiments.figures import scenarios as figure  # matplotlib takes a second
        from experiments.figures import style

        given.figure.parent.mkdir(parents=True, exist_ok=True)
        given.figure.write_bytes(style.png(figure.draw({theme: [kept[n] for n in names if n in kept] for theme, names in THEMES.items()})))
    answered_n = sum(name in kept for name in scenarios())
    say(f"{answered_n} of {len(scenarios())} scenarios are answered in {given.page}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
