"""Activations made of exponentials: ELU and its kin, softplus, log-sigmoid, SiLU, Mish, GELU.

An exponential that overflows is right where its reciprocal is taken, or where `choose` drops it. Rules that
multiply an infinite x by a vanished factor give NaN, as torch's do.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from refnn.autograd.op import Array, op
from refnn.ops import _normal
from refnn.ops._half import half_in_float32
from refnn.ops._log1p import log1p_unit
from refnn.ops._select import choose
from refnn.ops.activation import sigmoid, tanh
from refnn.ops.comparison import greater_equal, less, where
from refnn.ops.creation import conj, zeros_like
from refnn.ops.elementary import exp, log1p

# ELU, CELU, SELU ----------------------------------------------------------------------------------------


def _times(x: Array, factor: float) -> Array:
    """x · factor, and x itself for 1."""
    return x if factor == 1 else np.multiply(x, factor, out=np.empty_like(x))


@op
@half_in_float32
def elu(x: Array, *, alpha: float, scale: float, input_scale: float) -> Array:
    """y = s α (e^(c x) − 1) where x < 0, else s x."""
    y = np.multiply(x, input_scale, out=np.empty_like(x))
    np.expm1(y, out=y)
    y *= alpha * scale
    return choose(x < 0, y, _times(x, scale))


@op(node_name="EluBackward1")
def elu_(x: Array, *, alpha: float, scale: float, input_scale: float) -> Array:
    """elu, for use in place: its rule looks at y, since x is overwritten."""
    return elu(x, alpha=alpha, scale=scale, input_scale=input_scale)


@op(node_name="EluBackwardBackward0")
@half_in_float32
def elu_backward(dy: Array, x: Array, *, alpha: float, scale: float, input_scale: float) -> Array:
    """dx = s α c e^(c x) dy where x ≤ 0, else s dy."""
    dx = np.multiply(x, input_scale, out=np.empty_like(x))
    np.exp(dx, out=dx)
    dx *= alpha * scale * input_scale
    dx *= dy
    return choose(x <= 0, dx, _times(dy, scale))


@op(node_name="EluBackwardBackward0")
@half_in_float32
def elu_backward_of_result(dy: Array, y: Array, *, alpha: float, scale: float, input_scale: float) -> Array:
    """dx = c (y + s α) dy where y ≤ 0, else s dy."""
    dx = np.add(y, alpha * scale, out=np.empty_like(y))
    dx *= input_scale
    dx *= dy
    return choose(y <= 0, dx, _times(dy, scale))


def _elu_in_place_rule(g: Any, out: Any, alpha: float, scale: float, input_scale: float) -> Any:
    """Only an α that is not negative lets y tell the sign of x.

    Raises RuntimeError for a negative one.
    """
    if alpha < 0:
        raise RuntimeError(
            "In-place elu backward calculation is triggered with a negative slope which is not supported. "
            "This is caused by calling in-place forward function with a negative slope, please call "
            "out-of-place version instead."
        )
    return elu_backward_of_result(g, out, alpha=alpha, scale=scale, input_scale=input_scale)


def _elu_bend(g: Any, dy: Any, x: Any, alpha: float, scale: float, input_scale: float) -> Any:
    steep = g * dy * (alpha * scale * input_scale * input_scale) * exp(x * input_scale)
    return where(less(x, 0), steep, zeros_like(steep))


def _elu_bend_of_result(g: Any, dy: Any, y: Any, input_scale: float) -> Any:
    return where(less(y, 0), g * dy * input_scale, zeros_like(y))


elu.derivative(x=elu_backward)
elu_.derivative(x=_elu_in_place_rule)
elu_backward.derivative(
    dy=elu_backward,
    x=_elu_bend,
)
elu_backward_of_result.derivative(
    dy=lambda g, y, alpha, scale, input_scale: elu_backward_of_result(
        g, y, alpha=alpha, scale=scale, input_scale=input_scale
    ),
    y=_elu_bend_of_result,
)
celu, celu_ = elu.renamed("CeluBackward0"), elu_.renamed("CeluBackward1")


# Softplus, log-sigmoid ----------------------------------------------------------------------------------


def _log1p_exp_minus_abs(x: Array) -> Array:
    """log(1 + e^−|x|), a new array."""
    z = np.abs(x, out=np.empty_like(x))
    np.negative(z, out=z)
    return log1p_unit(np.exp(z, out=z))


@op
@half_in_float32
def softplus(x: Array, *, beta: float, threshold: float) -> Array:
    """y = log(1 + e^(β x)) / β, and x where β x > t."""
    z = np.multiply(x, beta, out=np.empty_like(x))
    linear = z > threshold
    y = _log1p_exp_minus_abs(z)
    y += np.clip(z, 0, np.inf)
    if beta != 1:
        y /= beta
    return choose(linear, x, y)


@op
@half_in_float32
def softplus_backward(dy: Array, x: Array, *, beta: float, threshold: float) -> Array:
    """dx = dy / (1 + e^(−β x)), and dy where β x > t."""
    dx = np.multiply(x, -beta, out=np.empty_like(x))
    linear = dx < -threshold
    np.exp(dx, out=dx)
    dx += 1
    return choose(linear, dy, np.divide(dy, dx, out=dx))


def _softplus_bend(g: Any, dy: Any, x: Any, beta: float, threshold: float) -> Any:
    z = x * beta
    y = sigmoid(z)
    return where(greater_equal(z, threshold), zeros_like(y), g * dy * (y * (1 - y) * beta))


softplus.derivative(x=softplus_backward)
softplus_backward.derivative(dy=softplus_backward, x=_softplus_bend)


@op
@half_in_float32
def log_sigmoid(x: Array) -> Array:
    """y = −log(1 + e⁻ˣ)."""
    y = np.clip(x, -np.inf, 0, out=np.empty_like(x))
    y -= _log1p_exp_minus_abs(x)
    return y


@op
@half_in_float32
def log_sigmoid_backward(dy: Array, x: Array) -> Array:
    """dx = dy / (1 + eˣ)."""
    dx = np.exp(x, out=np.empty_like(x))
    dx += 1
    return np.divide(dy, dx, out=dx)


def _log_sigmoid_bend(g: Any, dy: Any, x: Any) -> Any:
    y = sigmoid(x)
    return g * dy * ((y - 1) * y)


log_sigmoid.derivative(x=log_sigmoid_backward)
log_sigmoid_backward.derivative(dy=log_sigmoid_backward, x=_log_sigmoid_bend)


# SiLU, Mish ---------------------------------------------------------------------------------------------


def _one_plus_exp_minus(x: Array) -> Array:
    """1 + e⁻ˣ, a new array."""
    z = np.negative(x, out=np.empty_like(x))
    np.exp(z, out=z)
    z += 1
    return z


@op
@half_in_float32
def silu(x: Array) -> Array:
    """y = x / (1 + e⁻ˣ)."""
    y = _one_plus_exp_minus(x)
    return np.divide(x, y, out=y)


@op
@half_in_float32
def silu_backward(dy: Array, x: Array) -> Array:
    """dx = dy σ (1 + x (1 − σ)), with σ = 1 / (1 + e⁻ˣ)."""
    s = _one_plus_exp_minus(x)
    np.divide(1, s, out=s)
    dx = np.subtract(1, s, out=np.empty_like(s))
    dx *= x
    dx += 1
    dx *= s
    return np.multiply(dy, np.conjugate(dx, out=dx) if dx.dtype.kind == "c" else dx, out=dx)


def _silu_bend(g: Any, dy: Any, x: Any) -> Any:
    s = sigmoid(x)
    return conj(g) * dy * conj(s * (1 - s) * (2 + x * (1 - 2 * s)))


silu.derivative(x=silu_backward)
silu_backward.derivative(dy=lambda g, x: silu_backward(g, conj(x)), x=_silu_bend)

_FLAT = 20  # above, tanh log(1 + eˣ) rounds to 1 in float64, and the square of eˣ is still far from overflow


def _tanh_softplus(e: Array) -> Array:
    """tanh log(1 + e) = n / (n + 2) with n = e (e + 2), a new array."""
    n = np.add(e, 2, out=np.empty_like(e))
    n *= e
    return np.divide(n, n + 2, out=n)


@op
@half_in_float32
def mish(x: Array) -> Array:
    """y = x tanh log(1 + eˣ)."""
    e = np.clip(x, -np.inf, _FLAT, out=np.empty_like(x))
    y = _tanh_softplus(np.exp(e, out=e))
    y *= x
    return y


@op
@half_in_float32
def mish_backward(dy: Array, x: Array) -> Array:
    """dx = dy (t + x σ (1 − t²)), with t = tanh log(1 + eˣ) and σ = 1 / (1 + e⁻ˣ)."""
    e = np.clip(x, -np.inf, _FLAT, out=np.empty_like(x))
    t = _tanh_softplus(np.exp(e, out=e))
    dx = np.multiply(t, t, out=np.empty_like(t))
    np.subtract(1, dx, out=dx)  # 0 where t is 1, so that σ of the clipped x serves
    np.divide(e, e + 1, out=e)
    e *= x
    dx *= e
    dx += t
    dx *= dy
    return dx


def _mish_bend(g: Any, dy: Any, x: Any) -> Any:
    """NaN where eˣ overflows, as in torch."""
    e = exp(x)
    s = e / (1 + e)
    t = tanh(log1p(e))
    return g * dy * (s * (1 - t * t) * (2 + x * (1 - s) - 2 * x * t * s))


mish.derivative(x=mish_backward)
mish_backward.derivative(dy=mish_backward, x=_mish_bend)


# GELU ---------------------------------------------------------------------------------------------------

_CUBIC = 0.044715
_SLOPE = math.sqrt(2 / math.pi)


def _tanh_of_cubic(x: Array) -> Array:
    """tanh(√(2/π) (x + 0.044715 x³)), a new array."""
    u = np.multiply(x, x, out=np.empty_like(x))
    u *= _SLOPE * _CUBIC
    u += _SLOPE
    u *= x
    return np.tanh(u, out=u)


@op
@half_in_float32
def gelu(x: Array, *, approximate: str) -> Array:
    """y = x Φ(x), Φ being the normal distribution; or "tanh": x (1 + tanh(√(2/π) (x + 0.044715 x³))) / 2.

    As in torch, ∞ gives NaN in float32, and ∞ in float64.
    """
    if approximate == "tanh":
        y = _tanh_of_cubic(x)
        y += 1
        y *= 0.5
        y *= x
        return y
    return _normal.gelu(x)


@op(node_name="GeluBackwardBackward0")
@half_in_float32
def gelu_backward(dy: Array, x: Array, *, approximate: str) -> Array:
    """dx = dy (Φ(x) + x φ(x)), φ being the normal density; or "tanh": the derivative of that form."""
    dx = _gelu_slope_tanh(x) if approximate == "tanh" else _normal.gelu_slope(x)
    dx *= dy
    return dx


def _gelu_slope_tanh(x: Array) -> Array:
    """(1 + t) / 2 + x (1 − t²) √(2/π) (1 + 3 · 0.044715 x²) / 2, t being the tanh."""
    t = _tanh_of_cubic(x)
    slope = np.multiply(t, t, out=np.empty_like(t))
    np.subtract(1, slope, out=slope)
    slope *= x
    inner = np.multiply(x, x, out=np.empty_like(x))
    inner *= 3 * _CUBIC * _SLOPE
    inner += _SLOPE
    slope *= inner
    slope += t
    slope += 1
    slope *= 0.5
    return slope


def _gelu_bend(g: Any, dy: Any, x: Any, approximate: str) -> Any:
    if approximate != "tanh":
        density = exp(x * x * -0.5) * (1 / math.sqrt(2 * math.pi))
        return g * dy * (density * (2 - x * x))
    inner = _SLOPE * (1 + 3 * _CUBIC * x * x)
    t = tanh(_SLOPE * (x + _CUBIC * x * x * x))
    flat = 1 - t * t
    return g * dy * (flat * (inner + x * (3 * _CUBIC * _SLOPE * x - t * inner * inner)))


gelu.derivative(x=gelu_backward)
gelu_backward.derivative(dy=gelu_backward, x=_gelu_bend)
