"""RMSprop (torch.optim.rmsprop)."""

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
    check_lr,
    fill_in,
    first_step,
    require_not_negative,
    restore_steps,
    squeezed,
    value_of,
)
from refnn.optim.optimizer import Optimizer

__all__ = ["RMSprop"]


class RMSprop(Optimizer):
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

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        fill_in(self.param_groups, momentum=0, centered=False, foreach=None, maximize=False)
        fill_in(self.param_groups, differentiable=False, capturable=False)
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
            check_capturable(group)
            if self.defaults["differentiable"]:
                if group["foreach"]:
                    raise AssertionError("_foreach ops don't support autograd")
                with set_grad_enabled(True):
                    for p in params:
                        self._recorded(p, group)
            else:
                self._in_place(params, states, group)
        return loss

    @staticmethod
    def _begin(p: Any, state: dict[str, Any], group: dict[str, Any]) -> None:
        """Zeros for a parameter's first step."""
        state["step"] = first_step()
        state["square_avg"] = wrap(np.zeros_like(p._data))
        if group["momentum"] > 0:
            state["momentum_buffer"] = wrap(np.zeros_like(p._data))
        if group["centered"]:
            state["grad_avg"] = wrap(np.zeros_like(p._data))

    @quiet
    def _in_place(self, params: list[Any], states: list[Any], group: dict[str, Any]) -> None:
        names = ("square_avg",)
        names += ("grad_avg",) * bool(group["centered"]) + ("momentum_buffer",) * (group["momentum"] > 0)
        advance(params, states)
        for x, g, *held in batches(self, params, states, names):
            _move(x, g, dict(zip(names, held, strict=True)), group)

    def _recorded(self, p: Any, group: dict[str, Any]) -> None:
        """The same on the tape."""
        state, alpha, lr = self.state[p], group["alpha"], squeezed(group["lr"])
        state["step"].add_(1)
        g = -p.grad if group["maximize"] else p.grad
        if group["weight_decay"] != 0:
            g = g + p.clone() * group["weight_decay"]
        v = state["square_avg"]
        v.mul_(alpha).add_(g * g * (1 - alpha))
        variance = v.clone()
        if group["centered"]:
            h = state["grad_avg"]
            h.add_((g - h.clone()) * (1 - alpha))
            variance = variance - h.clone() * h.clone()
        root = variance.sqrt() + group["eps"]
        if group["momentum"] > 0:
            buffer = state["momentum_buffer"]
            buffer.mul_(group["momentum"]).add_(g / root)
            p.sub_(lr * buffer.clone())
        else:
            p.sub_(lr * g / root)


def _move(x: Array, g: Array, state: dict[str, Array], group: dict[str, Any]) -> None:
    alpha, lr, v = group["alpha"], value_of(group["lr"]), state["square_avg"]
    if group["maximize"]:
        g = negated(g)
    if group["weight_decay"] != 0:
        g = g.copy()
        add_scaled(g, value_of(group["weight_decay"]), x)
    scale(v, alpha)
    addcmul(v, 1 - alpha, g, g)
    if group["centered"]:
        lerp(state["grad_avg"], g, 1 - alpha)
        root = v.copy()
        addcmul(root, -1, state["grad_avg"], state["grad_avg"])
        np.sqrt(root, root)
    else:
        root = np.sqrt(v)
    np.add(root, scalar(group["eps"], v.dtype), root, casting="unsafe")
    if group["momentum"] > 0:
        scale(state["momentum_buffer"], group["momentum"])
        addcdiv(state["momentum_buffer"], 1, g, root)
        add_scaled(x, -lr, state["momentum_buffer"])
    else:
        addcdiv(x, -lr, g, root)
