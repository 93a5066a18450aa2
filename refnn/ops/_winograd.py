"""3 × 3 convolution, stride 1, by Winograd's minimal filtering F(2×2, 3×3).

Four outputs from a 4 × 4 tile d of the image take 16 products instead of 36:

    y = Aᵀ [ (G w Gᵀ) ∘ (Bᵀ d B) ] A

          ⎡ 1  0 −1  0 ⎤        ⎡ 1   0   0 ⎤         ⎡ 1  1  1  0 ⎤
    Bᵀ =  ⎢ 0  1  1  0 ⎥    G = ⎢ ½   ½   ½ ⎥    Aᵀ = ⎣ 0  1 −1 −1 ⎦
          ⎢ 0 −1  1  0 ⎥        ⎢ ½  −½   ½ ⎥
          ⎣ 0  1  0 −1 ⎦        ⎣ 0   0   1 ⎦

Summed over channels, each of the 16 products is a matrix product over all tiles. The transforms are
separable, a few additions over whole rows: along the width first, then along the height. The weight's
gradient is the transpose: Gᵀ [ Σ (Bᵀ d B) ∘ (A g Aᵀ) ] G.

An infinity or a NaN would spread over its tile (∞ − ∞), so a result that is not finite is reported as
None, and the caller takes the plain path.

Error against float64, relative to the largest output: that of the direct sum. (F(4×4, 3×3) needs fewer
products and loses a digit.) Source: Lavin and Gray, Fast Algorithms for Convolutional Neural Networks, 2016.

Shapes: x (N, H, W, C), w (O, C, 3, 3), g and y (N, H', W', O); n images and h rows of w tiles in a block.
"""

from __future__ import annotations

import math
from functools import reduce

import numpy as np

from refnn.autograd.op import Array
from refnn.ops import _threads, _workspace
from refnn.ops._windows import Block, Dims, Padded, Pads, Windows, blocks

MIN_CHANNELS = 16  # from which the transforms pay
MIN_PLACES = 256  # of the output, from which it pays to transform the kernel
BLOCK = 1 << 15  # tiles · channels at a time: four frequencies of them stay in the cache

KERNEL = np.array([[1, 0, 0], [0.5, 0.5, 0.5], [0.5, -0.5, 0.5], [0, 0, 1]])  # G
SPREAD = np.array([1, 1, 1, -1])  # signs of A that `_spread_…` leave out
_KERNEL_2D = np.einsum("ia,jb->jiab", KERNEL, KERNEL).reshape(16, 9)  # width's frequency first
_SPREAD_2D = np.outer(SPREAD, SPREAD).reshape(16)


def applies(places: int, channels: int, out: int, windows: Windows, groups: int, dtype: np.dtype) -> bool:
    """Whether this, or _winograd_rows.py for few channels, is quicker than columns."""
    return (
        windows.kernel == (3, 3)
        and windows.dense
        and groups == 1
        and places >= MIN_PLACES
        and min(channels, out) >= MIN_CHANNELS
        and dtype in (np.float32, np.float64)
    )


def forward(x: Array, w: Array, bias: Array | None, windows: Windows) -> Array | None:
    """y = x ⋆ w + bias.  -> (N, H', W', O), or None where that is not finite"""
    channels, out = x.shape[-1], w.shape[0]
    y = _workspace.lend((x.shape[0], *windows.places(x.shape[1:3]), out), x.dtype)
    frame = _frame(x.shape, windows.padding, y.shape)

    def compute(images: slice, outs: slice, u: Array) -> bool:
        plan = _plan(images, y.shape, max(channels, out))
        padded = Padded(x, frame, count(plan[0][0]), "padded")
        part = u.shape[-1]
        for some, rows in plan:
            z = _columns(padded.load(some)[:, 2 * rows.start : 2 * rows.stop + 2])
            grid = (count(some), count(rows), z.shape[3])
            v = _workspace.empty((4, *grid, channels), x.dtype, "winograd v")
            m = _workspace.empty((4, *grid, part), x.dtype, "winograd m")
            s = _workspace.empty((4, 2, *grid, part), x.dtype, "winograd s")
            for j in range(4):
                _rows(z[j], v)
                np.matmul(v.reshape(4, -1, channels), u[j], out=m.reshape(4, -1, part))
                if j == 1 and bias is not None:
                    m[1] += bias[outs]  # the one frequency that enters all four outputs with weight 1
                _output_rows(m, s[j])
            target = y[some, 2 * rows.start : 2 * rows.stop, :, outs]
            _output_columns(s, target)
            if not finite(target):
                return False
        return True

    time = _time(y.size * channels)
    if _by_channels(y.shape):
        found = _threads.deal_range(out, lambda outs: compute(slice(0, len(x)), outs, _transform_kernel(w[outs])), time)
    else:
        u = _transform_kernel(w)
        found = _threads.deal_range(len(x), lambda images: compute(images, slice(0, out), u), time)
    return y if all(found) else None


