"""The SimPy model: a company lives through one future.

company.py      who owns what and what is known of it: the shared state, and the one way in which an account changes hands
desk.py         a seat works its book
engagement.py   one attempt to win business: looked ahead when it starts, cut where its seat cannot go on
luck.py         the future's luck of every attempt, as the desks look it up
people.py       who leaves, who comes
customers.py    who renews and who churns
demand.py       what comes by itself, and is lost: leads.py, growth.py, mergers.py, competitor.py
routing.py      who gets an account that nobody owns
planning_days.py  hours that everybody spends on the design before anything new is started
transition.py   warm hand-overs of moved accounts
governance.py   reviews, rebalances, idle accounts
crm_view.py     what the CRM shows on any day
logbook.py      the record that the log becomes
grid.py         durations on their binary grid
"""
