"""What all losses hold."""

from __future__ import annotations

from refnn.nn.functional._loss_checks import chosen
from refnn.nn.modules.module import Module
from refnn.tensor import Tensor


class _Loss(Module):
    """A module that holds a reduction: "none", "mean" or "sum". size_average and reduce are its older form."""

    __constants__ = ["reduction"]
    reduction: str

    def __init__(self, size_average: bool | None = None, reduce: bool | None = None, reduction: str = "mean") -> None:
        super().__init__()
        self.reduction = chosen(size_average, reduce, reduction)


class _WeightedLoss(_Loss):
    """A loss with a buffer `weight`."""

    weight: Tensor | None

    def __init__(
        self,
        weight: Tensor | None = None,
        size_average: bool | None = None,
        reduce: bool | None = None,
        reduction: str = "mean",
    ) -> None:
        super().__init__(size_average, reduce, reduction)
        self.register_buffer("weight", weight)
