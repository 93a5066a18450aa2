"""`out=`: what torch asks of the tensors that results are written into."""

from __future__ import annotations

from typing import Any

import numpy as np

from refnn.autograd.base import Array, TensorBase
from refnn.autograd.modes import mode
from refnn.dtypes import can_cast, from_numpy
from refnn.functions._checks import warn
from refnn.functions._return_types import named
from refnn.functions._scalars import c_name

__all__ = ["FACTORY", "FOUND", "check_memory", "exact", "into"]

_REPEATED = (
    "unsupported operation: more than one element of the written-to tensor refers to a single memory location. "
    "Please clone() the tensor before performing the operation."
)
_SHARED = (
    "unsupported operation: some elements of the input tensor and the written-to tensor refer to a single memory "
    "location. Please clone() the tensor before performing the operation."
)


def _check_repeated(data: Array) -> None:
    """Raise RuntimeError where several elements have one place in memory."""
    if data.size and any(s == 0 and n > 1 for s, n in zip(data.strides, data.shape, strict=True)):
        raise RuntimeError(_REPEATED)


FOUND = "Found dtype {out} but expected {result}"
FACTORY = "dtype {result} does not match dtype of out parameter ({out})"
_RESIZED = (
    "An output with one or more elements was resized since it had shape {have}, which does not match the required "
    "output shape {shape}. This behavior is deprecated, and in a future PyTorch release outputs will not be resized "
    "unless they have zero elements. You can explicitly reuse an out tensor t by resizing it, inplace, to zero "
    "elements with t.resize_(0)."
)


def into(out: Any, result: Any, exact: str = "", resized: str | None = _RESIZED) -> Any:
    """Write a result into `out=`, resizing it where it must, and return it.

    `exact` is the error of a function that converts nothing: `out` must then have the result's dtype.
    `resized` is what it warns where elements are lost by resizing. Raises RuntimeError, before anything is written,
    where gradients would be lost, where the dtype's category would, and where `out` has several elements in one place.
    """
    if out is None:
        return result
    if isinstance(result, tuple):
        for o, r in zip(out, result, strict=True):
            _check_out(o, r, exact)
        return tuple(_write_out(o, r, resized) for o, r in zip(out, result, strict=True))
    _check_out(out, result, exact)
    return _write_out(out, result, resized)


def _check_out(out: Any, result: Any, exact: str) -> None:
    if mode.grad and (out.requires_grad or result._requires_grad):
        raise RuntimeError(
            "out=... function arguments don't support automatic differentiation, but one of the arguments "
            "requires grad."
        )
    data = out._data
    if exact and data.dtype != result._data.dtype:
        raise RuntimeError(exact.format(out=out.dtype.title, result=result.dtype.title))
    _check_repeated(data)
    given, wanted = from_numpy(result._data.dtype), from_numpy(data.dtype)
    if not can_cast(given, wanted):
        raise RuntimeError(f"result type {given.title} can't be cast to the desired output type {wanted.title}")


def _write_out(out: Any, result: Any, resized: str | None) -> Any:
    shape = result._data.shape
    if out._data.shape != shape:
        if out._data.size and resized:
            warn(resized.format(have=list(out._data.shape), shape=list(shape)))
        out._data = np.empty(shape, out._data.dtype)
    np.copyto(out._data, result._data, casting="unsafe")
    out._bump_version()
    return out


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
    _check_repeated(out._data)
    for x in inputs:
        if isinstance(x, TensorBase) and _overlaps(out, result, x):
            raise RuntimeError(_SHARED)


def _check_dtype(out: Any, result: Any, text: str) -> None:
    if out._data.dtype != result._data.dtype:
        if text:
            raise RuntimeError(text.format(out=out.dtype.title, result=result.dtype.title))
        given, wanted = c_name(out._data.dtype), c_name(result._data.dtype)
        raise RuntimeError(f"Expected out tensor to have dtype {wanted}, but got {given} instead")


def exact(out: Any, result: Any, *inputs: Any, text: str = "") -> Any:
    """A result, or tuple of results, in `out`, which must have the dtype of the result and share no memory.

    `text` is the error of a function with words of its own for another dtype. Raises RuntimeError before anything is
    written.
    """
    if out is None:
        return result
    pairs = list(zip(out, result, strict=True)) if isinstance(result, tuple) else [(out, result)]
    for o, r in pairs:
        _check_dtype(o, r, text)
    for o, r in pairs:
        check_memory(o, r, *inputs)
    for o, r in pairs:
        into(o, r)
    return named(f"{type(result).__name__}_out", out) if hasattr(result, "_fields") else out
