"""New tensors: torch.zeros, full, … and their relatives that take after a tensor."""

from __future__ import annotations

from typing import Any

import numpy as np

from refnn import dtypes
from refnn.autograd.base import TensorBase
from refnn.autograd.inplace import apply_inplace
from refnn.dtypes import dtype as DType
from refnn.functions._checks import FACTORY, int_sizes, into, sizes
from refnn.functions._scalars import as_number
from refnn.functions.conversion import contiguous_array
from refnn.functions.from_data import finish, require_gradient, tensor
from refnn.ops.creation import zero_values
from refnn.types import contiguous_format, layout, preserve_format, strided


def numpy_dtype(dtype: DType | None, out: Any = None) -> Any:
    """The dtype that was asked for, that of `out`, or the default."""
    if dtype is None and out is not None:
        return out._data.dtype
    if dtype is None:
        return dtypes.get_default_dtype().numpy
    if not isinstance(dtype, DType):
        raise TypeError(f"argument 'dtype' must be torch.dtype, not {type(dtype).__name__}")
    return dtype.numpy


def _check_sizes(shape: tuple[int, ...]) -> tuple[int, ...]:
    for n in shape:
        if n < 0:
            raise RuntimeError(f"Trying to create tensor with negative dimension {n}: {list(shape)}")
    return shape


def zeros(
    *args: Any,
    size: Any = None,
    out: Any = None,
    dtype: DType | None = None,
    layout: layout = strided,
    device: Any = None,
    requires_grad: bool = False,
) -> Any:
    """All 0."""
    shape = int_sizes("zeros", args if size is None else (size,))
    if any(n < 0 for n in shape):
        raise RuntimeError("zeros: Dimension size must be non-negative.")
    return into(out, finish(np.zeros(shape, numpy_dtype(dtype, out)), requires_grad, device), FACTORY)


def ones(
    *args: Any,
    size: Any = None,
    out: Any = None,
    dtype: DType | None = None,
    layout: layout = strided,
    device: Any = None,
    requires_grad: bool = False,
) -> Any:
    """All 1."""
    made = np.ones(_check_sizes(int_sizes("ones", args if size is None else (size,))), numpy_dtype(dtype, out))
    return into(out, finish(made, requires_grad, device), FACTORY)


def empty(
    *args: Any,
    size: Any = None,
    out: Any = None,
    dtype: DType | None = None,
    layout: layout = strided,
    device: Any = None,
    requires_grad: bool = False,
    memory_format: Any = contiguous_format,
) -> Any:
    """Memory as it comes."""
    shape = _check_sizes(int_sizes("empty", args if size is None else (size,)))
    made = contiguous_array(np.empty(shape, numpy_dtype(dtype, out)), memory_format)
    return into(out, finish(made, requires_grad, device), FACTORY)


def full(
    size: Any,
    fill_value: Any,
    *,
    out: Any = None,
    dtype: DType | None = None,
    layout: layout = strided,
    device: Any = None,
    requires_grad: bool = False,
) -> Any:
    """All fill_value; its own dtype by default."""
    value = fill_value._data.item() if isinstance(fill_value, TensorBase) else fill_value
    kind = numpy_dtype(dtype or (dtypes._scalar_dtype(value) if out is None else None), out)
    return into(
        out, finish(np.full(_check_sizes(sizes((size,))), as_number(value, kind), kind), requires_grad, device), FACTORY
    )


def scalar_tensor(s: Any, *, dtype: DType | None = None, device: Any = None, requires_grad: bool = False) -> Any:
    """A 0-dim tensor of the default dtype."""
    return finish(np.array(s, numpy_dtype(dtype)), requires_grad, device)


def _like(input: Any, make: Any, dtype: DType | None, requires_grad: bool, where: Any) -> Any:
    input._settle()
    array = make(input._data, dtype=None if dtype is None else dtype.numpy, subok=False)
    return finish(array, requires_grad, where)


def zeros_like(
    input: Any,
    *,
    dtype: DType | None = None,
    layout: layout | None = None,
    device: Any = None,
    requires_grad: bool = False,
    memory_format: Any = preserve_format,
) -> Any:
    """All 0, with the shape and dtype of input."""
    return _like(input, np.zeros_like, dtype, requires_grad, device)


def ones_like(
    input: Any,
    *,
    dtype: DType | None = None,
    layout: layout | None = None,
    device: Any = None,
    requires_grad: bool = False,
    memory_format: Any = preserve_format,
) -> Any:
    """All 1, with the shape and dtype of input."""
    return _like(input, np.ones_like, dtype, requires_grad, device)


def empty_like(
    input: Any,
    *,
    dtype: DType | None = None,
    layout: layout | None = None,
    device: Any = None,
    requires_grad: bool = False,
    memory_format: Any = preserve_format,
) -> Any:
    """Memory as it comes, with the shape and dtype of input."""
    return _like(input, np.empty_like, dtype, requires_grad, device)


def full_like(
    input: Any,
    fill_value: Any,
    *,
    dtype: DType | None = None,
    layout: layout | None = None,
    device: Any = None,
    requires_grad: bool = False,
    memory_format: Any = preserve_format,
) -> Any:
    """All fill_value, with the shape and dtype of input."""
    made = _like(input, np.empty_like, dtype, False, device)
    value = fill_value._data.item() if isinstance(fill_value, TensorBase) else fill_value
    made._data[...] = as_number(value, made._data.dtype)
    return require_gradient(made) if requires_grad else made


def zero_(input: Any) -> Any:
    """In place: every element becomes 0."""
    return apply_inplace(zero_values, input, value=0)


def _new_dtype(input: Any, dtype: DType | None) -> DType:
    return input.dtype if dtype is None else dtype


def new_zeros(
    input: Any,
    *args: Any,
    size: Any = None,
    dtype: DType | None = None,
    device: Any = None,
    requires_grad: bool = False,
) -> Any:
    """zeros of input's dtype."""
    shape = _check_sizes(int_sizes("new_zeros", args if size is None else (size,)))
    return zeros(shape, dtype=_new_dtype(input, dtype), device=device, requires_grad=requires_grad)


def new_ones(
    input: Any,
    *args: Any,
    size: Any = None,
    dtype: DType | None = None,
    device: Any = None,
    requires_grad: bool = False,
) -> Any:
    """ones of input's dtype."""
    shape = _check_sizes(int_sizes("new_ones", args if size is None else (size,)))
    return ones(shape, dtype=_new_dtype(input, dtype), device=device, requires_grad=requires_grad)


def new_empty(
    input: Any,
    *args: Any,
    size: Any = None,
    dtype: DType | None = None,
    device: Any = None,
    requires_grad: bool = False,
) -> Any:
    """empty of input's dtype."""
    shape = _check_sizes(int_sizes("new_empty", args if size is None else (size,)))
    return empty(shape, dtype=_new_dtype(input, dtype), device=device, requires_grad=requires_grad)


def new_full(
    input: Any,
    size: Any,
    fill_value: Any,
    *,
    dtype: DType | None = None,
    device: Any = None,
    requires_grad: bool = False,
) -> Any:
    """full of input's dtype."""
    return full(size, fill_value, dtype=_new_dtype(input, dtype), device=device, requires_grad=requires_grad)


def new_tensor(
    input: Any, data: Any, *, dtype: DType | None = None, device: Any = None, requires_grad: bool = False
) -> Any:
    """tensor of input's dtype."""
    return tensor(data, dtype=_new_dtype(input, dtype), device=device, requires_grad=requires_grad)
