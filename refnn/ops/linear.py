"""Affine maps: the linear layer, and the bilinear one."""

from __future__ import annotations

from typing import Any

import numpy as np

from refnn.autograd.op import Array, op
from refnn.ops.creation import conj
from refnn.ops.linalg import einsum, mm
from refnn.ops.shape import expand, transpose

_FEW_ROWS = 128
_MANY_RESULTS = 8192
_SMALL = 1024


def _times_transposed(x: Array, weight: Array) -> Array:
    """x Wᵀ, half precision in float32."""
    if x.dtype.itemsize == 2 and x.dtype.kind in "fV":
        return np.matmul(x.astype(np.float32), weight.astype(np.float32).T)
    return np.matmul(x, weight.T)


@op(node_name="AddmmBackward0")
def linear(x: Array, weight: Array, bias: Array) -> Array:
    """y = x Wᵀ + b, with x (n, in), W (out, in), and b that broadcasts to (n, out)."""
    rows, results = len(x), len(x) * len(weight)
    if rows <= _FEW_ROWS and results >= _MANY_RESULTS and x.dtype.itemsize in (4, 8):
        # For few rows BLAS is 1.2 to 1.6 times quicker with the features first; adding b transposes back.
        return np.add(np.matmul(weight, x.T).T, bias, out=np.empty((rows, len(weight)), x.dtype))
    y = _times_transposed(x, weight)
    y += bias
    return y.astype(x.dtype, copy=False)


@op(node_name="MmBackward0")
def linear_unbiased(x: Array, weight: Array) -> Array:
    """y = x Wᵀ, with x (n, in) and W (out, in)."""
    return _times_transposed(x, weight).astype(x.dtype, copy=False)


@op
def column_sums(x: Array) -> Array:
    """y_j = Σ_i x_ij, as a product with ones: half the time of np.sum for a few rows of some length."""
    if x.size < _SMALL or x.dtype.kind != "f" or x.dtype.itemsize == 2:
        return np.add.reduce(x, 0)
    return np.ones(len(x), x.dtype) @ x


def _t(x: Any) -> Any:
    return transpose(x, dim0=0, dim1=1)


def _bias_rule(g: Any, bias_shape: tuple[int, ...]) -> Any:
    """The columns' sums for the usual b (out,); the engine's own reduction for another shape."""
    return column_sums(g) if len(bias_shape) == 1 and bias_shape[0] == g.shape[1] else g


linear.derivative(
    x=lambda g, weight: mm(g, conj(weight)),
    weight=lambda g, x: mm(_t(g), conj(x)),
    bias=_bias_rule,
)
linear_unbiased.derivative(
    x=lambda g, weight: mm(g, conj(weight)),
    weight=lambda g, x: mm(_t(g), conj(x)),
)
column_sums.derivative(x=lambda g, x_shape: expand(g, shape=x_shape))


@op(node_name="TrilinearBackward0")
def bilinear(x1: Array, x2: Array, weight: Array) -> Array:
    """y_nk = Σ_ij x1_ni W_kij x2_nj, with x1 (n, in1), x2 (n, in2), W (out, in1, in2)."""
    return np.einsum("ni,nj,kij->nk", x1, x2, weight, optimize=True).astype(x1.dtype, copy=False)


bilinear.derivative(
    x1=lambda g, x2, weight: einsum(g, conj(x2), conj(weight), inputs=("nk", "nj", "kij"), output="ni"),
    x2=lambda g, x1, weight: einsum(g, conj(x1), conj(weight), inputs=("nk", "ni", "kij"), output="nj"),
    weight=lambda g, x1, x2: einsum(g, conj(x1), conj(x2), inputs=("nk", "ni", "nj"), output="kij"),
)
