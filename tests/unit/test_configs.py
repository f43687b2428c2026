"""The Hydra tree: every file becomes objects, every preset composes, and a wrong value is named in one line."""

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from hydra import compose, initialize_config_module
from hydra.errors import HydraException

from experiments.changes.team import AddSeats
from experiments.running.arms import hyper_parameters
from experiments.running.configuration import COMMANDS, OPTIONS, Request, load, request
from experiments.running.errors import RunError
from experiments.running.mistakes import explain
from experiments.running.search_path import composed

CONF = Path(__file__).parents[2] / "conf"
QUICK = ("strategies=[status_quo,random]",)
NEEDS_FOLDER = ("parch_posey",)


def names(group: str) -> list[str]:
    """Names of the configurations of a group."""
    return sorted(path.stem for path in (CONF / group).glob("*.yaml"))


def asked(*overrides: str) -> Request:
    """What a command line with these words asks for."""
    config, packages = composed(overrides)
    return request(config, "a command", packages)


def test_the_default_is_what_the_documents_promise() -> None:
    """Without a word: eight arms on the software vendor's market, 50 futures of eight quarters, against today's owners."""
    default = asked()
    labels = [arm.label for arm in default.arms]
    assert labels == ["status_quo", "random", "equal_count", "geographic", "gut_feel", "greedy_balance", "optimized", "informed"]
    settings = default.settings
    assert (settings.seed, settings.futures, settings.draws, settings.quarters) == (7, 50, 1, 8)
    assert (settings.baseline, settings.delta_share, default.source.label) == ("status_quo", 0.01, "saas")
    assert settings.workers >= 1
    assert settings.config["futures"] == 50


@pytest.mark.parametrize(
    ("words", "draws", "futures"),
    [
        (("market=saas", "futures=auto"), 1, 200),
        (("market=saas", "futures=auto", "futures_most=60", "draws=4"), 4, 15),
        (("market=crm", "futures=auto"), 10, 20),
        (("market=crm", "futures=auto", "futures_most=5"), 10, 2),
        (("market=crm",), 10, 5),
        (("market=crm", "futures=12"), 10, 2),
        (("market=crm", "futures=201"), 10, 21),
        (("market=crm", "draws=3"), 3, 50),
        (("market=crm", "draws=1"), 1, 50),
        (("market=saas", "futures=12"), 1, 12),
    ],
)
def test_draws_of_an_imported_market_share_the_futures(words: Sequence[str], draws: int, futures: int) -> None:
    """``draws=auto`` is one, or ten of an imported market with a tenth of the futures each, two at least; a number is taken as it is.

    ``futures=auto`` is at most ``futures_most``, which several draws share too, and a width.
    """
    settings = asked(*words, *QUICK).settings
    assert (settings.draws, settings.futures) == (draws, futures)
    assert settings.width_share == (0.01 if "futures=auto" in words else None)


@pytest.mark.parametrize("name", names("market"))
def test_every_market_becomes_an_object(name: str) -> None:
    """Each file of conf/market makes a market that can be drawn, under the label of its file."""
    folder = ("market.folder=somewhere",) if name in NEEDS_FOLDER else ()
    source = asked(f"market={name}", *folder, *QUICK).source
    assert source.label == name
    assert callable(source.draw)


@pytest.mark.parametrize("name", names("strategies"))
def test_every_strategy_becomes_an_arm(name: str) -> None:
    """Each file of conf/strategies makes an arm of its own name, alone."""
    (arm,) = asked(f"strategies=[{name}]", f"baseline={name}").arms
    assert arm.label == name
    assert callable(arm.strategy.assign)


def test_composites_take_any_strategy_inside() -> None:
    """What a composite wraps is chosen like a market; the same composite around something else is one more arm under a name of its own."""
    two = ("+strategies@strategies.teams=segment_first", "strategies@strategies.teams.inner=greedy_balance")
    words = ("strategies=[status_quo,segment_first]", "strategies.segment_first.inner.from_today=false", *two)
    _, plain, around = (arm.strategy for arm in asked(*words).arms)
    assert hyper_parameters(plain) == {"p_inner": "EqualCount", "p_inner_from_today": "False"}
    assert hyper_parameters(around) == {"p_inner": "GreedyBalance", "p_inner_tolerance_share": 0.05}
    with pytest.raises(RunError, match=r"strategies.segment_first: inner: 'optimized' is no strategy; .*inner=NAME"):
        asked("strategies=[status_quo,segment_first]", "strategies.segment_first.inner=optimized")


