"""Products of matrices in pieces that BLAS multiplies as they lie.

OpenBLAS copies ("packs") the operands of a product before it computes, except where that has few multiply-adds and
the processor has wide vectors. A product of many rows and few columns is 1.2 to 1.3 times as quick in pieces below
that limit, if the rows of its right operand lie one after another and start where cache lines do.
"""

from __future__ import annotations

import numpy as np

from refnn.autograd.op import Array
from refnn.ops import _workspace

__all__ = ["SMALL", "by_rows", "right"]

SMALL = 10**6  # multiply-adds of a product that is not packed
LEAST = 24  # rows of a piece from which it pays


def _rows(b: Array) -> int:
    """How many rows a piece of a product with each b (K, N) of (G, K, N) has, or 0 where pieces do not pay."""
    most = SMALL // max(1, b.shape[1] * b.shape[2])
    return most if most >= LEAST else 0


def right(b: Array) -> Array:
    """b (G, K, N) as `by_rows` wants it, in scratch memory, where it takes pieces."""
    if not _rows(b):
        return b
    laid = _workspace.empty(b.shape, b.dtype, "right")
    np.copyto(laid, b)
    return laid


def by_rows(a: Array, b: Array, out: Array) -> None:
    """out = a b, for (G, T, K), (G, K, N) and (G, T, N)."""
    (groups, many), most = a.shape[:2], _rows(b)
    if not 0 < most < many:
        np.matmul(a, b, out=out)
        return
    count = -(-many // most)
    size = many // count
    whole, pieces = count * size, (groups, count, size, -1)
    np.matmul(a[:, :whole].reshape(pieces), b[:, None], out=out[:, :whole].reshape(pieces))
    if whole < many:
        np.matmul(a[:, whole:], b, out=out[:, whole:])
