"""The logarithm of the gamma function and its derivatives, in float64: NumPy has none of them.

Near its roots 1 and 2 ln Γ is a polynomial times the distance to 2, of x brought into [1.5, 2.5] by
Γ(x + 1) = x Γ(x); from 8 on it is Stirling's series. Negative x are reflected. The measured errors beside
each kernel are against forty digits.
"""

from __future__ import annotations

import math

import numpy as np

from refnn.autograd.op import Array
from refnn.ops._special import horner

__all__ = ["digamma", "lgamma", "zeta"]

# ln Γ(2 + d) / d on −½ ≤ d ≤ ½: interpolated at Chebyshev nodes, relative error 2.4e−17.
_NEAR_TWO = (
    0.42278433509846713, 0.3224670334241132, -0.06735230105319814, 0.02058080842778457, -0.0073855510286681535,
    0.002890510330738737, -0.0011927539120010226, 0.0005096695248853096, -0.00022315475074520367,
    9.945750909889392e-05, -4.4926351103833334e-05, 2.050726741605779e-05, -9.438458716242811e-06,
    4.374374916915131e-06, -2.0449201467015115e-06, 9.578663334114758e-07, -4.303558760359961e-07,
    2.0304806751615227e-07, -1.3412819758517287e-07, 6.379047507619774e-08,
)  # fmt: skip
# B₂ₖ / (2k (2k − 1)), of Stirling's series. Source: Abramowitz and Stegun, 6.1.41.
_STIRLING = (1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188, -691 / 360360, 1 / 156, -3617 / 122400)
# B₂ₖ / 2k, of the series of ψ. Source: Abramowitz and Stegun, 6.3.18.
_DIGAMMA = (1 / 12, -1 / 120, 1 / 252, -1 / 240, 1 / 132, -691 / 32760, 1 / 12, -3617 / 8160)
_HALF_LOG_TWO_PI = 0.5 * math.log(2 * math.pi)
_LARGE = 8.0
_BERNOULLI = (1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6, -3617 / 510, 43867 / 798, -174611 / 330)


def lgamma(x: Array) -> Array:
    """ln |Γ(x)|; ∞ at 0 and the negative integers. Absolute error below 4 units in the last place of max(1, |y|)."""
    y = _lgamma_positive(np.where(x > 0, x, 1 - x))
    reflected = math.log(math.pi) - np.log(np.abs(np.sin(math.pi * _fraction(x)))) - y
    y = np.where(x > 0, y, reflected)
    return np.where(np.isinf(x) | ((x <= 0) & (x == np.floor(x))), np.inf, y)


def _fraction(x: Array) -> Array:
    """x minus the nearest integer: π x would lose the fraction of a large x."""
    return x - np.round(x)


def _lgamma_positive(x: Array) -> Array:
    steps = np.where(x < 0.5, -2, np.where(x < 1.5, -1, np.round(np.minimum(x, _LARGE) - 2)))
    product = np.ones_like(x)
    for k in range(1, 7):
        product = np.where(steps >= k, product * (x - k), product)
    shift = np.where(x < 0.5, -np.log(x) - np.log1p(x), np.where(x < 1.5, -np.log(x), np.log(product)))
    d = np.where(x < _LARGE, x - (2 + steps), 0.0)  # exact near the roots
    small = d * horner(d, _NEAR_TWO) + shift
    large = np.maximum(x, _LARGE)
    inverse = 1 / large
    stirling = (large - 0.5) * np.log(large) - large + _HALF_LOG_TWO_PI + inverse * horner(inverse**2, _STIRLING)
    return np.where(x < _LARGE, small, stirling)


def digamma(x: Array) -> Array:
    """ψ(x) = d ln Γ / dx; ∓∞ at ±0, NaN at the negative integers. Absolute error 4e−15 of max(1, |y|)."""
    y = _digamma_positive(np.where(x > 0, x, 1 - x))
    y = np.where(x > 0, y, y - math.pi / np.tan(math.pi * _fraction(x)))
    y = np.where((x < 0) & (x == np.floor(x)), np.nan, y)
    return np.where(x == 0, np.copysign(np.inf, -x), y)


def _digamma_positive(x: Array) -> Array:
    """ψ(x) = ψ(x + n) − Σ 1/(x + k), with x + n at least 10."""
    total = np.zeros_like(x)
    shifted = x
    for _ in range(10):
        small = shifted < 10
        total = np.where(small, total + 1 / np.where(small, shifted, 1.0), total)
        shifted = np.where(small, shifted + 1, shifted)
    square = 1 / (shifted * shifted)
    series = np.log(shifted) - 0.5 / shifted - square * horner(square, _DIGAMMA)
    return np.where(np.isposinf(x), x, series - total)


def zeta(s: float, q: Array) -> Array:
    """ζ(s, q) = Σ_k (q + k)⁻ˢ for a whole s > 1: ten terms and Euler and Maclaurin's series of the rest.

    ∞ where q is 0 or a negative integer. Source: Abramowitz and Stegun, 23.2.
    """
    total = np.zeros_like(q)
    shifted = q
    count = 10 + max(0, math.ceil(-float(np.min(q, initial=0.0, where=np.isfinite(q)))))
    for _ in range(count):
        small = shifted < 10
        total = np.where(small, total + np.where(small, shifted, 1.0) ** -s, total)
        shifted = np.where(small, shifted + 1, shifted)
    rest = shifted ** (1 - s) / (s - 1) + 0.5 * shifted**-s
    factor = s
    power = shifted ** (-s - 1)
    for k, bernoulli in enumerate(_BERNOULLI, 1):
        rest = rest + bernoulli / math.factorial(2 * k) * factor * power
        factor *= (s + 2 * k - 1) * (s + 2 * k)
        power = power / (shifted * shifted)
    return np.where((q <= 0) & (q == np.floor(q)), np.inf, total + rest)
