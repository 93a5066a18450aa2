"""Less common functions of two: torch.hypot, torch.logaddexp, torch.gcd, … and Tensor's methods of these names."""

from __future__ import annotations

from typing import Any

import numpy as np

from refnn.autograd.base import TensorBase
from refnn.dtypes import not_implemented
from refnn.functions._calls import check_call
from refnn.functions._checks import tensor_argument
from refnn.functions._elementwise import OPERANDS, binary, binary_pair, broadcast, inplace
from refnn.functions._out import into
from refnn.functions._return_types import named
from refnn.ops import bivariate as ops
from refnn.ops import pointwise
from refnn.ops.creation import cast

hypot, hypot_ = binary_pair(ops.hypot)
copysign, copysign_ = binary_pair(ops.copysign, numbers=True)
logaddexp, logaddexp2 = binary(ops.logaddexp), binary(ops.logaddexp2)
xlogy, xlogy_ = binary_pair(ops.xlogy, numbers=True)
nextafter, nextafter_ = binary_pair(ops.nextafter)
gcd, gcd_ = binary_pair(ops.gcd)
lcm, lcm_ = binary_pair(ops.lcm)


def _check_heaviside(name: str, input: Any, values: Any) -> None:
    tensor_argument(name, "input", 1, input)
    tensor_argument(name, "values", 2, values)
    if "c" in (input._data.dtype.kind, values._data.dtype.kind):
        raise RuntimeError("heaviside is not yet implemented for complex tensors.")
    if input._data.dtype != values._data.dtype:
        raise RuntimeError("heaviside is not yet implemented for tensors with different dtypes.")


def heaviside(input: Any, values: Any, *, out: Any = None) -> Any:
    """0 where input < 0, the value where it is 0, 1 where it is larger. Raises RuntimeError for two dtypes."""
    _check_heaviside("heaviside", input, values)
    if out is not None:
        _check_heaviside("heaviside", input, out)
    return into(out, broadcast(ops.heaviside, input, values))


def heaviside_(input: Any, values: Any) -> Any:
    """In place: 0 where input < 0, the value where it is 0, 1 where it is larger."""
    _check_heaviside("heaviside_", input, values)
    return inplace(ops.heaviside, input, values)


def _check_ldexp(input: Any, other: Any) -> None:
    """Raise NotImplementedError for a truth value as the exponent of a float."""
    if other._data.dtype == np.bool_ and input._data.dtype.kind in "fV":
        raise not_implemented("ldexp_cpu_exp", other.dtype)


def ldexp(input: Any, other: Any, *, out: Any = None) -> Any:
    """input · 2ᵒ."""
    tensor_argument("ldexp", "input", 1, input)
    tensor_argument("ldexp", "other", 2, other)
    _check_ldexp(input, other)
    return into(out, broadcast(ops.ldexp, input, other))


def ldexp_(input: Any, other: Any) -> Any:
    """In place: input · 2ᵒ."""
    tensor_argument("ldexp_", "other", 2, other)
    _check_ldexp(input, other)
    if input._data.dtype.kind in "biu":
        raise RuntimeError(f"ldexp can't be cast to the desired output type {input.dtype.title}")
    return inplace(ops.ldexp, input, other)


def _widened(input: Any, exponent: Any) -> tuple[Any, Any]:
    """Both in double precision, complex where one is complex."""
    pair = [getattr(a, "_data", a) for a in (input, exponent)]
    is_complex = any(isinstance(a, complex) or getattr(getattr(a, "dtype", None), "kind", "") == "c" for a in pair)
    wide, number = ("complex128", complex) if is_complex else ("float64", float)
    x, y = (
        number(a) if not isinstance(a, TensorBase) else a if a._data.dtype == wide else cast(a, dtype=wide)
        for a in (input, exponent)
    )
    return x, y


def float_power(input: Any, exponent: Any, *, out: Any = None) -> Any:
    """inputᵉ, computed and returned in double precision."""
    check_call("float_power", input, exponent, out=out)
    text = "the output given to float_power has dtype {out} but the operation's result requires dtype {result}"
    return into(out, broadcast(pointwise.pow, *_widened(input, exponent)), text)


def float_power_(input: Any, exponent: Any) -> Any:
    """In place: inputᵉ. Raises RuntimeError unless input has double precision."""
    if not isinstance(exponent, OPERANDS):
        check_call("Tensor.float_power_", input, exponent)
    x, y = _widened(input, exponent)
    if x is not input:
        wanted = x._data.dtype
        raise RuntimeError(
            f"the base given to float_power_ has dtype {input.dtype.title} but the operation's result requires dtype "
            f"{'ComplexDouble' if wanted.kind == 'c' else 'Double'}"
        )
    return inplace(pointwise.pow, input, y)


def frexp(input: Any, *, out: Any = None) -> Any:
    """(mantissa, exponent): input = m 2ᵉ with ½ ≤ |m| < 1, e of int32. Raises RuntimeError for integers."""
    if input._data.dtype.kind not in "fV":
        raise RuntimeError("torch.frexp() only supports floating-point dtypes")
    return named("frexp", into(out, ops.frexp(input)))
