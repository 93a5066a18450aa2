"""torch.kl_div, hinge_embedding_loss, triplet_margin_loss, …: losses whose reduction is a number.

0 stands for none, 1 for the mean, 2 for the sum; torch.nn.functional says it in words. As in torch 2.13, 0 is the
default here, while the mean is there.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from refnn.autograd.base import wrap
from refnn.functions import pointwise
from refnn.functions import reduction as reductions
from refnn.functions._checks import bool_argument, int_argument, tensor_arguments
from refnn.functions._random_arguments import number
from refnn.functions.bivariate import xlogy
from refnn.functions.comparison import where
from refnn.functions.creation import full_like
from refnn.functions.distance import pairwise_distance
from refnn.functions.elementary import exp, log, sqrt_
from refnn.functions.masks import masked_fill

__all__ = [
    "cosine_embedding_loss",
    "hinge_embedding_loss",
    "kl_div",
    "margin_ranking_loss",
    "poisson_nll_loss",
    "reduce_losses",
    "triplet_margin_loss",
]

NONE, MEAN, SUM = 0, 1, 2
_EPS = 1e-12  # beside a squared length, so that its root has a gradient


def reduce_losses(losses: Any, reduction: int) -> Any:
    """The losses, their mean, or their sum."""
    if reduction == MEAN:
        return reductions.mean(losses)
    return reductions.sum(losses) if reduction == SUM else losses


def _zero(x: Any) -> Any:
    return wrap(np.zeros((), x._data.dtype))


# Distributions ------------------------------------------------------------------------------------------


def kl_div(input: Any, target: Any, reduction: int = NONE, *, log_target: bool = False) -> Any:
    """l = t (log t − x), x being a log probability; with log_target t is one too: l = e^t (t − x).

    The two broadcast and promote. Raises RuntimeError for complex and for integer tensors.

    Source: torch.kl_div; Kullback & Leibler, 1951.
    """
    tensor_arguments("kl_div", input=input, target=target)
    int_argument("kl_div", "reduction", 3, reduction)
    bool_argument("kl_div", "log_target", None, log_target)
    kinds = input._data.dtype.kind + target._data.dtype.kind
    if "c" in kinds:
        raise RuntimeError("kl_div: Complex inputs not supported.")
    if set(kinds) & set("iub"):
        raise RuntimeError("kl_div: Integral inputs not supported.")
    losses = exp(target) * (target - input) if log_target else xlogy(target, target) - target * input
    return reduce_losses(losses, reduction)


def poisson_nll_loss(input: Any, target: Any, log_input: bool, full: bool, eps: float, reduction: int) -> Any:
    """l = e^x − t x, x being the logarithm of the rate; without log_input l = x − t log(x + eps).

    With `full`, targets above 1 add Stirling's t log t − t + log(2 π t) / 2 for log t!. The two broadcast.

    Source: torch.poisson_nll_loss.
    """
    name = "poisson_nll_loss"
    tensor_arguments(name, input=input, target=target)
    bool_argument(name, "log_input", 3, log_input)
    bool_argument(name, "full", 4, full)
    bound = number(name, "eps", 5, eps)
    int_argument(name, "reduction", 6, reduction)
    losses = exp(input) - target * input if log_input else input - target * log(input + bound)
    if full:
        stirling = target * log(target) - target + 0.5 * log(2 * math.pi * target)
        losses += masked_fill(stirling, target <= 1, 0)
    return reduce_losses(losses, reduction)


# Pairs --------------------------------------------------------------------------------------------------


def hinge_embedding_loss(input: Any, target: Any, margin: float = 1.0, reduction: int = NONE) -> Any:
    """l = x where t = 1, max(0, margin − x) where t = −1, and the sum of both elsewhere. The two broadcast.

    Source: torch.hinge_embedding_loss.
    """
    name = "hinge_embedding_loss"
    tensor_arguments(name, input=input, target=target)
    bound = number(name, "margin", 3, margin)
    int_argument(name, "reduction", 4, reduction)
    apart = pointwise.clamp_min(full_like(input, bound) - input, 0)  # in the input's dtype
    zeros = _zero(input)
    return reduce_losses(where(target != 1, apart, zeros) + where(target != -1, input, zeros), reduction)


def cosine_embedding_loss(input1: Any, input2: Any, target: Any, margin: float = 0.0, reduction: int = NONE) -> Any:
    """l = 1 − cos(x₁, x₂) where t = 1, max(0, cos(x₁, x₂) − margin) where t = −1, else 0.

    Args:
        input1, input2: (N, D) or (D,).
        target: (N,) or ().

    Raises RuntimeError for other numbers of dimensions.

    Source: torch.cosine_embedding_loss.
    """
    name = "cosine_embedding_loss"
    tensor_arguments(name, input1=input1, input2=input2, target=target)
    bound = number(name, "margin", 4, margin)
    int_argument(name, "reduction", 5, reduction)
    batch = target._data.ndim
    if batch > 1:
        raise RuntimeError("0D or 1D target tensor expected, multi-target not supported")
    shapes = [list(x._data.shape) for x in (input1, input2)]
    if any(len(shape) != batch + 1 for shape in shapes):
        raise RuntimeError(
            f"{batch}D target tensor expects {batch + 1}D input tensors, but found inputs with sizes "
            f"{shapes[0]} and {shapes[1]}."
        )
    products = reductions.sum(input1 * input2, batch)
    squares = [reductions.sum(x * x, batch) + _EPS for x in (input1, input2)]
    cosine = products / sqrt_(squares[0] * squares[1])
    zeros = _zero(cosine)
    apart = pointwise.clamp_min_(cosine - bound, 0)
    return reduce_losses(where(target == 1, 1 - cosine, zeros) + where(target == -1, apart, zeros), reduction)


def margin_ranking_loss(input1: Any, input2: Any, target: Any, margin: float = 0.0, reduction: int = NONE) -> Any:
    """l = max(0, −t (x₁ − x₂) + margin): t = 1 asks that x₁ be the larger, −1 that x₂ be. All broadcast.

    Source: torch.margin_ranking_loss.
    """
    name = "margin_ranking_loss"
    tensor_arguments(name, input1=input1, input2=input2, target=target)
    bound = number(name, "margin", 4, margin)
    int_argument(name, "reduction", 5, reduction)
    return reduce_losses(pointwise.clamp_min_(-target * (input1 - input2) + bound, 0), reduction)


# Triplets -----------------------------------------------------------------------------------------------


def triplet_margin_loss(
    anchor: Any,
    positive: Any,
    negative: Any,
    margin: float = 1.0,
    p: float = 2.0,
    eps: float = 1e-6,
    swap: bool = False,
    reduction: int = NONE,
) -> Any:
    """l = max(0, margin + d(a, +) − d(a, −)), d(x, y) = ‖x − y + eps‖_p along the last dimension.

    With `swap` d(+, −) takes the place of d(a, −) where it is the smaller. Raises RuntimeError where the numbers
    of dimensions differ.

    Source: torch.triplet_margin_loss; Balntas et al., 2016.
    """
    name = "triplet_margin_loss"
    tensor_arguments(name, anchor=anchor, positive=positive, negative=negative)
    bound = number(name, "margin", 4, margin)
    order, shift = number(name, "p", 5, p), number(name, "eps", 6, eps)
    bool_argument(name, "swap", 7, swap)
    int_argument(name, "reduction", 8, reduction)
    same_rank(anchor, positive, negative)
    near, far = pairwise_distance(anchor, positive, order, shift), pairwise_distance(anchor, negative, order, shift)
    if swap:
        far = pointwise.minimum(far, pairwise_distance(positive, negative, order, shift))
    return reduce_losses(pointwise.clamp_min(bound + near - far, 0), reduction)


def same_rank(anchor: Any, positive: Any, negative: Any) -> None:
    """Raise RuntimeError unless the three have one number of dimensions."""
    a, p, n = (x._data.ndim for x in (anchor, positive, negative))
    if not a == p == n:
        raise RuntimeError(
            "The anchor, positive, and negative tensors are expected to have the same number of dimensions, but got: "
            f"anchor {a}D, positive {p}D, and negative {n}D inputs"
        )
