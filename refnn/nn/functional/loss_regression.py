"""Losses against values and counts: smooth L1, Huber, and the negative log likelihoods of distributions.

Source: torch.nn.functional.
"""

from __future__ import annotations

import math
import warnings
from typing import Any

from refnn.autograd.modes import no_grad
from refnn.dtypes import can_cast, result_type
from refnn.functions import loss as functions
from refnn.functions._random_arguments import number
from refnn.functions.conversion import clone
from refnn.functions.creation import ones_like
from refnn.functions.elementary import log
from refnn.functions.reduction import any as any_of
from refnn.functions.shape import unsqueeze
from refnn.nn import _reduction
from refnn.nn._reduction import REDUCTIONS
from refnn.nn.functional._loss_checks import (
    check_real,
    chosen,
    known,
    mean_or_sum,
    same_shape,
    size_of,
    times,
)
from refnn.nn.functional.loss import l1_loss
from refnn.ops import loss_regression as ops

__all__ = ["gaussian_nll_loss", "huber_loss", "kl_div", "poisson_nll_loss", "smooth_l1_loss"]


# Squares near 0, absolute values beyond -----------------------------------------------------------------


def smooth_l1_loss(
    input: Any,
    target: Any,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    beta: float = 1.0,
) -> Any:
    """l = d² / (2 beta) where |d| < beta, else |d| − beta / 2; d = x − y. Its mean, or its sum.

    Args:
        input, target: of any shape, the same for both; other shapes broadcast, with a warning.
        beta: where the square ends; with 0 this is l1_loss.

    Raises:
        ValueError: an unknown reduction.
        RuntimeError: a negative beta; shapes that do not broadcast.
        NotImplementedError: two integer tensors, complex tensors.

    Source: torch.nn.functional.smooth_l1_loss; Girshick, 2015.
    """
    x, y = same_shape(input, target)
    reduction = chosen(size_average, reduce, reduction)
    if beta == 0.0:
        return l1_loss(x, y, reduction=reduction)
    reduction = known(reduction)
    bound = number("smooth_l1_loss", "beta", 4, beta)
    if bound < 0:
        raise RuntimeError("smooth_l1_loss does not support negative values for beta.")
    check_real("smooth_l1_cpu", x, y)
    return ops.smooth_l1_loss(x, y, reduction=reduction, beta=bound)


def huber_loss(input: Any, target: Any, reduction: str = "mean", delta: float = 1.0, weight: Any = None) -> Any:
    """l = d² / 2 where |d| < delta, else delta (|d| − delta / 2); d = x − y. Its mean, or its sum; or those of w l.

    Args:
        input, target: of any shape, the same for both; other shapes broadcast, with a warning. The result has
            the input's dtype.
        delta: where the square ends.
        weight: w, of the input's shape.

    Raises:
        ValueError: an unknown reduction; a weight of another shape.
        RuntimeError: a delta that is not positive; shapes that do not broadcast; an integer input, where the
            target is floating. In the backward pass: unequal dtypes.
        NotImplementedError: two integer tensors, complex tensors.

    Source: torch.nn.functional.huber_loss; Huber, 1964.
    """
    x, y = same_shape(input, target)
    if weight is None:
        return _huber(x, y, known(reduction), delta)
    return mean_or_sum(times(_huber(x, y, "none", delta), weight, input, reduction), reduction)


def _huber(x: Any, y: Any, reduction: str, delta: float) -> Any:
    bound = number("huber_loss", "delta", 4, delta)
    if bound <= 0:
        raise RuntimeError("huber_loss does not support non-positive values for delta.")
    kind = result_type(x, y)
    if not can_cast(kind, x.dtype):
        raise RuntimeError(f"result type {kind.title} can't be cast to the desired output type {x.dtype.title}")
    check_real("huber_cpu", x, y)
    return ops.huber_loss(x, y, reduction=reduction, delta=bound)


# Distributions ------------------------------------------------------------------------------------------


