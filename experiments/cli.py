"""The commands of ./run and of territory-lab. Imports wait until a command needs them, so that help comes at once."""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from experiments.running.console import speak_plainly, unheard

HELP = """\
Territory Lab: which way of carving our sales territories should we roll out?

  compare [OPTION=VALUE ...]   carve a market in several ways and live through the same futures under each
                               (compare --help lists the options and their choices)
  aggregate DIR [DIR ...]      join the runs of a sweep, or of any folders, into one table with figures
  sensitivity [OPTION=VALUE ...]   which parameters the lifts depend on (Morris; Sobol by experiment=sobol)
  tune [OPTION=VALUE ...]      parameters of a strategy for two objectives, judged on another seed
  report DIR                   draw the report of a finished comparison again, from its files
  benchmark [OPTION=VALUE ...] every strategy on a fixed suite of markets, and a leaderboard
  check LABEL [OPTION=VALUE ...]   whether a strategy keeps the contract, on small problems and hard ones
  compile                      compile what is compiled now, instead of at its first use
  help                         this text
  --version                    which version this is
"""

SWEEPS = ("aggregate", "sensitivity", "tune")
COMMANDS = ("compare", *SWEEPS, "report", "benchmark", "check", "compile", "help")


def main(words: Sequence[str] | None = None) -> int:
    """Run a command; returns the exit code: 0, 1 for a run or an arm that failed (and what Hydra found out), 2 for a user's mistake."""
    speak_plainly()
    try:
        code, raised = _run(*(sys.argv[1:] if words is None else words)), None
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130
    except OSError as error:
        code, raised = 1, error
    if why := unheard("\n" if raised else ""):  # unbuffered, there is nothing left to flush
        if isinstance(why, BrokenPipeError):  # whoever reads has seen enough, as `head` has
            return 141
        print(f"error: standard output cannot be written ({why.strerror}); send it elsewhere", file=sys.stderr)
        return 1
    if raised:
        raise raised
    return code


def _run(command: str = "help", *words: str) -> int:
    rest = list(words)
    if command == "compare":
        return _compare(rest)
    if command == "report":
        return _report(rest)
    if command in ("benchmark", "check"):
        return _strategies(command, rest)
    if command == "compile":
        if rest:
            print("usage: compile   (it takes no words: what is in its cache is left, all else is compiled)", file=sys.stderr)
            return 0 if rest in (["--help"], ["-h"]) else 2
        from experiments.compiling import main as compile_all

        return compile_all()
    if command in SWEEPS:
        return _sweep(command, rest)
    if command in ("help", "--help", "-h"):
        print(HELP, end="")
        return 0
    if command == "--version":
        from experiments.running.provenance import version_words

        print(version_words())
        return 0
    print(f"error: there is no command {command!r}. Commands: {', '.join(COMMANDS)}", file=sys.stderr)
    return 2


def _compare(words: list[str]) -> int:
    os.environ.setdefault("HYDRA_FULL_ERROR", "1")  # Hydra then lets its errors pass, and they are told here in one line
    from experiments.compare import main as job
    from experiments.running.mistakes import MISTAKES, tell
    from experiments.running.search_path import as_typed, options_last, unavailable
    from experiments.sweeps.broken_off import words_of
    from experiments.sweeps.ranges import ends_met

    try:
        sys.argv = ["compare", *options_last(as_typed(words_of(words)))]
        for line in ends_met(words):
            print(f"warning: {line}", file=sys.stderr)
        with _warned():
            job()
    except MISTAKES as error:
        return tell(error, words)
    except UserWarning as error:
        return tell(unavailable(error))
    except ValueError as error:
        if "group override" not in str(error):  # `market=3`; anything else is a bug of ours
            raise
        return tell(error, words)
    except RuntimeError as error:  # a process of a launcher: one of joblib's that is gone, or a job of submitit's that did not end
        if not type(error).__module__.startswith(("joblib.", "submitit.")):
            raise
        print(f"error: a job was killed, most often since memory ran out ({type(error).__name__}); go on with  resume=DIR", file=sys.stderr)
        return 1
    return 0


def _strategies(command: str, words: list[str]) -> int:
    if command == "benchmark":
        from experiments.benchmark import main as command_main
    else:
        from experiments.check import main as command_main
    from experiments.running.mistakes import tell
    from experiments.running.search_path import unavailable

    try:
        with _warned():
            return command_main(words)
    except UserWarning as error:
        return tell(unavailable(error))
    except ValueError as error:
        if "group override" not in str(error):  # as in _compare
            raise
        return tell(error, words)


@contextmanager
def _warned() -> Iterator[None]:
    """A search path that is not there is a mistake."""
    from experiments.running.search_path import UNAVAILABLE

    with warnings.catch_warnings():
        warnings.filterwarnings("error", message=UNAVAILABLE)
        # A process that has grown, as by compiling, is replaced by a new one; nothing is lost.
        warnings.filterwarnings("ignore", message="A worker stopped while some jobs")
        yield


def _sweep(command: str, words: list[str]) -> int:
    if command == "aggregate":
        from experiments.sweeps.aggregate import main as command_main
    elif command == "sensitivity":
        from experiments.sweeps.sensitivity import main as command_main
    else:
        from experiments.sweeps.tuning import main as command_main
    return command_main(words)


def _report(words: list[str]) -> int:
    asked = words in (["--help"], ["-h"])
    if len(words) != 1 or asked:
        print("usage: report DIR   (the folder of a finished comparison, as results/saas/20261122T101500_123456)", file=sys.stderr)
        return 0 if asked else 2

    from experiments.handover.pack import write_handover
    from experiments.report.page import write_report
    from experiments.running.errors import RunError
    from experiments.running.store import helped_by

    try:
        with helped_by(f"call  ./run report {words[0]}  again"):
            page = write_report(Path(words[0]))
            write_handover(Path(words[0]))
    except RunError as error:
        print(f"error: {error}", file=sys.stderr)
        return error.exit_code
    print(page)
    return 0


if __name__ == "__main__":
    sys.exit(main())
