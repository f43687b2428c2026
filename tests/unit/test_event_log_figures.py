"""The two pictures from the event log say what the log says."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from matplotlib.figure import Figure

from experiments.example import telling_account
from experiments.figures.event_log import account_life, desk_quarter
from sim.events import Events, Leads, Moves, Renewals, Successions, table
from sim.record import LOST, WON
from tests.records import engagement, record
from tests.worlds import tiny_problem

EVENTS = Events(
    moves=table(Moves, [(120.0, 1, 0, 2, 1)]),
    successions=table(Successions, [(0, 1, 60.0, 90.0, 0.0)]),
    leads=table(Leads, [(100.0, 1, 0, np.nan)]),
    renewals=table(Renewals, [(170.0, 1, 2, 5e3, 0.1, 1)]),
)
LOG = replace(
    record(
        [
            engagement(1, 0, 5.0, 30.0, LOST),
            engagement(1, 2, 130.0, 160.0, WON, attempt=1),
            engagement(0, 0, 10.0, 50.0, WON),
            engagement(3, 0, 95.0, 110.0, LOST),
        ],
        owner=[0, 0, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2],
    ),
    events=EVENTS,
)


def words_of(figure: Figure) -> str:
    """Everything that is written on a figure."""
    inside = [text.get_text() for axes in figure.axes for text in axes.texts]
    return " ".join([*(text.get_text() for text in figure.texts), *inside]).replace("\n", " ")


def test_an_account_s_life_shows_its_owners_wins_leads_and_renewals() -> None:
    """Account 1: lost by seat 0, a lead lost, moved on day 120, won by seat 2, churned; the vacancy is hatched."""
    words = words_of(account_life(LOG, tiny_problem(), 1))
    for said in ("was tried twice by 2 people, bought once and brought $1.00", "Seat 0", "Seat 2", "lead, lost", "churned", "vacant"):
        assert said in words.replace("\xa0", " "), said


def test_a_desk_s_quarter_counts_what_was_worked_in_it() -> None:
    """Seat 0 in its first quarter: two accounts of five in the book, one won, 65 engagement days of 91 at 1 h a week."""
    words = words_of(desk_quarter(LOG, tiny_problem(), 0, 1, capacity_h=1.0)).replace("\xa0", " ")
    assert "Seat 0 worked 2 of the 5 accounts in the book, won 1, and used 71 % of the hours" in words


def test_the_telling_account_is_the_one_with_the_most_to_show() -> None:
    """Account 1 has a win, a loss, a move, a lead and a renewal."""
    assert telling_account(LOG, 12) == 1
