"""Python numbers on their way into a tensor of a given dtype."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from refnn.autograd.base import Array

__all__ = ["as_number", "c_name"]

_C_NAMES = {
    "float16": "at::Half", "bfloat16": "at::BFloat16", "float32": "float", "float64": "double",
    "uint8": "uint8_t", "int8": "int8_t", "int16": "int16_t", "int32": "int", "int64": "int64_t",
    "uint16": "uint16_t", "uint32": "uint32_t", "uint64": "uint64_t", "bool": "bool",
    "complex64": "c10::complex<float>", "complex128": "c10::complex<double>",
}  # fmt: skip
_OUT_NAMES = {
    "float16": "c10::Half", "bfloat16": "c10::BFloat16", "uint8": "unsigned char", "int8": "signed char",
    "int16": "short int", "int64": "long int", "uint16": "short unsigned int", "uint32": "unsigned int",
    "uint64": "long unsigned int",
}  # fmt: skip


def c_name(dtype: Any) -> str:
    """The C++ type of a dtype, as error messages about tensors name it."""
    return _OUT_NAMES.get(dtype.name, _C_NAMES.get(dtype.name, dtype.name))


def _overflows(value: Any, dtype: Any) -> bool:
    if isinstance(value, complex):
        if dtype.kind != "c":
            return value.imag != 0 or _overflows(value.real, dtype)
        return False
    if dtype.kind in "iu":
        if math.isinf(value) or math.isnan(value):
            return True
        low = np.iinfo(dtype).min if dtype.kind == "i" else -np.iinfo(dtype).max  # −1 is the largest of unsigned
        return not low <= math.trunc(value) <= np.iinfo(dtype).max
    if dtype.kind == "f" and math.isfinite(value):
        return bool(abs(value) > float(np.finfo(dtype).max))
    return False


def as_number(value: Any, dtype: Any, called: str = "") -> Array:
    """A number as a 0-dim array of a dtype, cut towards 0 for integers.

    Raises RuntimeError where the dtype cannot hold it.
    """
    value = value.item() if isinstance(value, np.generic) else value
    if _overflows(value, dtype):
        name = called or _C_NAMES.get(dtype.name, dtype.name)
        raise RuntimeError(f"value cannot be converted to type {name} without overflow")
    if dtype.kind in "iu":
        return np.asarray(math.trunc(value.real) & (2 ** (8 * dtype.itemsize) - 1), np.uint64).astype(dtype)
    return np.asarray(value.real if isinstance(value, complex) and dtype.kind != "c" else value).astype(dtype)
