"""Comparisons, logic and bits: torch.eq, torch.logical_and, torch.where, … and Tensor's methods of these names."""

from __future__ import annotations

from typing import Any

import numpy as np

from refnn import dtypes
from refnn.autograd.base import TensorBase, wrap
from refnn.autograd.once import warn_once
from refnn.autograd.op import _cast_all
from refnn.dtypes import not_implemented
from refnn.functions._broadcast import broadcast_error, common_shape
from refnn.functions._calls import check_call
from refnn.functions._checks import tensor_argument
from refnn.functions._elementwise import binary_pair, unary, unary_pair
from refnn.functions._out import FOUND, exact, into
from refnn.ops import comparison as ops

eq, eq_ = binary_pair(ops.equal, "eq", numbers=True)
ne, ne_ = binary_pair(ops.not_equal, "ne", numbers=True)
lt, lt_ = binary_pair(ops.less, "lt", numbers=True)
le, le_ = binary_pair(ops.less_equal, "le", numbers=True)
gt, gt_ = binary_pair(ops.greater, "gt", numbers=True)
ge, ge_ = binary_pair(ops.greater_equal, "ge", numbers=True)
not_equal, less, less_equal, greater, greater_equal = ne, lt, le, gt, ge
not_equal_, less_, less_equal_, greater_, greater_equal_ = ne_, lt_, le_, gt_, ge_
isnan, isinf, isfinite = unary(ops.isnan), unary(ops.isinf), unary(ops.isfinite)
isreal = unary(ops.isreal)
logical_not, logical_not_ = unary_pair(ops.logical_not)
logical_and, logical_and_ = binary_pair(ops.logical_and)
logical_or, logical_or_ = binary_pair(ops.logical_or)
logical_xor, logical_xor_ = binary_pair(ops.logical_xor)
bitwise_and, bitwise_and_ = binary_pair(ops.bitwise_and, numbers=True)
bitwise_or, bitwise_or_ = binary_pair(ops.bitwise_or, numbers=True)
bitwise_xor, bitwise_xor_ = binary_pair(ops.bitwise_xor, numbers=True)
bitwise_left_shift, bitwise_left_shift_ = binary_pair(ops.left_shift, "bitwise_left_shift", numbers=True)
bitwise_right_shift, bitwise_right_shift_ = binary_pair(ops.right_shift, "bitwise_right_shift", numbers=True)
bitwise_not, bitwise_not_ = unary_pair(ops.bitwise_not, exact=FOUND)


def _check_real(text: str, input: Any) -> None:
    if input._data.dtype.kind == "c":
        raise (NotImplementedError if text.startswith("signbit") else RuntimeError)(text)


def isposinf(input: Any, *, out: Any = None) -> Any:
    """Whether input is +∞. Raises RuntimeError for complex tensors."""
    _check_real("isposinf does not support complex inputs.", input)
    return into(out, ops.isposinf(input), "isposinf does not support non-boolean outputs.")


def isneginf(input: Any, *, out: Any = None) -> Any:
    """Whether input is −∞. Raises RuntimeError for complex tensors."""
    _check_real("isneginf does not support complex inputs.", input)
    return into(out, ops.isneginf(input), "isneginf does not support non-boolean outputs.")


def signbit(input: Any, *, out: Any = None) -> Any:
    """Whether input is negative, −0 included. Raises NotImplementedError for complex tensors."""
    _check_real("signbit is not implemented for complex tensors.", input)
    return into(out, ops.signbit(input), "signbit does not support non-boolean outputs.")


_BYTES = (
    "where received a uint8 condition tensor. This behavior is deprecated and will be removed in a future version of "
    "PyTorch. Use a boolean condition instead."
)


