"""Many comparisons, and what they say together.

The folder's map:

    broken_off.py   a sweep that was broken off goes on by its own words
    ranges.py       ranges of decimals that reach their end
    aggregate.py    any set of runs as one table, and its figures: the command aggregate
    folders.py      the runs below a folder, those that failed or never began among them
    settings.py     in which settings runs differ
    drawn.py        which figures the joined table makes
    points.py       one comparison in memory for a point of the space of settings, kept as a file
    sensitivity.py  which parameters matter (Morris, Sobol): the command sensitivity
    tuning.py       parameters of a strategy for two objectives (Optuna): the command tune
"""
