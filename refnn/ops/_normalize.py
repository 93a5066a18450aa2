"""The kernels of normalisation, over cells of any form: forward, with given statistics, and backward.

y = (x − m) r w + b is computed as x · (r w) + (b − m r w). Where there is one value for each product r w, as
in layer normalisation, the products are an outer product, and BLAS makes it, and the shift with it, in one
matrix product of inner size 2: four times as quick as broadcasting.

Sums of squares about 0, and products with x itself, lose digits where the mean is large against the
deviation; there the mean, or an approximation to it, is subtracted first.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np

from refnn.autograd.op import Array
from refnn.ops import _threads, _workspace
from refnn.ops._cells import Block, Cells, Form

__all__ = ["backward", "forward", "given", "inverse_deviation"]

_NEAR = 4.0  # m² ≤ 4 σ²: the variance about 0 is at most 5 times as large as about m
FORWARD, BACKWARD = 1300.0, 700.0  # values in a µs of one thread, about


def inverse_deviation(var: Array, eps: float, form: Form) -> Array:
    """r = 1 / √(var + eps), float64."""
    r = 1 / np.sqrt(np.add(var, eps, dtype=np.float64))
    return np.where(var == 0, 0.0, r) if form.constant and eps == 0 else np.asarray(r)


# Forward ------------------------------------------------------------------------------------------------


def forward(x: Array, weight: Array | None, bias: Array | None, form: Form, eps: float) -> tuple[Array, ...]:
    """(y, m, var), the last two float32 or wider and of the cells' shape."""
    cells = Cells(x, form)
    v = cells.of(x)
    out, y = cells.empty(x.dtype)
    w, b = _of_weights(cells, weight), _of_weights(cells, bias)
    mean, var = np.zeros(cells.statistics, x.dtype), np.zeros(cells.statistics, x.dtype)
    if form.batch:
        exact, spread = _batch_moments(cells, v)
        mean[:], var[:], r = exact, spread, inverse_deviation(spread, eps, form)
        far = _is_far(mean, r)

    def compute(part: Sequence[Block]) -> None:
        for block in part:
            a, to = v[block.values], y[block.values]
            if form.batch:
                a, offset = _from_mean(cells, a, exact[block.cells], far)
                scale = r[block.cells]
            else:
                a, offset, mean[block.cells], exact_var = _moments(cells, a, form)
                var[block.cells], scale = exact_var, inverse_deviation(exact_var, eps, form)
            _apply(cells, a, offset, scale, _at(w, block), _at(b, block), to)

    _threads.deal(cells.blocks(), compute, v.size / FORWARD)
    return out, mean, var


def given(x: Array, weight: Array | None, bias: Array | None, mean: Array, var: Array, form: Form, eps: float) -> Array:
    """y, with statistics that are not x's."""
    cells = Cells(x, form)
    v = cells.of(x)
    out, y = cells.empty(x.dtype)
    w, b = _of_weights(cells, weight), _of_weights(cells, bias)
    mean, r = mean.reshape(cells.statistics), inverse_deviation(var.reshape(cells.statistics), eps, form)
    far = _is_far(mean, r)

    def compute(part: Sequence[Block]) -> None:
        for block in part:
            a, offset = _from_mean(cells, v[block.values], mean[block.cells], far)
            _apply(cells, a, offset, r[block.cells], _at(w, block), _at(b, block), y[block.values])

    _threads.deal(cells.blocks(), compute, v.size / FORWARD)
    return out


def _is_far(mean: Array, r: Array) -> bool:
    """Whether a mean is large against the deviation."""
    scaled = mean * r
    return not (scaled * scaled <= _NEAR).all()


def _from_mean(cells: Cells, a: Array, mean: Array, far: bool) -> tuple[Array, Array]:
    """(a − m, 0), or what rounding m left, where means are far, else (a, m)."""
    if not far:
        return a, mean
    rounded = mean.astype(a.dtype, copy=False)
    return _centred(cells, a, rounded), mean - rounded


def _of_weights(cells: Cells, weight: Array | None) -> Array | None:
    return None if weight is None else weight.reshape(cells.weights)


def _at(weight: Array | None, block: Block) -> Array | None:
    return None if weight is None else weight[block.groups]


def _batch_moments(cells: Cells, v: Array) -> tuple[Array, Array]:
    """Mean and variance of cells that reach over the batch, float64."""
    sums, squares = _batch_sums(cells, v, None)
    mean = sums / cells.count
    var = squares / cells.count - mean * mean
    if not (mean * mean <= _NEAR * var).all():
        near = mean.astype(v.dtype)
        sums, squares = _batch_sums(cells, v, near)
        rest = sums / cells.count
        mean = np.where(np.isfinite(rest), near + rest, mean)
        var = np.maximum(squares / cells.count - rest * rest, 0)
    return mean, var


