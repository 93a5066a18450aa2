"""Joining and splitting: torch.cat, stack, hstack, split, chunk, unbind, meshgrid, …"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np

from refnn.autograd.base import TensorBase, wrap
from refnn.dtypes import can_cast, from_numpy, promote_types
from refnn.functions._calls import wrong_call
from refnn.functions._checks import one_dim, type_name, warn
from refnn.functions._out import check_memory, into
from refnn.functions.shape import atleast_1d, atleast_2d, atleast_3d, reshape
from refnn.ops import joining as ops
from refnn.ops import shape as shape_ops
from refnn.ops.creation import cast
from refnn.ops.indexing import index


def _sequence(name: str, tensors: Any) -> list[Any]:
    if isinstance(tensors, TensorBase):
        raise TypeError(f"{name}(): argument 'tensors' (position 1) must be tuple of Tensors, not Tensor")
    given = list(tensors)
    for k, x in enumerate(given):
        if not isinstance(x, TensorBase):
            raise TypeError(f"expected Tensor as element {k} in argument 0, but got {type_name(x)}")
    return given


def _some(name: str, tensors: Any) -> list[Any]:
    """A sequence of tensors that is not empty."""
    given = _sequence(name, tensors)
    if not given:
        raise RuntimeError(f"{name} expects a non-empty TensorList")
    return given


def _same_dtype(tensors: list[Any]) -> list[Any]:
    if len({x._data.dtype for x in tensors}) <= 1:
        return tensors
    target = from_numpy(tensors[0]._data.dtype)
    for x in tensors:
        target = promote_types(target, from_numpy(x._data.dtype))
    return [x if x._data.dtype == target.numpy else cast(x, dtype=target.numpy) for x in tensors]


# Joining ------------------------------------------------------------------------------------------------


def _check_cat(given: list[Any], dim: int) -> int:
    """The dimension. Raises RuntimeError where the tensors do not fit."""
    for k, x in enumerate(given):
        if x._data.ndim == 0:
            raise RuntimeError(f"zero-dimensional tensor (at position {k}) cannot be concatenated")
    kept = [(k, x._data.shape) for k, x in enumerate(given) if x._data.shape != (0,)] or [(0, (0,))]
    first = kept[0][1]
    d = one_dim(dim, len(first))
    for k, shape in kept:
        if len(shape) != len(first):
            raise RuntimeError(f"Tensors must have same number of dimensions: got {len(first)} and {len(shape)}")
        for axis, (n, m) in enumerate(zip(first, shape, strict=True)):
            if axis != d and n != m:
                raise RuntimeError(
                    f"Sizes of tensors must match except in dimension {d}. Expected size {n} but got size {m} for "
                    f"tensor number {k} in the list."
                )
    return d


def cat(tensors: Sequence[Any], dim: int = 0, *, out: Any = None) -> Any:
    """Tensors one after another along dim. Empty vectors fit everything.

    Raises RuntimeError for other shapes than those that are equal but for dim, ValueError for no tensors.
    """
    given = _sequence("cat", tensors)
    if not given:
        raise ValueError("torch.cat(): expected a non-empty list of Tensors")
    d = _check_cat(given, dim)
    result = ops.cat(*_same_dtype(given), dim=d)
    if out is not None:
        check_memory(out, result, *given)
        if not can_cast(result.dtype, out.dtype):
            raise TypeError(f"torch.cat(): input types can't be cast to the desired output type {out.dtype.title}")
    return into(out, result)


concat = concatenate = cat


def stack(tensors: Sequence[Any], dim: int = 0, *, out: Any = None) -> Any:
    """Tensors of one shape side by side along a new dimension."""
    given = _some("stack", tensors)
    first = given[0]._data.shape
    d = one_dim(dim, len(first) + 1)
    for k, x in enumerate(given):
        if x._data.shape != first:
            raise RuntimeError(
                f"stack expects each tensor to be equal size, but got {list(first)} at entry 0 and "
                f"{list(x._data.shape)} at entry {k}"
            )
    result = ops.stack(*_same_dtype(given), dim=d)
    if out is not None:
        check_memory(out, result, *given)
    return into(out, result)


def hstack(tensors: Sequence[Any], *, out: Any = None) -> Any:
    """cat along dimension 1; along 0 for vectors."""
    given = atleast_1d(_some("hstack", tensors))
    return cat(given, 0 if given[0]._data.ndim == 1 else 1, out=out)


def vstack(tensors: Sequence[Any], *, out: Any = None) -> Any:
    """cat along dimension 0, vectors as rows."""
    return cat(atleast_2d(_some("vstack", tensors)), 0, out=out)


row_stack = vstack


def dstack(tensors: Sequence[Any], *, out: Any = None) -> Any:
    """cat along dimension 2, of at least three."""
    return cat(atleast_3d(_some("dstack", tensors)), 2, out=out)


def column_stack(tensors: Sequence[Any], *, out: Any = None) -> Any:
    """hstack, with vectors and numbers as columns."""
    given = _some("column_stack", tensors)
    columns = [x if x._data.ndim > 1 else reshape(x, x._data.size, 1) for x in given]
    return cat(columns, 1, out=out)


def block_diag(*tensors: Any) -> Any:
    """Matrices along a diagonal, zeros elsewhere; vectors as rows."""
    given = _sequence("block_diag", tensors)
    for k, x in enumerate(given):
        if x._data.ndim > 2:
            raise RuntimeError(
                "torch.block_diag: Input tensors must have 2 or fewer dimensions. "
                f"Input {k} has {x._data.ndim} dimensions"
            )
    if not given:
        from refnn.functions.creation import empty

        return empty(1, 0)
    return ops.block_diag(*atleast_2d(_same_dtype(given)))


def _vectors(tensors: Any) -> None:
    for x in tensors:
        if x._data.ndim != 1:
            raise RuntimeError(f"Expect a 1D vector, but got shape {list(x._data.shape)}")


def cartesian_prod(*tensors: Any) -> Any:
    """Every choice of one element from each vector, a row for each."""
    given = _sequence("cartesian_prod", tensors)
    _vectors(given)
    if len(given) == 1:
        return given[0]
    grids = _grids(given, False)
    return ops.stack(*[reshape(g, -1) for g in grids], dim=1)


def combinations(input: Any, r: int = 2, with_replacement: bool = False) -> Any:
    """Every choice of r elements of a vector, in order, a row for each."""
    _vectors([input])
    if r < 0:
        raise RuntimeError(f"Expect a non-negative number, but got {r}")
    if r == 0:
        return wrap(np.empty(0, input._data.dtype))
    choose = itertools.combinations_with_replacement if with_replacement else itertools.combinations
    rows = np.array(list(choose(range(input._data.size), r)), np.int64).reshape(-1, r)
    return ops.stack(*[index(input, key=(column,)) for column in rows.T], dim=1)


def _grids(given: list[Any], swap: bool) -> tuple[Any, ...]:
    """Each vector along its own dimension, expanded over the others'; the first two exchanged where asked."""
    n = len(given)
    order = [1, 0, *range(2, n)] if swap and n > 1 else list(range(n))
    shape = tuple(given[k]._data.size for k in order)
    results = []
    for k, x in enumerate(given):
        own = [1] * n
        own[order.index(k)] = x._data.size
        results.append(shape_ops.expand(reshape(x, own), shape=shape))
    return tuple(results)


