"""torch's error for a dtype that a kernel does not take."""

from __future__ import annotations

from refnn.autograd.op import Array
from refnn.dtypes import from_numpy

__all__ = ["not_implemented"]


def not_implemented(kernel: str, x: Array) -> NotImplementedError:
    """The NotImplementedError that names torch's kernel and x's dtype."""
    return NotImplementedError(f"\"{kernel}\" not implemented for '{from_numpy(x.dtype).title}'")
