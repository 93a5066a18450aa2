"""Losses that are squares near 0 and absolute values beyond: each fused with its reduction, as in loss.py."""

from __future__ import annotations

from typing import Any

import numpy as np

from refnn.autograd.op import Array, op
from refnn.dtypes import from_numpy
from refnn.ops._half import opmath
from refnn.ops.comparison import less, where
from refnn.ops.creation import data_of, zeros_like
from refnn.ops.elementary import abs as magnitude
from refnn.ops.loss import difference, ones_of_gradient, over, reduced, sum_back

# Smooth L1 ----------------------------------------------------------------------------------------------


@op(promote=True, node_name="SmoothL1LossBackward0")
def smooth_l1_loss(x: Array, y: Array, *, reduction: str, beta: float) -> Array:
    """l = d² / (2 beta) where |d| < beta, else |d| − beta / 2; d = x − y. x and y have one shape, beta > 0.

    Both are c / beta (|d| − c / 2), c being the smaller of |d| and beta.
    """
    loss, c = _capped_difference(x, y, beta)
    c /= beta
    loss *= c
    return reduced(loss, loss.size, reduction, x.dtype)


def _capped_difference(x: Array, y: Array, bound: float) -> tuple[Array, Array]:
    """|d| − c / 2, and c = min(|d|, bound)."""
    d = difference(x, y)
    np.abs(d, out=d)
    c = np.asarray(np.minimum(d, bound))
    d -= 0.5 * c
    return d, c


@op(node_name="SmoothL1LossBackwardBackward0")
def smooth_l1_loss_backward(gy: Array, x: Array, y: Array, *, reduction: str, beta: float) -> Array:
    """dx = g d / beta where |d| ≤ beta, else g sign d; over the number of elements for the mean."""
    d = difference(x, y)
    np.clip(d, -beta, beta, out=d)
    d /= beta
    return _times(d, gy, reduction).astype(x.dtype, copy=False)


def _times(slope: Array, gy: Array, reduction: str) -> Array:
    """slope · g, over the number of elements for the mean; written over slope."""
    slope *= opmath(gy) * slope.dtype.type(over(1, slope.size, reduction))
    return slope


def _inside(g: Any, x: Any, y: Any, bound: float) -> Any:
    """g where |x − y| < bound, else 0."""
    return where(less(magnitude(x - y), bound), g, zeros_like(g))


def _smooth_l1_curvature(g: Any, gy: Any, x: Any, y: Any, reduction: str, beta: float) -> Any:
    """d²l/dx² = 1 / beta where |d| < beta, else 0."""
    return over(_inside(g * gy, x, y, beta) / beta, data_of(x).size, reduction)


smooth_l1_loss.derivative(
    x=smooth_l1_loss_backward,
    y=lambda g, x, y, reduction, beta: smooth_l1_loss_backward(g, y, x, reduction=reduction, beta=beta),
)
smooth_l1_loss_backward.derivative(
    gy=lambda g, x, y, reduction, beta: sum_back(
        g * smooth_l1_loss_backward(ones_of_gradient(x, reduction), x, y, reduction=reduction, beta=beta), reduction
    ),
    x=_smooth_l1_curvature,
    y=lambda g, gy, x, y, reduction, beta: -_smooth_l1_curvature(g, gy, x, y, reduction, beta),
)


# Huber --------------------------------------------------------------------------------------------------


@op
def huber_loss(x: Array, y: Array, *, reduction: str, delta: float) -> Array:
    """l = d² / 2 where |d| < delta, else delta (|d| − delta / 2); d = x − y. The result has x's dtype.

    Both are c (|d| − c / 2), c being the smaller of |d| and delta. x and y have one shape, delta > 0.
    """
    loss, c = _capped_difference(x, y, delta)
    loss *= c
    return reduced(loss, loss.size, reduction, x.dtype)


@op
def huber_loss_backward(gy: Array, x: Array, y: Array, *, reduction: str, delta: float) -> Array:
    """dx = g d where |d| ≤ delta, else g delta sign d; over the number of elements for the mean."""
    d = difference(x, y)
    np.clip(d, -delta, delta, out=d)
    return _times(d, gy, reduction).astype(x.dtype, copy=False)


def _huber_curvature(g: Any, gy: Any, x: Any, y: Any, reduction: str, delta: float) -> Any:
    """d²l/dx² = 1 where |d| < delta, else 0."""
    return over(_inside(g * gy, x, y, delta), data_of(x).size, reduction)


def _huber_rule(g: Any, x: Any, y: Any, reduction: str, delta: float) -> Any:
    """As in torch, unequal dtypes are no hindrance before this point."""
    found, expected = data_of(y).dtype, data_of(x).dtype
    if found != expected:
        raise RuntimeError(f"Found dtype {from_numpy(found).title} but expected {from_numpy(expected).title}")
    return huber_loss_backward(g, x, y, reduction=reduction, delta=delta)


huber_loss.derivative(
    x=_huber_rule,
    y=lambda g, x, y, reduction, delta: _huber_rule(g, y, x, reduction, delta),
)
huber_loss_backward.derivative(
    gy=lambda g, x, y, reduction, delta: sum_back(
        g * huber_loss_backward(ones_of_gradient(x, reduction), x, y, reduction=reduction, delta=delta), reduction
    ),
    x=_huber_curvature,
    y=lambda g, gy, x, y, reduction, delta: -_huber_curvature(g, gy, x, y, reduction, delta),
)