def weight_gradient(x: Array, g: Array, windows: Windows) -> Array | None:
    """dw.  -> (O, C, 3, 3), or None where that is not finite. Each thread sums its images by itself."""
    channels, out = x.shape[-1], g.shape[-1]
    frame = _frame(x.shape, windows.padding, g.shape)
    even = _even(g)

    def compute(images: slice, outs: slice) -> Array:
        plan = _plan(images, g.shape, max(channels, out))
        part = count(outs)
        total = np.zeros((4, 4, part, channels), x.dtype)
        product = np.empty((4, part, channels), x.dtype)
        padded = Padded(x, frame, count(plan[0][0]), "padded")
        for some, rows in plan:
            z = _columns(padded.load(some)[:, 2 * rows.start : 2 * rows.stop + 2])
            e = _spread_columns(even[some, 2 * rows.start : 2 * rows.stop, :, outs])
            grid = (count(some), count(rows), z.shape[3])
            v = _workspace.empty((4, *grid, channels), x.dtype, "winograd v")
            m = _workspace.empty((4, *grid, part), x.dtype, "winograd m")
            for j in range(4):
                _rows(z[j], v)
                _spread_rows(e[j], m)
                np.matmul(m.reshape(4, -1, part).transpose(0, 2, 1), v.reshape(4, -1, channels), out=product)
                total[j] += product
        return total

    time = _time(g.size * channels)
    if _by_channels(g.shape):
        parts = _threads.deal_range(out, lambda outs: compute(slice(0, len(x)), outs), time)
        total = np.concatenate(parts, 2)
    else:
        total = reduce(np.add, _threads.deal_range(len(x), lambda images: compute(images, slice(0, out)), time))
    dw = np.empty((out, channels, 3, 3), x.dtype)
    np.matmul(total.reshape(16, -1).T, (_SPREAD_2D * _KERNEL_2D.T).astype(x.dtype).T, out=dw.reshape(-1, 9))
    return dw if finite(dw) else None


def _by_channels(places: Dims) -> bool:
    """Whether threads share the channels of an output (N, H', W', O) rather than its images: there are fewer tiles
    than channels, and products of few rows spend their time on reading the kernel."""
    return places[0] < _threads.count() or places[0] * tiles(places[1]) * tiles(places[2]) < places[3]


def tiles(size: int) -> int:
    return (size + 1) // 2


def count(part: slice) -> int:
    return part.stop - part.start


def _time(products: int) -> float:
    """About how many µs it takes in one thread, where the plain sum has 9 times so many products."""
    return products / 1e4


def _plan(images: slice, places: Dims, depth: int) -> list[Block]:
    """Blocks of whole images, or of strips of an image's rows of tiles, of about BLOCK tiles · channels."""
    high, wide = tiles(places[1]), tiles(places[2])
    cut = blocks(count(images), high, wide * depth, _threads.at_a_time(BLOCK))
    return [(slice(images.start + some.start, images.start + some.stop), rows) for some, rows in cut]


def _frame(shape: Dims, padding: Pads, places: Dims) -> Pads:
    """The padding to the right and below grown, so that the tiles cover whole pairs."""
    axes = zip(shape[1:3], padding, places[1:3], strict=True)
    return tuple((lo, 2 * tiles(n) + 2 - size - lo) for size, (lo, _), n in axes)


