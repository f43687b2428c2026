#!/bin/sh
# numba 0.68.1, @njit(cache=True) in a folder that cannot be written: the cache that lies there is not read, and without a home the import fails.
#
# Guess: a cache can be filled when an image is built, and read by whoever runs it; where none can be written, each process compiles.
# Seen: numba takes the first place in which it can create a file, also to read. A full __pycache__ that cannot be written is passed over for
# ~/.cache/numba, and all is compiled again. Where that cannot be written either, the decorator raises, and the module cannot be imported.
# NUMBA_CACHE_DIR is asked in the same way. What helps: a copy of the cache in a folder that can be written, named by NUMBA_CACHE_DIR; or a locator
# of one's own (numba.config.CACHE_LOCATOR_CLASSES) that does not write to read.
set -eu
folder=$(mktemp -d)
trap 'chmod -R u+w "$folder"; rm -rf "$folder"' EXIT
as_user() { "$@"; }
if [ "$(id -u)" = 0 ]; then # root writes everywhere: give that up
    as_user() { setpriv --bounding-set=-dac_override --inh-caps=-dac_override "$@"; }
    as_user true 2>/dev/null || { echo 'skipped: run this as another user than root, or with setpriv'; exit 0; }
fi
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install -q --disable-pip-version-check numba==0.68.1 numpy==2.4.6
mkdir "$folder/installed" "$folder/home" "$folder/no_home"
printf 'from numba import njit\n\n\n@njit(cache=True)\ndef step(x):\n    return x + 1\n' >"$folder/installed/steps.py"
cat >"$folder/ask.py" <<'PY'
try:
    from steps import step
except RuntimeError as error:
    print("import fails:", str(error).split(":")[0].split(" for file")[0])
else:
    step(1)
    print("read", sum(step.stats.cache_hits.values()), "compiled", sum(step.stats.cache_misses.values()))
PY
ask() { # home, NUMBA_CACHE_DIR
    as_user env HOME="$1" NUMBA_CACHE_DIR="$2" PYTHONPATH="$folder/installed" "$folder/venv/bin/python" -B "$folder/ask.py"
}
echo "numba $("$folder/venv/bin/python" -c 'import numba; print(numba.__version__)')"
failed=0
see() { # what is done, what is expected, home, NUMBA_CACHE_DIR
    seen=$(ask "$3" "$4")
    printf '%-46s %s\n' "$1" "$seen"
    [ "$seen" = "$2" ] || failed=1
}
see 'first run, the folder can be written' 'read 0 compiled 1' "$folder/home" ''
see 'second run' 'read 1 compiled 0' "$folder/home" ''
see 'first run with NUMBA_CACHE_DIR' 'read 0 compiled 1' "$folder/home" "$folder/filled"
cp -R "$folder/filled" "$folder/copy"
chmod -R a-w "$folder/installed" "$folder/no_home" "$folder/filled"
see 'read-only, its __pycache__ is full' 'read 0 compiled 1' "$folder/home" ''
see 'read-only, and no home' "import fails: cannot cache function 'step'" "$folder/no_home" ''
see 'read-only, NUMBA_CACHE_DIR is a writable copy' 'read 1 compiled 0' "$folder/no_home" "$folder/copy"
[ $failed = 0 ] || { echo 'the behaviour has changed'; exit 1; }
