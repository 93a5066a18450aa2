"""Which dtypes a kernel takes, and which it computes in a wider one."""

from __future__ import annotations

from refnn.autograd.op import Array
from refnn.dtypes import from_numpy

__all__ = ["is_half", "not_implemented"]


def not_implemented(kernel: str, x: Array) -> NotImplementedError:
    """The NotImplementedError that names torch's kernel and x's dtype."""
    return NotImplementedError(f"\"{kernel}\" not implemented for '{from_numpy(x.dtype).title}'")


def is_half(x: Array) -> bool:
    """Whether x is of half precision, which sums and series compute in float32."""
    return x.dtype.itemsize == 2 and x.dtype.kind in "fV"
