"""Adaptive and fractional pooling, whose windows follow from the size of the result; unpooling.

Shapes: x is (*B, *S) with n spatial sizes *S, the result (*B, *L). Adaptive window l reaches from ⌊l S / L⌋
to before ⌈(l + 1) S / L⌉ along each axis: where L does not divide S, windows overlap and differ in size.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from refnn.autograd.op import Array, op
from refnn.ops import _threads
from refnn.ops._half import opmath
from refnn.ops._memory_format import channels_first, channels_last, empty, memory_order
from refnn.ops._pools import Pool, is_last
from refnn.ops._resampling import Axis, Dims, apply, apply_back, window_bounds
from refnn.ops.creation import always, data_of
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
adaptive_avg_pool.flat = always
adaptive_avg_pool_backward.derivative(g=lambda g, g_shape, size: adaptive_avg_pool(g, count=g_shape[-len(size) :]))

# Maximum ------------------------------------------------------------------------------------------------


def _any_pool(rank: int) -> Pool:
    """Windows of one place: what the scatter of maxima needs to know of a pooling that has its own windows."""
    return Pool((1,) * rank, (1,) * rank, (0,) * rank, (1,) * rank, False)


# Elements at a time of windows that differ in size: a block and what is computed of it stay in the cache.
_BLOCK = 1 << 18
_PER_MICROSECOND = 350  # of them in one thread, about
_MANY = 64  # taps of even windows from which it is quicker to go along one axis after the other


def _fold_axis(v: Array, axis: int, start: Array, stop: Array) -> tuple[Array, Array]:
    """(maxima, places): v's over the windows start[l] … stop[l] of one axis. The first of equals, the last NaN."""
    rows = np.moveaxis(v, axis, 0)
    y = np.empty((len(start), *rows.shape[1:]), v.dtype)
    places: Array = np.empty(y.shape, np.int64)
    number = np.uint8 if (stop - start).max() <= 256 else np.int64
    passed, other = np.empty(rows.shape[1:], number), np.empty(rows.shape[1:], np.bool_)
    windows = list(zip(start.tolist(), stop.tolist(), strict=True))
    for (first, end), best, place in zip(windows, y, places, strict=True):
        np.maximum.reduce(rows[first:end], 0, out=best)
        ahead = np.ones(best.shape, np.bool_)  # the maximum is still to come
        passed.fill(0)
        for row in rows[first : end - 1]:
            ahead &= np.not_equal(row, best, out=other)
            passed += ahead
        place[...] = passed
        place += first
    if v.dtype.kind not in "iu" and y.size and np.isnan(y.max()):
        for (first, end), place in zip(windows, places, strict=True):
            for k in range(first, end):
                place[np.isnan(rows[k])] = k
    return np.moveaxis(y, 0, axis), np.moveaxis(places, 0, axis)


def _fold(v: Array, size: Dims, count: Dims) -> tuple[Array, Array]:
    """(y, i) of v (*S, …): the last axis first, so that of equals the first in *S remains."""
    index: Any = None
    for k in reversed(range(len(size))):
        v, place = _fold_axis(v, k, *window_bounds(size[k], count[k]))
        inner = math.prod(size[k + 1 :])
        index = place if index is None else place * inner + np.take_along_axis(index, place, k)
    return v, index


@op(node_name=_node_name("AdaptiveMaxPool", "count"), results=("y", "index"))
def adaptive_max_pool(x: Array, *, count: Dims) -> tuple[Array, Array]:
    """(y, i): the maximum of each window, and where in its *S it stands."""
    rank = len(count)
    size = x.shape[-rank:]
    shape = (*x.shape[:-rank], *count)
    if 0 in shape:
        return np.empty(shape, x.dtype), np.empty(shape, np.int64)
    kernel = tuple(s // n for s, n in zip(size, count, strict=True))
    if math.prod(kernel) < _MANY and all(s % n == 0 for s, n in zip(size, count, strict=True)):
        y, index = max_pool_with_indices(x, pool=Pool(kernel, kernel, (0,) * rank, (1,) * rank, False))
        return (y, index) if rank < 3 else (np.ascontiguousarray(y), np.ascontiguousarray(index))
    last = rank < 3 and is_last(x, _any_pool(rank))
    y, index = empty(shape, x.dtype, last), empty(shape, np.int64, last)
    images, *results = (_images(array, rank, last) for array in (x, y, index))
    step = max(1, _BLOCK // math.prod(images.shape[1:]))

    def compute(starts: Sequence[int]) -> None:
        for n in starts:
            block = np.moveaxis(images[n : n + step], 0, -2)
            found = _fold(block if last else np.ascontiguousarray(block), size, count)
            for result, array in zip(results, found, strict=True):
                result[n : n + step] = np.moveaxis(array, -2, 0)

    _threads.deal(range(0, len(images), step), compute, x.size / _PER_MICROSECOND)
    return y, index


def _images(x: Array, rank: int, last: bool) -> Array:
    """(*B, *S) as images of channels, (N, *S, C), or of one each; a view where that is how x lies in memory."""
    return channels_last(x) if last else np.ascontiguousarray(x).reshape(-1, *x.shape[-rank:], 1)


def _to_input(g: Any, index: Any, x: Any, rank: int) -> Any:
    pool = _any_pool(rank)
    size = tuple(data_of(x).shape[-rank:])
    return max_pool_scatter(g[0], index, size=size, pool=pool, last=is_last(data_of(x), pool))


adaptive_max_pool.derivative(x=lambda g, x, index, count: _to_input(g, index, x, len(count)))
adaptive_max_pool.flat = always

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


def _maxima(planes: Array, tries: Iterable[Array]) -> tuple[Array, Array]:
    """(y, i) over the places (P, L) of each try, planes (P, S). The first of equals is taken, and the last NaN."""
    best: Any = None
    index: Any = None
    for places in tries:
        value = np.take_along_axis(planes, places, axis=1)
        if best is None:
            best, index = value, places.copy()
            continue
        wins = value > best
        wins |= value != value
        np.copyto(best, value, where=wins)
        np.copyto(index, places, where=wins)
    return best, index


@op(node_name=_node_name("FractionalMaxPool", "count"), results=("y", "index"))
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
    if min(kernel) <= 0:
        return np.full(shape, -math.inf, x.dtype), first.reshape(shape)
    offsets = (np.ravel_multi_index(tap, size) for tap in itertools.product(*map(range, kernel)))
    y, index = _maxima(planes, (first + offset for offset in offsets))
    return y.reshape(shape), index.reshape(shape)


fractional_max_pool.derivative(x=lambda g, x, index, count: _to_input(g, index, x, len(count)))
fractional_max_pool.flat = always

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
