"""What a scenario, or one arm of it, changes of a market on day 0. One idea a file; each a frozen dataclass with one method, ``on``.

    history.py  who owns, worked and bought what is forgotten
    team.py     seats are added

A change is pure: the same market and seed give the same market, and what it draws is addressed by name. Accounts and seats that are added
stand behind all others, so that everybody else keeps their luck.
"""
