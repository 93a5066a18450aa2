"""Order: torch.sort, topk, kthvalue, median, mode, unique, searchsorted, bucketize, and the like."""

from __future__ import annotations

from typing import Any

import numpy as np

from refnn.autograd.base import Array, TensorBase, wrap
from refnn.dtypes import not_implemented
from refnn.functions._checks import int_argument, one_dim, tensor_argument
from refnn.functions._out import exact, into
from refnn.functions._return_types import named
from refnn.functions.reduction import check_not_empty
from refnn.ops import sorting as ops
from refnn.ops._half import opmath
from refnn.ops.reduction import median_all


def _check_order(name: str, input: Any) -> None:
    if input._data.dtype.kind == "c":
        raise RuntimeError(f" {name} does not support complex dtypes on CPU")


def sort(input: Any, dim: int = -1, descending: bool = False, *, stable: bool | None = None, out: Any = None) -> Any:
    """(the elements in order along dim, where they stood). Equal elements keep their order, NaN is the largest."""
    _check_order("Sort", input)
    d = one_dim(dim, input._data.ndim)
    return exact(out, named("sort", ops.sort(input, dim=d, descending=bool(descending))), input)


def argsort(input: Any, dim: int = -1, descending: bool = False, *, stable: bool = False, out: Any = None) -> Any:
    """Where the elements in order along dim stood."""
    return exact(out, sort(input, dim, descending, stable=stable)[1], input)


def msort(input: Any, *, out: Any = None) -> Any:
    """The elements in order along dimension 0."""
    return exact(out, sort(input, 0)[0], input)


def topk(input: Any, k: int, dim: int = -1, largest: bool = True, sorted: bool = True, *, out: Any = None) -> Any:
    """(the k largest or smallest along dim, where they stood), in order."""
    int_argument("topk", "k", 2, k)
    if input._data.dtype == np.bool_:
        raise RuntimeError("topk does not support bool dtypes on CPU")
    _check_order("topk", input)
    d = one_dim(dim, input._data.ndim)
    if not 0 <= k <= (input._data.shape[d] if input._data.ndim else 1):
        raise RuntimeError("selected index k out of range")
    return exact(out, named("topk", ops.topk(input, k=int(k), dim=d, largest=largest)), input)


def _picked(name: str, input: Any, position: Any, d: int, keepdim: bool, out: Any) -> Any:
    if input._data.dtype.kind in "bc":
        raise not_implemented("kthvalue_cpu" if name == "kthvalue" else "median_out", input.dtype)
    return exact(out, named(name, ops.kth(input, position=position, dim=d, keepdim=keepdim, name=name)), input)


def kthvalue(input: Any, k: int, dim: int = -1, keepdim: bool = False, *, out: Any = None) -> Any:
    """(the k-th smallest along dim, its index)."""
    int_argument("kthvalue", "k", 2, k)
    d = one_dim(dim, input._data.ndim)
    check_not_empty("kthvalue", input, d)
    if not 1 <= k <= (input._data.shape[d] if input._data.ndim else 1):
        raise RuntimeError(f"kthvalue(): selected number k out of range for dimension {d}")
    return _picked("kthvalue", input, int(k) - 1, d, keepdim, out)


def _middle(name: str, input: Any, dim: int | None, keepdim: bool, out: Any) -> Any:
    tensor_argument(name, "input", 1, input)
    if dim is None:
        if input._data.dtype.kind in "bc":
            raise not_implemented("median_cpu", input.dtype)
        return into(out, median_all(input, name=name))
    d = one_dim(dim, input._data.ndim)
    check_not_empty("median", input, d)
    return _picked(name, input, name, d, keepdim, out)


def median(input: Any, dim: int | None = None, keepdim: bool = False, *, out: Any = None) -> Any:
    """The lower of the middle elements; NaN if there is one. With dim, (values, indices)."""
    return _middle("median", input, dim, keepdim, out)


def nanmedian(input: Any, dim: int | None = None, keepdim: bool = False, *, out: Any = None) -> Any:
    """median of what is not NaN."""
    return _middle("nanmedian", input, dim, keepdim, out)


def mode(input: Any, dim: int = -1, keepdim: bool = False, *, out: Any = None) -> Any:
    """(the most frequent element along dim, the smallest of several; its last index)."""
    d = one_dim(dim, input._data.ndim)
    check_not_empty("mode", input, d)
    return exact(out, named("mode", ops.mode(input, dim=d, keepdim=keepdim)), input)


# Distinct elements ------------------------------------------------------------------------------------------


def _chosen(found: Any, return_inverse: bool, return_counts: bool) -> Any:
    values, inverse, counts = found
    results = (values, *(inverse,) * bool(return_inverse), *(counts,) * bool(return_counts))
    return results if len(results) > 1 else values


