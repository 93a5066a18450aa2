"""Losses: each is fused with its reduction, and each backward is an op of its own.

`reduction` is "none", "sum", or "mean". Losses over classes stand in loss_nll.py.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from refnn.autograd.op import Array, op
from refnn.ops._half import opmath as opmath
from refnn.ops._log1p import log1p_unit
from refnn.ops.activation import sigmoid
from refnn.ops.creation import data_of, ones_like
from refnn.ops.elementary import log
from refnn.ops.pointwise import clamp, sub
from refnn.ops.reduction import sum as sum_over

Dims = tuple[int, ...]


def difference(x: Array, y: Array) -> Array:
    """x − y, a new array; of 16-bit floats in float32."""
    return np.asarray(opmath(x) - opmath(y))


def reduced(loss: Array, count: Any, reduction: str, dtype: Any) -> Array:
    """The losses, their sum, or their sum over a count (a number of losses, or a sum of weights)."""
    if reduction == "none":
        return loss.astype(dtype, copy=False)
    total = np.add.reduce(loss, None)
    if reduction == "mean":
        total = total / count
    return total if total.dtype == dtype else np.asarray(total).astype(dtype)


def sum_back(g: Any, reduction: str) -> Any:
    """What a reduction does to losses, without its division: that is in the backward op already."""
    return g if reduction == "none" else sum_over(g, dim=None, keepdim=False)


def over(x: Any, size: int, reduction: str) -> Any:
    return x / size if reduction == "mean" and size else x


# Squared error ------------------------------------------------------------------------------------------


@op(promote=True)
def mse_loss(x: Array, y: Array, *, reduction: str) -> Array:
    """l = (x − y)². x and y have one shape."""
    d = difference(x, y)
    d *= d
    return reduced(d, d.size, reduction, x.dtype)


@op
def mse_loss_backward(gy: Array, x: Array, y: Array, *, reduction: str) -> Array:
    """dx = 2 (x − y) g, over the number of elements for the mean."""
    d = np.asarray(x - y)
    slope = gy * np.asarray(over(2, x.size, reduction), gy.dtype)
    d *= np.asarray(slope)  # since NumPy takes twice the time for a scalar
    return d


mse_loss.derivative(
    x=mse_loss_backward,
    y=lambda g, x, y, reduction: mse_loss_backward(g, y, x, reduction=reduction),
)
mse_loss_backward.derivative(
    gy=lambda g, x, y, reduction: sum_back(
        g * mse_loss_backward(ones_of_gradient(x, reduction), x, y, reduction=reduction), reduction
    ),
    x=lambda g, gy, x_shape, reduction: g * gy * over(2, size(x_shape), reduction),
    y=lambda g, gy, x_shape, reduction: g * gy * -over(2, size(x_shape), reduction),
)


def size(shape: Dims) -> int:
    return int(np.prod(shape))


def ones_of_gradient(x: Any, reduction: str) -> Any:
    """The gradient 1 of a loss over x."""
    return ones_like(x) if reduction == "none" else np.ones((), data_of(x).dtype)


# Binary cross entropy -----------------------------------------------------------------------------------

_LOG_FLOOR = -100.0  # log 0 counts as −100, so that the loss stays finite
_EPS = 1e-12  # and x (1 − x) as at least this in the gradient


@op
def binary_cross_entropy(x: Array, target: Array, weight: Array, *, reduction: str) -> Array:
    """l = −w (t max(log x, −100) + (1 − t) max(log(1 − x), −100))."""
    p, t = opmath(x), opmath(target)
    present, absent = _floored(np.log(p)), _floored(np.log1p(-p))
    absent *= t - 1
    present *= t
    absent -= present
    if weight is not None:
        absent *= weight.astype(absent.dtype, copy=False)
    return reduced(absent, absent.size, reduction, x.dtype)


def _floored(logarithm: Any) -> Array:
    y: Array = np.asarray(logarithm)
    if y.size and np.minimum.reduce(y, None) < _LOG_FLOOR:  # rare, and finding out is quicker than doing it
        np.maximum(y, _LOG_FLOOR, out=y)
    return y


@op
def binary_cross_entropy_backward(gy: Array, x: Array, target: Array, weight: Array, *, reduction: str) -> Array:
    """dx = w g (x − t) / max(x (1 − x), 10⁻¹²), over the number of elements for the mean."""
    p = opmath(x)
    dx = np.asarray(p - target)
    dx /= np.maximum((1 - p) * p, p.dtype.type(x.dtype.type(_EPS)))  # which is 0 in float16
    return _scaled(dx, gy, weight, reduction).astype(x.dtype, copy=False)


def _scaled(slope: Array, gy: Array, weight: Array | None, reduction: str) -> Array:
    """slope · g · w, over the number of elements for the mean; written over slope."""
    if weight is not None:
        slope *= weight.astype(slope.dtype, copy=False)
    slope *= np.asarray(gy * np.asarray(over(1, slope.size, reduction), gy.dtype))
    return slope


def _weighted(g: Any, gy: Any, weight: Any, reduction: str) -> Any:
    """g · gy · w / n, with ops: what multiplies a slope that is differentiated again."""
    product = g * gy if weight is None else g * gy * weight
    return over(product, data_of(g).size, reduction)


def _bce_target_rule(g: Any, x: Any, weight: Any, reduction: str) -> Any:
    """dt = w g (log(1 − x) − log x): without the floor, as in torch."""
    slope = log(sub(1.0, x)) - log(x)
    return over(slope * g if weight is None else slope * g * weight, data_of(x).size, reduction)


def _bce_slope(g: Any, x: Any, target: Any, weight: Any, reduction: str) -> Any:
    """dl/dx again, as torch has it in a second derivative: 10⁻¹² beside each factor of the divisor."""
    slope = (x - target) / ((x + _EPS) * (sub(1.0, x) + _EPS)) * g
    slope = slope if weight is None else slope * weight
    return over(sum_back(slope, reduction), data_of(x).size, reduction)


def _bce_curvature(g: Any, gy: Any, x: Any, target: Any, weight: Any, reduction: str) -> Any:
    """d²l/dx² = (x² − 2 x t + t) / (x (1 − x))², with 10⁻¹² beside each factor of the divisor."""
    low, high = x + _EPS, sub(1.0, x) + _EPS
    slope = (x * x - x * target * 2 + target) / (low * low * (high * high))
    return slope * _weighted(g, gy, weight, reduction)


def _bce_mixed(g: Any, gy: Any, x: Any, weight: Any, reduction: str) -> Any:
    """d²l/dx dt = −1 / max(x (1 − x), 10⁻¹²)."""
    return -_weighted(g, gy, weight, reduction) / clamp(sub(1.0, x) * x, min=_EPS, max=None)


binary_cross_entropy.derivative(
    x=binary_cross_entropy_backward,
    target=_bce_target_rule,
)
binary_cross_entropy_backward.derivative(
    gy=_bce_slope,
    x=_bce_curvature,
    target=_bce_mixed,
)


# Binary cross entropy of logits -------------------------------------------------------------------------


def _softplus_of_minus(x: Array) -> Array:
    """log(1 + e⁻ˣ), without overflow."""
    y = np.asarray(np.negative(np.abs(x)))
    np.exp(y, out=y)
    y = log1p_unit(y)
    y += np.maximum(np.negative(x), np.zeros_like(x))
    return y


@op
def binary_cross_entropy_with_logits(
    x: Array, target: Array, weight: Array, pos_weight: Array, *, reduction: str
) -> Array:
    """l = w ((1 − t) x + (1 + (p − 1) t) log(1 + e⁻ˣ)): cross entropy of σ(x); p weighs the positive part.

    The result has the dtype of t.
    """
    z, t = opmath(x), opmath(target)
    loss = _softplus_of_minus(z)
    if pos_weight is not None:
        loss *= ((pos_weight - 1) * t + 1).astype(loss.dtype, copy=False)
    loss = np.asarray((1 - t) * z + loss)
    if weight is not None:
        loss *= weight.astype(loss.dtype, copy=False)
    return reduced(loss, loss.size, reduction, target.dtype)


@op
def binary_cross_entropy_with_logits_backward(
    gy: Array, x: Array, target: Array, weight: Array, pos_weight: Array, *, reduction: str
) -> Array:
    """dx = w g ((1 + (p − 1) t) σ(x) − p t), over the number of elements for the mean."""
    dx = sigmoid.kernel(opmath(x))
    if pos_weight is None:
        dx = np.asarray(dx - target)
    else:
        positive = pos_weight * target
        dx = np.asarray((positive + (1 - target)) * dx - positive)
    return _scaled(dx, gy, weight, reduction).astype(x.dtype, copy=False)


def _logits_target_rule(g: Any, x: Any, target_shape: Dims, weight: Any, pos_weight: Any, reduction: str) -> Any:
    """dt = w g ((p − 1) log(1 + e⁻ˣ) − x)."""
    slope = -x if pos_weight is None else (pos_weight - 1) * softplus_of_minus(x) - x
    return over(slope * g if weight is None else slope * g * weight, size(target_shape), reduction)


@op
def softplus_of_minus(x: Array) -> Array:
    """y = log(1 + e⁻ˣ)."""
    return _softplus_of_minus(opmath(x)).astype(x.dtype, copy=False)


softplus_of_minus.derivative(x=lambda g, x: g * (sigmoid(x) - 1))


def _logits_curvature(g: Any, gy: Any, x: Any, target: Any, weight: Any, pos_weight: Any, reduction: str) -> Any:
    """d²l/dx² = (1 + (p − 1) t) σ(x) (1 − σ(x))."""
    s = sigmoid(x)
    slope = s * sub(1.0, s)
    if pos_weight is not None:
        slope = slope * ((pos_weight - 1) * target + 1)
    return slope * _weighted(g, gy, weight, reduction)


def _logits_mixed(g: Any, gy: Any, x: Any, weight: Any, pos_weight: Any, reduction: str) -> Any:
    """d²l/dx dt = (p − 1) σ(x) − p."""
    product = _weighted(g, gy, weight, reduction)
    return -product if pos_weight is None else product * ((pos_weight - 1) * sigmoid(x) - pos_weight)


binary_cross_entropy_with_logits.derivative(
    x=binary_cross_entropy_with_logits_backward,
    target=_logits_target_rule,
)
binary_cross_entropy_with_logits_backward.derivative(
    gy=lambda g, x, target, weight, pos_weight, reduction: sum_back(
        g
        * binary_cross_entropy_with_logits_backward(
            ones_of_gradient(x, reduction), x, target, weight, pos_weight, reduction=reduction
        ),
        reduction,
    ),
    x=_logits_curvature,
    target=_logits_mixed,
)
