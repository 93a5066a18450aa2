"""The randomised leaky ReLU: y = x where x > 0, else r x, with a slope r drawn for each such element.

In evaluation the slope is (lower + upper) / 2, and the operation is `leaky_relu`.

Source: Xu et al., "Empirical Evaluation of Rectified Activations in Convolutional Network", 2015.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from refnn.autograd.op import Array, op
from refnn.ops._half import opmath
from refnn.ops.activation import leaky_relu, leaky_relu_, leaky_relu_backward
from refnn.ops.creation import always, cast, data_of
from refnn.ops.random import unit_doubles

__all__ = ["mean_slope", "mean_slope_", "rrelu", "rrelu_", "slopes"]

_NARROW = 1e-6  # a range of slopes up to this is taken for the one slope in its middle


def slopes(x: Array, stream: Any, *, lower: float, upper: float) -> Array:
    """r of U(lower, upper) where x ≤ 0, in logical order; 1 elsewhere, where nothing is drawn."""
    work = np.float64 if x.dtype == np.float64 else np.float32  # bfloat16's slopes have 32 bits as well
    low, high = float(work(lower)), float(work(upper))
    drawn = np.ones(x.shape, work)
    is_leaking = opmath(x) <= 0
    r = unit_doubles(int(np.count_nonzero(is_leaking)), stream)
    r *= high - low
    r += low
    drawn[is_leaking] = r
    return drawn


@op(node_name="RreluWithNoiseBackward0")
def rrelu(x: Array, r: Array, *, lower: float, upper: float) -> Array:
    """y = r x, with the slopes r of `slopes`."""
    return np.multiply(x, r, out=np.empty(x.shape, r.dtype)).astype(x.dtype, copy=False)


@op(node_name="RreluWithNoiseBackward1")
def rrelu_(x: Array, r: Array, *, lower: float, upper: float) -> Array:
    """rrelu, for use in place: its rule does not look at x."""
    return rrelu(x, r, lower=lower, upper=upper)


def _rule(g: Any, x: Any, r: Any, lower: float, upper: float) -> Any:
    """dx = r dy."""
    if upper - lower <= _NARROW:
        return leaky_relu_backward(g, x, negative_slope=(lower + upper) / 2)
    return g * cast(r, dtype=data_of(g).dtype)


rrelu.derivative(x=_rule)
rrelu.flat = rrelu_.flat = always
rrelu_.derivative(x=lambda g, out, r, lower, upper: _rule(g, out, r, lower, upper))

# In evaluation.
mean_slope = leaky_relu.renamed("RreluWithNoiseBackward0")
mean_slope_ = leaky_relu_.renamed("RreluWithNoiseBackward1")
