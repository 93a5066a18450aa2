"""Reductions. `dim` is a tuple of non-negative dimensions; functions bring it to that form."""

from __future__ import annotations

from typing import Any

import numpy as np

from refnn.autograd.op import Array, op
from refnn.ops.creation import conj, data_of, zeros, zeros_like
from refnn.ops.comparison import equal, isnan, where
from refnn.ops.shape import expand, scatter_add, unsqueeze_dims

Dims = tuple[int, ...]
_add_up: Any = np.add.reduce  # np.sum without its wrapper, which costs more than a small sum


def _restore(g: Any, shape: Dims, dim: Dims | None, keepdim: bool) -> Any:
    """A reduced gradient with its dimensions put back, spread over the input's shape."""
    if dim is not None and not keepdim:
        g = unsqueeze_dims(g, dim)
    return expand(g, shape=shape)


def _numbered(name: str) -> Any:
    """torch names a reduction of everything …0 and one over given dimensions …1."""
    return lambda meta: f"{name}Backward{0 if meta['dim'] is None else 1}"


@op(node_name=_numbered("Sum"))
def sum(x: Array, *, dim: Dims | None, keepdim: bool, dtype: Any = None) -> Array:
    """y = Σ x over dim, pairwise."""
    if x.dtype == np.float16 and dtype is None:
        return np.sum(x, dim, dtype=np.float32, keepdims=keepdim).astype(x.dtype)
    return _add_up(x, dim, dtype=dtype, keepdims=keepdim)


@op
def sum_to(x: Array, *, shape: Dims) -> Array:
    """x summed over the dimensions in which `shape` was broadcast to x's. The transpose of expand."""
    extra = x.ndim - len(shape)
    dims = tuple(range(extra)) + tuple(
        d for d in range(extra, x.ndim) if shape[d - extra] == 1 and x.shape[d] != 1
    )  # fmt: skip
    return _add_up(x, dims).reshape(shape) if dims else x.reshape(shape)


@op(node_name=_numbered("Mean"))
def mean(x: Array, *, dim: Dims | None, keepdim: bool) -> Array:
    """y = Σ x / n over dim."""
    if x.dtype == np.float16:
        return np.mean(x, dim, dtype=np.float32, keepdims=keepdim).astype(x.dtype)
    return np.asarray(_add_up(x, dim, keepdims=keepdim) / _count(x.shape, dim)).astype(x.dtype, copy=False)


def _count(shape: Dims, dim: Dims | None) -> int:
    n = 1
    for d in range(len(shape)) if dim is None else dim:
        n *= shape[d]
    return n


sum.derivative(x=lambda g, x_shape, dim, keepdim: _restore(g, x_shape, dim, keepdim))
sum_to.derivative(x=lambda g, x_shape: expand(g, shape=x_shape))
mean.derivative(
    x=lambda g, x_shape, dim, keepdim: (
        _restore(g / _count(x_shape, dim), x_shape, dim, keepdim) if _count(x_shape, dim) else zeros(x_shape, g)
    )
)
expand.derivative(x=lambda g, x_shape: sum_to(g, shape=x_shape))


@op
def prod(x: Array, *, dim: int, keepdim: bool, dtype: Any = None) -> Array:
    """y = ∏ x over one dimension."""
    return np.prod(x, dim, dtype=dtype, keepdims=keepdim)


@op
def prod_others(x: Array, *, dim: int) -> Array:
    """y_i = ∏_{j ≠ i} x_j: products from both ends, so that zeros need no division."""
    moved = np.moveaxis(x, dim, 0)
    left, right = np.ones_like(moved), np.ones_like(moved)
    np.cumprod(moved[:-1], 0, out=left[1:])
    right[:-1] = np.cumprod(moved[:0:-1], 0)[::-1]
    return np.moveaxis(left * right, 0, dim)


