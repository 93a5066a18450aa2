"""Activation functions."""

from __future__ import annotations

from typing import Any

import numpy as np

from refnn.autograd.op import Array, op
from refnn.ops._blocks import MANY, blockwise
from refnn.ops._constants import zero
from refnn.ops._half import half_in_float32, is_half, opmath
from refnn.ops._select import choose, drop, drop_into
from refnn.ops.comparison import greater_equal, where
from refnn.ops.creation import conj, no_slope
from refnn.ops.shape import slice, slice_backward

# Sigmoid, tanh ------------------------------------------------------------------------------------------


@op(promote="float")
def tanh(x: Array) -> Array:
    """y = tanh x."""
    return np.tanh(x)


@op(node_name="TanhBackwardBackward0")
@half_in_float32
def tanh_backward(dy: Array, y: Array) -> Array:
    """dx = dy (1 − y²)."""
    dx = np.multiply(y, y, out=np.empty_like(y))
    np.subtract(1, dx, out=dx)
    np.conjugate(dx, out=dx)
    return np.multiply(dy, dx, out=dx)


tanh.derivative(x=tanh_backward)
tanh_backward.derivative(dy=lambda g, y: tanh_backward(g, conj(y)), y=lambda g, dy, y: conj(g) * dy * conj(-2 * y))


@op(promote="float")
def sigmoid(x: Array) -> Array:
    """y = 1 / (1 + e⁻ˣ). Where e⁻ˣ overflows, 0."""
    work = opmath(x)
    y = np.negative(work, out=np.empty_like(work))
    np.exp(y, out=y)
    y += 1
    return np.divide(1, y, out=y).astype(x.dtype, copy=False)


@op(node_name="SigmoidBackwardBackward0")
@half_in_float32
def sigmoid_backward(dy: Array, y: Array) -> Array:
    """dx = dy (1 − y) y."""
    dx = np.subtract(1, y, out=np.empty_like(y))
    dx *= y
    np.conjugate(dx, out=dx)
    return np.multiply(dy, dx, out=dx)


sigmoid.derivative(x=sigmoid_backward)
sigmoid_backward.derivative(
    dy=lambda g, y: sigmoid_backward(g, conj(y)), y=lambda g, dy, y: conj(g) * dy * conj(1 - 2 * y)
)


# Rectifiers ---------------------------------------------------------------------------------------------

_FEW = 4096  # elements: below, np.maximum is quicker than np.clip


@op
def relu(x: Array) -> Array:
    """y = max(x, 0). NaN stays, and so does −0, as the second of two equals; the gradient at 0 is 0."""
    if x.size < _FEW or x.dtype.kind != "f":
        return np.maximum(zero(x.dtype), x)
    if x.size < MANY:
        return np.asarray(np.clip(x, 0, np.inf))
    return blockwise(lambda x, out: np.clip(x, 0, np.inf, out=out), x)


@op(node_name="ThresholdBackwardBackward0")
def relu_backward(dy: Array, y: Array) -> Array:
    """dx = 0 where y ≤ 0, else dy."""
    if dy.size < MANY or dy.dtype.itemsize not in (4, 8):
        return drop(y <= zero(y.dtype), dy)
    return blockwise(lambda dy, y, out: drop_into(out, y <= 0, dy), dy, y)


relu.refuses("clamp_min_scalar_cpu", "U")
relu.derivative(x=relu_backward)
relu_backward.derivative(dy=relu_backward, y=no_slope)


def _times(x: Array, slope: float) -> Array:
    """slope · x, rounded once: a slope of 16 bits would be rounded before."""
    if is_half(x.dtype):
        return np.asarray(x.astype(np.float32) * np.float32(slope)).astype(x.dtype)
    return np.multiply(x, np.asarray(slope, x.dtype), out=np.empty_like(x))


@op
def leaky_relu(x: Array, *, negative_slope: float) -> Array:
    """y = x where x > 0, else s x."""
    y = _times(x, negative_slope)
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
    return choose(x > 0, dy, _times(dy, negative_slope))


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


leaky_relu.derivative(x=leaky_relu_backward)
leaky_relu_.derivative(x=_leaky_relu_rule)
leaky_relu_backward.derivative(dy=leaky_relu_backward, x=no_slope)


