"""Sequences and index patterns: torch.arange, torch.linspace, torch.eye, …"""

from __future__ import annotations

import functools
import math
from typing import Any

import numpy as np

from refnn import dtypes
from refnn.autograd.base import TensorBase
from refnn.dtypes import dtype as DType
from refnn.dtypes import not_implemented
from refnn.functions._calls import check_call
from refnn.functions._checks import int_argument, warn
from refnn.functions._factories import finish, numpy_dtype
from refnn.functions._out import FACTORY, into
from refnn.functions._scalars import as_factor, as_number
from refnn.ops._half import is_half
from refnn.types import layout, strided


def _number(value: Any) -> Any:
    """A Python number, of a number or a 0-dim tensor."""
    value = getattr(value, "_data", value)
    return value.item() if isinstance(value, (np.ndarray, np.generic)) else value


def _range_dtype(values: tuple[Any, ...], dtype: DType | None, out: Any) -> Any:
    if dtype is not None:
        return dtype.numpy
    if out is not None:
        return out._data.dtype
    return np.dtype(np.int64) if all(isinstance(v, int) for v in values) else numpy_dtype(None)


def _check_range(start: Any, end: Any, step: Any) -> None:
    if step == 0:
        raise RuntimeError("step must be nonzero")
    if not (math.isfinite(start) and math.isfinite(end)):
        raise RuntimeError(f"unsupported range: {start:g} -> {end:g}")
    if (end - start) * step < 0:
        raise RuntimeError("upper bound and lower bound inconsistent with step sign")


_COUNTED = (
    "The number of elements in the out tensor of shape [{have}] is {size} which does not match the computed number of "
    "elements {count}. Note that this may occur as a result of rounding error. The out tensor will be resized to a "
    "tensor of shape ({count},)."
)


def _end_alone(function: Any) -> Any:
    """arange(end=3) is arange(3)."""

    @functools.wraps(function)
    def call(*args: Any, **named: Any) -> Any:
        return (
            function(0, **named) if not args and "end" in named and "start" not in named else function(*args, **named)
        )

    return call


@_end_alone
def arange(
    start: Any,
    end: Any = None,
    step: Any = 1,
    *,
    out: Any = None,
    dtype: DType | None = None,
    layout: layout = strided,
    device: Any = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
) -> Any:
    """start, start + step, … below end. Computed in float64 for floating dtypes, as start + i·step.

    For int64 the numbers are cut to integers first, for shorter integers after they were counted.
    Raises RuntimeError for a step of 0 or of the wrong sign, and for an infinite bound.
    """
    given = (start, step) if end is None else (start, end, step)
    if not all(isinstance(v, (int, float)) for v in given):
        check_call("arange", *given[: 1 if end is None else 3])
    start, end, step = (_number(v) for v in ((0, start, step) if end is None else (start, end, step)))
    kind = _range_dtype((start, end, step), dtype, out)
    if kind.kind not in "iufV" or (kind.kind == "u" and kind.itemsize > 1):
        raise not_implemented("arange_cpu", kind)
    _check_range(start, end, step)
    if kind.kind in "iu" or is_half(kind):
        for value in (start, end, step):
            as_number(value, np.dtype(np.int64 if kind.kind in "iu" else np.float32))
    if kind == np.int64:
        start, end, step = int(start), int(end), int(step)
        if step == 0:
            raise ValueError("step must be nonzero")
    count = math.ceil((end - start) / step)
    if kind.kind in "iu":
        values = int(start) + int(step) * np.arange(count, dtype=np.int64)
    else:
        values = start + step * np.arange(count, dtype=np.float64)
    made = finish(values.astype(kind), requires_grad, layout, device, pin_memory)
    if out is not None and out._data.size not in (0, count):
        have = ", ".join(map(str, out._data.shape))
        warn(_COUNTED.format(have=have, size=out._data.size, count=count))
    return into(out, made, FACTORY, None)


def _ends(name: str, start: Any, end: Any, steps: Any) -> tuple[Any, Any, int]:
    """The bounds as Python numbers, and how many values."""
    wrong = [
        f"{which} with {value._data.ndim} dimension(s)"
        for which, value in (("start", start), ("end", end))
        if isinstance(value, TensorBase) and value._data.ndim
    ]
    if wrong:
        raise RuntimeError(f"{name} only supports 0-dimensional start and end tensors, but got {' and '.join(wrong)}.")
    count = int(_number(steps))
    if count < 0:
        raise RuntimeError("number of steps must be non-negative")
    return _number(start), _number(end), count


