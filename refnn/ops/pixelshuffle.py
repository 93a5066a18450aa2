"""Pixel shuffle and its inverse: channels against places. Each is the other's derivative."""

from __future__ import annotations

from refnn.autograd.op import Array, op
from refnn.ops._memory_format import empty, is_channels_last


def _result(x: Array, shape: tuple[int, ...]) -> Array:
    return empty(shape, x.dtype, x.ndim == 4 and is_channels_last(x))


@op
def pixel_shuffle(x: Array, *, factor: int) -> Array:
    """(*, C r², H, W) -> (*, C, H r, W r): y[c, h r + i, w r + j] = x[c r² + i r + j, h, w]."""
    *batch, channels, height, width = x.shape
    r = factor
    y = _result(x, (*batch, channels // (r * r), height * r, width * r))
    for i in range(r):
        for j in range(r):
            y[..., i::r, j::r] = x[..., i * r + j :: r * r, :, :]
    return y


@op
def pixel_unshuffle(x: Array, *, factor: int) -> Array:
    """(*, C, H r, W r) -> (*, C r², H, W): y[c r² + i r + j, h, w] = x[c, h r + i, w r + j]."""
    *batch, channels, height, width = x.shape
    r = factor
    y = _result(x, (*batch, channels * r * r, height // r, width // r))
    for i in range(r):
        for j in range(r):
            y[..., i * r + j :: r * r, :, :] = x[..., i::r, j::r]
    return y


pixel_shuffle.derivative(x=lambda g, factor: pixel_unshuffle(g, factor=factor))
pixel_unshuffle.derivative(x=lambda g, factor: pixel_shuffle(g, factor=factor))
