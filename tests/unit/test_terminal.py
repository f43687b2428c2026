"""What the terminal says at the end."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from experiments.findings.precision import COVERAGE_SHARE
from experiments.report.terminal import conclusion, percent
from experiments.running import store
from experiments.running.run_tables import NEEDED

NAN = float("nan")
HEADLINE = {"attainment": 0.88, "seats_at_quota_share": 0.46, "orphaned_share": 0.55, "uncovered_share": 0.55, "gini_opportunity": 0.19}
HERE = {"latitude": 40.0, "longitude": -100.0, "segment": "commercial", "potential_usd": 9e3, "capacity_h_per_week": 12.0}
BASE = {**HEADLINE, "uncovered_share": 0.59, "gini_opportunity": 0.2, "moved_share": 0.0, "bookings_usd": 1e6}


def arm(label: str, lift: tuple[float, float, float], verdict: str, **values: Any) -> dict[str, Any]:
    """A row of summary.csv; ``lift`` is mean, low, high."""
    return {
        "arm": label,
        "strategy": f"strategies.{label}.Some",
        "baseline": False,
        "verdict": verdict,
        "decided_by": "control variate",
        "lift_share": lift[0],
        "lift_low_share": lift[1],
        "lift_high_share": lift[2],
        "single_p10_share": -0.01,
        "single_p90_share": 0.07,
        "bookings_usd": 1e6,
        "moved_share": 0.09,
        "error": "",
        **HEADLINE,
        **values,
    }


def write(
    folder: Path,
    *arms: dict[str, Any],
    draws: int = 1,
    notes: tuple[str, ...] = (),
    status: str = "complete",
    owner: str = "S1",
    imported: bool = False,
    about: Mapping[str, Any] | None = None,
    **base: float,
) -> Path:
    """A run's folder of which only what the terminal tells is filled; ``base`` replaces metrics of the baseline."""
    today = {"arm": "status_quo", "strategy": "strategies.status_quo.StatusQuo", "baseline": True, "lift_share": 0.0, "error": ""}
    today |= {**BASE, **base}
    store.write_table(folder / "summary.csv", pd.DataFrame([*arms, today]))
    store.write_table(folder / "accounts.parquet", pd.DataFrame({"account_id": [f"A{i}" for i in range(3000)], "today": owner, **HERE}))
    store.write_table(folder / "seats_home.csv", pd.DataFrame({"seat": [f"S{i}" for i in range(20)], **HERE}))
    for name, columns in NEEDED.items():
        if not name.startswith(".") and not (folder / name).exists():
            store.write_table(folder / name, pd.DataFrame(columns=list(columns)))
    said = {"market": "saas", "scenario": "base", "futures": 50, "quarters": 8, "seed": 7, "draws": draws, "notes": list(notes)}
    store.write_json(folder / "provenance.json", {**said, "imported": imported, **(about or {})})
    store.write_status(folder, status)
    return folder


@pytest.mark.parametrize(("used", "said"), [(0.35, True), (0.95, False)])
def test_spare_hours_are_pointed_out(tmp_path: Path, used: float, said: bool) -> None:
    """Where capacity does not bind, the reader is told why the designs tie."""
    text = conclusion(write(tmp_path, arm("optimized", (0.0, -0.001, 0.001), "equivalent"), utilisation_share=used))
    assert ("the seats use 35.0 % of their hours: capacity does not bind" in text.replace("\N{NO-BREAK SPACE}", " ")) == said


