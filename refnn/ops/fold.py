"""Sliding blocks as columns (im2col) and their sum back into an image (col2im): a transposed pair, any rank.

Both are the same table of places: column l, row (c, k) holds x[c, l · stride + k · dilation − before].

Shapes: x (N, C, *S), columns (N, C · ∏K, ∏L) with *L as in `Windows.places`, both with or without N; rows run
over the channels, then over the taps, columns over the places, all with the last dimension fastest.
"""

from __future__ import annotations

import itertools
import math

import numpy as np

from refnn.autograd.op import Array, op
from refnn.ops._memory_format import channels_last
from refnn.ops._windows import Dims, Pads, Windows, interior, tap_slices, window_view


@op(node_name="Im2ColBackward0")
def im2col(x: Array, *, kernel: Dims, stride: Dims, padding: Pads, dilation: Dims) -> Array:
    """columns[n, (c, k), l] = x[n, c, l · stride + k · dilation − before], 0 outside x."""
    windows = Windows(kernel, stride, padding, dilation)
    rank = len(kernel)
    *batch, channels = x.shape[:-rank]
    images = x if batch else x[None]
    places = windows.places(x.shape[-rank:])
    view = window_view(_padded(channels_last(images), windows), windows, places)  # (N, *L, *K, C)
    order = (0, 2 * rank + 1, *range(rank + 1, 2 * rank + 1), *range(1, rank + 1))
    columns = np.ascontiguousarray(view.transpose(order))  # (N, C, *K, *L)
    return columns.reshape(*batch, channels * math.prod(kernel), math.prod(places))


@op(node_name="Col2ImBackward0")
def col2im(columns: Array, *, size: Dims, kernel: Dims, stride: Dims, padding: Pads, dilation: Dims) -> Array:
    """x[n, c, i] = Σ columns[n, (c, k), l] over all taps k and places l with l · stride + k · dilation − before = i."""
    windows = Windows(kernel, stride, padding, dilation)
    places = windows.places(size)
    lead = (*columns.shape[:-2], columns.shape[-2] // math.prod(kernel))  # (N, C)
    taps = columns.reshape(*lead, *kernel, *places)
    padded = np.zeros((*lead, *windows.padded_size(size)), columns.dtype)
    everything = (slice(None),) * len(lead)
    for tap in itertools.product(*map(range, kernel)):
        padded[everything + tap_slices(windows, tap, places)] += taps[everything + tap]
    inside, _ = interior(tuple((-lo, -hi) for lo, hi in padding), windows.padded_size(size))
    return np.ascontiguousarray(padded[everything + inside])


im2col.derivative(
    x=lambda g, x_shape, kernel, stride, padding, dilation: col2im(
        g, size=x_shape[-len(kernel) :], kernel=kernel, stride=stride, padding=padding, dilation=dilation
    )
)
col2im.derivative(
    columns=lambda g, kernel, stride, padding, dilation: im2col(
        g, kernel=kernel, stride=stride, padding=padding, dilation=dilation
    )
)


def _padded(x: Array, windows: Windows) -> Array:
    """x (N, *S, C) with zeros around it, as a view of channels-first memory."""
    if windows.unpadded:
        return x
    padded = np.zeros((x.shape[0], x.shape[-1], *windows.padded_size(x.shape[1:-1])), x.dtype)
    view = channels_last(padded)
    _, inside = interior(windows.padding, x.shape[1:-1])
    view[(slice(None), *inside)] = x
    return view
