"""Adam, and its forms AdamW and AMSGrad (torch.optim.adam)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from refnn.autograd.op import Array
from refnn.optim._arrays import addcdiv, addcmul, lerp, scalar, scale
from refnn.optim._options import (
    check_capturable,
    check_fused,
    check_kernels,
    check_lr,
    first_step,
    require_betas,
    require_not_negative,
    squeezed,
    value_of,
)
from refnn.optim._rules import RuleOptimizer
from refnn.tensor import Tensor

__all__ = ["Adam"]


class Adam(RuleOptimizer):
    """θ ← θ − lr / (1 − β₁ᵗ) · m / (√(v / (1 − β₂ᵗ)) + ε), at step t, with

        g = ∇f(θ) + λ θ
        m ← m + (1 − β₁)(g − m)
        v ← β₂ v + (1 − β₂) g²

    amsgrad takes the largest v so far. Decoupled weight decay (AdamW) leaves g alone and shrinks
    θ ← (1 − lr λ) θ before the step.

    Args:
        params: parameters, or (name, parameter) pairs, or dicts with "params" and options of their own.
        lr: learning rate, a number or a tensor of one element. betas: (β₁, β₂), two numbers or two tensors.
        eps: ε. weight_decay: λ. amsgrad, decoupled_weight_decay: as above. maximize: ascend instead.
        differentiable: let gradients flow through the step; the parameters must not be leaves then.
        foreach, fused: choices among torch's kernels; the numbers are the same.
        capturable: for accelerators; a step on the CPU raises AssertionError.

    Raises ValueError for options out of range, RuntimeError for those that exclude each other.

    Source: Kingma and Ba, "Adam: a method for stochastic optimization" (2015); Loshchilov and Hutter,
    "Decoupled weight decay regularization" (2019); Reddi, Kale and Kumar, "On the convergence of Adam and
    beyond" (2018).
    """

    _later = {
        "amsgrad": False,
        "maximize": False,
        "foreach": None,
        "capturable": False,
        "differentiable": False,
        "decoupled_weight_decay": False,
        "fused": None,
    }

    def __init__(
        self,
        params: Iterable[Any],
        lr: Any = 1e-3,
        betas: tuple[Any, Any] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: Any = 0,
        amsgrad: bool = False,
        *,
        foreach: bool | None = None,
        maximize: bool = False,
        capturable: bool = False,
        differentiable: bool = False,
        fused: bool | None = None,
        decoupled_weight_decay: bool = False,
    ) -> None:
        needs_capturable = bool(foreach) and not capturable
        _check_options(lr, betas, eps, weight_decay, needs_capturable)
        defaults = {
            "lr": lr,
            "betas": tuple(map(squeezed, betas)),
            "eps": eps,
            "weight_decay": weight_decay,
            "amsgrad": amsgrad,
            "maximize": maximize,
            "foreach": foreach,
            "capturable": capturable,
            "differentiable": differentiable,
            "fused": fused,
            "decoupled_weight_decay": decoupled_weight_decay,
        }
        super().__init__(params, defaults)
        check_kernels(fused, foreach, differentiable)

    def _names(self, group: dict[str, Any]) -> tuple[str, ...]:
        return ("exp_avg", "exp_avg_sq") + ("max_exp_avg_sq",) * group["amsgrad"]

    def _begin(self, p: Any, state: dict[str, Any], group: dict[str, Any]) -> None:
        if group["fused"]:
            check_fused(p)
        state["step"] = first_step(fused=group["fused"])
        super()._begin(p, state, group)

    def _check(self, params: list[Any], group: dict[str, Any]) -> None:
        if group["differentiable"] and any(self.state[p]["step"].requires_grad for p in params):
            raise RuntimeError("`requires_grad` is not supported for `step` in differentiable mode")
        if group["foreach"] and not group["capturable"] and isinstance(group["lr"], Tensor) and params:
            raise RuntimeError("lr as a Tensor is not supported for capturable=False and foreach=True")
        check_capturable(group)
        if group["foreach"] and self.defaults["differentiable"]:
            raise AssertionError("_foreach ops don't support autograd")

    def _move(self, x: Array, g: Array, *held: Array, t: float, group: dict[str, Any]) -> None:
        m, v, *largest = held
        beta1, beta2 = map(value_of, group["betas"])
        lerp(m, g, 1 - beta1)
        scale(v, beta2)
        addcmul(v, 1 - beta2, g, g)
        if largest:
            v = np.maximum(largest[0], v, out=largest[0])
        denominator = np.sqrt(v)
        np.divide(denominator, scalar((1 - beta2**t) ** 0.5, v.dtype), denominator, casting="unsafe")
        np.add(denominator, scalar(group["eps"], v.dtype), denominator, casting="unsafe")
        addcdiv(x, -value_of(group["lr"]) / (1 - beta1**t), m, denominator)

    def _record(self, p: Any, g: Any, *held: Any, t: float, state: dict[str, Any], group: dict[str, Any]) -> None:
        m, v, *largest = held
        lr, eps, (beta1, beta2) = squeezed(group["lr"]), group["eps"], group["betas"]
        steps = state["step"].clone()
        m.add_((g - m.clone()) * (1 - beta1))
        v.mul_(beta2).add_(g * g * (1 - beta2))
        if largest:
            largest[0].copy_(largest[0].clone().maximum(v))
            v = largest[0]
        step_size = lr / (1 - beta1**steps)
        denominator = v.clone().sqrt() / ((1 - beta2**steps).sqrt() * -step_size) + eps / -step_size
        p.add_(m.clone() / denominator)


def _check_options(lr: Any, betas: Any, eps: float, weight_decay: Any, needs_capturable: bool) -> None:
    if isinstance(lr, Tensor) and needs_capturable:
        raise ValueError("lr as a Tensor is not supported for capturable=False and foreach=True")
    check_lr(lr)
    require_not_negative("learning rate", lr)
    require_not_negative("epsilon value", eps)
    require_betas(betas)
    require_not_negative("weight_decay value", weight_decay)
    if not any(all(isinstance(beta, kind) for beta in betas[:2]) for kind in (float, Tensor)):
        raise ValueError("betas must be either both floats or both Tensors")
    for i in (0, 1):
        if isinstance(betas[i], Tensor):
            if needs_capturable:
                raise ValueError(f"betas[{i}] as a Tensor is not supported for capturable=False and foreach=True")
            if betas[i].numel() != 1:
                raise ValueError(f"Tensor betas[{i}] must be 1-element")
