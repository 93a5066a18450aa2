"""Functions of one tensor, element by element: powers, logarithms, circular and hyperbolic functions, rounding."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from refnn.autograd.op import Array, op
from refnn.dtypes import finfo, from_numpy, not_implemented
from refnn.ops._half import opmath
from refnn.ops.comparison import equal, isfinite, where
from refnn.ops.creation import conj, is_complex, real, zeros_like


@op
def neg(x: Array) -> Array:
    """y = −x."""
    return np.negative(x)


neg.derivative(x=lambda g: -g)


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
    """y = x². Bools are counted."""
    return x * x if x.dtype != np.bool_ else x.astype(np.int64)


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
    """y = 1, 0 or −1; 0 where x is NaN."""
    if x.dtype == np.bool_:
        return x.copy()
    y = np.sign(x)
    return np.where(np.isnan(x), np.zeros_like(x), y) if x.dtype.kind in "fV" else y


@op
def sgn(x: Array) -> Array:
    """y = x / |x|, and 0 at 0; of real numbers the sign."""
    return np.sign(x) if x.dtype.kind == "c" else sign.kernel(x)


def _sgn_rule(g: Any, out: Any, x: Any) -> Any:
    """(g − y Re(ȳ g)) / |x|, and 0 at 0. Real signs are flat."""
    if not is_complex(x):
        return zeros_like(g)
    across = g - out * real(conj(out) * g)
    return where(equal(x, 0), zeros_like(g), across / abs(x))


abs.derivative(x=lambda g, x: g * (sgn(x) if is_complex(x) else sign(x)))
sign.derivative(x=lambda g: zeros_like(g))
sgn.derivative(x=_sgn_rule)


def _whole(x: Array, name: str, kernel: str) -> Array:
    """Integers are round already. Raises NotImplementedError for bools and complex numbers."""
    if x.dtype.kind == "c" and name:
        raise NotImplementedError(f"{name} is not supported for complex inputs")
    if x.dtype.kind not in "iu":
        raise not_implemented(kernel, x.dtype)
    return x.copy()


@op
def floor(x: Array) -> Array:
    """y = ⌊x⌋."""
    return np.floor(x) if x.dtype.kind in "fV" else _whole(x, "floor", "floor_vml_cpu")


@op
def ceil(x: Array) -> Array:
    """y = ⌈x⌉."""
    return np.ceil(x) if x.dtype.kind in "fV" else _whole(x, "ceil", "ceil_vml_cpu")


@op
def trunc(x: Array) -> Array:
    """y = x rounded toward 0."""
    return np.trunc(x) if x.dtype.kind in "fV" else _whole(x, "trunc", "trunc_vml_cpu")


@op
def round(x: Array, *, decimals: int = 0) -> Array:
    """y = x rounded to the nearest, halves to even."""
    if x.dtype.kind not in "fV":
        if decimals:
            raise not_implemented("round_cpu", x.dtype)
        return _whole(x, "", "round_vml_cpu")
    return np.round(x, decimals)


for _flat in (floor, ceil, trunc, round):
    _flat.derivative(x=lambda g: zeros_like(g))


@op
def frac(x: Array) -> Array:
    """y = x − trunc x."""
    if x.dtype.kind not in "fV":
        raise not_implemented("frac_cpu", x.dtype)
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


@op
def nan_to_num(x: Array, *, nan: float = 0.0, posinf: float | None = None, neginf: float | None = None) -> Array:
    """y = x with NaN and the infinities replaced; infinities default to the dtype's limits. Integers stay."""
    if x.dtype.kind == "V":
        most = finfo(from_numpy(x.dtype)).max
        posinf, neginf = most if posinf is None else posinf, -most if neginf is None else neginf
        return np.nan_to_num(opmath(x), nan=nan, posinf=posinf, neginf=neginf).astype(x.dtype)
    return np.nan_to_num(x, nan=nan, posinf=posinf, neginf=neginf) if x.dtype.kind in "fc" else x.copy()


nan_to_num.derivative(x=lambda g, x: where(isfinite(x), g, zeros_like(g)))


@op(promote="float")
def deg2rad(x: Array) -> Array:
    """y = π x / 180."""
    return x * x.dtype.type(math.pi / 180)


@op(promote="float")
def rad2deg(x: Array) -> Array:
    """y = 180 x / π."""
    return x * x.dtype.type(180 / math.pi)


deg2rad.derivative(x=lambda g: g * (math.pi / 180))
rad2deg.derivative(x=lambda g: g * (180 / math.pi))

square.refuses("pow", "U")
abs.refuses("abs_cpu", "bU")
sign.refuses("sign_cpu", "U")
sgn.refuses("sign_cpu", "U")
neg.refuses("neg_cpu", "U")
