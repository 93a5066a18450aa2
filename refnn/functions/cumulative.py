"""Along one dimension: torch.cumsum, cumprod, cummax, cummin, logcumsumexp, diff, trapezoid, cumulative_trapezoid."""

from __future__ import annotations

from typing import Any

import numpy as np

from refnn.autograd.base import TensorBase
from refnn.autograd.inplace import apply_inplace
from refnn.dtypes import dtype as DType
from refnn.dtypes import not_implemented
from refnn.functions._checks import one_dim
from refnn.functions._out import exact, into
from refnn.functions._return_types import named
from refnn.functions._scalars import c_name
from refnn.functions.joining import cat
from refnn.functions.reduction import sum as sum_over
from refnn.functions.reduction import summed
from refnn.functions.shape import reshape, unsqueeze
from refnn.ops import cumulative as ops
from refnn.ops import products
from refnn.ops.shape import slice as part


def _check_running(kernel: str, input: Any, dtype: DType | None) -> None:
    kind = input._data.dtype
    if dtype is not None and dtype.numpy != kind:
        raise RuntimeError(
            f"Bad in-place call: input tensor dtype {c_name(kind)} and output tensor dtype {c_name(dtype)} should match"
        )
    if kind.kind == "b" or (kind.kind == "u" and kind.itemsize > 1):
        raise not_implemented(kernel, input.dtype)


def cumsum(input: Any, dim: int, *, dtype: DType | None = None, out: Any = None) -> Any:
    """y_i = Σ_{j ≤ i} x_j. Integers and bools are summed as int64."""
    d = one_dim(dim, input._data.ndim)
    return into(out, ops.cumsum(summed(input, dtype), dim=d))


def cumsum_(input: Any, dim: int, *, dtype: DType | None = None) -> Any:
    """In place: cumsum. Raises RuntimeError for another dtype than the tensor's."""
    _check_running("cumsum_out_cpu", input, dtype)
    return apply_inplace(ops.cumsum, input, dim=one_dim(dim, input._data.ndim), dtype=input._data.dtype)


def cumprod(input: Any, dim: int, *, dtype: DType | None = None, out: Any = None) -> Any:
    """y_i = ∏_{j ≤ i} x_j. Integers and bools are multiplied as int64."""
    d = one_dim(dim, input._data.ndim)
    return into(out, products.cumprod(summed(input, dtype), dim=d))


def cumprod_(input: Any, dim: int, *, dtype: DType | None = None) -> Any:
    """In place: cumprod. Raises RuntimeError for another dtype than the tensor's."""
    _check_running("cumprod_out_cpu", input, dtype)
    return apply_inplace(products.cumprod, input, dim=one_dim(dim, input._data.ndim), dtype=input._data.dtype)


def _one_dim(name: str, dim: int, input: Any) -> int:
    if not input._data.ndim and dim not in (0, -1):
        raise IndexError(f"{name}(): Expected reduction dim -1 or 0 for scalar but got {dim}")
    return one_dim(dim, input._data.ndim)


def cummax(input: Any, dim: int, *, out: Any = None) -> Any:
    """(max_{j ≤ i} x_j, the last j at which it was reached)."""
    return exact(out, named("cummax", ops.cummax(input, dim=_one_dim("cummax", dim, input))), input)


def cummin(input: Any, dim: int, *, out: Any = None) -> Any:
    """(min_{j ≤ i} x_j, the last j at which it was reached)."""
    return exact(out, named("cummin", ops.cummin(input, dim=_one_dim("cummin", dim, input))), input)


def logcumsumexp(input: Any, dim: int, *, out: Any = None) -> Any:
    """y_i = ln Σ_{j ≤ i} e^{x_j}. Raises NotImplementedError for integers."""
    if input._data.dtype.kind not in "fVc":
        raise not_implemented("logcumsumexp_out_cpu", input.dtype)
    return into(out, ops.logcumsumexp(input, dim=one_dim(dim, input._data.ndim)))


