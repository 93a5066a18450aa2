"""Linear maps along single axes: every place of the result is a weighted sum of a few places of x, its taps.

The windows of adaptive pooling and every kind of interpolation are such maps. Along an axis of S places that
becomes one of L, tap t of place l stands at source[t, l] and has weight[t, l]. Applied axis by axis, a map and
its transpose serve any number of dimensions.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from refnn.autograd.op import Array
from refnn.ops._half import opmath
from refnn.ops._memory_format import channels_first, channels_last, is_channels_last

Dims = tuple[int, ...]


class Axis(NamedTuple):
    """How an axis of `size` places becomes one of `length`.

    Attributes:
        kind: "same" leaves the axis as it is; "window" sums the window of adaptive pooling; "nearest",
            "nearest-exact", "nearest-exact fused", "linear", "cubic" interpolate; "smooth linear", "smooth cubic",
            "smooth lanczos" also widen their filter where there are fewer places than before.
        scale: the factor that was asked for, which stands for length / size; None if none was.
        align_corners: whether the first and last places of both lie upon each other, rather than their edges.
        double: whether positions are computed in float64 rather than float32.
    """

    kind: str
    size: int
    length: int
    scale: float | None = None
    align_corners: bool = False
    double: bool = False


class Taps(NamedTuple):
    """source (T, L); weight (T, L), None where all are 1; inside (T, L), None where every place has every tap."""

    source: Array
    weight: Array | None
    inside: Array | None


# Where the taps are -------------------------------------------------------------------------------------


@lru_cache(maxsize=256)
def taps_of(axis: Axis) -> Taps:
    """The taps of each place."""
    if axis.kind == "same":
        return Taps(np.arange(axis.size)[None], None, None)
    if axis.kind == "window":
        return _window(axis)
    if axis.kind.startswith("nearest"):
        return _nearest(axis)
    return _smooth(axis) if axis.kind.startswith("smooth") else _between(axis)


def window_bounds(size: int, count: int) -> tuple[Array, Array]:
    """Window l of adaptive pooling begins at ⌊l S / L⌋ and ends before ⌈(l + 1) S / L⌉."""
    l = np.arange(count)  # noqa: E741
    return l * size // max(count, 1), -((l + 1) * -size // max(count, 1))


def _window(axis: Axis) -> Taps:
    start, stop = window_bounds(axis.size, axis.length)
    taps = np.arange(int((stop - start).max(initial=1)))[:, None]
    inside = taps < stop - start
    return Taps(np.minimum(start + taps, axis.size - 1), None, None if inside.all() else inside)


def _real(axis: Axis) -> type[Any]:
    return np.float64 if axis.double else np.float32


def _step(axis: Axis) -> Any:
    """How far apart in x neighbours of the result lie."""
    real = _real(axis)
    if axis.align_corners:
        return real(axis.size - 1) / real(axis.length - 1) if axis.length > 1 else real(0)
    if axis.scale is not None and axis.scale > 0:
        return real(1.0 / axis.scale)
    return real(axis.size) / real(axis.length)


def _nearest(axis: Axis) -> Taps:
    """⌊l · step⌋, or ⌊(l + ½) · step⌋ for "nearest-exact"; torch rounds the position to float32 first.

    Where it computes several images at a time ("fused") it takes ½ away, in the same rounding, and adds it again.
    """
    real, step = _real(axis), _step(axis)
    place = np.arange(axis.length, dtype=real)
    if axis.kind == "nearest":
        at = place * step
    elif axis.kind == "nearest-exact":
        at = (place + real(0.5)) * step
    else:
        centered = ((place + 0.5).astype(np.float64) * np.float64(step) - 0.5).astype(real)
        at = np.maximum(centered, 0) + real(0.5)
    source = np.floor(at.astype(np.float32)).astype(np.int64)
    return Taps(np.minimum(source, axis.size - 1)[None], None, None)


def _between(axis: Axis) -> Taps:
    """Taps around position (l + ½) · step − ½, or l · step if corners are aligned; at the edge, the edge itself."""
    real = _real(axis)
    place = np.arange(axis.length, dtype=real)
    if axis.kind == "linear" and axis.size == axis.length:  # whatever the factor
        return Taps(np.stack([np.arange(axis.size)] * 2), np.stack([place * 0 + 1, place * 0]), None)
    at = place * _step(axis) if axis.align_corners else (place + real(0.5)) * _step(axis) - real(0.5)
    if axis.kind == "linear":
        at = np.maximum(at, 0)
    before = np.minimum(np.floor(at).astype(np.int64), axis.size - 1)
    t = np.clip(at - before.astype(real), 0, 1).astype(real)
    if axis.kind == "linear":
        index, weight = np.stack([before, before + 1]), np.stack([1 - t, t])
    else:
        index = before + np.arange(-1, 3)[:, None]
        weight = np.stack([_keys(t + 1), _keys(t), _keys(1 - t), _keys(2 - t)])
    return Taps(np.clip(index, 0, axis.size - 1), weight, None)


def _keys(distance: Array, a: float = -0.75) -> Array:
    """Keys' cubic kernel, 1981, for distances from 0 to 2, and 0 beyond."""
    x = np.abs(distance)
    near = ((a + 2) * x - (a + 3)) * x * x + 1
    far = ((a * x - 5 * a) * x + 8 * a) * x - 4 * a
    return np.where(x <= 1, near, np.where(x < 2, far, np.zeros((), x.dtype)))