def meshgrid(*tensors: Any, indexing: str | None = None) -> tuple[Any, ...]:
    """Coordinate tensors from coordinate vectors.

    indexing: "ij", the dimensions in the vectors' order; "xy", the first two exchanged. Without it torch
    warns that its choice, "ij", will have to be spelled out.
    """
    nested = len(tensors) == 1 and isinstance(tensors[0], (tuple, list))
    given = _some("meshgrid", tensors[0] if nested else tensors)
    if len({x._data.dtype for x in given}) > 1:
        raise RuntimeError("meshgrid expects all tensors to have the same dtype")
    for x in given:
        if x._data.ndim > 1:
            raise RuntimeError(
                f"torch.meshgrid: Expected 0D or 1D tensor in the tensor list but got: {list(x._data.shape)}"
            )
    if indexing is None:
        warn(
            "torch.meshgrid: in an upcoming release, it will be required to pass the indexing argument.",
        )
    elif indexing not in ("ij", "xy"):
        raise RuntimeError(f'torch.meshgrid: indexing must be one of "xy" or "ij", but received: {indexing}')
    return _grids(given, indexing == "xy")


# Splitting ----------------------------------------------------------------------------------------------


def _check_sections(pieces: list[int], n: int, d: int) -> None:
    if any(p < 0 for p in pieces):
        raise RuntimeError(
            f"split_with_sizes expects split_sizes have only non-negative entries, but got split_sizes={pieces}"
        )
    if sum(pieces) != n:
        raise RuntimeError(
            f"split_with_sizes expects split_sizes to sum exactly to {n} (input tensor's size at dimension {d}), but "
            f"got split_sizes={pieces}"
        )


def split(tensor: Any, split_size_or_sections: Any, dim: int = 0) -> tuple[Any, ...]:
    """Pieces along dim: of one size (the last may be smaller), or of the given sizes. Views."""
    if not isinstance(split_size_or_sections, (int, TensorBase)):
        return split_with_sizes(tensor, split_size_or_sections, dim)
    size = int(split_size_or_sections)  # type: ignore[arg-type]
    if not tensor._data.ndim:
        raise RuntimeError("split expects at least a 1-dimensional tensor")
    d = one_dim(dim, tensor._data.ndim)
    n = tensor._data.shape[d]
    if size < 0:
        raise RuntimeError(f"split expects split_size be non-negative, but got split_size={size}")
    if size == 0:
        if n:
            raise RuntimeError(f"split_size can only be 0 if dimension size is 0, but got dimension size of {n}")
        pieces = [0]
    else:
        pieces = [min(size, n - start) for start in range(0, n, size)] or [0]
    return tuple(ops.split(tensor, sizes=pieces, dim=d))


def split_method(input: Any, split_size: Any, dim: int = 0) -> tuple[Any, ...]:
    """Pieces along dim: of one size (the last may be smaller), or of the given sizes. Views."""
    return split(input, split_size, dim)


