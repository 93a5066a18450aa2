"""Scratch memory that kernels reuse.

A page that a process touches for the first time costs about 2 µs, more than filling it. Kernels that need
large temporary arrays (columns, padded images, transformed tiles) therefore take them from here: a buffer
stays with its thread and serves the next request for the same tag.
"""

from __future__ import annotations

import math
import threading
from typing import Any

import numpy as np

from refnn.autograd.op import Array

__all__ = ["clear", "empty", "held"]

_ALIGNMENT = 64  # bytes: a cache line, and the widest vector register
_KEEP = 1 << 25  # bytes: a larger buffer is handed out but not kept, so that memory does not stay high

_local = threading.local()


def _buffers() -> dict[str, Array]:
    buffers: dict[str, Array] | None = getattr(_local, "buffers", None)
    if buffers is None:
        buffers = _local.buffers = {}
    return buffers


def _aligned(size: int) -> Array:
    raw = np.empty(size + _ALIGNMENT, np.uint8)
    start = -raw.ctypes.data % _ALIGNMENT
    return raw[start : start + size]


def empty(shape: tuple[int, ...], dtype: Any, tag: str) -> Array:
    """An uninitialised C-contiguous array, valid until the same thread asks for the same tag again.

    Never return it from an op, and never save it for backward.
    """
    dtype = np.dtype(dtype)
    size = math.prod(shape) * dtype.itemsize
    buffers = _buffers()
    buffer = buffers.get(tag)
    if buffer is None or buffer.size < size:
        buffer = _aligned(size)
        if size <= _KEEP:
            buffers[tag] = buffer
    array: Array = buffer[:size].view(dtype).reshape(shape)
    return array


def held() -> int:
    """How many bytes this thread's buffers take."""
    return sum(buffer.nbytes for buffer in _buffers().values())


def clear() -> None:
    """Give this thread's buffers back."""
    _buffers().clear()
