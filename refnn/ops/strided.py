"""as_strided: any window on the memory of a tensor, by sizes, strides and an offset in elements.

The transpose adds each element of the window to its place in memory and reads the input's elements there. Where
several of the input's elements have one place, each gets its share.
"""

from __future__ import annotations

import numpy as np

from refnn.autograd.op import Array, op
from refnn.ops.shape import Dims


def reach(size: Dims, stride: Dims) -> int:
    """How many elements of memory a window spans."""
    return 1 + sum(s * (n - 1) for n, s in zip(size, stride, strict=True)) if 0 not in size else 0


def _places(size: Dims, stride: Dims, offset: int) -> Array:
    """Where in memory each element of a window lies."""
    places = np.full(size, offset, np.int64)
    for d, (n, s) in enumerate(zip(size, stride, strict=True)):
        places += (np.arange(n) * s).reshape(-1, *(1,) * (len(size) - d - 1))
    return places


def _memory(own: Dims, shape: Dims, size: Dims, stride: Dims, offset: int) -> tuple[Array, Array, int]:
    """The places of the input and of the window in memory that holds both, and its length."""
    mine, window = _places(shape, own, 0), _places(size, stride, offset)
    first = min(0, offset)
    return mine - first, window - first, max(reach(shape, own), offset + reach(size, stride)) - first


@op(view=True, node_name="AsStridedBackward0")
def as_strided(x: Array, *, size: Dims, stride: Dims, offset: int, own: Dims) -> Array:
    """y_i = the element at offset + Σ i_d stride_d, counted from x's first. own: x's strides, in elements."""
    step = x.itemsize
    if offset and 0 not in size:  # walk there, in either direction
        x = np.lib.stride_tricks.as_strided(x, (abs(offset) + 1,), (step if offset > 0 else -step,))[abs(offset) :]
    return np.lib.stride_tricks.as_strided(x, size, tuple(s * step for s in stride))


@op(node_name="AsStridedBackward0")
def as_strided_backward(g: Array, *, shape: Dims, size: Dims, stride: Dims, offset: int, own: Dims) -> Array:
    """The transpose: g added up in memory, seen as x, of that shape."""
    mine, window, length = _memory(own, shape, size, stride, offset)
    memory = np.zeros(length, g.dtype)
    np.add.at(memory, window, g)
    shares = np.bincount(mine.reshape(-1), minlength=length)
    return np.asarray(memory[mine] / shares[mine].astype(g.real.dtype))


@op(node_name="AsStridedBackward0")
def as_strided_values(x: Array, *, shape: Dims, size: Dims, stride: Dims, offset: int, own: Dims) -> Array:
    """The window's values in memory where x's elements, each its share, are all that there is."""
    mine, window, length = _memory(own, shape, size, stride, offset)
    memory = np.zeros(length, x.dtype)
    shares = np.bincount(mine.reshape(-1), minlength=length)
    np.add.at(memory, mine, x / shares[mine].astype(x.real.dtype))
    return np.asarray(memory[window])


as_strided.derivative(
    x=lambda g, x_shape, size, stride, offset, own: as_strided_backward(
        g, shape=x_shape, size=size, stride=stride, offset=offset, own=own
    )
)
as_strided_backward.derivative(
    g=lambda g, shape, size, stride, offset, own: as_strided_values(
        g, shape=shape, size=size, stride=stride, offset=offset, own=own
    )
)
as_strided_values.derivative(
    x=lambda g, shape, size, stride, offset, own: as_strided_backward(
        g, shape=shape, size=size, stride=stride, offset=offset, own=own
    )
)
