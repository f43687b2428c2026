#!/bin/sh
# hydra-core 1.3.8: a file in --config-dir or hydra.searchpath does not replace the program's own file of the same group and name.
#
# Guess: what a user names on the command line goes before what the program ships.
# Seen: these folders come after the program's own. A new name is found in them; of the same name, the program's own file is read, whole, with no
# word about the other. Whoever copies a file, edits it and points --config-dir at the copy runs the old numbers.
# What helps: another file name, or a whole folder by --config-path; a program can look for names that hide each other.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install -q --disable-pip-version-check hydra-core==1.3.8 omegaconf==2.3.1
cd "$folder"
mkdir -p conf/market mine/market
printf 'defaults:\n  - market: saas\n  - _self_\nhydra:\n  output_subdir: null\n  run:\n    dir: .\n' >conf/config.yaml
printf 'seats: 20\n' >conf/market/saas.yaml
printf 'seats: 35\n' >mine/market/saas.yaml
printf 'seats: 35\n' >mine/market/ours.yaml
cat >app.py <<'PY'
import hydra


@hydra.main(version_base=None, config_path="conf", config_name="config")
def main(config):
    print(config.market.seats)


main()
PY
echo "hydra-core $("$folder/venv/bin/python" -c 'import hydra; print(hydra.__version__)')"
failed=0
see() { # the seats that are expected, then the arguments
    expected=$1
    shift
    seen=$("$folder/venv/bin/python" app.py "$@" hydra/job_logging=none 2>&1 | tail -n 1)
    printf '%s seats  %s\n' "$seen" "$*"
    [ "$seen" = "$expected" ] || failed=1
}
see 20 market=saas
see 20 --config-dir mine market=saas
see 20 'hydra.searchpath=[mine]' market=saas
see 35 --config-dir mine market=ours
see 35 'hydra.searchpath=[mine]' market=ours
[ $failed = 0 ] || { echo 'the behaviour has changed'; exit 1; }
