"""What the terminal says at the end: findings in plain words, the headline metrics side by side, what to know of them, the report."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from experiments.figures.tables import SAME_GINI, Run, read_run
from experiments.findings.money import payback_in_words, rates_in_words, usd_in_words
from experiments.findings.precision import COVERAGE_SHARE
from experiments.findings.statistics import DEPENDS, DRAWS_FOR_CLAIMS_N, NOT_SETTLED
from experiments.running.arms import INFORMED

WIDTH = 118
_GLUE = "\N{NO-BREAK SPACE}"
MENTIONED_SHARE = 0.005  # a chance below rounds to nothing
BINDING_SHARE = 0.75  # a team that uses less of its hours could work every account under any design


def conclusion(folder: Path) -> str:
    """The last words of a comparison, from its files."""
    run = read_run(folder)
    parts = [title(run), _filled(findings(run)), table(run)]
    if notes := "\n".join(_hanging("note", line) for line in notes_of(run)):
        parts.append(notes)
    page = folder / "report.html"
    parts.append(f"report   {page}" if page.is_file() else f"tables   {folder}  (./run report {folder} draws its report)")
    return "\n\n".join(parts)


def title(run: Run) -> str:
    """Market, size, futures, seed: what was compared on what."""
    about = run.provenance
    words = [
        str(about["market"]),
        f"{len(run.accounts):,} accounts, {len(run.homes):,} seats",
        f"{about['futures']:,} futures of {about['quarters']} quarters",
        f"seed {about['seed']}",
    ]
    if run.draws_n > 1:
        words.insert(2, run.draws_words)
    if about["scenario"] != "base":
        words.insert(1, f"scenario {about['scenario']}")
    return " · ".join(words)


def findings(run: Run) -> str:
    """The best arm in full, the others by their verdict, yardsticks and failures last."""
    choices = [arm for arm in run.others if not run.is_reference(arm)]
    sentences = []
    if run.best:
        sentences += _best(run, run.best)
    for arm in choices:
        if arm != run.best:
            sentences.append(f"{arm} {_verdict_in_words(run, arm)}.")
    for arm in run.others:
        if run.is_reference(arm):
            told = ", which is told the truth about accounts and reps," if run.text(arm, "strategy").startswith(INFORMED) else ""
            sentences.append(f"{arm}{told} {_verdict_in_words(run, arm)}.")
    sentences += [f"{arm}: {reason}." for arm, reason in run.failures.items()]
    return " ".join(sentences)


def table(run: Run) -> str:
    """One line an arm, best first: the lift in bookings with its interval and verdict, and the headline metrics."""
    against = run.baseline_words.removesuffix("'s territories")
    head: tuple[str, ...] = (
        "arm",
        f"bookings vs {against}",
        "verdict",
        "attainment",
        "at quota",
        "orphaned",
        "uncovered",
        "Gini",
        "moved",
    )
    rows = [head]
    for arm in run.arms:
        is_base = arm == run.baseline
        middle, low, high = run.lift(arm)
        lift = "" if is_base else f"{percent(middle, sign=True):>8}  [{_bare(low)}, {_bare(high)}]"
        shares = [percent(run.value(arm, name)) for name in ("attainment", "seats_at_quota_share", "orphaned_share", "uncovered_share")]
        verdict = "baseline" if is_base else run.text(arm, "verdict")
        rows.append((arm, lift, verdict, *shares, _gini(run, arm), percent(run.value(arm, "moved_share"))))
    rows += [
        (arm, "", "failed" if "unsupported" not in reason else "unsupported", *[""] * 6)
        for arm, reason in run.failures.items()
        if arm not in run.arms
    ]
    return _aligned(rows, left=3)


def notes_of(run: Run) -> list[str]:
    """What a reader of the numbers has to know: how far they reach, the planners' gaps, what was filled in."""
    if run.draws_n > 1:
        ranges = [f"{arm} {_range(*run.over_draws(arm))}" for arm in run.others if np.isfinite(run.over_draws(arm)[0])]
        over = f"over {run.draws_words}{' (10 to 90 % of them)' if run.imported else ''}"
        notes = [f"{over}: {', '.join(ranges)}"] if ranges else []
        notes += _what_matters(run)
        if not run.imported and run.draws_n < DRAWS_FOR_CLAIMS_N:
            notes.append(f"a claim about methods needs draws={DRAWS_FOR_CLAIMS_N} or more")
    elif run.imported:
        notes = ["one draw: every assumption is taken as stated; draws=10 asks what if they are off"]
    else:
        notes = ["intervals are for this one market; a claim about methods needs draws=10 or more"]
    notes = [*_family(run), *notes, *_best_chances(run)]
    notes += [
        f"{arm} decides by the raw interval, since control variate and raw disagree"
        for arm in run.others
        if run.text(arm, "decided_by") == "raw"
    ]
    for arm in run.arms:
        if np.isfinite(gap := run.value(arm, "plan_gap_share")):
            seconds = run.value(arm, "plan_s")
            notes.append(f"{arm} was planned in {seconds:.1f} s, proven within {100 * gap:.2f} % of the best plan by its own objective")
    if run.best and np.isfinite(year2 := run.value(run.best, "raw_lift_year2_share")):
        year1, pipeline = (run.value(run.best, f"raw_lift_{name}_share") for name in ("year1", "pipeline"))
        at_the_end = f"; pipeline at the end {percent(pipeline, sign=True)}" if np.isfinite(pipeline) else ""
        notes.append(f"{run.best}, plain means: first year {percent(year1, sign=True)}, second {percent(year2, sign=True)}{at_the_end}")
    if run.best and np.isfinite(run.value(run.best, "contribution_lift_usd")):
        notes.append(_worth(run, run.best))
    scores = [f"{arm} {score:.2f}" for arm in run.arms if np.isfinite(score := run.value(arm, "normalised_score"))]
    if scores:
        notes.append(f"between random (0) and informed (1): {', '.join(scores)}")
    used = run.value(run.baseline, "utilisation_share")
    if used < BINDING_SHARE:
        notes.append(f"under {run.baseline} the seats use {percent(used)} of their hours: capacity does not bind, so designs differ little")
    if run.status == "partial":
        notes.append("some arms failed in some futures: see the columns status and error of runs.parquet")
    return [*notes, *map(str, run.provenance.get("notes", []))]


