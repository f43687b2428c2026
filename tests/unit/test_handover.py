"""What a roll-out needs: new owners for the CRM, and a page for the reps, from a run's files only."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from experiments.figures.tables import read_run
from experiments.handover.markdown import listed, literal, usd
from experiments.handover.methods import IDEAS, PROTECTED
from experiments.handover.pack import write_handover
from experiments.handover.salesforce import owners_csv
from experiments.runner import run_comparison
from experiments.running.arms import Arm, Settings
from experiments.running.scenario import Scenario
from sim.planning import Assignment, PlanningProblem, Strategy
from sim.policy import PROTECTIONS
from strategies.status_quo import StatusQuo
from tests.comparisons import no_report  # noqa: F401  # an autouse fixture works by being imported
from tests.crm_folder import write_folder
from tests.report_fixture import write_run
from tests.worlds import tiny_policy, tiny_world

ODD_ID, ODD_NAME = '7,"x"', "|Zürich *AG*| <b>#1</b> `$5`"


def hand_over(folder: Path, policy: Mapping[str, Any] | None = None, **about: Any) -> dict[str, str]:
    """Write the files of a run that was simulated under a policy; their texts by name."""
    told = json.loads((folder / "provenance.json").read_text())
    rules = {**asdict(tiny_policy()), **(policy or {})}
    told |= {"policies": dict.fromkeys(told["arms"], rules), **about}
    (folder / "provenance.json").write_text(json.dumps(told))
    return {path.name: path.read_text(encoding="utf-8") for path in write_handover(folder)}


@pytest.fixture(scope="module")
def invented(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An ordinary run with both yardsticks, in which geographic is worse and optimized better."""
    arms = ("optimized", "status_quo", "geographic", "random", "informed")
    return write_run(tmp_path_factory.mktemp("run"), arms)


@dataclass(frozen=True)
class Swap:
    """Everything that Bob owns goes to Ann, the odd account to Bob, and what is named ``dropped`` to nobody."""

    dropped: str = ""

    def assign(self, problem: PlanningProblem, rng: np.random.Generator) -> Assignment:
        """By position: the odd account is the first one."""
        owner = np.where(problem.protected, problem.owner, 0)
        owner[0] = 1
        owner[[i for i, name in enumerate(problem.accounts.id) if name == self.dropped]] = -1
        return Assignment(owner)


def rolled_out(root: Path, strategies: Mapping[str, Strategy], **policy: Any) -> Path:
    """A comparison on an import whose first account has an odd id and an odd name."""
    accounts = (
        "account_id,name,owner_id,segment,potential_usd\n"
        f'"7,""x""","{ODD_NAME}",007,commercial,10000\nA2,Bolt,007,commercial,40000\nA3,Crux,R2,commercial,9000\nA4,Dune,R2,commercial,9000\n'
    )
    reps = "rep_id,name,quota_usd\n007,Ann,500000\nR2,Bob_the_*,\n"
    deals = (
        "deal_id,account_id,rep_id,created,closed,stage,amount_usd\n"
        'D1,A2,007,2026-03-01,,qualified,5\nD2,"7,""x""",007,2025-05-01,2026-03-31,won,9\n'
    )
    (root / "crm").mkdir()
    market = write_folder(root / "crm", accounts=accounts, reps=reps, deals=deals)
    rules = replace(tiny_policy(), **policy)
    arms = [Arm(label, strategy, rules, tiny_world()) for label, strategy in strategies.items()]
    settings = Settings(seed=3, futures=2, quarters=4)
    return run_comparison(market, arms, Scenario("base", "what now?"), settings, root / "results", progress=False)


