"""Elements picked and placed by an index: torch.gather, take_along_dim, scatter, scatter_add, scatter_reduce"""

from __future__ import annotations

from typing import Any

import numpy as np

from refnn.autograd.base import TensorBase
from refnn.autograd.inplace import apply_inplace
from refnn.functions._broadcast import common_shape
from refnn.functions._calls import wrong_call
from refnn.functions._checks import one_dim, tensor_argument, warn
from refnn.functions._out import exact
from refnn.functions._scalars import as_number
from refnn.functions.shape import expand, reshape
from refnn.ops import gathering as ops

INTS = (np.dtype(np.int64), np.dtype(np.int32))
REDUCTIONS = ("sum", "prod", "mean", "amax", "amin")


def length(input: Any, d: int) -> int:
    return input._data.shape[d] if input._data.ndim else 1


def check_places(index: Any, d: int, n: int) -> None:
    bad = index._data[(index._data < 0) | (index._data >= n)]
    if bad.size:
        raise RuntimeError(f"index {bad.reshape(-1)[0]} is out of bounds for dimension {d} with size {n}")


# gather and scatter ---------------------------------------------------------------------------------------


def _check_index_dtype(name: str, index: Any) -> None:
    if index._data.size and index._data.dtype not in INTS:
        raise RuntimeError(f"{name}(): Expected dtype int32/int64 for index")


def gather(input: Any, dim: int, index: Any, *, sparse_grad: bool = False, out: Any = None) -> Any:
    """y[i][j] = input[index[i][j]][j] for dim 0.

    Raises RuntimeError for an index of another rank, out of range, or longer than input elsewhere.
    """
    d = one_dim(dim, input._data.ndim)
    _check_index_dtype("gather", index)
    if index._data.size:
        if max(index._data.ndim, 1) != max(input._data.ndim, 1):
            raise RuntimeError("Index tensor must have the same number of dimensions as input tensor")
        have, wanted = input._data.shape, index._data.shape
        for axis, (n, m) in enumerate(zip(wanted, have, strict=False)):
            if axis != d and n > m:
                raise RuntimeError(
                    f"Size does not match at dimension {axis} expected index {list(wanted)} to be no larger than "
                    f"self {list(have)} apart from dimension {d}"
                )
        check_places(index, d, length(input, d))
    return exact(out, ops.gather(input, index, dim=d), input, index)


def take_along_dim(input: Any, indices: Any, dim: int | None = None, *, out: Any = None) -> Any:
    """gather with broadcasting; without dim, of the flattened tensors. An index may count from the end."""
    if indices._data.dtype != np.int64:
        raise RuntimeError(f"torch.take_along_dim(): dtype of indices should be Long but got {indices.dtype.title}")
    if dim is None:
        return gather(reshape(input, -1), 0, _from_start(reshape(indices, -1), input._data.size), out=out)
    if input._data.ndim != indices._data.ndim:
        raise RuntimeError(
            "torch.take_along_dim(): input and indices should have the same number of dimensions, but got "
            f"{input._data.ndim} dimensions for input, and {indices._data.ndim} dimensions for indices"
        )
    d = one_dim(dim, input._data.ndim)
    shapes = [(*x._data.shape[:d], 1, *x._data.shape[d + 1 :]) for x in (input, indices)]
    common = common_shape(*shapes)
    wide = [expand(x, (*common[:d], length(x, d), *common[d + 1 :])) if common else x for x in (input, indices)]
    return gather(wide[0], d, _from_start(wide[1], length(input, d)), out=out)


def _from_start(index: Any, n: int) -> Any:
    """Places counted from the end, counted from the start."""
    return index if not (index._data < 0).any() else index.remainder(n) if n else index


_USE_SCATTER_REDUCE = (
    "The reduce argument of torch.scatter with Tensor src is deprecated and will be removed in a future PyTorch "
    "release. Use torch.scatter_reduce instead for more reduction options."
)