@pytest.mark.parametrize(("group", "name"), [(group, name) for group in ("world", "policy") for name in names(group)])
def test_world_and_policy_become_objects(group: str, name: str) -> None:
    """Each file of conf/world and conf/policy is the same object from the command line as from Python."""
    arm = asked(f"{group}={name}", *QUICK).arms[0]
    assert getattr(arm, group) == load(group, name)


OWN_WORLDS = [("enterprise_field", "field"), ("customer_success", "customer_success"), ("saas", "default")]


@pytest.mark.parametrize(("market", "world"), OWN_WORLDS)
def test_a_market_may_choose_its_world_and_the_user_another(market: str, world: str) -> None:
    """Without a word the market's own world holds; what is typed holds above it, in any order and under a preset."""
    assert asked(f"market={market}", *QUICK).arms[0].world == load("world", world)
    for words in ((f"market={market}", "world=default"), ("world=default", f"market={market}")):
        assert asked(*words, *QUICK).arms[0].world == load("world", "default")
    assert asked("experiment=smoke", f"market={market}", *QUICK).arms[0].world == load("world", world)
    assert load("market", market).label == market


@pytest.mark.parametrize("name", names("scenario"))
def test_every_scenario_composes_and_begins_with_its_question(name: str) -> None:
    """A scenario can be asked of any market, bears its file's name, and its file begins with one question in one sentence."""
    for market in ("saas", "crm"):
        asking = asked(f"scenario={name}", f"market={market}")
        assert asking.source.label == market
    assert asking.scenario.label == name
    lines = [line.strip() for line in (CONF / f"scenario/{name}.yaml").read_text(encoding="utf-8").splitlines()]
    first = next(line for line in lines[lines.index("scenario:") + 1 :] if line)
    assert first == f"question: {asking.scenario.question}"
    assert re.fullmatch(r"[A-Z][^.?!]*\?", asking.scenario.question)


@pytest.mark.parametrize("name", names("experiment"))
def test_every_preset_composes(name: str) -> None:
    """A preset of conf/experiment is a comparison, and the command line has the last word over it; some hold a part of a command's own."""
    words = [f"~{part}" for part in COMMANDS if f"\n{part}:\n" in (CONF / f"experiment/{name}.yaml").read_text(encoding="utf-8")]
    assert asked(f"experiment={name}", *words).arms
    assert asked(f"experiment={name}", "futures=3", *words).settings.futures == 3
    for word in words:
        with pytest.raises(RunError, match=f"{word[1:]}: is asked by a command of its own"):
            asked(f"experiment={name}")


def test_greenfield_has_no_status_quo() -> None:
    """From scratch there is nobody to be the status quo: gut feeling is the baseline, unless the command line says otherwise."""
    asking = asked("scenario=greenfield")
    assert asking.settings.baseline == "gut_feel"
    assert "status_quo" not in [arm.label for arm in asking.arms]
    assert len(asking.scenario.changes) == 1
    assert asked("scenario=greenfield", "baseline=random").settings.baseline == "random"


def test_a_preset_can_choose_scenario_and_market() -> None:
    """A preset and a scenario given together both take effect: the preset's market, the scenario's arms."""
    asking = asked("experiment=smoke", "scenario=greenfield")
    assert (asking.source.label, asking.settings.baseline) == ("startup", "gut_feel")


def test_a_preset_has_the_last_word_over_the_scenario_it_chooses(tmp_path: Path) -> None:
    """A preset may take a scenario and change one of its values; the command line is above both."""
    (tmp_path / "experiment").mkdir()
    preset = "# @package _global_\ndefaults: [{override /scenario: greenfield}]\nbaseline: random\n"
    (tmp_path / "experiment" / "theirs.yaml").write_text(preset, encoding="utf-8")
    words = (f"hydra.searchpath=[file://{tmp_path}]", "experiment=theirs")
    assert asked(*words).settings.baseline == "random"
    assert asked(*words).scenario.label == "greenfield"
    assert asked(*words, "baseline=optimized").settings.baseline == "optimized"


def test_help_names_every_option_with_its_default() -> None:
    """The text of compare --help has a line for each option of config.yaml, with the default that holds."""
    text = (CONF / "hydra/help/compare.yaml").read_text(encoding="utf-8")
    config = (CONF / "config.yaml").read_text(encoding="utf-8")
    for option in OPTIONS:
        default = re.search(rf"^{option}: (\S+)", config, re.MULTILINE)
        assert default, option
        assert re.search(rf"^ +{option}={re.escape(default[1])} ", text, re.MULTILINE), option


