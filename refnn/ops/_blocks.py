"""Elementwise kernels over large arrays, in blocks that are dealt out to threads.

That takes arrays whose elements lie in memory in the same order, without gaps; others are computed in one
piece.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from refnn.autograd.op import Array
from refnn.ops import _threads, _workspace

__all__ = ["blockwise"]

BLOCK = 1 << 17  # elements: few enough for temporary arrays to stay in the cache
MANY = 1 << 18  # elements from which it pays
RATE = 2e3  # elements in a µs of one thread, about


def blockwise(kernel: Callable[..., object], *arrays: Array) -> Array:
    """The result of kernel(*arrays, out), which has the first array's dtype. All arrays have one shape."""
    first = arrays[0]
    out = _workspace.lend_like(first)
    order = sorted(range(first.ndim), key=lambda axis: -abs(out.strides[axis]))
    rows = [array.transpose(order) for array in (*arrays, out)]
    if not all(array.flags.c_contiguous for array in rows):
        kernel(*arrays, out)
        return out
    flat = [array.reshape(-1) for array in rows]

    def compute(part: Sequence[int]) -> None:
        for start in part:
            kernel(*[array[start : start + BLOCK] for array in flat])

    _threads.deal(range(0, out.size, BLOCK), compute, out.size / RATE)
    return out