# Differences and areas ------------------------------------------------------------------------------------


def _between(input: Any, d: int, start: int, stop: int) -> Any:
    """input[start:stop] along a dimension, stop counted from the end."""
    n = input._data.shape[d]
    return part(input, dim=d, start=min(start, n), stop=max(n + stop, min(start, n)), step=1)


def diff(input: Any, n: int = 1, dim: int = -1, prepend: Any = None, append: Any = None, *, out: Any = None) -> Any:
    """x_{i+1} − x_i along dim, n times; "unequal" for bools. prepend and append are joined to x first."""
    if not input._data.ndim:
        raise RuntimeError("diff expects input to be at least one-dimensional")
    for extra in (prepend, append):
        if extra is not None and extra._data.ndim != input._data.ndim:
            raise RuntimeError("diff expects prepend or append to be the same dimension as input")
    if n < 0:
        raise RuntimeError(f"order must be non-negative but got {n}")
    d = one_dim(dim, input._data.ndim)
    if n == 0:
        return into(out, input.clone())
    joined = [x for x in (prepend, input, append) if x is not None]
    x = cat(joined, d) if len(joined) > 1 else input
    for _ in range(min(n, max(x._data.shape[d], 1))):
        later, earlier = _between(x, d, 1, 0), _between(x, d, 0, -1)
        x = later.logical_xor(earlier) if x._data.dtype == np.bool_ else later - earlier
    return into(out, x)


def _steps(name: str, y: Any, x: Any, d: int) -> Any:
    """The widths between sample points, shaped to stand beside y's intervals along d."""
    if x._data.dtype == np.bool_:
        raise RuntimeError(f"{name}: received a bool input for `x`, but bool is not supported")
    if x._data.ndim == 1:
        if x._data.shape[0] != y._data.shape[d]:
            raise RuntimeError(f"{name}: There must be one `x` value for each sample point")
        x = reshape(x, (-1, *(1,) * (y._data.ndim - d - 1)))
        return diff(x, dim=0)
    wide = x
    while wide._data.ndim < y._data.ndim:
        wide = unsqueeze(wide, 0)
    return diff(wide, dim=d)


def _areas(name: str, y: Any, x: Any, dx: Any, dim: int) -> tuple[Any, Any, int]:
    """(the sums of neighbours, the widths or their one value, the dimension)."""
    if y._data.dtype == np.bool_:
        raise RuntimeError(f"{name}: received a bool input for `y`, but bool is not supported")
    if not y._data.ndim:
        raise IndexError(f"Dimension specified as {dim} but tensor has no dimensions")
    if not isinstance(x, TensorBase) and x is not None:
        x, dx = None, x
    d = one_dim(dim, y._data.ndim)
    pairs = _between(y, d, 1, 0) + _between(y, d, 0, -1)
    if x is not None:
        return pairs, _steps(name, y, x, d), d
    return pairs, 1 if dx is None else dx, d


def trapezoid(y: Any, x: Any = None, *, dx: Any = None, dim: int = -1) -> Any:
    """Σ (x_{i+1} − x_i)(y_i + y_{i+1}) / 2 along dim; the step is dx, or 1, where no x is given."""
    pairs, widths, d = _areas("trapezoid", y, x, dx, dim)
    if isinstance(widths, TensorBase):
        return sum_over(pairs * widths, d) / 2
    return sum_over(pairs, d) * (widths / 2)


trapz = trapezoid


def cumulative_trapezoid(y: Any, x: Any = None, *, dx: Any = None, dim: int = -1) -> Any:
    """The running sums of trapezoid."""
    pairs, widths, d = _areas("cumulative_trapezoid", y, x, dx, dim)
    if isinstance(widths, TensorBase):
        return cumsum(pairs * widths, d) / 2
    return cumsum(pairs, d) * (widths / 2)
