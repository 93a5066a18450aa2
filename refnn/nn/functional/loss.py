"""Losses. Source: torch.nn.functional."""

from __future__ import annotations

from typing import Any

import numpy as np

from refnn.dtypes import can_cast, not_implemented
from refnn.functions import elementary, pointwise
from refnn.functions import reduction as reductions
from refnn.functions._broadcast import check_broadcast
from refnn.functions._checks import one_dim
from refnn.functions._random_arguments import number
from refnn.functions.shape import broadcast_shapes
from refnn.nn.functional._loss_checks import (
    check_classes,
    check_real,
    check_softmax_dtype,
    chosen,
    class_arguments,
    known,
    mean_or_sum,
    no_gradient,
    optional_tensor,
    same_shape,
    size_of,
    times,
)
from refnn.ops import loss as ops
from refnn.ops import loss_nll as class_ops
from refnn.ops.softmax import log_softmax
from refnn.types import Size

__all__ = [
    "binary_cross_entropy",
    "binary_cross_entropy_with_logits",
    "cross_entropy",
    "l1_loss",
    "mse_loss",
    "nll_loss",
]

# Elementwise errors -------------------------------------------------------------------------------------


def _weighted(losses: Any, weight: Any, input: Any, reduction: str) -> Any:
    """w l, its sum, or that over Σ w."""
    losses = times(losses, weight, input, reduction)
    return reductions.sum(losses) / reductions.sum(weight) if reduction == "mean" else mean_or_sum(losses, reduction)


def mse_loss(
    input: Any,
    target: Any,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    weight: Any = None,
) -> Any:
    """l = (x − y)², its mean, or its sum; with weights w (x − y)², the mean being over Σ w.

    Args:
        input, target: of any shape, the same for both; other shapes broadcast, with a warning.
        weight: of the input's shape.

    Raises:
        ValueError: an unknown reduction; a weight of another shape.
        RuntimeError: shapes that do not broadcast.
        NotImplementedError: two integer tensors, complex tensors.

    Source: torch.nn.functional.mse_loss.
    """
    x, y = same_shape(input, target)
    reduction = chosen(size_average, reduce, reduction)
    if weight is not None:
        return _weighted(elementary.square(pointwise.sub(x, y)), weight, input, reduction)
    reduction = known(reduction)
    check_real("mse_cpu", x, y)
    return ops.mse_loss(x, y, reduction=reduction)


def l1_loss(
    input: Any,
    target: Any,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    weight: Any = None,
) -> Any:
    """l = |x − y|, its mean, or its sum; with weights w |x − y|, the mean being over Σ w. The slope at 0 is 0.

    Args and Raises as in mse_loss, but the sum and "none" take integers too.

    Source: torch.nn.functional.l1_loss.
    """
    x, y = same_shape(input, target)
    reduction = chosen(size_average, reduce, reduction)
    if weight is not None:
        return _weighted(elementary.abs(pointwise.sub(x, y)), weight, input, reduction)
    reduction = known(reduction)
    return mean_or_sum(elementary.abs(pointwise.sub(x, y)), reduction)


# Classes ------------------------------------------------------------------------------------------------


