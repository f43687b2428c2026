"""A run folder of a stranger's can be looked at: its report is drawn from tables and JSON, and nothing in the folder is imported or run."""

from __future__ import annotations

import json
import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np

from tests.e2e.command import ROOT
from tests.report_fixture import write_run

WATCHED = """
import pickle, sys
from pathlib import Path

unpickled = []
sys.addaudithook(lambda event, words: unpickled.append(words) if event == "pickle.find_class" else None)
folder, marker = Path(sys.argv[1]), Path(sys.argv[2])
from experiments.cli import main

assert main(["report", str(folder)]) == 0
assert not marker.exists(), "a module that the run's configuration names was imported"
assert unpickled == [], f"a pickle was read: {unpickled}"
assert not {"hydra", "omegaconf"} & set(sys.modules), "what builds objects of a configuration was loaded"

import guest_of_the_run  # what would have been seen

assert marker.exists()
pickle.loads((folder / "cells" / "0-0.pickle").read_bytes())
assert unpickled
"""


def test_a_report_imports_and_loads_nothing_of_the_run(tmp_path: Path) -> None:
    """Neither the classes that its configuration names, nor a pickle, be it a stray one or inside of kept cells."""
    guest, marker = tmp_path / "guest_of_the_run.py", tmp_path / "imported"
    guest.write_text(f"from pathlib import Path\nPath({str(marker)!r}).touch()\nclass Thing:\n    pass\n", encoding="utf-8")
    folder = write_run(tmp_path / "run", ("optimized", "status_quo"), seats_n=3, accounts_n=30, futures_n=4, quarters_n=2)
    about = json.loads((folder / "provenance.json").read_text(encoding="utf-8"))
    thing = {"_target_": "guest_of_the_run.Thing"}
    parts = {"market": thing, "world": thing, "policy": thing, "scenario": {**thing, "label": "base"}, "strategies": {"optimized": thing}}
    about["config"] = {**about.get("config", {}), **parts}
    (folder / "provenance.json").write_text(json.dumps(about), encoding="utf-8")
    (folder / "cells").mkdir()
    (folder / "cells" / "0-0.pickle").write_bytes(pickle.dumps(Path("x").parent / "x"))
    np.savez(folder / "cells" / "0-0.npz", about=np.array([Path("x")], dtype=object))
    words = [sys.executable, "-P", "-c", WATCHED, str(folder), str(marker)]
    environment = {"PYTHONPATH": f"{ROOT}:{tmp_path}", "MPLBACKEND": "agg"}
    done = subprocess.run(words, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert (folder / "report.html").is_file()