def test_salesforce_gets_who_moves_with_ids_as_the_crm_had_them(tmp_path: Path) -> None:
    """Only accounts that move, each an account of the export, its OwnerId the id of the rep who gets it; commas and quotes survive."""
    folder = rolled_out(tmp_path, {"status_quo": StatusQuo(), "swap": Swap()})
    with (folder / "designs" / "swap.salesforce.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    assert rows == [["Id", "OwnerId"], [ODD_ID, "R2"], ["A3", "007"], ["A4", "007"]]


def test_texts_that_a_spreadsheet_would_run_are_guarded_and_ids_for_the_crm_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """An account of the name =1+1 stands behind an apostrophe in the table that people open, and reads as =1+1 in pages and letters. An id
    that begins so makes no file for the CRM: one line says which account it is, and what to do, and an older file goes.
    """
    accounts = "account_id,name,owner_id\nA1,=1+1,R1\nA2,Bolt,R1\n@3,Crux,R2\n"
    (tmp_path / "crm").mkdir()
    market = write_folder(tmp_path / "crm", accounts=accounts, reps="rep_id,name\nR1,+Ann\nR2,Bob\n", deals=None)
    strategies: Mapping[str, Strategy] = {"status_quo": StatusQuo(), "swap": Swap()}
    arms = [Arm(label, each, tiny_policy(), tiny_world()) for label, each in strategies.items()]
    where = (tmp_path / "results", False)
    folder = run_comparison(market, arms, Scenario("base", "what now?"), Settings(seed=3, futures=2, quarters=4), *where)
    designs = folder / "designs"
    assert "A1,'=1+1," in (designs / "swap.csv").read_text(encoding="utf-8")
    assert "\n'@3,Crux," in (designs / "swap.csv").read_text(encoding="utf-8")
    assert "R1,'+Ann," in (designs / "swap.seats.csv").read_text(encoding="utf-8")
    assert read_run(folder).moves["account_name"].tolist() == ["=1+1", "Crux"]
    assert not (designs / "swap.salesforce.csv").exists()
    said = "swap.salesforce.csv, since the account '@3' has an id that begins with"
    assert f"not written: {said}" in capsys.readouterr().err
    letter = (designs / "swap.communication.md").read_text(encoding="utf-8")
    assert "There is no file of the new owners, since the account '@3'" in letter
    assert "=1+1 (A1)" in letter
    (designs / "swap.salesforce.csv").write_text("of an earlier time")
    assert [path.name for path in write_handover(folder)] == ["swap.communication.md"]
    assert not (designs / "swap.salesforce.csv").exists()


def test_an_account_left_to_nobody_has_no_row_and_is_told_of(tmp_path: Path) -> None:
    """Salesforce knows no account without an owner: such a row is left out, and sales operations are told how many."""
    folder = rolled_out(tmp_path, {"status_quo": StatusQuo(), "swap": Swap(dropped="A4")}, leave_none=False)
    text = (folder / "designs" / "swap.salesforce.csv").read_text(encoding="utf-8")
    assert "A4" not in text
    assert "A3,007" in text
    said = (folder / "designs" / "swap.communication.md").read_text(encoding="utf-8")
    assert "1 account is left to nobody" in said
    assert "Dune (A4) | nobody |" in said


def test_yardsticks_and_designs_that_move_nobody_have_no_pack(invented: Path) -> None:
    """Nobody rolls out what is told the truth or dealt at random, and today's owners need no roll-out."""
    files = hand_over(invented)
    assert set(files) == {f"{arm}.{suffix}" for arm in ("optimized", "geographic") for suffix in ("salesforce.csv", "communication.md")}


def test_owners_are_those_of_the_design(invented: Path) -> None:
    """The file of new owners and the design's table agree on every account of a whole run."""
    files = hand_over(invented)
    design = pd.read_csv(invented / "designs" / "geographic.csv", dtype=str, keep_default_na=False).set_index("account_id")
    rows = list(csv.DictReader(files["geographic.salesforce.csv"].splitlines()))
    assert {row["Id"]: row["OwnerId"] for row in rows} == design[design["from_seat"] != design["to_seat"]]["to_seat"].to_dict()
    assert len(rows) > 10


def test_the_pack_is_the_same_when_written_again(invented: Path) -> None:
    """Everything comes from the run's files, so that a second time writes the same bytes; nothing of the clock is in it."""
    assert hand_over(invented) == hand_over(invented)


def test_why_comes_before_what(invented: Path) -> None:
    """The parts stand in their order, and the finding with its interval before the first account."""
    text = hand_over(invented)["optimized.communication.md"]
    parts = re.findall(r"^## (.*)$", text, flags=re.MULTILINE)
    assert [part[0] for part in parts[:5]] == ["1", "2", "3", "4", "5"]
    summary = pd.read_csv(invented / "summary.csv").set_index("arm").loc["optimized"]
    lift, low, high = (100 * summary[name] for name in ("lift_share", "lift_low_share", "lift_high_share"))
    said = f"books {lift:.1f}\u00a0% more in the mean. That mean lies between +{low:.1f} and +{high:.1f}\u00a0%"
    assert text.index("## 1.") < text.index(said) < text.index("What this does not settle") < text.index("| Seat |")


def test_a_design_that_is_not_better_says_so_first(invented: Path) -> None:
    """Whoever sends the pack of a worse design is warned, and its reps read that bookings speak against it."""
    files = hand_over(invented)
    assert "does not show that this design books more than today's territories (its verdict: worse)" in files["geographic.communication.md"]
    assert "That is a loss" in files["geographic.communication.md"]
    assert "does not show" not in files["optimized.communication.md"]


def test_every_seat_that_changes_finds_its_own_accounts(invented: Path) -> None:
    """A seat's section lists the accounts that leave with their new owners; long lists end with the number of those left out."""
    text = hand_over(invented)["optimized.communication.md"]
    design = pd.read_csv(invented / "designs" / "optimized.csv")
    moved = design[design["from_seat"] != design["to_seat"]]
    for seat in set(moved["from_seat"]):
        section = text.split(f"### Rep of {seat} ({seat})\n")[1].split("\n#")[0]
        passed_on = section.split("You pass on")[1].split("You receive")[0]
        for row in moved[moved["from_seat"] == seat].itertuples():
            assert f"| Invented {row.account_id} ({row.account_id}) | Rep of {row.to_seat} ({row.to_seat}) | invented: closer" in passed_on
    long = hand_over(invented)["geographic.communication.md"]
    most = pd.read_csv(invented / "designs" / "geographic.csv").query("from_seat != to_seat")["to_seat"].value_counts().max()
    assert most <= 25 or f"And {most - 25} more, of less potential" in long


@pytest.mark.parametrize(
    ("policy", "day", "said"),
    [
        ({"transition_gap_days": 21.0}, "21", "The new owners start"),
        ({"transition_gap_days": 0.0}, "0", "No pause."),
        ({"review": "quarterly", "review_trigger_cv": 0.25}, "91", "First review"),
        ({"review": "semiannual"}, "182", "First review"),
        ({"idle_days": 60.0}, "91", "What was not worked for 60 days"),
        ({"transition": "warm", "hand_over_h_per_week": 0.5, "transition_gap_days": 14.0}, "0", "talk: 0.5 hours a week of each"),
    ],
)
def test_dates_follow_the_policy(invented: Path, policy: dict[str, Any], day: str, said: str) -> None:
    """What happens on which day is what the arm was simulated with."""
    text = hand_over(invented, policy)["optimized.communication.md"]
    steps = re.findall(r"^\| (\d+) \| (.*) \|$", text, flags=re.MULTILINE)
    assert any(when == day and said in what for when, what in steps)
    assert [int(when) for when, _ in steps] == sorted(int(when) for when, _ in steps)
    assert ("A review after roll-out was not part" in text) == ("review" not in policy)


def test_dates_stand_in_the_calendar_of_an_import(tmp_path: Path) -> None:
    """Day 0 of an import is that of its files, 31 March 2026, and the hand-over ends so many days later."""
    folder = rolled_out(tmp_path, {"status_quo": StatusQuo(), "swap": Swap()}, transition_gap_days=14.0)
    text = (folder / "designs" / "swap.communication.md").read_text(encoding="utf-8")
    assert "| 0 | 31 March 2026 | **Roll-out.**" in text
    assert "| 14 | 14 April 2026 | **The new owners start**" in text


def test_names_of_a_crm_are_shown_as_they_are(tmp_path: Path) -> None:
    """Pipes break no table, and nothing in a name or an id becomes a heading, a formula, markup or emphasis."""
    folder = rolled_out(tmp_path, {"status_quo": StatusQuo(), "swap": Swap()})
    text = (folder / "designs" / "swap.communication.md").read_text(encoding="utf-8")
    assert r"""| \|Zürich \*AG\*\| \<b\>\#1\</b\> \`\$5\` (7,"x") | Bob_the\_\* (R2) |""" in text
    rows = [line for line in text.splitlines() if line.startswith("|")]
    for header, line in pairwise(rows):
        if set(line) <= set("|-: "):
            assert len(re.findall(r"(?<!\\)\|", header)) == len(re.findall(r"(?<!\\)\|", line))
    assert all(len(re.findall(r"(?<!\\)\|", line)) in (3, 4, 8, 9) for line in rows)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", "plain"),
        ("greedy_balance", "greedy_balance"),
        ("_x_", r"\_x\_"),
        ("two\nlines", "two lines"),
        ("1. Foo", r"1\. Foo"),
        ("- Foo", r"\- Foo"),
        ("a\\b", r"a\\b"),
        ("[x](y)", r"\[x\](y)"),
    ],
)
def test_literal(text: str, shown: str) -> None:
    """Markup is disarmed, and what is none is left readable."""
    assert literal(text) == shown


