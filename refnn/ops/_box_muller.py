"""Normal variates from uniform ones, each bit as torch computes it.

Box–Muller: with u₁ in (0, 1] and u₂ in [0, 1),

    r = √(−2 log u₁),  θ = 2π u₂,  z₁ = r cos θ,  z₂ = r sin θ

are two independent standard normal variates. What differs is the arithmetic: torch fills long contiguous
tensors in chunks of 16 with float32 polynomials (Cephes) or the C library's float64 functions, and all
others one number at a time in float64.

Source: Box and Muller, "A note on the generation of random normal deviates" (1958); the float32
polynomials are those of the Cephes library (Moshier), in the variant of `avx_mathfun.h`.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from refnn.ops import _libm

__all__ = ["box_muller_float32", "box_muller_float64", "box_muller_serial"]

Singles = NDArray[np.float32]
Doubles = NDArray[np.float64]
f32 = np.float32

_ROWS = 512  # chunks of 16 that are worked on together: their temporaries stay in the cache
_TWO_PI = f32(2 * math.pi)
_SQRT_HALF = f32(0.707106781186547524)
_FOUR_OVER_PI = f32(1.27323954473516)
_LOG = tuple(
    float(f32(c))
    for c in (
        7.0376836292e-2, -1.1514610310e-1, 1.1676998740e-1, -1.2420140846e-1, 1.4249322787e-1,
        -1.6668057665e-1, 2.0000714765e-1, -2.4999993993e-1, 3.3333331174e-1,
    )
)  # fmt: skip
_LOG2_LOW, _LOG2_HIGH = f32(-2.12194440e-4), float(f32(0.693359375))
_COS = tuple(float(f32(c)) for c in (2.443315711809948e-5, -1.388731625493765e-3, 4.166664568298827e-2))
_SIN = tuple(float(f32(c)) for c in (-1.9515295891e-4, 8.3321608736e-3, -1.6666654611e-1))
_QUARTER_PI = tuple(float(f32(c)) for c in (-0.78515625, -2.4187564849853515625e-4, -3.77489497744594108e-8))
# Signs by octant pair, 0 … 4, of an angle in [0, 2π].
_SIN_SIGN = np.array([1, 1, -1, -1, 1], f32)
_COS_SIGN = np.array([1, -1, -1, 1, 1], f32)


def box_muller_float32(uniforms: Singles, mean: float, std: float) -> None:
    """Turn uniforms (rows, 16) into normals in place: columns j and j + 8 make a pair."""
    for start in range(0, len(uniforms), _ROWS):
        rows = uniforms[start : start + _ROWS]
        u1, u2 = f32(1) - rows[:, :8], rows[:, 8:]
        radius = np.sqrt(f32(-2) * _log(u1))
        sin, cos = _sin_cos(_TWO_PI * u2)
        rows[:, :8] = _scaled(radius * cos, mean, std)
        rows[:, 8:] = _scaled(radius * sin, mean, std)


def box_muller_float64(uniforms: Doubles, mean: float, std: float) -> None:
    """The same in float64."""
    for start in range(0, len(uniforms), _ROWS):
        rows = uniforms[start : start + _ROWS]
        u1, u2 = (1.0 - rows[:, :8]).ravel(), rows[:, 8:].ravel()
        radius, theta = np.sqrt(-2.0 * _libm.log(u1)), 2 * math.pi * u2
        rows[:, :8] = _libm.fma(radius * _libm.cos(theta), std, mean).reshape(-1, 8)
        rows[:, 8:] = _libm.fma(radius * _libm.sin(theta), std, mean).reshape(-1, 8)


def box_muller_serial(uniforms: Doubles) -> Doubles:
    """Standard normals (2n,) in pairs from uniforms (2n,): here the angle is drawn before the radius."""
    out = np.empty_like(uniforms)
    for start in range(0, len(uniforms), 16 * _ROWS):
        angle, height = uniforms[start : start + 16 * _ROWS].reshape(-1, 2).T
        radius, theta = np.sqrt(-2.0 * _libm.log1p(-height)), 2 * math.pi * angle
        pairs = out[start : start + 16 * _ROWS].reshape(-1, 2)
        pairs[:, 0] = radius * _libm.cos(theta)
        pairs[:, 1] = radius * _libm.sin(theta)
    return out


def _fma(x: Singles, y: Any, z: Any) -> Singles:
    """x y + z in float32, rounded once.

    The product of two float32 numbers is exact in float64. The sum is rounded to float64 and then to
    float32, which goes wrong only if the first rounding lands on a tie of the second: once in 2²⁹.
    """
    wide = x.astype(np.float64)
    wide *= y
    wide += z
    return wide.astype(f32)


def _horner(coefficients: tuple[float, ...], x: Any) -> Singles:
    """c₀ xⁿ + c₁ xⁿ⁻¹ + … by fused multiply-adds; x is float64, holding float32 values."""
    y: Singles = (coefficients[0] * x + coefficients[1]).astype(f32)
    for c in coefficients[2:]:
        y = _fma(y, x, c)
    return y


def _scaled(z: Singles, mean: float, std: float) -> Singles:
    if mean == 0.0 and std == 1.0:
        return z + f32(0)  # what a multiply-add makes of −0
    return _fma(z, float(f32(std)), float(f32(mean)))


def _log(u: Singles) -> Singles:
    """log u for normal u > 0: u = 2ᵉ (1 + x) with √½ ≤ 1 + x < √2, then a polynomial in x."""
    bits = u.view(np.int32)
    mantissa = (bits & 0x7FFFFF | 0x3F000000).view(f32)  # [½, 1)
    is_small = mantissa < _SQRT_HALF
    e = ((bits >> 23) - 126 - is_small).astype(f32)
    x = (mantissa - f32(1)) + np.where(is_small, mantissa, f32(0))
    z = x * x
    y = _horner(_LOG, x.astype(np.float64)) * x
    y = _fma(y, z, e * _LOG2_LOW) - f32(0.5) * z
    return _fma(e, _LOG2_HIGH, x + y)


def _sin_cos(theta: Singles) -> tuple[Singles, Singles]:
    """sin θ and cos θ for 0 ≤ θ ≤ 2π: θ less the nearest even multiple of π/4, then two polynomials."""
    octant = ((theta * _FOUR_OVER_PI).astype(np.int32) + 1) & ~1
    j = octant.astype(np.float64)
    x = theta
    for part in _QUARTER_PI:  # π/4 in three parts, so that nothing is lost
        wide = j * part
        wide += x
        x = wide.astype(f32)
    z = x * x
    z64 = z.astype(np.float64)
    cos = _fma(_horner(_COS, z64) * z, z64, -0.5 * z64) + f32(1)
    sin = _fma(_horner(_SIN, z64) * z, x, x)
    pair = octant >> 1
    is_swapped = (pair & 1).astype(bool)
    return (
        np.where(is_swapped, cos, sin) * _SIN_SIGN[pair],
        np.where(is_swapped, sin, cos) * _COS_SIGN[pair],
    )
