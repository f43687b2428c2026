from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest

from sim.crm.scale import scaled, simulated_year_usd
from sim.market import Market
from sim.markets.crm import CrmMarket
from sim.planning import Assignment, PlanningProblem
from sim.uncertainty import with_factors
from tests.crm_folder import ACCOUNTS, DEALS, REPS, write_folder
from tests.markets import drawn_market
from tests.worlds import tiny_policy, tiny_world


def _draw(source: CrmMarket, draw: int = 0, seed: int = 7) -> Market:
    return source.draw(seed, draw, tiny_world(), tiny_policy())


@dataclass(frozen=True)
class AllToTheFirst:
    """A stand-in incumbent."""

    def assign(self, problem: PlanningProblem, rng: np.random.Generator) -> Assignment:
        """Everything to seat 0."""
        return Assignment(np.zeros(len(problem.accounts), dtype=np.int64))


def _many(n: int = 60) -> dict[str, str]:
    """Enough accounts and deals for bookings that can be scaled to."""
    header, deal_header = ACCOUNTS.splitlines()[0], DEALS.splitlines()[0]
    accounts = "".join(f"A{k},Name {k},R{1 + k % 2},commercial,40,-100,20000,\n" for k in range(n))
    deals = "".join(f"D{k},A{k},,2025-{1 + k % 9:02d}-01,2025-{1 + k % 9:02d}-20,won,3000\n" for k in range(n))
    return {"accounts": f"{header}\n{accounts}", "deals": f"{deal_header}\n{deals}D,A1,,2025-12-31,,proposal,1\n"}


def test_the_status_quo_books_what_the_last_four_quarters_did(tmp_path: Path) -> None:
    """After scaling, the mean simulated year under today's owners equals the past year's bookings; the ratio is on the terminal."""
    market = _draw(write_folder(tmp_path, **_many()))
    past = 3000.0 * 60  # all of 2025; day 0 is its last day
    assert simulated_year_usd(market, market.snapshot.owner, 7, tiny_world(), tiny_policy()) == pytest.approx(past)
    assert market.truth.amount_scale != 1
    assert any(
        f"amounts are scaled by {market.truth.amount_scale:.2f}: the last four quarters booked 180,000 usd" in n for n in market.notes
    )
    assert any(e.parameter == "truth.amount_scale" and e.status == "identified" for e in market.ledger)


def test_scaling_multiplies_every_amount() -> None:
    """Simulated bookings are proportional to the scale, so one division finds it."""
    market = drawn_market(accounts_n=40, seats_n=2)
    once = simulated_year_usd(market, market.snapshot.owner, 7, tiny_world(), tiny_policy())
    thrice = simulated_year_usd(scaled(market, 3.0), market.snapshot.owner, 7, tiny_world(), tiny_policy())
    assert thrice == pytest.approx(3 * once)


@pytest.mark.parametrize(("amount", "warned"), [("3000", True), ("12000", False)])
def test_a_scale_far_from_one_is_warned_of(tmp_path: Path, amount: str, warned: bool) -> None:
    """Outside 0.5 to 2 the terminal says that the defaults do not fit this company."""
    files = _many()
    market = _draw(write_folder(tmp_path, accounts=files["accounts"], deals=files["deals"].replace("won,3000", f"won,{amount}")))
    assert (0.5 <= market.truth.amount_scale <= 2) == (not warned)
    assert any(note.startswith("warning: a scale outside 0.5 to 2") for note in market.notes) is warned


def test_a_shorter_past_is_taken_as_a_years_pace(tmp_path: Path) -> None:
    """Deals of half a year are scaled to twice their sum."""
    files = _many()
    market = _draw(write_folder(tmp_path, accounts=files["accounts"], deals=files["deals"].replace("2025-12-31", "2025-09-30")))
    days = -market.snapshot.history.created_day.min()
    assert days == 272
    assert simulated_year_usd(market, market.snapshot.owner, 7, tiny_world(), tiny_policy()) == pytest.approx(180e3 * 364 / days)