def _batch_sums(cells: Cells, v: Array, shift: Array | None) -> Array:
    """Σ (x − shift) and Σ (x − shift)², (2, 1, G)."""

    def compute(part: Sequence[Block]) -> Array:
        total = np.zeros((2, *cells.statistics))
        for block in part:
            a = v[block.values]
            if shift is not None:
                a = _centred(cells, a, shift[block.cells])
            total[0][block.cells] += cells.channel_sums(a).sum((0, 2), np.float64)
            total[1][block.cells] += cells.channel_dots(a, a).sum((0, 2), np.float64)
        return total

    return _threads.summed(cells.blocks(), compute, v.size / FORWARD)


def _centred(cells: Cells, a: Array, mean: Array) -> Array:
    """a − m, in scratch memory."""
    rounded = cells.spread(mean.astype(a.dtype, copy=False))
    return np.subtract(a, rounded, out=_workspace.empty(a.shape, a.dtype, "centred"))


def _moments(cells: Cells, a: Array, form: Form) -> tuple[Array, Array, Array, Array]:
    """(a or a − m, its mean, the mean, the variance) of whole cells. Without centring the means are 0."""
    squares = cells.cell_dots(a, a) / cells.count
    if not form.centred:
        zero = np.zeros(squares.shape)
        return a, zero, zero, squares
    offset = mean = cells.cell_sums(a) / cells.count
    var = squares - mean * mean
    if not (mean * mean <= _NEAR * var).all():
        a, rounded = _centred(cells, a, mean), mean.astype(a.dtype, copy=False)
        offset = cells.cell_sums(a) / cells.count
        var = np.maximum(cells.cell_dots(a, a) / cells.count - offset * offset, 0)
        mean = rounded + offset
    return a, offset, mean, var


def _apply(cells: Cells, a: Array, m: Array, r: Array, w: Array | None, b: Array | None, out: Array) -> None:
    """out = a · (r w) + (b − m r w)."""
    _scale(cells, a, r, w, out)
    if cells.rows:
        out += _outer(-m * r, w, b, out)
        return
    shift = cells.scales(-m * r, w)
    if b is not None:
        shift = shift + cells.scales(np.ones((1, b.shape[0])), b)
    out += shift.astype(out.dtype, copy=False)


def _scale(cells: Cells, a: Array, r: Array, w: Array | None, out: Array) -> None:
    """out = a · (r w)."""
    if cells.rows:
        np.multiply(a, _outer(r, w, None, out), out=out)
    else:
        np.multiply(a, cells.scales(r, w).astype(out.dtype, copy=False), out=out)


def _outer(s: Array, w: Array | None, b: Array | None, like: Array) -> Array:
    """s ⊗ w + 1 ⊗ b for rows, in scratch memory. No w stands for ones, no b for zeros."""
    n, width = like.shape[0], like.shape[-1]
    left, right = np.ones((n, 2), like.dtype), np.zeros((2, width), like.dtype)
    left[:, 0] = s[:, 0]
    right[0] = 1 if w is None else w[0]
    if b is not None:
        right[1] = b[0]
    product = np.matmul(left, right, out=_workspace.empty((n, width), like.dtype, "outer"))
    return product.reshape(like.shape)


# Backward -----------------------------------------------------------------------------------------------


