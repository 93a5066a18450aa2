"""ASGD (torch.optim.asgd)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from refnn.autograd.modes import set_grad_enabled
from refnn.autograd.op import Array
from refnn.optim._arrays import add_scaled, scale
from refnn.optim._options import check_lr, first_step, partition, require_not_negative, squeezed, value_of
from refnn.optim._rules import RuleOptimizer

__all__ = ["ASGD"]


class ASGD(RuleOptimizer):
    """θ ← (1 − λ η) θ − η g, at step t, with the average a of the parameters from step t₀ on:

        g = ∇f(θ) + w θ
        a ← a + μ (θ − a)
        η ← lr / (1 + λ lr t)^α
        μ ← 1 / max(1, t − t₀)

    At first η = lr and μ = 1, so that a = θ until averaging begins. The average is in the state, as "ax"; the
    parameters are not replaced by it.

    Args:
        params: parameters, or (name, parameter) pairs, or dicts with "params" and options of their own.
        lr: learning rate, a number or a tensor of one element. lambd: λ. alpha: α. t0: t₀. weight_decay: w.
        maximize: ascend instead.
        differentiable: let gradients flow through the step; the parameters must not be leaves then.
        foreach: a choice among torch's kernels; the numbers are the same.
        capturable: for accelerators; a step on the CPU raises AssertionError.

    Raises ValueError for options out of range.

    Source: Polyak and Juditsky, "Acceleration of stochastic approximation by averaging" (1992).
    """

    _held = ("ax",)
    _counters = ("step", "eta", "mu")
    _placed = ("params, mus, etas, and state_steps", "params, mus, etas, and state_steps")

    def __init__(
        self,
        params: Iterable[Any],
        lr: Any = 1e-2,
        lambd: float = 1e-4,
        alpha: float = 0.75,
        t0: float = 1e6,
        weight_decay: float = 0,
        foreach: bool | None = None,
        maximize: bool = False,
        differentiable: bool = False,
        capturable: bool = False,
    ) -> None:
        check_lr(lr)
        require_not_negative("learning rate", lr)
        require_not_negative("weight_decay value", weight_decay)
        defaults = {
            "lr": lr,
            "lambd": lambd,
            "alpha": alpha,
            "t0": t0,
            "weight_decay": weight_decay,
            "foreach": foreach,
            "maximize": maximize,
            "differentiable": differentiable,
            "capturable": capturable,
        }
        super().__init__(params, defaults)

    def _begin(self, p: Any, state: dict[str, Any], group: dict[str, Any]) -> None:
        state["step"], state["eta"], state["mu"] = first_step(), first_step(value_of(group["lr"])), first_step(1.0)
        super()._begin(p, state, group)

    @staticmethod
    def _rates(state: dict[str, Any]) -> tuple[float, float]:
        """η and μ, which are kept as float32."""
        return state["eta"].item(), state["mu"].item()

    @staticmethod
    def _renew(state: dict[str, Any], group: dict[str, Any]) -> None:
        """η and μ for the next step."""
        t, lr = state["step"].item(), squeezed(group["lr"])
        state["eta"].fill_(lr / (1 + group["lambd"] * lr * t) ** group["alpha"])
        state["mu"].fill_(1 / max(1, t - group["t0"]))

    def _in_place(self, params: list[Any], states: list[Any], group: dict[str, Any]) -> None:
        # all parameters together, unless some had no gradient once
        for (eta, mu), (some, of_some) in partition(params, states, self._rates).items():
            super()._in_place(some, of_some, {**group, "eta": eta, "mu": mu})
        with set_grad_enabled(False):
            for state in states:
                self._renew(state, group)

    def _move(self, x: Array, g: Array, *held: Array, t: float, group: dict[str, Any]) -> None:
        (a,) = held
        eta, mu = group["eta"], group["mu"]
        scale(x, 1 - group["lambd"] * eta)
        add_scaled(x, -eta, g)
        if mu == 1:
            np.copyto(a, x)
        else:
            difference = x - a
            scale(difference, mu)
            np.add(a, difference, a)

    def _record(self, p: Any, g: Any, *held: Any, t: float, state: dict[str, Any], group: dict[str, Any]) -> None:
        (a,) = held
        eta, mu = self._rates(state)
        p.mul_(1 - group["lambd"] * eta).add_(g, alpha=-eta)
        a.copy_(p if mu == 1 else a + (p - a) * mu)
        self._renew(state, group)
