"""Channels-last memory: whether an image stack has it, and new arrays that have it.

The logical shape stays (N, C, *S). In channels-last memory the channels of one place are neighbours, as if
the array were a C-contiguous (N, *S, C) seen through a transpose.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from refnn.autograd.op import Array
from refnn.ops import _workspace

__all__ = ["channels_first", "channels_last", "empty", "is_channels_last", "memory_order", "zeros"]


def is_channels_last(x: Array) -> bool:
    """Whether torch would suggest channels-last memory for a result computed from x, (N, C, *S).

    Sizes of 1 leave their strides free, so an array may fit both orders; then a channel stride below the
    others decides for channels-last.
    """
    if x.ndim not in (3, 4, 5):
        return False
    needed = 0
    for axis in (1, *range(x.ndim - 1, 1, -1), 0):
        step = x.strides[axis]
        if x.shape[axis] == 0 or step < needed or (axis == 1 and step == 0):
            return False
        if axis == 0 and needed == x.strides[1]:
            return False
        needed = step * max(1, x.shape[axis])
    return True


def channels_last(x: Array) -> Array:
    """(N, C, *S) -> (N, *S, C), a view."""
    return x.transpose(0, *range(2, x.ndim), 1)


def channels_first(x: Array) -> Array:
    """(N, *S, C) -> (N, C, *S), a view."""
    return x.transpose(0, x.ndim - 1, *range(1, x.ndim - 1))


def memory_order(x: Array, last: bool) -> Array:
    """x as a C-contiguous array in the order of its memory: (N, *S, C) if `last`, else as it is."""
    return np.ascontiguousarray(channels_last(x) if last else x)


def empty(shape: tuple[int, ...], dtype: Any, last: bool, tag: str | None = None) -> Array:
    """An uninitialised (N, C, *S), in channels-last memory if `last`; scratch memory if it has a tag."""
    stored = (shape[0], *shape[2:], shape[1]) if last else shape
    array = _workspace.lend(stored, dtype) if tag is None else _workspace.empty(stored, dtype, tag)
    return channels_first(array) if last else array


def zeros(shape: tuple[int, ...], dtype: Any, last: bool) -> Array:
    """Zeros (N, C, *S), in channels-last memory if `last`."""
    array = empty(shape, dtype, last)
    array.fill(0)
    return array
