"""Pooling: the maximum or the average of every window. One kernel for any number of dimensions.

Shapes: x is (*B, *S), windows of *K taps stand at *L places, y is (*B, *L); `refnn.ops._pools` says where
they lie.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np

from refnn.autograd.base import TensorBase
from refnn.autograd.modes import mode
from refnn.autograd.op import Array, op
from refnn.ops import _threads, _workspace
from refnn.ops._half import is_half, opmath, opmath_dtype
from refnn.ops._memory_format import channels_first, channels_last, empty, memory_order, zeros
from refnn.ops._pools import (
    Dims,
    Pool,
    by_images,
    disjoint,
    fold,
    is_last,
    missed,
    places,
    spatial,
    starts,
    taps,
    unfold,
)
from refnn.ops.creation import always, data_of, no_slope

# Maximum ------------------------------------------------------------------------------------------------


def _node_name(two: str, three: str) -> Callable[[dict[str, Any]], str]:
    """What torch prints for a pooling: it computes one dimension as two, and takes one away again."""
    return lambda meta: ("SqueezeBackward1", two, three)[meta["pool"].rank - 1]


_MAX_NODE = _node_name("MaxPool2DWithIndicesBackward0", "MaxPool3DWithIndicesBackward0")
_AVG_NODE = _node_name("AvgPool2DBackward0", "AvgPool3DBackward0")


@op
def largest(x: Array, *, pool: Pool) -> Array:
    """y[l] = max over the taps of window l. NaN if one of them is."""
    lowest = np.iinfo(x.dtype).min if x.dtype.kind in "iu" else -math.inf
    return fold(np.maximum, lowest, x, pool)


@op(node_name=_MAX_NODE, results=("y", "kept"))
def max_pool_twice(x: Array, *, pool: Pool) -> tuple[Array, Array]:
    """(y, y again): y[l] = max over the taps of window l, NaN if one of them is.

    The second tells in the backward pass which taps won, so that the first may be written to.
    """
    y = largest(x, pool=pool)
    kept = _workspace.lend_like(y)
    np.copyto(kept, y)
    return y, kept


def max_pool(x: Any, *, pool: Pool) -> Any:
    """The maxima alone."""
    if isinstance(x, TensorBase) and x._requires_grad and mode.grad:
        return max_pool_twice(x, pool=pool)[0]
    return largest(x, pool=pool)


def _winner(x: Array, y: Array, pool: Pool) -> Array:
    """Which tap of each window, in row-major order, is the maximum: the first of equals, the last NaN.

    The result lies in scratch memory, in the order of y's.
    """
    number = np.uint8 if math.prod(pool.kernel) <= 256 else np.int64
    last = is_last(y, pool)
    count = empty(y.shape, number, last, "winner")
    ahead = empty(y.shape, bool, last, "ahead")  # the maximum is still to come
    other = empty(y.shape, bool, last, "other")
    count.fill(0)
    ahead.fill(True)
    combined = itertools.product(*taps(pool, spatial(x.shape, pool)))
    cut: list[Any] = [((..., *(t[0] for t in tap)), (..., *(t[1] for t in tap))) for tap in combined]
    for inside, where in cut[:-1]:
        there = y[inside]
        if there.size < y.size:
            other.fill(True)
        np.not_equal(x[where], there, out=other[inside])
        ahead &= other
        count += ahead
    if x.dtype.kind not in "iu" and y.size and np.isnan(y.max()):
        for k, (inside, where) in enumerate(cut):
            np.copyto(count[inside], number(k), where=np.isnan(x[where]))
    return count


def _outer_sum(parts: list[Array]) -> Array:
    """z[i, j, …] = a[i] + b[j] + …"""
    total: Array = np.zeros((), np.int64)
    for part in parts:
        total = np.add.outer(total, part)
    return total


@lru_cache(maxsize=256)
def _positions(pool: Pool, size: Dims) -> tuple[Array, Array]:
    """Flat positions in *S: of each tap, counted from its window's first (K,), and of the first taps (*L)."""
    steps = [math.prod(size[k + 1 :]) for k in range(pool.rank)]
    axes = zip(steps, pool.kernel, pool.dilation, strict=True)
    offsets = _outer_sum([np.arange(k) * (d * step) for step, k, d in axes])
    first = _outer_sum([s * step for s, step in zip(starts(pool, size), steps, strict=True)])
    return offsets.reshape(-1), first


@op
def max_pool_indices(x: Array, y: Array, *, pool: Pool) -> Array:
    """i[l] = the flat position in *S of window l's maximum: the first of equals, the last NaN.

    A window that a dilation carries past all of x has the position that its first tap at or after 0 would
    have, which may lie outside.
    """
    size = spatial(x.shape, pool)
    offsets, first = _positions(pool, size)
    index = empty(y.shape, np.int64, is_last(y, pool))
    np.take(offsets, _winner(x, y, pool), out=index, mode="clip")
    index += first
    alone = missed(pool, size)
    if alone is not None:
        axes = enumerate(zip(starts(pool, size), pool.dilation, strict=True))
        inside = [np.where(s < 0, s % d, s) * math.prod(size[k + 1 :]) for k, (s, d) in axes]
        index[..., alone] = _outer_sum(inside)[alone]
    return index


