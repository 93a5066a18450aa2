"""Running sums, products, extremes and log-sum-exps along one dimension."""

from __future__ import annotations

from typing import Any

import numpy as np

from refnn.autograd.op import Array, op
from refnn.ops._half import opmath, opmath_dtype
from refnn.ops.comparison import where
from refnn.ops.creation import conj, data_of, ones_like, zeros, zeros_like
from refnn.ops.gathering import scatter_add
from refnn.ops.pointwise import mul
from refnn.ops.reduction import sum
from refnn.ops.shape import Dims


def _accumulated(ufunc: np.ufunc, x: Array, dim: int, dtype: Any = None) -> Array:
    """The ufunc over each place and all before it; `dtype` where that is not x's."""
    if x.ndim == 0:
        return x.copy()
    dtype = dtype or x.dtype
    return ufunc.accumulate(opmath(x), dim, opmath_dtype(dtype)).astype(dtype, copy=False)


@op
def cumsum(x: Array, *, dim: int, dtype: Any = None) -> Array:
    """y_i = Σ_{j ≤ i} x_j."""
    return _accumulated(np.add, x, dim, dtype)


@op
def cumsum_reversed(x: Array, *, dim: int) -> Array:
    """y_i = Σ_{j ≥ i} x_j. The transpose of cumsum."""
    if x.ndim == 0:
        return x.copy()
    return np.flip(np.cumsum(np.flip(x, dim), dim), dim).copy()


cumsum.derivative(x=lambda g, dim: cumsum_reversed(g, dim=dim))
cumsum_reversed.derivative(x=lambda g, dim: cumsum(g, dim=dim))


@op
def cumprod(x: Array, *, dim: int, dtype: Any = None) -> Array:
    """y_i = ∏_{j ≤ i} x_j."""
    return _accumulated(np.multiply, x, dim, dtype)


def _cumprod_rule(g: Any, x: Any, dim: int) -> Any:
    """∂y_i/∂x_k = ∏_{j ≤ i, j ≠ k} x_j for k ≤ i: one k at a time, exact at zeros."""
    if data_of(x).ndim == 0:
        return g
    n = data_of(x).shape[dim]
    total: Any = zeros_like(x)
    shape = [1] * data_of(x).ndim
    shape[dim] = n
    for k in range(n):
        here = (np.arange(n) == k).reshape(shape)
        later = (np.arange(n) >= k).reshape(shape)
        without = cumprod(where(here, ones_like(x), x), dim=dim)
        slope = sum(where(later, mul(g, conj(without)), zeros_like(g)), dim=(dim,), keepdim=True)
        total = where(here, slope, total)
    return total


cumprod.derivative(x=_cumprod_rule)


def _running(x: Array, dim: int, better: Any) -> tuple[Array, Array]:
    """(running extremes, where each was last met). A NaN, once met, stays."""
    if x.ndim == 0:
        return x.copy(), np.zeros((), np.int64)
    moved = np.moveaxis(x, dim, 0)
    values, indices = moved.copy(), np.zeros(moved.shape, np.int64)
    for i in range(1, len(moved)):  # each step needs the one before
        new = better(moved[i], values[i - 1])
        if x.dtype.kind == "f":
            new = (new & ~np.isnan(values[i - 1])) | np.isnan(moved[i])
        values[i] = np.where(new, moved[i], values[i - 1])
        indices[i] = np.where(new, i, indices[i - 1])
    return np.ascontiguousarray(np.moveaxis(values, 0, dim)), np.ascontiguousarray(np.moveaxis(indices, 0, dim))


@op
def cummax(x: Array, *, dim: int) -> tuple[Array, Array]:
    """y_i = max_{j ≤ i} x_j, and the last j at which it was reached."""
    return _running(x, dim, np.greater_equal)


@op
def cummin(x: Array, *, dim: int) -> tuple[Array, Array]:
    """y_i = min_{j ≤ i} x_j, and the last j at which it was reached."""
    return _running(x, dim, np.less_equal)


def _running_rule(g: Any, out: Any, x_shape: Dims, dim: int) -> Any:
    return None if g[0] is None else scatter_add(zeros(x_shape, g[0]), data_of(out[1]), g[0], dim=dim)


cummax.derivative(x=_running_rule)
cummin.derivative(x=_running_rule)


@op
def logcumsumexp(x: Array, *, dim: int) -> Array:
    """y_i = ln Σ_{j ≤ i} e^{x_j}, shifted by the larger of two terms at each step."""
    return _accumulated(np.logaddexp, x, dim)


def _share(x: Array, y: Array) -> Array:
    """e^{x − y}: how much of y's sum is x's; nothing where both are −∞."""
    with np.errstate(invalid="ignore"):
        return np.where(np.isneginf(x) & np.isneginf(y), np.zeros((), x.dtype), np.exp(x - y))


@op
def logcumsumexp_backward(dy: Array, x: Array, y: Array, *, dim: int) -> Array:
    """dx_k = Σ_{i ≥ k} dy_i e^{x_k − y_i}, with one shift for each k: the terms are at most |dy|."""
    if x.ndim == 0:
        return dy.copy()
    dx = np.empty_like(x)
    rows, xs, ys, out = (np.moveaxis(a, dim, 0) for a in (dy, x, y, dx))
    for k in range(len(xs)):
        out[k] = np.sum(rows[k:] * _share(xs[k], ys[k:]), 0)
    return dx


@op
def logcumsumexp_weighted(v: Array, x: Array, y: Array, *, dim: int) -> Array:
    """z_i = Σ_{k ≤ i} v_k e^{x_k − y_i}. The transpose of logcumsumexp_backward, in dy."""
    if x.ndim == 0:
        return v.copy()
    z = np.empty_like(x)
    vs, xs, ys, out = (np.moveaxis(a, dim, 0) for a in (v, x, y, z))
    for i in range(len(xs)):
        out[i] = np.sum(vs[: i + 1] * _share(xs[: i + 1], ys[i]), 0)
    return z


logcumsumexp.derivative(x=lambda g, x, out, dim: logcumsumexp_backward(g, x, out, dim=dim))
logcumsumexp_backward.derivative(
    dy=lambda g, x, y, dim: logcumsumexp_weighted(g, x, y, dim=dim),
    x=lambda g, out: mul(g, out),
    y=lambda g, dy, x, y, dim: -mul(dy, logcumsumexp_weighted(g, x, y, dim=dim)),
)
logcumsumexp_weighted.derivative(
    v=lambda g, x, y, dim: logcumsumexp_backward(g, x, y, dim=dim),
    x=lambda g, v, x, y, dim: mul(v, logcumsumexp_backward(g, x, y, dim=dim)),
    y=lambda g, out: -mul(g, out),
)

cummax.refuses("cummax_cpu", "cU")
cummin.refuses("cummin_cpu", "cU")
