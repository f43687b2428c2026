#!/bin/sh
# numpy 2.4.6, Generator.multivariate_normal: one seed, and a covariance that differs in its last bit or a BLAS of another processor: other samples.
#
# Guess: a sample is a smooth function of the covariance, so a difference of 1e-17 in one entry, or rounding, moves it by about 1e-16.
# Seen: the default method multiplies the normals by singular vectors (method="eigh": eigenvectors). Where variances of directions are equal, as
# with one correlation for all pairs, these vectors are free to turn, and the last bit turns them: samples differ by several standard deviations.
# Where a covariance is singular, they differ by the root of the rounding: 1e-8 and more. What helps: method="cholesky", or normals times a
# factor of one's own.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install -q --disable-pip-version-check numpy==2.4.6
cat >"$folder/ask.py" <<'PY'
import sys

import numpy as np


def draw(covariance, method):
    return np.random.default_rng(1).multivariate_normal(np.zeros(len(covariance)), covariance, method=method, size=100)


equal = np.full((20, 20), 0.25) + 0.75 * np.eye(20)  # every pair has the correlation 1/4
if sys.argv[1:]:
    factor = np.random.default_rng(2).integers(-64, 65, (30, 6)) / 64  # exact on any processor
    singular = factor @ factor.T
    np.savez(sys.argv[1], svd=draw(equal, "svd"), eigh=draw(equal, "eigh"), cholesky=draw(equal, "cholesky"),
             **{"singular covariance": singular, "svd, singular": draw(singular, "svd"), "eigh, singular": draw(singular, "eigh")})
else:
    nudged = equal.copy()
    nudged[0, 1] = nudged[1, 0] = np.nextafter(0.25, 1)
    print("numpy", np.__version__)
    differ = {method: np.abs(draw(equal, method) - draw(nudged, method)).max() for method in ("svd", "cholesky")}
    for method, largest in differ.items():
        print(f"one entry by its last bit  {method:<19} differs by up to {largest:.1e}")
    sys.exit(not (differ["svd"] > 1 and differ["cholesky"] < 1e-13))
PY
cat >"$folder/compare.py" <<'PY'
import numpy as np

one, other = np.load("Haswell.npz"), np.load("Prescott.npz")
differ = {name: np.abs(one[name] - other[name]).max() for name in one.files}
for name, largest in differ.items():
    print(f"Haswell or Prescott        {name:<19} differs by up to {largest:.1e}")
ok = differ["svd"] > 1 and differ["eigh"] > 1 and differ["cholesky"] < 1e-13 and differ.pop("singular covariance") == 0
raise SystemExit(not (ok and all(1e-10 < differ[name] for name in differ if "singular" in name)))
PY
cd "$folder"
"$folder/venv/bin/python" ask.py || { echo 'the behaviour has changed'; exit 1; }
grep -qw avx2 /proc/cpuinfo 2>/dev/null || { echo 'the rest is skipped: this processor has no AVX2'; exit 0; }
for kind in Haswell Prescott; do OPENBLAS_NUM_THREADS=1 OPENBLAS_CORETYPE=$kind "$folder/venv/bin/python" ask.py $kind.npz; done
"$folder/venv/bin/python" compare.py || { echo 'the behaviour has changed'; exit 1; }
