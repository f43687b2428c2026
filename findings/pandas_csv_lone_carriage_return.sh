#!/bin/sh
# pandas 3.1.1, to_csv on Linux with Python 3.11.0 to 3.11.8 or 3.12.0 to 3.12.2: a name with a carriage return comes back as two rows.
#
# Guess: pandas writes CSV itself, so one version of it writes one file; and what to_csv quotes is what read_csv needs.
# Seen: to_csv quotes by Python's csv, which in these versions quotes only the line ends that it writes itself, "\n" here; read_csv takes "\r" for
# one as well. "Acme\rInc", as an old export has it, becomes two accounts, and the rest of its row moves under other columns. No error.
# What helps: a later Python, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\r\n", or no control characters in names.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install -q --disable-pip-version-check pandas==3.1.1 numpy==2.4.6
cat >"$folder/ask.py" <<'PY'
import csv
import io
import platform
import sys

import pandas as pd

accounts = pd.DataFrame({"account": ["Acme\rInc", "Beta"], "state": ["NY", "MA"]})


def show(how, **options):
    text = accounts.to_csv(index=False, **options)
    back = pd.read_csv(io.StringIO(text, newline="")).astype(object).where(lambda t: t.notna(), None)
    print(f"{how:<24} {text!r}\n{'':<24} {back.values.tolist()}")
    return back.values.tolist()


print("pandas", pd.__version__, "on Python", platform.python_version())
mended = sys.version_info >= (3, 12, 3) or (3, 11, 9) <= sys.version_info < (3, 12)
whole, torn = [["Acme\rInc", "NY"], ["Beta", "MA"]], [["Acme", None], ["Inc", "NY"], ["Beta", "MA"]]
seen = [
    show("lines end with \\n", lineterminator="\n"),
    show("lines end with \\r\\n", lineterminator="\r\n"),
    show("all texts quoted", lineterminator="\n", quoting=csv.QUOTE_NONNUMERIC),
]
raise SystemExit(seen != [whole if mended else torn, whole, whole])
PY
"$folder/venv/bin/python" "$folder/ask.py" || { echo 'the behaviour has changed'; exit 1; }
