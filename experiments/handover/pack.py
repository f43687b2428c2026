"""The files that a roll-out needs, for every design that could be rolled out and moves somebody; from a run's own files only."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from experiments.figures.tables import Run, read_run
from experiments.handover import answers, dates, finding, methods, seats
from experiments.handover.facts import Facts
from experiments.handover.markdown import listed, literal
from experiments.handover.salesforce import moved, owners_csv, refused
from experiments.running.progress import tell
from experiments.running.run_tables import read_design
from experiments.running.store import PROVENANCE, reading, write_text
from sim.policy import Policy

TEMPLATES = Path(__file__).parent / "templates"
_SALESFORCE_ID = re.compile(r"[0-9A-Za-z]{15}(?:[0-9A-Za-z]{3})?")


def write_handover(folder: Path) -> list[Path]:
    """Write designs/<arm>.salesforce.csv and designs/<arm>.communication.md of a finished run; returns the paths.

    The yardsticks get none, nor does a design that moves nobody, nor one whose run does not say under which rules it was simulated. Where
    an id is refused there is no first file, and a line on standard error says why. Raises RunError if ``folder`` holds no run.
    """
    run = read_run(folder)
    written: list[Path] = []
    why: dict[str, list[str]] = {}
    for arm in run.arms:
        facts = None if run.is_reference(arm) else _facts(run, folder, arm)
        if facts is not None and len(facts.moved):
            owners, words = (folder / "designs" / f"{arm}.{suffix}" for suffix in ("salesforce.csv", "communication.md"))
            if reason := refused(facts.design):
                owners.unlink(missing_ok=True)
                why.setdefault(reason, []).append(owners.name)
            else:
                write_text(owners, owners_csv(facts.design))
            write_text(words, communication(facts))
            written += [path for path in (owners, words) if path.exists()]
    for reason, names in why.items():
        tell(f"not written: {listed(names)}, since {reason}")
    return written


def communication(facts: Facts) -> str:
    """The communication pack of one design, as Markdown."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    # Nothing is escaped here: what comes from the CRM has been through ``literal``, and the rest is Markdown of our own.
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES), undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True
    )
    return environment.get_template("communication.md.j2").render(_content(facts))


def _facts(run: Run, folder: Path, arm: str) -> Facts | None:
    """None where the arm has no design, or the run does not say under which rules it was simulated."""
    policy = run.provenance.get("policies", {}).get(arm)
    if policy is None or not run.has_design(arm):
        return None
    with reading(folder / PROVENANCE):
        Policy(**policy)
    return Facts(run, arm, *read_design(folder, arm), policy)


def _content(facts: Facts) -> dict[str, Any]:
    return {
        "arm": literal(facts.arm),
        "file": facts.arm,
        "market": literal(str(facts.run.provenance.get("market", "unnamed market"))),
        "moved_n": len(facts.moved),
        "accounts_n": len(facts.design),
        "seats_n": len(facts.sheet),
        "owned_today": facts.owned_today,
        "beforehand": _beforehand(facts),
        "today": finding.today(facts),
        "found": finding.found(facts),
        "not_settled": finding.not_settled(facts),
        "idea": methods.idea(facts),
        "protected": methods.protected(facts.policy),
        "is_baseline": facts.arm == facts.run.baseline,
        "than": facts.than,
        "quarters": facts.quarters,
        "rows": seats.team_rows(facts),
        "chances": seats.chances_known(facts),
        "noise": answers.noise(facts),
        "overfull": bool((facts.sheet["load_before"] > 1).any()),
        "unchanged": listed(seats.unchanged(facts)),
        "pages": seats.own_pages(facts),
        "steps": dates.steps(facts),
        "calendar": facts.day_0 is not None,
        "after": dates.after(facts),
        "questions": answers.questions(facts),
        "refused": literal(refused(facts.design)),
        "loading": _loading(facts),
    }


def _beforehand(facts: Facts) -> list[str]:
    """What whoever sends the pack should know first, and take out."""
    run, arm = facts.run, facts.arm
    notes = []
    verdict = run.text(arm, "verdict") or "not settled"
    if arm != run.baseline and verdict != "better":
        notes.append(
            f"The comparison does not show that this design books more than {facts.than} (its verdict: {verdict}). If you roll it out, it "
            "is for another reason; say it in part 1, in your own words."
        )
    if run.status not in ("complete", "running"):
        notes.append(f"The run is {run.status}: some futures have no numbers.")
    notes.append(
        "Part 3 names people. Send each rep their own section, and talk to those who pass on many accounts before anybody reads it."
    )
    if any(answers.DECIDE in answer for _, answer in answers.questions(facts)):
        notes.append("Part 5 holds questions that are marked as undecided. Decide them before you send this.")
    return notes


def _loading(facts: Facts) -> list[str]:
    """What sales operations should know about the file of new owners."""
    given = moved(facts.design)
    nobody_n = int((given["to_seat"] == "").sum())
    rows = given[given["to_seat"] != ""]
    notes = []
    if not facts.run.imported:
        notes.append("The market is made up, and so are the ids: this file shows the form, there is no CRM to load it into.")
    elif not all(_SALESFORCE_ID.fullmatch(each) for each in (*rows["account_id"], *rows["to_seat"])):
        notes.append(
            "The ids are those of the export, and not all of them look like Salesforce's (15 or 18 letters and digits). Replace them by "
            "the records' own, or export anew with Salesforce's Id as account_id and rep_id."
        )
    if nobody_n:
        notes.append(
            f"{nobody_n:,} {'account is' if nobody_n == 1 else 'accounts are'} left to nobody and not in the file, since in Salesforce "
            f"every account has an owner: choose the user who holds them. In `{facts.arm}.csv` their to_seat is empty."
        )
    new = facts.sheet.loc[(facts.sheet["accounts_before_n"] == 0) & (facts.sheet["accounts_received_n"] > 0), "seat"]
    if facts.owned_today and len(new):
        notes.append(f"{listed([facts.names[seat] for seat in new])} owned nothing before: make sure that the CRM has such a user.")
    return notes
