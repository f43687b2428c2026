#!/bin/sh
# numpy 2.4.6 on x86: exp, log, power and tanh of an array differ from processor to processor; sum, mean and std, of which one expects it, do not.
#
# Guess: wider vectors add in another order, so sums differ; a function of each element by itself is the same everywhere.
# Seen: sums are the same to the bit. Functions come from one library with AVX-512 and from the C library without it; tanh, and some of float32,
# are numpy's own down to AVX2. Their last bits differ:
#   AVX-512 or AVX2   float64 exp exp2 expm1 log log2 log10 log1p power tan arctan sinh cosh cbrt    float32 exp2 log10 power tan sinh cosh cbrt
#   AVX2 or older     float64 tanh                                                                  float32 exp log sin cos tanh
#   never             sum mean var std prod cumsum einsum interp, sqrt divide hypot, a Generator's normals and gammas
# The C library chooses by processor too. What helps: round what is stored, or decides, to a grid.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install -q --disable-pip-version-check numpy==2.4.6
cat >"$folder/ask.py" <<'PY'
import hashlib

import numpy as np

generator = np.random.default_rng(0)
x, y = generator.uniform(0.1, 10, 100_000), generator.uniform(0.1, 3, 100_000)
rows = x.reshape(1000, 100)
seen = {"level": [name for name in ("X86_V3", "X86_V4") if name in np.show_config(mode="dicts")["SIMD Extensions"].get("found", [])]}
for name in ("exp", "log", "log10", "tanh", "sqrt"):
    seen[name] = getattr(np, name)(x)
seen["exp float32"] = np.exp(x.astype(np.float32))
seen["power"] = x**y
for name in ("sum", "mean", "std", "cumsum"):
    seen[name] = np.concatenate([np.ravel(getattr(np, name)(rows, axis=axis)) for axis in (0, 1, None)])
seen["einsum"] = np.einsum("ij,ij->i", rows, y.reshape(1000, 100))
seen["normals"] = generator.standard_normal(10_000)
for name, values in seen.items():
    value = hashlib.sha256(values.tobytes()).hexdigest()[:8] if name != "level" else " ".join(["x86", *values])
    print(f"{name}|{value}")
PY
ask() { NPY_DISABLE_CPU_FEATURES=$1 "$folder/venv/bin/python" -W ignore "$folder/ask.py" >"$folder/$2"; }
ask '' here
grep -q X86_V3 "$folder/here" || { echo 'skipped: this processor has no AVX2'; exit 0; }
ask 'X86_V4 AVX512_ICL AVX512_SPR' avx2
ask 'X86_V3 X86_V4 AVX512_ICL AVX512_SPR' older
cat >"$folder/compare.py" <<'PY'
import numpy as np

here, avx2, older = (dict(line.rstrip("\n").split("|") for line in open(name)) for name in ("here", "avx2", "older"))
wide = "X86_V4" in here["level"]
expected = {"exp": "1", "log": "1", "log10": "1", "power": "1", "tanh": "2", "exp float32": "2"}  # at which step, from the left
print("numpy", np.__version__)
print(f"{'':<12} {'AVX-512' if wide else 'here':<9} {'AVX2':<9} older")
changed = False
for name in list(here)[1:]:
    print(f"{name:<12} {here[name]:<9} {avx2[name]:<9} {older[name]}")
    steps = ("1" if here[name] != avx2[name] else "") + ("2" if avx2[name] != older[name] else "")
    changed |= steps != (expected.get(name, "") if wide else expected.get(name, "").replace("1", ""))
raise SystemExit(changed)
PY
cd "$folder"
"$folder/venv/bin/python" compare.py || { echo 'the behaviour has changed'; exit 1; }
