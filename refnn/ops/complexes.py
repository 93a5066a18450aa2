"""Complex numbers in polar form."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from refnn.autograd.op import Array, op
from refnn.ops.comparison import equal, where
from refnn.ops.creation import conj, is_complex, ones_like, real, zeros_like


@op(promote="float")
def angle(x: Array) -> Array:
    """y = the angle of x. Of a real number π below 0, else 0; NaN stays."""
    if x.dtype.kind == "c":
        return np.angle(x)
    y = np.where(x < 0, x.dtype.type(math.pi), np.zeros((), x.dtype))
    return np.where(np.isnan(x), x, y)


def _angle_rule(g: Any, x: Any) -> Any:
    """i x / |x|², and 0 at 0. Real angles are flat."""
    if not is_complex(x):
        return zeros_like(g)
    size = real(x * conj(x))
    zero = equal(size, 0)
    return where(zero, zeros_like(x), (g * 1j) * x / where(zero, ones_like(size), size))


angle.derivative(x=_angle_rule)


@op
def polar(r: Array, t: Array) -> Array:
    """z = r e^(it)."""
    kind = np.complex128 if r.dtype == np.float64 else np.complex64
    z = np.empty(np.broadcast_shapes(r.shape, t.shape), kind)
    z.real, z.imag = r * np.cos(t), r * np.sin(t)
    return z


polar.derivative(r=lambda g, t: real(g * conj(polar(ones_like(t), t))), t=lambda g, out: real(g * conj(out * 1j)))
