"""What a run says: to a terminal, and on pages. Everything from the run's files.

The folder's map:

    page.py         report.html and what stands beside it, from a results folder; templates/: their form, style and script
    drawing.py      every figure, drawn once: files, and elements of the page
    pdf.py          report.pdf
    advice.py       what a leader is told
    table_rows.py   the rows of the page's tables as text
    seat_rows.py    the sheet of seats as a reader sees it
    seat_sheets.py  seats.html: one sheet a seat, with what leaves it, what joins it, and why
    terminal.py     what the terminal says at the end
"""