def test_words_of_a_clear_winner(tmp_path: Path) -> None:
    """The best arm is told in full (lift, interval, one company's luck, disruption, coverage, equity), the others by their verdict."""
    text = conclusion(
        write(
            tmp_path,
            arm("optimized", (0.031, 0.024, 0.038), "better", plan_gap_share=0.0031, plan_s=4.2),
            arm("equal_count", (-0.006, -0.016, 0.004), "not settled"),
            arm("greedy_balance", (0.001, -0.004, 0.006), "equivalent"),
            arm("geographic", (-0.09, -0.1, -0.08), "worse"),
        )
    )
    flat = " ".join(text.split())
    assert text.startswith("saas · 3,000 accounts, 20 seats · 50 futures of 8 quarters · seed 7\n")
    assert "optimized books 3.1 % more than today's territories [+2.4, +3.8]; one company's luck may make that −1.0 to +7.0 %." in flat
    assert "It moves 9.0 % of accounts, leaves 55.0 % uncovered instead of 59.0 %, and opportunity is about as even." in flat
    assert "equal_count is not settled (−1.6 to +0.4 %)." in flat
    assert "greedy_balance is equivalent (−0.4 to +0.6 %)." in flat
    assert "geographic books 9.0 % less (−10.0 to −8.0 %)." in flat
    assert "proven within 0.31 % of the best plan by its own objective" in flat
    assert text.endswith(f"tables   {tmp_path}  (./run report {tmp_path} draws its report)")
    (tmp_path / "report.html").touch()
    assert conclusion(tmp_path).endswith(f"report   {tmp_path / 'report.html'}")


def test_nothing_moves_where_nobody_owns(tmp_path: Path) -> None:
    """Without owners today there is no disruption to speak of; a per cent sign never begins a line."""
    text = conclusion(write(tmp_path, arm("optimized", (0.031, 0.024, 0.038), "better", moved_share=0.0), owner=""))
    assert "It leaves 55.0 % uncovered instead of 59.0 %" in " ".join(text.split())
    assert not any(line.startswith("%") for line in text.split("\n"))


def test_a_design_that_is_the_baseline_says_so(tmp_path: Path) -> None:
    """An arm that moves nothing and books the same is not called equivalent."""
    same = arm("gut_feel", (0.0, 0.0, 0.0), "equivalent", moved_share=0.0)
    text = conclusion(write(tmp_path, arm("optimized", (0.031, 0.024, 0.038), "better"), same))
    assert "gut_feel moves nothing." in " ".join(text.split())


def test_table_is_aligned(tmp_path: Path) -> None:
    """Every line of the table ends in the same column, and the baseline has no lift over itself."""
    text = conclusion(write(tmp_path, arm("optimized", (0.031, 0.024, 0.038), "better")))
    lines = next(block for block in text.split("\n\n") if block.startswith("arm")).split("\n")
    assert " ".join(lines[0].split()) == "arm bookings vs today verdict attainment at quota orphaned uncovered Gini moved"
    assert len({len(line) for line in lines}) == 1
    assert lines[1].split("  ")[0] == "optimized"
    assert " ".join(lines[2].split()) == "status_quo baseline 88.0 % 46.0 % 55.0 % 59.0 % .20 0.0 %"


def test_no_winner_is_not_called_one(tmp_path: Path) -> None:
    """A best arm whose interval holds zero is told as not settled."""
    text = " ".join(conclusion(write(tmp_path, arm("equal_count", (0.006, -0.004, 0.016), "not settled"))).split())
    assert "No design books more than today's territories for certain; the best, equal_count, is not settled (−0.4 to +1.6 %)" in text


def test_yardsticks_are_never_the_best(tmp_path: Path) -> None:
    """The informed reference books most here, and yet the sentence that recommends speaks of an arm that can be rolled out."""
    informed = arm("informed", (0.06, 0.05, 0.07), "better", strategy="strategies.informed.Informed")
    text = " ".join(conclusion(write(tmp_path, informed, arm("optimized", (0.03, 0.02, 0.04), "better"))).split())
    assert "optimized books 3.0 % more than today's territories" in text
    assert "informed, which is told the truth about accounts and reps, books 6.0 % more (+5.0 to +7.0 %)." in text


def test_raw_interval_is_shown_where_it_decides(tmp_path: Path) -> None:
    """Lift and interval are those by which the verdict was reached, and a note says why."""
    raw = {"decided_by": "raw", "raw_lift_share": 0.05, "raw_low_share": 0.01, "raw_high_share": 0.09}
    text = " ".join(conclusion(write(tmp_path, arm("optimized", (0.031, 0.024, 0.038), "better", **raw))).split())
    assert "optimized books 5.0 % more than today's territories [+1.0, +9.0]" in text
    assert "optimized decides by the raw interval" in text


