"""What the losses share: the choice of the reduction, and what torch says of arguments that do not go together."""

from __future__ import annotations

import warnings
from typing import Any, NoReturn

import numpy as np

from refnn.autograd.base import TensorBase
from refnn.autograd.modes import mode
from refnn.dtypes import not_implemented
from refnn.functions import reduction as reductions
from refnn.functions.shape import broadcast_tensors
from refnn.nn import _reduction

REDUCTIONS = ("none", "mean", "sum")


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
    if size_of(target) == size_of(input):
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


def does_not_fit(shape: tuple[int, ...], broadcast: tuple[int, ...]) -> NoReturn:
    raise RuntimeError(f"output with shape {list(shape)} doesn't match the broadcast shape {list(broadcast)}")


def no_gradient(function: str, name: str, x: Any) -> None:
    if x is not None and mode.grad and x.requires_grad:
        raise RuntimeError(
            f"The function '{function}' is not differentiable with respect to argument '{name}'. This input cannot "
            "have requires_grad True."
        )


def class_arguments(function: str, *given: Any) -> None:
    for position, (name, x) in enumerate(zip(("input", "target", "weight"), given, strict=True)):
        if not isinstance(x, TensorBase) and (x is not None or position < 2):
            raise TypeError(
                f"{function}(): argument '{name}' (position {position + 1}) must be Tensor, not {type(x).__name__}"
            )


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


def check_options(ignore_index: Any, label_smoothing: Any) -> None:
    if not isinstance(ignore_index, int):
        raise TypeError(
            f"cross_entropy_loss(): argument 'ignore_index' (position 5) must be int, not {type(ignore_index).__name__}"
        )
    if not isinstance(label_smoothing, (int, float)):
        raise TypeError(
            "cross_entropy_loss(): argument 'label_smoothing' (position 6) must be float, not "
            + type(label_smoothing).__name__
        )


def check_softmax_dtype(input: Any) -> None:
    if input._data.dtype.kind not in "fV":
        along_rows = input._data.ndim < 3
        raise not_implemented(f"log_softmax_{'lastdim_' if along_rows else ''}kernel_impl", input.dtype)
