"""Copies in another arrangement: Tensor.repeat, torch.tile, flip, roll, rot90, tril, triu, …"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from refnn.autograd.base import TensorBase, wrap
from refnn.autograd.inplace import apply_inplace
from refnn.dtypes import not_implemented
from refnn.functions._calls import wrong_call
from refnn.functions._checks import dims as all_dims
from refnn.functions._checks import one_dim, sizes, type_name
from refnn.functions._out import exact
from refnn.functions.shape import expand, reshape, unsqueeze
from refnn.ops import indexing as indexing_ops
from refnn.ops import rearranging as ops


def repeat(input: Any, *args: Any, repeats: Any = None) -> Any:
    """Laid side by side so many times along each dimension."""
    if not args and repeats is None:
        raise TypeError('repeat() missing 1 required positional arguments: "repeats"')
    times = sizes(args) if repeats is None else sizes((repeats,))
    have = input._data.shape
    if len(times) < len(have):
        raise RuntimeError("Number of dimensions of repeat dims can not be smaller than number of dimensions of tensor")
    padded = (1,) * (len(times) - len(have)) + have
    whole = [t * n for t, n in zip(times, padded, strict=True)]
    for n in whole:
        if n < 0:
            raise RuntimeError(f"Trying to create tensor with negative dimension {n}: {whole}")
    return ops.repeat(input, times=times)


def tile(input: Any, *args: Any, dims: Any = None) -> Any:
    """Laid side by side so many times along the last dimensions."""
    times = sizes(args) if dims is None else sizes((dims,))
    return repeat(input, (1,) * (input._data.ndim - len(times)) + times)


def repeat_interleave(
    input: Any, repeats: Any = None, dim: int | None = None, *, output_size: int | None = None
) -> Any:
    """Each element, or each slice along dim, so many times in a row.

    repeats: one number, or one for each; alone, the indices that such a repetition would pick.
    Raises RuntimeError for negative or unfitting numbers, or another total than output_size.
    """
    if repeats is None:
        return wrap(_places(input, output_size))
    if isinstance(repeats, TensorBase):
        return _interleave(input, repeats, dim, output_size)
    if isinstance(repeats, bool) or not isinstance(repeats, (int, np.integer)):
        raise wrong_call("repeat_interleave", input, repeats)
    x = reshape(input, -1) if dim is None else input
    if not x._data.ndim:
        raise IndexError("Dimension out of range (expected to be in range of [-1, 0], but got 1)")
    d = 0 if dim is None else one_dim(dim, x._data.ndim)
    if repeats < 0:
        raise RuntimeError("Repeats must be non-negative")
    n = x._data.shape[d]
    if output_size is not None and output_size != n * repeats:
        raise RuntimeError(f"repeat_interleave: Invalid output_size, expected {n * repeats} but got {output_size}")
    wide = list(x._data.shape)
    wide.insert(d + 1, int(repeats))
    side_by_side = expand(unsqueeze(x, d + 1), *wide)
    return ops.merged(side_by_side, shape=(*wide[:d], n * int(repeats), *wide[d + 2 :]))


def _places(repeats: Any, output_size: int | None) -> Any:
    """Index k as often as repeats[k] says."""
    counts = repeats._data
    if counts.ndim > 1:
        raise RuntimeError("repeats must be 0-dim or 1-dim tensor")
    if counts.dtype not in (np.int64, np.int32):
        raise not_implemented("repeat_interleave_cpu", repeats.dtype)
    if (counts < 0).any():
        raise RuntimeError("repeats can not be negative")
    total = int(counts.sum())
    if output_size is not None and total != output_size:
        raise RuntimeError("allocated size does not match required size")
    return np.repeat(np.arange(counts.size, dtype=counts.dtype), counts)


def _interleave(input: Any, repeats: Any, dim: int | None, output_size: int | None) -> Any:
    x = reshape(input, -1) if dim is None else input
    if not x._data.ndim:
        raise IndexError(f"Dimension specified as {dim} but tensor has no dimensions")
    d = 0 if dim is None else one_dim(dim, x._data.ndim)
    n = x._data.shape[d]
    if repeats._data.ndim > 1:
        raise RuntimeError("repeats must be 0-dim or 1-dim tensor")
    if repeats._data.size == 1:
        repeats = expand(reshape(repeats, 1), n)
    elif repeats._data.size != n:
        raise RuntimeError(
            "repeats must have the same size as input along dim, but got repeats.size(0) = "
            f"{repeats._data.size} and input.size({d}) = {n}"
        )
    places = _places(repeats, output_size)
    return indexing_ops.index_select(x, key=(slice(None),) * d + (places,))


# Order --------------------------------------------------------------------------------------------------


def _flip(input: Any, dims: Any) -> Any:
    return ops.flip(input, dims=all_dims(tuple(dims), input._data.ndim, False))


def flip(input: Any, dims: Any) -> Any:
    """The order along dims reversed. A copy."""
    if not isinstance(dims, (tuple, list)):
        raise TypeError(f"flip(): argument 'dims' (position 2) must be tuple of ints, not {type_name(dims)}")
    return _flip(input, dims)


def flip_method(input: Any, *args: Any, dims: Any = None) -> Any:
    """The order along dims reversed. A copy."""
    return _flip(input, sizes(args) if dims is None else dims)


def fliplr(input: Any) -> Any:
    """Left and right exchanged."""
    if input._data.ndim < 2:
        raise RuntimeError("Input must be >= 2-d.")
    return _flip(input, (1,))


def flipud(input: Any) -> Any:
    """Top and bottom exchanged."""
    if input._data.ndim < 1:
        raise RuntimeError("Input must be >= 1-d.")
    return _flip(input, (0,))


def roll(input: Any, shifts: Any, dims: Any = None) -> Any:
    """Shifted around along dims; what leaves at one end enters at the other. Without dims, as a vector."""
    moves = (shifts,) if isinstance(shifts, int) else tuple(shifts)
    axes = () if dims is None else ((dims,) if isinstance(dims, int) else tuple(dims))
    if not moves:
        raise RuntimeError("`shifts` required")
    if not axes and len(moves) == 1:
        return reshape(ops.roll(reshape(input, -1), shifts=moves, dims=(0,)), input._data.shape)
    if len(moves) != len(axes):
        raise RuntimeError(f"shifts and dimensions must align. shifts: {len(moves)}, dims:{len(axes)}")
    if not input._data.ndim:
        raise IndexError(f"Dimension specified as {axes[0]} but tensor has no dimensions")
    return ops.roll(input, shifts=moves, dims=tuple(one_dim(d, input._data.ndim) for d in axes))


def rot90(input: Any, k: int = 1, dims: Any = (0, 1)) -> Any:
    """Turned k quarter turns, from dims[0] towards dims[1]."""
    n, pair = input._data.ndim, tuple(dims)
    if len(pair) != 2:
        raise RuntimeError(f"expected total rotation dims == 2, but got dims = {len(pair)}")
    if n < 2:
        raise RuntimeError(f"expected total dims >= 2, but got total dims = {n}")
    found = tuple(one_dim(d, n) for d in pair)
    if found[0] == found[1]:
        raise RuntimeError(f"expected rotation dims to be different, but got dim0 = {pair[0]} and dim1 = {pair[1]}")
    return ops.rot90(input, k=k % 4, dims=found)


# Triangles ----------------------------------------------------------------------------------------------


def _check_matrix(name: str, input: Any) -> None:
    if input._data.ndim < 2:
        raise RuntimeError(f"{name}: input tensor must have at least 2 dimensions")


def tril(input: Any, diagonal: int = 0, *, out: Any = None) -> Any:
    """The lower triangle of each matrix, zeros above."""
    _check_matrix("tril", input)
    return exact(out, ops.tril(input, diagonal=diagonal))


def triu(input: Any, diagonal: int = 0, *, out: Any = None) -> Any:
    """The upper triangle of each matrix, zeros below."""
    _check_matrix("triu", input)
    return exact(out, ops.triu(input, diagonal=diagonal))


def tril_(input: Any, diagonal: int = 0) -> Any:
    """In place: tril."""
    _check_matrix("tril", input)
    return apply_inplace(ops.tril, input, diagonal=diagonal)


def triu_(input: Any, diagonal: int = 0) -> Any:
    """In place: triu."""
    _check_matrix("triu", input)
    return apply_inplace(ops.triu, input, diagonal=diagonal)


def unravel_index(indices: Any, shape: Any) -> tuple[Any, ...]:
    """Places in a flattened tensor of a shape as a place along each dimension."""
    if indices._data.dtype.kind not in "iu":
        raise ValueError(f"expected 'indices' to be integer dtype, but got {indices.dtype}")
    whole = (shape,) if isinstance(shape, int) else tuple(int(n) for n in shape)
    for n in whole:
        if n < 0:
            raise ValueError(f"'shape' cannot have negative values, but got {whole}")
    steps = [math.prod(whole[k + 1 :]) for k in range(len(whole))]
    places = [indices._data // max(s, 1) % n if n else indices._data for s, n in zip(steps, whole, strict=True)]
    return tuple(wrap(np.asarray(p).astype(indices._data.dtype)) for p in places)
