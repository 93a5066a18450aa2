"""Sums, means, products, extremes. `dim` is a tuple of non-negative dimensions; functions bring it to that form."""

from __future__ import annotations

from typing import Any

import numpy as np

from refnn.autograd.op import Array, op
from refnn.ops._half import is_half
from refnn.ops.comparison import equal, isnan, where
from refnn.ops.creation import data_of, zeros
from refnn.ops.gathering import put_back
from refnn.ops.pointwise import div
from refnn.ops.shape import Dims, expand, unsqueeze_dims

_add_up: Any = np.add.reduce  # np.sum without its wrapper, which costs more than a small sum


def restored(g: Any, dim: Dims | None, keepdim: bool) -> Any:
    """What a reduction gave with its dimensions put back, of length 1."""
    return g if dim is None or keepdim or not dim else unsqueeze_dims(g, dim)


def _spread(g: Any, shape: Dims, dim: Dims | None, keepdim: bool) -> Any:
    """A reduced gradient over the input's shape."""
    return expand(restored(g, dim, keepdim), shape=shape)


def numbered(name: str) -> Any:
    """torch names a reduction of everything …0 and one over given dimensions …1."""
    return lambda meta: f"{name}Backward{0 if meta['dim'] is None else 1}"


@op(node_name=numbered("Sum"))
def sum(x: Array, *, dim: Dims | None, keepdim: bool, dtype: Any = None) -> Array:
    """y = Σ x over dim, pairwise."""
    if is_half(x.dtype) and dtype is None:
        return np.sum(x, dim, dtype=np.float32, keepdims=keepdim).astype(x.dtype)
    return np.asarray(_add_up(x, dim, dtype=dtype or x.dtype, keepdims=keepdim), order="C")


@op
def sum_to(x: Array, *, shape: Dims) -> Array:
    """x summed over the dimensions in which `shape` was broadcast to x's. The transpose of expand."""
    extra = x.ndim - len(shape)
    dims = tuple(range(extra)) + tuple(
        d for d in range(extra, x.ndim) if shape[d - extra] == 1 and x.shape[d] != 1
    )  # fmt: skip
    if not dims:
        return x.reshape(shape)
    total = np.sum(x, dims, dtype=np.float32).astype(x.dtype) if is_half(x.dtype) else _add_up(x, dims)
    return total.reshape(shape)


@op(node_name=numbered("Mean"))
def mean(x: Array, *, dim: Dims | None, keepdim: bool) -> Array:
    """y = Σ x / n over dim."""
    if is_half(x.dtype):
        total = np.asarray(_add_up(x, dim, dtype=np.float32, keepdims=keepdim))
        return (total / np.float32(count(x.shape, dim))).astype(x.dtype)
    return np.asarray(_add_up(x, dim, keepdims=keepdim) / count(x.shape, dim)).astype(x.dtype, order="C", copy=False)


def count(shape: Dims, dim: Dims | None) -> int:
    """How many elements a reduction over dim takes together."""
    n = 1
    for d in range(len(shape)) if dim is None else dim:
        n *= shape[d]
    return n


sum.derivative(x=lambda g, x_shape, dim, keepdim: _spread(g, x_shape, dim, keepdim))
sum_to.derivative(x=lambda g, x_shape: expand(g, shape=x_shape))
mean.derivative(
    x=lambda g, x_shape, dim, keepdim: (
        _spread(g / count(x_shape, dim), x_shape, dim, keepdim) if count(x_shape, dim) else zeros(x_shape, g)
    )
)
expand.derivative(x=lambda g, x_shape: sum_to(g, shape=x_shape))


# Extremes -----------------------------------------------------------------------------------------------


@op
def amax(x: Array, *, dim: Dims, keepdim: bool) -> Array:
    """y = max x over dim. Ties share the gradient."""
    return np.asarray(np.max(x, dim, keepdims=keepdim), order="C")


@op
def amin(x: Array, *, dim: Dims, keepdim: bool) -> Array:
    """y = min x over dim. Ties share the gradient."""
    return np.asarray(np.min(x, dim, keepdims=keepdim), order="C")


@op
def aminmax(x: Array, *, dim: Dims, keepdim: bool) -> tuple[Array, Array]:
    """(min x, max x) over dim. Ties share the gradient."""
    return amin.kernel(x, dim=dim, keepdim=keepdim), amax.kernel(x, dim=dim, keepdim=keepdim)


@op(node_name="MaxBackward1")
def max_all(x: Array) -> Array:
    """y = max x over everything. Ties share the gradient, and so do NaNs."""
    return np.max(x)


@op(node_name="MinBackward1")
def min_all(x: Array) -> Array:
    """y = min x over everything. Ties share the gradient, and so do NaNs."""
    return np.min(x)


