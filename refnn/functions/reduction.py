"""Reductions: torch.sum, mean, prod, max, amax, argmax, any, all, … and Tensor's methods of these names."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from refnn.autograd.base import TensorBase, wrap
from refnn.dtypes import dtype as DType
from refnn.dtypes import not_implemented
from refnn.functions._calls import wrong_call
from refnn.functions._checks import dims, one_dim, tensor_argument, type_name
from refnn.functions._out import exact, into
from refnn.functions._return_types import named
from refnn.ops import comparison, products
from refnn.ops import reduction as ops
from refnn.ops.creation import cast

Dim = int | tuple[int, ...] | list[int] | None


def as_dtype(input: Any, dtype: DType | None) -> Any:
    """A tensor in a dtype, or as it is."""
    return input if dtype is None or input._data.dtype == dtype.numpy else cast(input, dtype=dtype.numpy)


def summed(input: Any, dtype: DType | None) -> Any:
    """What a sum or product starts from: integers and bools become int64."""
    if dtype is None and input._data.dtype.kind in "iub":
        return cast(input, dtype=np.int64) if input._data.dtype != np.int64 else input
    return as_dtype(input, dtype)


def _some(dim: Dim, input: Any) -> tuple[int, ...] | None:
    """The dimensions as a tuple; None where none were given."""
    return None if dim is None else dims(dim, input._data.ndim)


def check_wide(kernel: str, input: Any) -> None:
    """Raise NotImplementedError for the unsigned dtypes above uint8, which few kernels take."""
    if input._data.dtype.kind == "u" and input._data.dtype.itemsize > 1:
        raise not_implemented(kernel, input.dtype)


# Sums, means, products ------------------------------------------------------------------------------------


def _kind(dtype: DType | None, out: Any) -> DType | None:
    """The dtype of a sum: the one asked for, or that of `out`, in which torch adds."""
    return out.dtype if dtype is None and out is not None else dtype


def sum(
    input: Any,
    dim: Dim = None,
    keepdim: bool = False,
    *,
    dtype: DType | None = None,
    out: Any = None,
) -> Any:
    """Σ input over dim (all dimensions by default)."""
    return into(out, ops.sum(summed(input, _kind(dtype, out)), dim=_some(dim, input), keepdim=keepdim))


_nansum = ops.sum.renamed("NansumBackward0")


def nansum(input: Any, dim: Dim = None, keepdim: bool = False, *, dtype: DType | None = None, out: Any = None) -> Any:
    """Σ input over dim, NaN counting as 0."""
    if input._data.dtype.kind == "c":
        raise RuntimeError("nansum on CPU does not support complex inputs")
    if input._data.dtype.kind in "fV":
        input = comparison.where(np.isnan(input._data), np.zeros((), input._data.dtype), input)
    return into(out, _nansum(summed(input, dtype), dim=_some(dim, input), keepdim=keepdim))


def mean(
    input: Any,
    dim: Dim = None,
    keepdim: bool = False,
    *,
    dtype: DType | None = None,
    out: Any = None,
) -> Any:
    """Σ input / n over dim. Raises RuntimeError for integers."""
    input = as_dtype(input, dtype)
    if input._data.dtype.kind in "iub":
        what = "Input dtype" if dtype is None else "Optional dtype"
        raise RuntimeError(
            f"mean(): could not infer output dtype. {what} must be either a floating point or complex dtype. "
            f"Got: {input.dtype.title}"
        )
    return into(out, ops.mean(input, dim=_some(dim, input), keepdim=keepdim))


def nanmean(input: Any, dim: Dim = None, keepdim: bool = False, *, dtype: DType | None = None, out: Any = None) -> Any:
    """The mean over dim of what is not NaN. Raises RuntimeError for integers."""
    if input._data.dtype.kind not in "fVc":
        raise RuntimeError(
            f"nanmean(): expected input to have floating point or complex dtype but got {input.dtype.title}"
        )
    counted = wrap(~np.isnan(input._data))
    return into(out, nansum(input, dim, keepdim, dtype=dtype) / sum(counted, dim, keepdim))


def prod(
    input: Any, dim: int | None = None, keepdim: bool = False, *, dtype: DType | None = None, out: Any = None
) -> Any:
    """∏ input, over one dimension or all."""
    if isinstance(dim, (tuple, list)):
        raise wrong_call("prod", input, dim)
    d = None if dim is None else one_dim(dim, input._data.ndim)
    result = products.prod(summed(input, _kind(dtype, out)), dim=d if input._data.ndim else None, keepdim=keepdim)
    return into(out, result)


def count_nonzero(input: Any, dim: Dim = None) -> Any:
    """How many elements are not 0."""
    check_wide("nonzero_count_cpu", input)
    return wrap(np.asarray(np.count_nonzero(input._data, axis=dims(dim, input._data.ndim)), dtype=np.int64))


def numel(input: Any) -> int:
    """The number of elements."""
    tensor_argument("numel", "input", 1, input)
    return math.prod(input._data.shape)


# Extremes -----------------------------------------------------------------------------------------------


def check_not_empty(name: str, input: Any, dim: Any, error: type[Exception] = RuntimeError) -> None:
    """Raise where an extreme of nothing is asked for."""
    shape = input._data.shape
    if dim is None:
        if input._data.size == 0:
            more = "" if error is IndexError else " Specify the reduction dim with the 'dim' argument."
            raise error(f"{name}(): Expected reduction dim to be specified for input.numel() == 0.{more}")
    else:
        for d in dims(dim, len(shape)):
            if shape[d] == 0:
                raise IndexError(f"{name}(): Expected reduction dim {d} to have non-zero size.")


_KINDS = {
    "max": (ops.max_all, ops.max_dim, "maximum"),
    "min": (ops.min_all, ops.min_dim, "minimum"),
}


def _extreme(name: str, input: Any, dim: Any, keepdim: bool, other: Any, out: Any) -> Any:
    whole, along, pairwise = _KINDS[name]
    other = dim if isinstance(dim, TensorBase) else other
    if other is not None and isinstance(input, TensorBase) and isinstance(other, TensorBase):
        from refnn.functions import pointwise

        return into(out, getattr(pointwise, pairwise)(input, other))
    tensor = isinstance(input, TensorBase)
    if not tensor and dim is None and other is None:
        tensor_argument(name, "input", 1, input)
    if not tensor or other is not None or not (dim is None or isinstance(dim, (int, np.integer))):
        second = other if other is not None else dim
        raise wrong_call(name, *((input,) if second is None else (input, second)))
    check_not_empty(name, input, dim)
    if input._data.dtype.kind == "c":
        raise not_implemented(f"{name}_all" if dim is None else f"{name}_cpu", input.dtype)
    if dim is None:
        return into(out, whole(input))
    pair = along(input, dim=one_dim(dim, input._data.ndim), keepdim=keepdim)
    return exact(out, named(name, pair), input)


def max(input: Any, dim: Any = None, keepdim: bool = False, *, other: Any = None, out: Any = None) -> Any:
    """The maximum; with dim, (values, indices) along it; with a tensor, elementwise."""
    return _extreme("max", input, dim, keepdim, other, out)


def min(input: Any, dim: Any = None, keepdim: bool = False, *, other: Any = None, out: Any = None) -> Any:
    """The minimum; with dim, (values, indices) along it; with a tensor, elementwise."""
    return _extreme("min", input, dim, keepdim, other, out)


_OF_ONE_DTYPE = (
    "Expected the dtype for input and out to match, but got {result} for input's dtype and {out} for out's dtype."
)


def _shared_extreme(name: str, operation: Any, input: Any, dim: Dim, keepdim: bool, out: Any) -> Any:
    tensor_argument(name, "input", 1, input)
    if not isinstance(dim, (int, tuple, list)):
        raise TypeError(f"{name}(): argument 'dim' (position 2) must be tuple of ints, not {type_name(dim)}")
    given = None if isinstance(dim, (tuple, list)) and not dim else dim
    check_not_empty(name, input, given)
    if input._data.dtype.kind == "c":
        raise not_implemented(f"{name[1:]}_values_cpu", input.dtype)
    result = operation(input, dim=dims(dim, input._data.ndim), keepdim=keepdim)
    return exact(out, result, input, text=_OF_ONE_DTYPE)


def amax(input: Any, dim: Dim = (), keepdim: bool = False, *, out: Any = None) -> Any:
    """The maximum over dim; ties share the gradient."""
    return _shared_extreme("amax", ops.amax, input, dim, keepdim, out)


def amin(input: Any, dim: Dim = (), keepdim: bool = False, *, out: Any = None) -> Any:
    """The minimum over dim; ties share the gradient."""
    return _shared_extreme("amin", ops.amin, input, dim, keepdim, out)


def aminmax(input: Any, *, dim: int | None = None, keepdim: bool = False, out: Any = None) -> Any:
    """(amin, amax), as a named tuple with the fields min and max."""
    if dim is None:
        if input._data.size == 0:
            raise RuntimeError(
                "aminmax(): cannot compute aminmax over an empty dimension as the operation has no identity."
            )
    else:
        d = one_dim(dim, input._data.ndim)
        if input._data.ndim and input._data.shape[d] == 0:
            raise IndexError(f"aminmax: Expected reduction dim {d} to have non-zero size.")
    if input._data.dtype.kind == "c":
        raise not_implemented("aminmax_cpu", input.dtype)
    pair = ops.aminmax(input, dim=dims(dim, input._data.ndim), keepdim=keepdim)
    return exact(out, named("aminmax", pair), input)


def _place(name: str, operation: Any, input: Any, dim: int | None, keepdim: bool, out: Any) -> Any:
    tensor_argument(name, "input", 1, input)
    check_not_empty(name, input, dim, IndexError)
    if input._data.dtype.kind in "cb":
        kind = "bool" if input._data.dtype == np.bool_ else "complex"
        raise RuntimeError(f"{name}(): does not support {kind} input")
    d = None if dim is None else one_dim(dim, input._data.ndim)
    result = operation(input, dim=d if input._data.ndim else None, keepdim=keepdim)
    return exact(out, result, input)


def argmax(input: Any, dim: int | None = None, keepdim: bool = False, *, out: Any = None) -> Any:
    """The index of the maximum, in the flattened tensor or along dim."""
    return _place("argmax", ops.argmax, input, dim, keepdim, out)


def argmin(input: Any, dim: int | None = None, keepdim: bool = False, *, out: Any = None) -> Any:
    """The index of the minimum, in the flattened tensor or along dim."""
    return _place("argmin", ops.argmin, input, dim, keepdim, out)


# Truth --------------------------------------------------------------------------------------------------


def _truth(name: str, operation: Any, input: Any, dim: Dim, keepdim: bool, out: Any) -> Any:
    if not isinstance(input, TensorBase):
        raise wrong_call(name, input)
    result = operation(input, dim=dims(dim, input._data.ndim, dim is None), keepdim=keepdim)
    if input._data.dtype == np.uint8:
        result = cast(result, dtype=np.uint8)
    if out is not None and out._data.dtype not in (np.bool_, np.uint8):
        raise RuntimeError(f"{name} only supports bool tensor for result, got: {out.dtype.title}")
    return into(out, result)


def any(input: Any, dim: Dim = None, keepdim: bool = False, *, out: Any = None) -> Any:
    """Whether some element is nonzero. Of uint8, as uint8."""
    return _truth("any", ops.any, input, dim, keepdim, out)


def all(input: Any, dim: Dim = None, keepdim: bool = False, *, out: Any = None) -> Any:
    """Whether every element is nonzero. Of uint8, as uint8."""
    return _truth("all", ops.all, input, dim, keepdim, out)
