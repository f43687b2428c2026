"""A company's CRM export, read into the same snapshot that a synthetic market makes.

The folder's map, in the order in which a file meets it:

    errors.py      ``InputError``: what is wrong with the user's files, one line each
    mapping.py     where the canonical columns are found in an export (written in YAML)
    csv_file.py    a CSV file as text cells with the numbers of its lines
    rows.py        what a row of accounts, reps and deals must look like
    read.py        the three tables together: every row valid, every reference there
    day_zero.py    which day the export shows, and dates counted from it
    deals.py       deals as history and open deals, by stated rules
    potential.py   what an account may truly be worth, given what the export shows
    fill.py        accounts, seats and the snapshot, by stated rules
    scale.py       amounts such that the simulated status quo books what the last four quarters did
    export.py      the way back: any market as accounts.csv, reps.csv and deals.csv
"""
