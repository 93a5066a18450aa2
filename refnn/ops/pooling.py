"""Pooling: the maximum or the average of every window. One kernel for any number of dimensions.

Shapes: x is (*B, *S) with n spatial sizes *S; windows of *K taps stand at *L places; y is (*B, *L). Tap j of
the window at place l lies at l·stride − padding + j·dilation, along each axis. Taps outside x do not count.
Channels-last memory of x passes on to the results.
"""

from __future__ import annotations

import itertools
import math
from typing import Any, NamedTuple

import numpy as np

from refnn.autograd.op import Array, op
from refnn.ops import _memory_format

Dims = tuple[int, ...]
Tap = tuple[slice, slice]  # which places have this tap inside x, and where in x it lies for them

_MANY = 8  # taps of a single window from which one reduction is quicker than a pass for each tap


class Pool(NamedTuple):
    """How the windows lie: one entry for each spatial dimension."""

    kernel: Dims
    stride: Dims
    padding: Dims
    dilation: Dims
    ceil_mode: bool

    @property
    def rank(self) -> int:
        return len(self.kernel)

    def places(self, size: Dims) -> Dims:
        """L = ⌊(S + 2 padding − dilation (K − 1) − 1) / stride⌋ + 1.

        With ceil_mode ⌈…⌉ in place of ⌊…⌋, less the window that would start in the padding on the right.
        """
        found = []
        for s, k, step, p, d in zip(size, *self[:4], strict=True):
            room = s + 2 * p - d * (k - 1) - 1
            n = (room + (step - 1 if self.ceil_mode else 0)) // step + 1
            found.append(n - 1 if self.ceil_mode and (n - 1) * step >= s + p else n)
        return tuple(found)

    def starts(self, axis: int, places: int) -> Array:
        """Where each window's first tap lies along an axis, before 0 where it lies in the padding."""
        return np.arange(places) * self.stride[axis] - self.padding[axis]

    def taps(self, axis: int, length: int, places: int) -> list[Tap]:
        """For tap 0, 1, … along an axis: the places that have it inside x, and its positions there."""
        step = self.stride[axis]
        found = []
        for j in range(self.kernel[axis]):
            offset = j * self.dilation[axis] - self.padding[axis]
            first = max(0, -(offset // step))
            stop = max(first, min(places, (length - 1 - offset) // step + 1))
            position = first * step + offset
            found.append(
                (slice(first, stop), slice(position, position + max(0, (stop - first - 1) * step + 1), step))
                if stop > first
                else (slice(0, 0), slice(0, 0))
            )
        return found

    def misses(self, axis: int, length: int, places: int) -> Array:
        """Which windows have no tap inside x along an axis: a dilated one may step over all of it."""
        missed = np.ones(places, bool)
        for inside, _ in self.taps(axis, length, places):
            missed[inside] = False
        return missed


def _at(axis: int, ndim: int, part: slice) -> tuple[slice, ...]:
    return tuple(part if a == axis else slice(None) for a in range(ndim))


def _size(x: Any, pool: Pool) -> Dims:
    return tuple(x.shape[-pool.rank :])


# Folding windows, axis by axis --------------------------------------------------------------------------


def _fold_axis(ufunc: np.ufunc, identity: Any, x: Array, axis: int, taps: list[Tap], out: Array) -> None:
    """out[l] = ufunc over the taps of window l along one axis: a pass over strided slices for each tap."""
    cut = [(out[_at(axis, x.ndim, inside)], x[_at(axis, x.ndim, where)]) for inside, where in taps]
    if out.shape[axis] == 1 and len(taps) > _MANY:
        held = [where for inside, where in taps if inside.stop]
        window = slice(held[0].start, held[-1].stop, held[1].start - held[0].start if held[1:] else 1)
        ufunc.reduce(x[_at(axis, x.ndim, window)], axis=axis, out=out, keepdims=True)
        return
    whole = [source for target, source in cut if source.shape == out.shape]
    part = [(target, source) for target, source in cut if source.shape != out.shape]
    if len(whole) > 1:
        ufunc(whole[0], whole[1], out=out)
    else:
        np.copyto(out, whole[0] if whole else identity)
    for source in whole[2:]:
        ufunc(out, source, out=out)
    for target, source in part:
        ufunc(target, source, out=target)


def _fold(ufunc: np.ufunc, identity: Any, x: Array, pool: Pool) -> Array:
    """y[l] = ufunc over all taps of window l. Separable, so one axis at a time, the outermost first."""
    last = _memory_format.is_channels_last(x)
    batch = x.ndim - pool.rank
    places = pool.places(_size(x, pool))
    for k in range(pool.rank):
        axis = batch + k
        shape = (*x.shape[:axis], places[k], *x.shape[axis + 1 :])
        tag = None if k == pool.rank - 1 else f"pool {k}"
        out = _memory_format.empty(shape, x.dtype, last, tag)
        _fold_axis(ufunc, identity, x, axis, pool.taps(k, x.shape[axis], places[k]), out)
        x = out
    return x


def _unfold(g: Array, pool: Pool, size: Dims) -> Array:
    """The transpose of _fold(np.add): each window's value is added to all its taps."""
    last = _memory_format.is_channels_last(g)
    batch = g.ndim - pool.rank
    for k in reversed(range(pool.rank)):
        axis = batch + k
        taps = pool.taps(k, size[k], g.shape[axis])
        disjoint = pool.stride[k] >= pool.dilation[k] * (pool.kernel[k] - 1) + 1
        shape = (*g.shape[:axis], size[k], *g.shape[axis + 1 :])
        x = _memory_format.empty(shape, g.dtype, last, f"unpool {k}" if k else None)
        if not disjoint or sum(inside.stop - inside.start for inside, _ in taps) < size[k]:
            x.fill(0)
        for inside, where in taps:
            target, source = x[_at(axis, x.ndim, where)], g[_at(axis, x.ndim, inside)]
            if disjoint:
                np.copyto(target, source)
            else:
                np.add(target, source, out=target)
        g = x
    return g


# Maximum ------------------------------------------------------------------------------------------------


def _lowest(dtype: np.dtype[Any]) -> Any:
    return np.iinfo(dtype).min if dtype.kind in "iu" else -math.inf


def _max_pool(x: Array, pool: Pool) -> Array:
    return _fold(np.maximum, _lowest(x.dtype), x, pool)


@op(node_name="SqueezeBackward1")
def max_pool1d(x: Array, *, pool: Pool) -> Array:
    """y[l] = max over the taps of window l. NaN if one of them is."""
    return _max_pool(x, pool)


@op(node_name="MaxPool2DWithIndicesBackward0")
def max_pool2d(x: Array, *, pool: Pool) -> Array:
    """y[l] = max over the taps of window l, in two dimensions."""
    return _max_pool(x, pool)


@op(node_name="MaxPool3DWithIndicesBackward0")
def max_pool3d(x: Array, *, pool: Pool) -> Array:
    """y[l] = max over the taps of window l, in three dimensions."""
    return _max_pool(x, pool)


def _first_match(x: Array, y: Array, pool: Pool) -> Array:
    """Which tap of each window, in row-major order, is the maximum: the first of equals, the last NaN."""
    taps = [pool.taps(k, n, m) for k, (n, m) in enumerate(zip(_size(x, pool), _size(y, pool), strict=True))]
    total = math.prod(pool.kernel)
    last = _memory_format.is_channels_last(y)
    count = _memory_format.zeros(y.shape, np.uint8 if total <= 256 else np.int64, last)
    ahead = _memory_format.empty(y.shape, bool, last)  # the maximum is still to come
    ahead.fill(True)
    cut = [((..., *(t[0] for t in tap)), (..., *(t[1] for t in tap))) for tap in itertools.product(*taps)]
    for inside, where in cut[:-1]:
        ahead[inside] &= x[where] != y[inside]
        count += ahead
    if x.dtype.kind not in "iu" and y.size and np.isnan(y.max()):
        for k, (inside, where) in enumerate(cut):
            np.copyto(count[inside], k, where=np.isnan(x[where]), casting="unsafe")
    return count


def _outer_sum(parts: list[Array]) -> Array:
    """z[i, j, …] = a[i] + b[j] + …"""
    total: Array = np.zeros((), np.int64)
    for part in parts:
        total = np.add.outer(total, part)
    return total


@op
def max_pool_indices(x: Array, y: Array, *, pool: Pool) -> Array:
    """i[l] = the flat position in *S of window l's maximum: the first of equals, the last NaN.

    A window that a dilation carries past all of x has the position that its first tap at or after 0 would
    have, which may lie outside.
    """
    size, places = _size(x, pool), _size(y, pool)
    steps = [math.prod(size[k + 1 :]) for k in range(pool.rank)]
    axes = list(zip(steps, pool.kernel, pool.dilation, strict=True))
    offsets = _outer_sum([np.arange(k) * (d * step) for step, k, d in axes]).reshape(-1)
    starts = [pool.starts(k, n) for k, n in enumerate(places)]
    index = _memory_format.empty(y.shape, np.int64, _memory_format.is_channels_last(y))
    np.take(offsets, _first_match(x, y, pool), out=index, mode="clip")
    index += _outer_sum([start * step for start, step in zip(starts, steps, strict=True)])
    missed = _missed(pool, size, places)
    if missed.any():
        inside = [np.where(s < 0, s % d, s) for s, d in zip(starts, pool.dilation, strict=True)]
        index[..., missed] = _outer_sum([s * step for s, step in zip(inside, steps, strict=True)])[missed]
    return index


def _missed(pool: Pool, size: Dims, places: Dims) -> Array:
    """Which windows have no tap inside x at all, (*L)."""
    missed: Array = np.zeros((), bool)
    for k, (length, n) in enumerate(zip(size, places, strict=True)):
        missed = np.logical_or.outer(missed, pool.misses(k, length, n))
    return missed


def _addresses(index: Array, size: Dims, pool: Pool, last: bool) -> Array:
    """Flat positions within a plane *S, as positions in the memory of the whole array (*B, *S)."""
    index = _memory_format.memory_order(index, last)
    plane = math.prod(size)
    if last:  # (N, *L, C)
        images, channels = index.shape[0], index.shape[-1]
        first = np.arange(images).reshape(-1, *[1] * (index.ndim - 1)) * (plane * channels)
        return (index * channels + np.arange(channels) + first).reshape(-1)
    planes = math.prod(index.shape[: index.ndim - pool.rank])
    rows = index.reshape(planes, math.prod(index.shape[index.ndim - pool.rank :]))
    return (rows + np.arange(planes)[:, None] * plane).reshape(-1)


@op
def max_pool_scatter(g: Array, index: Array, *, size: Dims, pool: Pool) -> Array:
    """gx[index[l]] += g[l] within each plane *S. An index outside the plane is passed over."""
    last = _memory_format.is_channels_last(index)
    gx = _memory_format.zeros((*g.shape[: g.ndim - pool.rank], *size), g.dtype, last)
    values = _memory_format.memory_order(g, last).reshape(-1)
    addresses = _addresses(index, size, pool, last)
    if _missed(pool, size, _size(g, pool)).any():
        inside = (_memory_format.memory_order(index, last) < math.prod(size)).reshape(-1)
        values, addresses = values[inside], addresses[inside]
    flat = (_memory_format.channels_last(gx) if last else gx).reshape(-1)
    np.add.at(flat, addresses, values)
    return gx


@op
def max_pool_gather(x: Array, index: Array, *, size: Dims, pool: Pool) -> Array:
    """y[l] = x[index[l]] within each plane *S, 0 where the index lies outside: the transpose of the scatter."""
    last = _memory_format.is_channels_last(index)
    inside = _memory_format.memory_order(index, last) < math.prod(size)
    addresses = np.where(inside.reshape(-1), _addresses(index, size, pool, last), 0)
    picked = _memory_format.memory_order(x, last).reshape(-1)[addresses].reshape(inside.shape)
    y: Array = np.where(inside, picked, np.zeros((), x.dtype))
    return _memory_format.channels_first(y) if last else y


@op(node_name="SqueezeBackward1")
def max_pool1d_with_indices(x: Array, *, pool: Pool) -> tuple[Array, Array]:
    """(y, i): max_pool1d and where in x each maximum stands."""
    y = _max_pool(x, pool)
    return y, max_pool_indices(x, y, pool=pool)


@op(node_name="MaxPool2DWithIndicesBackward0")
def max_pool2d_with_indices(x: Array, *, pool: Pool) -> tuple[Array, Array]:
    """(y, i): max_pool2d and where in its plane each maximum stands."""
    y = _max_pool(x, pool)
    return y, max_pool_indices(x, y, pool=pool)


@op(node_name="MaxPool3DWithIndicesBackward0")
def max_pool3d_with_indices(x: Array, *, pool: Pool) -> tuple[Array, Array]:
    """(y, i): max_pool3d and where in its volume each maximum stands."""
    y = _max_pool(x, pool)
    return y, max_pool_indices(x, y, pool=pool)


for _max in (max_pool1d, max_pool2d, max_pool3d):
    _max.derivative(
        x=lambda g, x, out, pool: max_pool_scatter(
            g, max_pool_indices(x, out, pool=pool), size=_size(x, pool), pool=pool
        )
    )
for _max in (max_pool1d_with_indices, max_pool2d_with_indices, max_pool3d_with_indices):
    _max.derivative(
        x=lambda g, out, x_shape, pool: max_pool_scatter(g[0], out[1], size=tuple(x_shape[-pool.rank :]), pool=pool)
    )
max_pool_scatter.derivative(
    g=lambda g, index, size, pool: max_pool_gather(g, index, size=size, pool=pool),
)
max_pool_gather.derivative(
    x=lambda g, index, size, pool: max_pool_scatter(g, index, size=size, pool=pool),
)

# Average ------------------------------------------------------------------------------------------------


def _divisor(pool: Pool, size: Dims, count_include_pad: bool, divisor_override: int | None) -> Any:
    """What each window's sum is divided by: a number where it is the same for all, else an array (*L).

    The part of a window that hangs over beyond the padding on the right never counts.
    """
    if divisor_override is not None:
        return divisor_override
    counts: Array = np.ones((), np.int64)
    for k, (length, n) in enumerate(zip(size, pool.places(size), strict=True)):
        start = pool.starts(k, n)
        stop = np.minimum(start + pool.kernel[k], length + pool.padding[k])
        if not count_include_pad:
            start, stop = np.maximum(start, 0), np.minimum(stop, length)
        counts = np.multiply.outer(counts, stop - start)
    return int(counts.flat[0]) if counts.size and (counts == counts.flat[0]).all() else counts


def _divide(total: Array, divisor: Any) -> Array:
    """total / divisor, in place; integers are rounded toward 0."""
    if total.dtype.kind in "iu":
        return np.sign(total) * np.sign(divisor) * (np.abs(total) // np.abs(divisor))
    np.divide(total, np.asarray(divisor, total.dtype), out=total)
    return total


def _wide(x: Array) -> Array:
    """Half precision as float32, in which torch sums as well."""
    return x.astype(np.float32) if x.dtype.itemsize == 2 else x


def _avg_pool(x: Array, pool: Pool, count_include_pad: bool, divisor_override: int | None) -> Array:
    total = _fold(np.add, 0, _wide(x), pool)
    divisor = _divisor(pool, _size(x, pool), count_include_pad, divisor_override)
    return _divide(total, divisor).astype(x.dtype, copy=False)


@op(node_name="SqueezeBackward1")
def avg_pool1d(x: Array, *, pool: Pool, count_include_pad: bool, divisor_override: int | None) -> Array:
    """y[l] = Σ x over the taps of window l / the number of its taps."""
    return _avg_pool(x, pool, count_include_pad, divisor_override)


@op(node_name="AvgPool2DBackward0")
def avg_pool2d(x: Array, *, pool: Pool, count_include_pad: bool, divisor_override: int | None) -> Array:
    """y[l] = Σ x over the taps of window l / the number of its taps, in two dimensions."""
    return _avg_pool(x, pool, count_include_pad, divisor_override)


@op(node_name="AvgPool3DBackward0")
def avg_pool3d(x: Array, *, pool: Pool, count_include_pad: bool, divisor_override: int | None) -> Array:
    """y[l] = Σ x over the taps of window l / the number of its taps, in three dimensions.

    As in torch the result is contiguous, whatever memory x has.
    """
    return np.ascontiguousarray(_avg_pool(x, pool, count_include_pad, divisor_override))


@op
def avg_pool_backward(
    g: Array, *, size: Dims, pool: Pool, count_include_pad: bool, divisor_override: int | None
) -> Array:
    """gx[s] = Σ g[l] / divisor[l] over the windows l that hold s."""
    divisor = _divisor(pool, size, count_include_pad, divisor_override)
    shares = _memory_format.empty(g.shape, _wide(g).dtype, _memory_format.is_channels_last(g), "shares")
    np.divide(g, np.asarray(divisor, shares.dtype), out=shares)
    return _unfold(shares, pool, size).astype(g.dtype, copy=False)


for _avg in (avg_pool1d, avg_pool2d, avg_pool3d):
    _avg.derivative(
        x=lambda g, x_shape, pool, count_include_pad, divisor_override: avg_pool_backward(
            g,
            size=tuple(x_shape[-pool.rank :]),
            pool=pool,
            count_include_pad=count_include_pad,
            divisor_override=divisor_override,
        )
    )
avg_pool_backward.derivative(
    g=lambda g, pool, count_include_pad, divisor_override: avg_pool2d(
        g, pool=pool, count_include_pad=count_include_pad, divisor_override=divisor_override
    )
)
