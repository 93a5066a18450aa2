"""NAdam (torch.optim.nadam)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from refnn.autograd.op import Array
from refnn.optim._arrays import addcdiv, addcmul, lerp, scale
from refnn.optim._options import (
    check_lr,
    first_step,
    partition,
    require_betas,
    require_not_negative,
    squeezed,
    value_of,
)
from refnn.optim._rules import RuleOptimizer, root_of, sum_with

__all__ = ["NAdam"]


class NAdam(RuleOptimizer):
    """θ ← θ − lr ((1 − μ_t) g / (1 − π_t) + μ_{t+1} m / (1 − π_{t+1})) / (√(v / (1 − β₂ᵗ)) + ε), at step t, with

        g = ∇f(θ) + λ θ
        m ← m + (1 − β₁)(g − m)
        v ← β₂ v + (1 − β₂) g²
        μ_t = β₁ (1 − 0.96^(t ψ) / 2), π_t = μ_1 μ_2 … μ_t

    Decoupled weight decay leaves g alone and shrinks θ ← (1 − lr λ) θ before the step.

    Args:
        params: parameters, or (name, parameter) pairs, or dicts with "params" and options of their own.
        lr: learning rate, a number or a tensor of one element. betas: (β₁, β₂). eps: ε. weight_decay: λ.
        momentum_decay: ψ. decoupled_weight_decay: as above. maximize: ascend instead.
        differentiable: let gradients flow through the step; the parameters must not be leaves then.
        foreach: a choice among torch's kernels; the numbers are the same.
        capturable: for accelerators; a step on the CPU raises AssertionError.

    Raises ValueError for options out of range.

    Source: Dozat, "Incorporating Nesterov momentum into Adam" (2016).
    """

    _held = ("exp_avg", "exp_avg_sq")
    _counters = ("step", "mu_product")
    _later = {
        "maximize": False,
        "foreach": None,
        "capturable": False,
        "differentiable": False,
        "decoupled_weight_decay": False,
    }
    _placed = ("params, mu_products and state_steps", "params, mu_products, and state_steps")

    def __init__(
        self,
        params: Iterable[Any],
        lr: Any = 2e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        momentum_decay: float = 4e-3,
        decoupled_weight_decay: bool = False,
        *,
        foreach: bool | None = None,
        maximize: bool = False,
        capturable: bool = False,
        differentiable: bool = False,
    ) -> None:
        check_lr(lr)
        require_not_negative("learning rate", lr)
        require_not_negative("epsilon value", eps)
        require_betas(betas)
        require_not_negative("weight_decay value", weight_decay)
        require_not_negative("momentum_decay value", momentum_decay)
        defaults = {
            "lr": lr,
            "betas": betas,
            "eps": eps,
            "weight_decay": weight_decay,
            "momentum_decay": momentum_decay,
            "decoupled_weight_decay": decoupled_weight_decay,
            "maximize": maximize,
            "foreach": foreach,
            "capturable": capturable,
            "differentiable": differentiable,
        }
        super().__init__(params, defaults)

    def _begin(self, p: Any, state: dict[str, Any], group: dict[str, Any]) -> None:
        state["step"], state["mu_product"] = first_step(), first_step(1.0)
        super()._begin(p, state, group)

    @staticmethod
    def _momentum(t: float, group: dict[str, Any]) -> float:
        """μ_t."""
        return float(group["betas"][0] * (1 - 0.5 * 0.96 ** (t * group["momentum_decay"])))

    def _advanced(self, state: dict[str, Any], t: float, group: dict[str, Any]) -> float:
        """π_t, from π_{t−1}."""
        state["mu_product"].mul_(self._momentum(t, group))
        return float(state["mu_product"].item())

    def _in_place(self, params: list[Any], states: list[Any], group: dict[str, Any]) -> None:
        def product_of(state: dict[str, Any]) -> float:
            return self._advanced(state, state["step"].item() + 1, group)

        # all parameters together, unless some had no gradient once
        for product, (some, of_some) in partition(params, states, product_of).items():
            super()._in_place(some, of_some, {**group, "mu_product": product})

    def _weights(self, t: float, product: float, group: dict[str, Any]) -> tuple[float, float]:
        """What g and m are multiplied with, beside the learning rate."""
        after = self._momentum(t + 1, group)
        return (1 - self._momentum(t, group)) / (1 - product), after / (1 - product * after)

    def _move(self, x: Array, g: Array, *held: Array, t: float, group: dict[str, Any]) -> None:
        m, v = held
        lr, (beta1, beta2) = value_of(group["lr"]), group["betas"]
        lerp(m, g, 1 - beta1)
        scale(v, beta2)
        addcmul(v, 1 - beta2, g, g)
        root = v.copy()
        np.divide(root, root.dtype.type(1 - beta2**t), root)
        root = sum_with(root_of(root), group["eps"])
        of_g, of_m = self._weights(t, group["mu_product"], group)
        addcdiv(x, -lr * of_g, g, root)
        addcdiv(x, -lr * of_m, m, root)

    def _record(self, p: Any, g: Any, *held: Any, t: float, state: dict[str, Any], group: dict[str, Any]) -> None:
        m, v = held
        lr, (beta1, beta2) = squeezed(group["lr"]), group["betas"]
        of_g, of_m = self._weights(t, self._advanced(state, t, group), group)
        m.add_((g - m.clone()) * (1 - beta1))
        v.mul_(beta2).add_(g * g * (1 - beta2))
        root = (v.clone() / (1 - beta2**t)).sqrt() + group["eps"]
        p.sub_(g * (lr * of_g) / root)
        p.sub_(m.clone() * (lr * of_m) / root)
