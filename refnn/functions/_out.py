"""`out=`: what torch asks of the tensors that results are written into."""

from __future__ import annotations

from typing import Any

import numpy as np

from refnn.autograd.base import Array, TensorBase
from refnn.functions._checks import into
from refnn.functions._scalars import c_name

__all__ = ["check_memory", "exact", "same"]

_REPEATED = (
    "unsupported operation: more than one element of the written-to tensor refers to a single memory location. "
    "Please clone() the tensor before performing the operation."
)
_SHARED = (
    "unsupported operation: some elements of the input tensor and the written-to tensor refer to a single memory "
    "location. Please clone() the tensor before performing the operation."
)


def _owner(array: Array) -> Any:
    """The object whose memory an array is a view of."""
    while isinstance(array, np.ndarray) and array.base is not None:
        array = array.base
    return array


def _overlaps(out: Any, result: Any, x: Any) -> bool:
    """Whether an input shares memory with `out`, as it is or as it will be for the result."""
    if out is x or np.may_share_memory(out._data, x._data):
        return True
    begin = out._data.__array_interface__["data"][0]
    inside = begin <= x._data.__array_interface__["data"][0] < begin + result._data.nbytes
    return inside and _owner(out._data) is _owner(x._data)


def check_memory(out: Any, result: Any, *inputs: Any) -> None:
    """Raise RuntimeError where `out`, or what it is resized to, overlaps itself or an input."""
    data = out._data
    if data.size and any(s == 0 and n > 1 for s, n in zip(data.strides, data.shape, strict=True)):
        raise RuntimeError(_REPEATED)
    for x in inputs:
        if isinstance(x, TensorBase) and _overlaps(out, result, x):
            raise RuntimeError(_SHARED)


def _check_dtype(out: Any, result: Any) -> None:
    if out._data.dtype != result._data.dtype:
        given, wanted = c_name(out._data.dtype), c_name(result._data.dtype)
        raise RuntimeError(f"Expected out tensor to have dtype {wanted}, but got {given} instead")


def exact(out: Any, result: Any, *inputs: Any) -> Any:
    """A result, or tuple of results, in `out`, which must have the dtype of the result and share no memory.

    Raises RuntimeError before anything is written.
    """
    if out is None:
        return result
    pairs = list(zip(out, result, strict=True)) if isinstance(result, tuple) else [(out, result)]
    for o, r in pairs:
        _check_dtype(o, r)
    for o, r in pairs:
        check_memory(o, r, *inputs)
    for o, r in pairs:
        into(o, r)
    return type(result)(*out) if hasattr(result, "_fields") else out


def same(out: Any, result: Any, text: str, *inputs: Any) -> Any:
    """A result in `out`, with the error of a function that words its check of dtypes itself."""
    if out is None:
        return result
    if out._data.dtype != result._data.dtype:
        raise RuntimeError(text)
    check_memory(out, result, *inputs)
    return into(out, result)
