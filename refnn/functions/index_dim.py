"""Whole slices at places of a dimension, and elements at places of the whole: torch.index_select, take, put, …"""

from __future__ import annotations

from typing import Any

import numpy as np

from refnn.autograd.base import TensorBase
from refnn.autograd.inplace import apply_inplace
from refnn.functions._checks import one_dim, warn
from refnn.functions._out import exact
from refnn.functions._scalars import as_number
from refnn.functions.gathering import INTS, REDUCTIONS, check_places, length
from refnn.functions.shape import reshape
from refnn.ops import gathering as ops
from refnn.ops import indexing as indexing_ops
from refnn.ops.creation import cast
from refnn.ops.pointwise import mul


def _key(d: int, index: Any) -> tuple[Any, ...]:
    return (slice(None),) * d + (index._data.reshape(-1),)


def _check_range(input: Any, d: int, index: Any) -> None:
    """Raise IndexError for places beyond dimension d, and for those counted from its end."""
    data = index._data
    if data.size and (data.min() < 0 or data.max() >= length(input, d)):
        raise IndexError("index out of range in self")


def index_select(input: Any, dim: int, index: Any, *, out: Any = None) -> Any:
    """The slices at the given places of dim. Raises IndexError out of range, RuntimeError in dimension 1."""
    d = one_dim(dim, input._data.ndim)
    data = index._data
    if data.ndim > 1:
        raise IndexError("index_select(): Index is supposed to be a vector")
    if data.dtype not in INTS:
        raise RuntimeError("index_select(): Expected dtype int32 or int64 for index")
    if not input._data.ndim and data.size != 1:
        raise RuntimeError(f"index_select(): Index to scalar can have only 1 value, got {data.size} value(s)")
    n = length(input, d)
    if d == 1 and data.size and (data.min() < 0 or data.max() >= n):
        first = data.reshape(-1)[((data < 0) | (data >= n)).reshape(-1)][0]
        raise RuntimeError(f"INDICES element is out of DATA bounds, id={first} axis_dim={n}")
    _check_range(input, d, index)
    key = _key(d, index) if input._data.ndim else (np.zeros((), np.int64),)
    result = indexing_ops.index_select(input, key=key)
    return exact(out, result, input, index, text="index_select(): self and result must have the same scalar type")


def _check_slices(name: str, input: Any, dim: int, index: Any, source: Any) -> None:
    """Raise IndexError and RuntimeError where index_add and index_reduce do not fit."""
    d = one_dim(dim, input._data.ndim)
    data = index._data
    if data.ndim > 1:
        raise IndexError(
            f"{name}(): Index is supposed to be a vector, but got dim: {data.ndim} with type: {index.dtype.title} and "
            f"size: {list(data.shape)}"
        )
    if data.dtype not in INTS:
        raise RuntimeError(f"{name}(): Expected dtype int32/int64 for index but got: {index.dtype.title}")
    if source._data.dtype != input._data.dtype:
        raise RuntimeError(
            f"{name}(): self ({input.dtype.title}) and source ({source.dtype.title}) must have the same scalar type"
        )
    n = length(source, d) if d < max(source._data.ndim, 1) else 1
    if data.size != n:
        raise RuntimeError(
            f"{name}(): Number of indices ({data.size}) should be equal to source.size(dim): ({n}), for dim: {d}"
        )


def _check_shapes(input: Any, source: Any, d: int) -> None:
    have, given = input._data.shape, source._data.shape
    if len(have) != len(given) or have[:d] + have[d + 1 :] != given[:d] + given[d + 1 :]:
        raise RuntimeError(
            "source tensor shape must match self tensor shape, excluding the specified dimension. "
            f"Got self.shape = {list(have)} source.shape = {list(given)}"
        )


def _index_add_call(input: Any, dim: int, index: Any, source: Any, alpha: Any) -> tuple[Any, dict[str, Any]]:
    d = one_dim(dim, input._data.ndim)
    _check_shapes(input, source, d)
    _check_slices("index_add_", input, dim, index, source)
    if input._data.ndim < 2:
        _check_range(input, d, index)
    check_places(index, d, length(input, d))
    scaled = source if alpha == 1 else mul(source, as_number(alpha, input._data.dtype).item())
    return scaled, {"key": _key(d, index), "accumulate": True}


def index_add(input: Any, dim: int, index: Any, source: Any, *, alpha: Any = 1, out: Any = None) -> Any:
    """input with α source added to the slices at the given places of dim; repeated places add up."""
    values, meta = _index_add_call(input, dim, index, source, alpha)
    return exact(out, indexing_ops.index_add(input, values, **meta), index, source)


