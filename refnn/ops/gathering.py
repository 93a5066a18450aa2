"""Gathering and scattering along one dimension. Each linear op stands beside its transpose.

An index has the rank of what it addresses; a 0-dim tensor is addressed like a vector of one element.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from refnn.autograd.op import Array, op
from refnn.ops._undifferentiable import lacks_derivative
from refnn.ops.comparison import equal, where
from refnn.ops.creation import data_of, ones_like, zeros, zeros_like
from refnn.ops.pointwise import div, mul
from refnn.ops.shape import Dims, slice_backward
from refnn.ops.shape import slice as part


def _along(index: Array, dim: int) -> tuple[Array, ...]:
    """Index arrays that address index[i, j, …] along `dim` and the same i, j, … elsewhere."""
    grid = list(np.ogrid[tuple(slice(0, n) for n in index.shape)])
    grid[dim] = index
    return tuple(grid)


def _part(src: Array, shape: Dims) -> Array:
    """The leading part of src that an index of this shape uses; of a 0-dim index, one element."""
    return src[tuple(slice(0, n) for n in shape)] if np.ndim(src) and shape else np.reshape(src, -1)


@op
def gather(x: Array, index: Array, *, dim: int) -> Array:
    """y[i, j] = x[index[i, j], j] for dim = 0."""
    if x.ndim == 0 or index.ndim == 0:
        return x.reshape(-1)[index.reshape(-1)].reshape(index.shape)
    if index.size == 0:
        return np.empty(index.shape, x.dtype)
    return x[_along(index, dim)]


def _combine(combine: Any, x: Array, index: Array, src: Array, dim: int) -> Array:
    """A copy of x with combine(y, place, values) applied."""
    y = np.array(x, order="C")
    if index.size:
        # A 0-dim array has a view of rank 1, so that writing to it reaches y.
        combine(y.reshape(-1) if y.ndim == 0 else y, _along(np.atleast_1d(index), dim), _part(src, index.shape))
    return y


def _put(y: Array, place: Any, values: Any) -> None:
    y[place] = values


def add_at(y: Array, place: Any, values: Any) -> None:
    """y[place] += values; repeated places add up, of bools as "or"."""
    (np.logical_or if y.dtype == np.bool_ else np.add).at(y, place, values)


@op
def scatter_add(x: Array, index: Array, src: Array, *, dim: int) -> Array:
    """x with src added at index: y[index[i, j], j] += src[i, j] for dim = 0. The transpose of gather."""
    return _combine(add_at, x, index, src, dim)


@op
def scatter(x: Array, index: Array, src: Array, *, dim: int) -> Array:
    """x with src written at index: y[index[i, j], j] = src[i, j] for dim = 0."""
    return _combine(_put, x, index, src, dim)


def _padded(values: Any, shape: Dims) -> Any:
    """Values with zeros after them, up to a shape."""
    for d, m in enumerate(shape):
        have = data_of(values).shape
        if have[d] != m:
            values = slice_backward(values, shape=(*have[:d], m, *have[d + 1 :]), dim=d, start=0, stop=have[d], step=1)
    return values


def _to_src(g: Any, src_shape: Dims, index: Any, dim: int) -> Any:
    """The gradient at the scattered places, padded with zeros to src's shape; the sum where src is a number."""
    picked = gather(g, index, dim=dim)
    return _padded(picked, src_shape) if len(src_shape) == data_of(index).ndim else picked


def _cleared(g: Any, index: Any, dim: int) -> Any:
    return scatter(g, data_of(index), zeros((), g), dim=dim)


def put_back(g: Any, index: Any, x_shape: Dims, dim: int) -> Any:
    """The rule of ops that give values of x and index, where along dim each stood: its gradient goes there."""
    return None if g[0] is None else scatter_add(zeros(x_shape, g[0]), index, g[0], dim=dim)


gather.derivative(x=lambda g, x_shape, index, dim: scatter_add(zeros(x_shape, g), data_of(index), g, dim=dim))
scatter_add.derivative(x=lambda g: g, src=lambda g, src_shape, index, dim: _to_src(g, src_shape, index, dim))
scatter.derivative(
    x=lambda g, index, dim: _cleared(g, index, dim),
    src=lambda g, src_shape, index, dim: _to_src(g, src_shape, index, dim),
)


# Scattering with a reduction ------------------------------------------------------------------------------

_UFUNCS: dict[str, Any] = {"sum": np.add, "prod": np.multiply, "mean": np.add, "amax": np.maximum, "amin": np.minimum}


def _neutral(reduce: str, dtype: Any) -> Any:
    """What a reduction starts from where the tensor's own element is left out."""
    if reduce in ("sum", "mean"):
        return 0
    if reduce == "prod":
        return 1
    if dtype.kind in "fV":
        return -np.inf if reduce == "amax" else np.inf
    if dtype == np.bool_:
        return reduce == "amin"
    return np.iinfo(dtype).min if reduce == "amax" else np.iinfo(dtype).max


