#!/bin/sh
# SALib 1.6.0, Sobol indices of an output that is constant but for rounding (below 1e-15): total indices of 0.7 to 0.9 for every parameter.
#
# Guess: an output that no parameter moves has indices of 0, or intervals that say that nothing is known.
# Seen: the output is divided by its standard deviation first, so rounding noise becomes an output of variance 1. A total index is the share
# left when only this parameter changes; as each change draws new noise, it is large for each, and its interval is narrow (± 0.1).
# Exactly constant output gives 0 and a warning. What helps: round the output to what it is good for, or ask for its spread first.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install -q --disable-pip-version-check SALib==1.6.0 numpy==2.4.6 scipy==1.17.1 pandas==3.1.1
cat >"$folder/ask.py" <<'PY'
import importlib.metadata
import warnings

import numpy as np
from SALib.analyze import sobol as analyze
from SALib.sample import sobol as sample

warnings.simplefilter("ignore")
problem = {"num_vars": 4, "names": list("abcd"), "bounds": [[0.1, 1]] * 4}
x = sample.sample(problem, 1024, seed=1)
shares = x / x.sum(axis=1, keepdims=True)
paid = shares.sum(axis=1)  # 1, but for rounding


def show(name, output):
    indices = analyze.analyze(problem, output, seed=1)
    total, half = indices["ST"], indices["ST_conf"]
    print(f"{name:<24} from lowest to highest {np.ptp(output):.1e}  ST " + ", ".join(f"{t:.2f} ± {h:.2f}" for t, h in zip(total, half)))
    return total, half


print("SALib", importlib.metadata.version("SALib"))
total, half = show("with its rounding", paid)
still, _ = show("rounded to 12 places", np.round(paid, 12))
ok = np.ptp(paid) < 1e-14 and (total > 0.6).all() and (half < 0.2).all() and (still == 0).all()
raise SystemExit(not ok)
PY
"$folder/venv/bin/python" "$folder/ask.py" || { echo 'the behaviour has changed'; exit 1; }