def _lanczos(x: Array) -> Array:
    """sinc x · sinc x / 3 for |x| < 3."""
    return np.where(np.abs(x) < 3, np.sinc(x) * np.sinc(x / 3), np.zeros((), x.dtype)).astype(x.dtype)


_FILTERS: dict[str, tuple[float, Callable[[Array], Array]]] = {  # half the width, and the filter
    "smooth linear": (1, lambda x: np.maximum(1 - np.abs(x), 0)),
    "smooth cubic": (2, lambda x: _keys(x, -0.5)),
    "smooth lanczos": (3, _lanczos),
}


def _smooth(axis: Axis) -> Taps:
    """A filter around (l + ½) · step, as wide as step where that is above 1, its weights made to sum to 1."""
    real, step = _real(axis), _step(axis)
    half, kernel = _FILTERS[axis.kind]
    wide = max(step, real(1))
    center = (np.arange(axis.length, dtype=real) + real(0.5)) * step
    reach = real(half) * wide
    start = np.maximum((center - reach + real(0.5)).astype(np.int64), 0)
    stop = np.minimum((center + reach + real(0.5)).astype(np.int64), axis.size)
    taps = np.arange(max(int((stop - start).max(initial=1)), 1))[:, None]
    inside = taps < stop - start
    index = start + taps
    weight = np.where(inside, kernel((index.astype(real) - center + real(0.5)) / wide), real(0))
    total = weight.sum(axis=0)
    weight = weight / np.where(total == 0, real(1), total)
    return Taps(np.clip(index, 0, axis.size - 1), weight, None if inside.all() else inside)


# Passes: the parts of a map that can be done at once ----------------------------------------------------

Pass = tuple[Any, Any, Array | None]  # places of the result, of x, and their weights (None: 1)


@lru_cache(maxsize=256)
def _passes(axis: Axis) -> list[Pass]:
    """For each tap, the places that have it."""
    index, weight, inside = taps_of(axis)
    found: list[Pass] = []
    for t in range(len(index)):
        here: Any = slice(None) if inside is None or inside[t].all() else np.flatnonzero(inside[t])
        found.append((here, index[t][here], None if weight is None else weight[t][here]))
    return found


@lru_cache(maxsize=256)
def _rounds(axis: Axis) -> list[Pass]:
    """The passes, each split so that no place of x is met twice in one."""
    found: list[Pass] = []
    for here, sources, weight in _passes(axis):
        places = np.arange(axis.length)[here]
        order = np.argsort(sources, kind="stable")
        ordered = sources[order]
        new = np.r_[True, ordered[1:] != ordered[:-1]]
        first = np.maximum.accumulate(np.where(new, np.arange(len(ordered)), 0))
        meeting = np.empty(len(ordered), np.int64)
        meeting[order] = np.arange(len(ordered)) - first
        for r in range(int(meeting.max(initial=-1)) + 1):
            now = meeting == r
            found.append((places[now], sources[now], None if weight is None else weight[now]))
    return found


