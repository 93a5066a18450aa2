"""Elements chosen by a mask: torch.masked_fill, masked_select, masked_scatter, nonzero, argwhere."""

from __future__ import annotations

from typing import Any

import numpy as np

from refnn.autograd.base import Array, TensorBase, wrap
from refnn.autograd.inplace import apply_inplace
from refnn.dtypes import not_implemented
from refnn.functions._broadcast import common_shape, expanded_shape
from refnn.functions._checks import tensor_argument
from refnn.functions._out import exact, into
from refnn.functions._scalars import as_number, c_name
from refnn.functions.reduction import check_wide
from refnn.functions.shape import expand, reshape
from refnn.ops import indexing as indexing_ops
from refnn.ops.comparison import where
from refnn.ops.creation import cast

masked_fill_of = where.renamed("MaskedFillBackward0")
masked_fill_with = where.renamed("MaskedFillBackward1")


def _held(input: Any, mask: Any) -> Array:
    """A mask in the shape of what is written to in place. Raises RuntimeError where that is too small."""
    shape = common_shape(input._data.shape, mask._data.shape)
    if shape != input._data.shape:
        raise RuntimeError(
            f"output with shape {list(input._data.shape)} doesn't match the broadcast shape {list(shape)}"
        )
    return np.broadcast_to(mask._data, shape)


def _check_fill(mask: Any, value: Any) -> None:
    """Raise RuntimeError for a mask or value that cannot fill."""
    if isinstance(value, TensorBase) and value._data.ndim:
        raise RuntimeError(
            f"masked_fill_ only supports a 0-dimensional value tensor, but got tensor with {value._data.ndim} "
            "dimension(s)."
        )
    if mask._data.dtype != np.bool_:
        raise RuntimeError(
            f"masked_fill_ only supports boolean masks, but got mask with dtype {c_name(mask._data.dtype)}"
        )


def _fill(input: Any, value: Any) -> Any:
    """What fills, in the dtype of the input. Raises for a dtype that torch does not fill, or that cannot hold it."""
    if input._data.dtype.kind == "u" and input._data.dtype.itemsize > 1:
        raise not_implemented("masked_fill", input.dtype)
    if not isinstance(value, TensorBase):
        return as_number(value, input._data.dtype)
    if value._data.dtype == input._data.dtype:
        return value
    as_number(value._data[()], input._data.dtype)
    return cast(value, dtype=input._data.dtype)


def masked_fill(input: Any, mask: Any, value: Any) -> Any:
    """value where the mask is true, input elsewhere; broadcast."""
    _check_fill(mask, value)
    common_shape(mask._data.shape, input._data.shape)
    fill = _fill(input, value)
    return (masked_fill_with if isinstance(fill, TensorBase) else masked_fill_of)(mask._data, fill, input)


def masked_fill_(input: Any, mask: Any, value: Any) -> Any:
    """In place: masked_fill."""
    _check_fill(mask, value)
    held = np.atleast_1d(_held(input, mask))
    fill = _fill(input, value)
    operation = masked_fill_with_ if isinstance(fill, TensorBase) else masked_fill_of_
    return apply_inplace(operation, input, fill, key=(held,), accumulate=False)


masked_fill_of_ = indexing_ops.masked_fill
masked_fill_with_ = indexing_ops.index_put.renamed("MaskedFillBackward1")


def masked_select(input: Any, mask: Any, *, out: Any = None) -> Any:
    """The elements where the mask is true, in order, as a vector."""
    if mask._data.dtype != np.bool_:
        raise RuntimeError("masked_select: expected BoolTensor for mask")
    shape = common_shape(mask._data.shape, input._data.shape)
    wide = input if input._data.shape == shape and shape else expand(input, *(shape or (1,)))
    result = indexing_ops.masked_select(wide, key=(np.broadcast_to(mask._data, shape or (1,)),))
    return exact(out, result, input, mask, text="masked_select(): self and result must have the same scalar type")


def _scatter_arguments(input: Any, mask: Any, source: Any, shape: tuple[int, ...]) -> tuple[Array, Any]:
    if source._data.dtype != input._data.dtype:
        raise RuntimeError(
            f"masked_scatter: expected self and source to have same dtypes but got{input.dtype.title} and "
            f"{source.dtype.title}"
        )
    if mask._data.dtype != np.bool_:
        raise RuntimeError(f"masked_scatter_ only supports boolean masks, but got mask with dtype {mask.dtype.title}")
    held = np.broadcast_to(mask._data, shape)
    n = int(held.sum())
    if source._data.size < n:
        raise RuntimeError("Number of elements of source < number of ones in mask")
    return held, reshape(source, -1)[:n]


def masked_scatter(input: Any, mask: Any, source: Any) -> Any:
    """input with elements of source, in order, where the mask is true; input and mask are broadcast."""
    tensor_argument("masked_scatter", "source", 3, source)
    shape = common_shape(mask._data.shape, input._data.shape)
    held, values = _scatter_arguments(input, mask, source, shape)
    wide = input if input._data.shape == shape else expand(input, shape)
    return indexing_ops.masked_scatter(wide, values, key=(np.atleast_1d(held),), accumulate=False)


def masked_scatter_(input: Any, mask: Any, source: Any) -> Any:
    """In place: masked_scatter."""
    tensor_argument("masked_scatter_", "source", 2, source)
    expanded_shape(mask._data.dtype, mask._data.shape, input._data.shape)
    held, values = _scatter_arguments(input, mask, source, input._data.shape)
    return apply_inplace(indexing_ops.masked_scatter, input, values, key=(np.atleast_1d(held),), accumulate=False)


# Where something is not zero ------------------------------------------------------------------------------


def _rows(x: Array) -> Array:
    """The places of the nonzero elements, a row for each; a row of a 0-dim array has no entries."""
    if not x.ndim:
        return np.zeros((int(x != 0), 0), np.int64)
    return np.array(np.nonzero(x), np.int64).T


def nonzero(input: Any, *, as_tuple: bool = False, out: Any = None) -> Any:
    """The places of the nonzero elements: a matrix with a row for each, or a tuple of vectors."""
    if as_tuple:
        return tuple(wrap(i.astype(np.int64)) for i in np.nonzero(np.atleast_1d(input._data)))
    if out is not None and out._data.dtype != np.int64:
        raise RuntimeError(
            f"nonzero: Expected out tensor to have scalar type Long but got scalar type{out.dtype.title}"
        )
    check_wide("nonzero_count_cpu", input)
    return into(out, wrap(_rows(input._data)))


def argwhere(input: Any) -> Any:
    """nonzero as a matrix."""
    return wrap(_rows(input._data))