def test_without_deals_amounts_are_assumed(tmp_path: Path) -> None:
    """Nothing to scale to: the scale stays 1, and ledger and terminal say so."""
    market = _draw(write_folder(tmp_path, deals=None))
    assert market.truth.amount_scale == 1
    assert any(e.parameter == "truth.amount_scale" and e.status == "assumed" for e in market.ledger)
    assert any("amounts are not scaled" in note for note in market.notes)


def test_without_owners_a_stand_in_is_scaled(tmp_path: Path) -> None:
    """A CRM in which nobody owns anything is carved from scratch; its past is scaled under the stand-in incumbent."""
    files = {k: v.replace(",R1,commercial", ",,commercial").replace(",R2,commercial", ",,commercial") for k, v in _many().items()}
    source = write_folder(tmp_path, **files)
    market = _draw(replace(source, incumbent=AllToTheFirst()))
    assert not market.snapshot.has_owners
    assert "nobody owns an account: the market is carved from scratch" in market.notes
    first = np.zeros(60, dtype=np.int64)
    assert simulated_year_usd(market, first, 7, tiny_world(), tiny_policy()) == pytest.approx(180e3)
    assert _draw(source).truth.amount_scale == 1  # and without a stand-in it is not scaled


def test_draws_share_the_files_and_differ_in_what_they_do_not_say(tmp_path: Path) -> None:
    """A draw is repeatable; another draw has the same snapshot and another truth."""
    source = write_folder(tmp_path)
    first, again, other = _draw(source), _draw(source), _draw(source, draw=1)
    assert first.truth.potential_usd.tolist() == again.truth.potential_usd.tolist()
    assert first.truth.view_key == again.truth.view_key
    assert first.imported
    assert first.snapshot.accounts.potential_usd.tolist() == other.snapshot.accounts.potential_usd.tolist()
    for name in ("potential_usd", "fit", "talent"):
        assert (getattr(first.truth, name) != getattr(other.truth, name)).all()
    assert first.truth.view_key != other.truth.view_key


UNCERTAIN = {"hours_per_week": 0.5, "stage_days": 0.5, "noise_log_sd": 0.5}


def test_what_the_company_sees_is_the_same_in_every_draw(tmp_path: Path) -> None:
    """Parameters are drawn, the snapshot is not: gaps are filled by what is stated, in files with many gaps."""
    deals = "deal_id,account_id,closed,stage,amount_usd\nD1,A1,2025-08-01,won,9000\nD2,A2,,prospecting,\n"
    source = replace(write_folder(tmp_path, accounts="account_id,name,owner_id\nA1,A,R1\nA2,B,R1\n", deals=deals), uncertainty=UNCERTAIN)
    first, other = _draw(source), _draw(source, draw=1)
    assert first.factors == dict.fromkeys(UNCERTAIN, 1.0)
    assert set(other.factors) == set(UNCERTAIN)
    assert 1.0 not in other.factors.values()
    for name in ("potential_usd", "arr_usd", "customer_since_day"):
        assert np.array_equal(getattr(first.snapshot.accounts, name), getattr(other.snapshot.accounts, name), equal_nan=True)
    for name in ("created_day", "stage_age_days", "amount_usd"):
        assert getattr(first.snapshot.deals, name).tolist() == getattr(other.snapshot.deals, name).tolist()
    assert first.snapshot.engaged_days.tolist() == other.snapshot.engaged_days.tolist()


def test_the_first_draw_does_not_change_by_what_is_uncertain(tmp_path: Path) -> None:
    """Draw 0 is the market as stated, whether or not anything is uncertain."""
    source = write_folder(tmp_path, **_many())
    stated, uncertain = _draw(source), _draw(replace(source, uncertainty=UNCERTAIN))
    assert stated.truth.potential_usd.tolist() == uncertain.truth.potential_usd.tolist()
    assert stated.truth.amount_scale == uncertain.truth.amount_scale


