"""RMSprop (torch.optim.rmsprop)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from refnn.autograd.op import Array
from refnn.optim._arrays import add_scaled, addcdiv, addcmul, lerp, scalar, scale
from refnn.optim._options import (
    check_lr,
    require_not_negative,
    squeezed,
    value_of,
)
from refnn.optim._rules import RuleOptimizer

__all__ = ["RMSprop"]


class RMSprop(RuleOptimizer):
    """θ ← θ − lr g / (√v + ε), with

        g = ∇f(θ) + λ θ
        v ← α v + (1 − α) g²

    centered: √(v − h²) in place of √v, where h ← h + (1 − α)(g − h). With momentum μ:
    b ← μ b + g / (√v + ε) and θ ← θ − lr b.

    Args:
        params: parameters, or (name, parameter) pairs, or dicts with "params" and options of their own.
        lr: learning rate, a number or a tensor of one element. alpha: α. eps: ε. weight_decay: λ.
        momentum: μ. centered: as above. maximize: ascend instead.
        differentiable: let gradients flow through the step; the parameters must not be leaves then.
        foreach: a choice among torch's kernels; the numbers are the same.
        capturable: for accelerators; a step on the CPU raises AssertionError.

    Raises ValueError for options out of range.

    Source: Tieleman and Hinton, Coursera lecture 6.5 (2012); centered: Graves, "Generating sequences with
    recurrent neural networks" (2013).
    """

    _later = {"momentum": 0, "centered": False, **RuleOptimizer._later}

    def __init__(
        self,
        params: Iterable[Any],
        lr: Any = 1e-2,
        alpha: float = 0.99,
        eps: float = 1e-8,
        weight_decay: float = 0,
        momentum: float = 0,
        centered: bool = False,
        capturable: bool = False,
        foreach: bool | None = None,
        maximize: bool = False,
        differentiable: bool = False,
    ) -> None:
        check_lr(lr)
        require_not_negative("learning rate", lr)
        require_not_negative("epsilon value", eps)
        require_not_negative("momentum value", momentum)
        require_not_negative("weight_decay value", weight_decay)
        require_not_negative("alpha value", alpha)
        defaults = {
            "lr": lr,
            "momentum": momentum,
            "alpha": alpha,
            "eps": eps,
            "centered": centered,
            "weight_decay": weight_decay,
            "capturable": capturable,
            "foreach": foreach,
            "maximize": maximize,
            "differentiable": differentiable,
        }
        super().__init__(params, defaults)

    def _names(self, group: dict[str, Any]) -> tuple[str, ...]:
        momentum = ("momentum_buffer",) * (group["momentum"] > 0)
        return ("square_avg", *momentum, *("grad_avg",) * bool(group["centered"]))

    def _move(self, x: Array, g: Array, *held: Array, t: float, group: dict[str, Any]) -> None:
        state = dict(zip(self._names(group), held, strict=True))
        alpha, lr, v = group["alpha"], value_of(group["lr"]), state["square_avg"]
        scale(v, alpha)
        addcmul(v, 1 - alpha, g, g)
        if group["centered"]:
            h = state["grad_avg"]
            lerp(h, g, 1 - alpha)
            root = v.copy()
            addcmul(root, -1, h, h)
            np.sqrt(root, root)
        else:
            root = np.sqrt(v)
        np.add(root, scalar(group["eps"], v.dtype), root, casting="unsafe")
        if group["momentum"] > 0:
            b = state["momentum_buffer"]
            scale(b, group["momentum"])
            addcdiv(b, 1, g, root)
            add_scaled(x, -lr, b)
        else:
            addcdiv(x, -lr, g, root)

    def _record(self, p: Any, g: Any, *held: Any, t: float, state: dict[str, Any], group: dict[str, Any]) -> None:
        state = dict(zip(self._names(group), held, strict=True))
        alpha, lr, v = group["alpha"], squeezed(group["lr"]), state["square_avg"]
        v.mul_(alpha).add_(g * g * (1 - alpha))
        variance = v.clone()
        if group["centered"]:
            h = state["grad_avg"]
            h.add_((g - h.clone()) * (1 - alpha))
            variance = variance - h.clone() * h.clone()
        root = variance.sqrt() + group["eps"]
        if group["momentum"] > 0:
            b = state["momentum_buffer"]
            b.mul_(group["momentum"]).add_(g / root)
            p.sub_(lr * b.clone())
        else:
            p.sub_(lr * g / root)