MAPPINGS = [
    ("arms={a: {strategy: random}}", "arms"),
    ("arms.a={strategy: random}", "arms"),
    ("strategies={a: {_target_: strategies.random_draw.Random}}", "strategies"),
    ("market.deals.values={stage: {Closed: won}}", "market.deals.values"),
    ("market.accounts.constants={segment: commercial}", "market.accounts.constants"),
    ("market.uncertainty={stage_days: 0.1, trip_max_h: 0.2}", "market.uncertainty"),
    ("world.people={resignation_per_year: 0.5}", "world.people"),
]


@pytest.mark.parametrize(("word", "key"), MAPPINGS)
def test_a_mapping_is_typed_as_it_stands_in_a_file(word: str, key: str) -> None:
    """A mapping on the command line adds its names to what is there and replaces the values of those that are, without any plus."""
    node = asked("market=crm", "market.folder=somewhere", *QUICK, word).settings.config
    for part in key.split("."):
        node = node[part]
    given = yaml.safe_load(word.partition("=")[2].replace(":", ": "))
    for name, value in (given if word.startswith(f"{key}=") else {"a": given}).items():
        assert node[name] == value


def test_arms_may_differ_in_more_than_their_strategy() -> None:
    """What an arm gives of world and policy stands above everybody's, key by key; the rest, and arms that give nothing, is everybody's."""
    hire = "{_target_: experiments.changes.team.AddSeats, seats_n: 2}"
    policy, world = "{transition: warm, money: {margin_share: 0.5}}", "{segments: {enterprise: {visits_per_week: 0.2}}}"
    warm = f"{{strategy: random, policy: {policy}, world: {world}}}"
    words = ("+arms.plain={strategy: random}", f"+arms.warm={warm}", f"+arms.status_quo={{changes: [{hire}]}}", "policy.buffer_share=0.1")
    asking = asked(*QUICK, *words)
    plain, warm_arm, hired = asking.arms
    assert [arm.label for arm in asking.arms] == ["plain", "warm", "status_quo"]
    assert plain.strategy is warm_arm.strategy is not hired.strategy
    assert (plain.policy, plain.world, plain.changes, plain.varied) == (hired.policy, hired.world, (), {})
    money = replace(plain.policy.money, margin_share=0.5)
    assert warm_arm.policy == replace(plain.policy, transition="warm", money=money)
    assert warm_arm.policy.buffer_share == 0.1
    rates = {**plain.world.segments, "enterprise": replace(plain.world.segments["enterprise"], visits_per_week=0.2)}
    assert warm_arm.world == replace(plain.world, segments=rates)
    assert warm_arm.settings == {
        "p_policy_transition": "warm",
        "p_policy_money_margin_share": 0.5,
        "p_world_segments_enterprise_visits_per_week": 0.2,
    }
    assert hired.changes == (AddSeats(2),)
    assert hired.settings == {"p_changes": repr(AddSeats(2))}


