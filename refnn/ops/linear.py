"""Affine maps: the linear layer, and the bilinear one.

Three products belong together, each the derivative of the others: x Wᵀ, dy W̄ and dyᵀ x̄.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from refnn.autograd.op import Array, op
from refnn.ops import _threads
from refnn.ops._half import half_in_float32, is_half, opmath
from refnn.ops.creation import conj
from refnn.ops.linalg import einsum
from refnn.ops.shape import expand

_FEW_ROWS = 128
_MANY_RESULTS = 8192
_MANY_PRODUCTS = 1 << 25  # multiply-adds, about 0.6 ms: for fewer, the threads of BLAS itself start quicker


def _dot(a: Array, b: Array) -> Array:
    """a b of two matrices, half precision in float32. The method starts quicker than np.matmul and np.dot."""
    if is_half(a.dtype):
        return _dot(opmath(a), opmath(b)).astype(a.dtype)
    if a.size * b.shape[1] < _MANY_PRODUCTS:
        return a.dot(b)
    return _shared(a, b)


def _shared(a: Array, b: Array) -> Array:
    """a b, whose rows or columns, whichever are more, are divided among threads."""
    out = np.empty((len(a), b.shape[1]), a.dtype)

    def rows(part: Sequence[int]) -> None:
        k = slice(part[0], part[-1] + 1)
        np.matmul(a[k], b, out=out[k])

    def columns(part: Sequence[int]) -> None:
        k = slice(part[0], part[-1] + 1)
        np.matmul(a, b[:, k], out=out[:, k])

    time = a.size * b.shape[1] / (2e5 / a.itemsize)  # µs
    if len(a) >= b.shape[1]:
        _threads.deal(range(len(a)), rows, time)
    else:
        _threads.deal(range(b.shape[1]), columns, time)
    return out


@op(node_name="AddmmBackward0")
def linear(x: Array, weight: Array, bias: Array) -> Array:
    """y = x Wᵀ + b, with x (n, in), W (out, in), b (out,)."""
    rows, out = len(x), len(weight)
    if rows <= _FEW_ROWS and rows * out >= _MANY_RESULTS and x.dtype.itemsize in (4, 8):
        # For few rows BLAS is 1.1 to 1.4 times quicker with the features first; adding b transposes back.
        return np.add(_dot(weight, x.T).T, bias, out=np.empty((rows, out), x.dtype))
    y = _dot(x, weight.T)
    y += bias
    return y


@op(node_name="MmBackward0")
def linear_unbiased(x: Array, weight: Array) -> Array:
    """y = x Wᵀ, with x (n, in) and W (out, in)."""
    return _dot(x, weight.T)


@op(node_name="MmBackward0")
def input_gradient(dy: Array, weight: Array) -> Array:
    """dx = dy W̄, with dy (n, out) and W (out, in)."""
    return _dot(dy, weight.conj() if weight.dtype.kind == "c" else weight)


@op(node_name="MmBackward0")
def weight_gradient(dy: Array, x: Array) -> Array:
    """dW = dyᵀ x̄, with dy (n, out) and x (n, in)."""
    return _dot(dy.T, x.conj() if x.dtype.kind == "c" else x)


@op(node_name="SumBackward1")
def bias_gradient(dy: Array) -> Array:
    """db_j = Σ_n dy_nj. A product with ones where there is much to add: twice as quick as np.sum."""
    if is_half(dy.dtype):
        return bias_gradient.kernel(opmath(dy)).astype(dy.dtype)
    if dy.size < _MANY_RESULTS or dy.dtype.kind != "f":
        return np.add.reduce(dy, 0)
    return np.ones(len(dy), dy.dtype).dot(dy)


linear.derivative(x=input_gradient, weight=weight_gradient, bias=bias_gradient)
linear_unbiased.derivative(x=input_gradient, weight=weight_gradient)
input_gradient.derivative(dy=lambda g, weight: linear_unbiased(g, weight), weight=lambda g, dy: weight_gradient(dy, g))
weight_gradient.derivative(dy=lambda g, x: linear_unbiased(x, g), x=lambda g, dy: input_gradient(dy, g))
bias_gradient.derivative(dy=lambda g, dy_shape: expand(g, shape=dy_shape))


@op(node_name="TrilinearBackward0")
@half_in_float32
def bilinear(x1: Array, x2: Array, weight: Array) -> Array:
    """y_nk = Σ_ij x1_ni W_kij x2_nj, with x1 (n, in1), x2 (n, in2), W (out, in1, in2)."""
    return np.einsum("ni,nj,kij->nk", x1, x2, weight, optimize=True).astype(x1.dtype, copy=False)


bilinear.derivative(
    x1=lambda g, x2, weight: einsum(g, conj(x2), conj(weight), inputs=("nk", "nj", "kij"), output="ni"),
    x2=lambda g, x1, weight: einsum(g, conj(x1), conj(weight), inputs=("nk", "ni", "kij"), output="nj"),
    weight=lambda g, x1, x2: einsum(g, conj(x1), conj(x2), inputs=("nk", "ni", "nj"), output="kij"),
)
