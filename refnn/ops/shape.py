"""Shape and place: views, joining, gathering. Each linear op stands beside its transpose."""

from __future__ import annotations

import builtins
import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from refnn.autograd.base import TensorBase
from refnn.autograd.op import Array, op
from refnn.ops.creation import data_of, zeros

Dims = tuple[int, ...]
builtin_slice = builtins.slice  # the op below takes over the name

# Views --------------------------------------------------------------------------------------------------


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
    return np.broadcast_to(x, shape)


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


# Joining ------------------------------------------------------------------------------------------------


@op
def cat(*xs: Array, dim: int) -> Array:
    """Tensors one after another along a dimension."""
    return np.concatenate(xs, dim)


@op
def stack(*xs: Array, dim: int) -> Array:
    """Tensors side by side along a new dimension."""
    return np.stack(xs, dim)


def _cat_rule(g: Any, needs: Any, xs_shape: list[Dims], dim: int) -> list[Any]:
    grads, start = [], 0
    for needed, shape in zip(needs, xs_shape, strict=True):
        n = shape[dim]
        grads.append(slice(g, dim=dim, start=start, stop=start + n, step=1) if needed else None)
        start += n
    return grads


cat.joint_derivative(_cat_rule)
stack.joint_derivative(
    lambda g, needs, dim: [select(g, dim=dim, index=i) if needed else None for i, needed in enumerate(needs)]
)


@op(view=True)
def unbind(x: Array, *, dim: int) -> tuple[Array, ...]:
    """The slices along a dimension, which goes."""
    return (
        tuple(np.asarray(part) for part in np.moveaxis(x, dim, 0))
        if x.ndim > 1
        else tuple(x[i, ...] for i in range(x.shape[0]))
    )


@op(view=True)
def split(x: Array, *, sizes: Sequence[int], dim: int) -> tuple[Array, ...]:
    """Consecutive pieces of the given sizes along a dimension."""
    stops = np.cumsum(sizes)
    before = (builtin_slice(None),) * dim
    return tuple(x[(*before, builtin_slice(int(e - n), int(e)))] for n, e in zip(sizes, stops, strict=True))


def _filled(g: tuple[Any, ...], shapes: list[Dims]) -> list[Any]:
    like = next(x for x in g if x is not None)
    return [zeros(s, like) if x is None else x for x, s in zip(g, shapes, strict=True)]


def _without(shape: Dims, dim: int) -> Dims:
    return shape[:dim] + shape[dim + 1 :]


unbind.derivative(x=lambda g, x_shape, dim: stack(*_filled(g, [_without(x_shape, dim)] * x_shape[dim]), dim=dim))
split.derivative(
    x=lambda g, x_shape, sizes, dim: cat(
        *_filled(g, [(*x_shape[:dim], n, *x_shape[dim + 1 :]) for n in sizes]), dim=dim
    )
)


@op(view=True)
def unfold(x: Array, *, dim: int, size: int, step: int) -> Array:
    """Windows of `size` every `step` along a dimension; the window is a new last dimension."""
    windows = np.lib.stride_tricks.sliding_window_view(x, size, dim, writeable=x.flags.writeable)
    return windows[(builtin_slice(None),) * dim + (builtin_slice(None, None, step),)]


@op
def unfold_backward(g: Array, *, shape: Dims, dim: int, size: int, step: int) -> Array:
    """Windows added back where they came from. The transpose of unfold."""
    y = np.zeros(shape, g.dtype)
    for k in range(size):
        where_ = (builtin_slice(None),) * dim + (builtin_slice(k, k + step * (g.shape[dim] - 1) + 1, step),)
        y[where_] += g[..., k]
    return y


unfold.derivative(
    x=lambda g, x_shape, dim, size, step: unfold_backward(g, shape=x_shape, dim=dim, size=size, step=step)
)
unfold_backward.derivative(g=lambda g, dim, size, step: unfold(g, dim=dim, size=size, step=step))

# Copies ---------------------------------------------------------------------------------------------------


@op
def repeat(x: Array, *, times: Dims) -> Array:
    """x laid side by side `times` along each dimension."""
    return (
        np.tile(x, times)
        if 0 not in times
        else np.zeros(tuple(t * n for t, n in zip(times, (1,) * (len(times) - x.ndim) + x.shape, strict=True)), x.dtype)
    )