def unique(
    input: Any,
    sorted: bool = True,
    return_inverse: bool = False,
    return_counts: bool = False,
    dim: int | None = None,
) -> Any:
    """The distinct elements, or slices along dim, in order; with their inverse and counts where asked for.

    Every NaN is distinct. Not differentiable.
    """
    if input._data.dtype.kind == "c":
        raise not_implemented("unique", input.dtype)
    if dim is None:
        return _chosen(ops.unique(input, dim=None), return_inverse, return_counts)
    d = one_dim(dim, input._data.ndim)
    if any(n == 0 for k, n in enumerate(input._data.shape) if k != d):
        raise RuntimeError("There are 0 sized dimensions, and they aren't selected, so unique cannot be applied")
    return _chosen(ops.unique_dim(input, dim=d), return_inverse, return_counts)


def unique_consecutive(
    input: Any, return_inverse: bool = False, return_counts: bool = False, dim: int | None = None
) -> Any:
    """The elements, or slices along dim, that differ from the one before them. Not differentiable."""
    d = None if dim is None else one_dim(dim, input._data.ndim)
    return _chosen(ops.unique_consecutive(input, dim=d), return_inverse, return_counts)


# Searching --------------------------------------------------------------------------------------------------


def _search(edges: Array, values: Array, right: bool, out_int32: bool) -> Any:
    """For each value, how many edges of its row are smaller (right: or equal). NaN is the largest."""
    side: Any = "right" if right else "left"
    kind = np.int32 if out_int32 else np.int64
    edges, values = opmath(edges), opmath(values)  # ml_dtypes does not order NaN
    if edges.ndim == 1:
        return np.asarray(np.searchsorted(edges, values, side)).astype(kind)
    n = values[..., 0].size if values.shape[-1] else 0
    rows, wanted = edges.reshape(n, edges.shape[-1]), values.reshape(n, values.shape[-1])
    found = [np.searchsorted(row, want, side) for row, want in zip(rows, wanted, strict=True)]
    return np.asarray(found, kind).reshape(values.shape)


def searchsorted(
    sorted_sequence: Any,
    input: Any,
    *,
    out_int32: bool = False,
    right: bool = False,
    side: str | None = None,
    sorter: Any = None,
    out: Any = None,
) -> Any:
    """Where each value would stand in its row of sorted_sequence: before equal elements, or after (right).

    sorter holds the order of a sequence that is not sorted.
    """
    edges = sorted_sequence._data
    values = input._data if isinstance(input, TensorBase) else np.asarray(input)
    if side is not None and side not in ("left", "right"):
        raise RuntimeError(f"torch.searchsorted(): side can only be 'left' or 'right' but got {side}")
    if side == "left" and right:
        raise RuntimeError(
            "torch.searchsorted(): side and right can't be set to opposites, got side of left while right was True"
        )
    if values.ndim == 0 and edges.ndim != 1:
        raise RuntimeError(
            "torch.searchsorted(): input value can be a scalar only when boundaries tensor dimension is 1, but we got "
            f"boundaries tensor dim({edges.ndim}) and input value's dim(0) numel(1)"
        )
    if edges.ndim != 1 and edges.shape[:-1] != values.shape[:-1]:
        raise RuntimeError(
            "torch.searchsorted(): boundaries tensor should be 1 dimension or the first N-1 dimensions of boundaries "
            f"tensor and input value tensor must match, but we got boundaries tensor {list(edges.shape)} and input "
            f"value tensor {list(values.shape)}"
        )
    if sorter is not None:
        edges = _in_order(edges, sorter)
    return into(out, wrap(_search(edges, values, right or side == "right", out_int32)))


def _in_order(edges: Array, sorter: Any) -> Array:
    order = sorter._data
    if order.shape != edges.shape:
        raise RuntimeError(
            f"torch.searchsorted(): boundary and sorter must have the same size, but got boundary tensor "
            f"{list(edges.shape)}and got sorter tensor {list(order.shape)}"
        )
    if order.dtype != np.int64:
        raise RuntimeError(
            f"torch.searchsorted(): sorter must be a tensor of long dtype but got dtype {sorter.dtype.title}"
        )
    if order.size and (order.min() < 0 or order.max() >= edges.shape[-1]):
        raise RuntimeError("torch.searchsorted(): sorter index out of range")
    return np.take_along_axis(edges, order, -1)


def bucketize(input: Any, boundaries: Any, *, out_int32: bool = False, right: bool = False, out: Any = None) -> Any:
    """The bucket of each value: how many of the ascending boundaries are smaller (right: or equal)."""
    if boundaries._data.ndim != 1:
        raise RuntimeError(f"boundaries tensor must be 1 dimension, but got dim({boundaries._data.ndim})")
    return searchsorted(boundaries, input, out_int32=out_int32, right=right, out=out)
