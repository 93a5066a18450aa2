"""Noise for dropout: what the values are multiplied by, and for alpha dropout what is added as well.

The noise is a constant to the tape, so dropout needs no operation of its own: it is x · noise, and alpha
dropout is x · scale + shift. `native_dropout` alone is one: it returns its mask as well.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from refnn.autograd.op import Array, op
from refnn.ops._half import opmath_dtype
from refnn.ops._select import choose
from refnn.ops.pointwise import mul

__all__ = ["alpha_noise", "native_dropout", "noise"]

# λ α of SELU, with λ = 1.0507009873554805 and α = 1.6732632423543772: dropped units take −λ α.
_ALPHA = 1.7580993408473766


def noise(kept: Array, p: float, dtype: np.dtype[Any]) -> Array:
    """kept / (1 − p), in the dtype. `kept` is a boolean array, true with probability 1 − p."""
    work = opmath_dtype(dtype).type
    return kept * np.asarray(work(1) / work(1 - p)).astype(dtype)


def alpha_noise(kept: Array, p: float, dtype: np.dtype[Any]) -> tuple[Array, Array]:
    """(scale, shift): (a, a α p) where kept, (0, a α p − a α) where not, a = 1 / √((α² p + 1)(1 − p)).

    Mean 0 and variance 1 stay mean 0 and variance 1. Source: Klambauer et al., 2017.
    """
    a = 1.0 / math.sqrt((_ALPHA * _ALPHA * p + 1) * (1 - p))
    work = opmath_dtype(dtype).type
    scale = np.asarray([a, 0.0]).astype(dtype)
    dropped = (work(-1) * work(_ALPHA * a)).astype(dtype).astype(work)  # rounded twice, as torch rounds it
    shift = (np.asarray([0.0, dropped], work) + work(_ALPHA * a * p)).astype(dtype)
    return _of_two(kept, scale), _of_two(kept, shift)


def _of_two(kept: Array, values: Array) -> Array:
    """The first value where kept, the second elsewhere."""
    return choose(kept, np.asarray(values[0]), np.asarray(values[1]))


@op
def native_dropout(x: Array, *, kept: Array, scale: float) -> tuple[Array, Array]:
    """(x · kept · scale, kept), rounded after each product."""
    return x * kept * np.asarray(scale, x.dtype), kept


native_dropout.derivative(x=lambda g, kept, scale: mul(g[0], kept) * scale)
