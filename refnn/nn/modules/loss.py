"""Losses as modules. Source: torch.nn."""

from __future__ import annotations

import math
import warnings
from typing import Any

from refnn.nn import functional as F
from refnn.nn.modules._loss_base import _Loss, _WeightedLoss
from refnn.nn.modules.linear import Linear
from refnn.nn.modules.linear_cross_entropy_options import LinearCrossEntropyOptions
from refnn.nn.modules.loss_embedding import (
    CosineEmbeddingLoss,
    HingeEmbeddingLoss,
    MarginRankingLoss,
    TripletMarginLoss,
    TripletMarginWithDistanceLoss,
)
from refnn.nn.modules.loss_margin import (
    MultiLabelMarginLoss,
    MultiLabelSoftMarginLoss,
    MultiMarginLoss,
    SoftMarginLoss,
)
from refnn.nn.modules.loss_regression import GaussianNLLLoss, HuberLoss, KLDivLoss, PoissonNLLLoss, SmoothL1Loss
from refnn.tensor import Tensor

__all__ = [
    "BCELoss",
    "BCEWithLogitsLoss",
    "CTCLoss",
    "CosineEmbeddingLoss",
    "CrossEntropyLoss",
    "GaussianNLLLoss",
    "HingeEmbeddingLoss",
    "HuberLoss",
    "KLDivLoss",
    "L1Loss",
    "LinearCrossEntropyLoss",
    "MSELoss",
    "MarginRankingLoss",
    "MultiLabelMarginLoss",
    "MultiLabelSoftMarginLoss",
    "MultiMarginLoss",
    "NLLLoss",
    "NLLLoss2d",
    "PoissonNLLLoss",
    "SmoothL1Loss",
    "SoftMarginLoss",
    "TripletMarginLoss",
    "TripletMarginWithDistanceLoss",
]


class L1Loss(_Loss):
    """l = |x − y|, its mean, or its sum.

    Args:
        reduction: "none", "mean" or "sum". size_average and reduce are its older form.

    Shape: x and y alike, (*); the result is () or (*).

    Raises, when called, what `nn.functional.l1_loss` raises.

    Source: torch.nn.L1Loss.
    """

    def forward(self, input: Any, target: Any) -> Any:
        """The loss of `input` against `target`."""
        return F.l1_loss(input, target, reduction=self.reduction)


class MSELoss(_Loss):
    """l = (x − y)², its mean, or its sum.

    Args:
        reduction: "none", "mean" or "sum". size_average and reduce are its older form.

    Shape: x and y alike, (*); the result is () or (*).

    Raises, when called, what `nn.functional.mse_loss` raises.

    Source: torch.nn.MSELoss.
    """

    def forward(self, input: Any, target: Any) -> Any:
        """The loss of `input` against `target`."""
        return F.mse_loss(input, target, reduction=self.reduction)


class NLLLoss(_WeightedLoss):
    """l = −w_t x_t, x being log probabilities and t the class; the mean is over Σ w_t.

    Args:
        weight: (C,), a weight for each class.
        ignore_index: targets of this value count for nothing.
        reduction: "none", "mean" or "sum". size_average and reduce are its older form.

    Shape: x (N, C, d1, …) or (C,); t (N, d1, …) or (); the result is () or t's shape.

    Raises, when called, what `nn.functional.nll_loss` raises.

    Source: torch.nn.NLLLoss.
    """

    __constants__ = ["ignore_index", "reduction"]
    ignore_index: int

    def __init__(
        self,
        weight: Tensor | None = None,
        size_average: bool | None = None,
        ignore_index: int = -100,
        reduce: bool | None = None,
        reduction: str = "mean",
    ) -> None:
        super().__init__(weight, size_average, reduce, reduction)
        self.ignore_index = ignore_index

    def forward(self, input: Any, target: Any) -> Any:
        """The loss of the log probabilities `input` for the classes `target`."""
        return F.nll_loss(input, target, weight=self.weight, ignore_index=self.ignore_index, reduction=self.reduction)


