"""From rows to claims: paired differences, intervals, verdicts, money.

The folder's map:

    statistics.py   paired lifts, intervals, verdicts: arrays only
    assumptions.py  what the assumptions behind an imported market do to a lift
    money.py        contribution, and from when on a redesign has paid for itself
    precision.py    how many futures are enough, where that is left to the run
    answers.py      pairs of arms that answer a scenario, and their sentences
    early_signs.py  what shows early, against what a seat more contributes in the end
    summary.py      rows of runs to the tables that are printed
    failures.py     arms that have no numbers because they failed
"""
