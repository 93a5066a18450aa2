"""Arithmetic of two tensors and more. Operands broadcast; the engine undoes that."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from refnn.autograd.op import Array, op
from refnn.dtypes import not_implemented
from refnn.ops._half import half_in_float32, is_half
from refnn.ops.comparison import equal, greater, greater_equal, isnan, less, less_equal, logical_and, logical_or, where
from refnn.ops.creation import conj, is_complex, zeros_like
from refnn.ops.elementary import log


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


def _is_scaled_half(x: Any, y: Any) -> bool:
    """Whether y is one number beside an x of 16 bits: torch then multiplies and divides by the unrounded y."""
    return isinstance(x, np.ndarray) and x.itemsize == 2 and is_half(x.dtype) and np.ndim(y) == 0


def _in_float32(kernel: Any, x: Array, y: Any) -> Array:
    return np.asarray(kernel(x.astype(np.float32), np.asarray(y, np.float32))).astype(x.dtype)


def _scaled(y: Any, alpha: Any) -> Any:
    """α y, in y's dtype."""
    is_bfloat16 = isinstance(y, np.ndarray) and y.dtype.kind == "V"
    return y * (np.asarray(alpha, y.dtype) if is_bfloat16 else alpha)


@op(promote=True)
def add(x: Array, y: Array, *, alpha: Any = 1) -> Array:
    """z = x + α y."""
    return x + y if alpha == 1 else x + _scaled(y, alpha)


@op(promote=True)
def sub(x: Array, y: Array, *, alpha: Any = 1) -> Array:
    """z = x − α y."""
    return np.subtract(x, y) if alpha == 1 else x - _scaled(y, alpha)


@op(promote=True)
def mul(x: Array, y: Array) -> Array:
    """z = x y."""
    return _in_float32(np.multiply, x, y) if _is_scaled_half(x, y) else x * y


@op(promote="float")
def div(x: Array, y: Array) -> Array:
    """z = x / y."""
    return _in_float32(np.true_divide, x, y) if _is_scaled_half(x, y) else np.true_divide(x, y)


mul.keeps_scalar = div.keeps_scalar = True
add.refuses("add_stub", "U")
sub.refuses("add_stub", "U")
add.derivative(x=lambda g: g, y=lambda g, alpha: g if alpha == 1 else g * alpha)
sub.derivative(x=lambda g: g, y=lambda g, alpha: -g if alpha == 1 else g * -alpha)
rsub, rsub_number = sub.renamed("RsubBackward0"), sub.renamed("RsubBackward1", edges=1)
mul.derivative(x=lambda g, y: g * conj(y), y=lambda g, x: g * conj(x))
div.derivative(x=lambda g, y: g / conj(y), y=lambda g, x, y: -g * conj((x / y) / y))


def _kind(x: Any, y: Any) -> str:
    """The kind of the operands' dtype; one of them may be a Python number."""
    return str((x if isinstance(x, np.ndarray) else y).dtype.kind)


def _check_divisor(kind: str, y: Any) -> None:
    if kind in "iub" and np.any(np.equal(y, 0)):
        raise RuntimeError("ZeroDivisionError")


@op(promote=True, node_name="DivBackward1")
def div_floor(x: Array, y: Array) -> Array:
    """z = ⌊x / y⌋, and x / y itself where y is 0."""
    if _is_scaled_half(x, y):
        return _in_float32(div_floor.kernel, x, y)
    kind = _kind(x, y)
    _check_divisor(kind, y)
    if kind != "f":
        return np.floor_divide(x, y)
    return np.where(np.equal(y, 0), np.true_divide(x, y), np.floor_divide(x, y))


