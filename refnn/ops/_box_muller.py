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

__all__ = ["box_muller_float32", "box_muller_float64", "box_muller_serial", "normal_pair"]

Singles = NDArray[np.float32]
Doubles = NDArray[np.float64]
f32 = np.float32

_ROWS = 1024  # chunks of 16 that are worked on together: their temporaries stay in the cache

# Constants are arrays without dimensions, which NumPy takes up twice as fast as numbers.


def _singles(*values: float) -> tuple[Singles, ...]:
    return tuple(np.array(value, f32) for value in values)


def _doubles(*values: float) -> tuple[Doubles, ...]:
    """float32 constants for products in float64."""
    return tuple(np.array(f32(value), np.float64) for value in values)


def _ints(*values: int) -> tuple[NDArray[np.int32], ...]:
    return tuple(np.array(value, np.int32) for value in values)


_ONE, _HALF, _MINUS_TWO, _ZERO = _singles(1, 0.5, -2, 0)
_TWO_PI, _FOUR_OVER_PI = _singles(2 * math.pi, 1.27323954473516)
_SQRT_HALF_BITS = _singles(0.707106781186547524)[0].view(np.int32)
_LOG = _doubles(
    7.0376836292e-2, -1.1514610310e-1, 1.1676998740e-1, -1.2420140846e-1, 1.4249322787e-1,
    -1.6668057665e-1, 2.0000714765e-1, -2.4999993993e-1, 3.3333331174e-1,
)  # fmt: skip
_LOG2_LOW, _LOG2_HIGH = _singles(-2.12194440e-4, 0.693359375)
_COS_AND_SIN = tuple(
    np.array(pair)[:, np.newaxis]
    for pair in zip(
        _doubles(2.443315711809948e-5, -1.388731625493765e-3, 4.166664568298827e-2),
        _doubles(-1.9515295891e-4, 8.3321608736e-3, -1.6666654611e-1),
        strict=True,
    )
)
_QUARTER_PI_1, _QUARTER_PI_2 = _singles(-0.78515625, -2.4187564849853515625e-4)
_QUARTER_PI_3, _MINUS_HALF = _doubles(-3.77489497744594108e-8, -0.5)
_I1, _I23, _I29, _I30, _I31, _NOT_1, _SIGN = _ints(1, 23, 29, 30, 31, ~1, -(2**31))


def box_muller_float32(uniforms: Singles, mean: float, std: float) -> None:
    """Turn uniforms (rows, 16) into normals in place: columns j and j + 8 make a pair."""
    for start in range(0, len(uniforms), _ROWS):
        halves = uniforms[start : start + _ROWS].reshape(-1, 2, 8).swapaxes(0, 1)
        u1, u2 = halves.reshape(2, -1)
        np.subtract(_ONE, u1, out=u1)
        radius = _log(u1)
        radius *= _MINUS_TWO
        np.sqrt(radius, out=radius)
        u2 *= _TWO_PI
        z = _cos_and_sin(u2)
        z *= radius
        halves[...] = _scaled(z, mean, std).reshape(halves.shape)


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


def normal_pair(angle: float, height: float) -> tuple[float, float]:
    """The same for two uniforms."""
    radius, theta = math.sqrt(-2.0 * math.log1p(-height)), 2 * math.pi * angle
    return radius * math.cos(theta), radius * math.sin(theta)


def _fma(x: Singles, y: Any, z: Any) -> Singles:
    """x y + z in float32, rounded once; y and z are float64, holding float32 values.

    The product of two float32 numbers is exact in float64. The sum is rounded to float64 and then to
    float32, which goes wrong only if the first rounding lands on a tie of the second: once in 2²⁹.
    """
    wide = x.astype(np.float64)
    wide *= y
    wide += z
    return wide.astype(f32)


def _horner(coefficients: tuple[Any, ...], x: Doubles) -> Singles:
    """c₀ xⁿ + c₁ xⁿ⁻¹ + … by fused multiply-adds, as in `_fma`; x holds float32 values."""
    wide = coefficients[0] * x
    wide += coefficients[1]
    y = wide.astype(f32)
    for c in coefficients[2:]:
        wide[...] = y
        wide *= x
        wide += c
        y[...] = wide
    return y


def _scaled(z: Singles, mean: float, std: float) -> Singles:
    if mean == 0.0 and std == 1.0:
        z += _ZERO  # what a multiply-add makes of −0
        return z
    return _fma(z, float(f32(std)), float(f32(mean)))


def _log(u: Singles) -> Singles:
    """log u for normal u > 0: u = 2ᵉ (1 + x) with √½ ≤ 1 + x < √2, then a polynomial in x."""
    bits = u.view(np.int32)
    exponent = bits - _SQRT_HALF_BITS  # so that it changes where 1 + x is √½, not 1
    exponent >>= _I23
    e = exponent.astype(f32)
    exponent <<= _I23
    x = (bits - exponent).view(f32)
    x -= _ONE
    y = _horner(_LOG, x.astype(np.float64))
    y *= x
    z = x * x
    y = _fma(y, z.astype(np.float64), (e * _LOG2_LOW).astype(np.float64))
    z *= _HALF
    y -= z
    x += y
    e *= _LOG2_HIGH  # exact, as in a multiply-add: the constant has 11 bits
    e += x
    return e


def _cos_and_sin(theta: Singles) -> Singles:
    """cos θ and sin θ, (2, n), for 0 ≤ θ ≤ 2π: θ less the nearest even multiple of π/4, then two polynomials."""
    octant = (theta * _FOUR_OVER_PI).astype(np.int32)
    octant += _I1
    octant &= _NOT_1
    j = octant.astype(f32)
    x = theta + j * _QUARTER_PI_1  # π/4 in three parts, so that nothing is lost
    x += j * _QUARTER_PI_2  # these two products are exact, as in a multiply-add
    x = _fma(j, _QUARTER_PI_3, x.astype(np.float64))
    z = x * x
    x64, z64 = x.astype(np.float64), z.astype(np.float64)
    y = _horner(_COS_AND_SIN, z64)
    y *= z
    cos, sin = wide = y.astype(np.float64)
    cos *= z64
    z64 *= _MINUS_HALF
    cos += z64
    sin *= x64
    sin += x64
    y[...] = wide
    y[0] += _ONE
    _turn(y, octant)
    return y


def _turn(cos_and_sin: Singles, octant: NDArray[np.int32]) -> None:
    """(c, s) ← (c, s), (−s, c), (−c, −s), (s, −c), (c, s) for octant 0, 2, 4, 6, 8, by their bits."""
    both = cos_and_sin.view(np.int32)
    cos, sin = both
    is_swapped = octant << _I30
    is_swapped >>= _I31  # now all bits are 0 or all are 1
    change = cos ^ sin
    change &= is_swapped
    change ^= (octant << _I29) & _SIGN
    both ^= change
    is_swapped &= _SIGN
    cos ^= is_swapped
