"""Losses against values and counts, as modules. Source: torch.nn."""

from __future__ import annotations

from typing import Any

from refnn.nn import functional as F
from refnn.nn.modules._loss_base import _Loss

__all__ = ["GaussianNLLLoss", "HuberLoss", "KLDivLoss", "PoissonNLLLoss", "SmoothL1Loss"]


class SmoothL1Loss(_Loss):
    """l = d² / (2 beta) where |d| < beta, else |d| − beta / 2; d = x − y. Its mean, or its sum.

    Args:
        reduction: "none", "mean" or "sum". size_average and reduce are its older form.
        beta: where the square ends.

    Shape: x and y alike, (*); the result is () or (*).

    Raises, when called, what `nn.functional.smooth_l1_loss` raises.

    Source: torch.nn.SmoothL1Loss; Girshick, 2015.
    """

    beta: float

    def __init__(
        self,
        size_average: bool | None = None,
        reduce: bool | None = None,
        reduction: str = "mean",
        beta: float = 1.0,
    ) -> None:
        super().__init__(size_average, reduce, reduction)
        self.beta = beta

    def forward(self, input: Any, target: Any) -> Any:
        """The loss of `input` against `target`."""
        return F.smooth_l1_loss(input, target, reduction=self.reduction, beta=self.beta)


class HuberLoss(_Loss):
    """l = d² / 2 where |d| < delta, else delta (|d| − delta / 2); d = x − y. Its mean, or its sum.

    Args:
        reduction: "none", "mean" or "sum".
        delta: where the square ends. Raises TypeError for what is no number.

    Shape: x and y alike, (*); the result is () or (*).

    Source: torch.nn.HuberLoss; Huber, 1964.
    """

    __constants__ = ["reduction", "delta"]
    delta: float

    def __init__(self, reduction: str = "mean", delta: float = 1.0) -> None:
        if not isinstance(delta, int | float):
            raise TypeError(f"delta must be a float or int, got: {type(delta)}")
        super().__init__(reduction=reduction)
        self.delta = delta

    def forward(self, input: Any, target: Any) -> Any:
        """The loss of `input` against `target`."""
        return F.huber_loss(input, target, reduction=self.reduction, delta=self.delta)


class KLDivLoss(_Loss):
    """l = t (log t − x), x being a log probability; with log_target l = e^t (t − x).

    Args:
        reduction: "none", "mean", "sum", or "batchmean", the sum over the length of the first dimension.
            size_average and reduce are its older form.
        log_target: whether t is a log probability.

    Shape: x and t alike, (*); the result is () or (*).

    Raises, when called, what `nn.functional.kl_div` raises.

    Source: torch.nn.KLDivLoss; Kullback & Leibler, 1951.
    """

    log_target: bool

    def __init__(
        self,
        size_average: bool | None = None,
        reduce: bool | None = None,
        reduction: str = "mean",
        log_target: bool = False,
    ) -> None:
        super().__init__(size_average, reduce, reduction)
        self.log_target = log_target

    def forward(self, input: Any, target: Any) -> Any:
        """The divergence of the log probabilities `input` from `target`."""
        return F.kl_div(input, target, reduction=self.reduction, log_target=self.log_target)


class PoissonNLLLoss(_Loss):
    """l = e^x − t x, x being the logarithm of the rate; without log_input l = x − t log(x + eps).

    Args:
        log_input: whether x is a logarithm.
        full: targets above 1 add Stirling's t log t − t + log(2 π t) / 2 for log t!.
        eps: keeps the logarithm of a rate of 0 finite.
        reduction: "none", "mean" or "sum". size_average and reduce are its older form.

    Shape: x and t alike, (*); the result is () or (*).

    Raises, when called, what `nn.functional.poisson_nll_loss` raises.

    Source: torch.nn.PoissonNLLLoss.
    """

    __constants__ = ["log_input", "full", "eps", "reduction"]
    log_input: bool
    full: bool
    eps: float

    def __init__(
        self,
        log_input: bool = True,
        full: bool = False,
        size_average: bool | None = None,
        eps: float = 1e-8,
        reduce: bool | None = None,
        reduction: str = "mean",
    ) -> None:
        super().__init__(size_average, reduce, reduction)
        self.log_input = log_input
        self.full = full
        self.eps = eps

    def forward(self, log_input: Any, target: Any) -> Any:
        """The loss of the rates, or their logarithms, for the counts `target`."""
        return F.poisson_nll_loss(
            log_input, target, log_input=self.log_input, full=self.full, eps=self.eps, reduction=self.reduction
        )


class GaussianNLLLoss(_Loss):
    """l = (log v + (x − t)² / v) / 2, v = max(var, eps), its mean, or its sum.

    Args:
        full: add log(2 π) / 2.
        eps: the least variance. It is no part of the gradient.
        reduction: "none", "mean" or "sum".

    Shape: x and t alike, (*); var a number, or of x's shape, of x's shape without its last dimension, or with one
    dimension of length 1; the result is () or (*).

    Raises, when called, what `nn.functional.gaussian_nll_loss` raises.

    Source: torch.nn.GaussianNLLLoss; Nix & Weigend, 1994.
    """

    __constants__ = ["full", "eps", "reduction"]
    full: bool
    eps: float

    def __init__(self, *, full: bool = False, eps: float = 1e-6, reduction: str = "mean") -> None:
        super().__init__(None, None, reduction)
        self.full = full
        self.eps = eps

    def forward(self, input: Any, target: Any, var: Any) -> Any:
        """The loss of the means `input` and variances `var` for `target`."""
        return F.gaussian_nll_loss(input, target, var, full=self.full, eps=self.eps, reduction=self.reduction)
