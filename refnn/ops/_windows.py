"""Sliding windows over channels-last arrays: sizes, padded copies, views of all windows.

Shapes: x is (N, *S, C) with spatial sizes S, windows stand at *L places and cover *K taps each. `x` may
have any strides; in particular it may be a view of channels-first memory.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.lib.stride_tricks import as_strided

from refnn.autograd.op import Array
from refnn.ops import _workspace
from refnn.ops._memory_format import channels_last

Dims = tuple[int, ...]
Block = tuple[slice, slice]  # images, and rows of each
Pads = tuple[tuple[int, int], ...]  # (before, after) for each spatial dimension; negative crops

_NEAR = 1 << 15  # bytes that stay in the nearest cache


class Windows(NamedTuple):
    """How the windows of a convolution lie: one entry for each spatial dimension."""

    kernel: Dims
    stride: Dims
    padding: Pads
    dilation: Dims

    @property
    def dense(self) -> bool:
        """Neighbouring windows, without holes."""
        return all(s == 1 for s in self.stride) and all(d == 1 for d in self.dilation)

    @property
    def pointwise(self) -> bool:
        """Each window is one place of x."""
        return all(k == 1 for k in self.kernel) and self.dense and self.unpadded

    @property
    def unpadded(self) -> bool:
        return all(pad == (0, 0) for pad in self.padding)

    @property
    def crops(self) -> bool:
        """Some places of x are in no window because the padding is negative."""
        return any(min(pad) < 0 for pad in self.padding)

    def places(self, size: Dims) -> Dims:
        """*L = ⌊(S + before + after − dilation (K − 1) − 1) / stride⌋ + 1, at least 0."""
        return tuple(
            max(0, (s + lo + hi - d * (k - 1) - 1) // step + 1)
            for s, k, step, (lo, hi), d in zip(size, *self, strict=True)
        )

    def padded_size(self, size: Dims) -> Dims:
        return tuple(s + lo + hi for s, (lo, hi) in zip(size, self.padding, strict=True))

    def transposed(self, size: Dims, places: Dims) -> Windows:
        """For stride 1: the windows over the output that carry its gradient back to x, size *S.

        x's place i is tap k of the window at i + before − dilation·k, so a window over the output, with the
        kernel turned round, starts dilation (K − 1) − before places ahead of i.
        """
        reach = [d * (k - 1) for k, d in zip(self.kernel, self.dilation, strict=True)]
        padding = tuple(
            (r - lo, s + lo - n) for r, (lo, _), s, n in zip(reach, self.padding, size, places, strict=True)
        )
        return Windows(self.kernel, self.stride, padding, self.dilation)


def tap_slices(windows: Windows, tap: Dims, places: Dims) -> tuple[slice, ...]:
    """Where tap `tap` of every window lies in a padded image."""
    return tuple(
        slice(k * d, k * d + (n - 1) * s + 1, s)
        for k, d, n, s in zip(tap, windows.dilation, places, windows.stride, strict=True)
    )


def interior(padding: Pads, size: Dims) -> tuple[tuple[slice, ...], tuple[slice, ...]]:
    """Which part of an image stands in which part of its padded copy: (in the image, in the copy)."""
    image, copy = [], []
    for s, (lo, hi) in zip(size, padding, strict=True):
        image.append(slice(max(0, -lo), max(0, -lo, s + min(0, hi))))
        copy.append(slice(max(0, lo), max(0, lo) + image[-1].stop - image[-1].start))
    return tuple(image), tuple(copy)


class Padded:
    """Zero-padded copies of images of x (N, *S, C), `count` at a time in one buffer."""

    def __init__(self, x: Array, padding: Pads, count: int, tag: str, first: bool = False) -> None:
        size = x.shape[1:-1]
        inside, self._target = interior(padding, size)
        self._source = x[(slice(None), *inside)]
        self._buffer: Array | None = None
        self._loaded: slice | None = None
        if any(map(any, padding)) or x.strides[-2 if first else -1] != x.itemsize:
            shape = tuple(s + lo + hi for s, (lo, hi) in zip(size, padding, strict=True))
            self._buffer = image_stack(scratch(tag), count, shape, x.shape[-1], first, x.dtype)
            self._zero_border(self._buffer)

    def _zero_border(self, buffer: Array) -> None:
        for axis, part in enumerate(self._target, 1):
            before = (slice(None),) * axis
            buffer[(*before, slice(0, part.start))] = 0
            buffer[(*before, slice(part.stop, None))] = 0

    def load(self, which: slice) -> Array:
        """(n, *P, C): the images of a slice, valid until the next load. Without padding, x itself."""
        if self._buffer is None:
            return self._source[which]
        n = which.stop - which.start
        if which != self._loaded:
            copy_images(self._buffer[(slice(n), *self._target)], self._source[which])
            self._loaded = which
        return self._buffer[:n]


def scratch(tag: str) -> Callable[..., Array]:
    return lambda shape, dtype: _workspace.empty(shape, dtype, tag)


def image_stack(make: Callable[..., Array], count: int, size: Dims, channels: int, first: bool, dtype: Any) -> Array:
    """A new (N, *S, C), in memory channels first or channels last."""
    if first:
        return channels_last(make((count, channels, *size), dtype))
    return make((count, *size, channels), dtype)


def copy_images(target: Array, source: Array) -> None:
    """target[...] = source for (n, *S, C), fast also where one of them is channels-first.

    If it is the source, when the channels stand a multiple of 1 KB apart, all channels of a place fall into a few
    sets of the cache and evict each other: such an image is first copied with its channels spread further. If it is
    the target, it is written channel by channel, some rows at a time that stay in the cache meanwhile.
    """
    step, many = source.strides[-1], source.shape[-1] >= 8
    if many and step == source.itemsize < target.strides[-1] and source[:1].nbytes > _NEAR:
        for images, strip in blocks(source.shape[0], source.shape[1], source[:1, :1].nbytes, _NEAR):
            np.copyto(target[images, strip], source[images, strip])
        return
    if step % 1024 or step <= source.itemsize or not many:
        np.copyto(target, source)
        return
    *size, channels = source.shape[1:]
    places = math.prod(size)
    spread = _workspace.empty((channels, places + 16), source.dtype, "spread")
    rows = spread[:, :places].reshape(channels, *size)
    image = np.moveaxis(rows, 0, -1)
    for n in range(source.shape[0]):
        np.copyto(np.moveaxis(rows, 0, -1), source[n])
        np.copyto(target[n], image)


def window_view(p: Array, windows: Windows, places: Dims) -> Array:
    """All windows of p (n, *P, C) as a view (n, *L, *K, C)."""
    image, *spatial, channel = p.strides
    steps = [s * t for s, t in zip(spatial, windows.stride, strict=True)]
    taps = [s * t for s, t in zip(spatial, windows.dilation, strict=True)]
    shape = (p.shape[0], *places, *windows.kernel, p.shape[-1])
    return as_strided(p, shape, (image, *steps, *taps, channel))


def blocks(count: int, rows: int, row_size: int, budget: int) -> list[Block]:
    """Cut `count` images of `rows` rows into blocks of about `budget`, where a row takes `row_size` of it.

    Small images go several at a time, a large one in strips of rows, of about the same size each. The first block is
    the largest.
    """
    step = _even(count, budget // (rows * row_size))
    height = rows if step > 1 else _even(rows, budget // row_size)
    strips = [slice(r, min(r + height, rows)) for r in range(0, rows, height)]
    return [(slice(n, min(n + step, count)), strip) for n in range(0, count, step) for strip in strips]


def _even(count: int, most: int) -> int:
    """The size of parts of about the same size, of which none is larger than `most` (but at least 1)."""
    parts = -(-count // max(1, most))
    return -(-count // max(1, parts))
