"""Making tensors: torch.tensor, zeros, full, … and their relatives that take after a tensor."""

from __future__ import annotations

from typing import Any

import numpy as np

from refnn import dtypes
from refnn.autograd.base import TensorBase, wrap
from refnn.autograd.modes import mode
from refnn.dtypes import dtype as DType
from refnn.functions._checks import FACTORY, int_sizes, into, sizes
from refnn.functions.conversion import contiguous_array, to
from refnn.types import contiguous_format, device, layout, preserve_format, strided

_device = device  # which is a parameter's name below
_NUMBERS = (int, float, complex)  # the builtins: functions below take over two of the names


def _require_gradient(tensor: Any) -> Any:
    """requires_grad=True of a function that makes a tensor: its error is not the text of requires_grad_'s."""
    if tensor._data.dtype.kind not in "fcV":
        raise RuntimeError("Only Tensors of floating point and complex dtype can require gradients")
    return tensor.requires_grad_(True)


def _finish(array: Any, requires_grad: bool, where: Any = None) -> Any:
    if where is not None:
        device(where)
    tensor = wrap(array)
    if requires_grad:
        _require_gradient(tensor)
    if mode.inference:
        tensor._inference = True
    return tensor


def _numpy_dtype(dtype: DType | None, out: Any = None) -> Any:
    """The dtype that was asked for, that of `out`, or the default."""
    if dtype is None and out is not None:
        return out._data.dtype
    if dtype is None:
        return dtypes.get_default_dtype().numpy
    if not isinstance(dtype, DType):
        raise TypeError(f"argument 'dtype' must be torch.dtype, not {type(dtype).__name__}")
    return dtype.numpy


def _array_of(data: Any, dtype: DType | None) -> Any:
    """A new array of nested sequences, numbers, arrays or tensors, with torch's choice of dtype."""
    if isinstance(data, TensorBase):
        return data._data.astype(dtype.numpy if dtype else data._data.dtype, copy=True)
    if isinstance(data, (np.ndarray, np.generic)):
        source = np.asarray(data)
        return source.astype(dtype.numpy if dtype else dtypes.from_numpy(source.dtype).numpy, copy=True)
    if not isinstance(data, (list, tuple)) and hasattr(data, "__array__"):
        return _array_of(np.asarray(data), dtype)
    plain = _plain(data)
    _check_nesting(plain)
    if dtype is None:
        dtype = _infer(plain)
    try:
        return np.array(plain, dtype=dtype.numpy)
    except OverflowError:
        if dtype.category == dtypes.INTEGRAL:
            raise RuntimeError(
                f"value cannot be converted to type {_C_NAMES.get(dtype.name, dtype.name)} without overflow"
            ) from None
        raise
    except (ValueError, TypeError):
        return np.array(plain).astype(dtype.numpy)


_C_NAMES = {"uint8": "uint8_t", "int8": "int8_t", "int16": "int16_t", "int32": "int", "int64": "int64_t"}


def _plain(data: Any) -> Any:
    if isinstance(data, TensorBase):
        return data._data if data._data.ndim else data._data.item()
    if isinstance(data, (list, tuple)):
        return [_plain(x) for x in data]
    if isinstance(data, range):
        return list(data)
    return data


def _check_nesting(data: Any) -> None:
    if isinstance(data, str) or data is None or not _is_data(data):
        if isinstance(data, str):
            raise TypeError("new(): invalid data type 'str'")
        if data is None:
            raise RuntimeError("Could not infer dtype of NoneType")
        raise RuntimeError(f"Could not infer dtype of {type(data).__name__}")
    if isinstance(data, list) and data:
        _check_lengths(data, 0)


def _is_data(data: Any) -> bool:
    return isinstance(data, (list, np.ndarray, np.generic, *_NUMBERS))


def _check_lengths(data: list[Any], depth: int) -> None:
    nested = [isinstance(x, list) or (isinstance(x, np.ndarray) and x.ndim > 0) for x in data]
    for x, is_nested in zip(data, nested, strict=True):
        if is_nested != nested[0]:
            kind = type(x).__name__
            raise TypeError(
                f"object of type '{kind}' has no len()" if nested[0] else f"must be real number, not {kind}"
            )
        if is_nested and len(x) != len(data[0]):
            raise ValueError(f"expected sequence of length {len(data[0])} at dim {depth + 1} (got {len(x)})")
        if isinstance(x, list):
            _check_lengths(x, depth + 1)
        elif not _is_data(x):
            _check_nesting(x)


def _infer(data: Any) -> DType:
    """bool < int64 < default float < complex, over every number inside."""
    if isinstance(data, list):
        found = [_infer(x) for x in data]
        if not found:
            return dtypes.get_default_dtype()
        best = found[0]
        for d in found[1:]:
            best = (
                d
                if d.category > best.category
                else dtypes.promote_types(best, d)
                if d.category == best.category
                else best
            )
        return best
    if isinstance(data, (np.ndarray, np.generic)):
        return dtypes.from_numpy(np.asarray(data).dtype)
    return dtypes._scalar_dtype(data)


def tensor(
    data: Any,
    *,
    dtype: DType | None = None,
    device: Any = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
) -> Any:
    """A new leaf tensor with a copy of data: nested sequences, a number, an array.

    Integers give int64, floats the default dtype, arrays keep theirs.
    Raises ValueError for ragged sequences, RuntimeError for what is not a number.
    """
    return _finish(_array_of(data, dtype), requires_grad, device)


