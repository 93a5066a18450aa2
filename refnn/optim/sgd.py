"""SGD: gradient descent with momentum (torch.optim.sgd)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from refnn.autograd.base import wrap
from refnn.autograd.modes import set_grad_enabled
from refnn.autograd.op import Array
from refnn.optim._arrays import add_scaled, blocks, negated, quiet, scale
from refnn.optim._batches import batches
from refnn.optim._options import check_fused, check_kernels, check_lr, fill_in, require, squeezed, value_of
from refnn.optim.optimizer import Optimizer
from refnn.tensor import Tensor

__all__ = ["SGD"]


class SGD(Optimizer):
    """θ ← θ − lr d, with

        g = ∇f(θ) + λ θ
        b = g at the first step, then μ b + (1 − τ) g
        d = g without momentum, b with it, g + μ b with Nesterov's

    Args:
        params: parameters, or (name, parameter) pairs, or dicts with "params" and options of their own.
        lr: learning rate, a number or a tensor of one element.
        momentum: μ. dampening: τ. weight_decay: λ. nesterov: Nesterov's momentum.
        maximize: ascend instead.
        differentiable: let gradients flow through the step; the parameters must not be leaves then.
        foreach, fused: choices among torch's kernels; the numbers are the same.

    Raises ValueError for options out of range, RuntimeError for those that exclude each other.

    Source: Sutskever et al., "On the importance of initialization and momentum in deep learning" (2013), in
    torch's form: the learning rate stands outside the momentum.
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: Any = 1e-3,
        momentum: float = 0,
        dampening: float = 0,
        weight_decay: Any = 0,
        nesterov: bool = False,
        *,
        maximize: bool = False,
        foreach: bool | None = None,
        differentiable: bool = False,
        fused: bool | None = None,
    ) -> None:
        check_lr(lr)
        require(not lr < 0.0, "learning rate", lr)  # unlike its siblings, SGD takes NaN
        require(not momentum < 0.0, "momentum value", momentum)
        require(not weight_decay < 0.0, "weight_decay value", weight_decay)
        defaults = {
            "lr": lr,
            "momentum": momentum,
            "dampening": dampening,
            "weight_decay": weight_decay,
            "nesterov": nesterov,
            "maximize": maximize,
            "foreach": foreach,
            "differentiable": differentiable,
            "fused": fused,
        }
        if nesterov and (momentum <= 0 or dampening != 0):
            raise ValueError("Nesterov momentum requires a momentum and zero dampening")
        super().__init__(params, defaults)
        check_kernels(fused, foreach, differentiable)

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        fill_in(self.param_groups, nesterov=False, maximize=False, foreach=None, differentiable=False, fused=False)

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Update the parameters that have gradients. Returns the closure's loss."""
        loss = None if closure is None else self._loss_of(closure)
        recorded = self.defaults["differentiable"]
        for group in self.param_groups:
            params = [p for p in group["params"] if p._grad is not None]
            if group["fused"]:
                for p in params:
                    check_fused(p)
            if recorded:
                with set_grad_enabled(True):
                    for p in params:
                        self._recorded(p, group)
            else:
                self._in_place(params, group)
        return loss

    @quiet
    def _in_place(self, params: list[Any], group: dict[str, Any]) -> None:
        lr, weight_decay = value_of(group["lr"]), value_of(group["weight_decay"])
        if weight_decay == 0 and group["momentum"] == 0 and not group["maximize"]:
            for p in params:
                for x, g in blocks(p._data, p._grad._data):
                    add_scaled(x, -lr, g)
                p._bump_version()
            return
        by_age: dict[bool, tuple[list[Any], list[Any]]] = {True: ([], []), False: ([], [])}
        for p in params:
            state = self.state[p] if group["momentum"] else {}
            is_first = bool(group["momentum"]) and state.get("momentum_buffer") is None
            if is_first:
                state["momentum_buffer"] = wrap(np.empty_like(p._data))
            by_age[is_first][0].append(p)
            by_age[is_first][1].append(state)
        names = ("momentum_buffer",) if group["momentum"] else ()
        for is_first, (some, states) in by_age.items():
            for arrays in batches(self, some, states, names) if some else ():
                _move(*arrays, lr=lr, weight_decay=weight_decay, is_first=is_first, group=group)

    def _recorded(self, p: Any, group: dict[str, Any]) -> None:
        """The same on the tape."""
        lr, weight_decay, momentum = squeezed(group["lr"]), group["weight_decay"], group["momentum"]
        g = -p.grad if group["maximize"] else p.grad
        if isinstance(weight_decay, Tensor) or weight_decay != 0:
            g = g + p.clone() * weight_decay
        if momentum != 0:
            state = self.state[p]
            buffer = state.get("momentum_buffer")
            if buffer is None:
                buffer = g.detach().clone()
            else:
                buffer.mul_(momentum).add_(g, alpha=1 - group["dampening"])
            state["momentum_buffer"] = buffer
            g = g + momentum * buffer if group["nesterov"] else buffer
        p.sub_(lr * g)


def _move(
    x: Array,
    g: Array,
    b: Array | None = None,
    *,
    lr: Any,
    weight_decay: Any,
    is_first: bool,
    group: dict[str, Any],
) -> None:
    d = negated(g) if group["maximize"] else g
    if weight_decay != 0:
        d = d.copy()
        add_scaled(d, weight_decay, x)
    if b is not None:
        if is_first:
            b[...] = d
        else:
            scale(b, group["momentum"])
            add_scaled(b, 1 - group["dampening"], d)
        if group["nesterov"]:
            d = d.copy()
            add_scaled(d, group["momentum"], b)
        else:
            d = b
    add_scaled(x, -lr, d)
