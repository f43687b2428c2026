#!/bin/sh
# hydra-core 1.3.8, omegaconf 2.3.1: an escaped reference, `\${rate}`, is plain text when it is read, and a reference again in instantiate().
#
# Guess: what is escaped stays text, whichever way a config is used.
# Seen: the backslash protects from one resolution only. OmegaConf.resolve() and to_container(resolve=True) leave the bare `${rate}`, and the
# next step that resolves takes it for a reference: instantiate() does both steps by itself. A label, a template or a file name then holds
# the value, or the run ends with an error about a key that nobody wrote.
# What helps: `_partial_: true`, and the text as an argument of the function that comes back (an argument of instantiate() itself is resolved too);
# or three backslashes, which are then wrong for plain reading.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install -q --disable-pip-version-check hydra-core==1.3.8 omegaconf==2.3.1
cat >"$folder/ask.py" <<'PY'
import hydra
from hydra.utils import instantiate
from omegaconf import OmegaConf

TEXT = r"""
rate: 5
chart: {_target_: builtins.dict, label: 'write \${rate} for the rate'}
"""


def show(how, label):
    print(f"{how:<38} {label}")
    return label


config = OmegaConf.create(TEXT)
print("hydra-core", hydra.__version__)
seen = [
    show("read from the config", config.chart.label),
    show("to_container(resolve=True)", OmegaConf.to_container(config, resolve=True)["chart"]["label"]),
    show("instantiate(config)", instantiate(config.chart)["label"]),
]
again = OmegaConf.create(TEXT)
OmegaConf.resolve(again)
seen.append(show("read after OmegaConf.resolve()", again.chart.label))
plain = OmegaConf.to_container(config, resolve=True)
seen.append(show("instantiate(plain dict of the second)", instantiate(plain)["chart"]["label"]))
text = "write ${rate} for the rate"
seen.append(show("instantiate(_partial_), then the text", instantiate({"_target_": "builtins.dict", "_partial_": True})(label=text)["label"]))
value = "write 5 for the rate"
raise SystemExit(seen != [text, text, value, value, value, text])
PY
"$folder/venv/bin/python" "$folder/ask.py" || { echo 'the behaviour has changed'; exit 1; }
