"""Who owns what under every arm, and why.

The folder's map:

    tables.py       the tables in designs/
    evidence.py     what speaks for a move: books, hours, skills, travel and value, before and after
    reasons.py      why an account moves, in words that its rep would accept
    left.py         why an account is left to nobody
    seat_sheets.py  what changes for each seat
"""