def _counts(x_shape: Dims, index: Array, dim: int, include_self: bool, dtype: Any) -> Array:
    """How many values meet at each place; at least 1."""
    start = np.ones(x_shape, dtype) if include_self else np.zeros(x_shape, dtype)
    n: Array = scatter_add(start, index, np.ones(index.shape, dtype), dim=dim)
    return where(n == 0, np.ones((), dtype), n)


@op(node_name="ScatterReduceBackward0")
def scatter_reduce(x: Array, index: Array, src: Array, *, dim: int, reduce: str, include_self: bool) -> Array:
    """x reduced with the values of src that index sends to each place; untouched places keep x."""
    start = x
    if not include_self:
        start = _combine(_put, x, index, np.asarray(_neutral(reduce, x.dtype), x.dtype), dim)
    ufunc = np.logical_or if x.dtype == np.bool_ and reduce in ("sum", "mean") else _UFUNCS[reduce]
    y = _combine(ufunc.at, start, index, src, dim)
    if reduce == "mean":
        n = _counts(x.shape, index, dim, include_self, y.dtype)
        y = np.asarray(y / n if y.dtype.kind in "fVc" else y // n).astype(x.dtype)
    return y


@op(node_name="DelayedError")
def once_differentiable(x: Array, *, text: str) -> Array:
    """y = x, whose own gradient is not known: asking for it raises RuntimeError with this text."""
    return np.array(x)


def _refuse(g: Any, needs: Any, text: str) -> Any:
    raise RuntimeError(text)


once_differentiable.joint_derivative(_refuse)

_TWO_ZEROS = (
    "scatter_reduce(): Double backward is unsupported for src when >1 zeros in src are scattered to the same "
    "position in self"
)


def _product_gradients(g: Any, x: Any, index: Any, src: Any, out: Any, dim: int, include_self: bool) -> tuple[Any, Any]:
    """∂/∂x and ∂/∂src of a product: the product of the others, one zero at a place left out by hand."""

    def product(x: Any, src: Any) -> Any:
        return scatter_reduce(x, index, src, dim=dim, reduce="prod", include_self=include_self)

    safe_x = where(data_of(equal(x, 0)), ones_like(x), x)
    to_x = div(mul(g, product(safe_x, src)), safe_x)
    zero = data_of(equal(src, 0))
    met = gather(scatter_add(zeros_like(x), index, zero.astype(data_of(x).dtype), dim=dim), index, dim=dim)
    single = zero & (met == 1)
    without = product(x, where(single, ones_like(src), src))
    alone = gather(mul(g, without), index, dim=dim)
    shared = div(gather(mul(g, out), index, dim=dim), where(zero, ones_like(src), src))
    to_src = where(single, alone, shared)
    if (met > 1).any():
        to_src = once_differentiable(to_src, text=_TWO_ZEROS)
    return to_x, to_src


def _tie_gradients(g: Any, x: Any, index: Any, src: Any, out: Any, dim: int) -> tuple[Any, Any]:
    """Ties share the gradient of an extreme."""
    dtype = data_of(g).dtype
    own = data_of(equal(x, out))
    sent = data_of(equal(src, gather(data_of(out), index, dim=dim)))
    share = div(g, scatter_add(own.astype(dtype), index, sent.astype(dtype), dim=dim))
    return where(own, share, zeros_like(g)), where(sent, gather(share, index, dim=dim), zeros_like(src))


def _scatter_reduce_rule(
    g: Any, x: Any, index: Any, src: Any, out: Any, needs: Any, dim: int, reduce: str, include_self: bool
) -> Any:
    index, whole = data_of(index), data_of(src).shape
    for d, n in enumerate(index.shape):
        if n != data_of(src).shape[d]:
            src = part(src, dim=d, start=0, stop=n, step=1)
    if reduce == "prod":
        to_x, to_src = _product_gradients(g, x, index, src, out, dim, include_self)
    elif reduce in ("amax", "amin"):
        to_x, to_src = _tie_gradients(g, x, index, src, out, dim)
    else:
        to_x = g
        if reduce == "mean":
            to_x = div(g, _counts(data_of(x).shape, index, dim, include_self, data_of(x).dtype))
        to_src = gather(to_x, index, dim=dim)
    if not include_self:
        to_x = _cleared(to_x, index, dim)
    return to_x if needs[0] else None, None, _padded(to_src, whole) if needs[2] else None


scatter_reduce.joint_derivative(_scatter_reduce_rule)

index_reduce = scatter_reduce.renamed("IndexReduceBackward0")


@op(node_name="NotImplemented")
def scatter_combine(x: Array, index: Array, src: Array, *, dim: int, reduce: str) -> Array:
    """x with src added ("sum") or multiplied ("prod") at index. Its derivative is not known."""
    return _combine(_UFUNCS[reduce].at if x.dtype != np.bool_ else np.logical_or.at, x, index, src, dim)


lacks_derivative(scatter_combine, "scatter")
