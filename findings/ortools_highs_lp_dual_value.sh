#!/bin/sh
# ortools 9.15.6755, pywraplp with HIGHS_LP: dual_value() of a row is the row's value, not its price, and every reduced cost is 0.
#
# Guess: the solver behind pywraplp can be changed by its name; a dual of the same problem stays what it is.
# Seen: x + 2y <= 8 has the price 1.5 by GLOP, CLP and PDLP. By HIGHS_LP it is "8.0", the left side at the optimum, and the loose row y - x <= 10
# has "-0.5" where 0 is right. Optimum and status are right, nothing warns. ortools' model_builder does the same, its MathOpt does not.
# What helps: GLOP or MathOpt where prices matter, and a test that a loose row has the price 0.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install -q --disable-pip-version-check ortools==9.15.6755 numpy==2.4.6
cat >"$folder/ask.py" <<'PY'
import ortools
from ortools.linear_solver import pywraplp
from ortools.math_opt.python import mathopt


def by_pywraplp(name):  # max 2x + 3y - z
    solver = pywraplp.Solver.CreateSolver(name)
    x, y, z = solver.NumVar(0, 3, "x"), solver.NumVar(0, 10, "y"), solver.NumVar(1, 5, "z")
    rows = [solver.Add(x + 2 * y <= 8), solver.Add(y - x <= 10)]
    solver.Maximize(2 * x + 3 * y - z)
    assert solver.Solve() == pywraplp.Solver.OPTIMAL
    return solver.Objective().Value(), [row.dual_value() for row in rows], [v.reduced_cost() for v in (x, y, z)]


def by_mathopt(kind):
    model = mathopt.Model()
    x, y, z = model.add_variable(lb=0, ub=3), model.add_variable(lb=0, ub=10), model.add_variable(lb=1, ub=5)
    rows = [model.add_linear_constraint(x + 2 * y <= 8), model.add_linear_constraint(y - x <= 10)]
    model.maximize(2 * x + 3 * y - z)
    result = mathopt.solve(model, kind)
    return result.objective_value(), result.dual_values(rows), result.reduced_costs([x, y, z])


right, wrong = (12.5, 1.5, 0, 0.5, 0, -1), (12.5, 8, -0.5, 0, 0, 0)
changed = False
print("ortools", ortools.__version__)
for name, (optimum, prices, reduced), expected in (
    ("GLOP", by_pywraplp("GLOP"), right),
    ("HIGHS_LP", by_pywraplp("HIGHS_LP"), wrong),
    ("MathOpt, HiGHS", by_mathopt(mathopt.SolverType.HIGHS), right),
):
    print(f"{name:<15} optimum {optimum:.6g}, dual values {[round(v, 6) for v in prices]}, reduced costs {[round(v, 6) for v in reduced]}")
    changed |= any(abs(a - b) > 1e-6 for a, b in zip((optimum, *prices, *reduced), expected, strict=True))
raise SystemExit(changed)
PY
"$folder/venv/bin/python" "$folder/ask.py" >"$folder/seen" && failed=0 || failed=1
grep -v '^Running HiGHS' "$folder/seen"
[ $failed = 0 ] || { echo 'the behaviour has changed'; exit 1; }
