"""Windows on memory by their strides: torch.as_strided, empty_strided, Tensor.new_empty_strided."""

from __future__ import annotations

from typing import Any

import numpy as np

from refnn.dtypes import dtype as DType
from refnn.functions._factories import finish, numpy_dtype
from refnn.ops import strided as ops
from refnn.types import layout, strided


def _check_lengths(size: tuple[int, ...], stride: tuple[int, ...]) -> None:
    if any(n < 0 for n in (*size, *stride)):
        raise RuntimeError(f"Storage size calculation overflowed with sizes={list(size)} and strides={list(stride)}")


def as_strided(input: Any, size: Any, stride: Any, storage_offset: int | None = None) -> Any:
    """The window of these sizes and strides on input's memory, from an offset in elements; by default input's own.

    Raises RuntimeError for strides that do not fit the sizes or are negative, and for a window that leaves the memory.
    Source: torch.as_strided.
    """
    size, stride = tuple(map(int, size)), tuple(map(int, stride))
    if len(size) != len(stride):
        raise RuntimeError("mismatch in length of strides and shape")
    if any(s < 0 for s in stride):
        text = f"as_strided: Negative strides are not supported at the moment, got strides: {list(stride)}"
        raise RuntimeError(text)
    _check_lengths(size, stride)
    begin = input.storage_offset()
    start = begin if storage_offset is None else int(storage_offset)
    if start < 0:
        raise RuntimeError(f"Tensor: invalid storage offset {start}")
    own = input.stride()
    whole = input if input._base is None else input._base
    held = ops.reach(whole._data.shape, whole.stride()) * input._data.itemsize
    needed = (start + ops.reach(size, stride)) * input._data.itemsize
    if 0 not in size and needed > held:
        raise RuntimeError(
            f"setStorage: sizes {list(size)}, strides {list(stride)}, storage offset {start}, and itemsize "
            f"{input._data.itemsize} requiring a storage size of {needed} are out of bounds for storage of size {held}"
        )
    return ops.as_strided(input, size=size, stride=stride, offset=start - begin, own=own)


def as_strided_(input: Any, size: Any, stride: Any, storage_offset: int | None = None) -> Any:
    """In place: as_strided."""
    return input._reshaped(as_strided(input, size, stride, storage_offset), "AsStridedBackward1")


def _made(size: Any, stride: Any, kind: Any) -> Any:
    size, stride = tuple(map(int, size)), tuple(map(int, stride))
    if len(size) != len(stride):
        raise RuntimeError(
            f"dimensionality of sizes ({len(size)}) must match dimensionality of strides ({len(stride)})"
        )
    _check_lengths(size, stride)
    memory = np.empty(max(ops.reach(size, stride), 1), kind)
    return np.lib.stride_tricks.as_strided(memory, size, tuple(s * memory.itemsize for s in stride))


def empty_strided(
    size: Any,
    stride: Any,
    *,
    dtype: DType | None = None,
    layout: layout = strided,
    device: Any = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
) -> Any:
    """Memory as it comes, in an order of memory given by strides."""
    return finish(_made(size, stride, numpy_dtype(dtype)), requires_grad, layout, device, pin_memory)


def new_empty_strided(input: Any, size: Any, stride: Any, *, dtype: DType | None = None, **options: Any) -> Any:
    """empty_strided of input's dtype, with the options of empty_strided."""
    return empty_strided(size, stride, dtype=input.dtype if dtype is None else dtype, **options)
