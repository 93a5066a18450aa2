"""Convolutions, 3 × 3, over channels-last memory."""

from __future__ import annotations

import numpy as np

from benchmarks.by_hand.layers import Array, Phases

TAPS = [(i, j) for i in range(3) for j in range(3)]


def last(images: Array) -> Array:
    """Channels last in memory."""
    return np.ascontiguousarray(images.transpose(0, 2, 3, 1))


def first(images: Array) -> Array:
    """Channels first again, a view."""
    return images.transpose(0, 3, 1, 2)


class Unfold:
    """The 3 × 3 windows of an image (H, W, C) with a border of zeros, as rows of one buffer."""

    def __init__(self, image: tuple[int, ...], border: int, dtype: np.dtype) -> None:
        height, width, channels = image
        self.border, self.size = border, (height + 2 * border - 2, width + 2 * border - 2)
        self.padded = np.zeros((height + 2 * border, width + 2 * border, channels), dtype)
        self.inside = self.padded[border : border + height, border : border + width]
        self.columns = np.empty((*self.size, 9, channels), dtype)
        self.rows = self.columns.reshape(-1, 9 * channels)

    def __call__(self, image: Array) -> Array:
        height, width = self.size
        if self.border:
            self.inside[:] = image
            image = self.padded
        for k, (i, j) in enumerate(TAPS):
            self.columns[:, :, k] = image[i : i + height, j : j + width]
        return self.rows

    def convolve(self, images: Array, matrix: Array) -> Array:
        """im2col and a product, an image at a time: (N, H', W', O)."""
        y = np.empty((len(images), len(self.rows), matrix.shape[1]), images.dtype)
        for image, to in zip(images, y, strict=True):
            np.matmul(self(image), matrix, out=to)
        return y.reshape(len(images), *self.size, -1)

    def correlate(self, images: Array, gradients: Array) -> Array:
        """The weight's gradient (O, C, 3, 3)."""
        out, channels = gradients.shape[-1], images.shape[-1]
        dw = np.zeros((9 * channels, out), images.dtype)
        for image, gradient in zip(images, gradients, strict=True):
            dw += self(image).T @ gradient.reshape(-1, out)
        return dw.reshape(3, 3, channels, out).transpose(3, 2, 0, 1)


def matrix_of(weight: Array) -> Array:
    """(O, C, 3, 3) -> (9 C, O)"""
    return np.ascontiguousarray(weight.transpose(2, 3, 1, 0)).reshape(-1, len(weight))


def turned(weight: Array) -> Array:
    """The kernel that takes the output's gradient to the input's, as a matrix (9 O, C)."""
    return matrix_of(weight[:, :, ::-1, ::-1].transpose(1, 0, 2, 3))


def conv_3x3(g: Array, x: Array, weight: Array, bias: Array) -> Phases:
    """With a border of 1. The input's gradient is a convolution of g with the kernel turned round."""
    images, gradients = last(x), last(g)
    of_x, of_g = (Unfold(a.shape[1:], 1, a.dtype) for a in (images, gradients))

    def forward() -> Array:
        y = of_x.convolve(images, matrix_of(weight))
        y += bias
        return first(y)

    def backward() -> tuple[Array, ...]:
        db = np.add.reduce(gradients.reshape(-1, len(weight)), 0)
        return first(of_g.convolve(gradients, turned(weight))), of_x.correlate(images, gradients), db

    return {"forward": forward, "backward": backward}


def depthwise_3x3(g: Array, x: Array, weight: Array, bias: Array) -> Phases:
    """With a border of 1: shifted multiply-adds, an image at a time."""
    channels, height, width = x.shape[1:]
    images, gradients = last(x), last(g)
    kernel = np.ascontiguousarray(weight[:, 0].transpose(1, 2, 0))
    padded, scratch = np.zeros((height + 2, width + 2, channels), x.dtype), np.empty((height, width, channels), x.dtype)
    ones = np.ones(height * width, x.dtype)

    def shifted(image: Array) -> list[Array]:
        padded[1:-1, 1:-1] = image
        return [padded[i : i + height, j : j + width] for i, j in TAPS]

    def convolve(source: Array, taps: Array) -> Array:
        y = np.empty_like(source)
        for image, to in zip(source, y, strict=True):
            (window, tap), *others = zip(shifted(image), taps.reshape(9, channels), strict=True)
            np.multiply(window, tap, out=to)
            for window, tap in others:
                to += np.multiply(window, tap, out=scratch)
        return y

    def forward() -> Array:
        y = convolve(images, kernel)
        y += bias
        return first(y)

    def backward() -> tuple[Array, ...]:
        dw = np.zeros((9, channels), x.dtype)
        for image, gradient in zip(images, gradients, strict=True):
            for total, window in zip(dw, shifted(image), strict=True):
                total += ones @ np.multiply(window, gradient, out=scratch).reshape(-1, channels)
        dx = convolve(gradients, kernel[::-1, ::-1])
        db = np.add.reduce(gradients.reshape(-1, channels), 0)
        return first(dx), dw.reshape(3, 3, channels, 1).transpose(2, 3, 0, 1), db

    return {"forward": forward, "backward": backward}