def percent(share: float, *, sign: bool = False) -> str:
    """A share in percent with one decimal and a proper minus; a dash where there is none."""
    return "–" if not np.isfinite(share) else f"{_bare(share) if sign else _minus(f'{100 * share + 0.0:.1f}')} %"


def _best(run: Run, arm: str) -> list[str]:
    lift, low, high = run.lift(arm)
    if run.text(arm, "verdict") == "better":
        first = f"{arm} books {percent(lift)} more than {run.baseline_words} [{_bare(low)}, {_bare(high)}]"
    else:
        first = f"No design books more than {run.baseline_words} for certain; the best, {arm}, {_verdict_in_words(run, arm)}"
    single = _range(run.value(arm, "single_p10_share"), run.value(arm, "single_p90_share"))
    if run.assumptions_drawn and run.text(arm, "verdict") == "better":
        single += f", other assumptions {_range(*run.over_draws(arm))}"
    gini = run.value(arm, "gini_opportunity") - run.value(run.baseline, "gini_opportunity")
    even = "more even" if gini < -SAME_GINI else "less even" if gini > SAME_GINI else "about as even"
    somebody_owns = bool((run.accounts["today"] != "").any())
    moves = f"moves {percent(run.value(arm, 'moved_share'))} of accounts, " if somebody_owns else ""
    uncovered, instead = (percent(run.value(a, "uncovered_share")) for a in (arm, run.baseline))
    return [
        f"{first}; one company's luck may make that {single}.",
        f"It {moves}leaves {uncovered} uncovered instead of {instead}, and opportunity is {even}.",
    ]


def _family(run: Run) -> list[str]:
    """For how many lifts at once the intervals hold, over what, and what the verdicts take for nothing; how many futures were enough."""
    told = [arm for arm in run.others if np.isfinite(run.lift(arm)[1])]
    if not told:
        return []
    at_once = f"hold for all {len(told)} lifts in bookings at once (max-t)" if len(told) > 1 else "hold for the one lift in bookings"
    units = f", clustered by {'draw' if run.imported else 'market draw'}" if run.draws_n > 1 else ""
    notes = [f"95 % intervals {at_once}{units}; a lift within ±{percent(run.delta_share)} does not matter (delta_share)"]
    wanted = run.provenance.get("width_share")
    if wanted is not None:
        widest = max((run.lift(arm)[2] - run.lift(arm)[1]) / 2 for arm in told)
        futures, most = (int(run.provenance[name]) * run.draws_n for name in ("futures", "futures_most"))
        end = "stopped" if widest <= wanted * (1 + 1e-9) else "spent all that it may"
        notes.append(
            f"futures=auto {end} at {futures} of {most}: the widest interval reaches ±{_hundredths(widest)}, asked for was "
            f"±{_hundredths(wanted)}; no verdict was looked at. On synthetic data intervals by this rule held all at once in "
            f"{100 * COVERAGE_SHARE:.0f} % of the cases, not 95 %"
        )
    return notes


