"""The examples of the README are run as tests."""

from typing import Any

from sybil import Sybil
from sybil.parsers.markdown import PythonCodeBlockParser


def _name_the_module(names: dict[str, Any]) -> None:
    names["__name__"] = "readme"  # a dataclass looks up the module that it is defined in


pytest_collect_file = Sybil(parsers=[PythonCodeBlockParser()], patterns=["README.md"], setup=_name_the_module).pytest()
