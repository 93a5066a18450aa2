"""Small constant arrays, made once: np.ones takes twice as long as the product with it that sums a hundred numbers."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

from refnn.autograd.op import Array

__all__ = ["ones", "zero"]

_KEPT = 1 << 10  # elements


@lru_cache(maxsize=64)
def zero(dtype: Any) -> Array:
    """0, 0-dimensional and read-only. NumPy compares a small array with that in half the time that it takes with 0."""
    return _read_only(np.zeros((), dtype))


@lru_cache(maxsize=256)
def _kept_ones(n: int, dtype: Any) -> Array:
    return _read_only(np.ones(n, dtype))


def ones(n: int, dtype: Any) -> Array:
    """n ones, read-only as a rule: a product with them is the quickest sum along an axis."""
    return _kept_ones(n, dtype) if n <= _KEPT else np.ones(n, dtype)


def _read_only(x: Array) -> Array:
    x.flags.writeable = False
    return x
