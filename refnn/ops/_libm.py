"""Float64 functions to the last bit: the C library's log, exp, sin …, and a fused multiply-add.

torch's random kernels call the C library. NumPy's vector loops (AVX-512) round some values otherwise, while
its plain loop, which it takes for strided input, calls the C library too. That is NumPy's private affair:
so each function is compared with `math` when it is first used, and falls back to `math` itself, an element at a
time. The multiply-add relies on float64 arithmetic that rounds each result once, to nearest; it too is checked
when it is first used, and falls back to fractions. Either fallback gives the same numbers, slowly, and warns.
"""

from __future__ import annotations

import functools
import math
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["cos", "exp", "fma", "log", "log1p", "sin", "tan"]

Doubles = NDArray[np.float64]

_SPLIT = 134217729.0  # 2²⁷ + 1
_SAFE_EXPONENTS = range(-900, 900)


class CFunction:
    """A function of the C library on a one-dimensional array."""

    __slots__ = ("_is_strided_exact", "_sample", "_scalar", "_ufunc")

    def __init__(self, ufunc: np.ufunc, scalar: Callable[[float], float], low: float, high: float) -> None:
        self._ufunc = ufunc
        self._scalar = scalar
        self._sample = (low, high)
        self._is_strided_exact: bool | None = None

    def __call__(self, x: Doubles) -> Doubles:
        if self._is_strided_exact is None:
            low, high = self._sample
            sample: Any = low + (high - low) * (np.arange(1, 4096) * 0.6180339887498949 % 1.0)
            self._is_strided_exact = np.array_equal(self._strided(sample), self._one_by_one(sample))
            if not self._is_strided_exact:
                _warn(f"NumPy's {self._ufunc.__name__} is not the C library's", "`math`")
        return self._strided(x) if self._is_strided_exact else self._one_by_one(x)

    def _strided(self, x: Doubles) -> Doubles:
        pairs = np.ones((max(len(x), 8), 2))  # a single number would count as contiguous
        pairs[: len(x), 0] = x
        with np.errstate(all="ignore"):
            self._ufunc(pairs[:, 0], out=pairs[:, 1])
        return pairs[: len(x), 1].copy()

    def _one_by_one(self, x: Doubles) -> Doubles:
        return np.array([self._at(value) for value in x.tolist()], np.float64)

    def _at(self, value: float) -> float:
        try:
            return self._scalar(value)
        except (ValueError, OverflowError):  # where `math` raises, C returns an infinity or NaN
            with np.errstate(all="ignore"):
                return float(self._ufunc(value))


log = CFunction(np.log, math.log, 0.0, 1.0)
log1p = CFunction(np.log1p, math.log1p, -1.0, 0.0)
exp = CFunction(np.exp, math.exp, -40.0, 40.0)
sin = CFunction(np.sin, math.sin, 0.0, 2 * math.pi)
cos = CFunction(np.cos, math.cos, 0.0, 2 * math.pi)
tan = CFunction(np.tan, math.tan, -math.pi / 2, math.pi / 2)


def _warn(reason: str, instead: str) -> None:
    warnings.warn(
        f"refnn: {reason} on this machine. Random numbers are computed one by one with {instead} instead: the same "
        "numbers, more slowly",
        RuntimeWarning,
        stacklevel=2,
    )


def fma(x: Doubles, y: float, z: float) -> Doubles:
    """x y + z, rounded once.

    Source: Boldo and Melquiond, "Emulation of FMA and correctly rounded sums: proved algorithms using
    rounding to odd", IEEE Transactions on Computers 57 (2008).
    """
    if z == 0.0:
        return (x if y == 1.0 else x * y) + 0.0
    if math.frexp(abs(y))[0] in (0.0, 0.5):  # x y is exact
        return x * y + z
    if not (all(math.frexp(v)[1] in _SAFE_EXPONENTS for v in (y, z)) and _rounds_once()):
        return _exact_fma(x, y, z)
    return _fast_fma(x, y, z)


def _fast_fma(x: Doubles, y: float, z: float) -> Doubles:
    """As x y + z = total + rest, where the rest is known to its last bit but one, which hardly ever matters."""
    product, error = _two_product(x, y)
    total, rest = _two_sum(product, z)
    rest += error
    lower = rest * (1 - 2.0**-52)
    lower += total
    rest *= 1 + 2.0**-52
    rest += total
    is_unsure = lower != rest
    if is_unsure.any():
        rest[is_unsure] = _careful_fma(x[is_unsure], y, z)
    return rest


def _careful_fma(x: Doubles, y: float, z: float) -> Doubles:
    high, low = _two_product(x, y)
    tail_high, tail_low = _two_sum(low, z)
    head, rest = _two_sum(high, tail_high)
    result: Doubles = head + _sum_rounded_to_odd(tail_low, rest)
    return result


@functools.cache
def _rounds_once() -> bool:
    """Whether `_fast_fma` is exact here: on a sample in which a product that is rounded first would show."""
    sample: Any = np.arange(1, 512) * 0.6180339887498949 % 1.0
    is_exact = all(
        np.array_equal(_fast_fma(sample, y, z), _exact_fma(sample, y, z)) for y, z in ((0.7, 0.3), (-3.1, 1e-3))
    )
    if not is_exact:
        _warn("float64 arithmetic does not round once, to nearest,", "fractions")
    return is_exact


def _exact_fma(x: Doubles, y: float, z: float) -> Doubles:
    from fractions import Fraction  # slow to import, and hardly ever needed

    slope, offset = Fraction(y), Fraction(z)
    return np.array([_nearest(Fraction(v) * slope + offset) for v in x.tolist()], np.float64)


def _nearest(value: Any) -> float:
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def _two_product(x: Doubles, y: float) -> tuple[Doubles, Doubles]:
    """x y = product + error, exactly (Dekker)."""
    product = x * y
    x_high, x_low = _halves(x)
    y_high, y_low = _halves(y)
    error = x_high * y_high
    error -= product
    x_high *= y_low
    error += x_high
    error += x_low * y_high
    x_low *= y_low
    error += x_low
    return product, error


def _halves(x: Any) -> tuple[Any, Any]:
    """x = high + low, each of at most 26 bits (Veltkamp)."""
    high = x * _SPLIT
    high -= high - x
    return high, x - high


def _two_sum(x: Doubles, y: Any) -> tuple[Doubles, Doubles]:
    """x + y = total + error, exactly (Knuth)."""
    total = x + y
    y_part = total - x
    error = total - y_part
    np.subtract(x, error, out=error)
    error += y - y_part
    return total, error


def _sum_rounded_to_odd(x: Doubles, y: Doubles) -> Doubles:
    """x + y; if inexact, the neighbour whose last bit is 1."""
    total, error = _two_sum(x, y)
    bits = total.view(np.int64)
    towards_zero = (error > 0) != (total > 0)
    step = np.where(towards_zero, -1, 1)
    is_inexact_and_even = (error != 0) & ((bits & 1) == 0)
    odd: NDArray[np.int64] = bits + np.where(is_inexact_and_even, step, 0)
    return odd.view(np.float64)
