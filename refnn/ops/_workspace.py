"""Memory that kernels reuse.

A page that a process touches for the first time costs about 2 µs, more than filling it. Kernels that need
large temporary arrays (columns, padded images, transformed tiles) therefore take them from here: a buffer
stays with its thread and serves the next request for the same tag. Large results come from here too: their
memory comes back when nothing refers to it any more, and serves the next result of the same size, as in the
next training step.
"""

from __future__ import annotations

import math
import threading
from typing import Any

import numpy as np

from refnn.autograd.op import Array

__all__ = ["clear", "empty", "held", "lend", "lend_like"]

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
    """How many bytes this thread's buffers take, and results' memory that is not in use."""
    return sum(buffer.nbytes for buffer in _buffers().values()) + sum(buffer.nbytes for buffer in _returned)


def clear() -> None:
    """Give this thread's buffers back, and results' memory that is not in use."""
    _buffers().clear()
    with _lock:
        _returned.clear()


# Results ------------------------------------------------------------------------------------------------

_LEND_FROM = 1 << 20  # bytes: smaller arrays the allocator itself reuses
_RETURNED = 1 << 26  # bytes that are kept for results to come

_returned: list[Array] = []  # memory not in use, what came back last at the end
_lock = threading.Lock()  # never waited for: an array may be given up anywhere, even while this is held


class _Loan:
    """What an array refers to as the owner of its memory."""

    __slots__ = ("__array_interface__", "_memory")

    def __init__(self, memory: Array) -> None:
        self._memory = memory
        self.__array_interface__ = memory.__array_interface__

    def __del__(self) -> None:
        _take_back(self._memory)


def lend(shape: tuple[int, ...], dtype: Any) -> Array:
    """An uninitialised C-contiguous array, to be returned from an op or saved like any other."""
    dtype = np.dtype(dtype)
    size = math.prod(shape) * dtype.itemsize
    if not _LEND_FROM <= size <= _KEEP:
        return np.empty(shape, dtype)
    memory = _find(size)
    if memory is None:
        memory = _aligned(size)
    array: Array = np.asarray(_Loan(memory)).view(dtype).reshape(shape)
    return array


def lend_like(x: Array) -> Array:
    """An uninitialised array like x, dimensions in the same order in memory: np.empty_like of `lend`'s memory."""
    if x.flags.c_contiguous:
        return lend(x.shape, x.dtype)
    order = sorted(range(x.ndim), key=lambda axis: -abs(x.strides[axis]))
    array = lend(tuple(x.shape[axis] for axis in order), x.dtype)
    return array.transpose(np.argsort(order)) if order else array


def _find(size: int) -> Array | None:
    if _lock.acquire(blocking=False):
        try:
            for k in range(len(_returned) - 1, -1, -1):
                if _returned[k].size == size:
                    return _returned.pop(k)
        finally:
            _lock.release()
    return None


def _take_back(memory: Array) -> None:
    if _lock.acquire(blocking=False):
        try:
            _returned.append(memory)
            total = sum(buffer.size for buffer in _returned)
            while total > _RETURNED:
                total -= _returned.pop(0).size
        finally:
            _lock.release()