def split_with_sizes(input: Any, split_sizes: Sequence[int], dim: int = 0) -> tuple[Any, ...]:
    """Pieces of the given sizes along dim. Views."""
    if not isinstance(split_sizes, (tuple, list)):
        raise TypeError(
            "split_with_sizes(): argument 'split_sizes' (position 2) must be tuple of ints, not "
            + type_name(split_sizes)
        )
    d = one_dim(dim, input._data.ndim)
    pieces = [int(n) for n in split_sizes]
    _check_sections(pieces, input._data.shape[d], d)
    return tuple(ops.split(input, sizes=pieces, dim=d))


def chunk(input: Any, chunks: int, dim: int = 0) -> tuple[Any, ...]:
    """At most so many pieces of equal size along dim. Views."""
    if not input._data.ndim:
        raise RuntimeError("chunk expects at least a 1-dimensional tensor")
    if chunks <= 0:
        raise RuntimeError(f"chunk expects `chunks` to be greater than 0, got: {chunks}")
    n = input._data.shape[one_dim(dim, input._data.ndim)]
    if n == 0:
        return split_with_sizes(input, [0] * chunks, dim)
    return split(input, -(-n // chunks), dim)


def unbind(input: Any, dim: int = 0) -> tuple[Any, ...]:
    """The slices along dim. Views."""
    if input._data.ndim == 0:
        raise IndexError(f"Dimension specified as {dim} but tensor has no dimensions")
    return tuple(ops.unbind(input, dim=one_dim(dim, input._data.ndim)))


def _cut(input: Any, places: list[int], d: int) -> tuple[Any, ...]:
    """Cut at the given places, as slices are: negative ones count from the end."""
    bounds = [slice(a, b).indices(input._data.shape[d])[:2] for a, b in zip([0, *places], [*places, None], strict=True)]
    return tuple(shape_ops.slice(input, dim=d, start=a, stop=max(a, b), step=1) for a, b in bounds)


def tensor_split(
    input: Any, sections: Any = None, dim: int = 0, *, indices: Any = None, tensor_indices_or_sections: Any = None
) -> tuple[Any, ...]:
    """So many nearly equal pieces along dim, the longer ones first; or cut at the given indices. Views."""
    given = next((x for x in (sections, indices, tensor_indices_or_sections) if x is not None), None)
    if not isinstance(given, (int, tuple, list, TensorBase)):
        raise wrong_call("tensor_split", input, *(() if given is None else (given, dim) if dim else (given,)))
    if not input._data.ndim:
        raise RuntimeError("tensor_split expected at least a 1-dimensional tensor, but got a tensor with 0 dims")
    d = one_dim(dim, input._data.ndim)
    if isinstance(given, TensorBase):
        if given._data.ndim > 1:
            raise RuntimeError(
                "tensor_split expected tensor_indices_or_sections to be a zero-dimensional or one-dimensional tensor, "
                f"but got a tensor with {given._data.ndim} dims"
            )
        if given._data.dtype != np.int64:
            raise RuntimeError(
                "tensor_split expected tensor_indices_or_sections to have dtype of long, but got "
                + from_numpy(given._data.dtype).title
            )
        given = given._data.tolist()
    if not isinstance(given, int):
        return _cut(input, [int(n) for n in given], d)
    if given <= 0:
        raise RuntimeError(f"number of sections must be larger than 0, got {given}")
    size, more = divmod(input._data.shape[d], given)
    return _cut(input, [k * size + min(k, more) for k in range(1, given)], d)


def _named_split(name: str, input: Any, given: Any, least: int, d: int) -> tuple[Any, ...]:
    if not isinstance(given, (int, tuple, list)):
        raise wrong_call(name, input, *(() if given is None else (given,)))
    ndim = input._data.ndim
    if ndim < least:
        raise RuntimeError(
            f"torch.{name} requires a tensor with at least {least} dimension, but got a tensor with {ndim} dimensions!"
        )
    if isinstance(given, int) and (given == 0 or input._data.shape[d] % given):
        raise RuntimeError(
            f"torch.{name} attempted to split along dimension {d}, but the size of the dimension "
            f"{input._data.shape[d]} is not divisible by the split_size {given}!"
        )
    return tensor_split(input, given, d)


def hsplit(input: Any, sections: Any = None, *, indices: Any = None) -> tuple[Any, ...]:
    """tensor_split along dimension 1, of a vector along 0; the pieces must be equal."""
    return _named_split("hsplit", input, sections if indices is None else indices, 1, min(input._data.ndim - 1, 1))


def vsplit(input: Any, sections: Any = None, *, indices: Any = None) -> tuple[Any, ...]:
    """tensor_split along dimension 0; the pieces must be equal."""
    return _named_split("vsplit", input, sections if indices is None else indices, 2, 0)


def dsplit(input: Any, sections: Any = None, *, indices: Any = None) -> tuple[Any, ...]:
    """tensor_split along dimension 2; the pieces must be equal."""
    return _named_split("dsplit", input, sections if indices is None else indices, 3, 2)
