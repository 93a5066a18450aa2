"""Keys of an index, x[key], read once: as the key of a view, and what then indexes the view's dimensions.

Integers, slices, None and the ellipsis make a view; integer tensors and masks then index that view, one for each of
its dimensions. (NumPy would treat an integer beside an index array as one more index array.)
"""

from __future__ import annotations

import operator
from collections.abc import Sequence
from typing import Any

import numpy as np

from refnn.autograd.base import Array, TensorBase
from refnn.functions._checks import type_name, warn

_INVALID = "only integers, slices (`:`), ellipsis (`...`), None and long or byte Variables are valid indices (got {})"
KINDS = "tensors used as indices must be long, int, byte or bool tensors"
_ZERO_DIM = (
    "invalid index of a 0-dim tensor. Use `tensor.item()` in Python or `tensor.item<T>()` in C++ to convert a 0-dim "
    "tensor to a number"
)
_LONG_LIST = 32  # a list of so many parts is an index, whatever stands in it

Basic = tuple[Any, ...]
Indices = dict[int, Array]  # dimension of the view to its index array or mask


_LIST = (
    "Using a non-tuple sequence for multidimensional indexing is deprecated and will be changed in pytorch 2.9; use "
    "x[tuple(seq)] instead of x[seq]. In pytorch 2.9 this will be interpreted as tensor index, x[torch.tensor(seq)], "
    "which will result either in an error or a different result"
)


def _parts(key: Any) -> list[Any]:
    """The parts of a key: a tuple's, and, with a warning, a list's where not all of it is numbers."""
    if isinstance(key, tuple):
        return list(key)
    if isinstance(key, list) and len(key) < _LONG_LIST:
        apart = (TensorBase, list, tuple, range, slice, np.ndarray, type(Ellipsis), type(None))
        if any(isinstance(part, apart) for part in key):
            warn(_LIST)
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
            raise IndexError(KINDS)
        if array.dtype == np.uint8 and array.ndim:
            warn_of_bytes()
        return array
    if isinstance(part, (Sequence, np.generic)):
        return _sequence(part)
    if hasattr(part, "__index__"):
        return operator.index(part)
    raise IndexError(_INVALID.format(type_name(part)))


def warn_of_bytes() -> None:
    warn("indexing with dtype torch.uint8 is now deprecated, please use a dtype torch.bool instead.")


def is_mask(array: Any) -> bool:
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
        raise IndexError(KINDS)
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


def span(part: Any) -> int:
    """How many of the tensor's dimensions a part takes up."""
    if part is None or part is Ellipsis or isinstance(part, bool):
        return 0
    return part.ndim if is_mask(part) else 1


def read_key(shape: tuple[int, ...], key: Any) -> tuple[Basic, Indices]:
    """A key as the key of a view, and what then indexes the view's dimensions. Raises IndexError."""
    if type(key) is int and shape and -shape[0] <= key < shape[0]:  # as a loop over a tensor's rows has it
        return (key,), {}
    parts = [_plain(part) for part in _parts(key)]
    spanned = sum(map(span, parts))
    if spanned > len(shape):
        raise _too_many(shape, key)
    basic: list[Any] = []
    indices: Indices = {}
    at = dim = shown = 0  # in the tensor; in the view; as torch counts in its error
    for part in parts:
        if part is Ellipsis:
            n, spanned = max(len(shape) - spanned, 0), len(shape)  # a second one stands for nothing
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
            n = span(part)
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
        if is_mask(index):
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


def is_whole(basic: Basic) -> bool:
    """Whether the view is the tensor itself."""
    return all(isinstance(part, slice) and part == slice(None) for part in basic)