def _prod_rule(g: Any, x: Any, dim: int, keepdim: bool) -> Any:
    g = g if keepdim else unsqueeze_dims(g, (dim,))
    return g * conj(prod_others(x, dim=dim))


def _prod_others_rule(g: Any, x: Any, dim: int) -> Any:
    """∂/∂x_k Σ_i g_i ∏_{j≠i} x_j = Σ_{i≠k} g_i ∏_{j≠i,k} x_j, one left-out element at a time."""
    n = data_of(x).shape[dim]
    total = None
    for i in range(n):
        keep = np.arange(n) != i
        shape = [1] * data_of(x).ndim
        shape[dim] = n
        mask = keep.reshape(shape)
        others = prod_others(where(mask, x, np.ones((), data_of(x).dtype)), dim=dim)
        gi = sum(where(mask, zeros_like(g), g), dim=(dim,), keepdim=True)
        part = where(mask, gi * others, zeros_like(x))
        total = part if total is None else total + part
    return zeros_like(x) if total is None else total


prod.derivative(x=_prod_rule)
prod_others.derivative(x=_prod_others_rule)


# Extremes -----------------------------------------------------------------------------------------------


@op
def amax(x: Array, *, dim: Dims, keepdim: bool) -> Array:
    """y = max x over dim. Ties share the gradient."""
    return np.max(x, dim, keepdims=keepdim)


@op
def amin(x: Array, *, dim: Dims, keepdim: bool) -> Array:
    """y = min x over dim. Ties share the gradient."""
    return np.min(x, dim, keepdims=keepdim)


def _shared(g: Any, x: Any, out: Any, dim: Dims, keepdim: bool) -> Any:
    g, out = (g, out) if keepdim else (unsqueeze_dims(g, dim), unsqueeze_dims(out, dim))
    chosen = data_of(equal(x, out))
    if data_of(x).dtype.kind == "f":
        chosen = chosen | isnan(data_of(x))
    return where(chosen, g / np.sum(chosen, dim, keepdims=True).astype(data_of(g).dtype), zeros_like(g))


amax.derivative(x=_shared)
amin.derivative(x=_shared)


def _index_of(x: Array, dim: int, find: Any) -> Array:
    """The first index of the extreme; a NaN is the extreme (argmax and argmin agree with torch there)."""
    return np.asarray(find(x, axis=dim)).astype(np.int64)


@op(node_name="MaxBackward0")
def max_dim(x: Array, *, dim: int, keepdim: bool) -> tuple[Array, Array]:
    """(max, its first index) over one dimension. One index takes the gradient."""
    return _extreme(x, _index_of(x, dim, np.argmax), dim, keepdim)


@op(node_name="MinBackward0")
def min_dim(x: Array, *, dim: int, keepdim: bool) -> tuple[Array, Array]:
    """(min, its first index) over one dimension. One index takes the gradient."""
    return _extreme(x, _index_of(x, dim, np.argmin), dim, keepdim)


def _extreme(x: Array, index: Array, dim: int, keepdim: bool) -> tuple[Array, Array]:
    wide = np.expand_dims(index, dim)
    values = np.take_along_axis(x, wide, dim)
    return (values, wide) if keepdim else (values.squeeze(dim), index)


def pick_rule(g: Any, out: Any, x_shape: Dims, dim: int, keepdim: bool) -> Any:
    """The gradient of values that were picked along a dimension goes to their places."""
    values, index = g[0], data_of(out[1])
    if values is None:
        return None
    if not keepdim:
        values, index = unsqueeze_dims(values, (dim,)), np.expand_dims(index, dim)
    return scatter_add(zeros(x_shape, values), index, values, dim=dim)


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
    return np.any(x, dim, keepdims=keepdim)


@op
def all(x: Array, *, dim: Dims, keepdim: bool) -> Array:
    """Whether every element is true."""
    return np.all(x, dim, keepdims=keepdim)


# Spread and norms ---------------------------------------------------------------------------------------


