"""Functions of one tensor: torch.exp, torch.floor, torch.isnan, … and Tensor's methods of these names."""

from __future__ import annotations

from typing import Any

import numpy as np

from refnn.autograd.base import TensorBase
from refnn.autograd.inplace import apply_inplace
from refnn.functions._checks import FOUND, into, tensor_argument
from refnn.functions._elementwise import unary, unary_
from refnn.ops import activation
from refnn.ops import elementary as ops

exp, exp_ = unary(ops.exp), unary_(ops.exp, "exp_")
exp2, exp2_ = unary(ops.exp2), unary_(ops.exp2, "exp2_")
expm1, expm1_ = unary(ops.expm1), unary_(ops.expm1, "expm1_")
log, log_ = unary(ops.log), unary_(ops.log, "log_")
log2, log2_ = unary(ops.log2), unary_(ops.log2, "log2_")
log10, log10_ = unary(ops.log10), unary_(ops.log10, "log10_")
log1p, log1p_ = unary(ops.log1p), unary_(ops.log1p, "log1p_")
sqrt, sqrt_ = unary(ops.sqrt), unary_(ops.sqrt, "sqrt_")
rsqrt, rsqrt_ = unary(ops.rsqrt), unary_(ops.rsqrt, "rsqrt_")
reciprocal, reciprocal_ = unary(ops.reciprocal), unary_(ops.reciprocal, "reciprocal_")
square, square_ = unary(ops.square), unary_(ops.square, "square_")
sin, sin_ = unary(ops.sin), unary_(ops.sin, "sin_")
cos, cos_ = unary(ops.cos), unary_(ops.cos, "cos_")
tan, tan_ = unary(ops.tan), unary_(ops.tan, "tan_")
asin, asin_ = unary(ops.asin), unary_(ops.asin, "asin_")
acos, acos_ = unary(ops.acos), unary_(ops.acos, "acos_")
atan, atan_ = unary(ops.atan), unary_(ops.atan, "atan_")
sinh, sinh_ = unary(ops.sinh), unary_(ops.sinh, "sinh_")
cosh, cosh_ = unary(ops.cosh), unary_(ops.cosh, "cosh_")
asinh, asinh_ = unary(ops.asinh), unary_(ops.asinh, "asinh_")
acosh, acosh_ = unary(ops.acosh), unary_(ops.acosh, "acosh_")
atanh, atanh_ = unary(ops.atanh), unary_(ops.atanh, "atanh_")
arcsin, arcsin_, arccos, arccos_, arctan, arctan_ = asin, asin_, acos, acos_, atan, atan_
arcsinh, arcsinh_, arccosh, arccosh_, arctanh, arctanh_ = asinh, asinh_, acosh, acosh_, atanh, atanh_
tanh, tanh_ = unary(activation.tanh), unary_(activation.tanh, "tanh_")
sigmoid, sigmoid_ = unary(activation.sigmoid), unary_(activation.sigmoid, "sigmoid_")
abs = unary(ops.abs, exact=FOUND)
absolute = abs
sgn, sgn_ = unary(ops.sgn, exact=FOUND), unary_(ops.sgn, "sgn_")
floor, floor_ = unary(ops.floor, exact=FOUND), unary_(ops.floor, "floor_")
ceil, ceil_ = unary(ops.ceil, exact=FOUND), unary_(ops.ceil, "ceil_")
trunc, trunc_ = unary(ops.trunc, exact=FOUND), unary_(ops.trunc, "trunc_")
fix, fix_ = trunc, trunc_
frac, frac_ = unary(ops.frac, exact=FOUND), unary_(ops.frac, "frac_")


def _check_relu(input: Any) -> None:
    kind = input._data.dtype.kind
    if kind == "b":
        raise RuntimeError("Boolean inputs not supported for relu")
    if kind == "c":
        raise NotImplementedError("clamp is not supported for complex types")


def relu(input: Any) -> Any:
    """max(input, 0). Raises RuntimeError for bools, NotImplementedError for complex tensors."""
    if not isinstance(input, TensorBase) or input._data.dtype.kind != "f":
        tensor_argument("relu", "input", 1, input)
        _check_relu(input)
    return activation.relu(input)


def relu_(input: Any) -> Any:
    """In place: max(input, 0)."""
    tensor_argument("relu_", "input", 1, input)
    _check_relu(input)
    return apply_inplace(activation.relu, input)


