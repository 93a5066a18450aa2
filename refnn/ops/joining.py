"""Joining and splitting: cat, stack, and the views that take a tensor apart."""

from __future__ import annotations

import builtins
from collections.abc import Sequence
from itertools import accumulate
from typing import Any

import numpy as np

from refnn.autograd.op import Array, op
from refnn.ops._memory_format import is_channels_last
from refnn.ops.creation import zeros
from refnn.ops.shape import Dims, select, slice


@op
def cat(*xs: Array, dim: int) -> Array:
    """Tensors one after another along a dimension. Empty vectors are passed over."""
    y = np.concatenate(_kept(xs) or xs, dim)
    return y if y.flags.c_contiguous or (y.ndim > 3 and is_channels_last(y)) else np.ascontiguousarray(y)


def _kept(xs: Sequence[Array]) -> list[Array]:
    return [x for x in xs if x.shape != (0,)]


@op
def stack(*xs: Array, dim: int) -> Array:
    """Tensors side by side along a new dimension."""
    return np.asarray(np.stack(xs, dim), order="C")


def _cat_rule(g: Any, needs: Any, xs_shape: list[Dims], dim: int) -> list[Any]:
    grads, start = [], 0
    for needed, shape in zip(needs, xs_shape, strict=True):
        if shape == (0,):
            grads.append(zeros(shape, g) if needed else None)
            continue
        n = shape[dim]
        grads.append(slice(g, dim=dim, start=start, stop=start + n, step=1) if needed else None)
        start += n
    return grads


cat.joint_derivative(_cat_rule)
stack.joint_derivative(
    lambda g, needs, dim: [select(g, dim=dim, index=i) if needed else None for i, needed in enumerate(needs)]
)


@op(view=True)
def unbind(x: Array, *, dim: int) -> tuple[Array, ...]:
    """The slices along a dimension, which goes."""
    before: tuple[Any, ...] = (builtins.slice(None),) * dim
    return tuple(x[(*before, i, ...)] for i in range(x.shape[dim]))


@op(view=True)
def split(x: Array, *, sizes: Sequence[int], dim: int) -> tuple[Array, ...]:
    """Consecutive pieces of the given sizes along a dimension."""
    before = (builtins.slice(None),) * dim
    return tuple(x[(*before, builtins.slice(e - n, e))] for n, e in zip(sizes, accumulate(sizes), strict=True))


def _filled(g: tuple[Any, ...], shapes: list[Dims]) -> list[Any]:
    like = next(x for x in g if x is not None)
    return [zeros(s, like) if x is None else x for x, s in zip(g, shapes, strict=True)]


def _without(shape: Dims, dim: int) -> Dims:
    return shape[:dim] + shape[dim + 1 :]


unbind.derivative(x=lambda g, x_shape, dim: stack(*_filled(g, [_without(x_shape, dim)] * x_shape[dim]), dim=dim))
split.derivative(
    x=lambda g, x_shape, sizes, dim: cat(
        *_filled(g, [(*x_shape[:dim], n, *x_shape[dim + 1 :]) for n in sizes]), dim=dim
    )
)


@op
def block_diag(*xs: Array) -> Array:
    """Matrices along a diagonal, zeros elsewhere."""
    y = np.zeros((sum(x.shape[0] for x in xs), sum(x.shape[1] for x in xs)), xs[0].dtype)
    for x, corner in zip(xs, _corners([x.shape for x in xs]), strict=True):
        y[corner[0] : corner[0] + x.shape[0], corner[1] : corner[1] + x.shape[1]] = x
    return y


def _corners(shapes: list[Dims]) -> list[Dims]:
    """Where each block begins."""
    return [(sum(s[0] for s in shapes[:k]), sum(s[1] for s in shapes[:k])) for k in range(len(shapes))]


def _block_diag_rule(g: Any, needs: Any, xs_shape: list[Dims]) -> list[Any]:
    grads = []
    for needed, (rows, columns), (top, left) in zip(needs, xs_shape, _corners(xs_shape), strict=True):
        block = slice(g, dim=0, start=top, stop=top + rows, step=1) if needed else None
        grads.append(slice(block, dim=1, start=left, stop=left + columns, step=1) if needed else None)
    return grads


block_diag.joint_derivative(_block_diag_rule)
