"""Reductions: torch.sum, torch.max, torch.argmax, torch.sort, … and Tensor's methods of these names."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from refnn.autograd.base import TensorBase, wrap
from refnn.dtypes import dtype as DType
from refnn.functions._checks import dims, into, one_dim, tensor_argument
from refnn.ops import comparison
from refnn.ops import pointwise as pointwise_ops
from refnn.ops import reduction as ops
from refnn.ops.creation import cast

Dim = int | tuple[int, ...] | list[int] | None


class _Picked(NamedTuple):
    values: Any
    indices: Any


def _named(name: str, pair: Any) -> Any:
    """(values, indices) as the named tuple that torch returns: torch.return_types.<name>."""
    return _RETURN_TYPES[name](*pair)


def _return_type(name: str) -> Any:
    made: Any = type(name, (_Picked,), {"__module__": "torch.return_types"})

    def text(self: Any) -> str:
        return f"torch.return_types.{name}(\nvalues={self.values!r},\nindices={self.indices!r})"

    made.__repr__ = text
    return made


_RETURN_TYPES = {
    n: _return_type(n) for n in ("max", "min", "sort", "topk", "median", "mode", "kthvalue", "cummax", "cummin")
}


def _as_dtype(input: Any, dtype: DType | None) -> Any:
    return input if dtype is None or input._data.dtype == dtype.numpy else cast(input, dtype=dtype.numpy)


def _sum_input(input: Any, dtype: DType | None) -> Any:
    """Integers and bools are summed as int64."""
    if dtype is None and input._data.dtype.kind in "iub":
        return cast(input, dtype=np.int64) if input._data.dtype != np.int64 else input
    return _as_dtype(input, dtype)


def _some(dim: Dim, input: Any) -> tuple[int, ...] | None:
    """The dimensions as a tuple; None where none were given."""
    return None if dim is None else dims(dim, input._data.ndim)


def sum(
    input: Any,
    dim: Dim = None,
    keepdim: bool = False,
    *,
    dtype: DType | None = None,
    out: Any = None,
    axis: Dim = None,
) -> Any:
    """Σ input over dim (all dimensions by default)."""
    tensor_argument("sum", "input", 1, input)
    dim = axis if dim is None else dim
    return into(out, ops.sum(_sum_input(input, dtype), dim=_some(dim, input), keepdim=keepdim))


def nansum(input: Any, dim: Dim = None, keepdim: bool = False, *, dtype: DType | None = None) -> Any:
    """Σ input over dim, NaN counting as 0."""
    return sum(
        comparison.where(np.isnan(input._data), np.zeros((), input._data.dtype), input),
        dim,
        keepdim,
        dtype=dtype,
    )


def mean(
    input: Any,
    dim: Dim = None,
    keepdim: bool = False,
    *,
    dtype: DType | None = None,
    out: Any = None,
    axis: Dim = None,
) -> Any:
    """Σ input / n over dim. Raises RuntimeError for integers."""
    tensor_argument("mean", "input", 1, input)
    dim = axis if dim is None else dim
    input = _as_dtype(input, dtype)
    if input._data.dtype.kind in "iub":
        what = "Input dtype" if dtype is None else "Optional dtype"
        raise RuntimeError(
            f"mean(): could not infer output dtype. {what} must be either a floating point or complex dtype. "
            f"Got: {input.dtype.title}"
        )
    return into(out, ops.mean(input, dim=_some(dim, input), keepdim=keepdim))


def prod(input: Any, dim: int | None = None, keepdim: bool = False, *, dtype: DType | None = None) -> Any:
    """∏ input, over one dimension or all."""
    input = _sum_input(input, dtype)
    if dim is None:
        return ops.prod(input.reshape(-1), dim=0, keepdim=False)
    if input._data.ndim == 0:
        one_dim(dim, 0)
        return ops.prod(input.reshape(1), dim=0, keepdim=False)
    return ops.prod(input, dim=one_dim(dim, input._data.ndim), keepdim=keepdim)


def _check_not_empty(name: str, input: Any, dim: Any) -> None:
    shape = input._data.shape
    if dim is None:
        if input._data.size == 0:
            raise RuntimeError(
                f"{name}(): Expected reduction dim to be specified for input.numel() == 0. Specify the "
                "reduction dim with the 'dim' argument."
            )
    else:
        for d in dims(dim, len(shape)):
            if shape[d] == 0:
                raise IndexError(f"{name}(): Expected reduction dim {d} to have non-zero size.")


def _extreme(name: str, full: Any, along: Any, pairwise: Any, input: Any, dim: Any, keepdim: bool) -> Any:
    tensor_argument(name, "input", 1, input)
    if isinstance(dim, TensorBase):
        from refnn.functions._elementwise import broadcast

        return broadcast(pairwise, input, dim)
    _check_not_empty(name, input, dim)
    if dim is None:
        return full(input, dim=tuple(range(input._data.ndim)), keepdim=False)
    d = one_dim(dim, input._data.ndim)
    if input._data.ndim == 0:
        return _named(name, (input.clone(), wrap(np.zeros((), np.int64))))
    return _named(name, along(input, dim=d, keepdim=keepdim))


def max(input: Any, dim: Any = None, keepdim: bool = False) -> Any:
    """The maximum; with dim, (values, indices) along it; with a tensor, elementwise."""
    return _extreme("max", ops.amax, ops.max_dim, pointwise_ops.maximum, input, dim, keepdim)


def min(input: Any, dim: Any = None, keepdim: bool = False) -> Any:
    """The minimum; with dim, (values, indices) along it; with a tensor, elementwise."""
    return _extreme("min", ops.amin, ops.min_dim, pointwise_ops.minimum, input, dim, keepdim)


def amax(input: Any, dim: Dim = (), keepdim: bool = False) -> Any:
    """The maximum over dim; ties share the gradient."""
    _check_not_empty("amax", input, dim or None)
    return ops.amax(input, dim=dims(dim, input._data.ndim), keepdim=keepdim)


def amin(input: Any, dim: Dim = (), keepdim: bool = False) -> Any:
    """The minimum over dim; ties share the gradient."""
    _check_not_empty("amin", input, dim or None)
    return ops.amin(input, dim=dims(dim, input._data.ndim), keepdim=keepdim)


def aminmax(input: Any, *, dim: int | None = None, keepdim: bool = False) -> tuple[Any, Any]:
    """(amin, amax)."""
    d: Any = () if dim is None else dim
    return amin(input, d, keepdim), amax(input, d, keepdim)


def argmax(input: Any, dim: int | None = None, keepdim: bool = False) -> Any:
    """The index of the maximum, in the flattened tensor or along dim."""
    _check_not_empty("argmax", input, dim)
    d = None if dim is None or input._data.ndim == 0 else one_dim(dim, input._data.ndim)
    return ops.argmax(input, dim=d, keepdim=keepdim)


def argmin(input: Any, dim: int | None = None, keepdim: bool = False) -> Any:
    """The index of the minimum, in the flattened tensor or along dim."""
    _check_not_empty("argmin", input, dim)
    d = None if dim is None or input._data.ndim == 0 else one_dim(dim, input._data.ndim)
    return ops.argmin(input, dim=d, keepdim=keepdim)


def any(input: Any, dim: Dim = None, keepdim: bool = False) -> Any:
    """Whether some element is nonzero."""
    result = ops.any(input, dim=dims(dim, input._data.ndim), keepdim=keepdim)
    return cast(result, dtype=np.uint8) if input._data.dtype == np.uint8 else result


def all(input: Any, dim: Dim = None, keepdim: bool = False) -> Any:
    """Whether every element is nonzero."""
    result = ops.all(input, dim=dims(dim, input._data.ndim), keepdim=keepdim)
    return cast(result, dtype=np.uint8) if input._data.dtype == np.uint8 else result


def _spread(name: str, input: Any, dim: Any, unbiased: Any, correction: Any, keepdim: bool) -> Any:
    if isinstance(dim, bool):  # var(x, unbiased)
        dim, unbiased = None, dim
    if input._data.dtype.kind not in "fcV":
        raise RuntimeError(f"{name}: only support floating point and complex dtypes")
    if correction is None:
        correction = 1 if unbiased is None else int(unbiased)
    spread = ops.std if name == "std" else ops.var
    return spread(input, dim=dims(dim, input._data.ndim), correction=correction, keepdim=keepdim)


def var(
    input: Any,
    dim: Any = None,
    unbiased: bool | None = None,
    keepdim: bool = False,
    *,
    correction: float | None = None,
) -> Any:
    """Σ (x − x̄)² / (n − correction); correction 1 by default."""
    return _spread("var", input, dim, unbiased, correction, keepdim)


def std(
    input: Any,
    dim: Any = None,
    unbiased: bool | None = None,
    keepdim: bool = False,
    *,
    correction: float | None = None,
) -> Any:
    """The square root of var. Its gradient at 0 is 0."""
    return _spread("std", input, dim, unbiased, correction, keepdim)


def var_mean(
    input: Any,
    dim: Any = None,
    unbiased: bool | None = None,
    keepdim: bool = False,
    *,
    correction: float | None = None,
) -> tuple[Any, Any]:
    """(var, mean)."""
    return var(input, dim, unbiased, keepdim, correction=correction), mean(input, dim, keepdim)


def std_mean(
    input: Any,
    dim: Any = None,
    unbiased: bool | None = None,
    keepdim: bool = False,
    *,
    correction: float | None = None,
) -> tuple[Any, Any]:
    """(std, mean)."""
    return std(input, dim, unbiased, keepdim, correction=correction), mean(input, dim, keepdim)


def logsumexp(input: Any, dim: Dim, keepdim: bool = False) -> Any:
    """ln Σ eˣ over dim."""
    return ops.logsumexp(pointwise_ops.mul(input, 1.0) if input._data.dtype.kind in "iub" else input,
                         dim=dims(dim, input._data.ndim), keepdim=keepdim)  # fmt: skip


def norm(
    input: Any,
    p: Any = "fro",
    dim: Dim = None,
    keepdim: bool = False,
    out: Any = None,
    dtype: DType | None = None,
) -> Any:
    """(Σ |x|ᵖ)^(1/p) over dim (all by default)."""
    order = 2.0 if p in ("fro", None) else float(p)
    if input._data.dtype.kind not in "fcV":
        raise RuntimeError(
            "linalg.vector_norm: Expected a floating point or complex tensor as input. Got " + input.dtype.title
        )
    return into(out, ops.norm(_as_dtype(input, dtype), p=order, dim=dims(dim, input._data.ndim), keepdim=keepdim))


def dist(input: Any, other: Any, p: float = 2) -> Any:
    """The p-norm of input − other."""
    return norm(input - other, p)


def cumsum(input: Any, dim: int, *, dtype: DType | None = None) -> Any:
    """y_i = Σ_{j ≤ i} x_j."""
    d = one_dim(dim, input._data.ndim)
    input = _sum_input(input, dtype)
    return ops.cumsum(input, dim=d) if input._data.ndim else input.clone()


def cumprod(input: Any, dim: int, *, dtype: DType | None = None) -> Any:
    """y_i = ∏_{j ≤ i} x_j."""
    d = one_dim(dim, input._data.ndim)
    input = _sum_input(input, dtype)
    return ops.cumprod(input, dim=d) if input._data.ndim else input.clone()


def sort(input: Any, dim: int = -1, descending: bool = False, stable: bool = False) -> Any:
    """(the elements in order along dim, where they stood)."""
    d = one_dim(dim, input._data.ndim)
    if input._data.ndim == 0:
        return _named("sort", (input.clone(), wrap(np.zeros((), np.int64))))
    return _named("sort", ops.sort(input, dim=d, descending=descending, stable=stable))


def argsort(input: Any, dim: int = -1, descending: bool = False, stable: bool = False) -> Any:
    """Where the elements in order along dim stood."""
    return sort(input, dim, descending, stable)[1]


def topk(input: Any, k: int, dim: int = -1, largest: bool = True, sorted: bool = True) -> Any:
    """(the k largest or smallest along dim, where they stood), in order."""
    d = one_dim(dim, input._data.ndim)
    if not 0 <= k <= (input._data.shape[d] if input._data.ndim else 1):
        raise RuntimeError("selected index k out of range")
    if input._data.ndim == 0:
        return _named("topk", (input.clone(), wrap(np.zeros((), np.int64))))
    return _named("topk", ops.topk(input, k=k, dim=d, largest=largest))


def kthvalue(input: Any, k: int, dim: int = -1, keepdim: bool = False) -> Any:
    """(the k-th smallest along dim, its index)."""
    d = one_dim(dim, input._data.ndim)
    if not 1 <= k <= input._data.shape[d]:
        raise RuntimeError("kthvalue(): selected number k out of range for dimension " + str(d))
    return _named("kthvalue", ops.kth(input, position=k - 1, dim=d, keepdim=keepdim))


def median(input: Any, dim: int | None = None, keepdim: bool = False) -> Any:
    """The lower of the middle elements; NaN if there is one. With dim, (values, indices)."""
    flat = input.reshape(-1) if dim is None else input
    d = 0 if dim is None else one_dim(dim, input._data.ndim)
    has_nan = np.isnan(flat._data).any() if flat._data.dtype.kind == "f" else False
    n = flat._data.shape[d]
    position = n - 1 if has_nan and dim is None else (n - 1) // 2
    pair = ops.kth(flat, position=position, dim=d, keepdim=keepdim and dim is not None)
    return pair[0] if dim is None else _named("median", pair)


def count_nonzero(input: Any, dim: Dim = None) -> Any:
    """How many elements are not 0."""
    return wrap(np.asarray(np.count_nonzero(input._data, axis=dims(dim, input._data.ndim)), dtype=np.int64))


def unique(
    input: Any,
    sorted: bool = True,
    return_inverse: bool = False,
    return_counts: bool = False,
    dim: int | None = None,
) -> Any:
    """The distinct elements in order; with their inverse and counts where asked for."""
    find: Any = np.unique
    got = find(input._data, return_inverse=return_inverse, return_counts=return_counts, axis=dim)
    if not isinstance(got, tuple):
        return wrap(got)
    results = [wrap(got[0])] + [wrap(np.asarray(x, dtype=np.int64)) for x in got[1:]]
    if return_inverse and dim is None:
        results[1] = wrap(results[1]._data.reshape(input._data.shape))
    return tuple(results)


def bincount(input: Any, weights: Any = None, minlength: int = 0) -> Any:
    """How often each non-negative integer occurs."""
    if input._data.ndim != 1 or (input._data.size and input._data.min() < 0):
        raise RuntimeError("bincount only supports 1-d non-negative integral inputs.")
    return wrap(np.bincount(input._data, None if weights is None else weights._data, minlength))


def numel(input: Any) -> int:
    """The number of elements."""
    return math.prod(input._data.shape)