_BLOCK = 1 << 16  # windows whose scratch memory, about 20 bytes each, stays in the cache


@op
def max_pool_backward(g: Array, x: Array, y: Array, *, pool: Pool) -> Array:
    """gx = max_pool_scatter(g, max_pool_indices(x, y)), some images at a time."""
    size, last = spatial(x.shape, pool), is_last(x, pool)
    if missed(pool, size) is not None or is_half(x.dtype):
        index = max_pool_indices(x, y, pool=pool)
        scattered: Array = max_pool_scatter(g, index, size=size, pool=pool, last=last)
        return scattered
    gx = empty(x.shape, g.dtype, last)
    batch = (g, x, y, gx) if x.ndim > pool.rank + 1 else (g[None], x[None], y[None], gx[None])
    offsets, first = _within_image(pool, size, gx.shape[-pool.rank - 1], last)
    step = max(1, _threads.at_a_time(_BLOCK) // max(1, first.size))

    def compute(images: slice) -> None:
        for n in range(images.start, images.stop, step):
            of_g, of_x, of_y, of_gx = (array[n : min(n + step, images.stop)] for array in batch)
            _add_block(of_g, of_x, of_y, of_gx, offsets, first, pool, last)

    by_images(batch[1], compute, 2 * math.prod(pool.kernel))
    return gx


def _within_image(pool: Pool, size: Dims, channels: int, last: bool) -> tuple[Array, Array]:
    """As _positions, for all channels and in the memory of an image: (K,) and (C, *L), or (*L, C) if last."""
    offsets, first = _positions(pool, size)
    if last:
        return offsets * channels, np.add.outer(first * channels, np.arange(channels))
    return offsets, np.add.outer(np.arange(channels) * math.prod(size), first)


def _add_block(g: Array, x: Array, y: Array, gx: Array, offsets: Array, first: Array, pool: Pool, last: bool) -> None:
    """gx = g at the maxima, else 0, for (n, C, *S) and (n, C, *L)."""
    gx[...] = 0
    count = _winner(x, y, pool)
    if last:
        count, gx, g = channels_last(count), channels_last(gx), channels_last(g)
    address = _workspace.empty(count.shape, np.int64, "address")
    np.take(offsets, count, out=address, mode="clip")
    address += first
    if len(gx) > 1:
        address += np.arange(len(gx)).reshape(-1, *[1] * first.ndim) * gx[0].size
    flat, address, values = gx.reshape(-1), address.reshape(-1), g.reshape(-1)
    if all(disjoint(pool)):
        flat[address] = values
    else:
        np.add.at(flat, address, values)


def _addresses(index: Array, plane: int, rank: int, last: bool) -> Array:
    """Flat positions within a plane, as positions in the memory of the whole array (*B, *S)."""
    index = memory_order(index, last)
    if last:  # (N, *L, C)
        images, channels = index.shape[0], index.shape[-1]
        first = np.arange(images).reshape(-1, *[1] * (index.ndim - 1)) * (plane * channels)
        rows: Array = index * channels + np.arange(channels) + first
    else:
        planes = math.prod(index.shape[:-rank])
        rows = index.reshape(planes, math.prod(index.shape[-rank:])) + np.arange(planes)[:, None] * plane
    return rows.reshape(-1)


@op
def max_pool_scatter(g: Array, index: Array, *, size: Dims, pool: Pool, last: bool) -> Array:
    """gx[index[l]] += g[l] within each plane *S, in channels-last memory if `last`.

    An index outside the plane is passed over.
    """
    total = opmath_dtype(g.dtype)
    gx = zeros((*g.shape[: -pool.rank], *size), total, last)
    values = memory_order(g, last).reshape(-1).astype(total, copy=False)
    addresses = _addresses(index, math.prod(size), pool.rank, last)
    if missed(pool, size) is not None:
        inside = (memory_order(index, last) < math.prod(size)).reshape(-1)
        values, addresses = values[inside], addresses[inside]
    flat = (channels_last(gx) if last else gx).reshape(-1)
    np.add.at(flat, addresses, values)
    return gx.astype(g.dtype, copy=False)


@op
def max_pool_gather(x: Array, index: Array, *, size: Dims, pool: Pool, last: bool) -> Array:
    """y[l] = x[index[l]] within each plane *S, 0 where the index lies outside: the scatter's transpose."""
    plane = math.prod(size)
    inside = memory_order(index, last) < plane
    addresses = np.where(inside.reshape(-1), _addresses(index, plane, pool.rank, last), 0)
    picked = memory_order(x, last).reshape(-1)[addresses].reshape(inside.shape)
    y: Array = np.where(inside, picked, np.zeros((), x.dtype))
    return channels_first(y) if last else y


@op(node_name=_MAX_NODE, results=("y", "index"))
def max_pool_with_indices(x: Array, *, pool: Pool) -> tuple[Array, Array]:
    """(y, i): the maxima, and where in its *S each stands."""
    y = largest(x, pool=pool)
    return y, max_pool_indices(x, y, pool=pool)


def _to_input(g: Any, index: Any, x: Any, pool: Pool) -> Any:
    size, last = spatial(x.shape, pool), is_last(data_of(x), pool)
    return max_pool_scatter(g, index, size=size, pool=pool, last=last)


def _to_output(g: Any, x: Any, y: Any, pool: Pool) -> Any:
    size, last = spatial(x.shape, pool), is_last(data_of(x), pool)
    return max_pool_gather(g, max_pool_indices(x, y, pool=pool), size=size, pool=pool, last=last)


max_pool_twice.derivative(x=lambda g, x, kept, pool: max_pool_backward(g[0], x, kept, pool=pool))
max_pool_backward.derivative(g=_to_output, x=no_slope)
max_pool_with_indices.derivative(x=lambda g, x, index, pool: _to_input(g[0], index, x, pool))
max_pool_scatter.derivative(
    g=lambda g, index, size, pool, last: max_pool_gather(g, index, size=size, pool=pool, last=last),
)
max_pool_gather.derivative(
    x=lambda g, index, size, pool, last: max_pool_scatter(g, index, size=size, pool=pool, last=last),
)

# Average ------------------------------------------------------------------------------------------------


def _divisor(pool: Pool, size: Dims, count_include_pad: bool, divisor_override: int | None) -> Any:
    """What each window's sum is divided by: a number where it is the same for all, else an array (*L).

    The part of a window that hangs over beyond the padding on the right never counts.
    """
    if divisor_override is not None:
        return divisor_override
    counts: Array = np.ones((), np.int64)
    for k, start in enumerate(starts(pool, size)):
        stop = np.minimum(start + pool.kernel[k], size[k] + pool.padding[k])
        if not count_include_pad:
            start, stop = np.maximum(start, 0), np.minimum(stop, size[k])
        counts = np.multiply.outer(counts, stop - start)
    return int(counts.flat[0]) if counts.size and (counts == counts.flat[0]).all() else counts


def _divide(total: Array, divisor: Any) -> Array:
    """total / divisor, in place for floats; integers are rounded toward 0."""
    if total.dtype.kind in "iu":
        quotient: Array = np.sign(total) * np.sign(divisor) * (np.abs(total) // np.abs(divisor))
        return quotient
    np.divide(total, np.asarray(divisor, total.dtype), out=total)
    return total


@op(node_name=_AVG_NODE)
def avg_pool(x: Array, *, pool: Pool, count_include_pad: bool, divisor_override: int | None) -> Array:
    """y[l] = Σ x over the taps of window l / the number of its taps.

    As in torch the result is contiguous in three dimensions, whatever memory x has.
    """
    total = fold(np.add, 0, opmath(x), pool)
    divisor = _divisor(pool, spatial(x.shape, pool), count_include_pad, divisor_override)
    y = _divide(total, divisor).astype(x.dtype, copy=False)
    return np.ascontiguousarray(y) if pool.rank == 3 else y


@op
def avg_pool_backward(
    g: Array, *, size: Dims, pool: Pool, count_include_pad: bool, divisor_override: int | None, last: bool
) -> Array:
    """gx[s] = Σ g[l] / divisor[l] over the windows l that hold s, in channels-last memory if `last`."""
    divisor = _divisor(pool, size, count_include_pad, divisor_override)
    shares = empty(g.shape, opmath_dtype(g.dtype), last, "shares")
    np.divide(g, np.asarray(divisor, shares.dtype), out=shares)
    return unfold(shares, pool, size, last).astype(g.dtype, copy=False)


def _avg_rule(g: Any, x: Any, pool: Pool, count_include_pad: bool, divisor_override: int | None) -> Any:
    return avg_pool_backward(
        g,
        size=spatial(x.shape, pool),
        pool=pool,
        count_include_pad=count_include_pad,
        divisor_override=divisor_override,
        last=is_last(data_of(x), pool),
    )


avg_pool.derivative(x=_avg_rule)
avg_pool.flat = always
avg_pool_backward.derivative(
    g=lambda g, pool, count_include_pad, divisor_override: avg_pool(
        g, pool=pool, count_include_pad=count_include_pad, divisor_override=divisor_override
    )
)

__all__ = ["Pool", "places"]
