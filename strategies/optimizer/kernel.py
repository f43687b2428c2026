"""What the inner loops are compiled with: numba, once for this version of their files, then read from a cache on disk.

numba keys a cached function by its own file only, so that an edit in a helper elsewhere would leave the old code running (0.68.1). Here the
key is of all files of this folder: kernels call, and read constants of, nothing outside it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, TypeVar, cast

import numpy as np
from numba import njit
from numba.core import config
from numba.core.caching import InTreeCacheLocator, UserProvidedCacheLocator, UserWideCacheLocator

index = cast("type[int]", np.int64)  # of what one kernel gives to another: every type, of a literal too, is compiled for itself
Function = TypeVar("Function", bound=Callable[..., Any])
KERNELS: list[Any] = []  # all there are, as numba has them


@cache
def source_stamp() -> str:
    """A number of all source files of this folder."""
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.glob("*.py")):
        content = path.read_bytes()
        digest.update(f"{path.name} {len(content)}\n".encode() + content)
    return digest.hexdigest()


class _OfThisFolder:
    def get_source_stamp(self) -> str:
        return source_stamp()


class WhereToldTo(_OfThisFolder, UserProvidedCacheLocator):
    """Below NUMBA_CACHE_DIR, if that is set."""


class BesideTheFiles(_OfThisFolder, InTreeCacheLocator):
    """In ``__pycache__``, if that may be written to: a checkout, most installations."""


class OfTheUser(_OfThisFolder, UserWideCacheLocator):
    """In the user's own cache, where an installation may not be written to."""


_LOCATORS = ",".join(f"{__name__}.{where.__name__}" for where in (WhereToldTo, BesideTheFiles, OfTheUser))


def kernel(function: Function) -> Function:
    """The function, compiled for arrays and numbers. One thread and no reordering of sums: the same input, the same bits."""
    settings = cast("Any", config)  # read while the function is wrapped; other packages in this process have locators of their own
    of_others, settings.CACHE_LOCATOR_CLASSES = settings.CACHE_LOCATOR_CLASSES, _LOCATORS
    try:
        compiled = njit(cache=True)(function)
    except RuntimeError:  # no place may be written to: each process compiles for itself
        compiled = njit(function)
    finally:
        settings.CACHE_LOCATOR_CLASSES = of_others
    KERNELS.append(compiled)
    return cast(Function, compiled)