@op(node_name=lambda meta: f"{meta['name'].capitalize()}Backward0")
def median_all(x: Array, *, name: str) -> Array:
    """The lower of the middle elements; NaN if there is one, or where NaNs are passed over, of the rest.

    Ties share the gradient, and so do NaNs.
    """
    flat = x.reshape(-1)
    if x.size == 0:
        return np.asarray(np.nan if x.dtype.kind in "fV" else np.iinfo(x.dtype).min, x.dtype)
    if x.dtype.kind in "fV":
        missing = np.isnan(flat)
        if missing.all() or (missing.any() and name == "median"):
            return np.asarray(np.nan, x.dtype)
        flat = flat[~missing]
    place = (flat.size - 1) // 2
    return np.partition(flat, place)[place]


def _ties(x: Any, out: Any) -> Any:
    """Where x is the extreme; every NaN where that is NaN."""
    chosen = data_of(equal(x, out))
    return chosen | (data_of(isnan(x)) & data_of(isnan(out))) if data_of(x).dtype.kind in "fV" else chosen


def _shared(g: Any, chosen: Any, dim: Dims) -> Any:
    """A gradient divided among the chosen."""
    share = div(g, sum(chosen.astype(data_of(g).dtype), dim=dim, keepdim=True))
    return where(chosen, share, share * 0)


def _extreme_rule(g: Any, x: Any, out: Any, dim: Dims, keepdim: bool) -> Any:
    """A NaN is equal to nothing: all gradients are then 0 / 0."""
    return _shared(restored(g, dim, keepdim), data_of(equal(x, restored(out, dim, keepdim))), dim)


def _aminmax_rule(g: Any, x: Any, out: Any, dim: Dims, keepdim: bool) -> Any:
    parts = [_extreme_rule(gi, x, y, dim, keepdim) for gi, y in zip(g, out, strict=True) if gi is not None]
    return parts[0] if len(parts) == 1 else parts[0] + parts[1]


def _all_rule(g: Any, x: Any, out: Any) -> Any:
    return _shared(g, _ties(x, out), tuple(range(data_of(x).ndim)))


amax.derivative(x=_extreme_rule)
amin.derivative(x=_extreme_rule)
aminmax.derivative(x=_aminmax_rule)
max_all.derivative(x=_all_rule)
min_all.derivative(x=_all_rule)
median_all.derivative(x=_all_rule)


def _extreme(x: Array, dim: int, keepdim: bool, find: Any) -> tuple[Array, Array]:
    """(the extreme, its first index); a NaN is the extreme (argmax and argmin agree with torch there)."""
    if x.ndim == 0:
        return x.copy(), np.zeros((), np.int64)
    wide = find(x, axis=dim, keepdims=True)
    values = np.take_along_axis(x, wide, dim)
    return (values, wide) if keepdim else (values.squeeze(dim), wide.squeeze(dim))


@op(node_name="MaxBackward0", results=("values", "index"))
def max_dim(x: Array, *, dim: int, keepdim: bool) -> tuple[Array, Array]:
    """(max, its first index) over one dimension. One index takes the gradient."""
    return _extreme(x, dim, keepdim, np.argmax)


@op(node_name="MinBackward0", results=("values", "index"))
def min_dim(x: Array, *, dim: int, keepdim: bool) -> tuple[Array, Array]:
    """(min, its first index) over one dimension. One index takes the gradient."""
    return _extreme(x, dim, keepdim, np.argmin)


def pick_rule(g: Any, index: Any, x_shape: Dims, dim: int, keepdim: bool) -> Any:
    """put_back, where the dimension may be gone."""
    if not keepdim and x_shape and g[0] is not None:
        g, index = [unsqueeze_dims(g[0], (dim,))], unsqueeze_dims(index, (dim,))
    return put_back(g, index, x_shape, dim)


max_dim.derivative(x=pick_rule)
min_dim.derivative(x=pick_rule)


@op
def argmax(x: Array, *, dim: int | None, keepdim: bool) -> Array:
    """The index of the first maximum."""
    return np.argmax(x, dim, keepdims=keepdim)


@op
def argmin(x: Array, *, dim: int | None, keepdim: bool) -> Array:
    """The index of the first minimum."""
    return np.argmin(x, dim, keepdims=keepdim)


@op
def any(x: Array, *, dim: Dims, keepdim: bool) -> Array:
    """Whether some element is true."""
    return np.asarray(np.any(x, dim, keepdims=keepdim), order="C")


@op
def all(x: Array, *, dim: Dims, keepdim: bool) -> Array:
    """Whether every element is true."""
    return np.asarray(np.all(x, dim, keepdims=keepdim), order="C")


max_all.refuses("max_all", "U")
min_all.refuses("min_all", "U")
amax.refuses("max_values_cpu", "U")
amin.refuses("min_values_cpu", "U")
aminmax.refuses("aminmax_cpu", "U")
argmax.refuses("argmax_cpu", "U")
argmin.refuses("argmin_cpu", "U")
median_all.refuses("median_cpu", "U")
