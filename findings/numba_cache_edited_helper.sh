#!/bin/sh
# numba 0.68.1, @njit(cache=True): a function keeps the code of a helper that has been edited since, in a new process too.
#
# Guess: the cache on disk is keyed by what was compiled, so an edit anywhere in it compiles anew.
# Seen: the key holds the file of the cached function alone. A helper that it calls from another file is compiled into it, and an edit there
# (also of a module's constant that it reads) leaves the old machine code in use, without a warning, until the caller's own file changes.
# What helps: one key for all files of a package, by a locator of one's own (numba.config.CACHE_LOCATOR_CLASSES while the function is wrapped).
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install -q --disable-pip-version-check numba==0.68.1 numpy==2.4.6
cd "$folder"
write_helper() { printf 'from numba import njit\n\nRATE = %s\n\n@njit(cache=True)\ndef step(x):\n    return x + %s\n' "$2" "$1" >helper.py; }
cat >caller.py <<'PY'
from numba import njit
from helper import RATE, step

@njit(cache=True)
def twice(x):
    return step(step(x)) + RATE
PY
ask() {
    "$folder/venv/bin/python" -B -c 'from caller import twice; from helper import step; print(step(0), twice(0), sum(twice.stats.cache_hits.values()))'
}
echo "numba $("$folder/venv/bin/python" -c 'import numba; print(numba.__version__)')"
write_helper 1 100
first=$(ask)
write_helper 5 700 # a step of 5 and a rate of 700: twice(0) is 710 now
second=$(ask)
printf '\n' >>caller.py # no code has changed here
third=$(ask)
printf 'printed: step(0) twice(0) read-from-cache\nfirst                      %s\nhelper edited              %s\ncaller touched by a line   %s\n' "$first" "$second" "$third"
[ "$first" = '1 102 0' ] && [ "$second" = '5 102 1' ] && [ "$third" = '5 710 0' ] || { echo 'the behaviour has changed'; exit 1; }
