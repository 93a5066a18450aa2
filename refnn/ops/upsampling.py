"""Interpolation to another size: a linear map along each axis, and its transpose, for any number of dimensions.

Shapes: x is (N, C, *S), the result (N, C, *L); `refnn.ops._resampling` tells each kind's taps.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

from refnn.autograd.op import Array, op
from refnn.ops._memory_format import channels_first, is_channels_last, memory_order
from refnn.ops._resampling import Axis, apply, apply_back, matrix_of

_NAMES = {"nearest": "Nearest", "nearest-exact": "NearestExact", "cubic": "Bicubic", "lanczos": "Lanczos"}
Axes = tuple[Axis, ...]

_LINEAR = {1: "Linear", 2: "Bilinear", 3: "Trilinear"}


def _name(order: str) -> Any:
    """UpsampleNearest2DBackward0, UpsampleBilinear2DAaBackward0 …"""

    def name(meta: dict[str, Any]) -> str:
        axes = meta["axes"]
        kinds = [axis.kind for axis in (*axes, *meta["back"]) if axis.kind != "same"]
        kind = kinds[0].removesuffix(" fused")
        word = _NAMES.get(kind.removeprefix("smooth ")) or _LINEAR[len(axes)]
        return f"Upsample{word}{len(axes)}D{'Aa' if kind.startswith('smooth') else ''}{order}"

    return name


@op(node_name=_name("Backward0"))
def interpolate(x: Array, *, axes: Axes, back: Axes) -> Array:
    """y[l] = Σ_t weight[t, l] · x[source[t, l]], along one axis after the other.

    `back` are the axes of the gradient. They say the same as `axes`, but for positions that torch rounds
    otherwise there, and for axes that a scale factor leaves as long as they were.
    """
    y = _fixed_point(x, axes) if x.dtype == np.uint8 else apply(x, axes)
    return np.ascontiguousarray(y) if len(axes) == 1 else y


@op(node_name=_name("BackwardBackward0"))
def interpolate_backward(g: Array, *, axes: Axes, back: Axes) -> Array:
    """gx[s] = Σ weight[t, l] · g[l] over all t and l with source[t, l] = s: the transpose of interpolate."""
    return apply_back(g, back)


interpolate.derivative(x=lambda g, axes, back: interpolate_backward(g, axes=axes, back=back))
interpolate_backward.derivative(g=lambda g, axes, back: interpolate(g, axes=axes, back=back))


def _fixed_point(x: Array, axes: Axes) -> Array:
    """uint8 -> uint8. Weights are whole multiples of 2⁻ᵖ, and every axis is rounded and clipped, the last one first.

    p is the largest, up to 22, for which the largest weight stays below 2¹⁵.
    """
    if any(axis.kind.startswith("nearest") for axis in axes):
        return apply(x, axes)
    last = is_channels_last(x)
    y = memory_order(x, last).astype(np.float64)  # in which sums of such numbers are exact
    for k in reversed(range(len(axes))):
        if axes[k].kind == "same":
            continue
        weights, places = _whole_weights(axes[k])
        at = y.ndim - len(axes) - last + k
        y = np.moveaxis(np.moveaxis(y, at, -1) @ weights.T, -1, at)
        y += 2.0**places // 2
        y = np.clip(np.floor(y / 2.0**places), 0, 255)
    found = np.ascontiguousarray(y.astype(np.uint8))
    return channels_first(found) if last else found


@lru_cache(maxsize=64)
def _whole_weights(axis: Axis) -> tuple[Array, int]:
    """round(weight · 2ᵖ) as an (L, S) matrix, halves away from 0, and p."""
    weights = matrix_of(axis._replace(double=True), np.float64)
    largest, p = weights.max(), 0
    while p < 22 and int(0.5 + largest * 2 ** (p + 1)) < 2**15:
        p += 1
    return np.trunc(weights * 2.0**p + np.copysign(0.5, weights)), p