# Parametric ReLU ----------------------------------------------------------------------------------------


@op
@half_in_float32
def prelu_kernel(x: Array, weight: Array) -> Array:
    """y = x where x > 0, else w x; w broadcasts to x."""
    y = np.multiply(weight, x, out=np.empty_like(x))
    if np.logical_and(weight > 0, weight <= 1).all():
        return np.maximum(x, y, out=y)
    return choose(x > 0, x, y)


@op(node_name="PreluKernelBackwardBackward0")
@half_in_float32
def prelu_kernel_backward(dy: Array, x: Array, weight: Array) -> Array:
    """dx = dy where x > 0, else w dy."""
    return choose(x > 0, dy, np.multiply(weight, dy, out=np.empty_like(dy)))


@op
def prelu_weight_backward(dy: Array, x: Array) -> Array:
    """dw = 0 where x > 0, else x dy: what each element adds."""
    return drop(x > 0, x * dy)


@op
def drop_nonnegative(v: Array, x: Array) -> Array:
    """0 where x ≥ 0, else v."""
    return drop(x >= 0, v)


def _prelu_backward_dy(g: Any, x: Any, weight: Any) -> Any:
    """As in torch, the second derivative counts 0 among the positive numbers, the first does not."""
    return where(greater_equal(x, 0), g, weight * g)


prelu_kernel.derivative(x=prelu_kernel_backward, weight=prelu_weight_backward)
prelu_kernel_backward.derivative(dy=_prelu_backward_dy, x=no_slope, weight=lambda g, dy, x: drop_nonnegative(g * dy, x))
prelu_weight_backward.derivative(
    dy=lambda g, x: drop_nonnegative(g * x, x), x=lambda g, dy, x: drop_nonnegative(g * dy, x)
)
drop_nonnegative.derivative(v=lambda g, x: drop_nonnegative(g, x))


# Gated linear unit --------------------------------------------------------------------------------------


@op
@half_in_float32
def glu(x: Array, *, dim: int) -> Array:
    """y = a σ(b), a and b being the halves of x along a dimension."""
    a, b = np.split(x, 2, dim)
    y = sigmoid.kernel(b)
    y *= a
    return np.asarray(y)


@op
@half_in_float32
def glu_backward(dy: Array, x: Array, *, dim: int) -> Array:
    """da = dy σ(b), db = dy σ(b) (1 − σ(b)) a."""
    a, b = np.split(x, 2, dim)
    s = sigmoid.kernel(b)
    dx = np.empty_like(x)
    da, db = np.split(dx, 2, dim)
    np.multiply(dy, s, out=da)
    np.subtract(1, s, out=db)
    db *= a
    db *= da
    return dx


def _halves(x: Any, dim: int) -> tuple[Any, Any]:
    whole = x.shape[dim]
    first = slice(x, dim=dim, start=0, stop=whole // 2, step=1)
    return first, slice(x, dim=dim, start=whole // 2, stop=whole, step=1)


def _glu_slopes(x: Any, dim: int) -> tuple[Any, Any]:
    """∂y/∂a and ∂y/∂b."""
    a, b = _halves(x, dim)
    s = sigmoid(b)
    return s, s * (1 - s) * a


def _glu_backward_dy(g: Any, x: Any, dim: int) -> Any:
    ga, gb = _halves(g, dim)
    ya, yb = _glu_slopes(x, dim)
    return ga * ya + gb * yb


def _glu_backward_x(g: Any, dy: Any, x: Any, dim: int) -> Any:
    ga, gb = _halves(g, dim)
    a, b = _halves(x, dim)
    s = sigmoid(b)
    slope = dy * s * (1 - s)
    da, db = gb * slope, (ga + gb * a * (1 - 2 * s)) * slope
    whole, n = tuple(x.shape), x.shape[dim]
    first = slice_backward(da, shape=whole, dim=dim, start=0, stop=n // 2, step=1)
    return first + slice_backward(db, shape=whole, dim=dim, start=n // 2, stop=n, step=1)


glu.derivative(x=glu_backward)
glu_backward.derivative(dy=_glu_backward_dy, x=_glu_backward_x)
