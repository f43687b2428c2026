"""CLAIMS: arms are compared in the same futures, and what is claimed comes with how sure we are.

The folder's map, in the order in which a comparison meets the files:

    cli.py            the commands
    compare.py        a Hydra job is one comparison
    configuration.py  where YAML becomes objects: the one call of instantiate
    mistakes.py       what is said of a mistake on the command line
    arms.py           what is compared, and the settings of a comparison
    scenario.py       a named what-if question: changes of the snapshot
    runner.py         one paired comparison, from a market to a results folder
    comparison.py     the same without the folder: markets, plans, futures, shared among processes
    plans.py          a strategy's design for one arm, checked and timed
    cells.py          some futures' work: every arm simulated in them, in a worker process
    progress.py       a bar on a terminal, a line in a log
    statistics.py     paired lifts, intervals, verdicts
    summary.py        rows of runs to summary and pairwise tables
    designs.py        who owns what under every arm
    reasons.py        why an account moves, in words that its rep would accept
    store.py          the results folder, its tables and its status
    provenance.py     what made a results folder
    terminal.py       what the terminal says at the end
    report.py         one HTML page from a results folder
    advice.py         what a leader is told in it
    figures/          one figure a file
    predict_check.py  whether the planner's surrogate ranks designs as the simulation does
    lab.py            the same from Python, without a command line and without files
    errors.py         an error in one line
"""
