"""Distances in units in the last place."""

from __future__ import annotations

import numpy as np

from refnn.autograd.op import Array

__all__ = ["ulp_distance"]


def ulp_distance(a: Array, b: Array) -> Array:
    """How many representable values lie between a and b, elementwise; NaN to NaN is 0.

    Floats of one dtype, seen as integers: those of one sign are in order, and both zeros are 0. Complex
    values give the larger of their parts' distances; integers their difference. The result is float64, and
    inf where only one is NaN.
    """
    if a.dtype.kind == "c":
        return np.maximum(ulp_distance(a.real, b.real), ulp_distance(a.imag, b.imag))
    if a.dtype.kind in "biu":
        return np.abs(a.astype(np.float64) - b.astype(np.float64))
    width = a.dtype.itemsize * 8
    magnitude = np.uint64((1 << (width - 1)) - 1)
    bits = [np.ascontiguousarray(x).view(f"u{width // 8}").astype(np.uint64).reshape(x.shape) for x in (a, b)]
    first, second = (x & magnitude for x in bits)
    same_sign = (bits[0] > magnitude) == (bits[1] > magnitude)
    apart = np.where(same_sign, np.maximum(first, second) - np.minimum(first, second), first + second)
    lost = np.isnan(a), np.isnan(b)
    result: Array = np.where(lost[0] ^ lost[1], np.inf, np.where(lost[0] & lost[1], 0.0, apart.astype(np.float64)))
    return result
