"""The error function and its relatives."""

from __future__ import annotations

import math

import numpy as np

from refnn.autograd.op import Array, op
from refnn.ops import _special
from refnn.ops.elementary import exp, neg


def _computed(kernel: _special.Kernel, x: Array) -> Array:
    """kernel(x), half precision being computed in float32."""
    if x.dtype.itemsize == 2:
        return kernel(x.astype(np.float32)).astype(x.dtype)
    return kernel(x)


@op(promote="float")
def erf(x: Array) -> Array:
    """y = 2/√π ∫₀ˣ exp(−t²) dt."""
    return _computed(_special.erf, x)


@op(promote="float")
def erfc(x: Array) -> Array:
    """y = 1 − erf x = 2/√π ∫ₓ^∞ exp(−t²) dt."""
    return _computed(_special.erfc, x)


erf.derivative(x=lambda g, x: 2 / math.sqrt(math.pi) * exp(neg(x * x)) * g)
erfc.derivative(x=lambda g, x: -2 / math.sqrt(math.pi) * exp(neg(x * x)) * g)
