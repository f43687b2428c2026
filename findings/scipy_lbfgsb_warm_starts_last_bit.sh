#!/bin/sh
# scipy 1.17.1, L-BFGS-B over a sequence of problems, each from the last one's answer: a start that differs by 1e-16 ends 1e-7 to 1e-6 apart.
#
# Guess: each stage finds the optimum of its own problem and forgets where it came from, so a difference in the last bit stays there.
# Seen: it comes through every stage, and grows tenfold or more in each of the later ones. A BLAS of another processor, whose products differ
# in the last bit, does the same. The answers are equally good; but a choice made by them is another one.
# What helps: round the answer of each stage to a grid before the next; then all stages end with the same bits.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install -q --disable-pip-version-check scipy==1.17.1 numpy==2.4.6
cat >"$folder/ask.py" <<'PY'
import numpy as np
import scipy
from scipy.optimize import minimize

generator = np.random.default_rng(3)
rows, wanted = generator.integers(-64, 65, (60, 12)) / 64, generator.integers(-64, 65, 60) / 64


def largest_gap(x, temperature):  # smoothed: the largest |rows @ x - wanted|, and its gradient
    gaps = rows @ x - wanted
    scaled = np.concatenate([gaps, -gaps]) / temperature
    weights = np.exp(scaled - scaled.max())
    value = temperature * (scaled.max() + np.log(weights.sum()))
    weights /= weights.sum()
    return value, rows.T @ (weights[:60] - weights[60:])


def stages(nudge, grid):
    x = np.zeros(12)
    x[0] = nudge
    for temperature in 0.5 ** np.arange(9):
        result = minimize(largest_gap, x, args=(temperature,), jac=True, method="L-BFGS-B")
        x = np.round(result.x / grid) * grid if grid else result.x
        yield x, result.fun


print("scipy", scipy.__version__)
seen = {}
for name, grid in (("as it is", 0), ("rounded to 2^-20", 2.0**-20)):
    pairs = list(zip(stages(0, grid), stages(1e-16, grid), strict=True))
    seen[name] = [np.abs(x - y).max() for (x, _), (y, _) in pairs]
    print(f"{name:<17}", *(f"{difference:.0e}" for difference in seen[name]), f" last optimum {pairs[-1][0][1]:.9f} {pairs[-1][1][1]:.9f}")
free, rounded = seen.values()
raise SystemExit(not (free[0] < 1e-14 and free[-1] > 1e-8 and max(rounded) == 0))
PY
"$folder/venv/bin/python" "$folder/ask.py" || { echo 'the behaviour has changed'; exit 1; }