def backward(
    g: Array,
    x: Array,
    weight: Array | None,
    mean: Array,
    var: Array,
    form: Form,
    eps: float,
    fixed: bool,
    wanted: tuple[bool, ...],
) -> tuple[Any, Array, Array]:
    """(dx, dw, db), the first None if it is not wanted. With h = (x − m) r, a = g w and means over cells:

    dx = r (a − mean a − h mean(a h)), or r a if the statistics are fixed; dw = Σ g h; db = Σ g.
    """
    cells = Cells(x, form)
    v, dy = cells.of(x), cells.of(g)
    out, dx = cells.empty(x.dtype) if wanted[0] else (None, None)
    w = _of_weights(cells, weight)
    m, r = mean.reshape(cells.statistics), inverse_deviation(var.reshape(cells.statistics), eps, form)
    if form.centred and _is_far(m, r):
        v = np.subtract(v, cells.spread(m), out=_workspace.empty(v.shape, v.dtype, "centred x"))
        m = np.zeros_like(m)
    if not form.batch:
        work = _Whole(cells, v, dy, dx, m, r, w, form)
        dw, db = _threads.summed(cells.blocks(), work, v.size / BACKWARD)
        return out, dw.astype(x.dtype), db.astype(x.dtype)

    def sums(part: Sequence[Block]) -> Array:
        total = np.zeros((2, *cells.weights))
        for block in part:
            a, da = v[block.values], dy[block.values]
            total[0][block.groups] += cells.channel_sums(da).sum(0, np.float64)
            total[1][block.groups] += cells.channel_dots(da, a).sum(0, np.float64)
        return total

    db, products = _threads.summed(cells.blocks(), sums, v.size / BACKWARD)
    dw = r[0, :, None] * (products - m[0, :, None] * db)
    of_x, shift = np.zeros_like(r), np.zeros_like(r)  # float64, as r
    if not fixed:
        of_x[0] = -((r[0] * r[0]) * _weighted(dw, w) / cells.count)
        shift[0] = -(r[0] * _weighted(db, w) / cells.count) - of_x[0] * m[0]

    def compute(part: Sequence[Block], dx: Array) -> None:
        for block in part:
            at = (r[block.cells], None if fixed else of_x[block.cells], shift[block.cells], _at(w, block))
            _combine(cells, dy[block.values], v[block.values], *at, dx[block.values])

    if dx is not None:
        _threads.deal(cells.blocks(), partial(compute, dx=dx), v.size / BACKWARD)
    return out, dw.astype(x.dtype), db.astype(x.dtype)


def _weighted(totals: Array, w: Array | None) -> Array:
    """Σ_D w totals: (G, D) -> (G,)"""
    return np.asarray(totals.sum(1) if w is None else (totals * w).sum(1))


def _combine(
    cells: Cells, g: Array, v: Array, r: Array, of_x: Array | None, shift: Array, w: Array | None, out: Array
) -> None:
    """out = g · (r w) + x · of_x + shift."""
    _scale(cells, g, r, w, out)
    if of_x is None:
        return
    of_v = _workspace.empty(out.shape, out.dtype, "share of x")
    _scale(cells, v, of_x, None, of_v)
    out += of_v
    out += _outer(shift, None, None, out) if cells.rows else cells.spread(shift).astype(out.dtype, copy=False)


class _Whole:
    """The backward pass over blocks of whole cells: writes dx, returns (dw, db)."""

    def __init__(
        self, cells: Cells, v: Array, dy: Array, dx: Array | None, m: Array, r: Array, w: Array | None, form: Form
    ) -> None:
        self.cells, self.v, self.dy, self.dx = cells, v, dy, dx
        self.m, self.r, self.w, self.form = m, r, w, form

    def __call__(self, part: Sequence[Block]) -> Array:
        total = np.zeros((2, *self.cells.weights))
        for block in part:
            self._block(block, total)
        return total

    def _block(self, block: Block, total: Array) -> None:
        cells, m, r, w = self.cells, self.m[block.cells], self.r[block.cells], _at(self.w, block)
        v, dy = self.v[block.values], self.dy[block.values]
        sums, products = cells.channel_sums(dy), cells.channel_dots(dy, v)
        total[0][block.groups] += _over_examples(r, products)
        if m.any():
            total[0][block.groups] -= _over_examples(m * r, sums)
        total[1][block.groups] += _over_examples(np.ones_like(r), sums)
        if self.dx is None:
            return
        a_sum = _over_channels(sums, w)
        ah_sum = r * (_over_channels(products, w) - m * a_sum)
        of_x = -(r * r * ah_sum / cells.count)
        shift = -(r * a_sum / cells.count) - of_x * m if self.form.centred else np.zeros_like(of_x)
        _combine(cells, dy, v, r, of_x, shift, w, self.dx[block.values])


def _over_channels(totals: Array, w: Array | None) -> Array:
    """Σ_D w totals: (N, G, D) -> (N, G)"""
    n, g, d = totals.shape
    if g == 1:
        weights = np.ones(d, totals.dtype) if w is None else w[0]
        return (totals.reshape(n, d) @ weights).reshape(n, 1)
    return np.asarray(np.add.reduce(totals if w is None else totals * w, 2))


def _over_examples(s: Array, totals: Array) -> Array:
    """Σ_N s totals: (N, G, D) -> (G, D)"""
    n, g, d = totals.shape
    if g == 1:
        return (s[:, 0].astype(totals.dtype, copy=False) @ totals.reshape(n, d)).reshape(1, d)
    return np.asarray(np.add.reduce(s[:, :, None] * totals, 0))