class NLLLoss2d(NLLLoss):
    """The older name of NLLLoss for images; warns that it is deprecated. Source: torch.nn.NLLLoss2d."""

    def __init__(
        self,
        weight: Tensor | None = None,
        size_average: bool | None = None,
        ignore_index: int = -100,
        reduce: bool | None = None,
        reduction: str = "mean",
    ) -> None:
        warnings.warn(
            "`NLLLoss2d` has been deprecated. Please use `NLLLoss` instead as a drop-in replacement and see "
            "https://pytorch.org/docs/main/nn.html#torch.nn.NLLLoss for more details.",
            FutureWarning,
            stacklevel=2,
        )
        super().__init__(weight, size_average, ignore_index, reduce, reduction)


class CrossEntropyLoss(_WeightedLoss):
    """l = −Σ_c w_c t_c log softmax(x)_c; t is a class number or a probability for each class.

    Args:
        weight: (C,), a weight for each class.
        ignore_index: class numbers of this value count for nothing.
        reduction: "none", "mean" or "sum". size_average and reduce are its older form.
        label_smoothing: ε; t becomes (1 − ε) t + ε/C.

    Shape: x (N, C, d1, …) or (C,); t (N, d1, …) or () for class numbers, x's shape for probabilities;
    the result is () or (N, d1, …).

    Raises, when called, what `nn.functional.cross_entropy` raises.

    Source: torch.nn.CrossEntropyLoss.
    """

    __constants__ = ["ignore_index", "reduction", "label_smoothing"]
    ignore_index: int
    label_smoothing: float

    def __init__(
        self,
        weight: Tensor | None = None,
        size_average: bool | None = None,
        ignore_index: int = -100,
        reduce: bool | None = None,
        reduction: str = "mean",
        label_smoothing: float = 0.0,
    ) -> None:
        super().__init__(weight, size_average, reduce, reduction)
        self.ignore_index = ignore_index
        self.label_smoothing = label_smoothing

    def forward(self, input: Any, target: Any) -> Any:
        """The loss of the unnormalised scores `input` for `target`."""
        return F.cross_entropy(
            input,
            target,
            weight=self.weight,
            ignore_index=self.ignore_index,
            reduction=self.reduction,
            label_smoothing=self.label_smoothing,
        )


class LinearCrossEntropyLoss(_WeightedLoss):
    """CrossEntropyLoss of a linear layer of its own: l = −Σ_c w_c t_c log softmax(x Wᵀ + b)_c.

    Args:
        in_features: D, the size of a sample.
        num_classes: C.
        out_features: the dimensions (d1, …) of a sample's scores beside the class.
        bias: whether the layer has a bias.
        reduction: "none", "mean" or "sum".
        weight: (C,), a weight for each class.
        ignore_index: class numbers of this value count for nothing; None means −100.
        label_smoothing: ε; t becomes (1 − ε) t + ε/C.
        options: a LinearCrossEntropyOptions, to take some rows at a time.

    Raises RuntimeError for a weight of another shape, and for a smoothing outside [0, 1].

    Shape: x (N, D) or (D,); t (N, d1, …) or () for class numbers, (N, C, d1, …) for probabilities; the result is () or
    (N, d1, …).

    Source: torch.nn.LinearCrossEntropyLoss.
    """

    __constants__ = ["num_classes", "out_features", "reduction", "ignore_index", "label_smoothing"]
    num_classes: int
    out_features: tuple[int, ...]
    ignore_index: int | None
    label_smoothing: float
    options: LinearCrossEntropyOptions | None

    def __init__(
        self,
        in_features: int,
        num_classes: int,
        *,
        out_features: tuple[int, ...] = (),
        bias: bool = False,
        device: Any = None,
        dtype: Any = None,
        reduction: str = "mean",
        weight: Tensor | None = None,
        ignore_index: int | None = None,
        label_smoothing: float = 0.0,
        options: LinearCrossEntropyOptions | None = None,
    ) -> None:
        if weight is not None and weight.shape != (num_classes,):
            raise RuntimeError(f"expected weight shape to be {(num_classes,)}, got {tuple(weight.shape)}")
        if not 0 <= label_smoothing <= 1:
            raise RuntimeError(f"expected label_smoothing to be in range [0, 1], got {label_smoothing}")
        super().__init__(weight, None, None, reduction)
        self.num_classes = num_classes
        self.out_features = out_features
        self.ignore_index = ignore_index
        self.label_smoothing = label_smoothing
        size = math.prod(out_features, start=num_classes)
        self.linear = Linear(in_features, size, bias=bias, device=device, dtype=dtype)
        self.options = options

    def forward(self, input: Any, target: Any) -> Any:
        """The loss of the samples `input` for `target`."""
        whole, bias = (self.num_classes, *self.out_features), self.linear.bias
        return F.linear_cross_entropy(
            input,
            self.linear.weight.reshape((*whole, self.linear.in_features)),
            target,
            linear_bias=None if bias is None else bias.reshape(whole),
            weight=self.weight,
            reduction=self.reduction,
            ignore_index=self.ignore_index,
            label_smoothing=self.label_smoothing,
            options=self.options,
        )

    def extra_repr(self) -> str:
        return (
            f"in_features={self.linear.in_features}, num_classes={self.num_classes}, out_features={self.out_features}, "
            f"bias={self.linear.bias is not None}, reduction={self.reduction}, ignore_index={self.ignore_index}, "
            f"label_smoothing={self.label_smoothing}, options={self.options}"
        )


