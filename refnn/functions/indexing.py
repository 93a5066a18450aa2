"""x[key] and x[key] = value, with every kind of key that torch takes; index_put."""

from __future__ import annotations

from typing import Any

import numpy as np

from refnn.autograd.base import TensorBase
from refnn.autograd.inplace import apply_inplace, check_writable
from refnn.autograd.modes import mode
from refnn.dtypes import from_numpy, not_implemented
from refnn.functions._broadcast import expanded_shape, fits
from refnn.functions._checks import tensor_argument, type_name
from refnn.functions._keys import (
    KINDS,
    Indices,
    check_places,
    full_key,
    is_mask,
    is_whole,
    read_key,
    span,
    warn_of_bytes,
)
from refnn.functions._scalars import as_number
from refnn.ops import indexing as ops
from refnn.ops.creation import cast
from refnn.ops.shape import expand, reshape

# x[key] -------------------------------------------------------------------------------------------------


def getitem(input: Any, key: Any) -> Any:
    """input[key]: a view, or where the key holds index tensors or masks, a copy. Raises IndexError as torch does."""
    basic, indices = read_key(input._data.shape, key)
    if not indices:
        return (ops.sliced if isinstance(key, slice) else ops.basic)(input, key=basic)
    view = input if is_whole(basic) else ops.basic(input, key=basic)
    found = full_key(view._data.shape, indices)
    check_places(found, view._data.shape)
    return ops.index(view, key=found)


# x[key] = value -----------------------------------------------------------------------------------------


def setitem(input: Any, key: Any, value: Any) -> None:
    """input[key] = value, in place.

    Raises IndexError for the key; TypeError or RuntimeError for a value that cannot be written there.
    """
    value = _value(input, value)
    if key is False:
        return
    key = None if key is True else key  # alone, True is a dimension more
    basic, indices = read_key(input._data.shape, key)
    tracked = mode.grad and (input.requires_grad or getattr(value, "requires_grad", False))
    if indices:
        view = input if is_whole(basic) else ops.basic(input, key=basic)
        if isinstance(value, TensorBase) and value._data.shape[:1] == (1,):
            value = reshape(value, shape=_without_leading_ones(value._data.shape))
        _put(view, indices, value, False)
        return
    place = input._data[(*basic, ...)].shape
    _check_copy(value, place)
    if tracked:
        value_shape = getattr(value, "_data", value).shape
        if isinstance(value, TensorBase):
            value = _fit(value, place, input._data.dtype)
        if not is_whole(basic):
            operation = ops.basic_put
        else:
            operation = ops.filled if value_shape == () != place else ops.copied
        apply_inplace(operation, input, value, key=basic)
        return
    check_writable(input, False)
    input._data[(*basic, ...)] = _drop_ones(getattr(value, "_data", value), len(place))
    input._bump_version()


def _value(input: Any, value: Any) -> Any:
    """A tensor as it is; a number as an array in the tensor's dtype."""
    if isinstance(value, TensorBase):
        return value
    if isinstance(value, (bool, int, float, complex, np.generic)):
        dtype = input._data.dtype
        if dtype.kind in "fV" and dtype.itemsize == 2:  # by way of double: what is too large becomes an infinity
            with np.errstate(over="ignore"):
                return as_number(value, np.dtype(np.float64)).astype(dtype)
        return as_number(value, dtype)
    raise TypeError(f"can't assign a {type_name(value)} to a {input.type()}")


