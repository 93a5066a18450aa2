"""The product of two matrices, in one thread or several."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from refnn.autograd.op import Array
from refnn.ops import _threads, _workspace
from refnn.ops._half import is_half, opmath

__all__ = ["product"]

_FEW_PRODUCTS = 1 << 18  # multiply-adds, which BLAS does not divide
_MANY_PRODUCTS = 1 << 25  # multiply-adds, about 0.6 ms: for fewer, the threads of BLAS itself start quicker


def product(a: Array, b: Array) -> Array:
    """a b, half precision in float32. The method starts quicker than np.matmul and np.dot."""
    if a.itemsize == 2 and is_half(a.dtype):
        return product(opmath(a), opmath(b)).astype(a.dtype)
    work = a.size * b.shape[1]
    if work < _FEW_PRODUCTS:
        return a.dot(b)
    if work < _MANY_PRODUCTS:
        with _threads.one_owner():
            return a.dot(b)
    return _shared(a, b)


def _shared(a: Array, b: Array) -> Array:
    """a b, whose rows or columns, whichever are more, are divided among threads."""
    out = _workspace.lend((len(a), b.shape[1]), a.dtype)

    def rows(part: Sequence[int]) -> None:
        k = slice(part[0], part[-1] + 1)
        np.matmul(a[k], b, out=out[k])

    def columns(part: Sequence[int]) -> None:
        k = slice(part[0], part[-1] + 1)
        np.matmul(a, b[:, k], out=out[:, k])

    time = a.size * b.shape[1] / (2e5 / a.itemsize)  # µs
    if len(a) >= b.shape[1]:
        _threads.deal(range(len(a)), rows, time)
    else:
        _threads.deal(range(b.shape[1]), columns, time)
    return out
