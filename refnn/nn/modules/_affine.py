"""Weight and bias: what linear, convolution and normalisation layers hold, and what their first values are."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

from refnn.functions.creation import empty
from refnn.nn import init
from refnn.nn.modules.module import Module
from refnn.nn.parameter import Parameter, UninitializedParameter

__all__ = [
    "add_parameters",
    "add_scale",
    "add_uninitialized",
    "draw_all",
    "draw_by_fan_in",
    "materialize",
    "reset_scale",
]


def add_parameters(module: Module, weight: tuple[int, ...], bias: int | None, **factory: Any) -> None:
    """Register `weight`, of a shape, and `bias`, of a size, or as missing. Their values are unset."""
    module.weight = Parameter(empty(weight, **factory))
    module.register_parameter("bias", None if bias is None else Parameter(empty(bias, **factory)))


def add_scale(module: Module, shape: int | tuple[int, ...], weight: bool, bias: bool, **factory: Any) -> None:
    """Register `weight` and `bias` of one shape, or as missing. Their values are unset."""
    for name, there in (("weight", weight), ("bias", bias)):
        module.register_parameter(name, Parameter(empty(shape, **factory)) if there else None)


def reset_scale(weight: Any, bias: Any) -> None:
    """Weight 1, bias 0, if there are such: what a normalisation does not change at first."""
    if weight is not None:
        init.ones_(weight)
    if bias is not None:
        init.zeros_(bias)


def add_uninitialized(module: Module, bias: bool, **factory: Any) -> None:
    """Put `weight`, and `bias` if there is one, back into the state in which their shape is not known."""
    module.weight = UninitializedParameter(**factory)
    if bias:
        module.bias = UninitializedParameter(**factory)


def materialize(module: Any, weight: tuple[int, ...], bias: int) -> None:
    """Give the uninitialized weight its shape, a bias its size, and draw their values."""
    module.weight.materialize(weight)
    if module.bias is not None:
        module.bias.materialize((bias,))
    module.reset_parameters()


def draw_by_fan_in(weight: Any, bias: Any) -> None:
    """Both from U(−1/√fan_in, 1/√fan_in): the slope √5 gives kaiming_uniform_ that bound."""
    init.kaiming_uniform_(weight, a=math.sqrt(5))
    if bias is not None:
        fan_in, _ = init._calculate_fan_in_and_fan_out(weight)
        bound = 1 / math.sqrt(fan_in) if fan_in > 0 else 0
        init.uniform_(bias, -bound, bound)


def draw_all(parameters: Iterable[Parameter], size: int) -> None:
    """Each from U(−1/√size, 1/√size)."""
    bound = 1 / math.sqrt(size) if size > 0 else 0
    for parameter in parameters:
        init.uniform_(parameter, -bound, bound)