def where(condition: Any, input: Any = None, other: Any = None, *, out: Any = None) -> Any:
    """input where the condition is true, other elsewhere; with the condition alone, the indices where it holds.

    Raises RuntimeError for a condition that is not boolean.
    """
    if input is None and other is None:
        check_call("where", condition, out=out)
        return tuple(wrap(i.astype(np.int64)) for i in np.nonzero(np.atleast_1d(condition._data)))
    if not (isinstance(condition, TensorBase) and isinstance(input, TensorBase) and isinstance(other, TensorBase)):
        check_call("where", condition, input, other, out=out)
    if condition._data.dtype not in (np.bool_, np.uint8):
        raise RuntimeError(
            "where expected condition to be a boolean tensor, but got a tensor with dtype " + condition.dtype.title
        )
    if condition._data.dtype == np.uint8:
        warn_once(_BYTES)
    x, y = _cast_all((input, other))
    try:
        result = ops.where(condition._data.astype(bool, copy=False), x, y)
        if not isinstance(result, TensorBase):  # of two numbers
            result = wrap(result)
        return into(out, result, "Expected out type to be {result} but got {out}")
    except ValueError:
        mask, first, second = (np.shape(getattr(a, "_data", a)) for a in (condition, x, y))
        for pair in ((first, second), (mask, first), (mask, second)):
            common_shape(*pair)
        raise


def _two_tensors(name: str, input: Any, other: Any) -> None:
    tensor_argument(name, "input", 1, input)
    tensor_argument(name, "other", 2, other)


def _check_closeness(input: Any, other: Any, rtol: float, atol: float) -> None:
    if input._data.dtype != other._data.dtype:
        raise RuntimeError(f"{input.dtype.title} did not match {other.dtype.title}")
    for name, value in (("rtol", rtol), ("atol", atol)):
        if value < 0:
            raise RuntimeError(f"{name} must be greater than or equal to zero, but got {value:g}")


def isclose(input: Any, other: Any, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False) -> Any:
    """|input − other| ≤ atol + rtol |other|, element by element. Both have one dtype.

    Raises RuntimeError for two dtypes, and for a negative tolerance.
    """
    _two_tensors("isclose", input, other)
    _check_closeness(input, other, rtol, atol)
    try:
        return wrap(np.isclose(input._data, other._data, rtol=rtol, atol=atol, equal_nan=equal_nan))
    except ValueError:
        raise broadcast_error([input._data.shape, other._data.shape]) from None


def allclose(input: Any, other: Any, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False) -> bool:
    """Whether every element is close."""
    _two_tensors("allclose", input, other)
    return bool(isclose(input, other, rtol, atol, equal_nan)._data.all())


def equal(input: Any, other: Any) -> bool:
    """Whether two tensors have the same shape and values."""
    _two_tensors("equal", input, other)
    dtypes.promote_types(input.dtype, other.dtype)
    return bool(input._data.shape == other._data.shape and np.all(input._data == other._data))


def _check_members(*operands: Any) -> None:
    """Raise RuntimeError for bools and complex numbers, NotImplementedError for the unsigned dtypes above uint8."""
    plain = [getattr(a, "_data", a) for a in operands]
    for a in plain:
        given = dtypes.from_numpy(np.asarray(a).dtype)
        if given.category in (dtypes.BOOL, dtypes.COMPLEX):
            raise RuntimeError(f"Unsupported input type encountered for isin(): {given.title}")
    common = dtypes.result_dtype(plain)
    if common.numpy.kind == "u" and common.itemsize > 1:
        raise not_implemented("isin_default_cpu", common)


def isin(
    elements: Any,
    test_elements: Any = None,
    *,
    assume_unique: bool = False,
    invert: bool = False,
    out: Any = None,
    test_element: Any = None,
) -> Any:
    """Whether each of the elements is among the test elements; with `invert`, whether it is not.

    `test_element` is torch's name for a single number.
    """
    test_elements = test_element if test_elements is None else test_elements
    check_call("isin", elements, test_elements, out=out)
    _check_members(elements, test_elements)
    x, y = (getattr(a, "_data", a) for a in (elements, test_elements))
    return exact(out, wrap(np.isin(x, y, assume_unique=False, invert=invert)))