def nll_loss(
    input: Any,
    target: Any,
    weight: Any = None,
    size_average: bool | None = None,
    ignore_index: int = -100,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Any:
    """l = −w_t x_t, x being log probabilities and t the class. The mean is over Σ w_t.

    Args:
        input: (N, C, d1, …) or (C,).
        target: class numbers, (N, d1, …) or (); int64 or uint8.
        weight: (C,), the input's dtype.
        ignore_index: targets of this value count for nothing. If all are ignored, the mean is NaN.

    Raises:
        IndexError: a target that is no class.
        ValueError, RuntimeError: shapes or dtypes that do not go together; an unknown reduction.
        TypeError: arguments of other types.
        NotImplementedError: an integer input.

    Source: torch.nn.functional.nll_loss.
    """
    reduction = known(chosen(size_average, reduce, reduction))
    ignored = class_arguments("nll_loss_nd", input, target, weight, ignore_index)
    spatial = check_classes(input, target, weight)
    return class_ops.nll_loss(input, target, weight, ignore_index=ignored, reduction=reduction, spatial=spatial)


def cross_entropy(
    input: Any,
    target: Any,
    weight: Any = None,
    size_average: bool | None = None,
    ignore_index: int = -100,
    reduce: bool | None = None,
    reduction: str = "mean",
    label_smoothing: float = 0.0,
) -> Any:
    """l = −Σ_c w_c t_c log softmax(x)_c.

    Targets are class numbers, as in nll_loss, or probabilities of the input's shape. Smoothing replaces t by
    (1 − ε) t + ε/C. The mean is over Σ w_t for class numbers, over the number of samples for probabilities.

    Args:
        input: (N, C, d1, …) or (C,), unnormalised.
        target: (N, d1, …) or (), int64 or uint8; or the input's shape, floating.
        weight: (C,).
        ignore_index: class numbers of this value count for nothing. If all are ignored, the mean is NaN.
        label_smoothing: ε, from 0 to 1.

    Raises:
        IndexError: a target that is no class.
        ValueError, RuntimeError: shapes, dtypes or options that do not go together.
        TypeError: arguments of other types.
        NotImplementedError: an integer input.

    Source: torch.nn.functional.cross_entropy; Szegedy et al., 2016 (smoothing).
    """
    reduction = known(chosen(size_average, reduce, reduction))
    ignored = class_arguments("cross_entropy_loss", input, target, weight, ignore_index)
    smoothing = number("cross_entropy_loss", "label_smoothing", 6, label_smoothing)
    if input._data.shape == target._data.shape:
        return _probability_targets(input, target, weight, reduction, ignored, smoothing)
    _check_smoothing(smoothing)
    one_dim(int(input._data.ndim != 1), input._data.ndim)
    check_softmax_dtype(input)
    spatial = check_classes(input, target, weight)
    smoothing = max(smoothing, 0.0)
    if smoothing and reduction == "none" and input._data.ndim == 1 and target._data.ndim == 1:
        raise RuntimeError("output with shape [] doesn't match the broadcast shape [1]")
    losses, _ = class_ops.cross_entropy(
        input,
        target,
        weight,
        ignore_index=ignored,
        label_smoothing=smoothing,
        reduction=reduction,
        spatial=spatial,
    )
    return losses


def _check_smoothing(label_smoothing: float) -> None:
    if label_smoothing > 1:
        raise RuntimeError(f"label_smoothing must be between 0.0 and 1.0. Got: {label_smoothing:g}")


def _probability_targets(
    input: Any, target: Any, weight: Any, reduction: str, ignore_index: int, label_smoothing: float
) -> Any:
    if not target.dtype.is_floating_point:
        raise RuntimeError(
            f"Expected floating point type for target with class probabilities, got {target.dtype.title}"
        )
    if ignore_index >= 0:
        raise RuntimeError("ignore_index is not supported for floating point target")
    dim = 0 if input._data.ndim == 1 else 1
    if input._data.ndim == 0:
        raise IndexError("Dimension specified as 1 but tensor has no dimensions")
    classes = input._data.shape[dim]
    if weight is not None and weight._data.shape != (classes,):
        raise RuntimeError(
            f"cross_entropy: weight tensor should be defined either for all {classes} classes or no classes but got "
            f"weight tensor of shape: {list(weight._data.shape)}"
        )
    check_softmax_dtype(input)
    _check_smoothing(label_smoothing)
    if label_smoothing > 0:
        target = target * (1 - label_smoothing) + label_smoothing / classes if classes else target
    products = log_softmax(input, dim=dim) * target
    if weight is not None:
        products = products * (weight if dim == 0 else weight.reshape(1, classes, *(1,) * (input._data.ndim - 2)))
    if reduction == "none":
        return -reductions.sum(products, dim)
    total = reductions.sum(products)
    if reduction == "sum":
        return -total
    if input._data.size == 0:
        return -total.fill_(float("nan"))
    return class_ops.per_sample(-total, count=input._data.size // classes)


# Two classes --------------------------------------------------------------------------------------------


def binary_cross_entropy(
    input: Any,
    target: Any,
    weight: Any = None,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Any:
    """l = −w (t log x + (1 − t) log(1 − x)), its mean, or its sum. Each logarithm is at least −100.

    Args:
        input, target: probabilities, of one shape and dtype.
        weight: broadcasts to that shape.

    Raises:
        ValueError: unequal shapes; an unknown reduction.
        RuntimeError: values outside [0, 1], NaN included; unequal dtypes; a weight that does not fit.
        NotImplementedError: integers, complex numbers.

    Source: torch.nn.functional.binary_cross_entropy.
    """
    reduction = known(chosen(size_average, reduce, reduction))
    if size_of(target) != size_of(input):
        raise ValueError(
            f"Using a target size ({target.size()}) that is different to the input size ({input.size()}) is "
            "deprecated. Please ensure they have the same size."
        )
    shape = input._data.shape
    if weight is not None:
        broadcast_shapes(Size(shape), Size(size_of(weight)))
        no_gradient("binary_cross_entropy", "weight", weight)
    if input._data.dtype != target._data.dtype:
        raise RuntimeError(f"Found dtype {target.dtype.title} but expected {input.dtype.title}")
    if input._data.dtype.kind not in "fV":
        raise not_implemented("binary_cross_entropy", input.dtype)
    _check_probabilities("input", input._data)
    _check_probabilities("target", target._data)
    if weight is not None:
        check_broadcast(shape, shape, weight._data.shape)
    return ops.binary_cross_entropy(input, target, weight, reduction=reduction)


def _check_probabilities(name: str, x: Any) -> None:
    if x.size and not (x.min() >= 0 and x.max() <= 1):  # NaN fails both
        raise RuntimeError(f"all elements of {name} should be between 0 and 1")


def binary_cross_entropy_with_logits(
    input: Any,
    target: Any,
    weight: Any = None,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    pos_weight: Any = None,
) -> Any:
    """l = −w (p t log σ(x) + (1 − t) log(1 − σ(x))), its mean, or its sum, without forming σ(x).

    Args:
        input, target: of one shape. The result has the target's dtype.
        weight, pos_weight: w and p; broadcast to that shape.

    Raises:
        ValueError: unequal shapes; an unknown reduction.
        RuntimeError: integer or bool targets; a weight that does not fit.
        TypeError: a weight that is no Tensor.
        NotImplementedError: an integer or complex input.

    Source: torch.nn.functional.binary_cross_entropy_with_logits.
    """
    reduction = known(chosen(size_average, reduce, reduction))
    if size_of(target) != size_of(input):
        raise ValueError(f"Target size ({target.size()}) must be the same as input size ({input.size()})")
    function = "binary_cross_entropy_with_logits"
    for position, (name, given) in enumerate((("weight", weight), ("pos_weight", pos_weight)), 3):
        optional_tensor(function, name, position, given)
    no_gradient(function, "weight", weight)
    no_gradient(function, "pos_weight", pos_weight)
    if input._data.dtype.kind not in "fV":
        raise not_implemented("log_sigmoid_cpu", input.dtype)
    if not can_cast(input.dtype, target.dtype):
        if target._data.dtype == np.bool_:
            pointwise._no_bool_minus(target, True)
        raise RuntimeError(
            f"result type {input.dtype.title} can't be cast to the desired output type {target.dtype.title}"
        )
    shape = input._data.shape
    if pos_weight is not None:
        check_broadcast(shape, pos_weight._data.shape, shape)
    if weight is not None:
        check_broadcast(shape, shape, weight._data.shape)
    return ops.binary_cross_entropy_with_logits(input, target, weight, pos_weight, reduction=reduction)
