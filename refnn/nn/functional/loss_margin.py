"""Losses that ask for a margin between the scores of classes. Source: torch.nn.functional."""

from __future__ import annotations

from typing import Any

import numpy as np

from refnn.dtypes import can_cast, not_implemented, result_type
from refnn.functions._broadcast import check_broadcast
from refnn.functions._checks import tensor_arguments
from refnn.functions.activation import number, number_argument
from refnn.functions.elementary import neg
from refnn.functions.reduction import sum as sum_over
from refnn.nn._reduction import REDUCTIONS
from refnn.nn.functional._loss_checks import (
    chosen,
    known,
    mean_or_sum,
    no_gradient,
)
from refnn.nn.functional.activation_smooth import logsigmoid
from refnn.ops import loss_margin as ops
from refnn.ops._half import opmath_dtype

__all__ = ["multi_margin_loss", "multilabel_margin_loss", "multilabel_soft_margin_loss", "soft_margin_loss"]

Shape = tuple[int, ...]
_TYPES = (np.float32, np.float64)  # of kernels; without anything to compute, other dtypes pass


# Two classes --------------------------------------------------------------------------------------------


def soft_margin_loss(
    input: Any,
    target: Any,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Any:
    """l = log(1 + e^(−t x)), t being 1 or −1; its mean, or its sum.

    As in torch the gradient is NaN where e^(−t x) overflows.

    Args:
        input: x, of any shape.
        target: t; broadcasts to that shape.

    Raises:
        ValueError: an unknown reduction.
        RuntimeError: a target that does not broadcast to the input's shape, or whose gradient is asked for; an
            integer input.

    Source: torch.nn.functional.soft_margin_loss.
    """
    reduction = known(chosen(size_average, reduce, reduction))
    name = "soft_margin_loss"
    tensor_arguments(name, input=input, target=target)
    no_gradient(name, "target", target)
    x = input._data
    if x.dtype == np.bool_:
        neg(input)
    kind = result_type(input, target)
    if x.dtype.kind in "iu" or not can_cast(kind, input.dtype):
        found = "Float" if x.dtype.kind in "iu" and not kind.is_floating_point else kind.title
        raise RuntimeError(f"result type {found} can't be cast to the desired output type {input.dtype.title}")
    check_broadcast(x.shape, x.shape, target._data.shape)
    if x.dtype.kind == "c" and input.requires_grad:
        raise RuntimeError(f"{name} does not support automatic differentiation for outputs with complex dtype.")
    return ops.soft_margin_loss(input, target, reduction=reduction)


def multilabel_soft_margin_loss(
    input: Any,
    target: Any,
    weight: Any = None,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Any:
    """l = −1/C Σ_c w_c (t_c log σ(x_c) + (1 − t_c) log σ(−x_c)), its mean, or its sum.

    Args:
        input: (*, C), scores.
        target: (*, C), 0 or 1 for each class.
        weight: w; broadcasts to that shape.

    Raises:
        ValueError: an unknown reduction.
        IndexError: no dimension.

    Source: torch.nn.functional.multilabel_soft_margin_loss.
    """
    reduction = chosen(size_average, reduce, reduction)
    losses = -(target * logsigmoid(input) + (1 - target) * logsigmoid(-input))
    if weight is not None:
        losses = losses * weight
    dim = input.dim() - 1
    if dim < 0:
        raise IndexError("Dimension specified as -1 but tensor has no dimensions")
    losses = sum_over(losses, dim) / input.size(dim)
    if reduction not in REDUCTIONS:
        raise ValueError(reduction + " is not valid")
    return mean_or_sum(losses, reduction)


# Scores of classes --------------------------------------------------------------------------------------


def _rows(x: Shape) -> Shape:
    """(N, C) of scores (N, C), (C,) or (). Raises RuntimeError for another shape."""
    if len(x) > 2 or x[-1:] == (0,):
        raise RuntimeError(f"Expected non-empty vector or matrix with optional 0-dim batch size, but got: {list(x)}")
    return x if len(x) == 2 else (1, *(x or (1,)))


def _check_long(target: Any) -> None:
    if target._data.dtype != np.int64:
        raise RuntimeError(f"expected scalar type Long but found {target.dtype.title}")


def multi_margin_loss(
    input: Any,
    target: Any,
    p: int = 1,
    margin: float = 1.0,
    weight: Any = None,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Any:
    """l = w_t / C Σ_{c ≠ t} max(0, margin − x_t + x_c)^p, t being the class; its mean, or its sum.

    Args:
        input: (N, C) or (C,), scores; float32 or float64.
        target: (N,) or (), class numbers; int64.
        p: 1 or 2.
        weight: (C,), the input's dtype.

    Raises:
        ValueError: another p; a weight of another rank; an unknown reduction.
        RuntimeError: shapes or dtypes that do not go together; a target that is no class; a second derivative.
        NotImplementedError: half precision, integers, complex numbers.

    Source: torch.nn.functional.multi_margin_loss; Weston & Watkins, 1999.
    """
    reduction = known(chosen(size_average, reduce, reduction))
    if p not in (1, 2):
        raise ValueError("only p == 1 and p == 2 supported")
    if weight is not None and weight.dim() != 1:
        raise ValueError("weight must be one-dimensional")
    tensor_arguments("multi_margin_loss", input=input, target=target)
    power = int(number("multi_margin_loss", "p", 3, p))
    margin = number_argument("multi_margin_loss", "margin", 4, margin)
    no_gradient("multi_margin_loss", "weight", weight)
    x, t = input._data, target._data
    rows = _rows(x.shape)
    if t.ndim > 1 or t.size != rows[0]:
        raise RuntimeError(
            "multi_margin_loss: target tensor should be 1-D with size equal to the number of input samples (batch "
            f"size). Expected target size [{rows[0]}], but got {list(t.shape)}. Input has shape {list(x.shape)}."
        )
    if weight is not None and weight._data.size != rows[1]:
        raise RuntimeError(f"inconsistent weight size, expected {rows[1]} but got {list(weight._data.shape)}")
    if x.dtype not in _TYPES and x.size:
        raise not_implemented("multi_margin_loss_cpu_kernel", input.dtype)
    _check_long(target)
    if weight is not None and weight._data.dtype != x.dtype:
        raise RuntimeError(f"expected scalar type {input.dtype.title} but found {weight.dtype.title}")
    bound = number("multi_margin_loss", "margin", 4, margin, opmath_dtype(x.dtype))
    if t.size and not (t.min() >= 0 and t.max() < rows[1]):
        raise RuntimeError("target out of range")
    return ops.multi_margin_loss(input, target, weight, p=power, margin=bound, reduction=reduction)


def multilabel_margin_loss(
    input: Any,
    target: Any,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Any:
    """l = 1/C Σ_t Σ_c max(0, 1 − x_t + x_c), t over the classes before the first −1, c over all others.

    Its mean, or its sum.

    Args:
        input: (N, C) or (C,), scores; float32 or float64.
        target: of the input's shape, class numbers followed by −1; int64.

    Raises:
        ValueError: an unknown reduction.
        RuntimeError: shapes or dtypes that do not go together; a target that is no class; a second derivative.
        NotImplementedError: half precision, integers, complex numbers.

    Source: torch.nn.functional.multilabel_margin_loss.
    """
    reduction = known(chosen(size_average, reduce, reduction))
    tensor_arguments("multilabel_margin_loss", input=input, target=target)
    x, t = input._data, target._data
    rows = _rows(x.shape)
    fits = t.shape == x.shape if x.ndim == 2 else t.ndim < 2 and t.size == rows[1]
    if not fits:
        raise RuntimeError(f"inconsistent target size: {list(t.shape)} for input of size: {list(x.shape)}")
    if t.size and not (t.min() >= -1 and t.max() < rows[1]):
        raise RuntimeError("argument #2 'target' is out of range")
    if x.dtype not in _TYPES and x.size:
        raise not_implemented("multilabel_margin_loss_forward_out_frame", input.dtype)
    _check_long(target)
    return ops.multilabel_margin_loss(input, target, reduction=reduction)
