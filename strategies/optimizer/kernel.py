"""What the inner loops are compiled with: numba, once a machine, then read from its cache."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numpy as np
from numba import njit

index = cast("type[int]", np.int64)  # of what one kernel gives to another: every type, of a literal too, is compiled for itself
Function = TypeVar("Function", bound=Callable[..., Any])


def kernel(function: Function) -> Function:
    """The function, compiled for arrays and numbers. One thread and no reordering of sums: the same input, the same bits."""
    return cast(Function, njit(cache=True)(function))
