#!/bin/sh
# numpy 2.4.6, np.argsort (default kind): equal values come in another order on another x86 processor. np.argpartition does it too.
#
# Guess: "unstable" means that the order of equals is not promised, yet the same numpy and the same input give the same order everywhere.
# Seen: numpy picks its sort when it is imported, by what the processor can do (AVX-512, AVX2, neither), and each has its own order of equals; with
# AVX2 and without it in arrays of ten already. A choice made in that order (take the best until full) is another choice on another machine.
# float64, float32, int64 and int32 do this; int16 and bool did not. What helps: kind="stable", or a second key that leaves no equals (np.lexsort).
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install -q --disable-pip-version-check numpy==2.4.6
cat >"$folder/ask.py" <<'PY'
import numpy as np

found = np.show_config(mode="dicts")["SIMD Extensions"].get("found", [])
level = "AVX-512" if "X86_V4" in found else "AVX2" if "X86_V3" in found else "older"
values = np.random.default_rng(0).integers(0, 5, 300).astype(float)
best = np.argsort(-values)[:20]
stable = np.argsort(-values, kind="stable")[:20]
print(level, *best[:6], "/", *stable[:6])
PY
ask() { NPY_DISABLE_CPU_FEATURES=$1 "$folder/venv/bin/python" -W ignore "$folder/ask.py"; }
here=$(ask '')
case $here in older*) echo 'skipped: this processor has no AVX2'; exit 0 ;; esac
echo "numpy $("$folder/venv/bin/python" -c 'import numpy; print(numpy.__version__)')"
avx2=$(ask 'X86_V4 AVX512_ICL AVX512_SPR')
older=$(ask 'X86_V3 X86_V4 AVX512_ICL AVX512_SPR')
printf 'code for, the best six of 300 scores from 0 to 4: by the default kind / by kind="stable"\n%s\n%s\n%s\n' "$here" "$avx2" "$older"
default() { set -- ${1#* }; echo "$1 $2 $3 $4 $5 $6"; }
stable() { echo "${1#*/ }"; }
same=1
[ "$(default "$avx2")" != "$(default "$older")" ] || same=0
case $here in AVX-512*) [ "$(default "$here")" != "$(default "$avx2")" ] || same=0 ;; esac
[ "$(stable "$here")" = "$(stable "$avx2")" ] && [ "$(stable "$avx2")" = "$(stable "$older")" ] || same=0
[ $same = 1 ] || { echo 'the behaviour has changed'; exit 1; }
