"""Which dtypes a kernel computes in a wider one."""

from __future__ import annotations

from refnn.autograd.op import Array

__all__ = ["is_half"]


def is_half(x: Array) -> bool:
    """Whether x is of half precision, which sums and series compute in float32."""
    return x.dtype.itemsize == 2 and x.dtype.kind in "fV"
