"""How the tests are run: on which cores, and in the continuous integration always with the same worlds."""

import os

import pytest
from hypothesis import settings
from joblib import cpu_count

settings.register_profile("ci", derandomize=True)  # what a change did not break shall not stop it; new worlds are tried on every desk
if os.environ.get("CI"):
    settings.load_profile("ci")


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """The whole suite runs on all cores; what was picked by path or word in this process, where it starts at once and can be debugged."""
    picked = config.args_source is not pytest.Config.ArgsSource.TESTPATHS or config.option.keyword
    return 0 if picked else int(cpu_count())
