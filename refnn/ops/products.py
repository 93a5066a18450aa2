"""Products: of all numbers, along one dimension, running along one.

A derivative is the product over the number, y / x, infinite and NaN where torch's is; where a number is 0 it is the
product of the others.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from refnn.autograd.op import Array, op
from refnn.ops._half import opmath, opmath_dtype
from refnn.ops.creation import conj, data_of, ones_like
from refnn.ops.cumulative import accumulated, cumsum_reversed
from refnn.ops.joining import cat
from refnn.ops.pointwise import div, mul
from refnn.ops.rearranging import flip
from refnn.ops.reduction import numbered, restored
from refnn.ops.reduction import sum as sum_over
from refnn.ops.shape import reshape, slice


@op(node_name=numbered("Prod"))
def prod(x: Array, *, dim: int | None, keepdim: bool, dtype: Any = None) -> Array:
    """y = ∏ x over one dimension or all."""
    dtype = dtype or x.dtype
    return np.asarray(np.prod(opmath(x), dim, opmath_dtype(dtype), keepdims=keepdim)).astype(
        dtype, order="C", copy=False
    )


@op
def cumprod(x: Array, *, dim: int, dtype: Any = None) -> Array:
    """y_i = ∏_{j ≤ i} x_j."""
    return accumulated(np.multiply, x, dim, dtype)


def _part(x: Any, dim: int, start: int, stop: int) -> Any:
    return slice(x, dim=dim, start=start, stop=stop, step=1)


def _from_one(x: Any, dim: int, start: int, stop: int) -> Any:
    """1, x_start, x_start · x_start+1, … up to stop."""
    one = ones_like(_part(data_of(x), dim, 0, 1))
    return cumprod(cat(one, _part(x, dim, start, stop), dim=dim), dim=dim)


def _others(x: Any, dim: int) -> Any:
    """∏_{j ≠ i} x_j: products from both ends."""
    last = data_of(x).shape[dim] - 1
    after = flip(_from_one(flip(x, dims=(dim,)), dim, 0, last), dims=(dim,))
    return mul(_from_one(x, dim, 0, last), after)


def _prod_rule(g: Any, x: Any, out: Any, dim: int | None, keepdim: bool) -> Any:
    lost = None if dim is None else (dim,)
    if data_of(x).all():
        return mul(restored(g, lost, keepdim), conj(div(restored(out, lost, keepdim), x)))
    if dim is not None and data_of(x).ndim:
        return mul(restored(g, lost, keepdim), conj(_others(x, dim)))
    flat = _others(reshape(x, shape=(-1,)), 0)
    return mul(g, reshape(conj(flat), shape=data_of(x).shape))


def _cumprod_rule(g: Any, x: Any, out: Any, dim: int) -> Any:
    """Σ_{i ≥ k} g_i y_i / x_k; with a zero, one k at a time, y_{k−1} Σ_{i ≥ k} g_i ∏_{k < j ≤ i} x_j."""
    if data_of(x).ndim == 0:
        return g
    if data_of(x).all():
        return div(cumsum_reversed(mul(g, conj(out)), dim=dim), conj(x))
    n = data_of(x).shape[dim]
    found = []
    for k in range(n):
        others = _from_one(x, dim, k + 1, n)
        if k:
            others = mul(_part(out, dim, k - 1, k), others)
        found.append(sum_over(mul(_part(g, dim, k, n), conj(others)), dim=(dim,), keepdim=True))
    return cat(*found, dim=dim)


prod.derivative(x=_prod_rule)
cumprod.derivative(x=_cumprod_rule)
