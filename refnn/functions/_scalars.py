"""Python numbers on their way into a tensor of a given dtype."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from refnn.autograd.base import Array
from refnn.dtypes import from_numpy

__all__ = ["as_factor", "as_number", "c_name", "type_text"]

# C++'s names of the dtypes, which some of torch's messages give, and the names of its integers in others.
_CPP_NAMES = {
    "float16": "c10::Half", "bfloat16": "c10::BFloat16", "float32": "float", "float64": "double",
    "complex64": "c10::complex<float>", "complex128": "c10::complex<double>", "bool": "bool",
    "uint8": "unsigned char", "int8": "signed char", "int16": "short int", "int32": "int", "int64": "long int",
    "uint16": "short unsigned int", "uint32": "unsigned int", "uint64": "long unsigned int",
}  # fmt: skip
_FIXED_WIDTH = {
    "uint8": "uint8_t", "int8": "int8_t", "int16": "int16_t", "int64": "int64_t",
    "uint16": "uint16_t", "uint32": "uint32_t", "uint64": "uint64_t",
}  # fmt: skip
_BFLOAT16_MAX = float.fromhex("0x1.fep127")


def c_name(dtype: Any) -> str:
    """The C++ type of a dtype, as error messages about tensors name it."""
    return _CPP_NAMES[dtype.name]


def type_text(dtype: Any) -> str:
    """How torch's C++ names the type of a tensor of a dtype."""
    title = from_numpy(dtype).title
    named = dtype.kind in "iuf" and title not in ("UInt16", "UInt32", "UInt64")
    return f"torch.{title}Tensor" if named else f"CPU{title}Type"


def _overflows(value: Any, dtype: Any) -> bool:
    if dtype.kind == "b":
        return False
    if isinstance(value, complex):
        return _overflows(value.real, dtype) or (
            _overflows(value.imag, dtype) if dtype.kind == "c" else value.imag != 0
        )
    if dtype.kind in "iu":
        limits = np.iinfo(dtype)
        wraps = dtype.kind == "u" and isinstance(value, int)  # −1 is the largest
        return not (-limits.max if wraps else limits.min) <= value <= limits.max  # NaN overflows too
    return math.isfinite(value) and abs(value) > (_BFLOAT16_MAX if dtype.kind == "V" else float(np.finfo(dtype).max))


def as_number(value: Any, dtype: Any, called: str = "") -> Array:
    """A number as a 0-dim array of a dtype, cut towards 0 for integers.

    Raises RuntimeError where the dtype cannot hold it, OverflowError for an integer of more than 64 bits.
    """
    value = value.item() if isinstance(value, np.generic) else value
    if isinstance(value, int) and not -(2**63) <= value < 2**64:
        raise OverflowError("int too big to convert")
    if _overflows(value, dtype):
        name = called or _FIXED_WIDTH.get(dtype.name) or c_name(dtype)
        raise RuntimeError(f"value cannot be converted to type {name} without overflow")
    if dtype.kind in "iu":
        return np.asarray(math.trunc(value.real) & (2 ** (8 * dtype.itemsize) - 1), np.uint64).astype(dtype)
    return np.asarray(value.real if isinstance(value, complex) and dtype.kind not in "bc" else value).astype(dtype)


def as_factor(value: Any, dtype: Any, *, rounded: bool = False) -> Any:
    """A number that tensors of a dtype are multiplied with, as Python's; for integers it is cut to one of them.

    `rounded`: to the dtype, which torch does in some functions. Raises what as_number raises.
    """
    value = getattr(value, "_data", value)
    value = value.item() if isinstance(value, (np.ndarray, np.generic)) else value
    held = as_number(value, dtype)
    if dtype.kind in "iub" or rounded:
        return held.item()
    return value.real if isinstance(value, complex) and dtype.kind != "c" else value
