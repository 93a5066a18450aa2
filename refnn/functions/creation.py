"""New tensors: torch.zeros, full, … and their relatives that take after a tensor."""

from __future__ import annotations

from typing import Any

import numpy as np

from refnn import dtypes
from refnn.autograd.base import TensorBase
from refnn.autograd.inplace import apply_inplace
from refnn.dtypes import dtype as DType
from refnn.functions._checks import int_sizes, sizes
from refnn.functions._factories import check_sizes, finish, like, numpy_dtype
from refnn.functions._out import FACTORY, into
from refnn.functions._scalars import as_number
from refnn.functions.conversion import contiguous_array
from refnn.functions.from_data import array_of, tensor
from refnn.ops.creation import zero_values
from refnn.types import contiguous_format, layout, preserve_format, strided


def zeros(
    *args: Any,
    size: Any = None,
    out: Any = None,
    dtype: DType | None = None,
    layout: layout = strided,
    device: Any = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
) -> Any:
    """All 0."""
    shape = int_sizes("zeros", args if size is None else (size,))
    if any(n < 0 for n in shape):
        raise RuntimeError("zeros: Dimension size must be non-negative.")
    made = np.zeros(shape, numpy_dtype(dtype, out))
    return into(out, finish(made, requires_grad, layout, device, pin_memory), FACTORY, None)


def ones(
    *args: Any,
    size: Any = None,
    out: Any = None,
    dtype: DType | None = None,
    layout: layout = strided,
    device: Any = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
) -> Any:
    """All 1."""
    made = np.ones(check_sizes(int_sizes("ones", args if size is None else (size,))), numpy_dtype(dtype, out))
    return into(out, finish(made, requires_grad, layout, device, pin_memory), FACTORY, None)


def empty(
    *args: Any,
    size: Any = None,
    out: Any = None,
    dtype: DType | None = None,
    layout: layout = strided,
    device: Any = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
    memory_format: Any = contiguous_format,
) -> Any:
    """Memory as it comes."""
    shape = check_sizes(int_sizes("empty", args if size is None else (size,)))
    if memory_format is preserve_format:
        raise RuntimeError("unsupported memory format Preserve")
    made = contiguous_array(np.empty(shape, numpy_dtype(dtype, out)), memory_format)
    return into(out, finish(made, requires_grad, layout, device, pin_memory), FACTORY, None)


def full(
    size: Any,
    fill_value: Any,
    *,
    out: Any = None,
    dtype: DType | None = None,
    layout: layout = strided,
    device: Any = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
) -> Any:
    """All fill_value; its own dtype by default."""
    if isinstance(fill_value, TensorBase) and fill_value._data.ndim:
        raise TypeError("full(): argument 'fill_value' (position 2) must be Number, not Tensor")
    value = fill_value._data.item() if isinstance(fill_value, TensorBase) else fill_value
    kind = numpy_dtype(dtype or (dtypes._scalar_dtype(value) if out is None else None), out)
    made = np.full(check_sizes(sizes((size,))), as_number(value, kind), kind)
    return into(out, finish(made, requires_grad, layout, device, pin_memory), FACTORY, None)


def scalar_tensor(
    s: Any,
    *,
    dtype: DType | None = None,
    layout: layout = strided,
    device: Any = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
) -> Any:
    """A 0-dim tensor of the default dtype."""
    return finish(np.array(s, numpy_dtype(dtype)), requires_grad, layout, device, pin_memory)


def zeros_like(
    input: Any,
    *,
    dtype: DType | None = None,
    layout: layout | None = None,
    device: Any = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
    memory_format: Any = preserve_format,
) -> Any:
    """All 0, with the shape and dtype of input."""
    made = like(np.zeros_like, input, dtype, memory_format)
    return finish(made, requires_grad, layout, device, pin_memory)


def ones_like(
    input: Any,
    *,
    dtype: DType | None = None,
    layout: layout | None = None,
    device: Any = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
    memory_format: Any = preserve_format,
) -> Any:
    """All 1, with the shape and dtype of input."""
    made = like(np.ones_like, input, dtype, memory_format)
    return finish(made, requires_grad, layout, device, pin_memory)


def empty_like(
    input: Any,
    *,
    dtype: DType | None = None,
    layout: layout | None = None,
    device: Any = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
    memory_format: Any = preserve_format,
) -> Any:
    """Memory as it comes, with the shape and dtype of input."""
    made = like(np.empty_like, input, dtype, memory_format)
    return finish(made, requires_grad, layout, device, pin_memory)


def full_like(
    input: Any,
    fill_value: Any,
    *,
    dtype: DType | None = None,
    layout: layout | None = None,
    device: Any = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
    memory_format: Any = preserve_format,
) -> Any:
    """All fill_value, with the shape and dtype of input."""
    made = like(np.empty_like, input, dtype, memory_format)
    value = fill_value._data.item() if isinstance(fill_value, TensorBase) else fill_value
    made[...] = as_number(value, made.dtype)
    return finish(made, requires_grad, layout, device, pin_memory)


def zero_(input: Any) -> Any:
    """In place: every element becomes 0."""
    return apply_inplace(zero_values, input, value=0)


def _new_dtype(input: Any, dtype: DType | None) -> DType:
    return input.dtype if dtype is None else dtype


def _new_sizes(name: str, args: tuple[Any, ...], size: Any) -> tuple[int, ...]:
    return check_sizes(int_sizes(name, args if size is None else (size,)))


def new_zeros(input: Any, *args: Any, size: Any = None, dtype: DType | None = None, **options: Any) -> Any:
    """zeros of input's dtype, with the options of zeros."""
    return zeros(_new_sizes("new_zeros", args, size), dtype=_new_dtype(input, dtype), **options)


def new_ones(input: Any, *args: Any, size: Any = None, dtype: DType | None = None, **options: Any) -> Any:
    """ones of input's dtype, with the options of ones."""
    return ones(_new_sizes("new_ones", args, size), dtype=_new_dtype(input, dtype), **options)


def new_empty(input: Any, *args: Any, size: Any = None, dtype: DType | None = None, **options: Any) -> Any:
    """empty of input's dtype, with the options of empty."""
    return empty(_new_sizes("new_empty", args, size), dtype=_new_dtype(input, dtype), **options)


def new_full(input: Any, size: Any, fill_value: Any, *, dtype: DType | None = None, **options: Any) -> Any:
    """full of input's dtype, with the options of full."""
    return full(size, fill_value, dtype=_new_dtype(input, dtype), **options)


def new_tensor(input: Any, data: Any, *, dtype: DType | None = None, **options: Any) -> Any:
    """tensor of input's dtype, with the options of tensor."""
    if isinstance(data, TensorBase):
        data = array_of(data, None, "tensor.new_tensor")
    return tensor(data, dtype=_new_dtype(input, dtype), **options)
