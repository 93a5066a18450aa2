"""Activation functions."""

from __future__ import annotations

from typing import Any

import numpy as np

from refnn.autograd.op import Array, op
from refnn.ops._select import choose, drop
from refnn.ops.creation import conj
from refnn.ops.elementary import exp
from refnn.ops.reduction import sum as sum_over


def _opmath(x: Array) -> Array:
    """Half precision is computed in float32, as torch does."""
    return x.astype(np.float32) if x.dtype.itemsize == 2 else x


# Sigmoid, tanh ------------------------------------------------------------------------------------------


@op(promote="float")
def tanh(x: Array) -> Array:
    """y = tanh x."""
    return np.tanh(x)


@op(node_name="TanhBackwardBackward0")
def tanh_backward(dy: Array, y: Array) -> Array:
    """dx = dy (1 − y²)."""
    dx = np.multiply(y, y, out=np.empty_like(y))
    np.subtract(1, dx, out=dx)
    np.conjugate(dx, out=dx)
    return np.multiply(dy, dx, out=dx)


tanh.derivative(x=lambda g, out: tanh_backward(g, out))
tanh_backward.derivative(dy=lambda g, y: tanh_backward(g, y), y=lambda g, dy, y: g * conj(-2 * dy * y))


@op(promote="float")
def sigmoid(x: Array) -> Array:
    """y = 1 / (1 + e⁻ˣ). Where e⁻ˣ overflows, 0."""
    work = _opmath(x)
    y = np.negative(work, out=np.empty_like(work))
    np.exp(y, out=y)
    y += 1
    return np.divide(1, y, out=y).astype(x.dtype, copy=False)


@op(node_name="SigmoidBackwardBackward0")
def sigmoid_backward(dy: Array, y: Array) -> Array:
    """dx = dy (1 − y) y."""
    dx = np.subtract(1, y, out=np.empty_like(y))
    dx *= y
    np.conjugate(dx, out=dx)
    return np.multiply(dy, dx, out=dx)


sigmoid.derivative(x=lambda g, out: sigmoid_backward(g, out))
sigmoid_backward.derivative(dy=lambda g, y: sigmoid_backward(g, y), y=lambda g, dy, y: g * dy * conj(1 - 2 * y))


# Rectifiers ---------------------------------------------------------------------------------------------

_FEW = 4096  # elements: above, two arrays are quicker to compare than an array and a number


@op
def relu(x: Array) -> Array:
    """y = max(x, 0). NaN stays, and so does −0, as the second of two equals; the gradient at 0 is 0."""
    zeros = np.zeros((), x.dtype) if x.size < _FEW else np.zeros_like(x)
    return np.maximum(zeros, x)


@op(node_name="ThresholdBackwardBackward0")
def relu_backward(dy: Array, y: Array) -> Array:
    """dx = 0 where y ≤ 0, else dy."""
    return drop(y <= 0, dy)


relu.derivative(x=lambda g, out: relu_backward(g, out))
relu_backward.derivative(dy=lambda g, y: relu_backward(g, y))


@op
def leaky_relu(x: Array, *, negative_slope: float) -> Array:
    """y = x where x > 0, else s x."""
    y = np.multiply(x, np.asarray(negative_slope, x.dtype), out=np.empty_like(x))
    if 0 < negative_slope <= 1:
        return np.maximum(x, y, out=y)
    return choose(x > 0, x, y)


@op(node_name="LeakyReluBackward1")
def leaky_relu_(x: Array, *, negative_slope: float) -> Array:
    """leaky_relu, for use in place: its rule looks at y, since x is overwritten."""
    return leaky_relu(x, negative_slope=negative_slope)


@op(node_name="LeakyReluBackwardBackward0")
def leaky_relu_backward(dy: Array, x: Array, *, negative_slope: float) -> Array:
    """dx = dy where x > 0, else s dy."""
    return choose(x > 0, dy, dy * np.asarray(negative_slope, dy.dtype))


