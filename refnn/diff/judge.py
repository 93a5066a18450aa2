"""Judge: how far apart two values are, and whether that is within a bound.

|actual − expected| ≤ atol + rtol · |expected|, element by element. A mean or a norm never decides. NaN has to
meet NaN, and an infinity the same infinity; shapes and dtypes have to be equal; a value has to meet a value.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from refnn import dtypes
from refnn.autograd.op import Array
from refnn.diff.align import Pair
from refnn.diff.record import Key
from refnn.testing.close import TOLERANCES, isclose
from refnn.testing.ulp import ulp_distance

__all__ = ["Bound", "BoundError", "Row", "judge"]


class BoundError(ValueError):
    """No bound can be made of what was asked for."""


@dataclass(frozen=True)
class Bound:
    """The bound that a difference is held against.

    Args:
        rtol, atol: both numbers, or neither for torch's tolerances by dtype.
        kinks: the share of an output gradient's elements that may lie outside it. Where max pooling finds two
            values that are equal but for rounding, or ReLU finds one that is 0 but for rounding, the gradient
            goes one way in one run and the other way in the other, and no bound on rounding can hold there.
            Outputs, parameters and their gradients are not excused, and neither is NaN.

    Raises BoundError, a ValueError, where only one of rtol and atol is given, one is negative, or kinks is
    not a share.
    """

    rtol: float | None = None
    atol: float | None = None
    kinks: float = 0.0

    def __post_init__(self) -> None:
        if (self.rtol is None) != (self.atol is None):
            raise BoundError("rtol and atol have to be given together, or neither")
        if not (self.rtol or 0) >= 0 <= (self.atol or 0):
            raise BoundError(f"rtol and atol cannot be negative, as {self.rtol} or {self.atol} is")
        if not 0 <= self.kinks <= 1:
            raise BoundError(f"kinks is a share, from 0 to 1, not {self.kinks}")

    def of(self, dtype: np.dtype[Any]) -> tuple[float, float]:
        """(rtol, atol) for values of a dtype; (0, 0) for those that are not floating."""
        try:
            usual = TOLERANCES.get(dtypes.from_numpy(dtype), (0.0, 0.0))
        except TypeError:  # text
            usual = (0.0, 0.0)
        if self.rtol is None or self.atol is None or usual == (0.0, 0.0):
            return usual
        return self.rtol, self.atol

    def excuses(self, kind: str, a: Array, b: Array, close: Array) -> bool:
        """Whether what is outside may be: few enough elements of an output gradient, and none of them NaN."""
        if not self.kinks or kind != "output gradient" or not (np.isfinite(a) == np.isfinite(b)).all():
            return False
        return bool(close.size - close.sum() <= self.kinks * close.size)

    def __str__(self) -> str:
        if self.rtol is None:
            text = "torch's tolerances, |Δ| ≤ 1e-05 + 1.3e-06 |expected| for float32, 1e-07 + 1e-07 for float64"
        else:
            text = f"|Δ| ≤ {self.atol:g} + {self.rtol:g} |expected|"
        return text + (f"; at kinks {self.kinks:.2%} of an output gradient may lie outside" if self.kinks else "")


@dataclass(frozen=True)
class Row:
    """The verdict on one aligned pair.

    `max_abs`, `max_rel` and `max_ulp` are the largest over all elements: |Δ|, |Δ| / |expected|, and the
    number of representable values between the two. `of_bound` is the largest |Δ| / (atol + rtol |expected|):
    within the bound it is at most 1. They are NaN where nothing could be compared.
    """

    step: int
    kind: str
    name: str
    call: int
    item: str
    module: str
    shape: tuple[int, ...] | None
    dtype: str
    elements: int
    max_abs: float
    max_rel: float
    max_ulp: float
    of_bound: float
    rtol: float
    atol: float
    ok: bool
    outside: int = 0  # elements outside the bound
    lost: int = 0  # elements that are NaN on both sides, and count as equal
    reason: str = ""  # why it is not ok
    index: tuple[int, ...] | None = None  # of the first element outside the bound
    expected: Any = None  # its two values
    actual: Any = None

    @property
    def label(self) -> str:
        """Where this was: `output of conv1`, `gradient of fc2.weight`."""
        call = f", call {self.call}" if self.call else ""
        place = (self.name or self.module) + self.item
        return f"{self.kind} of {place}{call}" if place else f"{self.kind}{call}"

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return {**asdict(self), "expected": _plain(self.expected), "actual": _plain(self.actual)}


def judge(pairs: Iterable[Pair], bound: Bound, names: tuple[str, str]) -> list[Row]:
    """A Row for every pair. `names` are the two sides', for the reasons."""
    return [_judge_pair(pair, bound, names) for pair in pairs]


