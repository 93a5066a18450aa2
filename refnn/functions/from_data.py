"""Tensors of data that there is: torch.tensor, as_tensor, asarray, from_numpy, from_dlpack."""

from __future__ import annotations

import math
from collections import deque
from typing import Any

import numpy as np

from refnn import dtypes
from refnn.autograd.base import TensorBase, wrap
from refnn.autograd.once import warn_once
from refnn.dtypes import dtype as DType
from refnn.functions._checks import warn
from refnn.functions._factories import finish, require_gradient
from refnn.functions._scalars import as_number
from refnn.functions.conversion import clone as copied
from refnn.functions.conversion import to
from refnn.types import check_device
from refnn.types import device as Device

_NUMBERS = (int, float, complex)


_KEEPS_HISTORY = (
    "torch.asarray: unspecified requires_grad now defaults to obj.requires_grad instead of False. Pass "
    "requires_grad=False explicitly to get the old behavior and silence this warning."
)
_COPIES = (
    "To copy construct from a tensor, it is recommended to use sourceTensor.detach().clone() or "
    "sourceTensor.detach().clone().requires_grad_(True), rather than {}(sourceTensor)."
)


def array_of(data: Any, dtype: DType | None, function: str = "torch.tensor") -> Any:
    """A new array of nested sequences, numbers, arrays or tensors, with torch's choice of dtype.

    `function` is whose warning a tensor gets.
    """
    if isinstance(data, TensorBase):
        warn(_COPIES.format(function))
        return data._data.astype(dtype.numpy if dtype else data._data.dtype, copy=True)
    if isinstance(data, (np.ndarray, np.generic)):
        source = np.asarray(data)
        _check_array(source)
        return source.astype(dtype.numpy if dtype else dtypes.from_numpy(source.dtype).numpy, copy=True)
    if not isinstance(data, (list, tuple)) and hasattr(data, "__array__"):
        return array_of(np.asarray(data), dtype)
    plain = _plain(data)
    _check_nesting(plain)
    if dtype is None:
        dtype = _infer(plain)
    if isinstance(plain, complex) and not dtype.is_complex:
        raise TypeError(f"must be real number, not {type(plain).__name__}")
    if isinstance(plain, list) and not _numel(plain):
        return np.empty(_first_lengths(plain), dtype.numpy)
    try:
        with np.errstate(over="ignore"):
            return np.array(plain, dtype=dtype.numpy)
    except OverflowError:
        if dtype.category == dtypes.INTEGRAL:
            if dtype is dtypes.int64:
                raise ValueError("Overflow when unpacking long long") from None
            return _wrapped(plain, dtype)
        raise
    except (ValueError, TypeError):
        return np.array(plain).astype(dtype.numpy)


def _wrapped(plain: Any, dtype: DType) -> Any:
    """Integers that NumPy refuses: −1 is the largest number of an unsigned dtype, what is larger raises."""
    flat = np.asarray(plain, dtype=object)
    made = np.array([as_number(value, dtype.numpy, dtype.name) for value in flat.reshape(-1)], dtype.numpy)
    return made.reshape(flat.shape)


def _plain(data: Any) -> Any:
    if isinstance(data, TensorBase):
        if data._data.size != 1:
            raise ValueError("only one element tensors can be converted to Python scalars")
        return data._data.item()
    if isinstance(data, (list, tuple)):
        if data and isinstance(data[0], np.ndarray):
            _warn_once(_ARRAYS)
        return [_plain(x) for x in data]
    if isinstance(data, (range, memoryview, deque)):
        return [_plain(x) for x in data]
    return data


def _first_lengths(data: Any) -> tuple[int, ...]:
    """The shape of nested lists as their first elements tell it."""
    lengths = []
    while isinstance(data, list):
        lengths.append(len(data))
        data = data[0] if data else None
    return tuple(lengths)


def _numel(data: list[Any]) -> int:
    return math.prod(_first_lengths(data))


def _check_nesting(data: Any) -> None:
    if isinstance(data, str) or data is None or not _is_data(data):
        if isinstance(data, (str, bytes)):
            raise TypeError(f"new(): invalid data type '{type(data).__name__}'")
        raise RuntimeError(f"Could not infer dtype of {type(data).__name__}")
    first = data
    while isinstance(first, list) and first:
        first = first[0]
    if isinstance(first, str):
        raise ValueError("too many dimensions 'str'")
    if isinstance(data, list) and data:
        _check_elements(data)
        if _numel(data):  # else torch looks no further
            _check_lengths(data, 0)


def _is_data(data: Any) -> bool:
    return isinstance(data, (list, np.ndarray, np.generic, *_NUMBERS))


def _check_elements(data: list[Any]) -> None:
    """Raise for the first element whose dtype nothing tells."""
    for x in data:
        if isinstance(x, list):
            _check_elements(x)
        elif not _is_data(x):
            _check_nesting(x)


