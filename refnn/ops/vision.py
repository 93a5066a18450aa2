"""Reading images at any position (grid_sample), and grids of positions (affine_grid).

Shapes: x is (N, C, *S) with n spatial sizes *S; a grid (N, *L, n) holds positions in it, from −1 to 1, the
coordinate of the last axis first.

A sample is a sum over taps along each axis. Weights are piecewise polynomials of the coordinates, so a
derivative of a sample is a sample with derived weights: `orders` says how often along each axis.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from refnn.autograd.op import Array, op
from refnn.ops._half import opmath
from refnn.ops.creation import data_of
from refnn.ops.joining import stack
from refnn.ops.pointwise import mul
from refnn.ops.reduction import sum as total

Dims = tuple[int, ...]


class Sampling(NamedTuple):
    """mode is "nearest", "linear" or "cubic", padding "zeros", "border" or "reflection"."""

    mode: str
    padding: str
    align_corners: bool


# Positions ----------------------------------------------------------------------------------------------


def _reflected(at: Array, size: int, aligned: bool) -> tuple[Array, Array]:
    """Positions mirrored at both edges until they lie between them, and the sign of each one's derivative.

    The edges are the first and last places if corners are aligned, else half a place further out.
    """
    low, span = (0.0, size - 1.0) if aligned else (-0.5, float(size))
    if span == 0:
        return np.zeros_like(at), np.zeros_like(at)
    low_, span_ = at.dtype.type(low), at.dtype.type(span)
    away = np.abs(at - low_)
    rest = np.fmod(away, span_)
    odd = np.fmod(np.floor(away / span_), 2) == 1
    sign = np.where((at < low_) != odd, -1, 1).astype(at.dtype)
    return np.where(odd, span_ - rest, rest) + low_, sign


def _padded(at: Array, size: int, how: Sampling, volume: bool) -> tuple[Array, Array | float]:
    """Positions after padding, and their derivative; it is 0 where they lie at the edge or beyond.

    torch puts NaN on the first place of an image and on the last of a volume, unless padding is with zeros.
    """
    if how.padding == "zeros":
        return at, 1.0
    slope: Any = 1.0
    if how.padding == "reflection":
        at, slope = _reflected(at, size, how.align_corners)
    inside = (at > 0) & (at < size - 1)
    last = at.dtype.type(size - 1)
    at = np.fmax(np.fmin(at, last), 0) if volume else np.fmin(np.fmax(at, 0), last)
    return at, np.where(inside, slope, 0).astype(at.dtype)


_CUBIC = np.array([[-0.75, 1.5, -0.75, 0.0], [1.25, -2.25, 0.0, 1.0], [-1.25, 1.5, 0.75, 0.0], [0.75, -0.75, 0.0, 0.0]])
_LINEAR = np.array([[-1.0, 1.0], [1.0, 0.0]])  # each tap's weight as a polynomial of t, highest power first
_POLYNOMIALS = {"linear": _LINEAR, "cubic": _CUBIC, "nearest": np.array([[1.0]])}

Tap = tuple[Array, Array, Array]  # places (N, P), weights, which places lie inside


def _axis_taps(grid: Array, size: int, how: Sampling, order: int, volume: bool) -> list[Tap]:
    """The taps along one axis for coordinates (N, P), weights derived `order` times."""
    half = grid.dtype.type((size - 1 if how.align_corners else size) / 2)
    at = (grid + 1) / 2 * (size - 1) if how.align_corners else ((grid + 1) * size - 1) / 2
    slope: Any = 1.0
    if how.mode != "cubic":  # whose taps are padded, rather than its position
        at, slope = _padded(at, size, how, volume)
    first = np.rint(at) if how.mode == "nearest" else np.floor(at)
    t = at - first
    polynomials = [np.polyder(p, order) for p in _POLYNOMIALS[how.mode]]
    found = []
    for j, p in enumerate(polynomials, -(len(polynomials) // 2 - 1) if how.mode != "nearest" else 0):
        place = first + j
        if how.mode == "cubic":
            place, _ = _padded(place, size, how, volume)
        place = np.clip(np.where(np.isnan(place), -1 if how.padding == "zeros" else 0, place), -1, size)
        inside = (place >= 0) & (place < size)
        weight = _polynomial(p, t)
        if order:
            weight = weight * (half * slope) ** order
        found.append((np.where(inside, place, 0).astype(np.int64), weight, inside))
    return found


def _polynomial(p: Array, t: Array) -> Array:
    """Σ pₖ tᵏ, p with the highest power first; a constant is one for NaN too."""
    value = np.full_like(t, p[0] if p.size else 0)
    for coefficient in p[1:]:
        value *= t
        value += t.dtype.type(coefficient)
    return value


def _taps(grid: Array, size: Dims, how: Sampling, orders: Dims) -> Iterator[Tap]:
    """Every tap of each sample: flat places in *S (N, P), weights, and which lie inside."""
    if how.mode == "nearest" and any(orders):
        return
    points = grid.reshape(len(grid), math.prod(grid.shape[1:-1]), len(size))
    axes = [_axis_taps(points[..., -1 - k], size[k], how, orders[k], len(size) == 3) for k in range(len(size))]
    for combination in itertools.product(*axes):
        flat, weight, inside = combination[0]
        for n, (place, factor, within) in zip(size[1:], combination[1:], strict=True):
            flat, weight, inside = flat * n + place, weight * factor, inside & within
        yield flat, weight, inside


def _work(x: Array, orders: Dims) -> Array:
    """Half precision in float32; in volumes torch computes in half precision, the positions too."""
    return x if len(orders) == 3 else opmath(x)


# Samples ------------------------------------------------------------------------------------------------


def _name(order: str) -> Any:
    return lambda meta: f"GridSampler{len(meta['orders'])}DBackward{order}"


@op(node_name=_name("0"))
def grid_sample(x: Array, grid: Array, *, how: Sampling, orders: Dims) -> Array:
    """y[n, c, l] = Σ weight · x[n, c, place] over the taps of grid[n, l]; 0 stands for places outside."""
    images = _work(x, orders).reshape(*x.shape[:2], math.prod(x.shape[2:]))
    shape = (*x.shape[:2], *grid.shape[1:-1])
    y = np.zeros((*x.shape[:2], math.prod(grid.shape[1:-1])), images.dtype)
    for flat, weight, inside in _taps(_work(grid, orders), x.shape[2:], how, orders):
        value = np.take_along_axis(images, flat[:, None], axis=2)
        if not inside.all():
            value = np.where(inside[:, None], value, np.zeros((), value.dtype))
            if len(orders) == 3:  # torch passes over places outside: a weight of NaN does not show there
                weight = np.where(inside, weight, np.zeros((), weight.dtype))
        value *= weight[:, None]
        y += value
    return y.astype(x.dtype, copy=False).reshape(shape)


@op(node_name=_name("Backward0"))
def grid_spread(values: Array, grid: Array, *, size: Dims, how: Sampling, orders: Dims) -> Array:
    """x[n, c, place] += weight · values[n, c, l] over the taps of grid[n, l]: the transpose of grid_sample."""
    images, channels = values.shape[:2]
    places = math.prod(size)
    given = _work(values, orders).reshape(images, channels, math.prod(values.shape[2:]))
    x = np.zeros(images * channels * places, given.dtype)
    planes = np.arange(images * channels).reshape(images, channels, 1) * places
    for flat, weight, inside in _taps(_work(grid, orders), size, how, orders):
        within = np.broadcast_to(inside[:, None], given.shape)
        np.add.at(x, (planes + flat[:, None])[within], (given * weight[:, None])[within])
    return x.astype(values.dtype, copy=False).reshape(images, channels, *size)


def _slopes(g: Any, x: Any, grid: Any, how: Sampling, orders: Dims) -> Any:
    """Σ_c g · ∂ sample / ∂ coordinate, for each coordinate: (N, *L, n)."""
    rank = len(orders)
    found = []
    for k in reversed(range(rank)):
        derived = tuple(order + (d == k) for d, order in enumerate(orders))
        found.append(total(mul(g, grid_sample(x, grid, how=how, orders=derived)), dim=(1,), keepdim=False))
    return stack(*found, dim=rank + 1)


def _sample_rule(g: Any, x: Any, grid: Any, needs: Any, how: Sampling, orders: Dims) -> Any:
    size = tuple(data_of(x).shape[2:])
    to_x = grid_spread(g, grid, size=size, how=how, orders=orders) if needs[0] else None
    return to_x, _slopes(g, x, grid, how, orders) if needs[1] else None


def _spread_rule(g: Any, values: Any, grid: Any, needs: Any, how: Sampling, orders: Dims) -> Any:
    to_values = grid_sample(g, grid, how=how, orders=orders) if needs[0] else None
    return to_values, _slopes(values, g, grid, how, orders) if needs[1] else None


grid_sample.joint_derivative(_sample_rule)
grid_spread.joint_derivative(_spread_rule)

# Grids --------------------------------------------------------------------------------------------------


def _base(size: Dims, align_corners: bool, dtype: Any) -> Array:
    """The regular grid with a 1 at the end of each position, (P, n + 1)."""
    axes = []
    for n in size:
        if n < 2:
            axes.append(np.zeros(n, dtype))
            continue
        step = dtype.type(2 / (n - 1))
        k = np.arange(n)
        line = np.where(k < n // 2, -1 + step * k, 1 - step * (n - 1 - k)).astype(dtype)
        axes.append(line if align_corners else (line * (n - 1) / n).astype(dtype))
    mesh = np.meshgrid(*axes, indexing="ij")
    columns = [*reversed(mesh), np.ones(size, dtype)]
    return np.stack([column.reshape(-1) for column in columns], axis=-1)


@op(node_name="AffineGridGeneratorBackward0")
def affine_grid(theta: Array, *, size: Dims, align_corners: bool) -> Array:
    """y[n, l] = θ[n] (position l of the regular grid; 1)."""
    base = opmath(_base(size, align_corners, theta.dtype))
    y = base @ opmath(theta).transpose(0, 2, 1)
    return y.astype(theta.dtype, copy=False).reshape(len(theta), *size, len(size))


@op
def affine_grid_backward(g: Array, *, size: Dims, align_corners: bool) -> Array:
    """gθ[n] = Σ_l g[n, l] (position l; 1)ᵀ: the transpose of affine_grid."""
    points = opmath(g).reshape(len(g), math.prod(size), len(size))
    base = opmath(_base(size, align_corners, g.dtype))
    return (points.transpose(0, 2, 1) @ base).astype(g.dtype, copy=False)


affine_grid.derivative(
    theta=lambda g, size, align_corners: affine_grid_backward(g, size=size, align_corners=align_corners)
)
affine_grid_backward.derivative(g=lambda g, size, align_corners: affine_grid(g, size=size, align_corners=align_corners))