def test_quotas_that_stay_and_quotas_that_change(invented: Path, tmp_path: Path) -> None:
    """The answer on quotas is read off the seats' table: the same under both designs, or by how much it differs."""
    assert "**Will my quota change?** Not by this change." in hand_over(invented)["optimized.communication.md"]
    folder = write_run(tmp_path, ("optimized", "status_quo"))
    seats = pd.read_parquet(folder / "seats.parquet")
    seats.loc[(seats["arm"] == "optimized") & (seats["seat"] == "S01"), "quota_usd"] *= 1.1
    seats.to_parquet(folder / "seats.parquet")
    said = "**Will my quota change?** For 1 of 8 seats yes: by 0.0 to +10.0\u00a0%."
    assert said in hand_over(folder)["optimized.communication.md"]


def test_open_deals_are_answered_from_the_sheet_of_seats(invented: Path, tmp_path: Path) -> None:
    """How many deals stay is the sheet's sum; only where some move is it asked who is paid for them."""
    sheet = pd.read_csv(invented / "designs" / "optimized.seats.csv")
    kept, given = sheet["deals_kept_n"].sum(), sheet["deals_given_n"].sum()
    folder = write_run(tmp_path, ("optimized", "status_quo"))
    sheet.assign(deals_given_n=2).to_csv(folder / "designs" / "optimized.seats.csv", index=False)
    text = hand_over(folder, {"protect": "qualified"})["optimized.communication.md"]
    assert f"{kept} of {kept + 16} open deals stay with their rep; 16 move with their accounts. {PROTECTED['qualified']}" in text
    assert "Who is paid" in text
    assert given == 0
    assert "Who is paid" not in hand_over(invented)["optimized.communication.md"]