def _repeat_rule(g: Any, x_shape: Dims, times: Dims) -> Any:
    from refnn.ops.reduction import sum

    padded = (1,) * (len(times) - len(x_shape)) + x_shape
    if math.prod(times) == 0:
        return zeros(x_shape, g)
    split_shape = tuple(n for pair in zip(times, padded, strict=True) for n in pair)
    summed = sum(reshape(g, shape=split_shape), dim=tuple(range(0, 2 * len(times), 2)), keepdim=False)
    return reshape(summed, shape=x_shape)


repeat.derivative(x=_repeat_rule)


@op
def flip(x: Array, *, dims: Dims) -> Array:
    """x with the order along dims reversed."""
    return np.flip(x, dims).copy()


@op
def roll(x: Array, *, shifts: Dims, dims: Dims | None) -> Array:
    """x shifted around along dims; flattened first where dims is None."""
    return np.roll(x, shifts if dims else shifts[0], dims or None)


flip.derivative(x=lambda g, dims: flip(g, dims=dims))
roll.derivative(x=lambda g, shifts, dims: roll(g, shifts=tuple(-s for s in shifts), dims=dims))


@op
def tril(x: Array, *, diagonal: int) -> Array:
    """x below and on a diagonal, zeros above it."""
    return np.tril(x, diagonal)


@op
def triu(x: Array, *, diagonal: int) -> Array:
    """x above and on a diagonal, zeros below it."""
    return np.triu(x, diagonal)


tril.derivative(x=lambda g, diagonal: tril(g, diagonal=diagonal))
triu.derivative(x=lambda g, diagonal: triu(g, diagonal=diagonal))

# Gathering ----------------------------------------------------------------------------------------------


def _along(index: Array, dim: int) -> tuple[Array, ...]:
    """Index arrays that address index[i, j, …] along `dim` and the same i, j, … elsewhere."""
    grid = list(np.ogrid[tuple(builtin_slice(0, n) for n in index.shape)])
    grid[dim] = index
    return tuple(grid)


@op
def gather(x: Array, index: Array, *, dim: int) -> Array:
    """y[i, j] = x[index[i, j], j] for dim = 0."""
    return x[_along(index, dim)] if x.ndim else x.reshape(1)[index.reshape(-1)].reshape(index.shape)


@op
def scatter_add(x: Array, index: Array, src: Array, *, dim: int) -> Array:
    """x with src added at index: y[index[i, j], j] += src[i, j] for dim = 0. The transpose of gather."""
    y = np.array(x)
    if x.ndim == 0:
        y += src.sum()
        return y
    np.add.at(y, _along(index, dim), src[tuple(builtin_slice(0, n) for n in index.shape)])
    return y


@op
def scatter(x: Array, index: Array, src: Array, *, dim: int) -> Array:
    """x with src written at index: y[index[i, j], j] = src[i, j] for dim = 0."""
    y = np.array(x)
    if x.ndim == 0:
        return np.asarray(src).reshape(()).astype(x.dtype)
    y[_along(index, dim)] = src if np.ndim(src) == 0 else src[tuple(builtin_slice(0, n) for n in index.shape)]
    return y


def _to_src(g: Any, src_shape: Dims, index: Any, dim: int) -> Any:
    """The gradient at the scattered places, padded with zeros to src's shape."""
    picked = gather(g, index, dim=dim)
    index_shape = data_of(index).shape
    for d, (n, m) in enumerate(zip(index_shape, src_shape, strict=False)):
        if n != m:
            shape = (*data_of(picked).shape[:d], m, *data_of(picked).shape[d + 1 :])
            picked = slice_backward(picked, shape=shape, dim=d, start=0, stop=n, step=1)
    return picked


def _cleared(g: Any, index: Any, dim: int) -> Any:
    return scatter(g, data_of(index), np.zeros((), data_of(g).dtype), dim=dim)


gather.derivative(x=lambda g, x_shape, index, dim: scatter_add(zeros(x_shape, g), data_of(index), g, dim=dim))
scatter_add.derivative(x=lambda g: g, src=lambda g, src_shape, index, dim: _to_src(g, src_shape, index, dim))
scatter.derivative(
    x=lambda g, index, dim: _cleared(g, index, dim),
    src=lambda g, src_shape, index, dim: _to_src(g, src_shape, index, dim),
)
