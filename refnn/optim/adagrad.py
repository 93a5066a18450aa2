"""Adagrad (torch.optim.adagrad)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from refnn.autograd.base import wrap
from refnn.autograd.op import Array
from refnn.optim._arrays import addcdiv, addcmul, scalar
from refnn.optim._options import (
    check_fused,
    check_kernels,
    check_lr,
    first_step,
    require_not_negative,
    value_of,
)
from refnn.optim._rules import RuleOptimizer

__all__ = ["Adagrad"]


class Adagrad(RuleOptimizer):
    """θ ← θ − lr / (1 + (t − 1) η) · g / (√s + ε), at step t, with

        g = ∇f(θ) + λ θ
        s ← s + g²

    The state stands from the beginning, s at its initial value.

    Args:
        params: parameters, or (name, parameter) pairs, or dicts with "params" and options of their own.
        lr: learning rate, a number or a tensor of one element. lr_decay: η. weight_decay: λ.
        initial_accumulator_value: what s starts from. eps: ε. maximize: ascend instead.
        differentiable: let gradients flow through the step; the parameters must not be leaves then.
        foreach, fused: choices among torch's kernels; the numbers are the same.

    Raises ValueError for options out of range, RuntimeError for those that exclude each other.

    Source: Duchi, Hazan and Singer, "Adaptive subgradient methods for online learning and stochastic
    optimization" (2011).
    """

    _held = ("sum",)
    _later = {"foreach": None, "maximize": False, "differentiable": False, "fused": None}

    def __init__(
        self,
        params: Iterable[Any],
        lr: Any = 1e-2,
        lr_decay: float = 0,
        weight_decay: float = 0,
        initial_accumulator_value: float = 0,
        eps: float = 1e-10,
        foreach: bool | None = None,
        *,
        maximize: bool = False,
        differentiable: bool = False,
        fused: bool | None = None,
    ) -> None:
        check_lr(lr)
        require_not_negative("learning rate", lr)
        require_not_negative("lr_decay value", lr_decay)
        require_not_negative("weight_decay value", weight_decay)
        require_not_negative("initial_accumulator_value value", initial_accumulator_value)
        require_not_negative("epsilon value", eps)
        defaults = {
            "lr": lr,
            "lr_decay": lr_decay,
            "eps": eps,
            "weight_decay": weight_decay,
            "initial_accumulator_value": initial_accumulator_value,
            "foreach": foreach,
            "maximize": maximize,
            "differentiable": differentiable,
            "fused": fused,
        }
        super().__init__(params, defaults)
        check_kernels(fused, foreach, differentiable)
        for group in self.param_groups:
            for p in group["params"]:
                self._start(p, group, initial_accumulator_value)

    def share_memory(self) -> None:
        """Move the sums to memory that processes forked from this one share."""
        for group in self.param_groups:
            for p in group["params"]:
                total = self.state[p]["sum"]
                if not total.is_shared():
                    total.data = total.clone()  # a step may have put the sums side by side
                    total.share_memory_()

    def _start(self, p: Any, group: dict[str, Any], value: Any) -> None:
        state = self.state[p]
        state["step"] = first_step(fused=group["fused"])
        start = complex(value, value) if p.is_complex() else value
        state["sum"] = wrap(np.full_like(p._data, start))

    def _begin(self, p: Any, state: dict[str, Any], group: dict[str, Any]) -> None:
        self._start(p, group, self.defaults["initial_accumulator_value"])

    def _check(self, params: list[Any], group: dict[str, Any]) -> None:
        if group["fused"]:
            for p in params:
                check_fused(p)
        super()._check(params, {**group, "capturable": False})

    @staticmethod
    def _rate(t: float, group: dict[str, Any]) -> Any:
        return value_of(group["lr"]) / (1 + (t - 1) * group["lr_decay"])

    def _move(self, x: Array, g: Array, *held: Array, t: float, group: dict[str, Any]) -> None:
        (s,) = held
        addcmul(s, 1, g, g)
        root = np.sqrt(s)
        np.add(root, scalar(group["eps"], s.dtype), root, casting="unsafe")
        addcdiv(x, -self._rate(t, group), g, root)

    def _record(self, p: Any, g: Any, *held: Any, t: float, state: dict[str, Any], group: dict[str, Any]) -> None:
        (s,) = held
        s.add_(g * g)
        p.sub_(g / (s.clone().sqrt() + group["eps"]) * float(self._rate(t, group)))
