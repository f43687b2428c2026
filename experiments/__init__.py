"""CLAIMS: arms are compared in the same futures, and what is claimed comes with how sure we are.

The folder's map, in the order in which a comparison meets the files:

    cli.py            the commands
    compare.py        a Hydra job is one comparison
    configuration.py  where YAML becomes objects: the one call of instantiate
    scenario.py       a named what-if question: changes of the snapshot
    arms.py           what is compared, and the settings of a comparison
    runner.py         one paired comparison, from a market to a results folder
    progress.py       a bar on a terminal, a line in a log
    plans.py          a strategy's design for one arm, checked and timed
    cells.py          one future's work: every arm simulated in it, in a worker process
    statistics.py     paired lifts, intervals, verdicts
    summary.py        rows of runs to summary and pairwise tables
    reasons.py        why an account moves, in words that its rep would accept
    store.py          the results folder, its tables and its status
    provenance.py     what made a results folder
    terminal.py       what the terminal says at the end
    advice.py         what to do, what it costs, how sure we are: three paragraphs
    report.py         one HTML page from a results folder
    figures/          one figure a file
    lab.py            the same in five lines of Python, without Hydra
    errors.py         an error in one line
"""