ADD = "_target_: experiments.changes.team.AddSeats"
WRONG_VALUES = [
    (("+arms={a: random}",), "arms.a: 'random' is not of the form  {strategy: LABEL, "),
    (("+arms={a: {strategy: [random]}}",), "arms.a.strategy: ['random'] is not among the strategies"),
    (("+arms={a: {strategy: random, policy: warm}}",), "arms.a.policy: 'warm' is not of the form  {PARAMETER: VALUE, ...}"),
    (("+arms={a: {strategy: random, changes: {x: 1}}}",), "arms.a.changes: {'x': 1} is not a list"),
    (("+arms={a: {strategy: random, changes: [more]}}",), "arms.a.changes[0]: 'more' is not of the form  {_target_: CLASS, "),
    (("world.people=null",), "world.people: None is not of the form  {PARAMETER: VALUE, ...}"),
    (("policy.money=5",), "policy.money: 5 is not of the form  {PARAMETER: VALUE, ...}"),
    (("+strategies.z=3",), "strategies.z: 3 is not of the form  {_target_: CLASS, "),
    (("+strategies.z={share: 3}",), "strategies.z: it names no class"),
    (("+arms.a={strategy: rndom}",), "arms.a.strategy: 'rndom' is not among the strategies; did you mean random?"),
    (("+arms.a={strategy: random, polcy: {}}",), "arms.a.polcy: there is no such part of an arm; did you mean policy?"),
    (
        ("+arms.a={strategy: random, policy: {transitoin: warm}}",),
        "arms.a.policy.transitoin: there is no such parameter; did you mean transition?",
    ),
    (("+arms.a={strategy: random, policy: {transition: hot}}",), "arms.a.policy: policy.transition: 'hot' is not one of abrupt, warm"),
    (("+arms.a={strategy: random, world: {fit_effect: big}}",), "arms.a.world.fit_effect: 'big' is not a number"),
    (
        (f"+arms.a={{strategy: random, changes: [{{{ADD}, seats: 2}}]}}",),
        "arms.a.changes[0].seats: there is no",
    ),
    (
        (f"+arms.a={{strategy: random, changes: [{{{ADD}, seats_n: 0}}]}}",),
        "arms.a.changes: AddSeats.seats_n: 0 ",
    ),
    (("futures=0",), "futures: 0 "),
    (("futures=2.5",), "futures: 2.5 "),
    (("futures=some",), "futures: 'some' is neither a whole number nor auto"),
    (("futures=auto", "futures_most=0"), "futures_most: 0 "),
    (("futures_most=many",), "futures_most: 'many' is not a whole number"),
    (("futures=auto", "width_share=0"), "width_share: 0 must lie between "),
    (("world.skill_effect=nan",), "world.skill_effect: nan is not a finite number"),
    (
        ("strategies=[status_quo,optimized]", "strategies.optimized.distance_max_km=nan"),
        "strategies.optimized.distance_max_km: nan is not a finite number",
    ),
    (("market.segments.enterprise.share=inf",), "market.segments.enterprise.share: inf is not a finite number"),
    (
        ("strategies=[status_quo,optimized]", "strategies.optimized.skill_logit=-1"),
        "strategies.optimized: optimized.skill_logit: -1 must lie between 0 and 20",
    ),
    (("cell_limit_s=inf",), "cell_limit_s: inf "),
    (("cell_limit_s=abc",), "cell_limit_s: 'abc' is not a number"),
    (("cell_limit_s=5", "parallel=dask", "parallel.address=tcp://a:1"), "cell_limit_s: no limit holds in the threads of a Dask worker"),
    (("futures=true",), "futures: True "),
    (("draws=often",), "draws: 'often' "),
    (("market=crm", "futures=0"), "futures: 0 "),
    (("market=crm", "market.uncertainty.stage_days=-1"), "market.uncertainty.stage_days: -1 "),
    (("market=crm", "market.uncertainty.stage_days=much"), "market.uncertainty.stage_days: 'much' "),
    (("workers=-1",), "workers: -1 "),
    (("workers=many",), "workers: 'many' "),
    (("seed=abc",), "seed: 'abc' "),
    (("seed=-1",), "seed: -1 "),
    (("draws=0",), "draws: 0 "),
    (("quarters=0",), "quarters: 0 "),
    (("delta_share=small",), "delta_share: 'small' is not a number"),
    (("delta_share=1",), "delta_share: 1 "),
    (("results=null",), "results: "),
    (("report=maybe",), "report: 'maybe' is not true, false or auto"),
    (("~policy",), "policy: "),
    (("strategies=[]",), "strategies: "),
    (("+seeds=3",), "seeds: there is no such option; did you mean seed?"),
    (("world.fit_effect=big",), "world.fit_effect: 'big' is not a number"),
    (("policy.protect=prposal",), "policy.protect: 'prposal' is not one of none, prospecting"),
    (("policy.buffer_share=2",), "policy.buffer_share: 2 "),
    (("+world.fit_efect=3",), "world.fit_efect: there is no such parameter; did you mean fit_effect?"),
    (("world.segments.commercial.hours_per_week=-1",), "world.segments.commercial.hours_per_week: -1 must lie between 0.001 and 168"),
    (("world.segments.commercial.visits_per_week=often",), "world.segments.commercial.visits_per_week: 'often' is not a number"),
    (
        ("market._target_=sim.nowhere.Market",),
        "market._target_: sim.nowhere.Market cannot be imported (ModuleNotFoundError: ",
    ),
    (("+strategies.odd={_target_:sim.policy.Money}",), "strategies.odd: Money is no strategy"),
    (("results=''",), "results: an empty text names no folder"),
    (("market.label=../../x",), "market.label: the label '../../x' names files; use at most 100 letters"),
    (("scenario.label=a/b",), "scenario.label: the label 'a/b' names files"),
    (("strategies={a b: {_target_: strategies.random_draw.Random}}",), "strategies: the label 'a b' names files"),
    (("arms={..: {strategy: random}}",), "arms: the label '..' names files"),
    (("arms={1: {strategy: random}}",), "arms: the label 1 names files"),
    ((f"market.label={'x' * 300}",), "market.label: the label 'xxx"),
    (("market=[saas,startup]",), "market: a comparison takes one; one after the other is  -m market=A,B, or  draws=N "),
    (("scenario=[greenfield,transition_warm]",), "scenario: a comparison takes one; one after the other is  -m scenario=A,B"),
    (("market.uncertainty={}",), "market.uncertainty: {} adds nothing to what is there;  ~market.uncertainty "),
    (("policy={protct: none}",), "policy.protct: there is no such parameter; did you mean protect?"),
    (("hydra.searchpath=[http://there]",), "hydra.searchpath: http:// is not a place; pkg://NAME is a package"),
    (("hydra.searchpath=[pkg://nowhere.conf]",), "hydra.searchpath: nowhere.conf is not there; pkg://NAME is a package"),
    (("results=${nowhere}",), "results: Interpolation key 'nowhere' not found"),
]


