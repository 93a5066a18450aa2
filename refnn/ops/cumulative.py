"""Running sums, extremes and log-sum-exps along one dimension."""

from __future__ import annotations

from typing import Any

import numpy as np

from refnn.autograd.op import Array, op
from refnn.ops._half import opmath, opmath_dtype
from refnn.ops.bivariate import logaddexp
from refnn.ops.creation import conj
from refnn.ops.gathering import put_back
from refnn.ops.pointwise import mul


def accumulated(ufunc: np.ufunc, x: Array, dim: int, dtype: Any = None) -> Array:
    """The ufunc over each place and all before it; `dtype` where that is not x's."""
    if x.ndim == 0:
        return x.copy()
    dtype = dtype or x.dtype
    return ufunc.accumulate(opmath(x), dim, opmath_dtype(dtype)).astype(dtype, order="C", copy=False)


@op
def cumsum(x: Array, *, dim: int, dtype: Any = None) -> Array:
    """y_i = Σ_{j ≤ i} x_j."""
    return accumulated(np.add, x, dim, dtype)


@op
def cumsum_reversed(x: Array, *, dim: int) -> Array:
    """y_i = Σ_{j ≥ i} x_j. The transpose of cumsum."""
    if x.ndim == 0:
        return x.copy()
    return np.flip(np.cumsum(np.flip(x, dim), dim), dim).copy()


cumsum.derivative(x=lambda g, dim: cumsum_reversed(g, dim=dim))
cumsum_reversed.derivative(x=lambda g, dim: cumsum(g, dim=dim))


def _running(x: Array, dim: int, better: Any) -> tuple[Array, Array]:
    """(running extremes, where each was last met). A NaN, once met, stays."""
    if x.ndim == 0:
        return x.copy(), np.zeros((), np.int64)
    moved = np.moveaxis(x, dim, 0)
    values, indices = moved.copy(), np.zeros(moved.shape, np.int64)
    for i in range(1, len(moved)):  # each step needs the one before
        new = better(moved[i], values[i - 1])
        if x.dtype.kind in "fV":
            new = (new & ~np.isnan(values[i - 1])) | np.isnan(moved[i])
        values[i] = np.where(new, moved[i], values[i - 1])
        indices[i] = np.where(new, i, indices[i - 1])
    return np.ascontiguousarray(np.moveaxis(values, 0, dim)), np.ascontiguousarray(np.moveaxis(indices, 0, dim))


@op(results=("values", "index"))
def cummax(x: Array, *, dim: int) -> tuple[Array, Array]:
    """y_i = max_{j ≤ i} x_j, and the last j at which it was reached."""
    return _running(x, dim, np.greater_equal)


@op(results=("values", "index"))
def cummin(x: Array, *, dim: int) -> tuple[Array, Array]:
    """y_i = min_{j ≤ i} x_j, and the last j at which it was reached."""
    return _running(x, dim, np.less_equal)


cummax.derivative(x=put_back)
cummin.derivative(x=put_back)


@op
def logcumsumexp(x: Array, *, dim: int) -> Array:
    """y_i = ln Σ_{j ≤ i} e^{x_j}, shifted by the larger of two terms at each step."""
    if x.dtype.kind != "c":
        return accumulated(np.logaddexp, x, dim)
    y = x.copy()
    rows = np.moveaxis(np.atleast_1d(y), dim, 0)
    for i in range(1, len(rows)):  # each step needs the one before
        rows[i : i + 1] = logaddexp.kernel(rows[i - 1 : i], rows[i : i + 1])
    return y


@op
def logcumsumexp_backward(dy: Array, x: Array, y: Array, *, dim: int) -> Array:
    """dx_k = Σ_{i ≥ k} dy_i e^{x_k − y_i}, with one shift for each k: the terms are at most |dy|."""
    if x.ndim == 0:
        return dy.copy()
    dx = np.empty_like(x)
    rows, xs, ys, out = (np.moveaxis(a, dim, 0) for a in (dy, x, y, dx))
    for k in range(len(xs)):
        out[k] = np.sum(rows[k:] * np.exp(xs[k] - ys[k:]), 0)
    return dx


@op
def logcumsumexp_weighted(v: Array, x: Array, y: Array, *, dim: int) -> Array:
    """z_i = Σ_{k ≤ i} v_k e^{x_k − y_i}. The transpose of logcumsumexp_backward, in dy."""
    if x.ndim == 0:
        return v.copy()
    z = np.empty_like(x)
    vs, xs, ys, out = (np.moveaxis(a, dim, 0) for a in (v, x, y, z))
    for i in range(len(xs)):
        out[i] = np.sum(vs[: i + 1] * np.exp(xs[: i + 1] - ys[i]), 0)
    return z


def _backward(g: Any, x: Any, y: Any, dim: int) -> Any:
    return logcumsumexp_backward(g, conj(x), conj(y), dim=dim)


def _weighted(g: Any, x: Any, y: Any, dim: int) -> Any:
    return logcumsumexp_weighted(g, conj(x), conj(y), dim=dim)


logcumsumexp.derivative(x=lambda g, x, out, dim: _backward(g, x, out, dim))
logcumsumexp_backward.derivative(
    dy=_weighted,
    x=lambda g, out: mul(g, conj(out)),
    y=lambda g, dy, x, y, dim: -mul(conj(dy), _weighted(g, x, y, dim)),
)
logcumsumexp_weighted.derivative(
    v=_backward,
    x=lambda g, v, x, y, dim: mul(conj(v), _backward(g, x, y, dim)),
    y=lambda g, out: -mul(g, conj(out)),
)

cummax.refuses("cummax_cpu", "cU")
cummin.refuses("cummin_cpu", "cU")
