"""Half precision is computed in float32 and rounded once, as torch does."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from refnn.autograd.op import Array

__all__ = ["half_in_float32", "is_half", "opmath", "opmath_dtype"]

_SINGLE = np.dtype(np.float32)


def is_half(dtype: np.dtype[Any]) -> bool:
    """Whether a dtype is float16 or bfloat16."""
    return dtype.itemsize == 2 and dtype.kind in "fV"


def opmath_dtype(dtype: np.dtype[Any]) -> np.dtype[Any]:
    """What a dtype is computed in: float32 for half precision, else itself."""
    return _SINGLE if is_half(dtype) else dtype


def opmath(x: Any) -> Any:
    """An array in the dtype that it is computed in; None and Python numbers stay."""
    return x.astype(_SINGLE) if getattr(x, "itemsize", 0) == 2 and is_half(x.dtype) else x


def half_in_float32(kernel: Callable[..., Array]) -> Callable[..., Array]:
    """A kernel that is given float32 arrays in place of 16-bit ones; its result gets their dtype again."""

    @functools.wraps(kernel)
    def compute(*arrays: Any, **meta: Any) -> Array:
        dtype = arrays[0].dtype
        if dtype.itemsize != 2 or not is_half(dtype):
            return kernel(*arrays, **meta)
        return kernel(*map(opmath, arrays), **meta).astype(dtype)

    return compute
