"""The examples of the README are run as tests."""

from sybil import Sybil
from sybil.parsers.markdown import PythonCodeBlockParser

pytest_collect_file = Sybil(parsers=[PythonCodeBlockParser()], patterns=["README.md"], setup=lambda names: names.update(__name__="readme")).pytest()
