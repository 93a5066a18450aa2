"""Adaptive and fractional pooling, whose windows follow from the size of the result; unpooling.

Shapes: x is (*B, *S) with n spatial sizes *S, the result (*B, *L). Adaptive window l reaches from ⌊l S / L⌋
to before ⌈(l + 1) S / L⌉ along each axis: where L does not divide S, windows overlap and differ in size.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable
from typing import Any

import numpy as np

from refnn.autograd.op import Array, op
from refnn.ops._half import opmath
from refnn.ops._memory_format import channels_first, empty, memory_order
from refnn.ops._pools import Pool, is_last
from refnn.ops._resampling import Axis, Dims, apply, apply_back, window_bounds
from refnn.ops.creation import data_of
from refnn.ops.pooling import _addresses, max_pool_gather, max_pool_scatter, max_pool_with_indices


def _node_name(family: str, key: str) -> Any:
    """torch computes one dimension as two, and takes one away again."""
    return lambda meta: f"{family}{len(meta[key])}DBackward0" if len(meta[key]) > 1 else "SqueezeBackward1"


# Average ------------------------------------------------------------------------------------------------


def _windows(size: Dims, count: Dims) -> tuple[Axis, ...]:
    return tuple(Axis("window", s, n) for s, n in zip(size, count, strict=True))


def _members(size: Dims, count: Dims) -> Array:
    """How many places each window has, (*L)."""
    members: Array = np.ones((), np.float32)
    for s, n in zip(size, count, strict=True):
        start, stop = window_bounds(s, n)
        members = np.multiply.outer(members, (stop - start).astype(np.float32))
    return members


@op(node_name=_node_name("AdaptiveAvgPool", "count"))
def adaptive_avg_pool(x: Array, *, count: Dims) -> Array:
    """y[l] = the average over window l: sums along one axis after the other, then one division."""
    size = x.shape[-len(count) :]
    if 0 in (*x.shape[: -len(count)], *count):
        return np.empty((*x.shape[: -len(count)], *count), x.dtype)
    total = apply(opmath(x), _windows(size, count))
    np.divide(total, _members(size, count).astype(total.dtype), out=total)
    y = total.astype(x.dtype, copy=False)
    return np.ascontiguousarray(y) if len(count) == 3 else y


@op
def adaptive_avg_pool_backward(g: Array, *, size: Dims) -> Array:
    """gx[s] = Σ g[l] / the size of window l, over the windows l that hold s."""
    count = g.shape[-len(size) :]
    wide = opmath(g)
    shares = wide / _members(size, count).astype(wide.dtype)
    return apply_back(shares, _windows(size, count)).astype(g.dtype, copy=False)


adaptive_avg_pool.derivative(x=lambda g, x_shape, count: adaptive_avg_pool_backward(g, size=x_shape[-len(count) :]))
adaptive_avg_pool_backward.derivative(g=lambda g, g_shape, size: adaptive_avg_pool(g, count=g_shape[-len(size) :]))

# Maximum ------------------------------------------------------------------------------------------------


def _any_pool(rank: int) -> Pool:
    """Windows of one place: what the scatter of maxima needs to know of a pooling that has its own windows."""
    return Pool((1,) * rank, (1,) * rank, (0,) * rank, (1,) * rank, False)


def _maxima(planes: Array, tries: Iterable[Array]) -> tuple[Array, Array]:
    """(y, i) over the places of each try, planes (P, S), a try (L) or (P, L).

    The first of equals is taken, and the last NaN.
    """
    best: Any = None
    index: Any = None
    for places in tries:
        shared = places.ndim == 1
        value = planes[:, places] if shared else np.take_along_axis(planes, places, axis=1)
        if best is None:
            best, index = value, np.array(np.broadcast_to(places, value.shape))
            continue
        wins = value > best
        wins |= value != value
        np.copyto(best, value, where=wins)
        np.copyto(index, places, where=wins)
    return best, index


def _flat_sum(parts: Iterable[Array], size: Dims) -> Array:
    """Flat positions in *S of the places (i, j, …), i in the first part, j in the second, …"""
    total: Array = np.zeros((), np.int64)
    for part, s in zip(parts, size, strict=True):
        total = np.add.outer(total * s, part)
    return total.reshape(-1)


def _results(y: Array, index: Array, shape: Dims, last: bool) -> tuple[Array, Array]:
    """y and its index in a shape, in channels-last memory if `last`."""
    found = []
    for array in (y, index):
        placed = empty(shape, array.dtype, last)
        placed[...] = array.reshape(shape)
        found.append(placed)
    return found[0], found[1]


@op(node_name=_node_name("AdaptiveMaxPool", "count"))
def adaptive_max_pool(x: Array, *, count: Dims) -> tuple[Array, Array]:
    """(y, i): the maximum of each window, and where in its *S it stands."""
    rank = len(count)
    size = x.shape[-rank:]
    shape = (*x.shape[:-rank], *count)
    if 0 in shape:
        return np.empty(shape, x.dtype), np.empty(shape, np.int64)
    if all(s % n == 0 for s, n in zip(size, count, strict=True)):
        kernel = tuple(s // n for s, n in zip(size, count, strict=True))
        y, index = max_pool_with_indices(x, pool=Pool(kernel, kernel, (0,) * rank, (1,) * rank, False))
        return (y, index) if rank < 3 else _results(y, index, shape, last=False)
    planes = np.ascontiguousarray(x).reshape(-1, math.prod(size))
    bounds = [window_bounds(s, n) for s, n in zip(size, count, strict=True)]
    taps = itertools.product(*[range(int((stop - start).max())) for start, stop in bounds])
    # A window that is shorter than others meets its last place again, which changes nothing.
    tries = (
        _flat_sum([np.minimum(start + t, stop - 1) for t, (start, stop) in zip(tap, bounds, strict=True)], size)
        for tap in taps
    )
    y, index = _maxima(planes, tries)
    return _results(y, index, shape, rank < 3 and is_last(x, _any_pool(rank)))


def _to_input(g: Any, out: Any, x: Any, rank: int) -> Any:
    pool = _any_pool(rank)
    size = tuple(data_of(x).shape[-rank:])
    return max_pool_scatter(g[0], out[1], size=size, pool=pool, last=is_last(data_of(x), pool))


adaptive_max_pool.derivative(x=lambda g, x, out, count: _to_input(g, out, x, len(count)))

# Fractional ---------------------------------------------------------------------------------------------


def _starts(samples: Array, size: int, kernel: int, count: int) -> Array:
    """Where windows begin, (P, L): ⌊(l + u) α⌋ − ⌊u α⌋ with α = (S − K) / (L − 1), the last one at S − K.

    Computed in the dtype of the samples u, (P).
    """
    if count < 1:
        return np.empty((len(samples), 0), np.int64)
    dtype = samples.dtype
    starts = np.full((len(samples), count), size - kernel, np.int64)
    if count > 1:
        alpha = np.asarray(size - kernel, dtype) / np.asarray(count - 1, dtype)
        u, l = samples[:, None], np.arange(count - 1).astype(dtype)  # noqa: E741
        starts[:, :-1] = ((l + u) * alpha).astype(np.int64) - (u * alpha).astype(np.int64)
    return starts


@op(node_name=_node_name("FractionalMaxPool", "count"))
def fractional_max_pool(x: Array, samples: Array, *, kernel: Dims, count: Dims) -> tuple[Array, Array]:
    """(y, i): the maxima of windows of *K whose distances vary at random between two whole numbers.

    samples (N, C, n) holds a random number for each image, channel and axis; of two axes the last comes first.
    """
    rank = len(count)
    size = x.shape[-rank:]
    shape = (*x.shape[:-rank], *count)
    planes = np.ascontiguousarray(x).reshape(-1, math.prod(size))
    if 0 in shape:
        return np.empty(shape, x.dtype), np.empty(shape, np.int64)
    drawn = samples[: 1 if x.ndim == rank + 1 else len(x)].reshape(-1, rank)
    columns = drawn[:, ::-1] if rank == 2 else drawn
    first: Array = np.zeros((len(planes), 1), np.int64)
    for k in range(rank):
        starts = _starts(columns[:, k], size[k], kernel[k], count[k])
        first = (first[:, :, None] * size[k] + starts[:, None, :]).reshape(len(planes), -1)
    if 0 in kernel:
        return np.full(shape, -math.inf, x.dtype), first.reshape(shape)
    offsets = (_flat_sum([np.array([t]) for t in tap], size)[0] for tap in itertools.product(*map(range, kernel)))
    y, index = _maxima(planes, (first + offset for offset in offsets))
    return y.reshape(shape), index.reshape(shape)


fractional_max_pool.derivative(x=lambda g, x, out, count: _to_input(g, out, x, len(count)))

# Unpooling ----------------------------------------------------------------------------------------------


@op(node_name=_node_name("MaxUnpool", "size"))
def max_unpool(x: Array, index: Array, *, size: Dims) -> Array:
    """y[index[l]] = x[l] within each plane *S, 0 elsewhere; of several values for one place the last stays."""
    rank = len(size)
    last = rank == 2 and is_last(x, _any_pool(rank))
    shape = (*x.shape[:-rank], *size)
    stored = (shape[0], *size, shape[1]) if last else shape
    y = np.zeros(stored, x.dtype)
    y.reshape(-1)[_addresses(index, math.prod(size), rank, last)] = memory_order(x, last).reshape(-1)
    return channels_first(y) if last else y


max_unpool.derivative(
    x=lambda g, index, size: max_pool_gather(g, index, size=size, pool=_any_pool(len(size)), last=False)
)
