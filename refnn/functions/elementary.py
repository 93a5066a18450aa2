"""Functions of one tensor: torch.exp, torch.floor, torch.isnan, … and Tensor's methods of these names."""

from __future__ import annotations

from typing import Any

import numpy as np

from refnn.autograd.base import TensorBase
from refnn.autograd.inplace import apply_inplace
from refnn.functions._checks import tensor_argument
from refnn.functions._elementwise import unary, unary_pair
from refnn.functions._out import FOUND, into
from refnn.ops import activation
from refnn.ops import elementary as ops

exp, exp_ = unary_pair(ops.exp)
exp2, exp2_ = unary_pair(ops.exp2)
expm1, expm1_ = unary_pair(ops.expm1)
log, log_ = unary_pair(ops.log)
log2, log2_ = unary_pair(ops.log2)
log10, log10_ = unary_pair(ops.log10)
log1p, log1p_ = unary_pair(ops.log1p)
sqrt, sqrt_ = unary_pair(ops.sqrt)
rsqrt, rsqrt_ = unary_pair(ops.rsqrt)
reciprocal, reciprocal_ = unary_pair(ops.reciprocal)
square, square_ = unary_pair(ops.square)
sin, sin_ = unary_pair(ops.sin)
cos, cos_ = unary_pair(ops.cos)
tan, tan_ = unary_pair(ops.tan)
asin, asin_ = unary_pair(ops.asin)
acos, acos_ = unary_pair(ops.acos)
atan, atan_ = unary_pair(ops.atan)
sinh, sinh_ = unary_pair(ops.sinh)
cosh, cosh_ = unary_pair(ops.cosh)
asinh, asinh_ = unary_pair(ops.asinh)
acosh, acosh_ = unary_pair(ops.acosh)
atanh, atanh_ = unary_pair(ops.atanh)
arcsin, arcsin_, arccos, arccos_, arctan, arctan_ = asin, asin_, acos, acos_, atan, atan_
arcsinh, arcsinh_, arccosh, arccosh_, arctanh, arctanh_ = asinh, asinh_, acosh, acosh_, atanh, atanh_
tanh, tanh_ = unary_pair(activation.tanh)
sigmoid, sigmoid_ = unary_pair(activation.sigmoid)
abs = unary(ops.abs, exact=FOUND)
absolute = abs
sgn, sgn_ = unary_pair(ops.sgn, exact=FOUND)
floor, floor_ = unary_pair(ops.floor, exact=FOUND)
ceil, ceil_ = unary_pair(ops.ceil, exact=FOUND)
trunc, trunc_ = unary_pair(ops.trunc, exact=FOUND)
fix, fix_ = trunc, trunc_
frac, frac_ = unary_pair(ops.frac, exact=FOUND)


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
    if input._data.dtype.kind == "c":
        raise RuntimeError("In-place abs is not supported for complex tensors.")
    return apply_inplace(ops.abs, input)


absolute_ = abs_
_SIGN = "Unlike NumPy, torch.sign is not intended to support complex numbers. Please use torch.sgn instead."


def sign(input: Any, *, out: Any = None) -> Any:
    """1, 0 or −1. Raises NotImplementedError for complex tensors."""
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
    _not_complex("deg2rad", input)
    return into(out, ops.deg2rad(input))


def deg2rad_(input: Any) -> Any:
    """In place: π input / 180."""
    _not_complex("deg2rad", input)
    return apply_inplace(ops.deg2rad, input)


def rad2deg(input: Any, *, out: Any = None) -> Any:
    """180 input / π. Raises RuntimeError for complex tensors."""
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
    _check_negation(input)
    return into(out, ops.neg(input), FOUND)


def neg_(input: Any) -> Any:
    """In place: −input. Raises RuntimeError for bools."""
    _check_negation(input)
    return apply_inplace(ops.neg, input)


negative, negative_ = neg, neg_


def positive(input: Any) -> Any:
    """input itself. Raises RuntimeError for bools."""
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
