"""From a finished comparison to its roll-out: who gets which account, for the CRM, and what is said to the reps.

pack.py        which designs get files, and the files: designs/<arm>.salesforce.csv and designs/<arm>.communication.md
salesforce.py  the new owners, as Salesforce's Data Loader reads them
facts.py       one design's tables, read once, with what every section asks of them
finding.py     why: what the comparison found for this design, and what that does not settle
methods.py     how accounts were dealt out, and what was protected, in a rep's words
seats.py       what changes for each seat
dates.py       roll-out day, hand-over, first review
answers.py     what reps will ask, answered from the tables
markdown.py    ids and names of a CRM as Markdown that shows them as they are
templates/     the pack's order and headings
"""
