"""x[key] and x[key] = value, with every kind of key that torch takes; index_put.

A key is taken apart once. Integers, slices, None and the ellipsis make a view; integer tensors and masks
then index that view, one for each of its dimensions. (NumPy would treat an integer beside an index array
as one more index array.)
"""

from __future__ import annotations

import operator
import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np

from refnn.autograd.base import Array, TensorBase
from refnn.autograd.inplace import apply_inplace, check_writable
from refnn.autograd.modes import mode
from refnn.dtypes import from_numpy
from refnn.functions._checks import tensor_argument, type_name
from refnn.functions._scalars import as_number
from refnn.ops import indexing as ops
from refnn.ops.creation import cast
from refnn.ops.shape import expand, reshape

_INVALID = "only integers, slices (`:`), ellipsis (`...`), None and long or byte Variables are valid indices (got {})"
_KINDS = "tensors used as indices must be long, int, byte or bool tensors"
_ZERO_DIM = (
    "invalid index of a 0-dim tensor. Use `tensor.item()` in Python or `tensor.item<T>()` in C++ to convert a 0-dim "
    "tensor to a number"
)
_LONG_LIST = 32  # a list of so many parts is an index, whatever stands in it

Basic = tuple[Any, ...]
Indices = dict[int, Array]  # dimension of the view to its index array or mask


# Reading a key ------------------------------------------------------------------------------------------


def _parts(key: Any) -> list[Any]:
    """The parts of a key: a tuple's, and a list's where not all of it is numbers."""
    if isinstance(key, tuple):
        return list(key)
    if isinstance(key, list) and len(key) < _LONG_LIST:
        apart = (TensorBase, list, tuple, range, slice, np.ndarray, type(Ellipsis), type(None))
        if any(isinstance(part, apart) for part in key):
            return key
    return [key]


def _plain(part: Any) -> Any:
    """One part as an int, a bool, a slice, None, an ellipsis, or an array of rank 1 and more (0: a mask)."""
    if part is None or part is Ellipsis or isinstance(part, (bool, int)):
        return part
    if isinstance(part, slice):
        return _slice(part)
    if isinstance(part, np.bool_):
        return bool(part)
    if isinstance(part, (TensorBase, np.ndarray)):
        array = part._data if isinstance(part, TensorBase) else part
        if array.ndim == 0 and array.dtype.kind in "iu" and array.dtype != np.uint8:
            return int(array)
        if array.dtype not in (np.int64, np.int32, np.uint8, np.bool_):
            raise IndexError(_KINDS)
        if array.dtype == np.uint8 and array.ndim:
            _warn_of_bytes(5)
        return array
    if isinstance(part, (Sequence, np.generic)):
        return _sequence(part)
    if hasattr(part, "__index__"):
        return operator.index(part)
    raise IndexError(_INVALID.format(type_name(part)))


def _warn_of_bytes(depth: int) -> None:
    warnings.warn(
        "indexing with dtype torch.uint8 is now deprecated, please use a dtype torch.bool instead.",
        UserWarning,
        stacklevel=depth,
    )


def _is_mask(array: Any) -> bool:
    return isinstance(array, np.ndarray) and array.dtype in (np.bool_, np.uint8)


def _sequence(part: Any) -> Any:
    """A list or a range as an index array; a NumPy integer as an int."""
    if isinstance(part, np.integer):
        return int(part)
    if isinstance(part, str):
        raise TypeError("new(): invalid data type 'str'")
    if isinstance(part, np.generic):
        raise IndexError(_INVALID.format(type_name(part)))
    array = np.asarray([p._data if isinstance(p, TensorBase) else p for p in part])
    if array.size == 0:
        return array.astype(np.int64)
    if array.dtype.kind not in "ib":
        raise IndexError(_KINDS)
    return array


def _slice(part: slice) -> slice:
    start, stop, step = (None if v is None else _whole(v) for v in (part.start, part.stop, part.step))
    if step == 0:
        raise ValueError("slice step cannot be zero")
    if step is not None and step < 0:
        raise ValueError("step must be greater than zero")
    return slice(start, stop, step)


