"""Hands that strategies share.

The folder's map:

    candidates.py  who may own what: eligibility, hours, protection
    moves.py       deal out what nobody has; even out with few moves what somebody has
    places.py      where accounts and seats are, as far as known
    part.py        a part of a company as a problem of its own: what composites are made of
"""
