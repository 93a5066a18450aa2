"""Adamax (torch.optim.adamax)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from refnn.autograd.op import Array
from refnn.optim._arrays import addcdiv, lerp, scale
from refnn.optim._options import check_lr, require_betas, require_not_negative, value_of
from refnn.optim._rules import RuleOptimizer, sum_with

__all__ = ["Adamax"]


class Adamax(RuleOptimizer):
    """θ ← θ − lr / (1 − β₁ᵗ) · m / u, at step t, with

        g = ∇f(θ) + λ θ
        m ← m + (1 − β₁)(g − m)
        u ← max(β₂ u, |g| + ε)

    Args:
        params: parameters, or (name, parameter) pairs, or dicts with "params" and options of their own.
        lr: learning rate, a number or a tensor of one element. betas: (β₁, β₂). eps: ε. weight_decay: λ.
        maximize: ascend instead.
        differentiable: let gradients flow through the step; the parameters must not be leaves then.
        foreach: a choice among torch's kernels; the numbers are the same.
        capturable: for accelerators; a step on the CPU raises AssertionError.

    Raises ValueError for options out of range.

    Source: Kingma and Ba, "Adam: a method for stochastic optimization" (2015).
    """

    _held = ("exp_avg", "exp_inf")

    def __init__(
        self,
        params: Iterable[Any],
        lr: Any = 2e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        foreach: bool | None = None,
        *,
        maximize: bool = False,
        differentiable: bool = False,
        capturable: bool = False,
    ) -> None:
        check_lr(lr)
        require_not_negative("learning rate", lr)
        require_not_negative("epsilon value", eps)
        require_betas(betas)
        require_not_negative("weight_decay value", weight_decay)
        defaults = {
            "lr": lr,
            "betas": betas,
            "eps": eps,
            "weight_decay": weight_decay,
            "foreach": foreach,
            "maximize": maximize,
            "differentiable": differentiable,
            "capturable": capturable,
        }
        super().__init__(params, defaults)

    def _move(self, x: Array, g: Array, *held: Array, t: float, group: dict[str, Any]) -> None:
        m, u = held
        beta1, beta2 = group["betas"]
        lerp(m, g, 1 - beta1)
        scale(u, beta2)
        np.maximum(u, sum_with(np.abs(g), group["eps"]), out=u)
        addcdiv(x, -value_of(group["lr"]) / (1 - beta1**t), m, u)

    def _record(self, p: Any, g: Any, *held: Any, t: float, state: dict[str, Any], group: dict[str, Any]) -> None:
        m, u = held
        beta1, beta2 = group["betas"]
        m.add_((g - m.clone()) * (1 - beta1))
        u.copy_((u.clone() * beta2).maximum(g.abs() + group["eps"]))
        p.sub_(m.clone() / u.clone() * (float(group["lr"]) / (1 - beta1**t)))