def _judge_pair(pair: Pair, bound: Bound, names: tuple[str, str]) -> Row:
    expected, actual = pair
    if expected is None or actual is None:
        entry = actual if expected is None else expected
        assert entry is not None, "align never pairs nothing with nothing"
        only = names[0] if actual is None else names[1]
        return _unequal(entry.key, entry.module, entry.value, f"only {only} has it")
    a, b = expected.value, actual.value
    key, module = expected.key, expected.module
    if a is None and b is None:
        return _row(key, module, None, ok=True)
    if a is None or b is None:
        return _unequal(key, module, b if a is None else a, f"None in {names[0] if a is None else names[1]}")
    if a.shape != b.shape:
        return _unequal(key, module, a, f"shape {_shape(a)} in {names[0]}, {_shape(b)} in {names[1]}")
    if a.dtype.kind == b.dtype.kind == "U":
        same = bool(a == b)
        return _row(key, module, a, ok=same, reason="" if same else f"{a} in {names[0]}, {b} in {names[1]}")
    if a.dtype != b.dtype:
        return _unequal(key, module, a, f"{a.dtype} in {names[0]}, {b.dtype} in {names[1]}")
    return _judge_values(key, module, a, b, bound, names)


def _judge_values(key: Key, module: str, a: Array, b: Array, bound: Bound, names: tuple[str, str]) -> Row:
    rtol, atol = bound.of(a.dtype)
    if np.array_equal(a, b):
        return _row(key, module, a, ok=True, rtol=rtol, atol=atol)
    close = isclose(b, a, rtol, atol, equal_nan=True)
    figures: dict[str, Any] = {**_figures(a, b, rtol, atol)}
    outside = int(close.size - close.sum())
    figures["lost"] = 0 if a.dtype.kind in "biu" else int((np.isnan(a) & np.isnan(b)).sum())
    if not outside or bound.excuses(key.kind, a, b, close):
        return _row(key, module, a, ok=True, rtol=rtol, atol=atol, outside=outside, **figures)
    at = tuple(int(i) for i in np.unravel_index(int(np.argmin(close)), close.shape))
    reason = f"{outside} of {close.size} outside the bound{_nan_reason(a, b, names)}"
    return _row(
        key, module, a, ok=False, reason=reason, rtol=rtol, atol=atol, outside=outside, index=at,
        expected=a[at].item(), actual=b[at].item(), **figures,
    )  # fmt: skip


def _nan_reason(a: Array, b: Array, names: tuple[str, str]) -> str:
    if a.dtype.kind in "biu":
        return ""
    first, second = np.isnan(a), np.isnan(b)
    only = [name for name, lost in zip(names, (first & ~second, second & ~first), strict=True) if lost.any()]
    return "".join(f", NaN in {name} only" for name in only)


def _figures(a: Array, b: Array, rtol: float, atol: float) -> dict[str, float]:
    """The largest differences. NaN beside a number makes them NaN; NaN beside NaN counts as equal."""
    ulp = ulp_distance(a, b)
    wide = np.complex128 if a.dtype.kind == "c" else np.float64
    x, y = a.astype(wide), b.astype(wide)
    with np.errstate(all="ignore"):
        same = (x == y) | (np.isnan(x) & np.isnan(y))
        error = np.where(same, 0.0, np.abs(x - y))
        size = np.abs(x)
        relative = np.where(same, 0.0, error / size)
        share = np.where(same, 0.0, error / (atol + rtol * size))
    return {
        "max_abs": float(error.max()),
        "max_rel": float(relative.max()),
        "max_ulp": float(ulp.max()),
        "of_bound": float(share.max()),
    }


def _row(key: Key, module: str, value: Array | None, *, ok: bool, **more: Any) -> Row:
    nothing = float("nan") if not ok else 0.0
    figures = dict.fromkeys(("max_abs", "max_rel", "max_ulp", "of_bound", "rtol", "atol"), nothing)
    shape = None if value is None else tuple(value.shape)
    dtype = "" if value is None else str(value.dtype)
    found = {"elements": 0 if value is None else int(value.size), **figures, **more}
    return Row(**key._asdict(), module=module, shape=shape, dtype=dtype, ok=ok, **found)


def _unequal(key: Key, module: str, value: Array | None, reason: str) -> Row:
    """A pair whose values could not be put side by side: no element of it counts as compared."""
    return _row(key, module, value, ok=False, reason=reason, elements=0)


def _shape(array: Array) -> str:
    return "×".join(map(str, array.shape)) or "0-dim"


def _plain(value: Any) -> Any:
    return [value.real, value.imag] if isinstance(value, complex) else value
