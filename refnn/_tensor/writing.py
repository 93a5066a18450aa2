"""Writing to a tensor in place."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.lib.stride_tricks import as_strided

from refnn._tensor.conversion import Conversion
from refnn._tensor.operands import OPERANDS
from refnn.autograd.base import TensorBase
from refnn.autograd.inplace import apply_inplace, check_writable
from refnn.autograd.modes import mode
from refnn.functions import (
    comparison,
)
from refnn.functions import shape as shapes
from refnn.functions._broadcast import broadcast_error
from refnn.functions._checks import type_name
from refnn.functions._scalars import as_number
from refnn.functions.conversion import contiguous_array
from refnn.ops.creation import copy_values, fill_from, fill_values, zero_values
from refnn.types import contiguous_format, preserve_format


class Writing(Conversion):
    """Methods that only write, or only change the shape, in place."""

    def copy_(self, other: Any, non_blocking: bool = False) -> Any:
        """Take the values of other, a tensor or a number, broadcast and cast."""
        if not isinstance(other, TensorBase):
            if not isinstance(other, OPERANDS):
                raise TypeError(f"copy_(): argument 'other' (position 1) must be Tensor, not {type_name(other)}")
            return self.fill_(other)
        check_writable(self, mode.grad and (self.requires_grad or other.requires_grad))  # type: ignore[attr-defined]
        mine, theirs = self._data.shape, other._data.shape
        if mine != theirs:
            try:
                both = np.broadcast_shapes(mine, theirs)
            except ValueError:
                raise broadcast_error([mine, theirs]) from None
            if both != mine:
                raise RuntimeError(f"output with shape {list(mine)} doesn't match the broadcast shape {list(both)}")
        return apply_inplace(copy_values, self, other)

    def fill_(self, value: Any) -> Any:
        """Every element becomes value."""
        if isinstance(value, TensorBase):
            if value._data.ndim:
                raise RuntimeError(
                    f"fill_ only supports 0-dimension value tensor but got tensor with {value._data.ndim} dimensions."
                )
            return apply_inplace(fill_from, self, value)
        return apply_inplace(fill_values, self, value=as_number(value, self._data.dtype))

    def zero_(self) -> Any:
        """Every element becomes 0."""
        return apply_inplace(zero_values, self, value=0)

    def fill_diagonal_(self, fill_value: Any, wrap: bool = False) -> Any:
        """The main diagonal becomes fill_value."""
        check_writable(self, False)
        np.fill_diagonal(self._data, fill_value, wrap)
        self._bump_version()
        return self

    def resize_(self, *sizes: Any, memory_format: Any = None) -> Any:
        """Another shape, in place: elements are kept in the order of memory, new ones are uninitialised.

        memory_format says how they lie under the new shape: by default contiguous, and as before for the same shape.
        Raises RuntimeError for a tensor that requires grad, and for preserve_format.
        """
        if self.requires_grad:
            raise RuntimeError("cannot resize variables that require grad")
        from refnn.functions._checks import sizes as as_sizes

        shape = as_sizes(sizes)
        if memory_format is preserve_format:
            raise RuntimeError("Unsupported memory formatPreserve")
        self._settle()
        self._bump_version()
        if memory_format is None and shape == self._data.shape:
            return self
        fresh = contiguous_array(np.empty(shape, self._data.dtype), memory_format or contiguous_format)
        held, memory = self._data.ravel("K"), as_strided(fresh, (fresh.size,), (fresh.itemsize,))
        n = min(held.size, memory.size)
        memory[:n] = held[:n]
        self._data = fresh
        return self

    def squeeze_(self, dim: Any = None) -> Any:
        """In place: without dimensions of length 1."""
        name = f"SqueezeBackward{3 if dim is None else 4 if isinstance(dim, int) else 5}"
        return self._reshaped(shapes.squeeze(self, dim), name)

    def unsqueeze_(self, dim: int) -> Any:
        """In place: with a new dimension of length 1."""
        return self._reshaped(shapes.unsqueeze(self, dim), "UnsqueezeBackward1")

    def t_(self) -> Any:
        """In place: transposed."""
        return self._reshaped(shapes.t(self), "TBackward1")

    def transpose_(self, dim0: int, dim1: int) -> Any:
        """In place: two dimensions exchanged."""
        return self._reshaped(shapes.transpose(self, dim0, dim1), "TransposeBackward1")

    swapdims_ = transpose_

    def swapaxes_(self, axis0: int, axis1: int) -> Any:
        """In place: transpose_, by NumPy's name."""
        return self.transpose_(axis0, axis1)

    def _reshaped(self, result: Any, name: str) -> Any:
        self._data = result._data
        if result._requires_grad:
            result._node.op = result._node.op.renamed(name)
            self._requires_grad, self._node, self._index = True, result._node, result._index
        self._bump_version()
        return self

    def where(self, condition: Any, other: Any) -> Any:
        """This tensor where the condition is true, other elsewhere."""
        return comparison.where(condition, self, other)

    def apply_(self, callable: Any) -> Any:
        """Every element becomes callable(element). No write is counted. Raises RuntimeError if it requires grad."""
        if self.requires_grad:
            raise RuntimeError("Can't call apply_() on Variable that requires grad. Use var.detach().apply_() instead.")
        flat = [callable(v) for v in self._data.reshape(-1).tolist()]
        self._data[...] = np.array(flat).reshape(self._data.shape)
        return self

    def map_(self, other: Any, callable: Any) -> Any:
        """Every element becomes callable(element, other's element); other is broadcast. No write is counted.

        Raises RuntimeError for a tensor that requires grad, and TypeError for an `other` of another dtype.
        """
        return _mapped(self, "map_", (other,), callable)

    def map2_(self, x: Any, y: Any, callable: Any) -> Any:
        """Every element becomes callable(element, x's element, y's element). Raises as map_ does."""
        return _mapped(self, "map2_", (x, y), callable)


def _mapped(tensor: Any, name: str, others: tuple[Any, ...], callable: Any) -> Any:
    if any(t.requires_grad for t in (tensor, *others)):
        raise RuntimeError(f"Can't call {name}() on Variable that requires grad. Use var.detach().{name}() instead.")
    parameters = ("'other'",) if len(others) == 1 else ("argument 'x'", "argument 'y'")  # as torch writes them
    for parameter, other in zip(parameters, others, strict=True):
        if other.dtype is not tensor.dtype:
            raise TypeError(f"{name}: expected {tensor.type()} for {parameter} (got {other.type()})")
    columns = [t._data.reshape(-1).tolist() for t in (tensor, *(other.expand(tensor.shape) for other in others))]
    values = [callable(*row) for row in zip(*columns, strict=True)]
    tensor._data[...] = np.array(values, tensor._data.dtype).reshape(tensor._data.shape)
    return tensor
