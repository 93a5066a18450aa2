"""Verdicts on arrays, element by element.

Policy: the dtype and the shape must be equal. Integers and bools must be equal. Floating-point values
must satisfy |actual − expected| ≤ atol + rtol · |expected|. NaN agrees with NaN only, an infinity
with the same infinity only. −0.0 agrees with 0.0, unless signed zeros are asked for.
No mean, norm or hash takes part in a verdict.
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from refnn import dtypes
from refnn.autograd.op import Array
from refnn.testing.close import TOLERANCES
from refnn.testing.ulp import ulp_distance


@dataclass(frozen=True)
class Tolerance:
    """The bound atol + rtol · |expected|."""

    rtol: float
    atol: float


EXACT = Tolerance(0.0, 0.0)


def default_tolerance(dtype: str) -> Tolerance:
    """torch's own tolerance for a dtype, named `float32` or `torch.float32`."""
    found: Any = getattr(dtypes, dtype.removeprefix("torch."), None)
    return Tolerance(*TOLERANCES.get(found, (0.0, 0.0)))


@dataclass(frozen=True)
class Verdict:
    """Whether two arrays agree, and by how much they differ where they do not.

    `first` is the index of the first element that disagrees; the maxima are over the elements that
    are finite in both arrays, `max_ulp` counting floating-point numbers of the arrays' own dtype.
    `used` is the largest share of the bound that any element uses up, over 1 where one disagrees.
    """

    ok: bool
    reason: str = ""
    first: tuple[int, ...] | None = None
    bad: int = 0
    max_abs: float = 0.0
    max_rel: float = 0.0
    max_ulp: float = 0.0
    used: float = 0.0

    def __bool__(self) -> bool:
        return self.ok


def judge(actual: Array, expected: Array, tolerance: Tolerance, *, signed_zero: bool = False) -> Verdict:
    """Compare two arrays elementwise under the module's policy."""
    if actual.dtype != expected.dtype:
        return Verdict(False, f"dtype {actual.dtype}, expected {expected.dtype}")
    if actual.shape != expected.shape:
        return Verdict(False, f"shape {actual.shape}, expected {expected.shape}")
    if actual.dtype.kind not in "fc":
        return _verdict(actual, expected, actual == expected)
    with np.errstate(all="ignore"):
        good, used = _close(actual, expected, tolerance)
    if signed_zero:
        good &= _same_zero_sign(actual, expected)
    return replace(_verdict(actual, expected, good), used=used)


def _close(actual: Array, expected: Array, tolerance: Tolerance) -> tuple[Array, float]:
    """Which elements agree, and the largest share of the bound that a finite one uses."""
    wide = np.complex128 if actual.dtype.kind == "c" else np.float64
    a, e = actual.astype(wide), expected.astype(wide)
    gap, bound = np.abs(a - e), tolerance.atol + tolerance.rtol * np.abs(e)
    finite = np.isfinite(a) & np.isfinite(e)
    used = np.where(finite & (gap > 0), gap / bound, 0.0)
    good: Array = ((gap <= bound) & finite) | (a == e) | (np.isnan(a) & np.isnan(e))
    return good, float(used.max(initial=0.0))


def _same_zero_sign(actual: Array, expected: Array) -> Array:
    if actual.dtype.kind == "c":
        return _same_zero_sign(actual.real, expected.real) & _same_zero_sign(actual.imag, expected.imag)
    zeros = (actual == 0) & (expected == 0)
    return ~zeros | (np.signbit(actual) == np.signbit(expected))


def _verdict(actual: Array, expected: Array, good: Array) -> Verdict:
    if bool(np.all(good)):
        return Verdict(True)
    flat = int(np.flatnonzero(~good)[0])
    first = tuple(int(i) for i in np.unravel_index(flat, actual.shape))
    bad = int(np.count_nonzero(~good))
    max_abs, max_rel, max_ulp = distances(actual, expected)
    reason = (
        f"{bad} of {actual.size} elements differ; first at {first}: {actual[first]!r}, "
        f"expected {expected[first]!r}; max abs {max_abs:.3g}, max rel {max_rel:.3g}, max ULP {max_ulp:.3g}"
    )
    return Verdict(False, reason, first, bad, max_abs, max_rel, max_ulp)


def distances(actual: Array, expected: Array) -> tuple[float, float, float]:
    """Largest absolute, relative and ULP distance over the elements that are finite in both."""
    kind = actual.dtype.kind
    if kind not in "fciu":
        return 0.0, 0.0, 0.0
    wide = np.complex128 if kind == "c" else np.float64
    a: Array = actual.astype(wide).ravel()
    e: Array = expected.astype(wide).ravel()
    keep = np.isfinite(a) & np.isfinite(e)
    if not keep.any():
        return 0.0, 0.0, 0.0
    with np.errstate(all="ignore"):
        gap = np.abs(a - e)[keep]
        size = np.abs(e)[keep]
        relative = np.divide(gap, size, out=np.where(gap > 0, np.inf, 0.0), where=size > 0)
    ulp = float(ulps(actual, expected).max(initial=0)) if kind == "f" else 0.0
    return float(gap.max()), float(relative.max()), ulp


def ulps(actual: Array, expected: Array) -> Array:
    """How many floating-point numbers lie between two values of one dtype, elementwise, 0 if not finite."""
    finite = np.isfinite(actual) & np.isfinite(expected)
    return np.where(finite, ulp_distance(actual, expected), 0.0)
