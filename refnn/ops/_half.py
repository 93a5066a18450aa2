"""Half precision is computed in float32 and rounded once, as torch does."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from refnn.autograd.op import Array

__all__ = ["half_in_float32"]


def half_in_float32(kernel: Callable[..., Array]) -> Callable[..., Array]:
    """A kernel that is given float32 arrays in place of 16-bit ones; its result gets their dtype again."""

    @functools.wraps(kernel)
    def compute(*arrays: Any, **meta: Any) -> Array:
        dtype = arrays[0].dtype
        if dtype.itemsize != 2 or dtype.kind not in "fV":
            return kernel(*arrays, **meta)
        return kernel(*[a.astype(np.float32) for a in arrays], **meta).astype(dtype)

    return compute
