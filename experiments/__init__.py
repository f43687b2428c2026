"""CLAIMS: arms are compared in the same futures, and what is claimed comes with how sure we are.

The folder's map, in the order in which a comparison meets the files:

    cli.py       the commands
    compare.py   a Hydra job is one comparison
    running/     how a comparison is asked for, shared among processes and kept
    changes/     what a scenario, or one arm of it, changes of the market
    comparison.py  markets, plans, futures: a comparison without its files
    runner.py    one paired comparison, from a market to a results folder
    findings/    paired lifts, intervals, verdicts, money
    designs/     who owns what under every arm, and why
    report/      what the terminal says, the pages that are opened
    handover/    what a roll-out needs: new owners for the CRM, and a page for the reps
    figures/     one figure a file
    lab.py       the same from Python, without a command line and without files
    sweeps/      many comparisons: joined, resumed, which parameters matter, tuning
    compiling.py what set-up compiles
    benchmark.py every strategy on a fixed suite of markets, and a leaderboard
    check.py     whether a strategy keeps the contract, on markets and on small hard problems

Questions of their own, each a command (``python -m experiments.<name>``):

    added_seat.py     what one more seat is worth
    trade_off.py      what evenness and few moves cost
    scenario_answers.py  what every scenario's question is answered by, kept and written into docs/scenarios.md
    early_signs.py    which early signs say that a team should grow or shrink
    decomposition.py  why a design books more
    predict_check.py  whether the planner's surrogate ranks designs as the simulation does
    rerank.py         whether plans are better chosen by a simulation of the planner's own
    score_check.py    whether an account score foresees what happens
    example.py        an account's life and a desk's quarter, for the docs
    research.py       what these share
"""

from territory_lab import check_packages

check_packages()  # here, so that a notebook is told as well