def index_add_(input: Any, dim: int, index: Any, source: Any, *, alpha: Any = 1) -> Any:
    """In place: index_add."""
    values, meta = _index_add_call(input, dim, index, source, alpha)
    return apply_inplace(indexing_ops.index_add, input, values, **meta)


def _index_copy_call(input: Any, dim: int, index: Any, source: Any) -> tuple[Any, dict[str, Any]]:
    d = one_dim(dim, input._data.ndim)
    data, have, given = index._data, input._data.shape, source._data.shape
    if data.ndim > 1:
        raise IndexError(f"index_copy_(): Index should have dimension 1 or 0 (got {data.ndim})")
    if not given and data.size != 1:
        raise IndexError(f"index_copy_(): When source is scalar, index should have one element (got {data.size})")
    if len(have) != len(given) and have and given:
        raise IndexError(
            "index_copy_(): When source and destination are not scalars, their dimensionality must match. Source "
            f"dimensionality ({len(given)}), destination dimensionality ({len(have)})"
        )
    if data.dtype != np.int64:
        raise RuntimeError(f"index_copy_(): Expected a long tensor for index, but got {index.dtype.title}")
    if source._data.dtype != input._data.dtype:
        raise RuntimeError(
            "index_copy_(): self and source expected to have the same dtype, but got (self) "
            f"{input.dtype.title} and (source) {source.dtype.title}"
        )
    mine, theirs = have[:d] + have[d + 1 :], given[:d] + given[d + 1 :]
    if mine != theirs:
        text = " ".join(map(str, mine)), " ".join(map(str, theirs))
        raise RuntimeError(
            "index_copy_(): Source/destination tensor must have same slice shapes. Destination slice shape: "
            f"{text[0]} at dimension {d} and source slice shape: {text[1]} at dimension 0."
        )
    if given and data.size != given[d]:
        raise IndexError(
            f"index_copy_(): Number of indices ({data.size}) should be equal to source.size(dim) ({given[d]})"
        )
    n = length(input, d)
    bad = data[(data < 0) | (data >= n)]
    if bad.size:
        raise IndexError(f"index_copy_(): index {bad.reshape(-1)[0]} is out of bounds for dimension {d} with size {n}")
    return source, {"key": _key(d, index), "accumulate": False}


def index_copy(input: Any, dim: int, index: Any, source: Any, *, out: Any = None) -> Any:
    """input with the slices at the given places of dim replaced by those of source."""
    values, meta = _index_copy_call(input, dim, index, source)
    return exact(out, indexing_ops.index_copy(input, values, **meta), index, source)


def index_copy_(input: Any, dim: int, index: Any, source: Any) -> Any:
    """In place: index_copy."""
    values, meta = _index_copy_call(input, dim, index, source)
    return apply_inplace(indexing_ops.index_copy, input, values, **meta)


def _index_fill_call(input: Any, dim: int, index: Any, value: Any) -> tuple[Any, dict[str, Any]]:
    if isinstance(value, TensorBase):
        if value._data.ndim:
            raise RuntimeError(
                "index_fill_ only supports a 0-dimensional value tensor, but got tensor with "
                f"{value._data.ndim} dimension(s)."
            )
        fill = value if value._data.dtype == input._data.dtype else cast(value, dtype=input._data.dtype)
    elif isinstance(value, complex) and input._data.dtype.kind != "c":
        raise RuntimeError("index_fill_(): Converting complex Scalar to non-complex type is not supported")
    else:
        fill = as_number(value, input._data.dtype)
    d = one_dim(dim, input._data.ndim)
    data, n = index._data, length(input, d)
    if data.dtype != np.int64:
        raise IndexError("index_fill_(): Expected dtype int64 for index.")
    if data.ndim > 1:
        raise RuntimeError("Index has to be a vector/scalar")
    bad = data[(data < -n) | (data >= n)]
    if bad.size:
        raise IndexError(f"index {bad.reshape(-1)[0]} is out of bounds for dimension {d} with size {n}")
    places = np.unique(np.where(data < 0, data + n, data))  # each place once: it passes one gradient to value
    return fill, {"key": (*(slice(None),) * d, places), "accumulate": False}


def index_fill(input: Any, dim: int, index: Any, value: Any) -> Any:
    """input with the slices at the given places of dim filled with a number."""
    values, meta = _index_fill_call(input, dim, index, value)
    return indexing_ops.index_fill(input, values, **meta)


