"""How good and how fast the optimizer is, against general solvers and against carving by balance or by places.

__main__.py    python -m benchmarks.optimizer: what is run, and what is kept of it
instances.py   the problems: territories of 300 to 300,000 accounts, generalised assignment by the published recipes
rivals.py      CP-SAT, SCIP and HiGHS on the same objective, and the LP relaxation
carvers.py     k-means with equal sizes, and longest first
one.py         one contestant on one problem in a process of its own
bounds.py      what prices prove, computed once more
records.py     what was measured, and what follows from all of it
tables.py      the tables of docs/optimizer.md
"""
