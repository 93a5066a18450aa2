"""Layers without steps or windows, and pooling."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

Array = Any
Phases = dict[str, Callable[[], Any]]


def linear(g: Array, x: Array, weight: Array, bias: Array) -> Phases:
    """y = x Wᵀ + b, the features first in the product."""

    def forward() -> Array:
        return np.matmul(weight, x.T).T + bias

    def backward() -> tuple[Array, ...]:
        return g @ weight, g.T @ x, np.add.reduce(g, 0)

    return {"forward": forward, "backward": backward}


def layer_norm(g: Array, x: Array, weight: Array, bias: Array, eps: float = 1e-5) -> Phases:
    """y = (x − m) r w + b over rows. Sums as products with 1/n, of squares as dot products."""
    count = np.float32(1 / x.shape[1])
    mean_of = np.full(x.shape[1], count)
    held: dict[str, Array] = {}

    def forward() -> Array:
        m = x @ mean_of
        r = 1 / np.sqrt(np.vecdot(x, x) * count - m * m + np.float32(eps))
        h = x * r[:, None]
        h -= (m * r)[:, None]
        held.update(h=h, r=r)
        y = h * weight
        y += bias
        return y

    def backward() -> tuple[Array, ...]:
        h, r = held["h"], held["r"]
        a = g * weight
        of_h = np.vecdot(a, h) * count
        shift = a @ mean_of
        dx = h * of_h[:, None]
        np.subtract(a, dx, out=dx)
        dx -= shift[:, None]
        dx *= r[:, None]
        return dx, np.add.reduce(np.multiply(g, h, out=a), 0), np.add.reduce(g, 0)

    return {"forward": forward, "backward": backward}


def batch_norm(g: Array, x: Array, weight: Array, bias: Array, eps: float = 1e-5) -> Phases:
    """y = (x − m) r w + b over channels, (N, C, H, W): an image at a time, y = A x + B and dx = A g + B x + C."""
    n, channels, *size = x.shape
    places = int(np.prod(size))
    images, gradients = x.reshape(n, channels, places), g.reshape(n, channels, places)
    ones, scratch = np.ones(places, x.dtype), np.empty((channels, places), x.dtype)
    held: dict[str, Array] = {}

    def total(values: Array) -> Array:
        return (values.reshape(-1, places) @ ones).reshape(n, channels).sum(0, np.float64)

    def columns(*values: Array) -> list[Array]:
        return [value.astype(x.dtype)[:, None] for value in values]

    def forward() -> Array:
        m = total(images) / (n * places)
        var = np.vecdot(images, images).sum(0, np.float64) / (n * places) - m * m
        r = 1 / np.sqrt(var + eps)
        held.update(m=m, r=r)
        scale, shift = columns(r * weight, bias - m * r * weight)
        y = np.empty_like(images)
        for image, out in zip(images, y, strict=True):
            np.multiply(image, scale, out=out)
            out += shift
        return y.reshape(x.shape)

    def backward() -> tuple[Array, ...]:
        m, r = held["m"], held["r"]
        db = total(gradients)
        dw = r * (np.vecdot(gradients, images).sum(0, np.float64) - m * db)
        of_x = -r * r * weight * dw / (n * places)
        scale, of_x, shift = columns(r * weight, of_x, -r * weight * db / (n * places) - of_x * m)
        dx = np.empty_like(images)
        for image, gradient, out in zip(images, gradients, dx, strict=True):
            np.multiply(gradient, scale, out=out)
            out += np.add(np.multiply(image, of_x, out=scratch), shift, out=scratch)
        return dx.reshape(x.shape), dw.astype(x.dtype), db.astype(x.dtype)

    return {"forward": forward, "backward": backward}


def softmax(g: Array, x: Array) -> Phases:
    """e^(x − max) / Σ along rows, one maximum for all rows."""
    ones = np.ones(x.shape[1], x.dtype)
    held: dict[str, Array] = {}

    def forward() -> Array:
        y = held["y"] = x - x.max()
        np.exp(y, out=y)
        y /= (y @ ones)[:, None]
        return y

    def backward() -> tuple[Array, ...]:
        y = held["y"]
        dx = g - np.vecdot(g, y)[:, None]
        dx *= y
        return (dx,)

    return {"forward": forward, "backward": backward}


def log_softmax(g: Array, x: Array) -> Phases:
    """x − max − log Σ e^(x − max) along rows, each with its maximum."""
    ones = np.ones(x.shape[1], x.dtype)
    held: dict[str, Array] = {}

    def forward() -> Array:
        y = held["y"] = x - x.max(1, keepdims=True)
        y -= np.log(np.exp(y) @ ones)[:, None]
        return y

    def backward() -> tuple[Array, ...]:
        dx = np.exp(held["y"])
        dx *= (g @ ones)[:, None]
        return (np.subtract(g, dx, out=dx),)

    return {"forward": forward, "backward": backward}


def cross_entropy(x: Array, target: Array) -> Phases:
    """The mean of log Σ e^x − x_t; its own gradient is 1."""
    rows, ones = np.arange(len(x)), np.ones(x.shape[1], x.dtype)
    held: dict[str, Array] = {}

    def forward() -> Array:
        e = held["e"] = x - x.max(1, keepdims=True)
        picked = e[rows, target]
        np.exp(e, out=e)
        total = held["total"] = e @ ones
        return np.add.reduce(np.log(total) - picked) / len(x)

    def backward() -> tuple[Array, ...]:
        dx = held["e"] * (1 / (len(x) * held["total"]))[:, None]
        dx[rows, target] -= np.float32(1 / len(x))
        return (dx,)

    return {"forward": forward, "backward": backward}


def embedding(g: Array, weight: Array, index: Array) -> Phases:
    """w[i]; backward the k-th occurrences of all indices are added in one round each."""

    def forward() -> Array:
        return weight[index]

    def backward() -> tuple[Array, ...]:
        order = np.argsort(index, kind="stable")
        found = index[order]
        starts = np.flatnonzero(np.diff(found, prepend=-1))
        counts = np.diff(starts, append=len(found))
        dw = np.zeros_like(weight)
        dw[found[starts]] = g[order[starts]]
        for k in range(1, counts.max()):
            places = starts[counts > k]
            dw[found[places]] += g[order[places + k]]
        return (dw,)

    return {"forward": forward, "backward": backward}


def max_pool_2x2(g: Array, x: Array) -> Phases:
    """The largest of each 2 × 2, rows first; the first of equals gets the gradient."""
    corners = [(slice(None), slice(None), slice(i, None, 2), slice(j, None, 2)) for i in (0, 1) for j in (0, 1)]
    held: dict[str, Array] = {}

    def forward() -> Array:
        rows = np.maximum(x[:, :, ::2], x[:, :, 1::2])
        y = held["y"] = np.maximum(rows[..., ::2], rows[..., 1::2])
        return y

    def backward() -> tuple[Array, ...]:
        y, dx = held["y"], np.empty_like(x)
        left = np.ones(y.shape, bool)
        for corner in corners:
            hit = x[corner] == y
            hit &= left
            left ^= hit
            np.multiply(g, hit, out=dx[corner])
        return (dx,)

    return {"forward": forward, "backward": backward}