class BCELoss(_WeightedLoss):
    """l = −w (t log x + (1 − t) log(1 − x)), its mean, or its sum. Each logarithm is at least −100.

    Args:
        weight: broadcasts to x's shape.
        reduction: "none", "mean" or "sum". size_average and reduce are its older form.

    Shape: x and t alike, (*), between 0 and 1; the result is () or (*).

    Raises, when called, what `nn.functional.binary_cross_entropy` raises.

    Source: torch.nn.BCELoss.
    """

    def forward(self, input: Any, target: Any) -> Any:
        """The loss of the probabilities `input` for `target`."""
        return F.binary_cross_entropy(input, target, weight=self.weight, reduction=self.reduction)


class BCEWithLogitsLoss(_Loss):
    """l = −w (p t log σ(x) + (1 − t) log(1 − σ(x))), its mean, or its sum.

    Args:
        weight: w, a factor of each loss.
        reduction: "none", "mean" or "sum". size_average and reduce are its older form.
        pos_weight: p, a factor of the positive part.

    Shape: x and t alike, (*); weights broadcast to it; the result is () or (*).

    Raises, when called, what `nn.functional.binary_cross_entropy_with_logits` raises.

    Source: torch.nn.BCEWithLogitsLoss.
    """

    weight: Tensor | None
    pos_weight: Tensor | None

    def __init__(
        self,
        weight: Tensor | None = None,
        size_average: bool | None = None,
        reduce: bool | None = None,
        reduction: str = "mean",
        pos_weight: Tensor | None = None,
    ) -> None:
        super().__init__(size_average, reduce, reduction)
        self.register_buffer("weight", weight)
        self.register_buffer("pos_weight", pos_weight)

    def forward(self, input: Any, target: Any) -> Any:
        """The loss of the unnormalised scores `input` for `target`."""
        return F.binary_cross_entropy_with_logits(
            input, target, self.weight, pos_weight=self.pos_weight, reduction=self.reduction
        )


class CTCLoss(_Loss):
    """l = −log p(target), summed over all alignments; its mean, each l over its target's length, or its sum.

    Args:
        blank: the blank's class.
        reduction: "none", "mean" or "sum".
        zero_infinity: a target that does not fit its input has the loss 0 and no gradient, in place of ∞ and NaN.

    Shape: log_probs (T, N, C) or (T, C); targets (N, S), or all one after the other; lengths (N,) or ();
    the result is (), (N,) or, of one sample, ().

    Raises, when called, what `nn.functional.ctc_loss` raises.

    Source: torch.nn.CTCLoss; Graves et al., 2006.
    """

    __constants__ = ["blank", "reduction"]
    blank: int
    zero_infinity: bool

    def __init__(self, blank: int = 0, reduction: str = "mean", zero_infinity: bool = False) -> None:
        super().__init__(reduction=reduction)
        self.blank = blank
        self.zero_infinity = zero_infinity

    def forward(self, log_probs: Any, targets: Any, input_lengths: Any, target_lengths: Any) -> Any:
        """The loss of the log probabilities for the targets."""
        return F.ctc_loss(
            log_probs, targets, input_lengths, target_lengths, self.blank, self.reduction, self.zero_infinity
        )
