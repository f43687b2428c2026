"""The Python examples of README and docs/ are run as tests; every run of the continuous integration tries the same worlds."""

import os
from typing import Any

import pytest
from hypothesis import settings
from joblib import cpu_count
from sybil import Sybil
from sybil.parsers.markdown import PythonCodeBlockParser

settings.register_profile("ci", derandomize=True)  # what a change did not break shall not stop it; new worlds are tried on every desk
if os.environ.get("CI"):
    settings.load_profile("ci")


def _name_the_module(names: dict[str, Any]) -> None:
    names["__name__"] = "page"  # a dataclass looks up the module that it is defined in


pytest_collect_file = Sybil(parsers=[PythonCodeBlockParser()], patterns=["*.md"], setup=_name_the_module).pytest()


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """The whole suite runs on all cores; what was picked by path or word in this process, where it starts at once and can be debugged."""
    picked = config.args_source is not pytest.Config.ArgsSource.TESTPATHS or config.option.keyword
    return 0 if picked else int(cpu_count())