def kl_div(
    input: Any,
    target: Any,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    log_target: bool = False,
) -> Any:
    """l = t (log t − x), x being a log probability; with log_target t is one too: l = e^t (t − x).

    The reduction "batchmean" divides the sum by the length of the first dimension; that is the divergence as it
    is defined. "mean" divides by the number of elements, and warns.

    Args:
        input, target: of any shape and floating dtype; they broadcast.

    Raises:
        ValueError: an unknown reduction.
        RuntimeError: integer or complex tensors; shapes that do not broadcast.

    Source: torch.nn.functional.kl_div; Kullback & Leibler, 1951.
    """
    if size_average is not None or reduce is not None:
        how = _reduction.legacy_get_enum(size_average, reduce)
    else:
        if reduction == "mean":
            warnings.warn(
                "reduction: 'mean' divides the total loss by both the batch size and the support size."
                "'batchmean' divides only by the batch size, and aligns with the KL div math definition."
                "'mean' will be changed to behave the same as 'batchmean' in the next major release.",
                stacklevel=2,
            )
        how = _reduction.get_enum("sum" if reduction == "batchmean" else reduction)
    reduced = functions.kl_div(input, target, how, log_target=log_target)
    if reduction == "batchmean" and input.dim() != 0:
        reduced = reduced / input.size()[0]
    return reduced


def poisson_nll_loss(
    input: Any,
    target: Any,
    log_input: bool = True,
    full: bool = False,
    size_average: bool | None = None,
    eps: float = 1e-8,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Any:
    """l = e^x − t x, x being the logarithm of the rate; without log_input l = x − t log(x + eps).

    Args:
        input, target: of any shape; they broadcast.
        full: targets above 1 add Stirling's t log t − t + log(2 π t) / 2 for log t!.

    Raises:
        ValueError: an unknown reduction.
        RuntimeError: shapes that do not broadcast.

    Source: torch.nn.functional.poisson_nll_loss.
    """
    reduction = chosen(size_average, reduce, reduction)
    if reduction not in REDUCTIONS:
        raise ValueError(reduction + " is not a valid value for reduction")
    return functions.poisson_nll_loss(input, target, log_input, full, eps, _reduction.get_enum(reduction))


def gaussian_nll_loss(
    input: Any, target: Any, var: Any, full: bool = False, eps: float = 1e-6, reduction: str = "mean"
) -> Any:
    """l = (log v + (x − t)² / v) / 2, v = max(var, eps), its mean, or its sum.

    The bound eps is no part of the gradient.

    Args:
        input, target: x, the expected mean, and t; they broadcast.
        var: a number; or of x's shape, of x's shape without its last dimension, or with one dimension of length 1.
        full: add log(2 π) / 2.

    Raises:
        ValueError: a negative var; a var of another shape; an unknown reduction.

    Source: torch.nn.functional.gaussian_nll_loss; Nix & Weigend, 1994.
    """
    if isinstance(var, float):
        if var < 0:
            raise ValueError("var has negative entry/entries")
        var = var * ones_like(input)
    elif any_of(var < 0):
        raise ValueError("var has negative entry/entries")
    var = _for_each(var, input)
    if reduction not in REDUCTIONS:
        raise ValueError(reduction + " is not valid")
    var = clone(var)
    with no_grad():
        var.clamp_(min=eps)
    losses = 0.5 * (log(var) + (input - target) ** 2 / var)
    if full:
        losses += 0.5 * math.log(2 * math.pi)
    return mean_or_sum(losses, reduction)


def _for_each(var: Any, input: Any) -> Any:
    """var with as many dimensions as the input has. Raises ValueError for a shape that is not allowed."""
    given, whole = size_of(var), size_of(input)
    if given == whole:
        return var
    if whole[:-1] == given:
        return unsqueeze(var, -1)
    odd = [v for x, v in zip(whole, given, strict=False) if x != v]
    if len(whole) != len(given) or sum(odd) != 1:
        raise ValueError("var is of incorrect size")
    return var
