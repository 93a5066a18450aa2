"""Activations made of straight pieces: threshold, hardtanh, hardsigmoid, hardswish, and the two shrinks.

At a kink each derivative takes torch's side, which its equation says.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from refnn.autograd.op import Array, op
from refnn.ops._half import half_in_float32
from refnn.ops._select import choose, drop
from refnn.ops.comparison import less, logical_and, where
from refnn.ops.creation import no_slope, zeros_like


def _number(value: float, like: Array) -> Any:
    """A number in an array's dtype; integers cut off the fraction."""
    if like.dtype.kind == "f":
        return like.dtype.type(value)
    return np.asarray(value).astype(like.dtype)[()]


# Threshold ----------------------------------------------------------------------------------------------


@op
@half_in_float32
def threshold(x: Array, *, threshold: float, value: float) -> Array:
    """y = v where x ≤ t, else x. NaN stays."""
    return choose(x <= _number(threshold, x), np.asarray(_number(value, x)), x)


@op(node_name="ThresholdBackwardBackward0")
@half_in_float32
def threshold_backward(dy: Array, x: Array, *, threshold: float) -> Array:
    """dx = 0 where x ≤ t, else dy."""
    return drop(x <= _number(threshold, x), dy)


threshold.derivative(x=lambda g, x, threshold: threshold_backward(g, x, threshold=threshold))
threshold_backward.derivative(dy=threshold_backward, x=no_slope)
threshold_ = threshold.renamed("ThresholdBackward1")  # for use in place


# Hardtanh -----------------------------------------------------------------------------------------------


@op
@half_in_float32
def hardtanh(x: Array, *, min_val: float, max_val: float) -> Array:
    """y = min(max(x, l), u). NaN stays."""
    return np.asarray(np.clip(x, _number(min_val, x), _number(max_val, x)))


@op(node_name="HardtanhBackwardBackward0")
@half_in_float32
def hardtanh_backward(dy: Array, x: Array, *, min_val: float, max_val: float) -> Array:
    """dx = 0 where x ≤ l or x ≥ u, else dy."""
    outside = np.asarray(x <= _number(min_val, x))
    outside |= x >= _number(max_val, x)
    return drop(outside, dy)


hardtanh.derivative(x=hardtanh_backward)
hardtanh_backward.derivative(dy=hardtanh_backward, x=no_slope)


# Hardsigmoid --------------------------------------------------------------------------------------------


def _ramp(x: Array) -> Array:
    """min(max(x + 3, 0), 6), a new array."""
    y = np.add(x, 3, out=np.empty_like(x))
    return np.clip(y, _number(0, x), _number(6, x), out=y)


@op
@half_in_float32
def hardsigmoid(x: Array) -> Array:
    """y = min(max(x + 3, 0), 6) / 6."""
    y = _ramp(x)
    y /= 6
    return y


@op
@half_in_float32
def hardsigmoid_backward(dy: Array, x: Array) -> Array:
    """dx = dy / 6 where −3 < x < 3, else 0."""
    inside = np.asarray(np.abs(x) < 3)
    return drop(np.logical_not(inside, out=inside), dy / 6)


hardsigmoid.derivative(x=hardsigmoid_backward)
hardsigmoid_backward.derivative(dy=hardsigmoid_backward)


# Hardswish ----------------------------------------------------------------------------------------------


@op
@half_in_float32
def hardswish(x: Array) -> Array:
    """y = x min(max(x + 3, 0), 6) / 6."""
    y = _ramp(x)
    y *= x
    y /= 6
    return y


@op(node_name="HardswishBackwardBackward0")
@half_in_float32
def hardswish_backward(dy: Array, x: Array) -> Array:
    """dx = 0 where x ≤ −3, dy (x / 3 + ½) where −3 < x < 3, else dy."""
    dx = np.divide(x, 3, out=np.empty_like(x))
    dx += 0.5
    dx *= dy
    return drop(x <= -3, choose(x < 3, dx, dy))


def _hardswish_bend(g: Any, dy: Any, x: Any) -> Any:
    inside = logical_and(less(-3, x), less(x, 3))
    return where(inside, g * dy / 3, zeros_like(g))


hardswish.derivative(x=hardswish_backward)
hardswish_backward.derivative(dy=hardswish_backward, x=_hardswish_bend)


# Shrinks ------------------------------------------------------------------------------------------------


@op
@half_in_float32
def hardshrink(x: Array, *, lambd: float) -> Array:
    """y = 0 where |x| ≤ λ, else x. NaN stays."""
    return drop(np.abs(x) <= _number(lambd, x), x)


@op
@half_in_float32
def softshrink(x: Array, *, lambd: float) -> Array:
    """y = x − min(max(x, −λ), λ): 0 where |x| ≤ λ, else x moved by λ toward 0. NaN stays."""
    y = np.clip(x, _number(-lambd, x), _number(lambd, x), out=np.empty_like(x))
    return np.subtract(x, y, out=y)


@op(node_name="HardshrinkBackwardBackward0")
@half_in_float32
def hardshrink_backward(dy: Array, x: Array, *, lambd: float) -> Array:
    """dx = 0 where |x| ≤ λ, else dy: of both shrinks."""
    return drop(np.abs(x) <= _number(lambd, x), dy)


hardshrink.derivative(x=hardshrink_backward)
hardshrink_backward.derivative(dy=hardshrink_backward, x=no_slope)
softshrink_backward = hardshrink_backward.renamed("SoftshrinkBackwardBackward0")
softshrink.derivative(x=lambda g, x, lambd: softshrink_backward(g, x, lambd=lambd))
