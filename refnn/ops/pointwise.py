"""Elementwise arithmetic and functions of one or two tensors. Operands broadcast; the engine undoes that."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from refnn.autograd.op import Array, op
from refnn.ops.creation import conj, is_complex, zeros_like

# Comparisons and logic: no derivatives --------------------------------------------------------------------


@op(promote=True)
def equal(x: Array, y: Array) -> Array:
    """x = y."""
    return np.equal(x, y)


@op(promote=True)
def not_equal(x: Array, y: Array) -> Array:
    """x ≠ y."""
    return np.not_equal(x, y)


@op(promote=True)
def less(x: Array, y: Array) -> Array:
    """x < y."""
    return np.less(x, y)


@op(promote=True)
def less_equal(x: Array, y: Array) -> Array:
    """x ≤ y."""
    return np.less_equal(x, y)


@op(promote=True)
def greater(x: Array, y: Array) -> Array:
    """x > y."""
    return np.greater(x, y)


@op(promote=True)
def greater_equal(x: Array, y: Array) -> Array:
    """x ≥ y."""
    return np.greater_equal(x, y)


@op
def isnan(x: Array) -> Array:
    """Whether x is NaN."""
    return np.isnan(x)


@op
def isinf(x: Array) -> Array:
    """Whether x is ±∞."""
    return np.isinf(x)


@op
def isfinite(x: Array) -> Array:
    """Whether x is neither NaN nor infinite."""
    return np.isfinite(x)


@op
def logical_not(x: Array) -> Array:
    """¬x, every number but 0 being true."""
    return np.logical_not(x)


@op
def logical_and(x: Array, y: Array) -> Array:
    """x ∧ y."""
    return np.logical_and(x, y)


@op
def logical_or(x: Array, y: Array) -> Array:
    """x ∨ y."""
    return np.logical_or(x, y)


@op
def logical_xor(x: Array, y: Array) -> Array:
    """x ⊻ y."""
    return np.logical_xor(x, y)


@op
def bitwise_not(x: Array) -> Array:
    """~x."""
    return np.invert(x)


@op(promote=True)
def bitwise_and(x: Array, y: Array) -> Array:
    """x & y, bit by bit."""
    return np.bitwise_and(x, y)


@op(promote=True)
def bitwise_or(x: Array, y: Array) -> Array:
    """x | y, bit by bit."""
    return np.bitwise_or(x, y)


@op(promote=True)
def bitwise_xor(x: Array, y: Array) -> Array:
    """x ^ y, bit by bit."""
    return np.bitwise_xor(x, y)


@op(promote=True)
def left_shift(x: Array, y: Array) -> Array:
    """x · 2ʸ."""
    return np.left_shift(x, y)


@op(promote=True)
def right_shift(x: Array, y: Array) -> Array:
    """⌊x / 2ʸ⌋."""
    return np.right_shift(x, y)


# Selection ----------------------------------------------------------------------------------------------


@op
def where(mask: Array, x: Array, y: Array) -> Array:
    """z = x where the mask is true, y elsewhere."""
    return np.where(mask, x, y)


where.derivative(
    x=lambda g, mask: where(mask, g, zeros_like(g)),
    y=lambda g, mask: where(mask, zeros_like(g), g),
)


@op
def clamp(x: Array, *, min: Any, max: Any) -> Array:
    """y = min(max(x, lower), upper). NaN stays. The gradient passes at the bounds."""
    y = x if min is None else np.maximum(x, np.asarray(min).astype(x.dtype))
    y = y if max is None else np.minimum(y, np.asarray(max).astype(x.dtype))
    return np.asarray(y)


def _clamp_rule(g: Any, x: Any, min: Any, max: Any) -> Any:
    inside = None if min is None else greater_equal(x, min)
    if max is not None:
        below = less_equal(x, max)
        inside = below if inside is None else logical_and(inside, below)
    return where(inside, g, zeros_like(g))


clamp.derivative(x=_clamp_rule)


# Arithmetic ---------------------------------------------------------------------------------------------


@op(promote=True)
def add(x: Array, y: Array, *, alpha: Any = 1) -> Array:
    """z = x + α y."""
    return x + y if alpha == 1 else x + alpha * y


@op(promote=True)
def sub(x: Array, y: Array, *, alpha: Any = 1) -> Array:
    """z = x − α y."""
    return np.subtract(x, y) if alpha == 1 else x - alpha * y


@op(promote=True)
def mul(x: Array, y: Array) -> Array:
    """z = x y."""
    return x * y


@op(promote="float")
def div(x: Array, y: Array) -> Array:
    """z = x / y."""
    return np.true_divide(x, y)


@op
def neg(x: Array) -> Array:
    """y = −x."""
    return np.negative(x)


add.derivative(x=lambda g: g, y=lambda g, alpha: g if alpha == 1 else g * alpha)
sub.derivative(x=lambda g: g, y=lambda g, alpha: -g if alpha == 1 else g * -alpha)
mul.derivative(x=lambda g, y: g * conj(y), y=lambda g, x: g * conj(x))
div.derivative(x=lambda g, y: g / conj(y), y=lambda g, x, y: -g * conj((x / y) / y))
neg.derivative(x=lambda g: -g)


@op(promote=True, node_name="DivBackward1")
def div_floor(x: Array, y: Array) -> Array:
    """z = ⌊x / y⌋."""
    if x.dtype.kind in "iub" and np.any(np.equal(y, 0)):
        raise RuntimeError("ZeroDivisionError")
    return np.floor_divide(x, y) if x.dtype.kind != "f" else np.asarray(_floor_divide(x, y))


def _floor_divide(x: Array, y: Array) -> Any:
    """⌊x / y⌋, and x / y itself where y is 0."""
    return np.where(np.equal(y, 0), np.true_divide(x, y), np.floor_divide(x, y))


@op(promote=True, node_name="DivBackward1")
def div_trunc(x: Array, y: Array) -> Array:
    """z = x / y rounded toward 0."""
    if x.dtype.kind in "iub":
        if np.any(np.equal(y, 0)):
            raise RuntimeError("ZeroDivisionError")
        return np.asarray(np.sign(x) * np.sign(y) * (np.abs(x) // np.abs(y))).astype(x.dtype)
    return np.trunc(np.true_divide(x, y))


@op(promote=True)
def remainder(x: Array, y: Array) -> Array:
    """z = x − y ⌊x / y⌋: the sign of y."""
    if x.dtype.kind in "iu" and np.any(np.equal(y, 0)):
        raise RuntimeError("ZeroDivisionError")
    return np.remainder(x, y)


@op(promote=True)
def fmod(x: Array, y: Array) -> Array:
    """z = x − y trunc(x / y): the sign of x."""
    if x.dtype.kind in "iu" and np.any(np.equal(y, 0)):
        raise RuntimeError("ZeroDivisionError")
    return np.fmod(x, y)


for _rounded in (div_floor, div_trunc):
    _rounded.derivative(x=lambda g: zeros_like(g), y=lambda g: zeros_like(g))
remainder.derivative(x=lambda g: g, y=lambda g, x, y: -g * div_floor(x, y))
fmod.derivative(x=lambda g: g, y=lambda g, x, y: -g * div_trunc(x, y))


@op(promote=True)
def pow(x: Array, y: Array) -> Array:
    """z = xʸ. Small whole powers by multiplication, which is quicker and what torch does."""
    if isinstance(x, np.ndarray) and (not isinstance(y, np.ndarray) or y.ndim == 0):
        exponent = float(y.real) if is_complex(y) and y.imag == 0 else None if is_complex(y) else float(y)
        if exponent == 2:
            return x * x
        if exponent == 3:
            return x * x * x
        if exponent == 0.5 and x.dtype.kind in "fc":
            return np.sqrt(x)
        if exponent == 1:
            return np.array(x)
    if all(v.dtype.kind in "iu" if isinstance(v, np.ndarray) else isinstance(v, int) for v in (x, y)):
        return _int_pow(np.asarray(x), np.asarray(y))
    return np.power(x, y)


def _int_pow(x: Array, y: Array) -> Array:
    """Integer powers; a negative exponent gives 1/x truncated: 0 unless x is 1 or −1."""
    if not np.any(y < 0):
        return np.power(x, y)
    magnitude = np.power(x, np.where(y < 0, np.abs(y) % 2, y))
    return np.where(y < 0, np.where(np.abs(x) == 1, magnitude, 0), magnitude).astype(x.dtype)


def _pow_base(g: Any, x: Any, y: Any) -> Any:
    """y xʸ⁻¹, and 0 where y is 0."""
    if isinstance(y, (int, float)):
        return zeros_like(g) if y == 0 else g * (2 * x if y == 2 else y * x ** (y - 1))
    return where(equal(y, 0), zeros_like(g), g * conj(y * x ** (y - 1)))


def _pow_exponent(g: Any, out: Any, x: Any, y: Any) -> Any:
    """xʸ ln x, and 0 where x is 0 and y ≥ 0."""
    flat = logical_and(equal(x, 0), greater_equal(y, 0)) if not is_complex(y) else equal(x, 0)
    return where(flat, zeros_like(g), g * conj(out * log(x)))


pow.derivative(x=_pow_base, y=_pow_exponent)


@op(promote="float")
def atan2(x: Array, y: Array) -> Array:
    """z = the angle of the point (y, x)."""
    return np.arctan2(x, y)


atan2.derivative(x=lambda g, x, y: g * y / (x * x + y * y), y=lambda g, x, y: -g * x / (x * x + y * y))


@op(promote=True)
def maximum(x: Array, y: Array) -> Array:
    """z = max(x, y), NaN where either is. A tie shares the gradient."""
    return np.maximum(x, y)


@op(promote=True)
def minimum(x: Array, y: Array) -> Array:
    """z = min(x, y), NaN where either is. A tie shares the gradient."""
    return np.minimum(x, y)


@op(promote=True)
def fmax(x: Array, y: Array) -> Array:
    """z = max(x, y); a number wins over NaN."""
    return np.fmax(x, y)


@op(promote=True)
def fmin(x: Array, y: Array) -> Array:
    """z = min(x, y); a number wins over NaN."""
    return np.fmin(x, y)


def _share(g: Any, loses: Any, ties: Any) -> Any:
    return where(loses, zeros_like(g), where(ties, g / 2, g))


maximum.derivative(
    x=lambda g, x, y: _share(g, less(x, y), equal(x, y)), y=lambda g, x, y: _share(g, less(y, x), equal(x, y))
)
minimum.derivative(
    x=lambda g, x, y: _share(g, greater(x, y), equal(x, y)),
    y=lambda g, x, y: _share(g, greater(y, x), equal(x, y)),
)


def _keeps_first(ahead: Any, y: Any) -> Any:
    return logical_or(ahead, isnan(y))


fmax.derivative(
    x=lambda g, x, y: where(_keeps_first(greater_equal(x, y), y), g, zeros_like(g)),
    y=lambda g, x, y: where(_keeps_first(greater_equal(x, y), y), zeros_like(g), g),
)
fmin.derivative(
    x=lambda g, x, y: where(_keeps_first(less_equal(x, y), y), g, zeros_like(g)),
    y=lambda g, x, y: where(_keeps_first(less_equal(x, y), y), zeros_like(g), g),
)


# Functions of one tensor --------------------------------------------------------------------------------


@op(promote="float")
def exp(x: Array) -> Array:
    """y = eˣ."""
    return np.exp(x)


@op(promote="float")
def exp2(x: Array) -> Array:
    """y = 2ˣ."""
    return np.exp2(x)


@op(promote="float")
def expm1(x: Array) -> Array:
    """y = eˣ − 1, accurate near 0."""
    return np.expm1(x)


@op(promote="float")
def log(x: Array) -> Array:
    """y = ln x."""
    return np.log(x)


@op(promote="float")
def log2(x: Array) -> Array:
    """y = log₂ x."""
    return np.log2(x)


@op(promote="float")
def log10(x: Array) -> Array:
    """y = log₁₀ x."""
    return np.log10(x)


@op(promote="float")
def log1p(x: Array) -> Array:
    """y = ln(1 + x), accurate near 0."""
    return np.log1p(x)


@op(promote="float")
def sqrt(x: Array) -> Array:
    """y = √x."""
    return np.sqrt(x)


@op(promote="float")
def rsqrt(x: Array) -> Array:
    """y = 1 / √x."""
    return 1 / np.sqrt(x)


@op(promote="float")
def reciprocal(x: Array) -> Array:
    """y = 1 / x."""
    return 1 / x


@op(node_name="PowBackward0")
def square(x: Array) -> Array:
    """y = x²."""
    return x * x


exp.derivative(x=lambda g, out: g * conj(out))
exp2.derivative(x=lambda g, out: g * conj(out) * math.log(2))
expm1.derivative(x=lambda g, out: g * (conj(out) + 1))
log.derivative(x=lambda g, x: g / conj(x))
log2.derivative(x=lambda g, x: g / (conj(x) * math.log(2)))
log10.derivative(x=lambda g, x: g / (conj(x) * math.log(10)))
log1p.derivative(x=lambda g, x: g / (conj(x) + 1))
sqrt.derivative(x=lambda g, out: g / (2 * conj(out)))
rsqrt.derivative(x=lambda g, out: -0.5 * g * conj(out * out * out))
reciprocal.derivative(x=lambda g, out: -g * conj(out * out))
square.derivative(x=lambda g, x: g * (2 * conj(x)))


@op
def abs(x: Array) -> Array:
    """y = |x|. The gradient at 0 is 0; of a complex x it is x / |x|."""
    return np.abs(x)


@op
def sign(x: Array) -> Array:
    """y = 1, 0 or −1; NaN stays NaN as NumPy's sign does, where torch gives 0."""
    y = np.sign(x)
    return np.where(np.isnan(x), np.zeros_like(x), y) if x.dtype.kind == "f" else y


