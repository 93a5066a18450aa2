"""x[key] and x[key] = value, with every kind of key that torch takes.

Integers, slices, None and the ellipsis give a view. One index array or mask among them makes a copy, and
NumPy places its dimensions where torch does.
"""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from refnn.autograd.base import TensorBase
from refnn.autograd.inplace import apply_inplace, check_writable
from refnn.autograd.modes import mode
from refnn.autograd.op import Array, op
from refnn.ops import indexing as ops

_INVALID = "only integers, slices (`:`), ellipsis (`...`), None and long or byte Variables are valid indices (got {})"


def _last_step(meta: dict[str, Any]) -> str:
    """torch takes a key apart: the name of the last step is what the result's grad_fn prints."""
    name = "AliasBackward0"
    for part in meta["key"]:
        if part is None:
            name = "UnsqueezeBackward0"
        elif isinstance(part, int):
            name = "SelectBackward0"
        elif isinstance(part, slice) and part not in (slice(None), slice(0, None, 1)):
            name = "SliceBackward0"
    return name


@op(view=True, node_name=_last_step)
def basic(x: Array, *, key: tuple[Any, ...]) -> Array:
    """y = x[key], the key made of integers, slices, None and an ellipsis."""
    return x[(*key, ...)] if Ellipsis not in key else x[key]


@op(node_name="SliceBackward0")
def basic_backward(g: Array, *, shape: tuple[int, ...], key: tuple[Any, ...]) -> Array:
    """Zeros of a shape with g at key. The transpose of basic."""
    y = np.zeros(shape, g.dtype)
    y[key] = g
    return y


@op(node_name="CopySlices")
def basic_put(x: Array, values: Array, *, key: tuple[Any, ...]) -> Array:
    """x with values written at key."""
    y = np.array(x)
    y[key] = values
    return y


@op(node_name="SliceBackward0")
def basic_cleared(g: Array, *, key: tuple[Any, ...]) -> Array:
    """g with zeros at key. Its own transpose."""
    y = np.array(g)
    y[key] = 0
    return y


basic_put.derivative(x=lambda g, key: basic_cleared(g, key=key), values=lambda g, key: basic(g, key=key))
basic_cleared.derivative(g=lambda g, key: basic_cleared(g, key=key))
basic.derivative(x=lambda g, x_shape, key: basic_backward(g, shape=x_shape, key=key))
basic_backward.derivative(g=lambda g, key: basic(g, key=key))


def _normal(key: Any) -> tuple[list[Any], bool]:
    """The key as a list of plain NumPy indices, and whether an array is among them."""
    parts = list(key) if isinstance(key, tuple) else [key]
    if isinstance(key, list):
        parts = [key]
    advanced = False
    for k, part in enumerate(parts):
        if part is None or part is Ellipsis or (isinstance(part, int) and not isinstance(part, bool)):
            continue
        if isinstance(part, slice):
            parts[k] = _slice(part)
        elif isinstance(part, (bool, np.bool_)):
            parts[k], advanced = np.array(bool(part)), True
        elif (
            isinstance(part, TensorBase)
            and part._data.ndim == 0
            and part._data.dtype.kind in "iu"
            and part._data.dtype != np.uint8
        ):
            parts[k] = int(part._data)
        else:
            parts[k], advanced = _array(part), True
    return parts, advanced


def _slice(part: slice) -> slice:
    def whole(value: Any) -> int | None:
        return None if value is None else operator.index(value)

    step = whole(part.step)
    if step is not None and step <= 0:
        raise ValueError("step must be greater than zero")
    return slice(whole(part.start), whole(part.stop), step)


def _array(part: Any) -> Any:
    if isinstance(part, TensorBase):
        index = part._data
    elif isinstance(part, (list, tuple, range)):
        index = np.asarray([p._data if isinstance(p, TensorBase) else p for p in part])
        if index.size == 0:
            index = index.astype(np.int64)
    elif isinstance(part, np.ndarray):
        index = part
    elif isinstance(part, np.integer):
        return int(part)
    else:
        raise IndexError(_INVALID.format(type(part).__name__))
    if index.dtype == np.uint8:
        return index.astype(np.bool_)
    if index.dtype.kind == "f":
        raise IndexError("tensors used as indices must be long, int, byte or bool tensors")
    return index


def _check(x: Array, parts: list[Any]) -> None:
    """Raise IndexError with torch's words for what NumPy would word differently."""
    used = sum(
        p.ndim if isinstance(p, np.ndarray) and p.dtype == np.bool_ else 1
        for p in parts
        if p is not None and p is not Ellipsis
    )
    if used > x.ndim:
        if x.ndim == 0:
            raise IndexError(
                "invalid index of a 0-dim tensor. Use `tensor.item()` in Python or `tensor.item<T>()` in C++ to "
                "convert a 0-dim tensor to a number"
            )
        raise IndexError(f"too many indices for tensor of dimension {x.ndim}")
    at = 0
    for p in parts:
        if p is None:
            continue
        if p is Ellipsis:
            at = x.ndim - sum(_span(q) for q in parts[parts_index(parts, p) + 1 :])
            continue
        if isinstance(p, int) and not -x.shape[at] <= p < x.shape[at]:
            raise IndexError(f"index {p} is out of bounds for dimension {at} with size {x.shape[at]}")
        if isinstance(p, np.ndarray):
            _check_array(x, p, at)
        at += _span(p)


