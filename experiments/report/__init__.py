"""What a run says: to a terminal, and on a page. Everything from the run's files.

The folder's map:

    page.py       one HTML page from a results folder; templates/: its form
    advice.py     what a leader is told in it
    seat_rows.py  the sheet of seats as a reader sees it
    terminal.py   what the terminal says at the end
"""