def abs_(input: Any) -> Any:
    """In place: |input|. Raises RuntimeError for complex tensors."""
    tensor_argument("abs_", "input", 1, input)
    if input._data.dtype.kind == "c":
        raise RuntimeError("In-place abs is not supported for complex tensors.")
    return apply_inplace(ops.abs, input)


absolute_ = abs_
_SIGN = "Unlike NumPy, torch.sign is not intended to support complex numbers. Please use torch.sgn instead."


def sign(input: Any, *, out: Any = None) -> Any:
    """1, 0 or −1. Raises NotImplementedError for complex tensors."""
    tensor_argument("sign", "input", 1, input)
    if input._data.dtype.kind == "c":
        raise NotImplementedError(_SIGN)
    return into(out, ops.sign(input), FOUND)


def sign_(input: Any) -> Any:
    """In place: 1, 0 or −1."""
    tensor_argument("sign_", "input", 1, input)
    if input._data.dtype.kind == "c":
        raise NotImplementedError(_SIGN)
    return apply_inplace(ops.sign, input)


def _not_complex(name: str, input: Any) -> None:
    if input._data.dtype.kind == "c":
        raise RuntimeError(f"{name} is not supported for complex tensors.")


def deg2rad(input: Any, *, out: Any = None) -> Any:
    """π input / 180. Raises RuntimeError for complex tensors."""
    tensor_argument("deg2rad", "input", 1, input)
    _not_complex("deg2rad", input)
    return into(out, ops.deg2rad(input))


def deg2rad_(input: Any) -> Any:
    """In place: π input / 180."""
    _not_complex("deg2rad", input)
    return apply_inplace(ops.deg2rad, input)


def rad2deg(input: Any, *, out: Any = None) -> Any:
    """180 input / π. Raises RuntimeError for complex tensors."""
    tensor_argument("rad2deg", "input", 1, input)
    _not_complex("rad2deg", input)
    return into(out, ops.rad2deg(input))


def rad2deg_(input: Any) -> Any:
    """In place: 180 input / π."""
    _not_complex("rad2deg", input)
    return apply_inplace(ops.rad2deg, input)


def _check_negation(input: Any) -> None:
    if input._data.dtype == np.bool_:
        raise RuntimeError(
            "Negation, the `-` operator, on a bool tensor is not supported. If you are trying to invert a mask, "
            "use the `~` or `logical_not()` operator instead."
        )


def neg(input: Any, *, out: Any = None) -> Any:
    """−input. Raises RuntimeError for bools."""
    tensor_argument("neg", "input", 1, input)
    _check_negation(input)
    return into(out, ops.neg(input), FOUND)


def neg_(input: Any) -> Any:
    """In place: −input. Raises RuntimeError for bools."""
    _check_negation(input)
    return apply_inplace(ops.neg, input)


negative, negative_ = neg, neg_


def positive(input: Any) -> Any:
    """input itself. Raises RuntimeError for bools."""
    tensor_argument("positive", "input", 1, input)
    if input._data.dtype == np.bool_:
        raise RuntimeError("The `+` operator, on a bool tensor is not supported.")
    return input


def round(input: Any, *, decimals: int = 0, out: Any = None) -> Any:
    """To the nearest, halves to even."""
    tensor_argument("round", "input", 1, input)
    return into(out, ops.round(input, decimals=decimals), FOUND)


def round_(input: Any, *, decimals: int = 0) -> Any:
    """In place: to the nearest, halves to even."""
    return apply_inplace(ops.round, input, decimals=decimals)


def _replacements(nan: float | None, posinf: float | None, neginf: float | None) -> dict[str, Any]:
    return {"nan": 0.0 if nan is None else nan, "posinf": posinf, "neginf": neginf}


_SAME = "nan_to_num: dtype of out: {out} should be same as input: {result}"


def nan_to_num(
    input: Any, nan: float | None = None, posinf: float | None = None, neginf: float | None = None, *, out: Any = None
) -> Any:
    """input with NaN (by 0) and the infinities (by the dtype's limits) replaced. Integers stay as they are."""
    tensor_argument("nan_to_num", "input", 1, input)
    return into(out, ops.nan_to_num(input, **_replacements(nan, posinf, neginf)), _SAME)


def nan_to_num_(input: Any, nan: float | None = None, posinf: float | None = None, neginf: float | None = None) -> Any:
    """In place: input with NaN and the infinities replaced."""
    return apply_inplace(ops.nan_to_num, input, **_replacements(nan, posinf, neginf))
