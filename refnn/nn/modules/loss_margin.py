"""Losses that ask for a margin between the scores of classes, as modules. Source: torch.nn."""

from __future__ import annotations

from typing import Any

from refnn.nn import functional as F
from refnn.nn.modules._loss_base import _Loss, _WeightedLoss
from refnn.tensor import Tensor

__all__ = ["MultiLabelMarginLoss", "MultiLabelSoftMarginLoss", "MultiMarginLoss", "SoftMarginLoss"]


class SoftMarginLoss(_Loss):
    """l = log(1 + e^(−t x)), t being 1 or −1; its mean, or its sum.

    Args:
        reduction: "none", "mean" or "sum". size_average and reduce are its older form.

    Shape: x (*); t broadcasts to it; the result is () or (*).

    Raises, when called, what `nn.functional.soft_margin_loss` raises.

    Source: torch.nn.SoftMarginLoss.
    """

    def forward(self, input: Any, target: Any) -> Any:
        """The loss of the scores `input` for the signs `target`."""
        return F.soft_margin_loss(input, target, reduction=self.reduction)


class MultiLabelSoftMarginLoss(_WeightedLoss):
    """l = −1/C Σ_c w_c (t_c log σ(x_c) + (1 − t_c) log σ(−x_c)), its mean, or its sum.

    Args:
        weight: (C,), a weight for each class.
        reduction: "none", "mean" or "sum". size_average and reduce are its older form.

    Shape: x and t alike, (*, C), t being 0 or 1; the result is () or (*).

    Raises, when called, what `nn.functional.multilabel_soft_margin_loss` raises.

    Source: torch.nn.MultiLabelSoftMarginLoss.
    """

    __constants__ = ["reduction"]

    def forward(self, input: Any, target: Any) -> Any:
        """The loss of the scores `input` for the labels `target`."""
        return F.multilabel_soft_margin_loss(input, target, weight=self.weight, reduction=self.reduction)


class MultiLabelMarginLoss(_Loss):
    """l = 1/C Σ_t Σ_c max(0, 1 − x_t + x_c), t over the target classes, c over all others; its mean, or its sum.

    Args:
        reduction: "none", "mean" or "sum". size_average and reduce are its older form.

    Shape: x (N, C) or (C,); t alike, class numbers followed by −1; the result is (), or (N,).

    Raises, when called, what `nn.functional.multilabel_margin_loss` raises.

    Source: torch.nn.MultiLabelMarginLoss.
    """

    __constants__ = ["reduction"]

    def forward(self, input: Any, target: Any) -> Any:
        """The loss of the scores `input` for the classes `target`."""
        return F.multilabel_margin_loss(input, target, reduction=self.reduction)


class MultiMarginLoss(_WeightedLoss):
    """l = w_t / C Σ_{c ≠ t} max(0, margin − x_t + x_c)^p, t being the class; its mean, or its sum.

    Args:
        p: 1 or 2.
        margin: by how much x_t is to exceed the others.
        weight: (C,), a weight for each class.
        reduction: "none", "mean" or "sum". size_average and reduce are its older form.

    Raises ValueError for another p, and for a weight of another rank.

    Shape: x (N, C) or (C,); t (N,) or (); the result is (), or t's shape.

    Source: torch.nn.MultiMarginLoss; Weston & Watkins, 1999.
    """

    __constants__ = ["p", "margin", "reduction"]
    margin: float
    p: int

    def __init__(
        self,
        p: int = 1,
        margin: float = 1.0,
        weight: Tensor | None = None,
        size_average: bool | None = None,
        reduce: bool | None = None,
        reduction: str = "mean",
    ) -> None:
        super().__init__(weight, size_average, reduce, reduction)
        if p not in (1, 2):
            raise ValueError("only p == 1 and p == 2 supported")
        if weight is not None and weight.dim() != 1:
            raise ValueError(f"MultiMarginLoss: expected weight to be None or 1D tensor, got {weight.dim()}D instead")
        self.p = p
        self.margin = margin

    def forward(self, input: Any, target: Any) -> Any:
        """The loss of the scores `input` for the classes `target`."""
        return F.multi_margin_loss(
            input, target, p=self.p, margin=self.margin, weight=self.weight, reduction=self.reduction
        )