def _placed(view: Any, indices: Indices, value: Any, accumulate: bool) -> tuple[Any, Any]:
    """NumPy's key, and the value in the place's shape and dtype. Raises RuntimeError where it does not fit."""
    key = full_key(view._data.shape, indices)
    masks = [index for index in indices.values() if is_mask(index)]
    filling = not accumulate and len(masks) == len(indices) == 1 and getattr(value, "_data", value).size == 1
    if filling and masks[0].dtype == np.uint8:
        raise RuntimeError("masked_fill_ only supports boolean masks, but got mask with dtype unsigned char")
    if isinstance(value, TensorBase) and value._data.dtype != view._data.dtype and not filling:  # which converts
        raise RuntimeError(
            f"Index put requires the source and destination dtypes match, got {view.dtype.title} for the "
            f"destination and {from_numpy(value._data.dtype).title} for the source."
        )
    if filling and view._data.dtype.kind == "u" and view._data.dtype.itemsize > 1:
        raise not_implemented("masked_fill", view.dtype)
    start = tuple(np.zeros_like(part) if isinstance(part, np.ndarray) else part for part in key)
    place = view._data[start].shape  # torch looks at the shapes before it looks at the places
    given = getattr(value, "_data", value)
    if not fits(_drop_ones(given, len(place)).shape, place):
        raise RuntimeError(
            f"shape mismatch: value tensor of shape {list(given.shape)} cannot be broadcast to indexing result of "
            f"shape {list(place)}"
        )
    check_places(key, view._data.shape)
    return key, _fit(value, place, view._data.dtype) if isinstance(value, TensorBase) else value


def _put(view: Any, indices: Indices, value: Any, accumulate: bool) -> None:
    """In place: write, or add, a value at the places of index arrays."""
    key, value = _placed(view, indices, value, accumulate)
    if accumulate or (mode.grad and (view.requires_grad or getattr(value, "requires_grad", False))):
        apply_inplace(ops.index_put, view, value, key=key, accumulate=accumulate)
        return
    check_writable(view, False)
    view._data[key] = getattr(value, "_data", value)
    view._bump_version()


def _drop_ones(array: Any, ndim: int) -> Any:
    """Without leading dimensions of length 1 that the place does not have."""
    while array.ndim > ndim and array.shape[0] == 1:
        array = array[0]
    return array


def _without_leading_ones(shape: tuple[int, ...]) -> tuple[int, ...]:
    return shape[next((k for k, n in enumerate(shape) if n != 1), len(shape)) :]


def _fit(value: Any, shape: tuple[int, ...], dtype: Any) -> Any:
    """A tensor in a place's dtype and shape."""
    if value._data.dtype != dtype:
        value = cast(value, dtype=dtype)
    trimmed = _drop_ones(value._data, len(shape))
    if trimmed.shape != value._data.shape:
        value = reshape(value, shape=trimmed.shape)
    return expand(value, shape=shape) if value._data.shape != shape else value


def _check_copy(value: Any, place: tuple[int, ...]) -> None:
    """Raise RuntimeError, as expand does, where a value does not fit the place."""
    given = _drop_ones(getattr(value, "_data", value), len(place)).shape
    if not fits(given, place):
        expanded_shape(value._data.dtype, _without_leading_ones(given), place)


# index_put ----------------------------------------------------------------------------------------------


def _put_arguments(name: str, input: Any, indices: Any, values: Any) -> Indices:
    if not isinstance(indices, (tuple, list)):
        raise TypeError(f"{name}(): argument 'indices' (position 1) must be tuple of Tensors, not {type_name(indices)}")
    for k, index in enumerate(indices):
        if not isinstance(index, TensorBase):
            raise TypeError(f"expected Tensor as element {k} in argument 0, but got {type_name(index)}")
    tensor_argument(name, "values", 2, values)
    found: Indices = {}
    dim = 0
    for index in indices:
        array = index._data
        if array.dtype not in (np.int64, np.int32, np.uint8, np.bool_):
            raise IndexError(KINDS)
        if array.dtype == np.uint8:
            warn_of_bytes()
        found[dim] = array
        dim += span(array)
    if dim > input._data.ndim:
        raise IndexError(f"too many indices for tensor of dimension {input._data.ndim} (got {dim})")
    return found


def index_put_(input: Any, indices: Any, values: Any, accumulate: bool = False) -> Any:
    """In place: input[indices] = values, or += with repeated places adding up.

    Raises IndexError for the indices, RuntimeError for values of another dtype or that do not broadcast.
    Source: torch.Tensor.index_put_.
    """
    _put(input, _put_arguments("index_put_", input, indices, values), values, accumulate)
    return input


def index_put(input: Any, indices: Any, values: Any, accumulate: bool = False) -> Any:
    """A copy of input with values written, or added, at indices. Source: torch.index_put."""
    found = _put_arguments("index_put", input, indices, values)
    key, value = _placed(input, found, values, accumulate)
    return ops.index_put(input, value, key=key, accumulate=accumulate)
