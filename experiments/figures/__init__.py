"""What a reader looks at: figures of a run, each a pure function of its tables; and those of single questions.

    tables.py          the tables of a run, read once and made tolerant of what is missing
    style.py           one look for all of them: an arm keeps its colour, marker and dash everywhere
    headline.py        lift in bookings with its three spreads and verdicts, the five headline metrics beside it
    pareto.py          bookings against evenness and moves over the arms, and which of them nobody beats
    fan.py             quarterly bookings against plan, over the futures
    attainment.py      attainment of every seat, by arm
    utilisation.py     hours in use of every seat, by arm
    strips.py          the rows of dots that these two share
    account_states.py  engaged, resting, orphaned, unassigned accounts over the quarters
    lorenz.py          how evenly opportunity, load and outcome fall on the seats, and what luck alone would make
    pairwise.py        every arm against every other
    seats.py           every seat's book before and after
    territory_map.py   where the territories lie
    projection.py      from latitude and longitude to the page, and the outlines of the states

    sweep.py           what the figures of a sweep share; of ``./run aggregate``:
    sweep_lines.py     lift of every arm along a setting
    sweep_heatmap.py   in which region of two settings which strategy wins
    tornado.py         how far each setting swings the lift of one arm
    ranking.py         how stable the order of the arms is
    effects.py         of ``./run sensitivity``: how much of the lift hangs on which parameter
    tuned.py           of ``./run tune``: every trial, the front, and what it is worth on another seed
    trade_off.py       of ``python -m experiments.trade_off``: bookings against evenness along a grid of prices
    event_log.py       of ``python -m experiments.example``: an account's life, a desk's quarter
    reliability.py     of ``python -m experiments.score_check``: chances that were given against what came of them

A figure's module has ``finding(run)`` (the title: what the figure shows, in numbers of this run and with their interval), ``describe(run)``
(the same for those who cannot see it, and how to read it) and ``draw(run)`` (a matplotlib ``Figure``, made without pyplot's global state);
where marks tell their values on a page, ``tips(run)`` by the mark's id, and ``places(run, figure)``.
"""