def _spaced(start: Any, end: Any, steps: int, work: Any, held: Any = None) -> Any:
    """steps values from start to end, computed from the nearer end in the dtype `work`.

    The ends and the distance are first rounded to `held`, where it is given.
    """
    if steps == 1:
        return np.full(1, start, work)
    i = np.arange(steps)
    kind = work if held is None else held
    a, b = (np.asarray(v).astype(kind).astype(work) for v in (start, end))
    width = np.asarray((b - a) / max(steps - 1, 1)).astype(kind).astype(work)
    with np.errstate(invalid="ignore"):  # ∞ · 0
        return np.where(i < steps // 2, _fused(a, width, i), _fused(b, -width, steps - 1 - i))


def _fused(start: Any, width: Any, count: Any) -> Any:
    """start + width · count, rounded once where float64 has the room."""
    if width.dtype == np.float32:
        return (start.astype(np.float64) + width.astype(np.float64) * count).astype(np.float32)
    return start + width * count


def _space_dtype(name: str, dtype: DType | None, out: Any, steps: int, *values: Any) -> Any:
    kind = out._data.dtype if dtype is None and out is not None else numpy_dtype(dtype)
    if steps > 1 and (kind == np.bool_ or (kind.kind == "u" and kind.itemsize > 1)):
        raise not_implemented(f"{name}_cpu", kind)
    if dtype is None and out is None and any(type(v).__name__ == "complex" for v in values):
        return dtypes.get_default_dtype().to_complex().numpy
    return kind


def linspace(
    start: Any,
    end: Any,
    steps: int,
    *,
    out: Any = None,
    dtype: DType | None = None,
    layout: layout = strided,
    device: Any = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
) -> Any:
    """steps values from start to end, both included, computed from the nearer end.

    For integers the bounds are cut first, and each value after. Raises RuntimeError for fewer than 0 steps.
    """
    if not (type(steps) is int and isinstance(start, (int, float)) and isinstance(end, (int, float))):
        check_call("linspace", start, end, steps)
    start, end, steps = _ends("linspace", start, end, steps)
    kind = _space_dtype("linspace", dtype, out, steps, start, end)
    if steps > 1:
        start, end = as_factor(start, kind), as_factor(end, kind)
    if kind.kind in "iu":
        values = _spaced(int(start), int(end), steps, np.dtype(np.float64))
    else:
        values = _spaced(start, end, steps, kind if kind.kind in "fc" else np.dtype(np.float32), kind)
    return into(out, finish(values.astype(kind), requires_grad, layout, device, pin_memory), FACTORY, None)


def logspace(
    start: Any,
    end: Any,
    steps: int,
    base: Any = 10.0,
    *,
    out: Any = None,
    dtype: DType | None = None,
    layout: layout = strided,
    device: Any = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
) -> Any:
    """base to the powers linspace(start, end, steps). For integers the exponents' bounds are cut first."""
    check_call("logspace", start, end, steps, *(() if base == 10.0 else (base,)))
    start, end, steps = _ends("logspace", start, end, steps)
    kind = _space_dtype("logspace", dtype, out, steps, start, end)
    if steps > 1:
        start, end = as_factor(start, kind), as_factor(end, kind)
    work = np.dtype(np.complex128) if kind.kind == "c" else np.dtype(np.float64)
    values = np.power(work.type(base), _spaced(start, end, steps, work))
    return into(out, finish(values.astype(kind), requires_grad, layout, device, pin_memory), FACTORY, None)


def eye(
    n: int,
    m: int | None = None,
    *,
    out: Any = None,
    dtype: DType | None = None,
    layout: layout = strided,
    device: Any = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
) -> Any:
    """1 on the diagonal, 0 elsewhere. Raises RuntimeError for a negative size."""
    for position, (name, value) in enumerate((("n", n), ("m", m)), 1):
        if value is not None:
            int_argument("eye", name, position, value)
    for name, value in (("n", n), ("m", m)):
        if value is not None and value < 0:
            raise RuntimeError(f"{name} must be greater or equal to 0, got {value}")
    kind = out._data.dtype if dtype is None and out is not None else numpy_dtype(dtype)
    return into(out, finish(np.eye(n, m, dtype=kind), requires_grad, layout, device, pin_memory), FACTORY, None)


def _check_triangle(name: str, row: int, col: int, dtype: DType) -> None:
    for which, n in (("row", row), ("col", col)):
        if n < 0:
            raise RuntimeError(f"{which} must be non-negative, got{n}")
    if dtype.category != dtypes.INTEGRAL:
        raise not_implemented(name, dtype)


def _triangle(indices: Any, dtype: DType, layout: Any, device: Any, pin_memory: bool) -> Any:
    return finish(np.stack(indices).astype(dtype.numpy), False, layout, device, pin_memory)


def tril_indices(
    row: int,
    col: int,
    offset: int = 0,
    *,
    dtype: DType = dtypes.int64,
    layout: layout = strided,
    device: Any = None,
    pin_memory: bool = False,
) -> Any:
    """The indices of the lower triangle, as two rows."""
    _check_triangle("tril_indices", row, col, dtype)
    return _triangle(np.tril_indices(row, offset, col), dtype, layout, device, pin_memory)


def triu_indices(
    row: int,
    col: int,
    offset: int = 0,
    *,
    dtype: DType = dtypes.int64,
    layout: layout = strided,
    device: Any = None,
    pin_memory: bool = False,
) -> Any:
    """The indices of the upper triangle, as two rows."""
    _check_triangle("triu_indices", row, col, dtype)
    return _triangle(np.triu_indices(row, offset, col), dtype, layout, device, pin_memory)
