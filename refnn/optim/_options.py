"""Checks that the optimizers share: options that need an accelerator, options given as tensors."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any, TypeVar

import numpy as np

from refnn import dtypes
from refnn.autograd.base import wrap
from refnn.tensor import Tensor

__all__ = [
    "advance",
    "check_capturable",
    "check_fused",
    "check_kernels",
    "check_lr",
    "fill_in",
    "first_step",
    "partition",
    "require",
    "require_betas",
    "require_not_negative",
    "restore_counters",
    "squeezed",
    "value_of",
]

Key = TypeVar("Key", bound=Hashable)

_FUSED_DEVICES = ["mps", "cuda", "xpu", "hpu", "cpu", "mtia", "privateuseone"]
_CAPTURABLE_DEVICES = ["cuda", "xpu", "hpu", "privateuseone"]


def value_of(option: Any) -> Any:
    """A tensor's only element as a NumPy scalar, which keeps its dtype in what is computed from it."""
    return option._data.reshape(())[()] if isinstance(option, Tensor) else option


def squeezed(option: Any) -> Any:
    """A tensor of one element without its dimensions; anything else as it is."""
    return option.squeeze() if isinstance(option, Tensor) and option.dim() else option


def require(holds: bool, what: str, value: Any) -> None:
    """Raise ValueError, naming an option and its value, unless its condition holds."""
    if not holds:
        raise ValueError(f"Invalid {what}: {value}")


def require_not_negative(what: str, value: Any) -> None:
    """The same for an option that is 0 or more; NaN is not."""
    require(0.0 <= value, what, value)  # noqa: SIM300 - the order that Python's error for other types tells


def require_betas(betas: Any) -> None:
    """Raise ValueError unless both are in [0, 1)."""
    for i in (0, 1):
        require(0.0 <= betas[i] < 1.0, f"beta parameter at index {i}", betas[i])


def check_lr(lr: Any) -> None:
    """Raise ValueError for a learning rate that is a tensor of more than one element."""
    if isinstance(lr, Tensor) and lr.numel() != 1:
        raise ValueError("Tensor lr must be 1-element")


def check_kernels(fused: bool | None, foreach: bool | None, differentiable: bool) -> None:
    """Raise RuntimeError for options of the fused kernels that exclude each other."""
    for other, message in (
        (differentiable, "`fused` does not support `differentiable`"),
        (foreach, "`fused` and `foreach` cannot be `True` together."),
    ):
        if fused and other:
            raise RuntimeError(message)


def fill_in(groups: list[dict[str, Any]], **defaults: Any) -> None:
    """Give options to the groups of an older file that lacks them."""
    for group in groups:
        group.update({name: value for name, value in defaults.items() if name not in group})


def restore_counters(optimizer: Any, names: tuple[str, ...]) -> None:
    """Make tensors of the counters of an older file, which were numbers."""
    for group in optimizer.param_groups:
        for p in group["params"]:
            saved = optimizer.state.get(p, {})
            for name in names if saved else ():
                if not isinstance(saved[name], Tensor):
                    saved[name] = first_step(float(saved[name]), group.get("fused"))


def check_fused(param: Any) -> None:
    """Raise RuntimeError where torch's fused kernels do not take a parameter."""
    if not param.is_floating_point():
        raise RuntimeError(
            "`fused=True` requires all the params to be floating point Tensors of supported devices: "
            f"{_FUSED_DEVICES} but {param.dtype} and {param.device.type}"
        )


def check_capturable(group: dict[str, Any], placed: str = "params and state_steps") -> None:
    """Raise AssertionError: what capturable asks for exists on accelerators only."""
    if group["capturable"] and any(p.grad is not None for p in group["params"]):
        devices = _CAPTURABLE_DEVICES if group["foreach"] else [*_CAPTURABLE_DEVICES, "xla"]
        raise AssertionError(f"If capturable=True, {placed} must be on supported devices: {devices}.")


def first_step(value: float = 0.0, fused: bool | None = False) -> Any:
    """The counter of steps, a 0-dim tensor: float32, or float64 where that is the default dtype."""
    is_double = dtypes.get_default_dtype() is dtypes.float64 and not fused
    return wrap(np.array(value, np.float64 if is_double else np.float32))


def advance(params: list[Any], states: list[Any]) -> dict[float, tuple[list[Any], list[Any]]]:
    """Count a step of each parameter. Returns, for each step there is, the parameters at it and their states."""
    return partition(params, states, _counted)


def _counted(state: dict[str, Any]) -> float:
    counter = state["step"]._data
    t: float = counter.item() + 1
    counter[()] = t
    return t


def partition(
    params: list[Any], states: list[Any], key: Callable[[dict[str, Any]], Key]
) -> dict[Key, tuple[list[Any], list[Any]]]:
    """For each key that states have, their parameters and the states."""
    groups: dict[Key, tuple[list[Any], list[Any]]] = {}
    for p, state in zip(params, states, strict=True):
        found = key(state)
        if found not in groups:
            groups[found] = [], []
        groups[found][0].append(p)
        groups[found][1].append(state)
    return groups
