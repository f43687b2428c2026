#!/bin/sh
# ortools 9.15 beside mip 2.0.0 or highspy 1.15.1, in one process (Linux): whichever is imported second fails, and one of the errors misleads.
#
# Guess: wheels bring their own shared libraries, so two solvers in one process do not meet.
# Seen: a process loads a library name once. Both sides bring `libOsi.so.0` (mip through cbcbox) or `libhighs.so.1` (highspy), of different
# versions, and the second one is linked to the first one's: `undefined symbol`. Where mip comes second it catches that error at import, says
# that CBC could not be loaded, and a model then fails with `NameError: name 'cbclib' is not defined`. highspy 1.16.0 carries no such library.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install -q --disable-pip-version-check ortools==9.15.6755 mip==2.0.0 highspy==1.15.1 numpy==2.4.6
try() { printf '%s\n' "$1" | "$folder/venv/bin/python" - 2>&1 | tail -n 1 | sed 's/^\(.*undefined symbol\).*/\1/; s/^\([A-Za-z]*Error\): .*\(undefined symbol\)/\1: ... \2/'; }
failed=0
see() { # what is done, its code, what the last line of the output is to hold
    last=$(try "$2")
    printf '%-28s %s\n' "$1" "$last"
    case $last in $3) ;; *) failed=1 ;; esac
}
OR='from ortools.linear_solver import pywraplp'
MIP='import mip; mip.Model(solver_name=mip.CBC)'
echo 'ortools 9.15.6755, mip 2.0.0, highspy 1.15.1'
see 'OR-Tools alone' "$OR
print('works')" 'works'
see 'mip alone' "$MIP
print('works')" '*works'
see 'mip, then OR-Tools' "$MIP
$OR" 'ImportError*undefined symbol*'
see 'OR-Tools, then mip' "$OR
$MIP" "NameError: name 'cbclib' is not defined*"
see 'highspy, then OR-Tools' "import highspy
$OR" 'ImportError*undefined symbol*'
see 'OR-Tools, then highspy' "$OR
import highspy" 'ImportError*undefined symbol*'
"$folder/venv/bin/python" -m pip install -q --disable-pip-version-check highspy==1.16.0
see 'highspy 1.16.0, then OR-Tools' "import highspy
$OR
print('works')" 'works'
[ $failed = 0 ] || { echo 'the behaviour has changed'; exit 1; }