def test_quotas_of_the_export_are_called_so(tmp_path: Path) -> None:
    """Where one of two reps has no quota in the CRM, the answer says that the comparison set it."""
    folder = rolled_out(tmp_path, {"status_quo": StatusQuo(), "swap": Swap()})
    text = (folder / "designs" / "swap.communication.md").read_text(encoding="utf-8")
    assert "1 of 2 quotas in this comparison were set by the comparison itself" in text


def test_chances_of_an_import_are_counted_in_all_its_draws(tmp_path: Path) -> None:
    """The draws of an import are of one company, so its chances are means over all of them; a made-up market's are its first draw's."""
    folder = write_run(tmp_path, ("optimized", "status_quo"), draws_n=2)
    seats = [f"S{k + 1:02d}" for k in range(8)]
    rows = [(draw, arm, seat, 0.2 + 0.4 * draw) for draw in (0, 1) for arm in ("optimized", "status_quo") for seat in seats]
    outlook = pd.DataFrame(rows, columns=["draw", "arm", "seat", "quota_probability_share"])
    outlook.assign(schema_version=1).to_csv(folder / "seat_outlook.csv", index=False)
    assert "| 40\u00a0% |" in hand_over(folder, imported=True)["optimized.communication.md"]
    assert "counted in 24 futures" in hand_over(folder, imported=True)["optimized.communication.md"]
    assert "| 20\u00a0% |" in hand_over(folder, imported=False)["optimized.communication.md"]


def test_a_run_that_does_not_say_its_rules_has_no_pack(tmp_path: Path) -> None:
    """A run of before there were packs is left as it is."""
    assert write_handover(write_run(tmp_path)) == []


def test_every_strategy_and_protection_has_words() -> None:
    """Each strategy of conf/strategies but the yardsticks is told in a rep's words, and so is each protection."""
    conf = Path(__file__).parents[2] / "conf" / "strategies"
    targets = {re.search(r"^_target_: (strategies\.\w+)", path.read_text(encoding="utf-8"), re.MULTILINE) for path in conf.glob("*.yaml")}
    modules = {found[1] for found in targets if found} - {"strategies.random_draw", "strategies.informed"}
    assert len(modules) > 8
    assert modules <= set(IDEAS)
    assert set(PROTECTED) == set(PROTECTIONS)


def test_owners_csv_of_nothing_is_a_header() -> None:
    """A design that moves nobody leaves the columns."""
    design = pd.DataFrame({"account_id": ["A1"], "from_seat": ["R1"], "to_seat": ["R1"]})
    assert owners_csv(design) == "Id,OwnerId\n"


def test_words() -> None:
    """Lists and amounts as a reader expects them."""
    assert [listed(["a"]), listed(["a", "b"]), listed(["a", "b", "c"])] == ["a", "a and b", "a, b and c"]
    assert usd(18.6e6).replace("\u00a0", " ") == "USD 18.6 M"
