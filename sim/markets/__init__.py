"""Where markets come from. Each source has ``draw(seed, draw, world, policy)``.

The folder's map:

    synthetic.py   drawn: the truth first, the CRM's noisy view of it after, then a year lived under an incumbent
    places.py      the US cities that it is drawn over
    dirt.py        rows that the CRM holds twice, owners that are not right
    history.py     what a simulated stretch of time leaves behind in the CRM
    crm.py         read from a company's CRM export, with a ledger of what the files do not say
"""