def _whole(value: Any) -> int:
    if isinstance(value, TensorBase) and (value._data.size != 1 or value._data.dtype.kind not in "iu"):
        raise TypeError("only integer tensors of a single element can be converted to an index")
    try:
        return operator.index(value._data.item() if isinstance(value, TensorBase) else value)
    except TypeError:
        raise TypeError("slice indices must be integers or None or have an __index__ method") from None


def _span(part: Any) -> int:
    """How many of the tensor's dimensions a part takes up."""
    if part is None or part is Ellipsis or isinstance(part, bool):
        return 0
    return part.ndim if _is_mask(part) else 1


def read_key(shape: tuple[int, ...], key: Any) -> tuple[Basic, Indices]:
    """A key as the key of a view, and what then indexes the view's dimensions. Raises IndexError."""
    parts = [_plain(part) for part in _parts(key)]
    spanned = sum(map(_span, parts))
    if spanned > len(shape):
        raise _too_many(shape, key)
    basic: list[Any] = []
    indices: Indices = {}
    at = dim = shown = 0  # in the tensor; in the view; as torch counts in its error
    for part in parts:
        if part is Ellipsis:
            n = max(len(shape) - spanned, 0)
            basic += [slice(None)] * n
            at, dim, shown = at + n, dim + n, shown + n
        elif part is None:
            basic.append(None)
            dim, shown = dim + 1, shown + 1
        elif isinstance(part, bool) or (isinstance(part, np.ndarray) and part.ndim == 0):
            basic.append(None)
            indices[dim] = np.zeros(1 if part else 0, np.int64)
            dim, shown = dim + 1, shown + 1
        elif isinstance(part, np.ndarray):
            n = _span(part)
            basic += [slice(None)] * n
            indices[dim] = part
            at, dim, shown = at + n, dim + n, shown + 1
        else:
            if isinstance(part, int) and not -shape[at] <= part < shape[at]:
                raise IndexError(f"index {part} is out of bounds for dimension {shown} with size {shape[at]}")
            basic.append(_all_of(part, shape[at]) if isinstance(part, slice) else part)
            at, shown = at + 1, shown + 1
            dim += isinstance(part, slice)
    return tuple(basic), indices


def _too_many(shape: tuple[int, ...], key: Any) -> IndexError:
    """torch's error for a key that is too long; a 0-dim tensor has several, by the kind of its only index."""
    if not shape and isinstance(key, slice):
        return IndexError("slice() cannot be applied to a 0-dim tensor.")
    if not shape and isinstance(key, (int, np.integer)):
        return IndexError(f"index {key} is out of bounds for dimension 0 with size 0" if key else _ZERO_DIM)
    return IndexError(f"too many indices for tensor of dimension {len(shape)}")


def _all_of(part: slice, n: int) -> slice:
    """A slice that leaves nothing out, as the full slice; any other as it is."""
    everything = part.start in (None, 0) and (part.stop is None or part.stop >= n) and part.step in (None, 1)
    return slice(None) if everything else part


def full_key(shape: tuple[int, ...], indices: Indices) -> tuple[Any, ...]:
    """NumPy's key for index arrays and masks by dimension, checked against a shape. Raises IndexError."""
    arrays: list[tuple[int, Array]] = []
    for dim, index in indices.items():
        if _is_mask(index):
            _check_mask(index, dim, shape)
            arrays += [(dim + k, array) for k, array in enumerate(index.nonzero())]
        else:
            arrays.append((dim, index))
    common = _broadcast([array for _, array in arrays])
    if 0 not in common and any(shape[d] == 0 for d, _ in arrays):
        raise IndexError("index is out of bounds for dimension with size 0")
    taken = {dim for dim, _ in arrays}
    if 0 in common or not all(n for d, n in enumerate(shape) if d not in taken):
        arrays = [(dim, np.zeros(common, np.int64)) for dim, _ in arrays]  # torch goes nowhere, and checks nothing
    key: list[Any] = [slice(None)] * (max(taken, default=-1) + 1)
    for dim, array in arrays:
        key[dim] = array
    return tuple(key)


