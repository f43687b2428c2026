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
    evidence.py       what speaks for a move: books, hours, skills, travel and value, before and after
    reasons.py        why an account moves, in words that its rep would accept
    seat_sheets.py    what changes for each seat
    store.py          the results folder, its tables and its status
    provenance.py     what made a results folder
    terminal.py       what the terminal says at the end
    report.py         one HTML page from a results folder
    advice.py         what a leader is told in it
    figures/          one figure a file
    lab.py            the same from Python, without a command line and without files
    errors.py         an error in one line

Questions of their own, each a command (``python -m experiments.<name>``):

    added_seat.py     what one more seat is worth
    trade_off.py      what evenness and few moves cost
    decomposition.py  why a design books more
    predict_check.py  whether the planner's surrogate ranks designs as the simulation does
    rerank.py         whether plans are better chosen by a simulation of the planner's own
    score_check.py    whether an account score foresees what happens
    example.py        an account's life and a desk's quarter, for the docs
    research.py       what these share
"""
