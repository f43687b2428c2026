"""What a reader looks at: five figures, each a pure function of a run's tables.

    tables.py          the tables of a run, read once and made tolerant of what is missing
    style.py           one look for all of them: an arm keeps its colour, marker and dash everywhere
    headline.py        lift in bookings with its three spreads and verdicts, the five headline metrics beside it
    attainment.py      attainment of every seat, by arm
    account_states.py  engaged, resting, orphaned, unassigned accounts over the quarters
    lorenz.py          how evenly opportunity, load and outcome fall on the seats, and what luck alone would make
    territory_map.py   where the territories lie
    projection.py      from latitude and longitude to the page, and the outlines of the states

A figure's module has ``finding(run)`` (the title: what the figure shows, in numbers of this run), ``describe(run)`` (the same for those who
cannot see it, and how to read it) and ``draw(run)`` (a matplotlib ``Figure``, made without pyplot's global state).
"""
