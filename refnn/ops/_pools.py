"""Windows of pooling: where they lie, folding them to one value each, and the transpose of a sum.

Shapes: x is (*B, *S) with n spatial sizes *S; windows of *K taps stand at *L places. Tap j of the window at
place l lies at l·stride − padding + j·dilation, along each axis. Taps outside x do not count.
Channels-last memory of x passes on to the results.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from refnn.autograd.op import Array
from refnn.ops import _threads
from refnn.ops._buffers import in_place
from refnn.ops._memory_format import empty, is_channels_last

Dims = tuple[int, ...]
Tap = tuple[slice, slice]  # which places have this tap inside x, and where in x it lies for them

NUMBERS = 4e3  # in a µs of one thread, about, for each pass
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


@lru_cache(maxsize=256)
def places(pool: Pool, size: Dims) -> Dims:
    """L = ⌊(S + 2 padding − dilation (K − 1) − 1) / stride⌋ + 1.

    With ceil_mode ⌈…⌉ in place of ⌊…⌋, less the window that would start in the padding on the right.
    """
    found = []
    for s, k, step, p, d in zip(size, *pool[:4], strict=True):
        room = s + 2 * p - d * (k - 1) - 1
        n = (room + (step - 1 if pool.ceil_mode else 0)) // step + 1
        found.append(n - 1 if pool.ceil_mode and (n - 1) * step >= s + p else n)
    return tuple(found)


def starts(pool: Pool, size: Dims) -> list[Array]:
    """Where each window's first tap lies along each axis, before 0 where it lies in the padding."""
    axes = zip(places(pool, size), pool.stride, pool.padding, strict=True)
    return [np.arange(n) * step - p for n, step, p in axes]


