"""How a comparison is asked for, made and kept.

configuration.py  where YAML becomes objects: the one call of instantiate
mistakes.py       what is said of a mistake on the command line; errors.py: an error in one line
arms.py           what is compared, and the settings of a comparison
scenario.py       a named what-if question: changes of the snapshot
comparison.py     markets, plans, futures, shared among processes
plans.py          a strategy's design for one arm, checked and timed
cells.py          some futures' work: every arm simulated in them, in a worker process
progress.py       a bar on a terminal, a line in a log
store.py          the results folder, its tables and its status
provenance.py     what made a results folder
"""
