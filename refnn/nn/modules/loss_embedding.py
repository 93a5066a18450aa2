"""Losses that bring similar things together and keep others apart, as modules. Source: torch.nn."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from refnn.nn import functional as F
from refnn.nn.modules._loss_base import _Loss
from refnn.nn.modules.distance import PairwiseDistance

__all__ = [
    "CosineEmbeddingLoss",
    "HingeEmbeddingLoss",
    "MarginRankingLoss",
    "TripletMarginLoss",
    "TripletMarginWithDistanceLoss",
]


class HingeEmbeddingLoss(_Loss):
    """l = x where t = 1, max(0, margin − x) where t = −1; its mean, or its sum.

    Args:
        margin: the distance that is enough.
        reduction: "none", "mean" or "sum". size_average and reduce are its older form.

    Shape: x and t alike, (*), x being distances; the result is () or (*).

    Raises, when called, what `nn.functional.hinge_embedding_loss` raises.

    Source: torch.nn.HingeEmbeddingLoss.
    """

    __constants__ = ["margin", "reduction"]
    margin: float

    def __init__(
        self,
        margin: float = 1.0,
        size_average: bool | None = None,
        reduce: bool | None = None,
        reduction: str = "mean",
    ) -> None:
        super().__init__(size_average, reduce, reduction)
        self.margin = margin

    def forward(self, input: Any, target: Any) -> Any:
        """The loss of the distances `input` for the signs `target`."""
        return F.hinge_embedding_loss(input, target, margin=self.margin, reduction=self.reduction)


class CosineEmbeddingLoss(_Loss):
    """l = 1 − cos(x₁, x₂) where t = 1, max(0, cos(x₁, x₂) − margin) where t = −1; its mean, or its sum.

    Args:
        margin: the cosine that is small enough.
        reduction: "none", "mean" or "sum". size_average and reduce are its older form.

    Shape: x₁ and x₂ (N, D) or (D,); t (N,) or (); the result is (), or t's shape.

    Raises, when called, what `nn.functional.cosine_embedding_loss` raises.

    Source: torch.nn.CosineEmbeddingLoss.
    """

    __constants__ = ["margin", "reduction"]
    margin: float

    def __init__(
        self,
        margin: float = 0.0,
        size_average: bool | None = None,
        reduce: bool | None = None,
        reduction: str = "mean",
    ) -> None:
        super().__init__(size_average, reduce, reduction)
        self.margin = margin

    def forward(self, input1: Any, input2: Any, target: Any) -> Any:
        """The loss of the pairs of `input1` and `input2` for the signs `target`."""
        return F.cosine_embedding_loss(input1, input2, target, margin=self.margin, reduction=self.reduction)


class MarginRankingLoss(_Loss):
    """l = max(0, −t (x₁ − x₂) + margin), t being 1 or −1; its mean, or its sum.

    Args:
        margin: by how much one score is to exceed the other.
        reduction: "none", "mean" or "sum". size_average and reduce are its older form.

    Shape: x₁, x₂ and t alike, (*); the result is () or (*).

    Raises, when called, what `nn.functional.margin_ranking_loss` raises.

    Source: torch.nn.MarginRankingLoss.
    """

    __constants__ = ["margin", "reduction"]
    margin: float

    def __init__(
        self,
        margin: float = 0.0,
        size_average: bool | None = None,
        reduce: bool | None = None,
        reduction: str = "mean",
    ) -> None:
        super().__init__(size_average, reduce, reduction)
        self.margin = margin

    def forward(self, input1: Any, input2: Any, target: Any) -> Any:
        """The loss of the pairs of scores for the orders `target`."""
        return F.margin_ranking_loss(input1, input2, target, margin=self.margin, reduction=self.reduction)


class TripletMarginLoss(_Loss):
    """l = max(0, margin + d(a, +) − d(a, −)), d(x, y) = ‖x − y + eps‖_p; its mean, or its sum.

    Args:
        margin: by how much the negative is to be farther off.
        p, eps: of the distance.
        swap: where d(+, −) is smaller than d(a, −), it takes its place.
        reduction: "none", "mean" or "sum". size_average and reduce are its older form.

    Raises ValueError for a margin that is not positive.

    Shape: a, + and − (N, D) or (D,); the result is (), or (N,).

    Source: torch.nn.TripletMarginLoss; Balntas et al., 2016.
    """

    __constants__ = ["margin", "p", "eps", "swap", "reduction"]
    margin: float
    p: float
    eps: float
    swap: bool

    def __init__(
        self,
        margin: float = 1.0,
        p: float = 2.0,
        eps: float = 1e-6,
        swap: bool = False,
        size_average: bool | None = None,
        reduce: bool | None = None,
        reduction: str = "mean",
    ) -> None:
        super().__init__(size_average, reduce, reduction)
        _check_margin(self, margin)
        self.margin = margin
        self.p = p
        self.eps = eps
        self.swap = swap

    def forward(self, anchor: Any, positive: Any, negative: Any) -> Any:
        """The loss of the triplets."""
        return F.triplet_margin_loss(
            anchor,
            positive,
            negative,
            margin=self.margin,
            p=self.p,
            eps=self.eps,
            swap=self.swap,
            reduction=self.reduction,
        )


def _check_margin(loss: _Loss, margin: float) -> None:
    if margin <= 0:
        raise ValueError(f"{type(loss).__name__}: expected margin to be greater than 0, got {margin} instead")


class TripletMarginWithDistanceLoss(_Loss):
    """TripletMarginLoss with a distance of one's own.

    Args:
        distance_function: d, of two tensors; PairwiseDistance by default.
        margin: by how much the negative is to be farther off.
        swap: where d(+, −) is smaller than d(a, −), it takes its place.
        reduction: "none", "mean" or "sum".

    Raises ValueError for a margin that is not positive.

    Shape: a, + and − as d takes them; the result is (), or d's.

    Source: torch.nn.TripletMarginWithDistanceLoss; Balntas et al., 2016.
    """

    __constants__ = ["margin", "swap", "reduction"]
    margin: float
    swap: bool
    distance_function: Callable[[Any, Any], Any]

    def __init__(
        self,
        *,
        distance_function: Callable[[Any, Any], Any] | None = None,
        margin: float = 1.0,
        swap: bool = False,
        reduction: str = "mean",
    ) -> None:
        super().__init__(size_average=None, reduce=None, reduction=reduction)
        _check_margin(self, margin)
        self.distance_function = PairwiseDistance() if distance_function is None else distance_function
        self.margin = margin
        self.swap = swap

    def forward(self, anchor: Any, positive: Any, negative: Any) -> Any:
        """The loss of the triplets."""
        return F.triplet_margin_with_distance_loss(
            anchor,
            positive,
            negative,
            distance_function=self.distance_function,
            margin=self.margin,
            swap=self.swap,
            reduction=self.reduction,
        )
