"""RAdam (torch.optim.radam)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from refnn.autograd.op import Array
from refnn.optim._arrays import add_scaled, addcmul, lerp, scale
from refnn.optim._options import check_lr, require_betas, require_not_negative, squeezed, value_of
from refnn.optim._rules import RuleOptimizer, root_of, sum_with

__all__ = ["RAdam"]


class RAdam(RuleOptimizer):
    """θ ← θ − lr r √(1 − β₂ᵗ) / (√v + ε) · m / (1 − β₁ᵗ), at step t, with

        g = ∇f(θ) + λ θ
        m ← m + (1 − β₁)(g − m)
        v ← β₂ v + (1 − β₂) g²
        r² = (ρ − 4)(ρ − 2) ρ∞ / ((ρ∞ − 4)(ρ∞ − 2) ρ), ρ∞ = 2 / (1 − β₂) − 1, ρ = ρ∞ − 2 t β₂ᵗ / (1 − β₂ᵗ)

    While ρ ≤ 5, in the first steps, θ ← θ − lr m / (1 − β₁ᵗ). Decoupled weight decay leaves g alone and
    shrinks θ ← (1 − lr λ) θ before the step.

    Args:
        params: parameters, or (name, parameter) pairs, or dicts with "params" and options of their own.
        lr: learning rate, a number or a tensor of one element. betas: (β₁, β₂). eps: ε. weight_decay: λ.
        decoupled_weight_decay: as above. maximize: ascend instead.
        differentiable: let gradients flow through the step; the parameters must not be leaves then.
        foreach: a choice among torch's kernels; the numbers are the same.
        capturable: for accelerators; a step on the CPU raises AssertionError.

    Raises ValueError for options out of range.

    Source: Liu et al., "On the variance of the adaptive learning rate and beyond" (2020).
    """

    _held = ("exp_avg", "exp_avg_sq")
    _later = {
        "foreach": None,
        "maximize": False,
        "differentiable": False,
        "decoupled_weight_decay": False,
        "capturable": False,
    }

    def __init__(
        self,
        params: Iterable[Any],
        lr: Any = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
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
        defaults = {
            "lr": lr,
            "betas": betas,
            "eps": eps,
            "weight_decay": weight_decay,
            "maximize": maximize,
            "foreach": foreach,
            "capturable": capturable,
            "decoupled_weight_decay": decoupled_weight_decay,
            "differentiable": differentiable,
        }
        super().__init__(params, defaults)

    @staticmethod
    def _rectified(t: float, beta2: float) -> float | None:
        """r √(1 − β₂ᵗ), or None where the variance is not known well enough."""
        correction = 1 - beta2**t
        limit = 2 / (1 - beta2) - 1
        length = limit - 2 * t * beta2**t / correction
        if length <= 5:
            return None
        ratio = (length - 4) * (length - 2) * limit / ((limit - 4) * (limit - 2) * length)
        return float(ratio**0.5 * correction**0.5)

    def _move(self, x: Array, g: Array, *held: Array, t: float, group: dict[str, Any]) -> None:
        m, v = held
        beta1, beta2 = group["betas"]
        lerp(m, g, 1 - beta1)
        scale(v, beta2)
        addcmul(v, 1 - beta2, g, g)
        step_size, rectified = value_of(group["lr"]) / (1 - beta1**t), self._rectified(t, beta2)
        if rectified is None:
            add_scaled(x, -step_size, m)
            return
        step = m.copy()
        scale(step, step_size * rectified)
        np.divide(step, sum_with(root_of(v.copy()), group["eps"]), step)
        np.subtract(x, step, x)

    def _record(self, p: Any, g: Any, *held: Any, t: float, state: dict[str, Any], group: dict[str, Any]) -> None:
        m, v = held
        beta1, beta2 = group["betas"]
        m.add_((g - m.clone()) * (1 - beta1))
        v.mul_(beta2).add_(g * g * (1 - beta2))
        step, rectified = m.clone() / (1 - beta1**t) * squeezed(group["lr"]), self._rectified(t, beta2)
        p.sub_(step if rectified is None else step * (rectified / (v.clone().sqrt() + group["eps"])))
