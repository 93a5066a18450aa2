"""Copies in another arrangement: repeated, reversed, rolled; triangles."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from refnn.autograd.op import Array, op
from refnn.ops.creation import zeros
from refnn.ops.reduction import sum
from refnn.ops.shape import Dims, reshape


@op
def repeat(x: Array, *, times: Dims) -> Array:
    """x laid side by side `times` along each dimension."""
    if 0 in times:
        padded = (1,) * (len(times) - x.ndim) + x.shape
        return np.zeros(tuple(t * n for t, n in zip(times, padded, strict=True)), x.dtype)
    return np.asarray(np.tile(x, times), order="C")


def _repeat_rule(g: Any, x_shape: Dims, times: Dims) -> Any:
    """The sum over the copies."""
    if math.prod(times) == 0:
        return zeros(x_shape, g)
    padded = (1,) * (len(times) - len(x_shape)) + x_shape
    apart = tuple(n for pair in zip(times, padded, strict=True) for n in pair)
    summed = sum(reshape(g, shape=apart), dim=tuple(range(0, 2 * len(times), 2)), keepdim=False)
    return reshape(summed, shape=x_shape)


repeat.derivative(x=_repeat_rule)


@op
def flip(x: Array, *, dims: Dims) -> Array:
    """x with the order along dims reversed."""
    return np.flip(x, dims).copy("K")


@op
def roll(x: Array, *, shifts: Dims, dims: Dims) -> Array:
    """x shifted around along dims."""
    return np.asarray(np.roll(x, shifts, dims), order="C")


@op
def rot90(x: Array, *, k: int, dims: tuple[int, int]) -> Array:
    """x turned k quarter turns, from dims[0] towards dims[1]."""
    return np.rot90(x, k, dims).copy("K")


flip.derivative(x=lambda g, dims: flip(g, dims=dims))
roll.derivative(x=lambda g, shifts, dims: roll(g, shifts=tuple(-s for s in shifts), dims=dims))
rot90.derivative(x=lambda g, k, dims: rot90(g, k=-k, dims=dims))


@op
def tril(x: Array, *, diagonal: int) -> Array:
    """x below and on a diagonal, zeros above it."""
    return np.tril(x, diagonal)


@op
def triu(x: Array, *, diagonal: int) -> Array:
    """x above and on a diagonal, zeros below it."""
    return np.triu(x, diagonal)


@op(node_name="ViewBackward0")
def merged(x: Array, *, shape: Dims) -> Array:
    """A copy of x in another shape; x may have one element in several places."""
    return x.copy().reshape(shape)


merged.derivative(x=lambda g, x_shape: reshape(g, shape=x_shape))
tril.derivative(x=lambda g, diagonal: tril(g, diagonal=diagonal))
triu.derivative(x=lambda g, diagonal: triu(g, diagonal=diagonal))

flip.refuses("flip_cpu", "U")
tril.refuses("tril", "U")
triu.refuses("triu", "U")
