#!/bin/sh
# numpy 2.4.6, np.load of an .npz: one flipped bit in an array's shape, and a part of the array is given out as the whole, without an error.
#
# Guess: an .npz is a zip file with a checksum for each array, so damage is found when the array is read.
# Seen: the checksum is compared when the last byte of an array's file has been read. numpy reads as many bytes as the header asks for; with
# (900,) turned into (100,) that is fewer, the end is never met, and the first 100 values come back. A flipped bit in the values is found.
# What helps: zipfile.ZipFile(path).testzip() before a load that matters, or a checksum of the whole file.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install -q --disable-pip-version-check numpy==2.4.6
cat >"$folder/ask.py" <<'PY'
import zipfile

import numpy as np

np.savez("whole.npz", sales=np.arange(900.0))
whole = open("whole.npz", "rb").read()


def load(what, place):
    content = bytearray(whole)
    if place:
        content[place] ^= 8  # one bit
    with open("read.npz", "wb") as file:
        file.write(content)
    try:
        with np.load("read.npz") as arrays:
            seen = f"{arrays['sales'].size} values, sum {arrays['sales'].sum():.0f}"
    except zipfile.BadZipFile as error:
        seen = str(error)
    with zipfile.ZipFile("read.npz") as archive:
        damaged = archive.testzip()
    print(f"{what:<24} {seen:<36} testzip: {damaged}")
    return seen, damaged


print("numpy", np.__version__)
seen = [
    load("as saved", 0),
    load("a bit of the values", whole.index(b"\n", whole.index(b"(900,)")) + 400),
    load("a bit of the shape", whole.index(b"(900,)") + 1),
]
expected = [("900 values, sum 404550", None), ("Bad CRC-32 for file 'sales.npy'", "sales.npy"), ("100 values, sum 4950", "sales.npy")]
raise SystemExit(seen != expected)
PY
cd "$folder"
"$folder/venv/bin/python" ask.py || { echo 'the behaviour has changed'; exit 1; }