@op
def var(x: Array, *, dim: Dims, correction: float, keepdim: bool) -> Array:
    """y = Σ (x − x̄)² / (n − correction), in two passes."""
    wide: Any = np.float32 if x.dtype == np.float16 else x.dtype
    centred = x - np.mean(x, dim, keepdims=True, dtype=wide)
    total = np.sum(np.square(np.abs(centred)), dim, keepdims=keepdim)
    return (
        np.asarray(total / np.maximum(_count(x.shape, dim) - correction, 0))
        .astype(total.dtype)
        .astype(x.real.dtype, copy=False)
    )


def _var_rule(g: Any, x: Any, dim: Dims, correction: float, keepdim: bool) -> Any:
    g = g if keepdim else unsqueeze_dims(g, dim)
    n = _count(data_of(x).shape, dim)
    return g * (x - mean(x, dim=dim, keepdim=True)) * (2 / (n - correction) if n > correction else float("nan"))


var.derivative(x=_var_rule)


@op
def std(x: Array, *, dim: Dims, correction: float, keepdim: bool) -> Array:
    """y = √var. The gradient where y is 0 is 0."""
    return np.sqrt(var.kernel(x, dim=dim, correction=correction, keepdim=keepdim))


def _std_rule(g: Any, x: Any, out: Any, dim: Dims, correction: float, keepdim: bool) -> Any:
    half = where(equal(out, 0), zeros_like(out), g / (2 * out))
    return _var_rule(half, x, dim, correction, keepdim)


std.derivative(x=_std_rule)


@op
def logsumexp(x: Array, *, dim: Dims, keepdim: bool) -> Array:
    """y = ln Σ eˣ, shifted by the maximum."""
    top = np.max(x, dim, keepdims=True, initial=-np.inf)
    top = np.where(np.isinf(top), np.zeros((), x.dtype), top)
    y = np.log(np.sum(np.exp(x - top), dim, keepdims=True)) + top
    return y if keepdim else np.squeeze(y, dim)


def _logsumexp_rule(g: Any, x: Any, out: Any, dim: Dims, keepdim: bool) -> Any:
    from refnn.ops.elementary import exp

    g, out = (g, out) if keepdim else (unsqueeze_dims(g, dim), unsqueeze_dims(out, dim))
    return g * exp(x - out)


logsumexp.derivative(x=_logsumexp_rule)


@op(node_name="LinalgVectorNormBackward0")
def norm(x: Array, *, p: float, dim: Dims, keepdim: bool) -> Array:
    """y = (Σ |x|ᵖ)^(1/p); max |x| for p = ∞, min |x| for −∞, the count of nonzeros for 0."""
    size = np.abs(x)
    if p == 2:
        return np.sqrt(np.sum(size * size, dim, keepdims=keepdim))
    if p == 1:
        return np.sum(size, dim, keepdims=keepdim)
    if p == 0:
        return np.sum(size != 0, dim, keepdims=keepdim).astype(size.dtype)
    if p == np.inf:
        return np.max(size, dim, keepdims=keepdim, initial=0)
    if p == -np.inf:
        return np.min(size, dim, keepdims=keepdim)
    return np.power(np.sum(np.power(size, p), dim, keepdims=keepdim), 1 / p)


def _norm_rule(g: Any, x: Any, out: Any, p: float, dim: Dims, keepdim: bool) -> Any:
    """g sign(x) (|x| / y)ᵖ⁻¹, and 0 where y is 0."""
    from refnn.ops.elementary import abs, sgn

    if p == 0:
        return zeros_like(x)
    g, out = (g, out) if keepdim else (unsqueeze_dims(g, dim), unsqueeze_dims(out, dim))
    if p == 1:
        return g * sgn(x)
    if p in (np.inf, -np.inf):
        chosen = data_of(equal(abs(x), out))
        count = np.sum(chosen, dim, keepdims=True).astype(data_of(g).dtype)
        return where(chosen, g * sgn(x) / count, zeros_like(x))
    zero = equal(out, 0)
    safe = where(zero, np.ones((), data_of(out).dtype), out)
    slope = x / safe if p == 2 else sgn(x) * abs(x) ** (p - 1) / safe ** (p - 1)
    return where(zero, zeros_like(x), g * slope)


