"""DECISIONS: who owns which account. One idea a file; a strategy is a frozen dataclass with one method, ``assign``.

The folder's map:

    status_quo.py         today's owners: the baseline of every comparison
    random_draw.py        anybody, blindly: the lower reference
    equal_count.py        the same number of accounts for everybody
    geographic.py         lines on a map: whole states, split where they are too large
    gut_feel.py           a leader's hand: what comes to mind, favourites, intuition
    nearest.py            the nearest home with room, or the seat of most of an account's neighbours
    balanced_clusters.py  compact territories of the same potential or workload
    greedy_balance.py     the same potential per capacity for everybody, and nothing else
    draft.py              reps choose in turns
    segment_first.py      teams and segments first, then any strategy inside each
    named_accounts.py     a team for the strategic accounts, then any strategy for the rest
    placeless.py          any other strategy without a map
    dynamic_books.py      small books, refilled from the pool each quarter
    optimized.py          maximise what the reps will make of it, under capacity
    informed.py           the same, told the truth: a reference, not a choice
    trade_off.py          many points between value, evenness and few moves

What they are made of:

    worth/        what an account asks and brings: hours, chances, value; what a planner expects of any design
    formulation/  the optimised design as maths, from a planning problem to options
    optimizer/    the solver, with a bound on what any plan could reach
    shared/       hands that strategies share: who may own what, dealing out, evening out, places, parts

A strategy sees a ``PlanningProblem`` and a random generator, nothing else; its parameters stand in ``conf/strategies/<label>.yaml``. The
classical ones come in two forms, chosen by ``from_today``: from scratch, or from today's owners with the fewest moves that reach their aim
(None, the default: wherever anybody owns anything). In all of them every account gets an owner, except where nobody is eligible, or where
the company leaves to nobody what its hours do not suffice for; dynamic_books always does.
``sim.contract.check_strategy`` says whether a strategy keeps its promises.
"""
