"""Order: sort, topk, the value at a place of the order, the most frequent value, the distinct ones."""

from __future__ import annotations

from typing import Any

import numpy as np

from refnn.autograd.op import Array, op
from refnn.ops._half import opmath
from refnn.ops._undifferentiable import lacks_derivative
from refnn.ops.gathering import put_back
from refnn.ops.reduction import pick_rule


def _order(x: Array, dim: int, descending: bool) -> Array:
    """Where the elements in order stand. NaN is the largest; equal values keep their order."""
    x = opmath(x)  # ml_dtypes does not order NaN
    if not descending:
        return np.argsort(x, dim, kind="stable")
    flipped = np.argsort(np.flip(x, dim), dim, kind="stable")
    return np.asarray(x.shape[dim] - 1 - np.flip(flipped, dim))


def _picked(x: Array, order: Array, dim: int) -> tuple[Array, Array]:
    return np.take_along_axis(x, order, dim), order


def _as_x_lies(x: Array, y: Array) -> Array:
    """y in x's order of memory."""
    if x.flags.c_contiguous:
        return y
    made = np.empty_like(x, y.dtype)
    made[...] = y
    return made


@op(results=("values", "index"))
def sort(x: Array, *, dim: int, descending: bool) -> tuple[Array, Array]:
    """(x in order, where each value stood). NaN is the largest; equal values keep their order."""
    if x.ndim == 0:
        return x.copy(), np.zeros((), np.int64)
    values, order = _picked(x, _order(x, dim, descending), dim)
    return _as_x_lies(x, values), _as_x_lies(x, order)


@op(results=("values", "index"))
def topk(x: Array, *, k: int, dim: int, largest: bool) -> tuple[Array, Array]:
    """(the k largest or smallest in order, where they stood)."""
    if x.ndim == 0:
        return x.copy(), np.zeros((), np.int64)
    return _picked(x, np.take(_order(x, dim, largest), range(k), dim), dim)


sort.derivative(x=put_back)
topk.derivative(x=put_back)


@op(node_name=lambda meta: f"{meta['name'].capitalize()}Backward0", results=("values", "index"))
def kth(x: Array, *, position: Any, dim: int, keepdim: bool, name: str = "kthvalue") -> tuple[Array, Array]:
    """(the value at a position of the order, its index); what median and kthvalue pick.

    position: an int; "median", the lower of the middle ones or the first NaN; "nanmedian", the lower of
    the middle ones that are not NaN.
    """
    if x.ndim == 0:
        return x.copy(), np.zeros((), np.int64)
    order = _order(x, dim, False)
    place = np.take_along_axis(order, _places(x, position, dim), dim)
    values = np.take_along_axis(x, place, dim)
    return (values, place) if keepdim else (values.squeeze(dim), place.squeeze(dim))


def _places(x: Array, position: Any, dim: int) -> Array:
    """The position as an array with a length of 1 along dim."""
    shape = (*x.shape[:dim], 1, *x.shape[dim + 1 :])
    n = x.shape[dim]
    if isinstance(position, int):
        return np.full(shape, position)
    if x.dtype.kind not in "fV":
        return np.full(shape, (n - 1) // 2)
    valid = np.sum(~np.isnan(x), dim, keepdims=True)
    if position == "median":
        return np.where(valid < n, valid, (n - 1) // 2)
    return np.maximum(valid - 1, 0) // 2


kth.derivative(x=pick_rule)


@op(results=("values", "index"))
def mode(x: Array, *, dim: int, keepdim: bool) -> tuple[Array, Array]:
    """(the most frequent value, the smallest of several; its last index)."""
    if x.ndim == 0:
        return x.copy(), np.zeros((), np.int64)
    moved = np.moveaxis(x, dim, -1)
    order = _order(moved, -1, False)
    ranked = np.take_along_axis(moved, order, -1)
    starts = np.ones(ranked.shape, np.bool_)
    starts[..., 1:] = ranked[..., 1:] != ranked[..., :-1]
    places = np.arange(x.shape[dim])
    run = places - np.maximum.accumulate(np.where(starts, places, 0), -1)  # place within its run of equals
    last = np.argmax(run, -1)[..., None]
    index = np.moveaxis(np.take_along_axis(order, last, -1), -1, dim)
    values = np.moveaxis(np.take_along_axis(ranked, last, -1), -1, dim)
    return (values, index) if keepdim else (values.squeeze(dim), index.squeeze(dim))


mode.derivative(x=pick_rule)


# Distinct elements ------------------------------------------------------------------------------------------


@op(node_name="Unique2Backward0")
def unique(x: Array, *, dim: int | None) -> tuple[Array, Array, Array]:
    """(the distinct elements, or slices along dim, in order; which of them each is; how often each occurs)."""
    find: Any = np.unique
    values, inverse, counts = find(opmath(x), return_inverse=True, return_counts=True, axis=dim, equal_nan=False)
    return np.ascontiguousarray(values, x.dtype), inverse.reshape(x.shape if dim is None else -1), counts


@op
def unique_consecutive(x: Array, *, dim: int | None) -> tuple[Array, Array, Array]:
    """unique, of those alone that differ from the one before them, and in their own order."""
    moved = x.reshape(-1) if dim is None else np.moveaxis(x, dim, 0)
    rows = moved.reshape(len(moved), -1) if moved.size else moved.reshape(len(moved), 1 if moved.ndim == 1 else 0)
    new = np.ones(len(moved), np.bool_)
    new[1:] = (rows[1:] != rows[:-1]).any(1)
    places = np.flatnonzero(new)
    values = moved[places] if dim is None else np.moveaxis(moved[places], 0, dim)
    inverse = np.cumsum(new) - 1
    counts = np.diff(np.append(places, len(moved)))
    return np.ascontiguousarray(values), inverse.reshape(x.shape) if dim is None else inverse, counts


unique_dim = lacks_derivative(unique.renamed("UniqueDimBackward0"), "unique_dim", listed=True)
lacks_derivative(unique, "_unique2", listed=True)
lacks_derivative(unique_consecutive, listed=True)

topk.refuses("topk_cpu", "U")
kth.refuses("kthvalue_cpu", "U")
mode.refuses("mode_cpu", "cU")