@op(promote=True, node_name="DivBackward1")
def div_trunc(x: Array, y: Array) -> Array:
    """z = x / y rounded toward 0."""
    if _is_scaled_half(x, y):
        return _in_float32(div_trunc.kernel, x, y)
    kind = _kind(x, y)
    _check_divisor(kind, y)
    if kind in "iub":
        return np.asarray(np.sign(x) * np.sign(y) * (np.abs(x) // np.abs(y))).astype(x.dtype)
    return np.trunc(np.true_divide(x, y))


@op(promote=True)
def remainder(x: Array, y: Array) -> Array:
    """z = x − y ⌊x / y⌋: the sign of y, but a 0 keeps the sign of x."""
    _check_divisor(_kind(x, y), y)
    z = np.remainder(x, y)
    return np.where(z == 0, np.fmod(x, y), z) if z.dtype.kind in "fV" else z


@op(promote=True)
def fmod(x: Array, y: Array) -> Array:
    """z = x − y trunc(x / y): the sign of x."""
    _check_divisor(_kind(x, y), y)
    return np.fmod(x, y)


div_floor.keeps_scalar = div_trunc.keeps_scalar = True
for _rounded in (div_floor, div_trunc):
    _rounded.derivative(x=lambda g: zeros_like(g), y=lambda g: zeros_like(g))
remainder.derivative(x=lambda g: g, y=lambda g, x, y: -g * div_floor(x, y))
fmod.derivative(x=lambda g: g, y=lambda g, x, y: -g * div_trunc(x, y))


@op(promote=True)
def pow(x: Array, y: Array) -> Array:
    """z = xʸ. Small whole powers by multiplication, which is quicker and what torch does."""
    if isinstance(x, np.ndarray) and (not isinstance(y, np.ndarray) or y.ndim == 0):
        exponent = float(y.real) if is_complex(y) and y.imag == 0 else None if is_complex(y) else float(y)
        if exponent == 1:
            return np.array(x)
        _check_power(x)
        if exponent == 2:
            return x * x
        if exponent == 3:
            return x * x * x
        if exponent == 0.5 and x.dtype.kind in "fc":
            return np.sqrt(x)
    _check_power(x if isinstance(x, np.ndarray) else y)
    if all(v.dtype.kind in "iu" if isinstance(v, np.ndarray) else isinstance(v, int) for v in (x, y)):
        return _int_pow(np.asarray(x), np.asarray(y))
    return np.power(x, y)


def _check_power(x: Array) -> None:
    if x.dtype.kind == "b" or (x.dtype.kind == "u" and x.dtype.itemsize > 1):
        raise not_implemented("pow", x.dtype)


def _int_pow(x: Array, y: Array) -> Array:
    """Integer powers; a negative exponent gives 1/x truncated: 0 unless x is 1 or −1."""
    if not np.any(y < 0):
        return np.power(x, y)
    magnitude = np.power(x, np.where(y < 0, np.abs(y) % 2, y))
    return np.where(y < 0, np.where(np.abs(x) == 1, magnitude, 0), magnitude).astype(x.dtype)


_times_number = mul.renamed("MulBackward1", edges=1)


def _pow_base(g: Any, x: Any, y: Any) -> Any:
    """y xʸ⁻¹, and 0 where y is 0."""
    if isinstance(y, (int, float)):
        if y == 0:
            return zeros_like(g)
        power = x if y == 2 and isinstance(x, np.ndarray) else pow(x, y - 1)
        return g * conj(_times_number(power, y))
    return where(equal(y, 0), zeros_like(g), g * conj(y * pow(x, y - 1)))


def _pow_exponent(g: Any, out: Any, x: Any, y: Any) -> Any:
    """xʸ ln x, and 0 where x is 0 and y ≥ 0."""
    if isinstance(x, (int, float)) and x > 0:
        return g * conj(out * math.log(x))
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


@op(promote=True)
@half_in_float32
def lerp(x: Array, y: Array, weight: Array) -> Array:
    """z = x + w (y − x), computed from the nearer end."""
    return np.where(np.abs(weight) < 0.5, x + weight * (y - x), y - (y - x) * (1 - weight)).astype(x.dtype, copy=False)


lerp.derivative(
    x=lambda g, weight: g * (1 - weight), y=lambda g, weight: g * weight, weight=lambda g, x, y: g * (y - x)
)


@op(promote=True, node_name="LerpBackward0")
@half_in_float32
def lerp_number(x: Array, y: Array, *, weight: Any) -> Array:
    """lerp with one number for all."""
    return x + weight * (y - x) if abs(weight) < 0.5 else y - (y - x) * (1 - weight)


lerp_number.derivative(x=lambda g, weight: g * (1 - weight), y=lambda g, weight: g * weight)


@op(promote=True)
@half_in_float32
def addcmul(x: Array, y: Array, z: Array, *, value: Any) -> Array:
    """x + α y z."""
    return x + value * y * z


addcmul.derivative(
    x=lambda g: g,
    y=lambda g, z, value: g * conj(z) * _conjugate(value),
    z=lambda g, y, value: g * conj(y) * _conjugate(value),
)


@op(promote=True)
@half_in_float32
def addcdiv(x: Array, y: Array, z: Array, *, value: Any) -> Array:
    """x + α y / z."""
    return x + value * y / z


addcdiv.derivative(
    x=lambda g: g,
    y=lambda g, z, value: g * _conjugate(value) / conj(z),
    z=lambda g, y, z, value: -g * conj(y / (z * z)) * _conjugate(value),
)


def _conjugate(value: Any) -> Any:
    return value.conjugate() if isinstance(value, complex) else value


# What torch has no kernel for -----------------------------------------------------------------------------

for _operation, _kernel, _kinds in (
    (div_floor, "div_floor_cpu", "bcU"),
    (div_trunc, "div_trunc_cpu", "U"),
    (remainder, "remainder_cpu", "bcU"),
    (fmod, "fmod_cpu", "bcU"),
    (atan2, "atan2_cpu", "c"),
    (maximum, "maximum_cpu", "cU"),
    (minimum, "minimum_cpu", "cU"),
    (fmax, "maximum_cpu", "cU"),
    (fmin, "minimum_cpu", "cU"),
):
    _operation.refuses(_kernel, _kinds)
