#!/bin/sh
# hydra-core 1.3.8: `market=[a,b]` on a config group of which one is chosen loads both files into one, and says nothing.
#
# Guess: the group has one choice, so a list is an error; or it is a sweep over both.
# Seen: both files are merged into one node, the last wins key by key, and keys that only the first has stay: a market that no file describes.
# The order of the list matters. The only trace is that the group is missing in hydra.runtime.choices. The same brackets are right for an ordinary
# list, as in `strategies=[a,b]`, so they are easily typed. What helps: refuse a run whose choices lack a group; a sweep is `-m market=a,b`.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install -q --disable-pip-version-check hydra-core==1.3.8 omegaconf==2.3.1
cd "$folder"
mkdir -p conf/market
printf 'defaults:\n  - market: a\n  - _self_\n' >conf/config.yaml
printf 'name: a\naccounts: 3000\nseats: 20\n' >conf/market/a.yaml
printf 'name: b\naccounts: 90\n' >conf/market/b.yaml
cat >ask.py <<'PY'
import os

import hydra
from hydra import compose, initialize_config_dir


def load(text):
    with initialize_config_dir(os.path.abspath("conf"), version_base=None):
        config = compose("config", [text], return_hydra_config=True)
    seen = dict(config.market), config.hydra.runtime.choices.get("market", "missing")
    print(f"{text:<14} {seen[0]}, choice: {seen[1]}")
    return seen


print("hydra-core", hydra.__version__)
seen = [load("market=b"), load("market=[a,b]"), load("market=[b,a]")]
raise SystemExit(
    seen
    != [
        ({"name": "b", "accounts": 90}, "b"),
        ({"name": "b", "accounts": 90, "seats": 20}, "missing"),
        ({"name": "a", "accounts": 3000, "seats": 20}, "missing"),
    ]
)
PY
"$folder/venv/bin/python" ask.py || { echo 'the behaviour has changed'; exit 1; }
