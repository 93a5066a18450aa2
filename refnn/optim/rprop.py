"""Rprop (torch.optim.rprop)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from refnn.autograd.base import wrap
from refnn.autograd.op import Array
from refnn.ops.elementary import sign
from refnn.optim._arrays import addcmul
from refnn.optim._options import check_capturable, check_lr, require, require_not_negative, value_of
from refnn.optim._rules import RuleOptimizer

__all__ = ["Rprop"]


class Rprop(RuleOptimizer):
    """θ ← θ − η sign(g), where each element has a step size η of its own, at first lr, and

        g = ∇f(θ)
        η ← min(max(η₊ η, Γ₋), Γ₊)          where g keeps the sign of the last gradient
        η ← min(max(η₋ η, Γ₋), Γ₊), g ← 0   where the sign has changed
        η ← min(max(η, Γ₋), Γ₊)             where one of the two is 0

    After a change of sign an element rests for a step, and the gradient that is remembered for it is 0.

    Args:
        params: parameters, or (name, parameter) pairs, or dicts with "params" and options of their own.
        lr: the first step size, a number or a tensor of one element. etas: (η₋, η₊). step_sizes: (Γ₋, Γ₊).
        maximize: ascend instead.
        differentiable: let gradients flow through the step; the parameters must not be leaves then.
        foreach: a choice among torch's kernels; the numbers are the same.
        capturable: for accelerators; a step on the CPU raises AssertionError.

    Raises ValueError for options out of range.

    Source: Riedmiller and Braun, "A direct adaptive method for faster backpropagation learning: the RPROP
    algorithm" (1993).
    """

    _held = ("prev", "step_size")

    def __init__(
        self,
        params: Iterable[Any],
        lr: Any = 1e-2,
        etas: tuple[float, float] = (0.5, 1.2),
        step_sizes: tuple[float, float] = (1e-6, 50),
        *,
        capturable: bool = False,
        foreach: bool | None = None,
        maximize: bool = False,
        differentiable: bool = False,
    ) -> None:
        check_lr(lr)
        require_not_negative("learning rate", lr)
        require(0.0 < etas[0] < 1.0 < etas[1], "eta values", f"{etas[0]}, {etas[1]}")
        defaults = {
            "lr": lr,
            "etas": etas,
            "step_sizes": step_sizes,
            "foreach": foreach,
            "maximize": maximize,
            "differentiable": differentiable,
            "capturable": capturable,
        }
        super().__init__(params, defaults)

    def _begin(self, p: Any, state: dict[str, Any], group: dict[str, Any]) -> None:
        super()._begin(p, state, group)
        lr = value_of(group["lr"])
        state["step_size"] = wrap(np.full_like(p._data, complex(lr, lr) if p.is_complex() else lr))

    def _check(self, params: list[Any], group: dict[str, Any]) -> None:
        super()._check(params, {**group, "capturable": False})
        check_capturable({**group, "foreach": False})  # torch names the same devices for both kernels

    @staticmethod
    def _factors(direction: Any, group: dict[str, Any]) -> Any:
        """What the step sizes are multiplied with, of the product of two gradients' signs, in its place."""
        shrinking, growing = group["etas"]
        direction[direction > 0] = growing
        direction[direction < 0] = shrinking
        direction[direction == 0] = 1
        return direction

    def _move(self, x: Array, g: Array, *held: Array, t: float, group: dict[str, Any]) -> None:
        previous, step_size = held
        factor = self._factors(sign(g * previous), group)
        np.multiply(step_size, factor, step_size)
        np.clip(step_size, *group["step_sizes"], out=step_size)
        np.copyto(previous, g)
        previous[factor == factor.dtype.type(group["etas"][0])] = 0
        addcmul(x, -1, sign(previous), step_size)

    def _record(self, p: Any, g: Any, *held: Any, t: float, state: dict[str, Any], group: dict[str, Any]) -> None:
        previous, step_size = held
        factor = self._factors((g * previous.clone()).sign(), group)
        step_size.mul_(factor).clamp_(*group["step_sizes"])
        g = g.masked_fill(factor == group["etas"][0], 0)
        p.addcmul_(g.sign(), step_size.clone(), value=-1)
        previous.copy_(g)
