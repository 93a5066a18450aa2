"""The normal distribution for GELU: x Φ(x), and its slope Φ(x) + x φ(x).

With q = 1 − Φ(|x|), x Φ(x) = max(x, 0) − |x| q, without cancellation on either side. In float32

    q = e^(−x²/2) P(w),  w = |x| / (4 + |x|)

takes one exponential, which is the density too, where erf to the last place takes five times as long.
"""

from __future__ import annotations

import math

import numpy as np

from refnn.autograd.op import Array
from refnn.ops._special import erf, in_blocks

__all__ = ["gelu", "gelu_slope"]

_DENSITY = 1 / math.sqrt(2 * math.pi)

# q e^(x²/2) = ½ + w …, interpolated at Chebyshev nodes for 0 ≤ |x| ≤ 8; absolute error of q 2.4e−8.
_TAIL = (
    0.5, -1.59576887716, 2.40419475026, -2.10564682488, 0.863495771731, 0.144112276, -0.304208048454,
    0.093884455231,
)  # fmt: skip


def _exponential_and_tail(x: Array) -> tuple[Array, Array]:
    """e^(−x²/2), and q as in the head of the file, which is NaN at ±∞."""
    e = x * x
    e *= np.float32(-0.5)
    np.exp(e, out=e)
    w = np.abs(x)
    w /= w + np.float32(4)
    q = w * np.float32(_TAIL[-1])
    for c in _TAIL[-2:0:-1]:
        q += np.float32(c)
        q *= w
    q += np.float32(_TAIL[0])
    q *= e
    return e, q


def _gelu32(x: Array) -> Array:
    _, q = _exponential_and_tail(x)
    q *= np.abs(x)
    return np.subtract(np.clip(x, np.float32(0), np.float32(np.inf)), q, out=q)


def _slope32(x: Array) -> Array:
    e, q = _exponential_and_tail(x)
    np.subtract((x > 0).astype(np.float32), q, out=q)
    np.abs(q, out=q)  # Φ(x)
    e *= x
    e *= np.float32(_DENSITY)
    q += e
    return q


def _cdf64(x: Array) -> Array:
    y = erf(x * math.sqrt(0.5))
    y += 1
    y *= 0.5
    return y


def _gelu64(x: Array) -> Array:
    y = _cdf64(x)
    y *= x
    return y


def _slope64(x: Array) -> Array:
    density = x * x
    density *= -0.5
    np.exp(density, out=density)
    density *= _DENSITY
    density *= x
    density += _cdf64(x)
    return density


def gelu(x: Array) -> Array:
    """x Φ(x), a new array. As in torch, ∞ gives NaN in float32, and ∞ in float64."""
    return in_blocks(_gelu32 if x.dtype == np.float32 else _gelu64, x)


def gelu_slope(x: Array) -> Array:
    """Φ(x) + x φ(x), a new array."""
    return in_blocks(_slope32 if x.dtype == np.float32 else _slope64, x)