@pytest.mark.parametrize(("overrides", "said"), WRONG_VALUES, ids=lambda value: value[0] if isinstance(value, tuple) else "")
def test_a_wrong_value_is_named_in_one_line(overrides: Sequence[str], said: str) -> None:
    """A value out of range, of the wrong type or without a place is a RunError of one line that begins with its key; exit code 2."""
    with pytest.raises(RunError) as raised:
        asked(*QUICK, *overrides)
    assert str(raised.value).startswith(said)
    assert "\n" not in str(raised.value)
    assert raised.value.exit_code == (1 if "pkg://nowhere" in overrides[0] else 2)


WRONG_WORDS = [
    ("futuers=3", "futuers: there is no such option; did you mean futures? Choices: world, "),
    ("markt=saas", "markt: there is no such option; did you mean market? Choices: world, "),
    ("market=sass", "market: there is no choice 'sass'; did you mean saas? Choices: crm, "),
    ("strategies=[optimised]", "strategies: there is no choice 'optimised'; did you mean optimized? Choices: "),
    ("scenario=grenfield", "scenario: there is no choice 'grenfield'; did you mean greenfield? Choices: acquisition, "),
    ("experiment=nothing", "experiment: there is no choice 'nothing'; did you mean tuning? Choices: attrition, morris"),
    ("world.fit_efect=1", "world.fit_efect: there is no such option; did you mean fit_effect? Choices: segments, "),
    ("strategies.optimized.score=tam", "strategies.optimized: there is no such option. Choices: status_quo, random"),
    ("~seeds", "seeds: there is no such option; did you mean seed? Choices: world, "),
    ("futures", "futures: cannot be read as OPTION=VALUE"),
    ("strategies=[a", "strategies=[a: cannot be read as OPTION=VALUE"),
    ("arms.a.strategy=random", "arms.a: is not there; what is not there is added by a plus:  '+arms.a.strategy=random'"),
    ("+seed=3", "Could not append to config. An item is already at 'seed'."),
]


@pytest.mark.parametrize(("word", "said"), WRONG_WORDS)
def test_a_mistyped_word_gets_the_choices(word: str, said: str) -> None:
    """What Hydra cannot compose is told in one line that names the word, the nearest choice and all there are."""
    words = [*QUICK, word]
    with pytest.raises(HydraException) as raised, initialize_config_module("conf", version_base="1.3"):
        compose("config", overrides=words)
    line = explain(raised.value, words)
    assert line.startswith(said)
    assert "\n" not in line


def test_a_bug_is_not_taken_for_a_mistake() -> None:
    """An error that is not about a value passes as it is, so that a bug shows where it happened."""
    config, _ = composed(["market=saas", f"market.incumbent={{_target_: {__name__}.Broken}}"])
    with pytest.raises(ZeroDivisionError):
        request(config, packages=["tests"])


def test_a_guest_that_cannot_be_made_is_told_in_one_line() -> None:
    """Somebody else's bug is no traceback of ours."""
    config, _ = composed(["strategies=[random]", "baseline=random", f"strategies.random._target_={__name__}.Broken"])
    with pytest.raises(RunError, match=r"strategies\.random: cannot be made \(ZeroDivisionError"):
        request(config, packages=["tests"])


class Broken:
    """A strategy with a bug."""

    def __init__(self, **_: Any) -> None:
        raise ZeroDivisionError