@lru_cache(maxsize=64)
def matrix_of(axis: Axis, dtype: Any) -> Array:
    """The map as an (L, S) matrix."""
    matrix = np.zeros((axis.length, axis.size), dtype)
    for here, sources, weight in _passes(axis):
        np.add.at(matrix, (np.arange(axis.length)[here], sources), 1 if weight is None else weight)
    return matrix


_DENSE = 64  # places of x for each tap up to which a product with the matrix is quicker than passes


def _has_matrix(axis: Axis, x: Array, least: int) -> bool:
    """Whether to multiply by the matrix: not for fewer taps, nor where its zeros would meet infinities and NaN."""
    taps = len(taps_of(axis).source)
    if taps < least or axis.size > _DENSE * taps or x.dtype.kind != "f":
        return False
    flat = x.reshape(-1)
    return bool(np.isfinite(np.dot(flat, flat)))


def _along(x: Array, axis: Axis) -> Array:
    """(A, S, B) -> (A, L, B)."""
    if axis.kind == "same":
        return x
    if _has_matrix(axis, x, 2):
        matrix = matrix_of(axis, x.dtype)
        return (x[..., 0] @ matrix.T)[..., None] if x.shape[2] == 1 else np.matmul(matrix, x)
    passes = _passes(axis)
    if passes[0][2] is None and len(passes) == 1:
        return np.take(x, passes[0][1], axis=1)
    y = np.zeros((x.shape[0], axis.length, x.shape[2]), x.dtype)
    for here, sources, weight in passes:
        part = np.take(x, sources, axis=1)
        y[:, here] += part if weight is None else part * weight[:, None]
    return y


def _along_back(g: Array, axis: Axis) -> Array:
    """(A, L, B) -> (A, S, B), the transpose of _along."""
    if axis.kind == "same":
        return g
    if _has_matrix(axis, g, 1):
        matrix = matrix_of(axis, g.dtype)
        return (g[..., 0] @ matrix)[..., None] if g.shape[2] == 1 else np.matmul(matrix.T, g)
    x = np.zeros((g.shape[0], axis.size, g.shape[2]), g.dtype)
    for here, sources, weight in _rounds(axis):
        part = np.take(g, here, axis=1)
        x[:, sources] += part if weight is None else part * weight[:, None]
    return x


def apply(x: Array, axes: tuple[Axis, ...]) -> Array:
    """The maps of the last dimensions of x, (*B, *S) -> (*B, *L), in x's memory order."""
    return _each(x, axes, _along, lambda axis: axis.length)


def apply_back(g: Array, axes: tuple[Axis, ...]) -> Array:
    """The transpose of apply, (*B, *L) -> (*B, *S)."""
    return _each(g, axes, _along_back, lambda axis: axis.size)


def _each(x: Array, axes: tuple[Axis, ...], along: Any, length: Callable[[Axis], int]) -> Array:
    """Axis by axis, first those that leave the least. Half precision passes through float32."""
    rank = len(axes)
    last = x.ndim == rank + 2 and is_channels_last(x)
    a = np.ascontiguousarray(channels_last(x) if last else x)
    dtype, a = a.dtype, opmath(a)
    first = 1 if last else a.ndim - rank
    shape = list(a.shape)
    for k in sorted(range(rank), key=lambda k: length(axes[k]) / max(shape[first + k], 1)):
        at = first + k
        a = along(a.reshape(math.prod(shape[:at]), shape[at], math.prod(shape[at + 1 :])), axes[k])
        shape[at] = length(axes[k])
    y = a.astype(dtype, copy=all(axis.kind == "same" for axis in axes)).reshape(shape)
    return channels_first(y) if last else y
