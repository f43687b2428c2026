"""The solver behind ``optimized``: a generalised assignment problem with balance, and a bound that says how good the plan is.

The folder's map:

    instance.py        the problem in numbers: each account takes one option (a seat, a value, hours), seats have budgets, targets, limits
    dual.py            prices of hours, of balance and of numbers; the bound that they prove
    primal.py          from prices to a feasible plan
    search.py          from a feasible plan to a better one
    neighbourhood.py   what a plan loses against the bound, and the chains of changes that lose less
    patches.py         a few seats' accounts given out anew by a small integer program
    exact.py, core.py  small problems to the end, as integer programs of what prices leave open
    solve.py           the parts in order, until the effort is spent
    kernel.py          what the inner loops are compiled with, and when they are compiled anew
    compiled.py        all of them compiled before a plan is made
"""
