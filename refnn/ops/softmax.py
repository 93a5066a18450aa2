"""Softmax and its logarithm along one dimension."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from refnn.autograd.op import Array, op
from refnn.ops import _threads, _workspace
from refnn.ops._constants import ones
from refnn.ops._half import opmath
from refnn.ops.elementary import exp
from refnn.ops.reduction import sum as sum_over

__all__ = ["RATE", "largest", "log_softmax", "softmax", "softmax_backward"]

_LARGE = 1 << 14  # elements
_SHORT = 32  # of rows: up to here a copy with the columns first is 2 to 10 times quicker to compare
_LONG = 1024  # of rows: up to here argmax, which NumPy vectorises along a row, is 1.3 to 4 times quicker than max
RATE = 700.0  # elements in a µs of one thread, about


def _along_rows(x: Array, dim: int) -> bool:
    return dim == x.ndim - 1 and x.flags.c_contiguous


def _sum(x: Array, dim: int) -> Array:
    """Σ over one dimension, which stays with length 1. Along rows as a product with ones: BLAS is quicker."""
    if _along_rows(x, dim) and x.size:
        total = x.reshape(-1, x.shape[dim]).dot(ones(x.shape[dim], x.dtype))
        return total.reshape(*x.shape[:-1], 1)
    return np.add.reduce(x, dim, keepdims=True)


def _sum_of_products(x: Array, y: Array, dim: int) -> Array:
    """Σ x y over one dimension, which stays with length 1."""
    if _along_rows(x, dim) and _along_rows(y, dim):
        return np.asarray(np.vecdot(y, x))[..., None]
    return np.add.reduce(x * y, dim, keepdims=True)


def largest(x: Array, dim: int) -> Array:
    """max over one dimension, which stays with length 1; NaN where there is one."""
    n = x.shape[dim]
    if not _along_rows(x, dim) or n > _LONG:
        return np.maximum.reduce(x, dim, keepdims=True)
    rows = x.reshape(-1, n)
    if n <= _SHORT:
        top = np.maximum.reduce(rows.T.copy(), 0)
    else:
        top = x.reshape(-1)[rows.argmax(1) + np.arange(0, rows.size, n)]
    return np.asarray(top).reshape(*x.shape[:-1], 1)


def _in_parts(kernel: Callable[..., Any], dim: int, *arrays: Array) -> Array:
    """kernel(*arrays, out) of what is computed along `dim`: parts of the first dimension are dealt out to threads."""
    out = _workspace.lend_like(arrays[0])
    time = out.size / RATE
    if dim == 0 or time < 2 * _threads.LEAST:
        with _threads.owning(time):
            kernel(*arrays, out)
    else:
        _threads.deal_range(len(out), lambda part: kernel(*[a[part] for a in (*arrays, out)]), time)
    return out


def _is_moderate(x: Array) -> bool:
    """Whether e^x and sums of it neither overflow nor lose digits: then there is no need to subtract the maximum of
    each row, and of a large x to find it takes longer than the exponentials. False for NaN and infinities.

    (Logarithms of the sums would lose digits where they are near 0.)
    """
    bound = 600 if x.dtype.itemsize == 8 else 60
    return x.size >= _LARGE and bool(np.maximum.reduce(x, None) <= bound and np.minimum.reduce(x, None) >= -bound)


@op
def softmax(x: Array, *, dim: int) -> Array:
    """y_i = e^(x_i − max x) / Σ_j e^(x_j − max x). NaN where the maximum is infinite."""

    def compute(x: Array, y: Array) -> None:
        if _is_moderate(x):
            np.exp(x, out=y)
        else:
            np.exp(np.subtract(x, largest(x, dim), out=y), out=y)
        y /= _sum(y, dim)

    return _in_parts(compute, dim, opmath(np.asarray(x, order="C"))).astype(x.dtype, copy=False) if x.size else x.copy()


@op(node_name="SoftmaxBackwardDataBackward0")
def softmax_backward(dy: Array, y: Array, *, dim: int) -> Array:
    """dx_i = y_i (dy_i − Σ_j dy_j y_j)."""

    def compute(dy: Array, y: Array, dx: Array) -> None:
        np.subtract(dy, _sum_of_products(dy, y, dim), out=dx)
        dx *= y

    return _in_parts(compute, dim, opmath(dy), opmath(y)).astype(dy.dtype, copy=False)


softmax.derivative(x=softmax_backward)
softmax_backward.derivative(
    dy=softmax_backward,
    y=lambda g, dy, y, dim: g * (dy - _total(dy * y, dim)) - dy * _total(g * y, dim),
)


@op
def log_softmax(x: Array, *, dim: int) -> Array:
    """y_i = x_i − max x − log Σ_j e^(x_j − max x)."""

    def compute(x: Array, y: Array) -> None:
        np.subtract(x, largest(x, dim), out=y)
        y -= np.log(_sum(np.exp(y), dim))

    return _in_parts(compute, dim, opmath(np.asarray(x, order="C"))).astype(x.dtype, copy=False) if x.size else x.copy()


@op(node_name="LogSoftmaxBackwardDataBackward0")
def log_softmax_backward(dy: Array, y: Array, *, dim: int) -> Array:
    """dx_i = dy_i − e^(y_i) Σ_j dy_j."""

    def compute(dy: Array, y: Array, dx: Array) -> None:
        np.exp(y, out=dx)
        dx *= _sum(dy, dim)
        np.subtract(dy, dx, out=dx)

    return _in_parts(compute, dim, opmath(dy), opmath(y)).astype(dy.dtype, copy=False)


log_softmax.derivative(x=log_softmax_backward)
log_softmax_backward.derivative(
    dy=lambda g, y, dim: g - _total(g * exp(y), dim),
    y=lambda g, dy, y, dim: -g * exp(y) * _total(dy, dim),
)


def _total(x: Any, dim: int) -> Any:
    return sum_over(x, dim=(dim,), keepdim=True)
