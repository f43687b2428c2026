"""How a comparison is asked for, shared among processes and kept.

The folder's map:

    search_path.py    how words become a configuration, and what Hydra would pass over in silence
    targets.py        which classes a configuration may call; labels.py: how things may be called
    configuration.py  where YAML becomes objects: the one call of instantiate; values.py: whether plain values are what classes take
    mistakes.py       what is said of a mistake on the command line; errors.py: an error in one line
    extras.py         what only some commands stand on, and what is said where it is not installed
    arms.py           what is compared, and the settings of a comparison
    scenario.py       a named what-if question, what it changes of the market, and which pairs of arms answer it
    workplace.py      where work is done: processes of this machine, or a cluster
    time_limit.py     what hangs is stopped
    asking.py         how a strategy is asked: warmed up, timed, limited, and if it is somebody else's in a process of its own
    child.py          that process; guest.py: somebody else's strategy, carried along unopened
    plans.py          a strategy's design for one arm, checked and timed
    cells.py          some futures' work: every arm simulated in them, in a worker process
    progress.py       a bar on a terminal, a line in a log
    kept.py           what has been lived is kept, for a run that is broken off
    store.py          the results folder, its tables and its status; spreadsheet.py: texts that a spreadsheet would run
    run_tables.py     the tables of a finished run, read strictly
    console.py        words that every console can show
    provenance.py     what made a results folder
"""