def _best_chances(run: Run) -> list[str]:
    """Which arms may book the most, if the futures had been others."""
    chances = {arm: run.value(arm, "p_best_share") for arm in run.arms if run.value(arm, "p_best_share") >= MENTIONED_SHARE}
    ranked = sorted(chances, key=lambda arm: -chances[arm])
    of_what = "draws" if run.draws_n > 1 else "futures"
    return [f"books the most in resamples of the {of_what}: {', '.join(f'{arm} {100 * chances[arm]:.0f} %' for arm in ranked)}"] * bool(
        ranked
    )


def _what_matters(run: Run) -> list[str]:
    """On which parameters the verdicts depend that depend on assumptions, where any stands out."""
    depend = [arm for arm in run.others if run.text(arm, "verdict") == DEPENDS]
    named = [f"{arm} on {run.text(arm, 'depends_on')}" for arm in depend if run.depends_on(arm)]
    if named:
        return [f"depends most (rank correlation of the drawn value with the lift): {'; '.join(named)}"]
    why = "it is several together, or the truth behind the CRM's estimates, which is drawn too; more draws tell more"
    return [f"no single parameter stands out in {run.draws_n} draws: {why}"] if depend else []


def _verdict_in_words(run: Run, arm: str) -> str:
    lift, low, high = run.lift(arm)
    verdict, interval = run.text(arm, "verdict"), _range(low, high)
    if run.value(arm, "moved_share") == 0 and low == high == 0:
        return "moves nothing"
    if verdict == "better":
        return f"books {percent(lift)} more ({interval})"
    if verdict == "worse":
        return f"books {percent(-lift)} less ({interval})"
    if verdict == DEPENDS:
        return f"depends on assumptions ({_range(*run.over_draws(arm))})"
    if verdict == NOT_SETTLED and run.assumptions_drawn:
        interval += f"; over the assumptions {_range(*run.over_draws(arm))}"
    return f"is {verdict} ({interval})"


def _worth(run: Run, arm: str) -> str:
    lift, low, high = (usd_in_words(run.value(arm, f"contribution_{name}_usd")) for name in ("lift", "low", "high"))
    quarter, earliest, latest = (run.value(arm, f"payback{name}_quarter") for name in ("", "_low", "_high"))
    against = f"{arm} contributes usd {lift} against {run.baseline_words} [{low}, {high}]"
    words = [against, payback_in_words(quarter, earliest, latest, int(run.provenance["quarters"]))]
    rates = rates_in_words(run.provenance.get("config", {}))
    return ", ".join(filter(None, words)) + (f"; rates: {rates}" if rates else "")


def _hundredths(share: float) -> str:
    return f"{100 * share:.2f} %"


def _range(low: float, high: float) -> str:
    return f"{_bare(low)} to {_bare(high)} %"


def _bare(share: float) -> str:
    """Percent with its sign, without the unit."""
    return "–" if not np.isfinite(share) else _minus(f"{100 * share:+.1f}").replace("−0.0", "0.0").replace("+0.0", "0.0")


def _gini(run: Run, arm: str) -> str:
    value = run.value(arm, "gini_opportunity")
    return "–" if not np.isfinite(value) else f"{value:.2f}".removeprefix("0")


def _minus(number: str) -> str:
    return number.replace("-", "−")


def _hanging(word: str, line: str) -> str:
    return _filled(line, initial_indent=f"{word:<9}", subsequent_indent=" " * 9)


def _filled(text: str, **indents: str) -> str:
    """Lines of a readable width, none of which begins with a per cent sign."""
    return textwrap.fill(text.replace(" %", _GLUE + "%"), WIDTH, break_on_hyphens=False, **indents).replace(_GLUE, " ")  # type: ignore[arg-type]


def _aligned(rows: Sequence[tuple[str, ...]], left: int) -> str:
    """Columns two spaces apart; the first ``left`` flush left, the others flush right."""
    widths = [max(len(row[k]) for row in rows) for k in range(len(rows[0]))]
    lines = (
        "  ".join(f"{cell:<{w}}" if k < left else f"{cell:>{w}}" for k, (cell, w) in enumerate(zip(row, widths, strict=True)))
        for row in rows
    )
    return "\n".join(line.rstrip() for line in lines)