def test_every_draw_books_what_the_last_four_quarters_did(tmp_path: Path) -> None:
    """Amounts are scaled in the world that is drawn: what the data say holds under all assumptions."""
    market = _draw(replace(write_folder(tmp_path, **_many()), uncertainty=UNCERTAIN), draw=3)
    world = with_factors(tiny_world(), market.factors)
    assert simulated_year_usd(market, market.snapshot.owner, 7, world, tiny_policy()) == pytest.approx(180e3)
    assert simulated_year_usd(market, market.snapshot.owner, 7, tiny_world(), tiny_policy()) != pytest.approx(180e3)


def test_the_truth_is_drawn_by_the_noise_of_its_draw(tmp_path: Path) -> None:
    """Evidence that is thought to be noisier leaves the potentials wider open."""
    rows = "".join(f"A{k},Name {k},{10000 * 1.02**k:.0f}\n" for k in range(200))
    source = write_folder(tmp_path, accounts=f"account_id,name,potential_usd\n{rows}", deals=None)
    off: dict[bool, list[float]] = {True: [], False: []}
    for draw in range(1, 9):
        market = _draw(replace(source, uncertainty={"noise_log_sd": 0.7}), draw)
        apart = np.log(market.truth.potential_usd / market.snapshot.accounts.potential_usd)
        off[market.factors["noise_log_sd"] > 1].append(float(apart.std()))
    assert min(off[True]) > max(off[False])


def test_the_ledger_says_what_is_drawn(tmp_path: Path) -> None:
    """Each uncertain parameter's row has its spread, those of the others have none, and groups that are off are one row."""
    market = _draw(replace(write_folder(tmp_path), uncertainty={**UNCERTAIN, "pass_chance": 0.2, "ramp_days": 0.0}))
    rules = {entry.parameter: entry.rule for entry in market.ledger}
    drawn = "times a lognormal factor in every draw but the first"
    assert rules["world.segments.commercial.hours_per_week"].endswith(f"; it {drawn} (log-sd 0.5)")
    assert rules["world.segments.enterprise.pass_chance"].endswith(f"; its odds {drawn} (log-sd 0.2)")
    assert "log-sd 0.5" in rules["truth.potential_usd"]
    for name in ("world.ramp_days", "world.segments.commercial.expansion_pass_chance", "truth.fit"):
        assert "factor" not in rules[name]
    assert rules["world.people"] == "it does not happen in this world"


def test_a_spread_of_nothing_is_told(tmp_path: Path) -> None:
    """A name that neither the world nor the assumptions have is an error that lists those they have."""
    source = replace(write_folder(tmp_path), uncertainty={"hour_per_week": 0.3})
    with pytest.raises(ValueError, match=r"market\.uncertainty\.hour_per_week: there is no such parameter; there are .*noise_log_sd"):
        _draw(source)


def test_a_fit_that_is_told_is_taken_as_it_is(tmp_path: Path) -> None:
    """Only a fit that the file does not tell is drawn."""
    market = _draw(write_folder(tmp_path, accounts="account_id,name,fit\nA1,A,0.9\nA2,B,\nA3,C,\n"))
    assert market.snapshot.accounts.fit.tolist() == [0.9, 0.5, 0.5]
    assert market.truth.fit[0] == 0.9
    assert market.truth.fit[1] != market.truth.fit[2]


def test_assumptions_cover_the_worlds_segments(tmp_path: Path) -> None:
    """A world with other segments needs assumptions for them, and is told so."""
    source = write_folder(tmp_path, accounts="account_id,name\nA1,A\n", deals=None, reps=REPS)
    world = tiny_world()
    renamed = replace(world, segments={"small": world.segments["commercial"]})
    with pytest.raises(ValueError, match="are not the world's segments small"):
        source.draw(7, 0, renamed, tiny_policy())
