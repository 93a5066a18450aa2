"""Activations made of straight pieces: hardtanh, relu6, hardsigmoid, hardswish, the shrinkages."""

from __future__ import annotations

from typing import Any

from refnn.autograd.inplace import apply_inplace
from refnn.dtypes import finfo
from refnn.functions._checks import tensor_argument
from refnn.functions._out import into
from refnn.functions._scalars import as_number
from refnn.functions.activation import check_floating, elementwise, hardshrink, number
from refnn.nn.functional._arguments import parsed
from refnn.ops import activation_hard as ops

__all__ = ["hardshrink", "hardsigmoid", "hardswish", "hardtanh", "hardtanh_", "relu6", "softshrink"]


def _check_hardtanh(function: str, input: Any, min_val: Any, max_val: Any) -> dict[str, float]:
    tensor_argument(function, "input", 1, input)
    low, high = number(function, "min_val", 2, min_val), number(function, "max_val", 3, max_val)
    kind = input._data.dtype.kind
    if kind == "b":
        raise RuntimeError("Bool inputs not supported for hardtanh")
    if kind == "u" and (low < 0 or high < 0):
        raise RuntimeError("cannot do hardtanh on an unsigned type with negative limits")
    if kind == "c":
        raise NotImplementedError("clamp is not supported for complex types")
    if kind in "fV":
        as_number(low, input._data.dtype)
        as_number(high, input._data.dtype)
    return {"min_val": low, "max_val": high}


def hardtanh(input: Any, min_val: float = -1.0, max_val: float = 1.0, inplace: bool = False) -> Any:
    """y = min(max(x, min_val), max_val), of any shape and real dtype but bool. The gradient at both bounds is 0.

    Raises ValueError where min_val > max_val, RuntimeError for bool, and for negative bounds of unsigned
    integers, NotImplementedError for complex numbers.

    Source: torch.nn.functional.hardtanh.
    """
    if min_val > max_val:
        raise ValueError("min_val cannot be greater than max_val")
    if inplace:
        return hardtanh_(input, min_val, max_val)
    return ops.hardtanh(input, **_check_hardtanh("hardtanh", input, min_val, max_val))


@parsed("Tensor input, Number min_val = -1, Number max_val = 1")
def hardtanh_(input: Any, min_val: float = -1, max_val: float = 1) -> Any:
    """hardtanh in place. Raises what that raises, but nothing where min_val > max_val.

    Source: torch.nn.functional.hardtanh_.
    """
    return apply_inplace(ops.hardtanh, input, **_check_hardtanh("hardtanh_", input, min_val, max_val))


def relu6(input: Any, inplace: bool = False) -> Any:
    """y = min(max(x, 0), 6), of any shape and real dtype but bool. The gradient at 0 and 6 is 0.

    Raises RuntimeError for bool, NotImplementedError for complex numbers.

    Source: torch.nn.functional.relu6; Howard et al., 2017.
    """
    bounds = _check_hardtanh("relu6_" if inplace else "relu6", input, 0.0, 6.0)
    return apply_inplace(ops.hardtanh, input, **bounds) if inplace else ops.hardtanh(input, **bounds)


def hardsigmoid(input: Any, inplace: bool = False) -> Any:
    """y = min(max(x + 3, 0), 6) / 6, of any shape and floating dtype. The gradient at ±3 is 0.

    Raises NotImplementedError for other dtypes.

    Source: torch.nn.functional.hardsigmoid; Howard et al., 2019.
    """
    return elementwise(ops.hardsigmoid, "hardsigmoid", "hardsigmoid_cpu", input, inplace)


def hardswish(input: Any, inplace: bool = False) -> Any:
    """y = x min(max(x + 3, 0), 6) / 6, of any shape and floating dtype. The gradient is 0 at −3 and 1 at 3.

    Raises NotImplementedError for other dtypes.

    Source: torch.nn.functional.hardswish; Howard et al., 2019.
    """
    return elementwise(ops.hardswish, "hardswish", "hardswish_cpu", input, inplace)


@parsed("Tensor input, Number lambd = 0.5, *, Tensor out = None")
def softshrink(input: Any, lambd: float = 0.5, *, out: Any = None) -> Any:
    """y = x − λ where x > λ, x + λ where x < −λ, else 0; of any shape and floating dtype.

    Raises RuntimeError for λ < 0, NotImplementedError for other dtypes.

    Source: torch.nn.functional.softshrink.
    """
    tensor_argument("softshrink", "input", 1, input)
    bound = number("softshrink", "lambd", 2, lambd)
    check_floating("softshrink_check", input)
    most = finfo(input.dtype).max
    if not 0 <= bound <= most:
        raise RuntimeError(
            f"lambda must be in range [0, {most:g}] for input dtype {input.dtype.title}, but found {bound:g}"
        )
    return into(out, ops.softshrink(input, lambd=bound))
