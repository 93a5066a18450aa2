"""Less common functions of two numbers, element by element."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from refnn.autograd.op import Array, op
from refnn.ops.comparison import equal, less_equal, logical_and, where
from refnn.ops.creation import conj, ones_like, zeros_like
from refnn.ops.elementary import exp, exp2, log
from refnn.ops.reduction import sum_to


@op(promote=True)
def hypot(x: Array, y: Array) -> Array:
    """z = √(x² + y²), without overflow of the squares."""
    return np.hypot(x, y)


hypot.derivative(x=lambda g, x, out: g * (x / out), y=lambda g, y, out: g * (y / out))


@op(promote="float")
def copysign(x: Array, y: Array) -> Array:
    """z = |x| with the sign of y, that of −0 included."""
    return np.copysign(x, y)


def _copysign_rule(g: Any, x: Any, out: Any) -> Any:
    return where(equal(x, 0), zeros_like(g), g * (out / x))


copysign.derivative(x=_copysign_rule, y=lambda g: zeros_like(g))


@op(promote=True)
def logaddexp(x: Array, y: Array) -> Array:
    """z = ln(eˣ + eʸ). Of complex numbers the one with the larger real part is taken out."""
    if x.dtype.kind != "c":
        return np.logaddexp(x, y)
    first = x.real >= y.real
    top, low = np.where(first, x, y), np.where(first, y, x)
    return np.where(np.isinf(top.real) & (x == y), top, top + np.log1p(np.exp(low - top)))


@op(promote=True)
def logaddexp2(x: Array, y: Array) -> Array:
    """z = log₂(2ˣ + 2ʸ)."""
    return np.logaddexp2(x, y)


def _share(power: Any, g: Any, mine: Any, other: Any) -> Any:
    """g · 1 / (1 + bᵒ⁻ᵐ); two equal infinities give NaN."""
    return g / conj(1 + power(other - mine))


logaddexp.derivative(x=lambda g, x, y: _share(exp, g, x, y), y=lambda g, x, y: _share(exp, g, y, x))
logaddexp2.derivative(x=lambda g, x, y: _share(exp2, g, x, y), y=lambda g, x, y: _share(exp2, g, y, x))


@op(promote="float")
def xlogy(x: Array, y: Array) -> Array:
    """z = x ln y; 0 where x is 0, unless y is NaN."""
    if not isinstance(y, np.ndarray):
        y = np.asarray(y, x.dtype)
    z = x * np.log(y)
    return np.where(np.equal(x, 0) & ~np.isnan(y), np.zeros((), z.dtype), z)


def _xlogy_x(g: Any, x: Any, y: Any) -> Any:
    return where(logical_and(equal(x, 0), less_equal(y, 0)), zeros_like(g), g * log(y))


xlogy.derivative(x=_xlogy_x, y=lambda g, x, y: g * x / y)


@op
def heaviside(x: Array, values: Array) -> Array:
    """z = 0 where x < 0 or NaN, the value where x = 0, 1 where x > 0. It has no derivative."""
    return np.where(x == 0, values, (x > 0).astype(x.dtype))


@op(promote=True)
def nextafter(x: Array, y: Array) -> Array:
    """The number next to x in the direction of y."""
    return np.nextafter(x, y)


nextafter.derivative(x=lambda g, x, y: where(equal(x, y), zeros_like(g), g), y=lambda g: zeros_like(g))


@op(promote=True)
def gcd(x: Array, y: Array) -> Array:
    """The greatest common divisor, never negative."""
    return np.gcd(x, y)


@op(promote=True)
def lcm(x: Array, y: Array) -> Array:
    """The least common multiple, never negative."""
    return np.lcm(x, y)


@op(promote="float")
def ldexp(x: Array, y: Array) -> Array:
    """z = x 2ʸ. The power is taken in double precision and rounded once."""
    power = np.exp2(y.astype(np.float64)) if y.dtype.kind in "fV" else np.power(2.0, y)
    return x * power.astype(x.dtype)


def _ldexp_exponent(g: Any, x: Any, y: Any, y_shape: Any) -> Any:
    """x 2ʸ ln 2, summed before it is multiplied: one exponent may serve many numbers."""
    return sum_to(g * conj(x), shape=y_shape) * conj(ldexp(ones_like(y), y)) * math.log(2)


ldexp.derivative(x=lambda g, y: ldexp(g, conj(y)), y=_ldexp_exponent)


@op(results=("mantissa", "exponent"))
def frexp(x: Array) -> tuple[Array, Array]:
    """x = m 2ᵉ with ½ ≤ |m| < 1: the pair (m, e), e of int32. 0, NaN and infinities have e = 0."""
    mantissa, exponent = np.frexp(x)
    return mantissa, exponent.astype(np.int32)


def _frexp_rule(g: Any, exponent: Any) -> Any:
    """The mantissa's gradient, over 2ᵉ."""
    return None if g[0] is None else ldexp(g[0], -exponent)


frexp.derivative(x=_frexp_rule)

# What torch has no kernel for -----------------------------------------------------------------------------

for _operation, _kinds in (
    (hypot, "biuc"),
    (copysign, "c"),
    (logaddexp, "biu"),
    (logaddexp2, "biuc"),
    (xlogy, "c"),
    (nextafter, "biuc"),
    (gcd, "bfVcU"),
    (lcm, "bfVcU"),
    (heaviside, "U"),
):
    _operation.refuses(f"{_operation.name}_cpu", _kinds)
