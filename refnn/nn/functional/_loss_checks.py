"""What the losses share: the choice of the reduction, and what torch says of arguments that do not go together."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from refnn.autograd.base import TensorBase
from refnn.autograd.modes import mode
from refnn.dtypes import not_implemented, result_type
from refnn.functions import reduction as reductions
from refnn.functions._checks import int_argument, tensor_argument, tensor_arguments
from refnn.functions.pointwise import mul
from refnn.functions.shape import broadcast_tensors
from refnn.nn import _reduction
from refnn.nn._reduction import REDUCTIONS


def chosen(size_average: bool | None, reduce: bool | None, reduction: str) -> str:
    """The reduction, or what its two older forms say, if one is given."""
    if size_average is None and reduce is None:
        return reduction
    return _reduction.legacy_get_string(size_average, reduce)


def known(reduction: str) -> str:
    """ "none", "mean" or "sum". Raises ValueError for another word."""
    return reduction if reduction in REDUCTIONS else REDUCTIONS[_reduction.get_enum(reduction)]


def number_of(size_average: bool | None, reduce: bool | None, reduction: str) -> int:
    """torch's number for the reduction, or for what its two older forms say. Raises ValueError for another word."""
    return _reduction.get_enum(chosen(size_average, reduce, reduction))


def size_of(x: Any) -> Any:
    """A tensor's shape; the AttributeError of `x.size()` where x is no tensor."""
    return x._data.shape if isinstance(x, TensorBase) else x.size()


def same_shape(input: Any, target: Any) -> tuple[Any, Any]:
    """The two broadcast to one shape, with a warning where they have not."""
    if isinstance(input, TensorBase) and isinstance(target, TensorBase):
        if input._data.shape == target._data.shape:
            return input, target
    elif size_of(target) == size_of(input):
        return input, target
    warnings.warn(
        f"Using a target size ({target.size()}) that is different to the input size ({input.size()}). "
        "This will likely lead to incorrect results due to broadcasting. Please ensure they have the same size.",
        stacklevel=3,
    )
    return tuple(broadcast_tensors(input, target))


def mean_or_sum(losses: Any, reduction: str) -> Any:
    """The losses, their mean, or their sum."""
    if reduction == "none":
        return losses
    return reductions.mean(losses) if reduction == "mean" else reductions.sum(losses)


def no_gradient(function: str, name: str, x: Any) -> None:
    if x is not None and mode.grad and x.requires_grad:
        raise RuntimeError(
            f"The function '{function}' is not differentiable with respect to argument '{name}'. This input cannot "
            "have requires_grad True."
        )


def optional_tensor(function: str, name: str, position: int, x: Any) -> None:
    """Raise TypeError for what is neither a Tensor nor None."""
    if x is not None:
        tensor_argument(function, name, position, x)


def class_arguments(function: str, input: Any, target: Any, weight: Any, ignore_index: Any) -> int:
    """ignore_index as an int. Raises TypeError as torch's parser does."""
    tensor_arguments(function, input=input, target=target)
    optional_tensor(function, "weight", 3, weight)
    int_argument(function, "ignore_index", 5, ignore_index, is_size=True)
    return int(ignore_index)


def check_real(kernel: str, x: Any, y: Any) -> None:
    """Raise NotImplementedError unless two tensors have a floating dtype together."""
    if x._data.dtype.kind not in "fV" or y._data.dtype.kind not in "fV":
        kind = result_type(x, y)
        if not kind.is_floating_point:
            raise not_implemented(kernel, kind)


def times(losses: Any, weight: Any, input: Any, reduction: str) -> Any:
    """The losses, each times its weight. Raises ValueError for a weight of another size, then an unknown reduction."""
    if size_of(weight) != size_of(input):
        raise ValueError("Weights and input must have the same size.")
    losses = mul(losses, weight)
    if reduction not in REDUCTIONS:
        raise ValueError(f"Invalid reduction mode: {reduction}. Expected one of 'none', 'mean', 'sum'.")
    return losses


def check_classes(input: Any, target: Any, weight: Any) -> int:
    """The number of dimensions beyond the class. Raises what torch's nll_loss does."""
    x, t = input._data, target._data
    if x.ndim == 0:
        raise ValueError("Expected 1 or more dimensions (got 0)")
    if x.ndim > 1 and (t.ndim == 0 or x.shape[0] != t.shape[0]):
        raise ValueError(
            f"Expected input batch_size ({x.shape[0]}) to match target batch_size ({t.shape[0] if t.ndim else 0})."
        )
    if x.ndim > 2:
        _check_spatial(x.shape, t.shape)
    elif t.ndim > 1:
        raise RuntimeError("0D or 1D target tensor expected, multi-target not supported")
    elif x.ndim == 1 and t.ndim == 1 and len(t) != 1:
        raise ValueError(f"For 1D input, 1D target must have size 1, but got target size: {len(t)}")
    if t.dtype != np.int64 and t.dtype != np.uint8:
        raise RuntimeError(f"expected target dtype to be Long or Byte, but got {target.dtype.title}")
    if weight is not None:
        _check_class_weight(x, weight, input)
    if x.dtype.kind not in "fV":
        raise not_implemented("nll_loss_out_frame" if x.ndim < 3 else "nll_loss2d_forward_out_frame", input.dtype)
    if weight is not None and weight._data.dtype != x.dtype:
        raise RuntimeError(f"expected scalar type {input.dtype.title} but found {weight.dtype.title}")
    return 0 if x.ndim < 3 else int(x.ndim) - 2


def _check_spatial(x: tuple[int, ...], t: tuple[int, ...]) -> None:
    if len(x) == 4:
        if len(t) != 3:
            raise RuntimeError(
                f"only batches of spatial targets supported (3D tensors) but got targets of dimension: {len(t)}"
            )
        if x[2:] != t[1:]:
            raise RuntimeError(f"size mismatch (got input: {list(x)} , target: {list(t)}")
    elif x[2:] != t[1:]:
        raise RuntimeError(f"Expected target size {[x[0], *x[2:]]}, got {list(t)}")


def _check_class_weight(x: Any, weight: Any, input: Any) -> None:
    flat = x.ndim < 3
    no_gradient("nll_loss_forward" if flat else "nll_loss2d_forward", "weight", weight)
    classes = x.shape[0 if x.ndim == 1 else 1]
    if weight._data.shape != (classes,):
        raise RuntimeError(
            f"weight tensor should be defined either for all {classes} classes or no classes but got weight tensor of "
            f"shape: {list(weight._data.shape)}"
            if flat
            else "weight tensor should be defined either for all or no classes"
        )


def check_softmax_dtype(input: Any) -> None:
    if input._data.dtype.kind not in "fV":
        along_rows = input._data.ndim < 3
        raise not_implemented(f"log_softmax_{'lastdim_' if along_rows else ''}kernel_impl", input.dtype)
