"""Adam, and its forms AdamW and AMSGrad (torch.optim.adam)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from refnn.autograd.base import wrap
from refnn.autograd.modes import set_grad_enabled
from refnn.autograd.op import Array
from refnn.optim._arrays import add_scaled, addcdiv, addcmul, lerp, negated, quiet, scalar, scale
from refnn.optim._batches import batches
from refnn.optim._options import (
    advance,
    check_capturable,
    check_fused,
    check_kernels,
    check_lr,
    fill_in,
    first_step,
    require,
    require_not_negative,
    restore_steps,
    squeezed,
    value_of,
)
from refnn.optim.optimizer import Optimizer
from refnn.tensor import Tensor

__all__ = ["Adam"]


class Adam(Optimizer):
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

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        fill_in(self.param_groups, amsgrad=False, maximize=False, foreach=None, capturable=False)
        fill_in(self.param_groups, differentiable=False, decoupled_weight_decay=False, fused=None)
        restore_steps(self)

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Update the parameters that have gradients. Returns the closure's loss."""
        loss = self._loss_of(closure)
        for group in self.param_groups:
            params = [p for p in group["params"] if p._grad is not None]
            states = [self.state[p] for p in params]
            for p, state in zip(params, states, strict=True):
                if not state:
                    self._begin(p, state, group)
            self._check(states, group)
            if self.defaults["differentiable"]:
                with set_grad_enabled(True):
                    for p in params:
                        self._recorded(p, group)
            else:
                self._in_place(params, states, group)
        return loss

    @staticmethod
    def _begin(p: Any, state: dict[str, Any], group: dict[str, Any]) -> None:
        """Zeros for a parameter's first step."""
        if group["fused"]:
            check_fused(p)
        state["step"] = first_step(fused=group["fused"])
        for name in ("exp_avg", "exp_avg_sq") + ("max_exp_avg_sq",) * group["amsgrad"]:
            state[name] = wrap(np.zeros_like(p._data))

    def _check(self, states: list[Any], group: dict[str, Any]) -> None:
        """Raise what torch raises at each step, before anything is changed."""
        if group["differentiable"] and any(state["step"].requires_grad for state in states):
            raise RuntimeError("`requires_grad` is not supported for `step` in differentiable mode")
        if group["foreach"] and not group["capturable"] and isinstance(group["lr"], Tensor) and states:
            raise RuntimeError("lr as a Tensor is not supported for capturable=False and foreach=True")
        check_capturable(group)
        if group["foreach"] and self.defaults["differentiable"]:
            raise AssertionError("_foreach ops don't support autograd")

    @quiet
    def _in_place(self, params: list[Any], states: list[Any], group: dict[str, Any]) -> None:
        names = ("exp_avg", "exp_avg_sq") + ("max_exp_avg_sq",) * group["amsgrad"]
        for t, (stepped, of_stepped) in advance(params, states).items():
            factors = self._factors(t, group)
            for arrays in batches(self, stepped, of_stepped, names):
                _move(*arrays, **factors)

    @staticmethod
    def _factors(t: float, group: dict[str, Any]) -> dict[str, Any]:
        """What `_move` needs besides arrays, at step t."""
        lr, weight_decay = value_of(group["lr"]), value_of(group["weight_decay"])
        beta1, beta2 = map(value_of, group["betas"])
        return {
            "beta1": beta1,
            "beta2": beta2,
            "step_size": lr / (1 - beta1**t),
            "root": (1 - beta2**t) ** 0.5,
            "eps": group["eps"],
            "shrink": 1 - lr * weight_decay if group["decoupled_weight_decay"] else 1,
            "weight_decay": 0 if group["decoupled_weight_decay"] else weight_decay,
            "maximize": group["maximize"],
        }

    def _recorded(self, p: Any, group: dict[str, Any]) -> None:
        """The same on the tape."""
        state = self.state[p]
        lr, eps, weight_decay = squeezed(group["lr"]), group["eps"], group["weight_decay"]
        beta1, beta2 = group["betas"]
        state["step"].add_(1)
        t = state["step"].clone()
        g = -p.grad if group["maximize"] else p.grad
        if isinstance(weight_decay, Tensor) or weight_decay != 0:
            if group["decoupled_weight_decay"]:
                p.mul_(1 - lr * weight_decay)
            else:
                g = g + p.clone() * weight_decay
        m, v = state["exp_avg"], state["exp_avg_sq"]
        m.add_((g - m.clone()) * (1 - beta1))
        v.mul_(beta2).add_(g * g * (1 - beta2))
        if group["amsgrad"]:
            largest = state["max_exp_avg_sq"]
            largest.copy_(largest.clone().maximum(v))
            v = largest
        step_size = lr / (1 - beta1**t)
        denominator = v.clone().sqrt() / ((1 - beta2**t).sqrt() * -step_size) + eps / -step_size
        p.add_(m.clone() / denominator)


def _check_options(lr: Any, betas: Any, eps: float, weight_decay: Any, needs_capturable: bool) -> None:
    if isinstance(lr, Tensor) and needs_capturable:
        raise ValueError("lr as a Tensor is not supported for capturable=False and foreach=True")
    check_lr(lr)
    require_not_negative("learning rate", lr)
    require_not_negative("epsilon value", eps)
    for i in (0, 1):
        require(0.0 <= betas[i] < 1.0, f"beta parameter at index {i}", betas[i])
    require_not_negative("weight_decay value", weight_decay)
    if not any(all(isinstance(beta, kind) for beta in betas[:2]) for kind in (float, Tensor)):
        raise ValueError("betas must be either both floats or both Tensors")
    for i in (0, 1):
        if isinstance(betas[i], Tensor):
            if needs_capturable:
                raise ValueError(f"betas[{i}] as a Tensor is not supported for capturable=False and foreach=True")
            if betas[i].numel() != 1:
                raise ValueError(f"Tensor betas[{i}] must be 1-element")


def _move(
    x: Array,
    g: Array,
    m: Array,
    v: Array,
    largest: Array | None = None,
    *,
    beta1: Any,
    beta2: Any,
    step_size: Any,
    root: Any,
    eps: float,
    shrink: Any,
    weight_decay: Any,
    maximize: bool,
) -> None:
    if maximize:
        g = negated(g)
    if shrink != 1:
        scale(x, shrink)
    if weight_decay != 0:
        g = g.copy()
        add_scaled(g, weight_decay, x)
    lerp(m, g, 1 - beta1)
    scale(v, beta2)
    addcmul(v, 1 - beta2, g, g)
    if largest is not None:
        v = np.maximum(largest, v, out=largest)
    denominator = np.sqrt(v)
    np.divide(denominator, scalar(root, v.dtype), denominator, casting="unsafe")
    np.add(denominator, scalar(eps, v.dtype), denominator, casting="unsafe")
    addcdiv(x, -step_size, m, denominator)
