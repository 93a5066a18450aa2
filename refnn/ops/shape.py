"""Views: another shape, order, part or window of the same memory. Each stands beside its transpose."""

from __future__ import annotations

import builtins
import math
from typing import Any

import numpy as np

from refnn.autograd.base import TensorBase
from refnn.autograd.op import Array, op
from refnn.ops.creation import data_of, zeros_like

Dims = tuple[int, ...]
builtin_slice = builtins.slice  # the op below takes over the name


@op(view=True, node_name="ViewBackward0")
def view(x: Array, *, shape: Dims) -> Array:
    """y = x in another shape, over the same memory."""
    y = x.view()
    y.shape = shape  # unlike reshape, never copies
    return y


@op(node_name="UnsafeViewBackward0")
def reshape_copy(x: Array, *, shape: Dims) -> Array:
    """y = x in another shape, where that takes a copy."""
    return x.reshape(shape)


def reshape(x: Any, *, shape: Dims) -> Any:
    """A view where the strides allow one, else a copy."""
    if isinstance(x, TensorBase):
        x._settle()
    data = data_of(x)
    return (view if can_view(data, shape) else reshape_copy)(x, shape=shape)


def can_view(data: Array, shape: Dims) -> bool:
    if data.flags.c_contiguous:
        return True
    try:
        data.view().shape = shape
    except AttributeError:
        return False
    return True


view.derivative(x=lambda g, x_shape: reshape(g, shape=x_shape))
reshape_copy.derivative(x=lambda g, x_shape: reshape(g, shape=x_shape))


@op(view=True)
def permute(x: Array, *, dims: Dims) -> Array:
    """y's dimension i is x's dimension dims[i]."""
    return x.transpose(dims)


@op(view=True)
def transpose(x: Array, *, dim0: int, dim1: int) -> Array:
    """Two dimensions exchanged."""
    return x.swapaxes(dim0, dim1)


@op(view=True, node_name="TBackward0")
def t(x: Array) -> Array:
    """A matrix transposed."""
    return x.T


permute.derivative(x=lambda g, dims: permute(g, dims=tuple(sorted(range(len(dims)), key=dims.__getitem__))))
transpose.derivative(x=lambda g, dim0, dim1: transpose(g, dim0=dim0, dim1=dim1))
t.derivative(x=lambda g: t(g))


@op(view=True)
def expand(x: Array, *, shape: Dims) -> Array:
    """x broadcast to a shape, without copying. (Its rule, sum_to, stands in reduction.py.)"""
    if x.size == 1 and x.flags.c_contiguous:  # a gradient of a mean: 0.5 µs where broadcast_to takes 4
        return np.ndarray(shape, x.dtype, x, 0, (0,) * len(shape))
    if x.size == math.prod(shape):
        return x.reshape(shape)
    if 1 not in shape:
        return np.broadcast_to(x, shape)
    lead = len(shape) - x.ndim  # NumPy would give a dimension that stays 1 long the stride 0
    steps = [0 if n > m else s for n, m, s in zip(shape[lead:], x.shape, x.strides, strict=True)]
    return np.lib.stride_tricks.as_strided(x, shape, (0,) * lead + tuple(steps), writeable=False)


@op(view=True)
def squeeze(x: Array, *, dim: Dims) -> Array:
    """Without the given dimensions of length 1."""
    return x.squeeze(dim)


@op(view=True)
def unsqueeze(x: Array, *, dim: int) -> Array:
    """With a dimension of length 1 at `dim`."""
    return np.expand_dims(x, dim)


def unsqueeze_dims(x: Any, dims: Dims) -> Any:
    """Dimensions of length 1 put back where a reduction took them away."""
    shape = list(data_of(x).shape)
    for d in sorted(dims):
        shape.insert(d, 1)
    return reshape(x, shape=tuple(shape))


squeeze.derivative(x=lambda g, x_shape: reshape(g, shape=x_shape))
unsqueeze.derivative(x=lambda g, x_shape: reshape(g, shape=x_shape))
squeeze_one, squeeze_several = squeeze.renamed("SqueezeBackward1"), squeeze.renamed("SqueezeBackward2")


@op(view=True)
def slice(x: Array, *, dim: int, start: int, stop: int, step: int) -> Array:
    """y = x[start:stop:step] along one dimension."""
    return x[(builtin_slice(None),) * dim + (builtin_slice(start, stop, step),)]


@op
def slice_backward(g: Array, *, shape: Dims, dim: int, start: int, stop: int, step: int) -> Array:
    """Zeros of a shape with g in the slice. The transpose of slice."""
    y = np.zeros(shape, g.dtype)
    y[(builtin_slice(None),) * dim + (builtin_slice(start, stop, step),)] = g
    return y


