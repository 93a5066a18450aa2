"""What is normalised together: x seen as N examples × G groups × D channels of a group × S places.

A cell is a group of one example, D · S values, or of the whole batch, N · D · S values. Statistics are
(N, G), or (1, G) over a batch; weights are (G, D). Sums run along rows of memory as products with ones and
as `np.vecdot`, down columns as products with ones; pieces are added up in float64.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from refnn.autograd.op import Array
from refnn.ops import _threads, _workspace
from refnn.ops._memory_format import channels_first, channels_last, is_channels_last

__all__ = ["Block", "Cells", "Form"]

_BLOCK = 1 << 17  # values of a block: fewer cost more in calls than they save in the cache
_PIECE = 4096  # values that float32 adds up


class Form(NamedTuple):
    """How x (*N, *C, *S) is divided into cells.

    Attributes:
        start, stop: x.shape[start:stop] are the channels.
        groups: into how many groups of neighbours they fall; None: each is its own.
        batch: whether a cell reaches over all examples.
        centred: whether the mean is subtracted.
        constant: whether a cell without variance, and eps 0, gives 0; else NaN.
        ordered: whether the result keeps channels-last memory.
        node: what torch prints for the forward pass.
    """

    start: int
    stop: int
    groups: int | None
    batch: bool
    node: str
    centred: bool = True
    constant: bool = False
    ordered: bool = False

    def sizes(self, shape: tuple[int, ...]) -> tuple[int, int, int, int]:
        """(N, G, D, S)."""
        channels = math.prod(shape[self.start : self.stop])
        groups = channels if self.groups is None else self.groups
        depth = channels // groups if groups else 1
        return math.prod(shape[: self.start]), groups, depth, math.prod(shape[self.stop :])


class Block(NamedTuple):
    """Some cells, or a part of cells that reach over the batch: where its values, statistics and weights are."""

    values: tuple[slice, ...]
    cells: tuple[slice, slice]
    groups: slice


_ALL = slice(None)


class Cells:
    """How the values of an x lie in memory: (N, G, D, S), or with the channels last (N, S, G, D).

    Attributes:
        last: channels last, which is also the case where S is 1.
        rows: each example is one cell and one row of memory.
        count: the number of values in a cell.
    """

    def __init__(self, x: Array, form: Form) -> None:
        n, g, d, s = form.sizes(x.shape)
        self.x_shape = x.shape
        self.moved = form.ordered and not x.flags.c_contiguous and is_channels_last(x)
        self.last = self.moved or s == 1
        self.joined = self.last and form.batch  # examples and places are alike
        self.batch = form.batch
        self.rows = s == 1 and g == 1 and not form.batch
        self.columns = self.joined or (self.last and s > 1)  # sums over places run down columns
        self.shape = (n, g, d, s)
        if self.last:
            self.shape = (1, n * s, g, d) if self.joined else (n, s, g, d)
        self.statistics = (1 if form.batch else n, g)
        self.weights = (g, d)
        self.count = d * s * (n if form.batch else 1)

    # Memory

    def of(self, array: Array) -> Array:
        """The values of an array of x's shape; without a copy where it lies in memory as x does."""
        return (channels_last(array) if self.moved else array).reshape(self.shape)

    def empty(self, dtype: Any) -> tuple[Array, Array]:
        """A new array of x's shape, and its values."""
        if self.moved:
            stored = _workspace.lend((self.x_shape[0], *self.x_shape[2:], self.x_shape[1]), dtype)
            return channels_first(stored), stored.reshape(self.shape)
        array = _workspace.lend(self.x_shape, dtype)
        return array, array.reshape(self.shape)

    def blocks(self) -> list[Block]:
        """All values, in blocks of about _BLOCK."""
        size, block = math.prod(self.shape), _threads.at_a_time(_BLOCK, 4)
        if not self.shape[0]:
            return []
        if self.joined:
            step = max(1, block // max(1, self.shape[2]))
            return [Block((_ALL, part), (_ALL, _ALL), _ALL) for part in _parts(self.shape[1], step)]
        n, g = self.shape[0], self.weights[0]
        step, width = max(1, block // max(1, size // n)), g
        if step == 1 and not self.last:
            width = max(1, block // max(1, size // max(1, n * g)))
        pairs = [(i, j) for i in _parts(n, step) for j in _parts(g, width)]
        if self.last:
            return [Block((i, _ALL, j), (i, j), j) for i, j in pairs]
        return [Block((i, j), (_ALL if self.batch else i, j), j) for i, j in pairs]

    # Broadcasting

    def spread(self, statistic: Array) -> Array:
        """(N, G), to be broadcast to values."""
        return statistic[:, None, :, None] if self.last else statistic[:, :, None, None]

    def scales(self, statistic: Array, weight: Array | None) -> Array:
        """statistic · weight, to be broadcast to values."""
        if weight is None:
            return self.spread(statistic)
        products = statistic[:, :, None] * weight
        return products[:, None] if self.last else products[..., None]

    # Sums

    def channel_sums(self, v: Array) -> Array:
        """Σ over places: (N, G, D). The values themselves where there is one place."""
        if self.columns:
            return _column_sums(v)
        n, g, d = (v.shape[0], *v.shape[2:]) if self.last else v.shape[:3]
        return v.reshape(n, g, d) if self.last else _row_sums(v.reshape(n * g * d, v.shape[3])).reshape(n, g, d)

    def channel_dots(self, v: Array, u: Array) -> Array:
        """Σ v u over places: (N, G, D)."""
        if self.last:
            product = np.multiply(v, u, out=_workspace.empty(v.shape, v.dtype, "cells product"))
            return self.channel_sums(product)
        n, g, d, s = v.shape
        return _row_dots(v.reshape(n * g * d, s), u.reshape(n * g * d, s)).reshape(n, g, d)

    def cell_sums(self, v: Array) -> Array:
        """Σ over places and the channels of a group: (N, G)."""
        if self.columns:
            return np.add.reduce(_column_sums(v), 2)
        n, g, width = self._rows(v)
        return _row_sums(v.reshape(n * g, width)).reshape(n, g)

    def cell_dots(self, v: Array, u: Array) -> Array:
        """Σ v u over places and the channels of a group: (N, G)."""
        if self.columns:
            return np.add.reduce(self.channel_dots(v, u), 2)
        n, g, width = self._rows(v)
        return _row_dots(v.reshape(n * g, width), u.reshape(n * g, width)).reshape(n, g)

    def _rows(self, v: Array) -> tuple[int, int, int]:
        """(N, G, values of a cell), each cell being a row of memory."""
        n, second, third, fourth = v.shape
        return (n, third, fourth) if self.last else (n, second, third * fourth)


def _parts(size: int, step: int) -> list[slice]:
    return [slice(k, min(k + step, size)) for k in range(0, size, step)]


def _row_sums(a: Array) -> Array:
    """(R, K) -> (R,)"""
    ones = np.ones(min(a.shape[1], _PIECE), a.dtype)
    if a.shape[1] <= _PIECE:
        return np.asarray(a @ ones)
    total = np.zeros(len(a))
    for part in _parts(a.shape[1], _PIECE):
        piece = a[:, part]
        total += piece @ ones[: piece.shape[1]]
    return total


def _row_dots(a: Array, b: Array) -> Array:
    """(R, K), (R, K) -> (R,)"""
    if a.shape[1] <= _PIECE:
        return np.asarray(np.vecdot(a, b))
    total = np.zeros(len(a))
    for part in _parts(a.shape[1], _PIECE):
        total += np.vecdot(a[:, part], b[:, part])
    return total


def _column_sums(v: Array) -> Array:
    """(N, S, G, D) -> (N, G, D)"""
    n, s, g, d = v.shape
    columns = v.reshape(n, s, g * d)
    total = np.zeros((n, 1, g * d))
    for part in _parts(s, _PIECE):
        piece = columns[:, part]
        total += np.ones((1, piece.shape[1]), v.dtype) @ piece
    return total.reshape(n, g, d)