def _check_scatter(name: str, input: Any, dim: int, index: Any, src: Any) -> int:
    """The dimension. Raises RuntimeError where index, input and src do not fit one another."""
    d = one_dim(dim, input._data.ndim)
    _check_index_dtype(name, index)
    if isinstance(src, TensorBase) and src._data.dtype != input._data.dtype:
        raise RuntimeError(f"{name}(): Expected self.dtype to be equal to src.dtype")
    if not index._data.size:
        return d
    have, wanted = input._data.shape, index._data.shape
    if max(len(wanted), 1) != max(len(have), 1):
        raise RuntimeError("Index tensor must have the same number of dimensions as self tensor")
    reach = src._data.shape if isinstance(src, TensorBase) else wanted
    if max(len(wanted), 1) != max(len(reach), 1):
        raise RuntimeError("Index tensor must have the same number of dimensions as src tensor")
    too_long = any(n > m for axis, (n, m) in enumerate(zip(wanted, have, strict=False)) if axis != d)
    if too_long or any(n > m for n, m in zip(wanted, reach, strict=False)):
        beside = f" and to be no larger size than src {list(reach)}" if isinstance(src, TensorBase) else ""
        raise RuntimeError(
            f"Expected index {list(wanted)} to be no larger than self {list(have)} apart from dimension {d}{beside}"
        )
    check_places(index, d, length(input, d))
    return d


def _scatter_call(name: str, input: Any, dim: int, index: Any, src: Any, value: Any, reduce: str | None) -> Any:
    """The op, its arrays after the input, and its metadata."""
    given = value if src is None else src
    if given is None:
        raise wrong_call(name, input, dim, index)
    if reduce is not None and reduce not in ("add", "multiply"):
        raise RuntimeError("reduce argument must be either add or multiply.")
    d = _check_scatter("scatter", input, dim, index, given)
    source = given if isinstance(given, TensorBase) else as_number(given, input._data.dtype)
    if reduce is None:
        return ops.scatter, (index, source), {"dim": d}
    if isinstance(given, TensorBase):
        warn(_USE_SCATTER_REDUCE)
    how = "sum" if reduce == "add" else "prod"
    return ops.scatter_combine, (index, source), {"dim": d, "reduce": how}


def scatter(
    input: Any,
    dim: int,
    index: Any,
    src: Any = None,
    *,
    value: Any = None,
    reduce: str | None = None,
    out: Any = None,
) -> Any:
    """input with src (a tensor or a number) written, or added, or multiplied, at index along dim."""
    operation, arrays, meta = _scatter_call("scatter", input, dim, index, src, value, reduce)
    return exact(out, operation(input, *arrays, **meta), index)


def scatter_(input: Any, dim: int, index: Any, src: Any = None, *, value: Any = None, reduce: str | None = None) -> Any:
    """In place: scatter."""
    operation, arrays, meta = _scatter_call("scatter_", input, dim, index, src, value, reduce)
    return apply_inplace(operation, input, *arrays, **meta)


def scatter_add(input: Any, dim: int, index: Any, src: Any, *, out: Any = None) -> Any:
    """input with src added at index along dim."""
    tensor_argument("scatter_add", "src", 4, src)
    d = _check_scatter("scatter", input, dim, index, src)
    return exact(out, ops.scatter_add(input, index, src, dim=d), index, src)


def scatter_add_(input: Any, dim: int, index: Any, src: Any) -> Any:
    """In place: scatter_add."""
    tensor_argument("scatter_add_", "src", 3, src)
    d = _check_scatter("scatter", input, dim, index, src)
    return apply_inplace(ops.scatter_add, input, index, src, dim=d)


def _check_reduction(reduce: str) -> None:
    if reduce not in REDUCTIONS:
        raise RuntimeError(f"reduce argument must be either sum, prod, mean, amax or amin, got {reduce}")


def scatter_reduce(
    input: Any, dim: int, index: Any, src: Any, reduce: str, *, include_self: bool = True, out: Any = None
) -> Any:
    """input reduced with the values of src that index sends to each place.

    reduce: "sum", "prod", "mean", "amax" or "amin". Without include_self a place that is met forgets its own
    value first.
    """
    _check_reduction(reduce)
    d = _check_scatter("scatter", input, dim, index, src)
    result = ops.scatter_reduce(input, index, src, dim=d, reduce=reduce, include_self=include_self)
    return exact(out, result, index, src)


def scatter_reduce_(input: Any, dim: int, index: Any, src: Any, reduce: str, *, include_self: bool = True) -> Any:
    """In place: scatter_reduce."""
    _check_reduction(reduce)
    d = _check_scatter("scatter", input, dim, index, src)
    return apply_inplace(ops.scatter_reduce, input, index, src, dim=d, reduce=reduce, include_self=include_self)