def parts_index(parts: list[Any], wanted: Any) -> int:
    return next(k for k, p in enumerate(parts) if p is wanted)


def _span(part: Any) -> int:
    if part is None:
        return 0
    return part.ndim if isinstance(part, np.ndarray) and part.dtype == np.bool_ else 1


def _check_array(x: Array, p: Array, at: int) -> None:
    if p.dtype == np.bool_:
        if p.shape != x.shape[at : at + p.ndim]:
            bad = next(d for d in range(p.ndim) if p.shape[d] != x.shape[at + d])
            raise IndexError(
                f"The shape of the mask {list(p.shape)} at index {bad} does not match the shape of the indexed tensor "
                f"{list(x.shape)} at index {at + bad}"
            )
    elif p.size:
        n = x.shape[at]
        low, high = p.min(), p.max()
        if low < -n or high >= n:
            bad = p[(p < -n) | (p >= n)].reshape(-1)[0]
            raise IndexError(f"index {bad} is out of bounds for dimension {at} with size {n}")


def _check_broadcast(parts: list[Any]) -> None:
    shapes = [
        (int(p.sum()),) if p.dtype == np.bool_ and p.ndim else p.shape for p in parts if isinstance(p, np.ndarray)
    ]
    try:
        np.broadcast_shapes(*shapes)
    except ValueError:
        text = ", ".join(str(list(s)) for s in shapes)
        raise IndexError(
            f"shape mismatch: indexing tensors could not be broadcast together with shapes {text}"
        ) from None


def getitem(input: Any, key: Any) -> Any:
    """input[key]. Raises IndexError as torch does."""
    parts, advanced = _normal(key)
    _check(input._data, parts)
    if not advanced:
        return basic(input, key=tuple(parts) if parts else (Ellipsis,))
    _check_broadcast(parts)
    return ops.index(input, key=tuple(parts))


def setitem(input: Any, key: Any, value: Any) -> None:
    """input[key] = value, in place."""
    parts, advanced = _normal(key)
    _check(input._data, parts)
    if not isinstance(value, TensorBase):
        value = np.asarray(value)
        if input._data.dtype.kind != "c" and value.dtype.kind == "c":
            raise TypeError("can't convert complex to float")
        value = value.astype(input._data.dtype)
    if advanced:
        _check_broadcast(parts)
    full = tuple(parts) if parts else (Ellipsis,)
    _check_value(input, full, value)
    tracked = mode.grad and (input.requires_grad or getattr(value, "requires_grad", False))
    if tracked:
        if isinstance(value, TensorBase):
            value = _fit(value, input._data[full].shape, input._data.dtype)
        if advanced:
            apply_inplace(ops.index_put, input, value, key=full, accumulate=False)
        else:
            apply_inplace(basic_put, input, value, key=full)
        return
    check_writable(input, False)
    input._data[full] = _drop_ones(getattr(value, "_data", value), input._data[full].ndim)
    input._bump_version()


def _drop_ones(array: Any, ndim: int) -> Any:
    """Leading dimensions of length 1 that the place does not have."""
    while array.ndim > ndim and array.shape[0] == 1:
        array = array[0]
    return array


def _fit(value: Any, shape: tuple[int, ...], dtype: Any) -> Any:
    from refnn.ops.creation import cast
    from refnn.ops.shape import expand, reshape

    if value._data.dtype != dtype:
        value = cast(value, dtype=dtype)
    trimmed = _drop_ones(value._data, len(shape))
    if trimmed.shape != value._data.shape:
        value = reshape(value, shape=trimmed.shape)
    return expand(value, shape=shape) if value._data.shape != shape else value


def _check_value(input: Any, full: tuple[Any, ...], value: Any) -> None:
    place = input._data[full].shape
    given = _drop_ones(getattr(value, "_data", value), len(place)).shape
    try:
        if np.broadcast_shapes(place, given) == place:
            return
    except ValueError:
        pass
    original = getattr(value, "_data", value).shape
    if any(isinstance(p, np.ndarray) for p in full):
        raise RuntimeError(
            f"shape mismatch: value tensor of shape {list(original)} cannot be broadcast to indexing result of "
            f"shape {list(place)}"
        )
    if len(given) > len(place):
        raise RuntimeError(
            f"expand(torch.FloatTensor{{{list(original)}}}, size={list(place)}): the number of sizes provided "
            f"({len(place)}) must be greater or equal to the number of dimensions in the tensor ({len(given)})"
        )
    for d in range(1, len(given) + 1):
        if given[-d] not in (1, place[-d]):
            raise RuntimeError(
                f"The expanded size of the tensor ({place[-d]}) must match the existing size ({given[-d]}) at "
                "non-singleton "
                f"dimension {len(place) - d}.  Target sizes: {list(place)}.  Tensor sizes: {list(original)}"
            )