@op
def sgn(x: Array) -> Array:
    """y = x / |x|, and 0 at 0."""
    return np.sign(x)


abs.derivative(x=lambda g, x: g * (sgn(x) if is_complex(x) else sign(x)))
sign.derivative(x=lambda g: zeros_like(g))


@op
def floor(x: Array) -> Array:
    """y = ⌊x⌋."""
    return np.floor(x) if x.dtype.kind == "f" else np.array(x)


@op
def ceil(x: Array) -> Array:
    """y = ⌈x⌉."""
    return np.ceil(x) if x.dtype.kind == "f" else np.array(x)


@op
def trunc(x: Array) -> Array:
    """y = x rounded toward 0."""
    return np.trunc(x) if x.dtype.kind == "f" else np.array(x)


@op
def round(x: Array, *, decimals: int = 0) -> Array:
    """y = x rounded to the nearest, halves to even."""
    return np.round(x, decimals) if x.dtype.kind == "f" else np.array(x)


for _flat in (floor, ceil, trunc, round):
    _flat.derivative(x=lambda g: zeros_like(g))


@op
def frac(x: Array) -> Array:
    """y = x − trunc x."""
    return x - np.trunc(x)


frac.derivative(x=lambda g: g)


@op(promote="float")
def sin(x: Array) -> Array:
    """y = sin x."""
    return np.sin(x)