def test_failed_arms_are_named_with_their_reason(tmp_path: Path) -> None:
    """An arm without numbers stands in the words and in the table."""
    failed = arm("broken", (NAN, NAN, NAN), "", error="ValueError: no", bookings_usd=NAN)
    text = conclusion(write(tmp_path, arm("optimized", (0.03, 0.02, 0.04), "better"), failed, status="partial"))
    assert "broken: ValueError: no." in " ".join(text.split())
    assert any(line.split() == ["broken", "failed"] for line in text.split("\n"))


def test_reach_of_the_intervals_is_told(tmp_path: Path) -> None:
    """One market draw says that it is one; several give their own interval; the market's notes are passed on."""
    better = arm("optimized", (0.03, 0.02, 0.04), "better", draws_low_share=0.01, draws_high_share=0.06)
    one = conclusion(write(tmp_path, better, notes=("potential: filled for 12 accounts",)))
    assert "intervals are for this one market" in one
    assert "note     potential: filled for 12 accounts" in one
    ten = conclusion(write(tmp_path, better, draws=10))
    assert "over 10 market draws: optimized +1.0 to +6.0 %" in ten
    assert "10 market draws" in ten.split("\n")[0]


def over(low: float, high: float, depends_on: str = "") -> dict[str, Any]:
    """What a row of an imported market says of its draws."""
    return {"assumed_p10_share": low, "assumed_p90_share": high, "depends_on": depends_on, "draws_low_share": 0.9, "draws_high_share": 0.9}


def test_a_verdict_that_hangs_on_assumptions_says_on_which(tmp_path: Path) -> None:
    """The range over the draws, not the interval of the mean; the parameters that stand out with their rank correlation."""
    best = arm("optimized", (0.02, 0.01, 0.03), "depends on assumptions", **over(-0.004, 0.04, "hours_per_week +0.91, stage_days -0.85"))
    other = arm("gut_feel", (-0.01, -0.02, 0.0), "depends on assumptions", **over(-0.03, 0.01))
    text = conclusion(write(tmp_path, best, other, draws=10, imported=True))
    flat = " ".join(text.split())
    assert "10 draws of the assumptions" in text.split("\n")[0]
    assert "the best, optimized, depends on assumptions (−0.4 to +4.0 %)" in flat
    assert "gut_feel depends on assumptions (−3.0 to +1.0 %)." in flat
    assert "over 10 draws of the assumptions (10 to 90 % of them): optimized −0.4 to +4.0 %, gut_feel −3.0 to +1.0 %" in flat
    assert "depends most (rank correlation of the drawn value with the lift): optimized on hours_per_week +0.91, stage_days -0.85" in flat
    assert "market draws" not in flat


def test_a_verdict_that_survives_says_what_other_assumptions_would_make_of_it(tmp_path: Path) -> None:
    """Luck and assumptions side by side, and nothing is said to stand out where nothing depends."""
    best = arm("optimized", (0.02, 0.01, 0.03), "better", **over(0.004, 0.035))
    flat = " ".join(conclusion(write(tmp_path, best, draws=10, imported=True)).split())
    assert "one company's luck may make that −1.0 to +7.0 %, other assumptions +0.4 to +3.5 %." in flat
    assert "stands out" not in flat
    assert "depends" not in flat


def test_nothing_is_named_that_does_not_stand_out(tmp_path: Path) -> None:
    """A verdict that depends on assumptions of which none stands out says so."""
    best = arm("optimized", (0.02, 0.01, 0.03), "depends on assumptions", **over(-0.004, 0.04))
    flat = " ".join(conclusion(write(tmp_path, best, draws=10, imported=True)).split())
    assert "no single parameter stands out in 10 draws" in flat


def test_what_is_not_settled_shows_why(tmp_path: Path) -> None:
    """A mean that is settled and a range that is not, with draws that luck explains: both are shown."""
    best = arm("optimized", (0.02, 0.003, 0.039), "not settled", **over(-0.004, 0.046))
    flat = " ".join(conclusion(write(tmp_path, best, draws=10, imported=True)).split())
    assert "optimized, is not settled (+0.3 to +3.9 %; over the assumptions −0.4 to +4.6 %)" in flat