def as_tensor(data: Any, dtype: DType | None = None, device: Any = None) -> Any:
    """data as a tensor, sharing memory where it can."""
    if isinstance(data, TensorBase):
        return data if dtype is None or data._data.dtype == dtype.numpy else to(data, dtype)
    if isinstance(data, np.ndarray) and (dtype is None or data.dtype == dtype.numpy):
        return from_numpy(data)
    if not isinstance(data, (list, tuple)) and hasattr(data, "__dlpack__"):
        shared = wrap(np.from_dlpack(data))
        return shared if dtype is None else to(shared, dtype)
    return tensor(data, dtype=dtype, device=device)


asarray = as_tensor


def from_numpy(ndarray: Any) -> Any:
    """A tensor over the same memory. Raises TypeError for a dtype that torch lacks."""
    if not isinstance(ndarray, np.ndarray):
        raise TypeError(f"expected np.ndarray (got {type(ndarray).__name__})")
    dtypes.from_numpy(ndarray.dtype)
    return wrap(ndarray)


def from_dlpack(ext_tensor: Any, *, device: Any = None, copy: bool | None = None) -> Any:
    """A tensor over the memory of an object with __dlpack__; over a copy of it where one is asked for."""
    if device is not None:
        _device(device)
    shared = np.from_dlpack(ext_tensor)
    return wrap(shared.copy() if copy else shared)


def _check_sizes(shape: tuple[int, ...]) -> tuple[int, ...]:
    for n in shape:
        if n < 0:
            raise RuntimeError(f"Trying to create tensor with negative dimension {n}: {list(shape)}")
    return shape


def zeros(
    *size: Any,
    out: Any = None,
    dtype: DType | None = None,
    layout: layout = strided,
    device: Any = None,
    requires_grad: bool = False,
) -> Any:
    """All 0."""
    shape = int_sizes("zeros", size)
    if any(n < 0 for n in shape):
        raise RuntimeError("zeros: Dimension size must be non-negative.")
    return into(out, _finish(np.zeros(shape, _numpy_dtype(dtype, out)), requires_grad, device), FACTORY)


def ones(
    *size: Any,
    out: Any = None,
    dtype: DType | None = None,
    layout: layout = strided,
    device: Any = None,
    requires_grad: bool = False,
) -> Any:
    """All 1."""
    made = np.ones(_check_sizes(int_sizes("ones", size)), _numpy_dtype(dtype, out))
    return into(out, _finish(made, requires_grad, device), FACTORY)


def empty(
    *size: Any,
    out: Any = None,
    dtype: DType | None = None,
    layout: layout = strided,
    device: Any = None,
    requires_grad: bool = False,
    memory_format: Any = contiguous_format,
) -> Any:
    """Memory as it comes."""
    made = contiguous_array(np.empty(_check_sizes(int_sizes("empty", size)), _numpy_dtype(dtype, out)), memory_format)
    return into(out, _finish(made, requires_grad, device), FACTORY)


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
    kind = _numpy_dtype(dtype or (dtypes._scalar_dtype(value) if out is None else None), out)
    return into(out, _finish(np.full(_check_sizes(sizes((size,))), value, kind), requires_grad, device), FACTORY)


def scalar_tensor(s: Any, *, dtype: DType | None = None, device: Any = None, requires_grad: bool = False) -> Any:
    """A 0-dim tensor of the default dtype."""
    return _finish(np.array(s, _numpy_dtype(dtype)), requires_grad, device)


def _like(input: Any, make: Any, dtype: DType | None, requires_grad: bool) -> Any:
    input._settle()
    array = make(input._data, dtype=None if dtype is None else dtype.numpy, subok=False)
    return _finish(array, requires_grad)


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
    return _like(input, np.zeros_like, dtype, requires_grad)


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
    return _like(input, np.ones_like, dtype, requires_grad)


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
    return _like(input, np.empty_like, dtype, requires_grad)


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
    made = _like(input, np.empty_like, dtype, False)
    made._data[...] = fill_value._data.item() if isinstance(fill_value, TensorBase) else fill_value
    return _require_gradient(made) if requires_grad else made


def _new_dtype(input: Any, dtype: DType | None) -> DType:
    return input.dtype if dtype is None else dtype


def new_zeros(
    input: Any, *size: Any, dtype: DType | None = None, device: Any = None, requires_grad: bool = False
) -> Any:
    """zeros of input's dtype."""
    shape = _check_sizes(int_sizes("new_zeros", size))
    return zeros(shape, dtype=_new_dtype(input, dtype), device=device, requires_grad=requires_grad)


def new_ones(
    input: Any, *size: Any, dtype: DType | None = None, device: Any = None, requires_grad: bool = False
) -> Any:
    """ones of input's dtype."""
    return ones(*size, dtype=_new_dtype(input, dtype), device=device, requires_grad=requires_grad)


def new_empty(
    input: Any, *size: Any, dtype: DType | None = None, device: Any = None, requires_grad: bool = False
) -> Any:
    """empty of input's dtype."""
    return empty(*size, dtype=_new_dtype(input, dtype), device=device, requires_grad=requires_grad)


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
