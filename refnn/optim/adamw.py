"""AdamW: Adam with decoupled weight decay (torch.optim.adamw)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from refnn.optim.adam import Adam

__all__ = ["AdamW"]


class AdamW(Adam):
    """θ ← (1 − lr λ) θ before the step of Adam, whose options it has; λ = weight_decay is 0.01 by default.

    Source: Loshchilov and Hutter, "Decoupled weight decay regularization" (2019).
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: Any = 1e-3,
        betas: tuple[Any, Any] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: Any = 1e-2,
        amsgrad: bool = False,
        *,
        maximize: bool = False,
        foreach: bool | None = None,
        capturable: bool = False,
        differentiable: bool = False,
        fused: bool | None = None,
    ) -> None:
        super().__init__(
            params,
            lr,
            betas,
            eps,
            weight_decay,
            amsgrad,
            foreach=foreach,
            maximize=maximize,
            capturable=capturable,
            differentiable=differentiable,
            fused=fused,
            decoupled_weight_decay=True,
        )

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        for group in self.param_groups:  # also where the state was Adam's
            group["decoupled_weight_decay"] = True
