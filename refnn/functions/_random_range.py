"""The range of integers that `random_` draws from, as torch narrows it to what a dtype holds."""

from __future__ import annotations

import functools
import math
import warnings
from typing import Any

import numpy as np

from refnn import dtypes

__all__ = ["C_NAMES", "DIGITS", "is_floating", "limits", "name_of", "random_range"]

C_NAMES = {
    "float16": "c10::Half", "bfloat16": "c10::BFloat16", "float32": "float", "float64": "double",
    "int8": "signed char", "int16": "short int", "int32": "int", "int64": "long int", "bool": "bool",
    "uint8": "unsigned char", "uint16": "short unsigned int", "uint32": "unsigned int",
    "uint64": "long unsigned int", "complex64": "c10::complex<float>", "complex128": "c10::complex<double>",
}  # fmt: skip
DIGITS = {"float16": 11, "bfloat16": 8, "float32": 24, "float64": 53}
_LEAST = -(2**63)


def is_floating(dtype: Any) -> bool:
    return dtype.kind == "f" or (dtype.kind == "V" and name_of(dtype) in DIGITS)


@functools.cache
def name_of(dtype: Any) -> str:
    """dtype.name, which takes NumPy some microseconds."""
    return str(dtype.name)


@functools.cache
def limits(dtype: Any) -> tuple[Any, Any]:
    """The least and the greatest number of a dtype; of uint64 what fits int64."""
    if is_floating(dtype):
        most = dtypes.finfo(dtypes.from_numpy(dtype)).max
        return -most, most
    if dtype.kind == "b":
        return 0, 1
    return int(np.iinfo(dtype).min), min(int(np.iinfo(dtype).max), 2**63 - 1)


def random_range(dtype: Any, low: int, high: int | None) -> tuple[int, int]:
    """The range [low, high) as `random_` uses it for a dtype; a high of None ends at the maximum.

    Raises RuntimeError where it is empty or leaves the dtype, ValueError beyond 64 bits.
    """
    if not all(_LEAST <= v < 2**63 for v in (low, high or 0)):
        raise ValueError("Overflow when unpacking long long")
    if dtype.kind == "c":
        raise RuntimeError("check_random_bounds handles only integral, floating-point and boolean types")
    if high is None:
        return _open_range(dtype, low)
    if low >= high:
        raise RuntimeError(f"random_ expects 'from' to be less than 'to', but got from={low} >= to={high}")
    if is_floating(dtype):
        low, high = _exact_from(dtype, low), _exact_to(dtype, high)
        if low >= high:
            raise RuntimeError(
                "random_ expects 'from' casted to dtype to be less than 'to' casted to dtype, but got "
                f"from={low} >= to={high}"
            )
    _check_bounds(dtype, low, high - 1)
    return low, high


def _open_range(dtype: Any, low: int) -> tuple[int, int]:
    if low == _LEAST:
        if dtype.name not in ("int64", "float64", "float32", "bfloat16"):
            raise RuntimeError("random_full_64_bits_range_kernel_cpu handles only int64, double, float and bfloat16")
        return 0, 2**64  # 64 bits as they come, read as a signed integer
    if is_floating(dtype):
        last = 2 ** DIGITS[dtype.name]
        low = _exact_from(dtype, low)
        if low >= last:
            raise RuntimeError(
                "random_ expects 'from' casted to dtype to be less than or equal to 'to_inc' casted to "
                f"dtype, but got from={low} > to_inc={last}"
            )
    else:
        last = 1 if dtype.kind == "b" else int(np.iinfo(dtype).max)
        last = -1 if last >= 2**63 else last  # uint64's maximum, read as int64
    _check_bounds(dtype, low, last)
    return low, last + 1


def _check_bounds(dtype: Any, low: int, last: int) -> None:
    least, most = limits(dtype)
    for value, name in ((low, "from"), (last, "to - 1")):
        if not least <= value <= most:
            raise RuntimeError(f"{name} is out of bounds for {C_NAMES[dtype.name]}")
    if is_floating(dtype):
        _warn_of_gaps(dtype.name, low, last)


def _warn_of_gaps(dtype: str, low: int, last: int) -> None:
    digits = DIGITS[dtype]
    for value, name in ((low, "from"), (last, "to - 1")):
        if abs(value) > 1 << digits:
            warnings.warn(
                f"{name} is out of bounds [-(2^{digits}), 2^{digits}]. Due to precision limitations "
                f"{C_NAMES[dtype]} can support discrete uniform distribution only within this range. This "
                "warning will become an error in version 1.7 release, please fix the code in advance",
                stacklevel=6,
            )


def _exact_from(dtype: Any, low: int) -> int:
    """The least integer ≥ low that a draw can become without rounding below low."""
    rounded = _rounded(dtype, low + 1)
    if rounded < low:
        return rounded + (1 << (abs(low + 1).bit_length() - DIGITS[dtype.name]))
    return low


def _exact_to(dtype: Any, high: int) -> int:
    """The greatest integer ≤ high below which no draw rounds up to high."""
    rounded = _rounded(dtype, high - 1)
    if rounded >= high:
        return rounded - (1 << (abs(high - 1).bit_length() - DIGITS[dtype.name]))
    return high


def _rounded(dtype: Any, value: int) -> int:
    with np.errstate(over="ignore"):
        number = float(np.float64(value).astype(dtype))
    return int(number) if math.isfinite(number) else value