norm.derivative(x=_norm_rule)


# Running sums, order ------------------------------------------------------------------------------------


@op
def cumsum(x: Array, *, dim: int, dtype: Any = None) -> Array:
    """y_i = Σ_{j ≤ i} x_j."""
    return np.cumsum(x, dim, dtype=dtype)


@op
def cumsum_reversed(x: Array, *, dim: int) -> Array:
    """y_i = Σ_{j ≥ i} x_j. The transpose of cumsum."""
    return np.flip(np.cumsum(np.flip(x, dim), dim), dim).copy()


cumsum.derivative(x=lambda g, dim: cumsum_reversed(g, dim=dim))
cumsum_reversed.derivative(x=lambda g, dim: cumsum(g, dim=dim))


@op
def cumprod(x: Array, *, dim: int, dtype: Any = None) -> Array:
    """y_i = ∏_{j ≤ i} x_j."""
    return np.cumprod(x, dim, dtype=dtype)


def _cumprod_rule(g: Any, x: Any, dim: int) -> Any:
    """∂y_i/∂x_k = ∏_{j ≤ i, j ≠ k} x_j for k ≤ i: one k at a time, exact at zeros."""
    n = data_of(x).shape[dim]
    total = None
    for k in range(n):
        shape = [1] * data_of(x).ndim
        shape[dim] = n
        here = (np.arange(n) == k).reshape(shape)
        without = cumprod(where(here, np.ones((), data_of(x).dtype), x), dim=dim)
        later = (np.arange(n) >= k).reshape(shape)
        slope = sum(where(later, g * conj(without), zeros_like(g)), dim=(dim,), keepdim=True)
        part = where(here, slope, zeros_like(x))
        total = part if total is None else total + part
    return zeros_like(x) if total is None else total


cumprod.derivative(x=_cumprod_rule)


@op
def sort(x: Array, *, dim: int, descending: bool, stable: bool) -> tuple[Array, Array]:
    """(x in order, where each value stood). NaN counts as the largest; equal values keep their order."""
    order = _order(x, dim, descending)
    return np.take_along_axis(x, order, dim), order


def _order(x: Array, dim: int, descending: bool) -> Array:
    if not descending:
        return np.argsort(x, dim, kind="stable")
    flipped = np.argsort(np.flip(x, dim), dim, kind="stable")
    return np.asarray(x.shape[dim] - 1 - np.flip(flipped, dim))


sort.derivative(
    x=lambda g, out, x_shape, dim: (
        None if g[0] is None else scatter_add(zeros(x_shape, g[0]), data_of(out[1]), g[0], dim=dim)
    )
)


@op
def topk(x: Array, *, k: int, dim: int, largest: bool) -> tuple[Array, Array]:
    """(the k largest or smallest in order, where they stood)."""
    order = np.take(_order(x, dim, largest), range(k), dim)
    return np.take_along_axis(x, order, dim), order


@op
def kth(x: Array, *, position: Any, dim: int, keepdim: bool) -> tuple[Array, Array]:
    """(the value at a position of the sorted order, its index): what median and kthvalue pick."""
    order = np.take(_order(x, dim, False), [position], dim)
    values = np.take_along_axis(x, order, dim)
    return (values, order) if keepdim else (values.squeeze(dim), order.squeeze(dim))


topk.derivative(
    x=lambda g, out, x_shape, dim: (
        None if g[0] is None else scatter_add(zeros(x_shape, g[0]), data_of(out[1]), g[0], dim=dim)
    )
)
kth.derivative(x=pick_rule)
