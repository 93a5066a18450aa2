"""Training steps: `backward` gives the gradients of the parameters, `optimizer` takes the rate times them away."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from benchmarks.by_hand.layers import Array, Phases, cross_entropy
from benchmarks.by_hand.windows import Unfold, first, last, matrix_of, turned


def _descend(parameters: tuple[Array, ...], gradients: Callable[[], tuple[Array, ...]], rate: float) -> Phases:
    """The two phases that follow the forward one."""
    found: list[Array] = []
    lr = np.float32(rate)

    def backward() -> tuple[Array, ...]:
        found[:] = gradients()
        return tuple(found)

    def optimizer() -> None:
        for parameter, gradient in zip(parameters, found, strict=True):
            gradient *= lr
            parameter -= gradient

    return {"backward": backward, "optimizer": optimizer}


def tiny_mlp(x: Array, y: Array, w1: Array, b1: Array, w2: Array, b2: Array, rate: float) -> Phases:
    """Two linear layers, a rectifier between, and the mean squared error."""
    zero, slope = np.zeros((), x.dtype), np.float32(2 / y.size)
    held: dict[str, Array] = {}

    def forward() -> Array:
        h = x.dot(w1.T)
        h += b1
        np.maximum(h, zero, out=h)
        error = h.dot(w2.T)
        error += b2
        error -= y
        held.update(h=h, error=error)
        return np.add.reduce(error * error, None) / y.size

    def gradients() -> tuple[Array, ...]:
        h, g = held["h"], held["error"]
        g *= slope
        dh = g.dot(w2)
        dh *= h > zero
        return dh.T.dot(x), np.add.reduce(dh, 0), g.T.dot(h), np.add.reduce(g, 0)

    return {"forward": forward, **_descend((w1, b1, w2, b2), gradients, rate)}


def digits_cnn(
    x: Array, target: Array, parameters: tuple[Array, ...], rate: float, dropout: tuple[float, float]
) -> Phases:
    """The network of examples/digits_cnn.py on images (N, 1, 28, 28), channels last from end to end: two convolutions,
    rectified, max pooling, dropout, two linear layers with a rectifier and dropout between, and cross entropy.
    """
    w1, b1, w2, b2, w3, b3, w4, b4 = parameters
    n, channels = len(x), len(w2)
    images = last(x)
    unfold = (
        Unfold((28, 28, 1), 0, x.dtype),
        Unfold((26, 26, len(w1)), 0, x.dtype),
        Unfold((24, 24, channels), 2, x.dtype),
    )
    corners = [(slice(None), slice(i, None, 2), slice(j, None, 2)) for i in (0, 1) for j in (0, 1)]
    random = np.random.default_rng(0)
    held: dict[str, Array] = {}

    def dropped(a: Array, p: float) -> tuple[Array, Array]:
        if not p:
            return a, np.ones((), a.dtype)
        mask = (random.random(a.shape, a.dtype) >= p).astype(a.dtype)
        mask *= np.float32(1 / (1 - p))
        return a * mask, mask

    def rectified(a: Array, bias: Array) -> Array:
        a += bias
        return np.maximum(a, np.zeros((), a.dtype), out=a)

    def forward() -> Array:
        a1 = rectified(unfold[0].convolve(images, matrix_of(w1)), b1)
        a2 = rectified(unfold[1].convolve(a1, matrix_of(w2)), b2)
        pooled = np.maximum(*[np.maximum(a2[corners[k]], a2[corners[k + 1]]) for k in (0, 2)])
        kept, mask1 = dropped(pooled, dropout[0])
        flat = first(kept).reshape(n, -1)
        a3, mask2 = dropped(rectified(flat @ w3.T, b3), dropout[1])
        loss = cross_entropy(a3 @ w4.T + b4, target)
        held.update(a1=a1, a2=a2, pooled=pooled, flat=flat, a3=a3, masks=(mask1, mask2), loss=loss)
        return loss["forward"]()

    def gradients() -> tuple[Array, ...]:
        a1, a2, pooled, flat, a3 = (held[name] for name in ("a1", "a2", "pooled", "flat", "a3"))
        mask1, mask2 = held["masks"]
        (g4,) = held["loss"]["backward"]()
        g3 = g4 @ w4
        g3 *= mask2
        g3 *= a3 > 0
        g = last((g3 @ w3).reshape(n, channels, 12, 12))
        g *= mask1
        g *= pooled > 0
        g2, left = np.empty_like(a2), np.ones(pooled.shape, bool)
        for corner in corners:
            hit = a2[corner] == pooled
            hit &= left
            left ^= hit
            np.multiply(g, hit, out=g2[corner])
        g1 = unfold[2].convolve(g2, turned(w2))
        g1 *= a1 > 0
        dw1, dw2 = unfold[0].correlate(images, g1), unfold[1].correlate(a1, g2)
        db1, db2, db3, db4 = (np.add.reduce(d.reshape(-1, d.shape[-1]), 0) for d in (g1, g2, g3, g4))
        return dw1, db1, dw2, db2, g3.T @ flat, db3, g4.T @ a3, db4

    return {"forward": forward, **_descend(parameters, gradients, rate)}
