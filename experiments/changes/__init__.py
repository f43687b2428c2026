"""What a scenario, or one arm of it, changes of a market on day 0. One idea a file; each a frozen dataclass with one method, ``on``.

    history.py      who owns, worked and bought what is forgotten
    team.py         seats are added
    smaller.py      seats are closed, or there is only a part of the company
    acquisition.py  another company is bought, with its people and accounts
    books.py        today's books are more unfair
    roles.py        hunters and farmers
    terms.py        more hours of selling, higher quotas
    estimates.py    what the CRM says of accounts becomes better, or what the reps say
    dirt.py         duplicates, stale owners, noise
    rows.py         what some of these share

A change is pure: the same market and seed give the same market, and what it draws is addressed by name. Accounts and seats that are added
stand behind all others, so that everybody else keeps their luck.
"""
