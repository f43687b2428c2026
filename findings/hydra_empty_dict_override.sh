#!/bin/sh
# hydra-core 1.3.8: `key={}` on a dictionary changes nothing, and `key={new: 1}` is an error; neither sets the dictionary.
#
# Guess: `key=value` sets key to value, as it does for a number, a text or a list.
# Seen: a dictionary is merged into the one that is there. An empty one adds nothing, so `limits={}` ("no limits") runs with all limits, without a
# word, and `++limits={}` too. With a new key the error is "Could not override 'limits'", about a key that exists.
# What helps: `~limits +limits={}` sets it; `~limits.low` takes one key out.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install -q --disable-pip-version-check hydra-core==1.3.8 omegaconf==2.3.1
cd "$folder"
mkdir conf
printf 'limits: {low: 10, high: 50}\nnames: [a, b]\n' >conf/config.yaml
cat >ask.py <<'PY'
import os

import hydra
from hydra import compose, initialize_config_dir
from hydra.errors import ConfigCompositionException


def load(expected, key, *overrides):
    with initialize_config_dir(os.path.abspath("conf"), version_base=None):
        try:
            seen = str(compose("config", list(overrides))[key])
        except ConfigCompositionException as error:
            seen = str(error).splitlines()[0]
    print(f"{' '.join(overrides):<20} {seen}")
    return seen == expected


print("hydra-core", hydra.__version__)
old = "{'low': 10, 'high': 50}"
ok = [
    load("[]", "names", "names=[]"),
    load(old, "limits", "limits={}"),
    load(old, "limits", "++limits={}"),
    load("Could not override 'limits'.", "limits", "limits={mid: 30}"),
    load("{}", "limits", "~limits", "+limits={}"),
]
raise SystemExit(not all(ok))
PY
"$folder/venv/bin/python" ask.py || { echo 'the behaviour has changed'; exit 1; }