def _check_lengths(data: list[Any], depth: int) -> None:
    nested = [isinstance(x, list) or (isinstance(x, np.ndarray) and x.ndim > 0) for x in data]
    for x, is_nested in zip(data, nested, strict=True):
        if is_nested and not nested[0]:
            raise TypeError(_not_a_number(data, type(x).__name__))
        if nested[0] and not is_nested:
            raise TypeError("not a sequence")
        if is_nested and len(x) != len(data[0]):
            raise ValueError(f"expected sequence of length {len(data[0])} at dim {depth + 1} (got {len(x)})")
        if isinstance(x, list):
            _check_lengths(x, depth + 1)


def _not_a_number(data: list[Any], kind: str) -> str:
    whole = all(isinstance(x, int) for x in data if not isinstance(x, list))
    return f"'{kind}' object cannot be interpreted as an integer" if whole else f"must be real number, not {kind}"


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
    return finish(array_of(data, dtype), requires_grad, None, device, pin_memory)


def as_tensor(data: Any, *, dtype: DType | None = None, device: Any = None) -> Any:
    """data as a tensor, sharing memory where it can. Raises AssertionError or RuntimeError for another device."""
    if device is not None:
        check_device(device)
    if isinstance(data, TensorBase):
        return data if dtype is None or data._data.dtype == dtype.numpy else to(data, dtype)
    if isinstance(data, np.ndarray) and (dtype is None or data.dtype == dtype.numpy):
        return from_numpy(data)
    if not isinstance(data, (list, tuple)) and hasattr(data, "__dlpack__"):
        shared = wrap(np.from_dlpack(data))
        return shared if dtype is None else to(shared, dtype)
    return tensor(data, dtype=dtype, device=device)


def asarray(
    obj: Any,
    *,
    dtype: DType | None = None,
    device: Any = None,
    copy: bool | None = None,
    requires_grad: bool | None = None,
) -> Any:
    """obj as a tensor: over the same memory where that can be, unless a copy is asked for.

    A tensor keeps its history, or is let go of it by requires_grad=False.
    Raises ValueError where copy=False and the memory cannot be shared, RuntimeError for another device and for
    integers that should require gradients.
    """
    if device is not None and Device(device).type != "cpu":
        raise RuntimeError(f"PyTorch is not linked with support for {Device(device).type} devices")
    shares = isinstance(obj, (TensorBase, np.ndarray)) or hasattr(obj, "__dlpack__")
    if copy is False and not shares:
        raise ValueError("can't alias arbitrary sequence into a tensor.")
    result = as_tensor(obj, dtype=dtype, device=device)
    same = shares and (dtype is None or getattr(obj, "_data", obj).dtype == dtype.numpy)
    if copy is False and not same:
        raise ValueError(
            f"can't alias tensor with dtype '{as_tensor(obj).dtype.title}' into dtype '{result.dtype.title}'."
        )
    if copy and same:
        result = copied(result)
    if requires_grad is None:
        if isinstance(obj, TensorBase) and obj._requires_grad:
            warn_once(_KEEPS_HISTORY)
        return result
    if requires_grad:
        return result if result._requires_grad else require_gradient(result)
    return result.detach() if result._node else result.requires_grad_(False)


def from_numpy(ndarray: Any) -> Any:
    """A tensor over the same memory. Raises TypeError for a dtype that torch lacks."""
    if not isinstance(ndarray, np.ndarray):
        raise TypeError(f"expected np.ndarray (got {type(ndarray).__name__})")
    _check_array(ndarray)
    if not ndarray.flags.writeable:
        _warn_once(_READ_ONLY)
    return wrap(ndarray)


_READ_ONLY = (
    "The given NumPy array is not writable, and PyTorch does not support non-writable tensors. This means writing to "
    "this tensor will result in undefined behavior. You may want to copy the array to protect its data or make it "
    "writable before converting it to a tensor. This type of warning will be suppressed for the rest of this program."
)
_ARRAYS = (
    "Creating a tensor from a list of numpy.ndarrays is extremely slow. Please consider converting the list to a "
    "single numpy.ndarray with numpy.array() before converting to a tensor."
)
_told: set[str] = set()


def _warn_once(text: str) -> None:
    if text not in _told:
        _told.add(text)
        warn(text)


def _check_array(array: Any) -> None:
    """Raise ValueError for negative strides and foreign byte order, TypeError for a dtype that torch lacks."""
    if array.size and any(step < 0 for step in array.strides):
        raise ValueError(
            "At least one stride in the given numpy array is negative, and tensors with negative strides are not "
            "currently supported. (You can probably work around this by making a copy of your array  with "
            "array.copy().) "
        )
    if not array.dtype.isnative:
        raise ValueError(
            "given numpy array has byte order different from the native byte order. Conversion between byte orders is "
            "currently not supported."
        )
    dtypes.from_numpy(array.dtype)


def from_dlpack(ext_tensor: Any, *, device: Any = None, copy: bool | None = None) -> Any:
    """A tensor over the memory of an object with __dlpack__; over a copy of it where one is asked for."""
    if device is not None:
        check_device(device)
    shared = np.from_dlpack(ext_tensor)
    return wrap(shared.copy() if copy else shared)