def _axis_taps(pool: Pool, axis: int, length: int, count: int) -> list[Tap]:
    step = pool.stride[axis]
    found = []
    for j in range(pool.kernel[axis]):
        offset = j * pool.dilation[axis] - pool.padding[axis]
        first = max(0, -(offset // step))
        stop = min(count, (length - 1 - offset) // step + 1)
        if stop > first:
            where = slice(first * step + offset, (stop - 1) * step + offset + 1, step)
            found.append((slice(first, stop), where))
        else:
            found.append((slice(0, 0), slice(0, 0)))
    return found


@lru_cache(maxsize=256)
def taps(pool: Pool, size: Dims) -> tuple[list[Tap], ...]:
    """For each axis, for tap 0, 1, …: the places that have it inside x, and its positions there."""
    axes = enumerate(zip(size, places(pool, size), strict=True))
    return tuple(_axis_taps(pool, axis, length, count) for axis, (length, count) in axes)


@lru_cache(maxsize=256)
def missed(pool: Pool, size: Dims) -> Array | None:
    """Which windows have no tap inside x, (*L): a dilated one may step over all of it. None if all have."""
    found: Array = np.zeros((), bool)
    for axis, count in zip(taps(pool, size), places(pool, size), strict=True):
        alone = np.ones(count, bool)
        for inside, _ in axis:
            alone[inside] = False
        found = np.logical_or.outer(found, alone)
    return found if found.any() else None


def disjoint(pool: Pool) -> list[bool]:
    """For each axis, whether no position lies in two windows."""
    axes = zip(pool.stride, pool.dilation, pool.kernel, strict=True)
    return [step >= d * (k - 1) + 1 for step, d, k in axes]


def spatial(shape: tuple[int, ...], pool: Pool) -> Dims:
    """*S of a shape (*B, *S)."""
    return tuple(shape[-pool.rank :])


def is_last(x: Array, pool: Pool) -> bool:
    """Whether x is a batch in channels-last memory."""
    return x.ndim == pool.rank + 2 and is_channels_last(x)


Cut = tuple[tuple[slice, ...], tuple[slice, ...], bool]  # of the results, of x, whether all results have it


@lru_cache(maxsize=256)
def _cuts(pool: Pool, size: Dims, batch: int) -> tuple[list[Cut], ...]:
    """taps() as index tuples for arrays with `batch` leading dimensions, axis by axis."""
    axes = enumerate(zip(taps(pool, size), places(pool, size), strict=True), batch)
    return tuple(
        [(_at(axis, inside), _at(axis, where), inside == slice(0, count)) for inside, where in parts]
        for axis, (parts, count) in axes
    )


def _at(axis: int, part: slice) -> tuple[slice, ...]:
    return (*[slice(None)] * axis, part)


def _fold_axis(ufunc: np.ufunc, identity: Any, x: Array, axis: int, cuts: list[Cut], out: Array) -> None:
    """out[l] = ufunc over the taps of window l along one axis: a pass over strided slices for each tap."""
    whole = [x[source] for _, source, everywhere in cuts if everywhere]
    if out.shape[axis] == 1 and len(whole) > _MANY:
        held = [source[axis].start for _, source, everywhere in cuts if everywhere]
        window = _at(axis, slice(held[0], held[-1] + 1, held[1] - held[0]))
        ufunc.reduce(x[window], axis=axis, out=out, keepdims=True)
        return
    if len(whole) > 1:
        ufunc(whole[0], whole[1], out=out)
    else:
        out[...] = whole[0] if whole else identity
    for part in whole[2:]:
        ufunc(out, part, out=out)
    if len(whole) < len(cuts):
        for target, source, everywhere in cuts:
            if not everywhere:
                ufunc(out[target], x[source], out=out[target])


def fold(ufunc: np.ufunc, identity: Any, x: Array, pool: Pool) -> Array:
    """y[l] = ufunc over all taps of window l. Separable, so one axis at a time, the outermost first."""
    last, size = is_last(x, pool), spatial(x.shape, pool)
    batch = x.ndim - pool.rank
    counts = places(pool, size)
    y = empty((*x.shape[:batch], *counts), x.dtype, last)

    def compute(images: slice) -> None:
        source = x[images]
        for k, cuts in enumerate(_cuts(pool, size, batch)):
            shape = (*source.shape[: batch + k], counts[k], *source.shape[batch + k + 1 :])
            out = y[images] if k == pool.rank - 1 else empty(shape, x.dtype, last, f"pool {k}")
            _fold_axis(ufunc, identity, source, batch + k, cuts, out)
            source = out

    by_images(x, compute, sum(pool.kernel))
    return y


def unfold(g: Array, pool: Pool, size: Dims, last: bool) -> Array:
    """The transpose of fold(np.add): each window's value is added to all its taps."""
    batch = g.ndim - pool.rank
    x = empty((*g.shape[:batch], *size), g.dtype, last)
    apart = disjoint(pool)

    def compute(images: slice) -> None:
        source = g[images]
        for k, cuts in reversed(list(enumerate(_cuts(pool, size, batch)))):
            shape = (*source.shape[: batch + k], size[k], *source.shape[batch + k + 1 :])
            out = empty(shape, g.dtype, last, f"pool {k}") if k else x[images]
            _unfold_axis(source, batch + k, cuts, apart[k], out)
            source = out

    by_images(x, compute, sum(pool.kernel))
    return x


def by_images(x: Array, compute: Callable[[slice], None], passes: int) -> None:
    """compute(part) for parts of x's first dimension, in several threads where so many passes over x take long."""
    if len(x):
        time = x.size * passes / NUMBERS
        with in_place(x.size):
            _threads.deal(range(len(x)), lambda part: compute(slice(part[0], part[-1] + 1)), time)


def _unfold_axis(g: Array, axis: int, cuts: list[Cut], apart: bool, x: Array) -> None:
    """x = Σ g over the windows that hold each position along one axis; at most one if apart."""
    held = sum(inside[axis].stop - inside[axis].start for inside, _, _ in cuts)
    if not apart or held < x.shape[axis]:
        x.fill(0)
    for inside, where, _ in cuts:
        if apart:
            x[where] = g[inside]
        else:
            target = x[where]
            np.add(target, g[inside], out=target)
