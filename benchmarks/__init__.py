"""How fast, how large, how precise: each a ratio of contestants measured side by side in one run. Not part of the installed package.

simulation.py       one future: the engine, the same model as most people would write it, a bare SimPy kernel
growth.py           ten and a hundred times the market: cost per event, and memory of a fresh process
variance.py         what keyed luck and the control variate take off the variance of a lift
comparison.py       the default comparison as a user starts it, report included
optimizer/          how good the optimizer's plans are, and in what time, against general solvers
straightforward/    the model as most people would write it with SimPy
kernel.py           a bare SimPy kernel: nothing but timeouts
contest.py          contestants taking turns, ratios with their ranges, and what was measured on what
"""