def index_fill_(input: Any, dim: int, index: Any, value: Any) -> Any:
    """In place: index_fill."""
    values, meta = _index_fill_call(input, dim, index, value)
    return apply_inplace(indexing_ops.index_fill, input, values, **meta)


def _index_reduce_call(
    input: Any, dim: int, index: Any, source: Any, reduce: str, include_self: bool
) -> tuple[Any, dict[str, Any]]:
    if reduce not in REDUCTIONS[1:]:
        raise RuntimeError(f"index_reduce(): Expected reduce to be one of prod, mean, amax or amin but got {reduce}.")
    d = one_dim(dim, input._data.ndim)
    _check_shapes(input, source, d)
    _check_slices("index_reduce_", input, dim, index, source)
    _check_range(input, d, index)
    warn("index_reduce() is in beta and the API may change at any time.")
    wide = [1] * max(source._data.ndim, 1)
    wide[d] = index._data.size
    places = np.broadcast_to(index._data.reshape(wide), source._data.shape or (1,)).reshape(source._data.shape)
    return places, {"dim": d, "reduce": reduce, "include_self": include_self}


def index_reduce(
    input: Any, dim: int, index: Any, source: Any, reduce: str, *, include_self: bool = True, out: Any = None
) -> Any:
    """input's slices at the given places of dim reduced with those of source: "prod", "mean", "amax" or "amin"."""
    places, meta = _index_reduce_call(input, dim, index, source, reduce, include_self)
    return exact(out, ops.index_reduce(input, places, source, **meta), index, source)


def index_reduce_(input: Any, dim: int, index: Any, source: Any, reduce: str, *, include_self: bool = True) -> Any:
    """In place: index_reduce."""
    places, meta = _index_reduce_call(input, dim, index, source, reduce, include_self)
    return apply_inplace(ops.index_reduce, input, places, source, **meta)


# The whole as a vector --------------------------------------------------------------------------------------


def _check_flat(name: str, input: Any, index: Any) -> None:
    if index._data.dtype != np.int64:
        raise RuntimeError(f"{name}(): Expected a long tensor for index, but got {index.dtype.title}")


def _check_reach(index: Any, n: int) -> None:
    bad = index._data[(index._data < -n) | (index._data >= n)]
    if bad.size:
        raise IndexError(f"out of range: tried to access index {bad.reshape(-1)[0]} on a tensor of {n} elements.")


def take(input: Any, index: Any, *, out: Any = None) -> Any:
    """The elements at the given places of the flattened tensor, in the index's shape."""
    _check_flat("take", input, index)
    if input._data.size == 0 and index._data.size:
        raise IndexError("take(): tried to take from an empty tensor")
    _check_reach(index, input._data.size)
    result = indexing_ops.take(reshape(input, -1), key=(index._data,))
    text = "take(): self and out expected to have the same dtype, but got self.dtype = {result} and out.dtype = {out}"
    return exact(out, result, input, index, text=text)


def _put_call(input: Any, index: Any, source: Any, accumulate: bool) -> tuple[Any, dict[str, Any]]:
    _check_flat("put_", input, index)
    if source._data.dtype != input._data.dtype:
        raise RuntimeError(
            f"put_(): self and source expected to have the same dtype, but got self.dtype = {input.dtype.title} and "
            f"source.dtype = {source.dtype.title}"
        )
    if source._data.size != index._data.size:
        raise IndexError(
            "put_(): Expected source and index to have the same number of elements, but got source.numel() = "
            f"{source._data.size}, index.numel() = {index._data.size}"
        )
    n = input._data.size
    _check_reach(index, n)
    flat = np.where(index._data < 0, index._data + n, index._data)
    places = np.unravel_index(flat, input._data.shape or (1,)) if n else (flat,) * input._data.ndim
    return reshape(source, index._data.shape), {"key": tuple(places), "accumulate": accumulate}


def put(input: Any, index: Any, source: Any, accumulate: bool = False) -> Any:
    """input with source written, or added, at the given places of the flattened tensor."""
    values, meta = _put_call(input, index, source, accumulate)
    return indexing_ops.put(input, values, **meta)


def put_(input: Any, index: Any, source: Any, accumulate: bool = False) -> Any:
    """In place: put."""
    values, meta = _put_call(input, index, source, accumulate)
    return apply_inplace(indexing_ops.put, input, values, **meta)
