"""Distances between rows: pdist within one array, cdist between two; and what cosine similarity divides by.

For a difference d of two rows the distance is ‖d‖_p = (Σ |d_m|^p)^(1/p): the number of nonzero d_m for
p = 0, the largest |d_m| for p = ∞.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from refnn.autograd.op import Array, op
from refnn.dtypes import not_implemented
from refnn.ops._half import is_half
from refnn.ops._undifferentiable import undifferentiable
from refnn.ops.comparison import equal, where
from refnn.ops.creation import zeros_like
from refnn.ops.linalg import bmm
from refnn.ops.reduction import sum as sum_over
from refnn.ops.shape import transpose

_BLOCK = 1 << 16  # elements of a difference at a time, so that it stays in the cache


def _norm(d: Array, p: float) -> Array:
    """‖d‖_p along the last dimension; d is overwritten."""
    if d.shape[-1] == 0:
        return np.zeros(d.shape[:-1], d.dtype)
    if p == 0:
        nonzero = np.add.reduce(d != 0, -1, dtype=d.dtype)
        return np.where(np.isnan(d).any(-1), d.dtype.type(np.nan), nonzero)
    if p == 2:
        return np.asarray(np.sqrt(np.add.reduce(np.multiply(d, d, out=d), -1)))
    np.abs(d, out=d)
    if p == np.inf:
        return np.asarray(np.maximum.reduce(d, -1))
    if p == 1:
        return np.asarray(np.add.reduce(d, -1))
    return np.asarray(np.add.reduce(np.power(d, p, out=d), -1) ** (1 / p))


def _slope(d: Array, distance: Array, p: float) -> Array:
    """∂‖d‖_p / ∂d_m. 0 where the distance is 0, and for p < 1 where d_m is; ties of p = ∞ all count in full."""
    distance = distance[..., None]
    if p == 0:
        return np.zeros_like(d)
    if p == 1:
        return np.sign(d)
    if p == np.inf:
        largest = np.abs(d) == distance
        return np.where(np.isnan(distance), distance, np.where(largest, np.sign(d), d.dtype.type(0)))
    flat = distance == 0
    divisor = np.where(flat, d.dtype.type(1), distance)
    if p == 2:
        slope = d / divisor
    else:
        slope = np.sign(d) * np.abs(d) ** (p - 1) / divisor ** (p - 1)
    if p < 1:
        flat = flat | (d == 0)
    return np.where(flat, d.dtype.type(0), slope)


def _blocks(rows: int, each: int) -> Iterator[slice]:
    """The rows, so many at a time that their differences fill a block."""
    step = max(1, _BLOCK // max(each, 1))
    return (slice(start, min(start + step, rows)) for start in range(0, rows, step))


# Within one array ---------------------------------------------------------------------------------------


@op
def pdist(x: Array, *, p: float) -> Array:
    """(N, M) -> (N (N − 1) / 2): y = ‖x_i − x_j‖_p for the pairs i < j, row by row."""
    first, second = np.triu_indices(len(x), 1)
    y = np.empty(len(first), x.dtype)
    for block in _blocks(len(first), x.shape[1]):
        y[block] = _norm(x[first[block]] - x[second[block]], p)
    return y


@op
def pdist_backward(dy: Array, x: Array, y: Array, *, p: float) -> Array:
    """dx_i = Σ_j dy_ij ∂y_ij / ∂x_i: that of cdist, each pair standing for both of its orders."""
    if is_half(x.dtype):
        raise not_implemented("pdist_backward", x.dtype)
    n = len(x)
    if n < 2:
        return np.zeros(x.shape, x.dtype)
    both = np.zeros((2, n, n), x.dtype)
    first, second = np.triu_indices(n, 1)
    for square, values in zip(both, (dy, y), strict=True):
        square[first, second] = square[second, first] = values
    return np.asarray(cdist_backward.kernel(both[0], x, x, both[1], p=p))


_pdist_backward = undifferentiable(pdist_backward, "_pdist_backward", listed=True)
pdist.derivative(x=lambda g, x, out, p: _pdist_backward(g, x, out, p=p))


# Between two arrays -------------------------------------------------------------------------------------


@op
def cdist(x: Array, y: Array, *, p: float) -> Array:
    """(*, P, M), (*, R, M) -> (*, P, R): z_ij = ‖x_i − y_j‖_p."""
    *batch, rows, columns = x.shape
    z = np.empty((*batch, rows, y.shape[-2]), x.dtype)
    for place in np.ndindex(*batch):
        for block in _blocks(rows, y.shape[-2] * columns):
            z[place][block] = _norm(x[place][block, None] - y[place], p)
    return z


@op
def cdist_backward(dz: Array, x: Array, y: Array, z: Array, *, p: float) -> Array:
    """dx_i = Σ_j dz_ij ∂z_ij / ∂x_i."""
    *batch, rows, columns = x.shape
    dx = np.zeros(x.shape, x.dtype)
    for place in np.ndindex(*batch):
        for block in _blocks(rows, y.shape[-2] * columns):
            slope = _slope(x[place][block, None] - y[place], z[place][block], p)
            slope *= dz[place][block, :, None]
            np.add.reduce(slope, 1, out=dx[place][block])
    return dx


def _cdist_rule(g: Any, x: Any, y: Any, out: Any, needs: Any, p: float) -> Any:
    """z_ij depends on y_j as it does on x_i, with the places exchanged."""
    dx = _cdist_backward(g, x, y, out, p=p) if needs[0] else None
    if not needs[1]:
        return dx, None
    turned = [transpose(a, dim0=a.ndim - 2, dim1=a.ndim - 1) for a in (g, out)]
    return dx, _cdist_backward(turned[0], y, x, turned[1], p=p)


_cdist_backward = undifferentiable(cdist_backward, "_cdist_backward", listed=True)
cdist.joint_derivative(_cdist_rule)


@op
def euclidean_dist(x: Array, y: Array) -> Array:
    """cdist for p = 2 as one product: z_ij² = [−2 x_i, ‖x_i‖², 1] · [y_j, 1, ‖y_j‖²], or 0 if that is negative.

    (B, P, M), (B, R, M) -> (B, P, R). Quicker than differences, and less exact where rows are close.
    """
    squares = [sum_over.kernel(v * v, dim=(-1,), keepdim=True) for v in (x, y)]
    left = np.concatenate([x * np.asarray(-2, x.dtype), squares[0], np.ones_like(x[..., :1])], -1)
    right = np.concatenate([y, np.ones_like(y[..., :1]), squares[1]], -1)
    z = bmm.kernel(left, right.swapaxes(-1, -2))
    np.maximum(z, np.zeros((), z.dtype), out=z)
    return np.sqrt(z, out=z)


def _euclidean_rule(g: Any, x: Any, y: Any, out: Any, needs: Any) -> Any:
    """z_ij = ‖x_i − y_j‖, so ∂z_ij / ∂x_i = (x_i − y_j) / z_ij, and 0 where z_ij is 0."""
    ratio = g / out
    ratio = where(equal(out, 0), zeros_like(ratio), ratio)
    dx = dy = None
    if needs[0]:
        dx = x * sum_over(ratio, dim=(2,), keepdim=True) - bmm(ratio, y)
    if needs[1]:
        turned = transpose(ratio, dim0=1, dim1=2)
        dy = y * sum_over(turned, dim=(2,), keepdim=True) - bmm(turned, x)
    return dx, dy


euclidean_dist.joint_derivative(_euclidean_rule)


# Cosine similarity --------------------------------------------------------------------------------------


@op(node_name="CloneBackward0")
def at_least(x: Array, *, min: float) -> Array:
    """y = max(x, min), a constant to x's derivative, which passes everywhere."""
    return np.maximum(x, np.asarray(min, x.dtype))


at_least.derivative(x=lambda g: g)
