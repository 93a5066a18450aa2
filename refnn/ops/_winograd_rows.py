"""3 × 3 convolution, stride 1, by Winograd's minimal filtering along the height alone: F(2, 3).

Two rows of outputs from four rows d of the image take 4 products instead of 6, each with a row of the kernel's
three taps along the width, which are left as they are:

    y = Aᵀ [ (G w) ⋆ (Bᵀ d) ]

with the matrices of _winograd.py. That saves a third of the products where two dimensions save more than half,
but all it adds are a few passes over whole rows: quicker for fewer channels, whose products take less of the time.

No columns are copied. In channels-last memory the three neighbours of a window are 3 C numbers in a row, and
windows three places apart do not overlap: the windows of each third of the places are a matrix as they lie. Rows
follow one another without a gap, so a few windows begin in one row and end in the next; their results are
passed over. Padding on the right of a row is the padding on the left of the next.

Shapes: x (N, H, W, C), w (O, C, 3, 3), g and y (N, H', W', O); n images and h pairs of rows in a block, each row
of P places.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from refnn.autograd.op import Array
from refnn.ops import _threads, _workspace
from refnn.ops._pieces import SMALL, by_rows
from refnn.ops._windows import Block, Padded, Pads, Windows, blocks
from refnn.ops._winograd import KERNEL, SPREAD, count, difference, finite, tiles

MAX_PRODUCT = 64 * 96  # C · O up to which it is quicker than two dimensions
BLOCK = 64 << 10  # places · (C + O) at a time: four frequencies of them stay in the cache

_KERNEL_1D = np.kron(KERNEL, np.eye(3))  # (4 frequencies · 3 taps, 3 × 3)
_SPREAD_1D = np.repeat(SPREAD, 3)


def forward(x: Array, w: Array, bias: Array | None, windows: Windows) -> Array | None:
    """y = x ⋆ w + bias.  -> (N, H', W', O), or None where that is not finite"""
    channels, out = x.shape[-1], w.shape[0]
    y = _workspace.lend((x.shape[0], *windows.places(x.shape[1:3]), out), x.dtype)
    frame = _frame(x, windows.padding, y)
    u = _transform_kernel(w)
    offset = None if bias is None else np.tile(bias, _row(x, frame))

    def compute(part: Sequence[Block]) -> bool:
        padded = Padded(x, frame, count(part[0][0]), "padded")
        for images, rows in part:
            z, grid = _frequencies(padded.load(images)[:, 2 * rows.start : 2 * rows.stop + 2])
            places = z.shape[1] - 2
            m = _workspace.empty((4, places, out), x.dtype, "winograd m")
            numbers = z.reshape(4, -1)
            for first in range(3):
                third = m[:, first::3]
                start, stop = first * channels, (first + 3 * third.shape[1]) * channels
                by_rows(numbers[:, start:stop].reshape(4, -1, 3 * channels), u, third)
            target = y[images, 2 * rows.start : 2 * rows.stop]
            _output(m.reshape(4, *grid, -1), offset, target)
            if not finite(target):
                return False
        return True

    found = _threads.deal(_plan(x, frame, y), compute, _time(y, channels))
    return y if all(found) else None


def weight_gradient(x: Array, g: Array, windows: Windows) -> Array | None:
    """dw.  -> (O, C, 3, 3), or None where that is not finite. Each thread sums its blocks by itself."""
    channels, out = x.shape[-1], g.shape[-1]
    frame = _frame(x, windows.padding, g)
    even = np.pad(g, ((0, 0), (0, 1), (0, 0), (0, 0))) if g.shape[1] % 2 else g
    plan = _plan(x, frame, g)
    largest = tuple(map(count, plan[0]))

    def compute(part: Sequence[Block]) -> Array:
        buffer = _workspace.empty((4, *largest, _row(x, frame) * out), x.dtype, "winograd e")
        buffer[..., g.shape[2] * out :] = 0  # the windows that are passed over
        total = np.zeros((4, 3, out, channels), x.dtype)
        product = np.empty((4, out, channels), x.dtype)
        padded = Padded(x, frame, largest[0], "padded")
        for images, rows in part:
            z, (n, h) = _frequencies(padded.load(images)[:, 2 * rows.start : 2 * rows.stop + 2])
            e = buffer[:, :n, :h]
            _spread(even[images, 2 * rows.start : 2 * rows.stop], e)
            places = z.shape[1] - 2
            given = e.reshape(4, places, out).swapaxes(1, 2)
            for tap in range(3):
                np.matmul(given, z[:, tap : tap + places], out=product)
                total[:, tap] += product
        return total

    total = _threads.summed(plan, compute, _time(g, channels))
    dw = np.empty((out, channels, 3, 3), x.dtype)
    gather = (_SPREAD_1D[:, None] * _KERNEL_1D).astype(x.dtype)
    np.matmul(total.reshape(12, -1).T, gather, out=dw.reshape(-1, 9))
    return dw if finite(dw) else None


def _frame(x: Array, padding: Pads, y: Array) -> Pads:
    """The padding below grown, so that the tiles cover whole pairs; that on the right without what the next row has
    on its left."""
    (top, _), (left, right) = padding
    shared = max(0, min(left, right, 2))
    return (top, 2 * tiles(y.shape[1]) + 2 - x.shape[1] - top), (left, right - shared)


def _row(x: Array, frame: Pads) -> int:
    """P."""
    return x.shape[2] + sum(frame[1])


def _plan(x: Array, frame: Pads, y: Array) -> list[Block]:
    """Blocks of whole images, or of strips of an image's pairs of rows, that suit the cache and the products."""
    channels, out = x.shape[-1], y.shape[-1]
    places = min(BLOCK // (channels + out), SMALL // (channels * out))
    return blocks(len(y), tiles(y.shape[1]), _row(x, frame), _threads.at_a_time(places))


def _time(y: Array, channels: int) -> float:
    """About how many µs it takes in one thread."""
    return y.size * channels / 1e4


def _frequencies(p: Array) -> tuple[Array, tuple[int, int]]:
    """Bᵀ along the height, (n, 2h + 2, P, C) -> (4, n·h·P + 2, C), the last two places zero; and (n, h)."""
    n, height, row, channels = p.shape
    h = height // 2 - 1
    places = n * h * row
    z = _workspace.empty((4, places + 2, channels), p.dtype, "winograd z")
    z[:, places:] = 0
    p = p.reshape(n, height, -1)
    difference(p[:, 0:-2:2], p[:, 1:-2:2], p[:, 2::2], p[:, 3::2], z[:, :places].reshape(4, n, h, -1))
    return z, (n, h)


def _output(m: Array, offset: Array | None, y: Array) -> None:
    """Aᵀ along the height; overwrites m.  (4, n, h, P·O) -> y (n, 2h, W', O), or a row less where odd"""
    if offset is not None:
        m[1] += offset  # the one frequency that enters both outputs with weight 1
    y = y.reshape(*y.shape[:2], -1)
    even, odd = y[:, 0::2], y[:, 1::2]
    high, size = odd.shape[1:]
    m[0] += m[1]
    m[1] -= m[2]
    np.add(m[0, ..., :size], m[2, ..., :size], out=even)
    np.subtract(m[1, :, :high, :size], m[3, :, :high, :size], out=odd)


def _spread(g: Array, e: Array) -> None:
    """A along the height but for its sign, g0, g0 + g1, g0 − g1, g1.  (n, 2h, W', O) -> e (4, n, h, P·O)"""
    g = g.reshape(*g.shape[:2], -1)
    even, odd = g[:, 0::2], g[:, 1::2]
    e = e[..., : g.shape[-1]]
    e[0] = even
    np.add(even, odd, out=e[1])
    np.subtract(even, odd, out=e[2])
    e[3] = odd


def _transform_kernel(w: Array) -> Array:
    """G w along the height.  -> (4, 3·C, O)"""
    out, channels = w.shape[:2]
    taps = w.transpose(2, 3, 1, 0).reshape(9, channels * out)
    u = _workspace.empty((4, 3 * channels, out), w.dtype, "winograd u")
    np.matmul(_KERNEL_1D.astype(w.dtype), taps, out=u.reshape(12, -1))
    return u
