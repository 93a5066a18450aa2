"""Functions made of elementwise ops: checks, torch's errors, `out=` and the forms in place."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from refnn.autograd.base import TensorBase
from refnn.autograd.inplace import apply_inplace
from refnn.autograd.op import Op
from refnn.functions._broadcast import broadcast_error
from refnn.functions._calls import check_call
from refnn.functions._checks import tensor_argument
from refnn.functions._out import into

__all__ = [
    "OPERANDS",
    "Function",
    "binary",
    "binary_",
    "binary_pair",
    "broadcast",
    "inplace",
    "shape_error",
    "unary",
    "unary_",
    "unary_pair",
]

Function = Callable[..., Any]
OPERANDS = (TensorBase, int, float, complex, np.generic)  # what stands beside a tensor in arithmetic


def _named(function: Function, name: str, doc: str | None) -> Function:
    function.__name__ = function.__qualname__ = name
    function.__doc__ = doc
    return function


def unary(operation: Op, name: str | None = None, exact: str = "") -> Function:
    """The function of one tensor that an op computes; for `exact` see into."""
    called = name or operation.name

    def function(input: Any, *, out: Any = None) -> Any:
        if not isinstance(input, TensorBase):
            tensor_argument(called, "input", 1, input)
        result = operation(input)
        return result if out is None else into(out, result, exact)

    return _named(function, called, operation.__doc__)


def unary_(operation: Op, name: str) -> Function:
    """The same in place."""

    def function(input: Any) -> Any:
        if not isinstance(input, TensorBase):
            tensor_argument(name, "input", 1, input)
        return apply_inplace(operation, input)

    return _named(function, name, f"In place: {operation.__doc__}")


def unary_pair(operation: Op, name: str | None = None, exact: str = "") -> tuple[Function, Function]:
    """unary, and unary_ under the name with an underscore."""
    return unary(operation, name, exact), unary_(operation, f"{name or operation.name}_")


def broadcast(operation: Op, *operands: Any, **meta: Any) -> Any:
    """operation(*operands), with torch's error for shapes that do not broadcast."""
    try:
        return operation(*operands, **meta)
    except ValueError:
        raise shape_error(operands) from None


def shape_error(operands: tuple[Any, ...]) -> RuntimeError:
    """torch's error for operands whose shapes do not broadcast."""
    return broadcast_error([np.shape(getattr(a, "_data", a)) for a in operands])


def binary(operation: Op, name: str | None = None, *, numbers: bool = False, real: bool = False) -> Function:
    """The function of two tensors that an op computes, of a tensor and a number too if `numbers`.

    `real` refuses complex tensors.
    """
    called = name or operation.name
    seconds = OPERANDS if numbers else TensorBase

    def function(input: Any, other: Any, *, out: Any = None) -> Any:
        if not isinstance(input, TensorBase) or not isinstance(other, seconds):
            check_call(called, input, other, out=out)
        if real and (input._data.dtype.kind == "c" or other._data.dtype.kind == "c"):
            raise RuntimeError(f"{called} not implemented for complex tensors.")
        try:
            result = operation(input, other)
        except ValueError:
            raise shape_error((input, other)) from None
        return result if out is None else into(out, result)

    return _named(function, called, operation.__doc__)


def binary_(operation: Op, name: str, *, numbers: bool = False) -> Function:
    """The same in place: the first operand takes the result."""
    seconds = OPERANDS if numbers else TensorBase

    def function(input: Any, other: Any) -> Any:
        if not isinstance(other, seconds):
            check_call(f"Tensor.{name}", input, other)
        return inplace(operation, input, other)

    return _named(function, name, f"In place: {operation.__doc__}")


def binary_pair(operation: Op, name: str | None = None, *, numbers: bool = False) -> tuple[Function, Function]:
    """binary, and binary_ under the name with an underscore."""
    return binary(operation, name, numbers=numbers), binary_(operation, f"{name or operation.name}_", numbers=numbers)


def inplace(operation: Op, input: Any, *others: Any, **meta: Any) -> Any:
    """input ← operation(input, *others), with torch's error for shapes that do not broadcast."""
    try:
        return apply_inplace(operation, input, *others, **meta)
    except ValueError:
        raise shape_error((input, *others)) from None