def _leaky_relu_rule(g: Any, out: Any, negative_slope: float) -> Any:
    """Only a slope that is not negative lets y tell the sign of x.

    Raises RuntimeError for a negative one.
    """
    if negative_slope < 0:
        raise RuntimeError(
            "In-place leakyReLu backward calculation is triggered with a negative slope which is not "
            "supported. This is caused by calling in-place forward function with a negative slope, please "
            "call out-of-place version instead. File an issue at https://github.com/pytorch/pytorch if you "
            "do require supporting in-place leakRelu backward calculation with negative slope"
        )
    return leaky_relu_backward(g, out, negative_slope=negative_slope)


leaky_relu.derivative(x=lambda g, x, negative_slope: leaky_relu_backward(g, x, negative_slope=negative_slope))
leaky_relu_.derivative(x=_leaky_relu_rule)
leaky_relu_backward.derivative(dy=lambda g, x, negative_slope: leaky_relu_backward(g, x, negative_slope=negative_slope))


# Softmax ------------------------------------------------------------------------------------------------


_SHORT = 32  # of rows: up to here a copy with the columns first is 2 to 10 times quicker to compare


def _along_rows(x: Array, dim: int) -> bool:
    return dim == x.ndim - 1 and x.flags.c_contiguous


def _sum(x: Array, dim: int) -> Array:
    """Σ over one dimension, which stays with length 1. Along rows as a product with ones: BLAS is quicker."""
    if _along_rows(x, dim) and x.size:
        total = np.dot(x.reshape(-1, x.shape[dim]), np.ones(x.shape[dim], x.dtype))
        return total.reshape(*x.shape[:-1], 1)
    return np.add.reduce(x, dim, keepdims=True)


def _largest(x: Array, dim: int) -> Array:
    """max over one dimension, which stays with length 1."""
    if _along_rows(x, dim) and x.shape[dim] <= _SHORT:
        columns = x.reshape(-1, x.shape[dim]).T.copy()
        return np.maximum.reduce(columns, 0).reshape(*x.shape[:-1], 1)
    return np.maximum.reduce(x, dim, keepdims=True)


def _shifted(x: Array, dim: int) -> Array:
    """x − max x: the same softmax, and no exponential overflows. NaN where the maximum is infinite."""
    return x - _largest(x, dim)


@op
def softmax(x: Array, *, dim: int) -> Array:
    """y_i = e^(x_i − max x) / Σ_j e^(x_j − max x)."""
    if x.size == 0:
        return x.copy()
    y = _shifted(_opmath(x), dim)
    np.exp(y, out=y)
    y /= _sum(y, dim)
    return y.astype(x.dtype, copy=False)


@op(node_name="SoftmaxBackwardDataBackward0")
def softmax_backward(dy: Array, y: Array, *, dim: int) -> Array:
    """dx_i = y_i (dy_i − Σ_j dy_j y_j)."""
    work, p = _opmath(dy), _opmath(y)
    dx = work - _sum(work * p, dim)
    dx *= p
    return dx.astype(dy.dtype, copy=False)


softmax.derivative(x=lambda g, out, dim: softmax_backward(g, out, dim=dim))
softmax_backward.derivative(
    dy=lambda g, y, dim: softmax_backward(g, y, dim=dim),
    y=lambda g, dy, y, dim: g * (dy - _total(dy * y, dim)) - dy * _total(g * y, dim),
)


@op
def log_softmax(x: Array, *, dim: int) -> Array:
    """y_i = x_i − max x − log Σ_j e^(x_j − max x)."""
    if x.size == 0:
        return x.copy()
    y = _shifted(_opmath(x), dim)
    y -= np.log(_sum(np.exp(y), dim))
    return y.astype(x.dtype, copy=False)


@op(node_name="LogSoftmaxBackwardDataBackward0")
def log_softmax_backward(dy: Array, y: Array, *, dim: int) -> Array:
    """dx_i = dy_i − e^(y_i) Σ_j dy_j."""
    work = _opmath(dy)
    dx = np.exp(_opmath(y))
    dx *= _sum(work, dim)
    return np.subtract(work, dx, out=dx).astype(dy.dtype, copy=False)


log_softmax.derivative(x=lambda g, out, dim: log_softmax_backward(g, out, dim=dim))
log_softmax_backward.derivative(
    dy=lambda g, y, dim: g - _total(g * exp(y), dim),
    y=lambda g, dy, y, dim: -g * exp(y) * _total(dy, dim),
)


def _total(x: Any, dim: int) -> Any:
    return sum_over(x, dim=(dim,), keepdim=True)