def test_one_draw_of_an_imported_market_is_as_stated(tmp_path: Path) -> None:
    """Nothing is known of other assumptions, and the reader is told how to ask."""
    flat = " ".join(conclusion(write(tmp_path, arm("optimized", (0.02, 0.01, 0.03), "better"), imported=True)).split())
    assert "every assumption is taken as stated; draws=10 asks what if they are off" in flat


@pytest.mark.parametrize(("share", "text"), [(0.0314, "+3.1 %"), (-0.0314, "−3.1 %"), (-0.0001, "0.0 %"), (NAN, "–")])
def test_percent(share: float, text: str) -> None:
    """One decimal, a sign, a real minus, no minus zero, and a dash where there is no number."""
    assert percent(share, sign=True) == text


def test_what_the_best_design_is_worth_is_a_note(tmp_path: Path) -> None:
    """Contribution with its interval, three digits each, and from when on it has paid for itself; nothing where the run does not say."""
    worth = {"contribution_lift_usd": 1234567.0, "contribution_low_usd": -1234.0, "contribution_high_usd": 2e6}
    payback = {"payback_quarter": 3.0, "payback_low_quarter": 2.0, "payback_high_quarter": float("inf")}
    text = conclusion(write(tmp_path, arm("optimized", (0.031, 0.024, 0.038), "better", **worth, **payback)))
    said = (
        "optimized contributes usd +1,230,000 against today's territories [−1,230, +2,000,000], paid back from quarter 3 on (2 to beyond 8)"
    )
    assert said in " ".join(text.split())
    assert "contributes" not in conclusion(write(tmp_path, arm("optimized", (0.031, 0.024, 0.038), "better")))


def test_the_family_and_what_does_not_matter_are_stated(tmp_path: Path) -> None:
    """For how many lifts at once the intervals hold, over what they are clustered, and delta; below ten draws no claim about methods."""
    arms = arm("optimized", (0.02, 0.01, 0.03), "better"), arm("gut_feel", (0.0, -0.01, 0.01), "not settled")
    flat = " ".join(conclusion(write(tmp_path, *arms)).split())
    assert "95 % intervals hold for all 2 lifts in bookings at once (max-t); a lift within ±1.0 % does not matter (delta_share)" in flat
    assert "futures=auto" not in flat
    several = " ".join(conclusion(write(tmp_path, *arms, draws=4)).split())
    assert "at once (max-t), clustered by market draw; a lift" in several
    assert "a claim about methods needs draws=10 or more" in several
    assert "needs draws=10" not in " ".join(conclusion(write(tmp_path, *arms, draws=10)).split())
    assert "hold for the one lift in bookings;" in " ".join(conclusion(write(tmp_path, arms[0])).split())


@pytest.mark.parametrize(("wanted", "said"), [(0.011, "stopped at 60 of 200"), (0.009, "spent all that it may at 60 of 200")])
def test_how_many_futures_were_enough_is_said_with_the_measured_coverage(tmp_path: Path, wanted: float, said: str) -> None:
    """Futures of the budget, the widest interval beside the one asked for, and that such intervals cover less than 95 %."""
    about = {"futures": 60, "futures_most": 200, "width_share": wanted}
    flat = " ".join(conclusion(write(tmp_path, arm("optimized", (0.02, 0.01, 0.03), "better"), about=about)).split())
    assert (
        f"futures=auto {said}: the widest interval reaches ±1.00 %, asked for was ±{100 * wanted:.2f} %; no verdict was looked at" in flat
    )
    assert f"held all at once in {100 * COVERAGE_SHARE:.0f} % of the cases, not 95 %" in flat


def test_who_may_book_the_most_is_named(tmp_path: Path) -> None:
    """Chances of being the best, the highest first; those that round to nothing, and yardsticks, which have none, are left out."""
    chances = {"optimized": 0.97, "gut_feel": 0.028, "random": 0.002, "informed": NAN}
    arms = [arm(label, (0.02, 0.01, 0.03), "better", p_best_share=chance) for label, chance in chances.items()]
    flat = " ".join(conclusion(write(tmp_path, *arms)).split())
    assert "books the most in resamples of the futures: optimized 97 %, gut_feel 3 % " in flat
