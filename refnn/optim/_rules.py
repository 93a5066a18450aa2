"""What optimizers share whose step is one rule for each parameter, with its gradient and its state."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from refnn.autograd.base import wrap
from refnn.autograd.modes import set_grad_enabled
from refnn.autograd.op import Array
from refnn.functions.complexes import view_as_real
from refnn.optim._arrays import add_scaled, negated, quiet, scalar, scale
from refnn.optim._batches import batches
from refnn.optim._options import advance, check_capturable, fill_in, first_step, restore_counters, squeezed, value_of
from refnn.optim.optimizer import Optimizer

__all__ = ["RuleOptimizer", "root_of", "sum_with"]


def sum_with(x: Array, a: Any) -> Array:
    """x + a, of x's dtype."""
    return np.add(x, scalar(a, x.dtype), np.empty_like(x), casting="unsafe")


def root_of(x: Array) -> Array:
    """√x, in place."""
    return np.sqrt(x, x)


class RuleOptimizer(Optimizer):
    """A subclass names its state in `_held`, and defines the rule on arrays, `_move`, and on the tape, `_record`.

    Both are given a gradient that has been negated to maximize, and to which weight decay has been added, or the
    parameter shrunk by it.
    """

    _held: tuple[str, ...] = ()
    # Options that older files lack, in the order in which they are added, and what such files hold as numbers.
    _later: dict[str, Any] = {"foreach": None, "maximize": False, "differentiable": False, "capturable": False}
    _counters: tuple[str, ...] = ("step",)
    # What has to be on an accelerator for `capturable`, in the words of the loop over parameters and of `foreach`.
    _placed = ("params and state_steps", "params and state_steps")

    def _names(self, group: dict[str, Any]) -> tuple[str, ...]:
        """What a state holds, where that depends on options."""
        return self._held

    def _move(self, x: Array, g: Array, *held: Array, t: float, group: dict[str, Any]) -> None:
        raise NotImplementedError

    def _record(self, p: Any, g: Any, *held: Any, t: float, state: dict[str, Any], group: dict[str, Any]) -> None:
        raise NotImplementedError

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        fill_in(self.param_groups, **self._later)
        restore_counters(self, self._counters)

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Update the parameters that have gradients. Returns the closure's loss."""
        loss = self._loss_of(closure)
        for group in self.param_groups:
            params = [p for p in group["params"] if p._grad is not None]
            states = [self.state[p] for p in params]
            for p, state in zip(params, states, strict=True):
                if not state:
                    self._begin(p, state, group)
            self._check(params, group)
            if self.defaults["differentiable"]:
                with set_grad_enabled(True):
                    for p in params:
                        self._on_tape(p, group)
            else:
                self._in_place(params, states, group)
        return loss

    def _begin(self, p: Any, state: dict[str, Any], group: dict[str, Any]) -> None:
        """Zeros for a parameter's first step."""
        state.setdefault("step", first_step())
        for name in self._names(group):
            state[name] = wrap(np.zeros_like(p._data))

    def _check(self, params: list[Any], group: dict[str, Any]) -> None:
        """Raise what torch raises at each step, before anything is changed."""
        if group["foreach"] and self.defaults["differentiable"]:
            raise AssertionError("_foreach ops don't support autograd")
        check_capturable(group, self._placed[bool(group["foreach"])])

    @quiet
    def _in_place(self, params: list[Any], states: list[Any], group: dict[str, Any]) -> None:
        weight_decay = value_of(group.get("weight_decay", 0))
        for t, (stepped, of_stepped) in advance(params, states).items():
            for x, g, *held in batches(self, stepped, of_stepped, self._names(group)):
                if group["maximize"]:
                    g = negated(g)
                if weight_decay != 0 and group.get("decoupled_weight_decay"):
                    scale(x, 1 - value_of(group["lr"]) * weight_decay)
                elif weight_decay != 0:
                    g = g.copy()
                    add_scaled(g, weight_decay, x)
                self._move(x, g, *held, t=t, group=group)

    def _on_tape(self, p: Any, group: dict[str, Any]) -> None:
        state, weight_decay = self.state[p], group.get("weight_decay", 0)
        state["step"].add_(1)
        g = -p.grad if group["maximize"] else p.grad
        held = [state[name] for name in self._names(group)]
        if p.is_complex():  # two numbers, updated independently
            p, g, *held = map(view_as_real, (p, g, *held))
        if weight_decay != 0 and group.get("decoupled_weight_decay"):
            p.mul_(1 - squeezed(group["lr"]) * weight_decay)
        elif weight_decay != 0:
            g = g + p.clone() * weight_decay
        self._record(p, g, *held, t=state["step"].item(), state=state, group=group)
