"""Losses that bring similar things together and keep others apart. Source: torch.nn.functional."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from refnn.functions import loss as functions
from refnn.functions import pointwise
from refnn.functions.distance import pairwise_distance
from refnn.nn._reduction import REDUCTIONS
from refnn.nn.functional._loss_checks import mean_or_sum, number_of

__all__ = [
    "cosine_embedding_loss",
    "hinge_embedding_loss",
    "margin_ranking_loss",
    "triplet_margin_loss",
    "triplet_margin_with_distance_loss",
]


# Pairs --------------------------------------------------------------------------------------------------


def hinge_embedding_loss(
    input: Any,
    target: Any,
    margin: float = 1.0,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Any:
    """l = x where t = 1, max(0, margin − x) where t = −1; its mean, or its sum.

    Args:
        input: x, distances of any shape.
        target: t, 1 for what is similar, −1 for what is not; the two broadcast. Other values get the sum of both.

    Raises ValueError for an unknown reduction, RuntimeError for shapes that do not broadcast.

    Source: torch.nn.functional.hinge_embedding_loss.
    """
    return functions.hinge_embedding_loss(input, target, margin, number_of(size_average, reduce, reduction))


def cosine_embedding_loss(
    input1: Any,
    input2: Any,
    target: Any,
    margin: float = 0,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Any:
    """l = 1 − cos(x₁, x₂) where t = 1, max(0, cos(x₁, x₂) − margin) where t = −1; its mean, or its sum.

    Args:
        input1, input2: (N, D) or (D,).
        target: t, (N,) or ().

    Raises:
        ValueError: an unknown reduction.
        RuntimeError: other numbers of dimensions; shapes that do not broadcast.

    Source: torch.nn.functional.cosine_embedding_loss.
    """
    how = number_of(size_average, reduce, reduction)
    return functions.cosine_embedding_loss(input1, input2, target, margin, how)


def margin_ranking_loss(
    input1: Any,
    input2: Any,
    target: Any,
    margin: float = 0,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Any:
    """l = max(0, −t (x₁ − x₂) + margin); its mean, or its sum.

    Args:
        input1, input2: scores, of any shape.
        target: t, 1 where x₁ is to be the larger, −1 where x₂ is. All have one number of dimensions and broadcast.

    Raises:
        ValueError: an unknown reduction.
        RuntimeError: unequal numbers of dimensions; shapes that do not broadcast.

    Source: torch.nn.functional.margin_ranking_loss.
    """
    how = number_of(size_average, reduce, reduction)
    if input1.dim() != input2.dim() or input1.dim() != target.dim():
        raise RuntimeError(
            "margin_ranking_loss : All input tensors should have same dimension but got sizes: input1: "
            f"{input1.size()}, input2: {input2.size()}, target: {target.size()} "
        )
    return functions.margin_ranking_loss(input1, input2, target, margin, how)


# Triplets -----------------------------------------------------------------------------------------------


def _check_margin(margin: float) -> None:
    if margin <= 0:
        raise ValueError(f"margin must be greater than 0, got {margin}")


def triplet_margin_loss(
    anchor: Any,
    positive: Any,
    negative: Any,
    margin: float = 1.0,
    p: float = 2,
    eps: float = 1e-6,
    swap: bool = False,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Any:
    """l = max(0, margin + d(a, +) − d(a, −)), d(x, y) = ‖x − y + eps‖_p; its mean, or its sum.

    Args:
        anchor, positive, negative: a, + and −, (N, D) or (D,).
        swap: where d(+, −) is smaller than d(a, −), it takes its place.

    Raises:
        ValueError: a margin that is not positive; an unknown reduction.
        RuntimeError: unequal numbers of dimensions; shapes that do not broadcast.

    Source: torch.nn.functional.triplet_margin_loss; Balntas et al., 2016.
    """
    how = number_of(size_average, reduce, reduction)
    _check_margin(margin)
    return functions.triplet_margin_loss(anchor, positive, negative, margin, p, eps, swap, how)


def triplet_margin_with_distance_loss(
    anchor: Any,
    positive: Any,
    negative: Any,
    *,
    distance_function: Callable[[Any, Any], Any] | None = None,
    margin: float = 1.0,
    swap: bool = False,
    reduction: str = "mean",
) -> Any:
    """triplet_margin_loss with a distance d of one's own: a function of two tensors; pairwise_distance by default.

    Raises:
        ValueError: a margin that is not positive; an unknown reduction.
        RuntimeError: unequal numbers of dimensions.

    Source: torch.nn.functional.triplet_margin_with_distance_loss; Balntas et al., 2016.
    """
    if reduction not in REDUCTIONS:
        raise ValueError(f"{reduction} is not a valid value for reduction")
    _check_margin(margin)
    functions.same_rank(anchor, positive, negative)
    distance = pairwise_distance if distance_function is None else distance_function
    near, far = distance(anchor, positive), distance(anchor, negative)
    if swap:
        far = pointwise.minimum(far, distance(positive, negative))
    return mean_or_sum(pointwise.clamp_min(margin + near - far, 0), reduction)
