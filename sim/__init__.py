"""NATURE: what happens. A market, possible futures, and reps who work their books in a SimPy model.

The folder's map, in the order in which one account meets the files:

    snapshot.py    what a CRM shows on roll-out day: accounts, seats, owners, open deals, history
    subset.py      a snapshot of some of the accounts
    market.py      a market: the snapshot, the truth behind it, the ledger of what was assumed
    ledger.py      which parameters the data say, and which are assumed
    markets/       where markets come from: drawn (synthetic), or read from a CRM export (crm)
    crm/           reading an export: mapping, checks, rules for what is missing, scaling; and writing one
    planning.py    the planner's view of it, and the interface of a strategy
    contract.py    ``check_strategy``: the interface's contract, as a public function
    awkward.py     small problems, plain and hard, on which a strategy is held to it
    world.py       how business works: rates, chances, travel      (parameters of nature)
    policy.py      what the company decides besides the design     (rest, protection, focus, quota)
    ranges.py      between which values every number of these lies
    streams.py     every random number, addressed by name
    futures.py     one draw of everything nobody in the company decides
    newcomers.py   accounts that a future lets appear after day 0
    chances.py     the logistic chance of passing a stage
    company/       the SimPy model: desks work their books
    simulate.py    a market, an owner for each account and a future in; a record out
    record.py      the event log, the simulation's only output
    metrics/       pure functions of the record; coverage.py, equity.py and ramp.py are parts of it
    quota.py       the target that every design is measured against
"""