@op(promote="float")
def cos(x: Array) -> Array:
    """y = cos x."""
    return np.cos(x)


@op(promote="float")
def tan(x: Array) -> Array:
    """y = tan x."""
    return np.tan(x)


@op(promote="float")
def asin(x: Array) -> Array:
    """y = arcsin x."""
    return np.arcsin(x)


@op(promote="float")
def acos(x: Array) -> Array:
    """y = arccos x."""
    return np.arccos(x)


@op(promote="float")
def atan(x: Array) -> Array:
    """y = arctan x."""
    return np.arctan(x)


@op(promote="float")
def sinh(x: Array) -> Array:
    """y = sinh x."""
    return np.sinh(x)


@op(promote="float")
def cosh(x: Array) -> Array:
    """y = cosh x."""
    return np.cosh(x)


@op(promote="float")
def asinh(x: Array) -> Array:
    """y = arsinh x."""
    return np.arcsinh(x)


@op(promote="float")
def acosh(x: Array) -> Array:
    """y = arcosh x."""
    return np.arccosh(x)


@op(promote="float")
def atanh(x: Array) -> Array:
    """y = artanh x."""
    return np.arctanh(x)


sin.derivative(x=lambda g, x: g * conj(cos(x)))
cos.derivative(x=lambda g, x: g * -conj(sin(x)))
tan.derivative(x=lambda g, out: g * conj(1 + out * out))
asin.derivative(x=lambda g, x: g * conj(rsqrt(1 - x * x)))
acos.derivative(x=lambda g, x: g * -conj(rsqrt(1 - x * x)))
atan.derivative(x=lambda g, x: g / conj(x * x + 1))
sinh.derivative(x=lambda g, x: g * conj(cosh(x)))
cosh.derivative(x=lambda g, x: g * conj(sinh(x)))
asinh.derivative(x=lambda g, x: g * conj(rsqrt(x * x + 1)))
acosh.derivative(x=lambda g, x: g * conj(rsqrt(x - 1) * rsqrt(x + 1)))
atanh.derivative(x=lambda g, x: g / conj(1 - x * x))


@op(promote="float")
def nan_to_num(x: Array, *, nan: float = 0.0, posinf: float | None = None, neginf: float | None = None) -> Array:
    """y = x with NaN and the infinities replaced; infinities default to the dtype's limits."""
    return np.nan_to_num(x, nan=nan, posinf=posinf, neginf=neginf)


nan_to_num.derivative(x=lambda g, x: where(isfinite(x), g, zeros_like(g)))


@op(promote=True)
def lerp(x: Array, y: Array, weight: Array) -> Array:
    """z = x + w (y − x), computed from the nearer end."""
    return np.where(np.abs(weight) < 0.5, x + weight * (y - x), y - (y - x) * (1 - weight)).astype(x.dtype, copy=False)


lerp.derivative(
    x=lambda g, weight: g * (1 - weight), y=lambda g, weight: g * weight, weight=lambda g, x, y: g * (y - x)
)
