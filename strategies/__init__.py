"""DECISIONS: who owns which account. One idea a file; a strategy is a frozen dataclass with one method, ``assign``.

The folder's map:

    status_quo.py      today's owners: the baseline of every comparison
    random_draw.py     anybody, blindly: the lower reference
    equal_count.py     the same number of accounts for everybody
    geographic.py      lines on a map: whole states, split where they are too large
    gut_feel.py        a leader's hand: what comes to mind, favourites, intuition
    greedy_balance.py  the same potential per capacity for everybody, and nothing else
    optimized.py       maximise what the reps will make of it, under capacity
    informed.py        the same, told the truth: a reference, not a choice

    segment_first.py   teams and segments first, then any strategy inside each
    named_accounts.py  a team for the strategic accounts, then any strategy for the rest
    dynamic_books.py   small books, refilled from the pool each quarter
    part.py            a part of a company as a problem of its own: what these three are made of
    pool.py            what the hours do not suffice for, where it may be nobody's

    predict.py         what a planner expects of any design
    score.py           what an account is worth, and how its chances differ
    throughput.py      the hours an account asks and the value it brings over the horizon
    assignment_lp.py   the solver: linear relaxation, rounding, a proven bound
    local_search.py    from the rounded solution to a plan

    candidates.py      who may own what: eligibility, hours, protection
    moves.py           deal out what nobody has; even out with few moves what somebody has

A strategy sees a ``PlanningProblem`` and a random generator, nothing else; its parameters stand in ``conf/strategies/<label>.yaml``. The
classical ones come in two forms, chosen by ``from_today``: from scratch, or from today's owners with the fewest moves that reach their aim
(None, the default: wherever anybody owns anything). In all of them every account gets an owner, except where nobody is eligible, or where
the company leaves to nobody what its hours do not suffice for; dynamic_books always does.
``sim.contract.check_strategy`` says whether a strategy keeps its promises.
"""
