from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest

from sim.crm.scale import scaled, simulated_year_usd
from sim.market import Market
from sim.markets.crm import CrmMarket
from sim.planning import Assignment, PlanningProblem
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