def check_places(key: tuple[Any, ...], shape: tuple[int, ...]) -> None:
    """Raise IndexError where an index array goes out of range."""
    arrays = [(part, shape[dim]) for dim, part in enumerate(key) if isinstance(part, np.ndarray)]
    if all(not a.size or (a.min() >= -n and a.max() < n) for a, n in arrays):
        return
    wide = np.broadcast_arrays(*[a for a, _ in arrays])
    wrong = np.array([((a < -n) | (a >= n)).ravel() for a, (_, n) in zip(wide, arrays, strict=True)])
    first = int(np.argmax(wrong.any(0)))  # torch goes from place to place, and at each from array to array
    which = int(np.argmax(wrong[:, first]))
    raise IndexError(
        f"index {wide[which].ravel()[first]} is out of bounds for dimension {which} with size {arrays[which][1]}"
    )


def _check_mask(mask: Array, dim: int, shape: tuple[int, ...]) -> None:
    for d, n in enumerate(mask.shape):
        if shape[dim + d] != n:
            raise IndexError(
                f"The shape of the mask {list(mask.shape)} at index {d} does not match the shape of the indexed tensor "
                f"{list(shape)} at index {dim + d}"
            )


def _broadcast(arrays: list[Array]) -> tuple[int, ...]:
    try:
        return np.broadcast_shapes(*[a.shape for a in arrays])
    except ValueError:
        text = ", ".join(str(list(a.shape)) for a in arrays)
        raise IndexError(
            f"shape mismatch: indexing tensors could not be broadcast together with shapes {text}"
        ) from None


def _is_whole(basic: Basic) -> bool:
    """Whether the view is the tensor itself."""
    return all(isinstance(part, slice) and part == slice(None) for part in basic)


# x[key] -------------------------------------------------------------------------------------------------


def getitem(input: Any, key: Any) -> Any:
    """input[key]: a view, or where the key holds index tensors or masks, a copy. Raises IndexError as torch does."""
    basic, indices = read_key(input._data.shape, key)
    if not indices:
        return (ops.sliced if isinstance(key, slice) else ops.basic)(input, key=basic)
    view = input if _is_whole(basic) else ops.basic(input, key=basic)
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
        view = input if _is_whole(basic) else ops.basic(input, key=basic)
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
        if not _is_whole(basic):
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
    masks = [index for index in indices.values() if _is_mask(index)]
    filling = not accumulate and len(masks) == len(indices) == 1 and getattr(value, "_data", value).size == 1
    if filling and masks[0].dtype == np.uint8:
        raise RuntimeError("masked_fill_ only supports boolean masks, but got mask with dtype unsigned char")
    if isinstance(value, TensorBase) and value._data.dtype != view._data.dtype and not filling:  # which converts
        raise RuntimeError(
            f"Index put requires the source and destination dtypes match, got {view.dtype.title} for the "
            f"destination and {from_numpy(value._data.dtype).title} for the source."
        )
    start = tuple(np.zeros_like(part) if isinstance(part, np.ndarray) else part for part in key)
    place = view._data[start].shape  # torch looks at the shapes before it looks at the places
    given = getattr(value, "_data", value)
    if not _fits(_drop_ones(given, len(place)).shape, place):
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


def _fits(given: tuple[int, ...], place: tuple[int, ...]) -> bool:
    try:
        return np.broadcast_shapes(place, given) == place
    except ValueError:
        return False


def _check_copy(value: Any, place: tuple[int, ...]) -> None:
    """Raise RuntimeError, as expand does, where a value does not fit the place."""
    given = _drop_ones(getattr(value, "_data", value), len(place)).shape
    if _fits(given, place):
        return
    given = original = _without_leading_ones(given)
    if len(given) > len(place):
        raise RuntimeError(
            f"expand({value.type()}{{{list(original)}}}, size={list(place)}): the number of sizes provided "
            f"({len(place)}) must be greater or equal to the number of dimensions in the tensor ({len(given)})"
        )
    d = next(d for d in range(1, len(given) + 1) if given[-d] not in (1, place[-d]))
    raise RuntimeError(
        f"The expanded size of the tensor ({place[-d]}) must match the existing size ({given[-d]}) at non-singleton "
        f"dimension {len(place) - d}.  Target sizes: {list(place)}.  Tensor sizes: {list(original)}"
    )


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
            raise IndexError(_KINDS)
        if array.dtype == np.uint8:
            _warn_of_bytes(4)
        found[dim] = array
        dim += _span(array)
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
