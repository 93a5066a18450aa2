"""Adadelta (torch.optim.adadelta)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from refnn.autograd.op import Array
from refnn.optim._arrays import add_scaled, addcmul, scale
from refnn.optim._options import check_capturable, check_lr, require, require_not_negative, value_of
from refnn.optim._rules import RuleOptimizer, root_of, sum_with

__all__ = ["Adadelta"]


class Adadelta(RuleOptimizer):
    """θ ← θ − lr δ, with

        g = ∇f(θ) + λ θ
        v ← ρ v + (1 − ρ) g²
        δ = g √(u + ε) / √(v + ε)
        u ← ρ u + (1 − ρ) δ²

    Args:
        params: parameters, or (name, parameter) pairs, or dicts with "params" and options of their own.
        lr: learning rate, a number or a tensor of one element. rho: ρ. eps: ε. weight_decay: λ.
        maximize: ascend instead.
        differentiable: let gradients flow through the step; the parameters must not be leaves then.
        foreach: a choice among torch's kernels; the numbers are the same.
        capturable: for accelerators; a step on the CPU raises AssertionError.

    Raises ValueError for options out of range.

    Source: Zeiler, "Adadelta: an adaptive learning rate method" (2012).
    """

    _held = ("square_avg", "acc_delta")

    def __init__(
        self,
        params: Iterable[Any],
        lr: Any = 1.0,
        rho: float = 0.9,
        eps: float = 1e-6,
        weight_decay: float = 0,
        foreach: bool | None = None,
        *,
        capturable: bool = False,
        maximize: bool = False,
        differentiable: bool = False,
    ) -> None:
        check_lr(lr)
        require_not_negative("learning rate", lr)
        require(0.0 <= rho <= 1.0, "rho value", rho)
        require_not_negative("epsilon value", eps)
        require_not_negative("weight_decay value", weight_decay)
        defaults = {
            "lr": lr,
            "rho": rho,
            "eps": eps,
            "weight_decay": weight_decay,
            "maximize": maximize,
            "capturable": capturable,
            "foreach": foreach,
            "differentiable": differentiable,
        }
        super().__init__(params, defaults)

    def _check(self, params: list[Any], group: dict[str, Any]) -> None:
        super()._check(params, {**group, "capturable": False})
        check_capturable({**group, "foreach": True})  # torch names the same devices for both kernels

    def _move(self, x: Array, g: Array, *held: Array, t: float, group: dict[str, Any]) -> None:
        v, u = held
        rho, eps = group["rho"], group["eps"]
        scale(v, rho)
        addcmul(v, 1 - rho, g, g)
        delta = root_of(sum_with(u, eps))
        np.divide(delta, root_of(sum_with(v, eps)), delta)
        np.multiply(delta, g, delta)
        scale(u, rho)
        addcmul(u, 1 - rho, delta, delta)
        add_scaled(x, -value_of(group["lr"]), delta)

    def _record(self, p: Any, g: Any, *held: Any, t: float, state: dict[str, Any], group: dict[str, Any]) -> None:
        v, u = held
        rho, eps = group["rho"], group["eps"]
        v.mul_(rho).add_(g * g * (1 - rho))
        delta = (u.clone() + eps).sqrt() / (v.clone() + eps).sqrt() * g
        u.mul_(rho).add_(delta * delta * (1 - rho))
        p.sub_(delta * float(group["lr"]))
