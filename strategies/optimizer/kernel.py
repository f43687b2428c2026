"""What the inner loops are compiled with: numba, once a machine, then read from its cache."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

from numba import njit

Function = TypeVar("Function", bound=Callable[..., Any])


def kernel(function: Function) -> Function:
    """The function, compiled for arrays and numbers. One thread and no reordering of sums: the same input, the same bits."""
    return cast(Function, njit(cache=True)(function))
