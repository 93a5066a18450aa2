"""The error function, the gamma function, Bessel functions and their relatives."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from refnn.autograd.op import Array, op
from refnn.ops import _bessel, _gamma, _special
from refnn.ops._half import half_in_float32
from refnn.ops.comparison import equal, greater, less, logical_or, where
from refnn.ops.creation import conj, zeros_like
from refnn.ops.elementary import cos, exp, neg, sin, square


def _double(kernel: _special.Kernel, x: Array) -> Array:
    """kernel(x) of a kernel of float64, rounded to x's dtype."""
    return np.asarray(kernel(x.astype(np.float64, copy=False))).astype(x.dtype, copy=False)


@op(promote="float")
@half_in_float32
def erf(x: Array) -> Array:
    """y = 2/√π ∫₀ˣ exp(−t²) dt."""
    return _special.erf(x)


@op(promote="float")
@half_in_float32
def erfc(x: Array) -> Array:
    """y = 1 − erf x = 2/√π ∫ₓ^∞ exp(−t²) dt."""
    return _special.erfc(x)


@op(promote="float")
def erfinv(x: Array) -> Array:
    """y with erf y = x."""
    return _double(_special.erfinv, x)


erf.derivative(x=lambda g, x: 2 / math.sqrt(math.pi) * exp(neg(x * x)) * g)
erfc.derivative(x=lambda g, x: -2 / math.sqrt(math.pi) * exp(neg(x * x)) * g)
erfinv.derivative(x=lambda g, x: math.sqrt(math.pi) / 2 * exp(square(erfinv(x))) * g)


@op(promote="float")
def lgamma(x: Array) -> Array:
    """y = ln |Γ(x)|."""
    return _double(_gamma.lgamma, x)


@op(promote="float")
def digamma(x: Array) -> Array:
    """y = ψ(x) = d ln Γ(x) / dx."""
    return _double(_gamma.digamma, x)


@op(promote="float")
def polygamma(x: Array, *, n: int) -> Array:
    """y = the n-th derivative of ψ: (−1)ⁿ⁺¹ n! ζ(n + 1, x) for n ≥ 2, and with a reflection for n = 1."""
    if n == 0:
        return digamma.kernel(x)
    if n == 1:
        return _double(_trigamma, x)
    sign = 1 if n % 2 else -1
    return _double(lambda q: sign * math.factorial(n) * _gamma.zeta(n + 1, q), x)


def _trigamma(x: Array) -> Array:
    """ζ(2, x); for x < ½ (π / sin πx)² − ζ(2, 1 − x)."""
    reflected = (math.pi / np.sin(math.pi * x)) ** 2 - _gamma.zeta(2, np.where(x < 0.5, 1 - x, 1.0))
    return np.where(x < 0.5, reflected, _gamma.zeta(2, np.where(x < 0.5, 1.0, x)))


lgamma.derivative(x=lambda g, x: g * digamma(x))
digamma.derivative(x=lambda g, x: g * polygamma(x, n=1))
polygamma.derivative(x=lambda g, x, n: g * polygamma(x, n=n + 1))


@op(promote="float")
def logit(x: Array, *, eps: float | None) -> Array:
    """y = ln(x / (1 − x)), x being held within [ε, 1 − ε] where ε is given."""
    if eps is not None:
        low, high = x.dtype.type(eps), x.dtype.type(1 - eps)
        x = np.where(x < low, low, np.where(x > high, high, x))
    return np.log(x / (1 - x))


def _logit_rule(g: Any, x: Any, eps: float | None) -> Any:
    """1 / (x (1 − x)); beyond the bounds 0 where ε is given, else NaN."""
    low, fill = (0.0, math.nan) if eps is None else (eps, 0.0)
    outside = logical_or(less(x, low), greater(x, 1 - low))
    return where(outside, zeros_like(g) + zeros_like(g).dtype.type(fill), g / (x * (1 - x)))


logit.derivative(x=_logit_rule)


@op(promote="float")
@half_in_float32
def sinc(x: Array) -> Array:
    """y = sin(πx) / (πx), and 1 at 0."""
    scaled = x * math.pi
    zero = np.equal(x, 0)
    return np.where(zero, np.ones((), x.dtype), np.sin(scaled) / np.where(zero, np.ones((), x.dtype), scaled))


def _sinc_rule(g: Any, x: Any) -> Any:
    """(πx cos πx − sin πx) / (πx²), and 0 at 0."""
    scaled = x * math.pi
    slope = (scaled * cos(scaled) - sin(scaled)) / (scaled * x)
    return where(equal(x, 0), zeros_like(g), g * conj(slope))


sinc.derivative(x=_sinc_rule)


@op(promote="float")
def i0(x: Array) -> Array:
    """y = I₀(x), the modified Bessel function of order 0."""
    return _double(_bessel.i0, x)


@op(promote="float", node_name="SpecialI1Backward0")
def i1(x: Array) -> Array:
    """y = I₁(x), the modified Bessel function of order 1."""
    return _double(_bessel.i1, x)


def _i1_rule(g: Any, x: Any, out: Any) -> Any:
    """I₀(x) − I₁(x) / x, and ½ at 0."""
    zero = equal(x, 0)
    slope = i0(x) - out / where(zero, zeros_like(g) + 1, x)
    return g * where(zero, zeros_like(g) + zeros_like(g).dtype.type(0.5), slope)


i0.derivative(x=lambda g, x: g * i1(x))
i1.derivative(x=_i1_rule)

erf.refuses("erf_vml_cpu", "c")
erfc.refuses("erfc_vml_cpu", "c")
erfinv.refuses("erfinv_vml_cpu", "c")
lgamma.refuses("lgamma_vml_cpu", "c")
digamma.refuses("digamma", "c")
logit.refuses("logit_cpu", "c")
i0.refuses("i0_vml_cpu", "c")