def _even(g: Array) -> Array:
    """g with an even number of rows and columns: zeros appended."""
    height, width = g.shape[1:3]
    if height % 2 == 0 and width % 2 == 0:
        return g
    return np.pad(g, ((0, 0), (0, height % 2), (0, width % 2), (0, 0)))


def _columns(p: Array) -> Array:
    """Bᵀ along the width.  (n, 2h + 2, 2w + 2, C) -> (4, n, 2h + 2, w, C)"""
    n, height, width, channels = p.shape
    even, odd = p[:, :, 0::2], p[:, :, 1::2]
    z = _workspace.empty((4, n, height, width // 2 - 1, channels), p.dtype, "winograd z")
    difference(even[:, :, :-1], odd[:, :, :-1], even[:, :, 1:], odd[:, :, 1:], z)
    return z


def _rows(z: Array, v: Array) -> None:
    """Bᵀ along the height.  (n, 2h + 2, w, C) -> v (4, n, h, w, C)"""
    difference(z[:, 0:-2:2], z[:, 1:-2:2], z[:, 2::2], z[:, 3::2], v)


def difference(d0: Array, d1: Array, d2: Array, d3: Array, out: Array) -> None:
    """Bᵀ d."""
    np.subtract(d0, d2, out=out[0])
    np.add(d1, d2, out=out[1])
    np.subtract(d2, d1, out=out[2])
    np.subtract(d1, d3, out=out[3])


def _output_rows(m: Array, s: Array) -> None:
    """Aᵀ along the height.  (4, n, h, w, O) -> s (2, n, h, w, O)"""
    np.add(m[1], m[2], out=s[0])
    s[0] += m[0]
    np.subtract(m[1], m[2], out=s[1])
    s[1] -= m[3]


def _output_columns(s: Array, y: Array) -> None:
    """Aᵀ along the width; overwrites s.  (4, 2, n, h, w, O) -> y (n, 2h, 2w, O), or one less where odd"""
    s[0] += s[1]
    s[1] -= s[2]
    for a in (0, 1):
        even, odd = y[:, a::2, 0::2], y[:, a::2, 1::2]
        high, wide = odd.shape[1:3]
        np.add(s[0, a, :, :high], s[2, a, :, :high], out=even)
        np.subtract(s[1, a, :, :high, :wide], s[3, a, :, :high, :wide], out=odd)


def _spread_columns(g: Array) -> list[Array]:
    """A along the width, g0, g0 + g1, g0 − g1, g1.  (n, 2h, 2w, O) -> 4 × (n, 2h, w, O)"""
    n, height, width, out = g.shape
    even, odd = g[:, :, 0::2], g[:, :, 1::2]
    inner = _workspace.empty((2, n, height, width // 2, out), g.dtype, "winograd g")
    np.add(even, odd, out=inner[0])
    np.subtract(even, odd, out=inner[1])
    return [even, inner[0], inner[1], odd]


def _spread_rows(e: Array, m: Array) -> None:
    """A along the height.  (n, 2h, w, O) -> m (4, n, h, w, O)"""
    even, odd = e[:, 0::2], e[:, 1::2]
    m[0] = even
    np.add(even, odd, out=m[1])
    np.subtract(even, odd, out=m[2])
    m[3] = odd


def finite(a: Array) -> bool:
    """No NaN or infinity in a dense array. (Also False where the sum of squares overflows: harmless.)"""
    flat = a.reshape(-1)
    return math.isfinite(np.dot(flat, flat))


def _transform_kernel(w: Array) -> Array:
    """G w Gᵀ, width's frequency first.  -> (4, 4, C, O), a view

    A product over w as it lies in memory: a copy of large weights in another order would take longer than the
    product. The kernel that carries gradients back is a view, its taps reversed and its channels exchanged, so G is
    reversed instead and the result's channels are exchanged.
    """
    kernel = _KERNEL_2D.astype(w.dtype)
    if w.strides[-1] < 0:
        w, kernel = w[..., ::-1, ::-1], kernel[:, ::-1]
    exchanged = w.strides[0] < w.strides[1]
    if exchanged:
        w = w.swapaxes(0, 1)
    u: Array = (kernel @ w.reshape(-1, 9).T).reshape(4, 4, *w.shape[:2])
    return u if exchanged else u.swapaxes(-1, -2)
