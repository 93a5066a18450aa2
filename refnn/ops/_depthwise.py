"""Depthwise convolution: each channel has a kernel of its own, y_c = x_c ⋆ w_c.

There is no sum over channels, so a product of matrices has nothing to do: each tap is one multiply-add of
the shifted image, over channels-last memory, where a shifted row is one run of numbers.

Shapes: x (N, *S, C), g and y (N, *L, C), w (C, 1, *K).
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from refnn.autograd.op import Array
from refnn.ops import _threads, _workspace
from refnn.ops._windows import Block, Dims, Padded, Windows, blocks, image_stack, interior, scratch, tap_slices

BLOCK = 1 << 16  # numbers at a time: a block of x, of y and of their product stay in the cache


class _Tap(NamedTuple):
    place: Dims
    rows: slice  # in a padded image, for all windows
    rest: tuple[slice, ...]

    def seen(self, p: Array, rows: slice) -> Array:
        """What this tap of the windows in some rows sees of p.  -> (n, rows, …, C)"""
        step = self.rows.step
        start = self.rows.start + rows.start * step
        return p[(slice(None), slice(start, start + (rows.stop - rows.start - 1) * step + 1, step), *self.rest)]


def forward(x: Array, w: Array, bias: Array | None, windows: Windows) -> Array:
    """y = Σ_k x shifted by k · w[k] + bias.  -> (N, *L, C)"""
    places = windows.places(x.shape[1:-1])
    y = _workspace.lend((x.shape[0], *places, x.shape[-1]), x.dtype)
    (first, first_weights), *others = [(tap, _along_rows(w, tap, places)) for tap in _taps(windows, places)]

    def compute(part: Sequence[Block]) -> None:
        padded = _padded(x, windows, part)
        for images, rows in part:
            p, target = padded.load(images), y[images, rows]
            product = _workspace.empty(target.shape, x.dtype, "product")
            np.multiply(first.seen(p, rows), first_weights, out=target)
            for tap, weights in others:
                np.multiply(tap.seen(p, rows), weights, out=product)
                target += product
            if bias is not None:
                target += bias

    _threads.deal(_plan(y.shape), compute, _time(y, windows))
    return y


def weight_gradient(x: Array, g: Array, windows: Windows) -> Array:
    """dw[k] = Σ x shifted by k · g.  -> (C, 1, *K). Each thread sums its images by itself."""
    channels, places = g.shape[-1], g.shape[1:-1]
    taps = _taps(windows, places)

    def compute(part: Sequence[Block]) -> Array:
        dw = np.zeros((*windows.kernel, _row(places), channels), x.dtype)
        padded = _padded(x, windows, part)
        for images, rows in part:
            p, given = padded.load(images), g[images, rows]
            product = _workspace.empty(given.shape, x.dtype, "product")
            for tap in taps:
                np.multiply(tap.seen(p, rows), given, out=product)
                dw[tap.place] += np.add.reduce(product.reshape(-1, *dw.shape[-2:]), axis=0)
        return dw

    dw = _threads.summed(_plan(g.shape), compute, _time(g, windows))
    taps_last: Array = np.moveaxis(dw.sum(-2), -1, 0)
    return taps_last[:, None]


def input_gradient(g: Array, w: Array, size: Dims, windows: Windows) -> Array:
    """dx: each tap of g · w is added where its window saw x.  -> (N, *S, C)"""
    count, *places, channels = g.shape
    taps = [(tap, _along_rows(w, tap, tuple(places))) for tap in _taps(windows, tuple(places))]
    inside_x, inside_p = interior(windows.padding, size)
    make: Any = np.zeros if windows.crops else _workspace.lend
    dx: Array = make((count, *size, channels), g.dtype)

    def compute(part: Sequence[int]) -> None:
        for n in part:
            p = image_stack(scratch("padded"), 1, windows.padded_size(size), channels, False, g.dtype)[0]
            p[...] = 0
            product = _workspace.empty(g.shape[1:], g.dtype, "product")
            for tap, weights in taps:
                np.multiply(g[n], weights, out=product)
                p[(tap.rows, *tap.rest)] += product
            dx[n][inside_x] = p[inside_p]

    _threads.deal(range(count), compute, _time(g, windows))
    return dx


def _taps(windows: Windows, places: Dims) -> list[_Tap]:
    taps = []
    for place in itertools.product(*map(range, windows.kernel)):
        rows, *rest = tap_slices(windows, place, places)
        taps.append(_Tap(place, rows, tuple(rest)))
    return taps


def _row(places: Dims) -> int:
    """How many places the last dimension has, where it is not itself the one that is cut into strips."""
    return places[-1] if len(places) > 1 else 1


def _along_rows(w: Array, tap: _Tap, places: Dims) -> Array:
    """A tap's weights, repeated along a row: products then run over whole rows.  -> (L_last, C)"""
    weights = np.moveaxis(w[:, 0], 0, -1)[tap.place]
    return np.tile(weights, (_row(places), 1))


def _plan(shape: Dims) -> list[Block]:
    """Blocks of whole images, or strips of one, of about BLOCK numbers of the output."""
    return blocks(shape[0], shape[1], math.prod(shape[2:]), _threads.at_a_time(BLOCK))


def _padded(x: Array, windows: Windows, part: Sequence[Block]) -> Padded:
    images = part[0][0]
    return Padded(x, windows.padding, images.stop - images.start, "padded")


def _time(y: Array, windows: Windows) -> float:
    """About how many µs it takes in one thread."""
    return y.size * math.prod(windows.kernel) / 1e3
