"""Padding: with a constant, or with values of the input (reflect, replicate, circular).

`pads` holds a pair (before, after) for every dimension of x; negative numbers crop. With W places, after
`before` places of padding, output place j shows the input's place t = j − before, or where t lies outside

    reflect     −t or 2 (W − 1) − t      (mirrored, the edge itself not repeated)
    replicate   0 or W − 1               (the edge)
    circular    t mod W                  (the other end; W counted after cropping)
"""

from __future__ import annotations

from typing import Any

import numpy as np

from refnn.autograd.op import Array, op

Dims = tuple[int, ...]
Pads = tuple[tuple[int, int], ...]

# Constant -----------------------------------------------------------------------------------------------


@op(node_name="ConstantPadNdBackward0")
def constant_pad(x: Array, *, pads: Pads, value: Any) -> Array:
    """y = x with `value` around it. Its own transpose, with the signs of `pads` reversed."""
    inside_x, inside_y = _insides(x.shape, pads)
    y = np.full_like(x, value, shape=_padded_shape(x.shape, pads))
    y[inside_y] = x[inside_x]
    return y


def _negative(pads: Pads) -> Pads:
    return tuple((-before, -after) for before, after in pads)


constant_pad.derivative(x=lambda g, pads: constant_pad(g, pads=_negative(pads), value=0))

# From the input -----------------------------------------------------------------------------------------


def _name(order: str) -> Any:
    """torch's node names: ReflectionPad2DBackward0 …"""
    kinds = {"reflect": "ReflectionPad", "replicate": "ReplicationPad"}

    def name(meta: dict[str, Any]) -> str:
        if meta["mode"] == "circular":
            return "torch::autograd::CopySlices"
        rank = sum(1 for _ in meta["pads"]) - meta["lead"]
        return f"{kinds[meta['mode']]}{rank}D{order}"

    return name


@op(node_name=_name("Backward0"))
def edge_pad(x: Array, *, pads: Pads, mode: str, lead: int) -> Array:
    """y = x with some of its own values around it. `lead` dimensions come before those that torch counts."""
    crop, grow = _split(pads)
    if mode == "circular":
        x = x[_inner(x.shape, crop)]
    y = np.empty_like(x, shape=_padded_shape(x.shape, grow))
    y[_inner(y.shape, grow)] = x
    for axis, (size, pad) in enumerate(zip(x.shape, grow, strict=True)):
        for places, sources in _borders(mode, size, *pad):
            y[_at(axis, places)] = y[_at(axis, sources)]
    return y if mode == "circular" else y[_inner(y.shape, crop)]


@op(node_name=_name("BackwardBackward0"))
def edge_fold(g: Array, *, shape: Dims, pads: Pads, mode: str, lead: int) -> Array:
    """x of a shape: each place sums what `edge_pad` shows of it. The transpose of edge_pad."""
    crop, grow = _split(pads)
    inner = _padded_shape(shape, crop) if mode == "circular" else shape
    whole = _padded_shape(inner, grow)
    if mode == "circular":
        y = g.copy()
    else:
        y = np.zeros_like(g, shape=whole)
        y[_inner(whole, crop)] = g
    for axis in reversed(range(y.ndim)):
        for places, sources in _borders(mode, inner[axis], *grow[axis]):
            for place, source in zip(places, sources, strict=True):
                y[_at(axis, source)] += y[_at(axis, place)]
    y = y[_inner(whole, grow)]
    if y.shape == shape:
        return y
    x = np.zeros_like(y, shape=shape)
    x[_inner(shape, crop)] = y
    return x


edge_pad.derivative(x=lambda g, x_shape, pads, mode, lead: edge_fold(g, shape=x_shape, pads=pads, mode=mode, lead=lead))
edge_pad.flat = lambda meta: meta["mode"] != "circular"
edge_fold.derivative(g=lambda g, pads, mode, lead: edge_pad(g, pads=pads, mode=mode, lead=lead))


def _borders(mode: str, size: int, before: int, after: int) -> list[tuple[list[int], list[int]]]:
    """(places of the padding, the places they repeat), before and after x, in the padded axis."""
    if mode == "reflect":
        sources = [before - j for j in range(before)], [size - 2 - j for j in range(after)]
    elif mode == "replicate":
        sources = [0] * before, [size - 1] * after
    else:
        period = max(size, 1)
        sources = [(j - before) % period for j in range(before)], [j % period for j in range(after)]
    places = range(before), range(before + size, before + size + after)
    return [(list(where), [before + t for t in what]) for where, what in zip(places, sources, strict=True) if what]


def _at(axis: int, places: Any) -> tuple[Any, ...]:
    return (*(slice(None),) * axis, places)


def _split(pads: Pads) -> tuple[Pads, Pads]:
    """The negative and the positive part."""
    return (
        tuple((min(a, 0), min(b, 0)) for a, b in pads),
        tuple((max(a, 0), max(b, 0)) for a, b in pads),
    )


def _inner(shape: Dims, pads: Pads) -> tuple[slice, ...]:
    """Without as many places at each end as |pads| says."""
    return tuple(slice(abs(a), max(abs(a), n - abs(b))) for n, (a, b) in zip(shape, pads, strict=True))


def _padded_shape(shape: Dims, pads: Pads) -> Dims:
    return tuple(n + a + b for n, (a, b) in zip(shape, pads, strict=True))


def _insides(shape: Dims, pads: Pads) -> tuple[tuple[slice, ...], tuple[slice, ...]]:
    """What is kept of x, and where it stands in y."""
    crop, grow = _split(pads)
    return _inner(shape, crop), _inner(_padded_shape(shape, pads), grow)
