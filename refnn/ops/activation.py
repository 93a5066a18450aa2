"""Activations."""

from __future__ import annotations

import numpy as np

from refnn.autograd.op import Array, op
from refnn.ops.creation import conj, zeros_like
from refnn.ops.pointwise import where


@op(promote="float")
def tanh(x: Array) -> Array:
    """y = tanh x."""
    return np.tanh(x)


tanh.derivative(x=lambda g, out: g * conj(1 - out * out))


@op(promote="float")
def sigmoid(x: Array) -> Array:
    """y = 1 / (1 + e⁻ˣ)."""
    return 1 / (1 + np.exp(-x))


sigmoid.derivative(x=lambda g, out: g * conj((1 - out) * out))


@op
def relu(x: Array) -> Array:
    """y = max(x, 0). NaN stays; the gradient at 0 is 0."""
    return np.maximum(x, np.zeros_like(x))


relu.derivative(x=lambda g, out: where(out > 0, g, zeros_like(g)))
