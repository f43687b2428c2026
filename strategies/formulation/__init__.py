"""The optimised design as maths: from a planning problem to an instance that the solver understands.

The folder's map:

    territory_model.py  the numbered maths, and the options among which the solver chooses
    shortlist.py        which seats to consider where all pairs are too many
    contradictions.py   rules that contradict each other, named
    book_sizes.py       whether numbers of accounts can be kept
"""
