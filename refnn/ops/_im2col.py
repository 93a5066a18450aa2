"""Convolution as matrix products over columns: any rank, stride, padding, dilation, groups.

A column holds what one window sees: *K taps of Cg = C / G channels. Only as many columns as fit in the
cache are made at a time, in one buffer that is used again and again; columns of the whole batch at once
take more than twice as long.

Two layouts, chosen by the number of channels and of places (see `_first`):

- channels last: T × (*K, Cg), copied in runs of Cg or more numbers;
- channels first: (Cg, *K) × T, copied in runs along the last spatial dimension; for few channels, where the
  runs of the other layout would be short, and for few places, where it takes longer to bring the kernel into the
  other order than the columns.

Shapes: x (N, *S, C), g and y (N, *L, O), w (O, Cg, *K); C = G Cg and O = G Og; T = n·L columns in a block.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from refnn.autograd.op import Array
from refnn.ops import _pieces, _threads, _workspace
from refnn.ops._windows import (
    Block,
    Dims,
    Padded,
    Windows,
    blocks,
    image_stack,
    interior,
    scratch,
    tap_slices,
    window_view,
)

BLOCK = 1 << 20  # bytes of columns at a time: they stay in the cache until the product has read them
LARGE_BLOCK = 1 << 22
PRODUCTS = 5e4  # multiply-adds in a µs of one thread, about,
NUMBERS = 2e3  # and numbers copied
FEW_PLACES = 256  # of outputs
FEW_CHANNELS = 4  # up to here columns are channels first,
FEW_GROUPED_CHANNELS = 16  # and up to here in each of several groups;
FEW_COLUMNS = 0.5  # or if there are up to so many for each output,
FEW_COLUMNS_ADDED = 0.1  # and for columns of x's gradient, which are added up


class Columns(NamedTuple):
    """Columns of some rows (of the first spatial dimension of the output) of some images."""

    images: slice
    rows: slice
    matrix: Array  # (G, T, Cg·K)


def _few_channels(channels: int, groups: int) -> bool:
    """Whether columns of `channels` channels in each group are always made channels first."""
    return channels <= (FEW_CHANNELS if groups == 1 else FEW_GROUPED_CHANNELS)


def _first(channels: int, groups: int, kernel: Dims, y: Array, few: float) -> bool:
    """Whether columns for an output y (N, *L, O) are made channels first."""
    few_places = groups == 1 and math.prod(kernel) > 1 and y.size <= few * y.shape[-1] ** 2
    return few_places or _few_channels(channels, groups)


def scatters_faster(places: int, w: Array, groups: int) -> bool:
    """For stride 1, whether `input_gradient` beats `forward` with the turned kernel: it adds K · Cg columns
    for each place, where the other copies K · Og. To turn a kernel takes long if there are few places."""
    channels, out = w.shape[1], w.shape[0] // groups
    return places < FEW_PLACES or (4 if _few_channels(channels, groups) else 2) * channels <= out


def matrix(w: Array, groups: int, first: bool) -> Array:
    """w (O, Cg, *K) as (G, Cg·K, Og), its rows in the order of the columns.

    In memory each output's numbers stay together: taking them apart costs ten times the time for large kernels.
    """
    out, channels, *kernel = w.shape
    w = w.reshape(groups, out // groups, channels, math.prod(kernel))
    if first and _few_channels(channels, groups):
        return np.ascontiguousarray(w.transpose(0, 2, 3, 1)).reshape(groups, -1, out // groups)
    if first:
        return w.reshape(groups, out // groups, -1).swapaxes(1, 2)
    return np.ascontiguousarray(w.swapaxes(2, 3)).reshape(groups, out // groups, -1).swapaxes(1, 2)


def by_group(block: Array, groups: int) -> Array:
    """(n, …, C), dense, as (G, T, Cg) over the same memory."""
    return block.reshape(-1, groups, block.shape[-1] // groups).transpose(1, 0, 2)


def forward(x: Array, w: Array, bias: Array | None, windows: Windows, groups: int) -> Array:
    """y = columns · w + bias.  -> (N, *L, O)

    For few channels, equal windows give equal results to the last bit: in the flat background of an image
    pooling then sees ties. Where BLAS sums in an order that depends on the place, which is found out by
    trying, the sums are float64 and rounded once.
    """
    places = windows.places(x.shape[1:-1])
    y = _workspace.lend((x.shape[0], *places, w.shape[0]), x.dtype)
    first = _first(w.shape[1], groups, windows.kernel, y, FEW_COLUMNS)
    wide, sums_bytes = x.dtype, 0
    plan = _plan(x, windows, wide.itemsize, w.nbytes)
    few = _few_channels(w.shape[1], groups) and not windows.pointwise
    if few and not all(_impartial(*form) for form in _forms(plan, places, w, groups)):
        wide = np.result_type(x.dtype, np.float64)
        sums_bytes = w.shape[0] * wide.itemsize
        plan = _plan(x, windows, wide.itemsize, w.nbytes, sums_bytes)

    def compute(part: Sequence[Block], outs: slice, product: Array) -> None:
        for images, rows, columns in _columns_of(x, windows, groups, first, part, wide):
            target = y[images, rows, ..., outs]
            if wide == x.dtype and not first:
                _pieces.by_rows(columns, product, by_group(target, groups))
            elif wide == x.dtype:
                np.matmul(columns, product, out=by_group(target, groups))
            else:
                sums = _workspace.empty((groups, columns.shape[1], product.shape[-1]), wide, "sums")
                np.copyto(by_group(target, groups), np.matmul(columns, product, out=sums), casting="same_kind")
            if bias is not None:
                target += bias[outs]

    def laid(w: Array, groups: int) -> Array:
        product = matrix(w, groups, first).astype(wide, copy=False)
        return product if first else _pieces.right(product)

    time = _time(y, w[0].size)
    if _by_channels(plan, y, groups):
        _threads.deal_range(len(w), lambda outs: compute(plan, outs, laid(w[outs], 1)), time)
    else:
        product = laid(w, groups)
        _threads.deal(plan, lambda part: compute(part, slice(None), product), time)
    return y


def _by_channels(plan: Sequence[Any], y: Array, groups: int) -> bool:
    """Whether threads share the channels of the result rather than the blocks: there are few, or few places, and
    the time goes into reading the kernel."""
    few = len(plan) < _threads.count() or y.size < y.shape[-1] ** 2
    return few and groups == 1


def _forms(plan: list[Block], places: Dims, w: Array, groups: int) -> set[tuple[int, int, int, np.dtype[Any]]]:
    """What the products of the blocks of a plan are like: (T, Cg·K, Og, dtype)."""
    row = math.prod(places[1:])
    counts = {(images.stop - images.start) * (rows.stop - rows.start) * row for images, rows in plan}
    return {(count, w[0].size, len(w) // groups, w.dtype) for count in counts}


@lru_cache(maxsize=1024)
def _impartial(count: int, depth: int, out: int, dtype: np.dtype[Any]) -> bool:
    """Whether BLAS gives the same for `count` equal columns, all of them, to the last bit."""
    if dtype.kind not in "fc" or dtype == np.float64 or dtype == np.complex128:
        return True
    column = np.cos(np.arange(1.0, depth + 1)).astype(dtype)
    weights = np.sin(np.arange(1.0, depth * out + 1)).astype(dtype).reshape(depth, out)
    y = np.repeat(column[:, None], count, 1).T @ weights
    return bool((y == y[0]).all())


def weight_gradient(x: Array, g: Array, windows: Windows, groups: int) -> Array:
    """dw = Σ gᵀ · columns.  -> (O, Cg, *K); g must be dense. Each thread sums its images by itself."""
    channels, out = x.shape[-1] // groups, g.shape[-1] // groups
    first = _first(channels, groups, windows.kernel, g, FEW_COLUMNS)
    long = _few_channels(channels, groups)
    depth = channels * math.prod(windows.kernel)

    def compute(part: Sequence[Block], outs: slice) -> Array:
        total: Any = None
        for images, rows, columns in _columns_of(x, windows, groups, first, part):
            given = by_group(g[images, rows], groups)[..., outs]
            if long:  # columns are long and few: better the rows of the product than its columns
                product = (columns.swapaxes(1, 2) @ given).swapaxes(1, 2)
            else:
                sizes = (groups, given.shape[2], depth)
                whole = _workspace.lend if total is None else scratch("product")
                product = np.matmul(given.swapaxes(1, 2), columns, out=whole(sizes, x.dtype))
            total = product if total is None else np.add(total, product, out=total)
        return np.asarray(total)

    plan, time = _plan(x, windows, x.itemsize, out * depth * x.itemsize), _time(g, depth)
    if _by_channels(plan, g, groups):
        total = np.concatenate(_threads.deal_range(out, lambda outs: compute(plan, outs), time), 1)
    else:
        total = _threads.summed(plan, lambda part: compute(part, slice(None)), time)
    shape = (groups * out, channels, *windows.kernel)
    if first:
        return np.ascontiguousarray(total).reshape(shape)
    dw = _workspace.lend(shape, x.dtype)
    np.copyto(dw.reshape(groups, out, channels, -1), total.reshape(groups, out, -1, channels).swapaxes(2, 3))
    return dw


def input_gradient(g: Array, w: Array, size: Dims, windows: Windows, groups: int) -> Array:
    """dx: g · wᵀ gives columns, and each tap of them is added where its window saw x.  -> (N, *S, C)"""
    first = _first(w.shape[1], groups, windows.kernel, g, FEW_COLUMNS_ADDED)
    channels = w.shape[1] * groups
    inside_x, inside_p = interior(windows.padding, size)
    make: Any = np.zeros if windows.crops else _workspace.lend
    dx = image_stack(make, g.shape[0], size, channels, _few_channels(w.shape[1], groups), g.dtype)

    def compute(part: Sequence[tuple[slice, Iterable[Block]]], some: slice, product: Array) -> None:
        depth = len(range(channels)[some])
        for images, strips in part:
            n = images.stop - images.start
            p = image_stack(scratch("padded"), n, windows.padded_size(size), depth, first, g.dtype)
            p[...] = 0
            for _, rows in strips:
                given = g[images, rows]
                taps = _taps(given, product, windows.kernel, first)
                _add_taps(p, taps, windows, rows.start, given.shape[1:-1])
            dx[(images, *inside_x, some)] = p[(slice(None), *inside_p)]

    row_bytes = w[0].size * groups * w.itemsize * math.prod(g.shape[2:-1])
    cut = blocks(g.shape[0], g.shape[1], row_bytes, _threads.at_a_time(_budget(w.nbytes)))
    plan = [(images, list(strips)) for images, strips in itertools.groupby(cut, lambda block: block[0])]
    time = _time(g, w[0].size)
    if _by_channels(plan, g, groups):
        _threads.deal_range(channels, lambda some: compute(plan, some, matrix(w[:, some], 1, first)), time)
    else:
        product = matrix(w, groups, first)
        _threads.deal(plan, lambda part: compute(part, slice(None), product), time)
    return dx


def _taps(g: Array, product: Array, kernel: Dims, first: bool) -> Array:
    """The columns g · wᵀ as (n, *L, *K, G, Cg)."""
    groups, depth, _ = product.shape
    rows = by_group(g, groups)  # (G, T, Og)
    places, d = g.shape[:-1], len(kernel)
    if first:
        columns = _workspace.empty((groups, depth, rows.shape[1]), g.dtype, "columns")
        np.matmul(product, rows.transpose(0, 2, 1), out=columns)
        taps = columns.reshape(groups, -1, *kernel, *places)
        return taps.transpose(*range(d + 2, 2 * d + 3), *range(2, d + 2), 0, 1)
    columns = _workspace.empty((groups, rows.shape[1], depth), g.dtype, "columns")
    np.matmul(rows, product.transpose(0, 2, 1), out=columns)
    return np.moveaxis(columns.reshape(groups, *places, *kernel, -1), 0, -2)


def _add_taps(p: Array, taps: Array, windows: Windows, first_row: int, places: Dims) -> None:
    """p[n, place of tap k in window l] += taps[n, l, k] for windows from row `first_row` on."""
    p = p.reshape(*p.shape[:-1], *taps.shape[-2:])[:, first_row * windows.stride[0] :]
    lead = (slice(None),) * (1 + len(places))
    for tap in itertools.product(*map(range, windows.kernel)):
        p[(slice(None), *tap_slices(windows, tap, places))] += taps[lead + tap]


def _budget(kernel_bytes: int) -> int:
    """Bytes of columns at a time. Each block reads the whole kernel: of a large one, there are to be few."""
    return max(BLOCK, min(kernel_bytes, LARGE_BLOCK))


def _plan(x: Array, windows: Windows, itemsize: int, kernel_bytes: int, more_bytes: int = 0) -> list[Block]:
    """Blocks whose columns, of numbers of `itemsize` bytes, fit in the cache; a place has `more_bytes` besides.

    Pointwise windows have no columns: all of x, or an image each.
    """
    count, places = x.shape[0], windows.places(x.shape[1:-1])
    if windows.pointwise and x.flags.c_contiguous:
        place_bytes = (x.shape[-1] + more_bytes) * itemsize
    elif windows.pointwise:
        return [(slice(n, n + 1), slice(0, places[0])) for n in range(count)]
    else:
        place_bytes = x.shape[-1] * math.prod(windows.kernel) * itemsize + more_bytes
    return blocks(count, places[0], place_bytes * math.prod(places[1:]), _budget(kernel_bytes))


def _time(y: Array, depth: int) -> float:
    """About how many µs it takes in one thread: for each number of y a sum, for each place a column."""
    places = y.size // max(1, y.shape[-1])
    return y.size * depth / PRODUCTS + (places * depth + y.size) / NUMBERS


def _columns_of(
    x: Array, windows: Windows, groups: int, first: bool, part: Sequence[Block], dtype: Any = None
) -> Iterator[Columns]:
    """The columns of x (in another dtype, if given), block by block; each is valid until the next is asked for."""
    if windows.pointwise:
        for images, rows in part:
            yield Columns(images, rows, _pointwise(x[images, rows], groups))
        return
    places = windows.places(x.shape[1:-1])
    images = part[0][0]
    padded = Padded(x, windows.padding, images.stop - images.start, "padded", first)
    for images, rows in part:
        view = window_view(padded.load(images), windows, places)
        yield Columns(images, rows, _columns(view[:, rows], groups, first, np.dtype(dtype or x.dtype)))


def _pointwise(x: Array, groups: int) -> Array:
    """Each place is its own column: x as it lies in memory, or of one image in any memory.  -> (G, T, Cg)"""
    if x.flags.c_contiguous:
        return by_group(x, groups)
    image = x[0].transpose(x.ndim - 2, *range(x.ndim - 2))  # (C, *S)
    return image.reshape(groups, image.shape[0] // groups, -1).transpose(0, 2, 1)


def _columns(view: Array, groups: int, first: bool, dtype: Any) -> Array:
    """Windows (n, *L, *K, C) copied into the column buffer.  -> (G, T, Cg·K)"""
    d = (view.ndim - 2) // 2
    channels = view.shape[-1]
    places, taps = view.shape[: d + 1], view.shape[d + 1 : -1]
    count, group = math.prod(places), channels // groups
    if first:
        columns = _workspace.empty((channels, *taps, *places), dtype, "columns")
        np.copyto(columns, view.transpose(2 * d + 1, *range(d + 1, 2 * d + 1), *range(d + 1)))
        return columns.reshape(groups, -1, count).transpose(0, 2, 1)
    columns = _workspace.empty((groups, *places, *taps, group), dtype, "columns")
    if groups == 1:
        np.copyto(columns[0], view)
    else:
        np.copyto(columns, np.moveaxis(view.reshape(*places, *taps, groups, group), -2, 0))
    return columns.reshape(groups, count, -1)
