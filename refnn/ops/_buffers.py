"""Arithmetic on strided arrays without a copy of each operand.

A ufunc gathers operands that are not contiguous in buffers, where rows are short enough for several to fit,
although it could compute row by row in place: for rows of 256 to 4096 numbers that takes 1.5 to 2 times as
long. With a small buffer it leaves them where they are.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext

import numpy as np

__all__ = ["in_place"]

ROW = 512  # numbers in a buffer
MANY = 1 << 14  # numbers from which it pays


def in_place(size: int) -> AbstractContextManager[None]:
    """Inside, ufuncs of this thread compute longer rows where they lie. `size` is that of the arrays.

    Not for sums that cast: they are rounded once for each buffer.
    """
    return _as_it_is if size < MANY else _small_buffer()


_as_it_is = nullcontext()


@contextmanager
def _small_buffer() -> Iterator[None]:
    before = np.setbufsize(ROW)
    try:
        yield
    finally:
        np.setbufsize(before)
