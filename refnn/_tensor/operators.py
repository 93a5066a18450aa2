"""Operators, and the attributes that compute."""

from __future__ import annotations

from typing import Any

import numpy as np

from refnn._tensor.operands import OPERANDS
from refnn._tensor.writing import Writing
from refnn.autograd.base import TensorBase
from refnn.functions import (
    comparison,
    complexes,
    elementary,
    from_data,
    indexing,
    linalg,
    pointwise,
    transposed,
)
from refnn.functions._broadcast import broadcast_error
from refnn.functions._elementwise import broadcast
from refnn.ops import comparison as compare
from refnn.ops import pointwise as ops


def _operator(operation: Any, name: str, reflected: bool = False) -> Any:
    """A binary operator: NotImplemented for operands that are not numbers or tensors."""

    def run(self: Any, other: Any) -> Any:
        if not isinstance(other, OPERANDS):
            return NotImplemented
        try:
            return operation(other, self) if reflected else operation(self, other)
        except ValueError:
            raise broadcast_error([self._data.shape, getattr(other, "_data", np.empty(())).shape]) from None

    run.__name__ = name
    return run


_equal = _operator(compare.equal, "__eq__")


def _equals(self: Any, other: Any) -> Any:
    """x == y, where y may be one of NumPy's arrays: the only operator for which torch takes it as a tensor."""
    if isinstance(other, np.ndarray) and other.dtype.kind in "biufc":
        other = from_data.from_numpy(other)
    return _equal(self, other)


def _inplace_operator(function: Any) -> Any:
    """`x += y` and its like: NotImplemented for what is neither a number nor a tensor."""
    return lambda self, other: function(self, other) if isinstance(other, OPERANDS) else NotImplemented


class Operators(Writing):
    """+, −, ·, /, comparisons, indexing; T, mT, real, imag."""

    __add__ = __radd__ = _operator(ops.add, "__add__")
    __mul__ = __rmul__ = _operator(ops.mul, "__mul__")
    __truediv__ = _operator(ops.div, "__truediv__")
    __floordiv__ = _operator(ops.div_floor, "__floordiv__")
    __rfloordiv__ = _operator(ops.div_floor, "__rfloordiv__", True)
    __mod__ = _operator(ops.remainder, "__mod__")
    __rmod__ = _operator(ops.remainder, "__rmod__", True)
    __pow__ = _operator(pointwise.pow, "__pow__")
    __rpow__ = _operator(ops.pow, "__rpow__", True)
    __eq__ = _equals

    def __hash__(self) -> int:  # a class that defines == has to say so
        return id(self)

    __ne__ = _operator(compare.not_equal, "__ne__")
    __lt__ = _operator(compare.less, "__lt__")
    __le__ = _operator(compare.less_equal, "__le__")
    __gt__ = _operator(compare.greater, "__gt__")
    __ge__ = _operator(compare.greater_equal, "__ge__")
    __and__ = __rand__ = _operator(compare.bitwise_and, "__and__")
    __or__ = __ror__ = _operator(compare.bitwise_or, "__or__")
    __xor__ = __rxor__ = _operator(compare.bitwise_xor, "__xor__")
    __lshift__ = _operator(compare.left_shift, "__lshift__")
    __rshift__ = _operator(compare.right_shift, "__rshift__")
    __rlshift__ = _operator(compare.left_shift, "__rlshift__", True)
    __rrshift__ = _operator(compare.right_shift, "__rrshift__", True)

    def __sub__(self, other: Any) -> Any:
        if not isinstance(other, OPERANDS):
            return NotImplemented
        kinds = self._data.dtype.kind, other._data.dtype.kind if isinstance(other, TensorBase) else ""
        if "b" in kinds or other is True or other is False:
            pointwise._no_bool_minus(self, other)
        return broadcast(ops.sub, self, other)

    def __rtruediv__(self, other: Any) -> Any:
        """other · (1 / self), in torch's order of rounding."""
        return elementary.reciprocal(self) * other if isinstance(other, (*OPERANDS, np.ndarray)) else NotImplemented

    def __rsub__(self, other: Any) -> Any:
        if not isinstance(other, OPERANDS):
            return NotImplemented
        return pointwise.rsub(self, other)

    def __matmul__(self, other: Any) -> Any:
        return linalg._matmul(self, other) if isinstance(other, TensorBase) else NotImplemented

    def __neg__(self) -> Any:
        return elementary.neg(self)

    def __pos__(self) -> Any:
        return elementary.positive(self)

    def __abs__(self) -> Any:
        return elementary.abs(self)

    def __invert__(self) -> Any:
        if self._data.dtype.kind in "fVc":
            raise TypeError("~ (operator.invert) is only implemented on integer and Boolean-type tensors")
        return comparison.bitwise_not(self)

    __iadd__ = _inplace_operator(pointwise.add_)
    __isub__ = _inplace_operator(pointwise.sub_)
    __imul__ = _inplace_operator(pointwise.mul_)
    __itruediv__ = _inplace_operator(pointwise.div_)
    __ifloordiv__ = _inplace_operator(pointwise.floor_divide_)
    __imod__ = _inplace_operator(pointwise.remainder_)
    __ipow__ = _inplace_operator(pointwise.pow_)
    __iand__ = _inplace_operator(comparison.bitwise_and_)
    __ior__ = _inplace_operator(comparison.bitwise_or_)
    __ixor__ = _inplace_operator(comparison.bitwise_xor_)
    __ilshift__ = _inplace_operator(comparison.bitwise_left_shift_)
    __irshift__ = _inplace_operator(comparison.bitwise_right_shift_)

    __getitem__ = indexing.getitem
    __setitem__ = indexing.setitem

    T = property(transposed.reversed_dims)
    mT = property(transposed.matrix_transpose)  # noqa: N815
    H = property(transposed.hermitian)
    mH = property(transposed.matrix_hermitian)  # noqa: N815

    @property
    def real(self) -> Any:
        return complexes.real(self)

    @property
    def imag(self) -> Any:
        return complexes.imag(self)