slice.derivative(
    x=lambda g, x_shape, dim, start, stop, step: slice_backward(
        g, shape=x_shape, dim=dim, start=start, stop=stop, step=step
    )
)
slice_backward.derivative(g=lambda g, dim, start, stop, step: slice(g, dim=dim, start=start, stop=stop, step=step))


@op(view=True)
def select(x: Array, *, dim: int, index: int) -> Array:
    """y = x[index] along one dimension, which goes."""
    return x[(builtin_slice(None),) * dim + (index, ...)]


@op
def select_backward(g: Array, *, shape: Dims, dim: int, index: int) -> Array:
    """Zeros of a shape with g at one index of a dimension. The transpose of select."""
    y = np.zeros(shape, g.dtype)
    y[(builtin_slice(None),) * dim + (index, ...)] = g
    return y


select.derivative(x=lambda g, x_shape, dim, index: select_backward(g, shape=x_shape, dim=dim, index=index))
select_backward.derivative(g=lambda g, dim, index: select(g, dim=dim, index=index))


@op(view=True)
def diagonal(x: Array, *, offset: int, dim1: int, dim2: int) -> Array:
    """x's diagonal, as the last dimension."""
    d = np.diagonal(x, offset, dim1, dim2)
    d.flags.writeable = x.flags.writeable
    return d


@op
def diagonal_backward(g: Array, *, shape: Dims, offset: int, dim1: int, dim2: int) -> Array:
    """Zeros of a shape with g on the diagonal. The transpose of diagonal."""
    y = np.zeros(shape, g.dtype)
    d = np.diagonal(y, offset, dim1, dim2)
    d.flags.writeable = True  # NumPy's precaution: it is a view of our own zeros
    d[...] = g
    return y


diagonal.derivative(
    x=lambda g, x_shape, offset, dim1, dim2: diagonal_backward(g, shape=x_shape, offset=offset, dim1=dim1, dim2=dim2)
)
diagonal_backward.derivative(g=lambda g, offset, dim1, dim2: diagonal(g, offset=offset, dim1=dim1, dim2=dim2))


@op(view=True)
def unfold(x: Array, *, dim: int, size: int, step: int) -> Array:
    """Windows of `size` every `step` along a dimension; the window is a new last dimension."""
    if x.ndim == 0:
        return x.reshape(1)[:size]
    windows = np.lib.stride_tricks.sliding_window_view(x, size, dim, writeable=x.flags.writeable)
    return windows[(builtin_slice(None),) * dim + (builtin_slice(None, None, step),)]


@op
def unfold_backward(g: Array, *, shape: Dims, dim: int, size: int, step: int) -> Array:
    """Windows added back where they came from. The transpose of unfold."""
    if not shape:
        return np.asarray(g.sum(dtype=g.dtype))
    y = np.zeros(shape, g.dtype)
    for k in range(size):
        where_ = (builtin_slice(None),) * dim + (builtin_slice(k, k + step * (g.shape[dim] - 1) + 1, step),)
        y[where_] += g[..., k]
    return y


unfold.derivative(
    x=lambda g, x_shape, dim, size, step: unfold_backward(g, shape=x_shape, dim=dim, size=size, step=step)
)
unfold_backward.derivative(g=lambda g, dim, size, step: unfold(g, dim=dim, size=size, step=step))


@op(node_name="DiagEmbedBackward0")
def diag_embed(x: Array, *, shape: Dims, offset: int, dim1: int, dim2: int) -> Array:
    """Zeros of a shape with x on the diagonal: diagonal_backward under the name that a user sees."""
    return diagonal_backward.kernel(x, shape=shape, offset=offset, dim1=dim1, dim2=dim2)


diag_embed.derivative(x=lambda g, offset, dim1, dim2: diagonal(g, offset=offset, dim1=dim1, dim2=dim2))


@op(node_name="DiagonalBackward0_copy")
def diagonal_copy(x: Array, *, offset: int, dim1: int, dim2: int) -> Array:
    """x's diagonal in memory of its own."""
    return np.diagonal(x, offset, dim1, dim2).copy()


diagonal_copy.derivative(
    x=lambda g, x_shape, offset, dim1, dim2: diagonal_backward(g, shape=x_shape, offset=offset, dim1=dim1, dim2=dim2)
)


@op
def diagonal_scatter(x: Array, src: Array, *, offset: int, dim1: int, dim2: int) -> Array:
    """x with src on the diagonal."""
    y = np.array(x)
    d = np.diagonal(y, offset, dim1, dim2)
    d.flags.writeable = True  # a view of our own copy
    d[...] = src
    return y


diagonal_scatter.derivative(
    x=lambda g, offset, dim1, dim2: diagonal_scatter(
        g, zeros_like(diagonal(data_of(g), offset=offset, dim1=dim1, dim2=dim2)), offset=offset, dim1=dim1, dim2=dim2
    ),
    src=lambda g, offset, dim1, dim2: diagonal(g, offset=offset, dim1=dim1, dim2=dim2),
)
