"""The examples of the README are run as tests, and the same worlds are tried in every run of the continuous integration."""

import os
from typing import Any

from hypothesis import settings
from sybil import Sybil
from sybil.parsers.markdown import PythonCodeBlockParser

settings.register_profile("ci", derandomize=True)  # what a change did not break shall not stop it; new worlds are tried on every desk
if os.environ.get("CI"):
    settings.load_profile("ci")


def _name_the_module(names: dict[str, Any]) -> None:
    names["__name__"] = "readme"  # a dataclass looks up the module that it is defined in


pytest_collect_file = Sybil(parsers=[PythonCodeBlockParser()], patterns=["README.md"], setup=_name_the_module).pytest()
