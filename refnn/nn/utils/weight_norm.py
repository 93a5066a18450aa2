"""A weight as a length and a direction, computed by a hook before each call: the older form of
`parametrizations.weight_norm`."""

from __future__ import annotations

import warnings
from typing import Any, TypeVar

from refnn.functions.weight_norm import _weight_norm, norm_except_dim
from refnn.nn.modules.module import Module
from refnn.nn.parameter import Parameter, UninitializedParameter

__all__ = ["WeightNorm", "weight_norm", "remove_weight_norm"]

_AnyModule = TypeVar("_AnyModule", bound=Module)


class WeightNorm:
    """The hook of `weight_norm`: sets the weight to g v / ‖v‖ before forward.

    Source: torch.nn.utils.weight_norm.
    """

    name: str
    dim: int

    def __init__(self, name: str, dim: int) -> None:
        self.name = name
        self.dim = -1 if dim is None else dim

    def compute_weight(self, module: Module) -> Any:
        """g v / ‖v‖ of the module's <name>_g and <name>_v."""
        return _weight_norm(getattr(module, self.name + "_v"), getattr(module, self.name + "_g"), self.dim)

    @staticmethod
    def apply(module: Any, name: str, dim: int) -> WeightNorm:
        """Replace a parameter by its length and direction. Deprecated; raises as `weight_norm` does."""
        warnings.warn(
            "`torch.nn.utils.weight_norm` is deprecated in favor of `torch.nn.utils.parametrizations.weight_norm`.",
            FutureWarning,
            stacklevel=2,
        )
        for hook in module._forward_pre_hooks.values():
            if isinstance(hook, WeightNorm) and hook.name == name:
                raise RuntimeError(f"Cannot register two weight_norm hooks on the same parameter {name}")
        hook = WeightNorm(name, dim)
        weight = getattr(module, name)
        if isinstance(weight, UninitializedParameter):
            raise ValueError(
                "The module passed to `WeightNorm` can't have uninitialized parameters. Make sure to run the dummy "
                "forward before applying weight normalization"
            )
        del module._parameters[name]
        module.register_parameter(name + "_g", Parameter(norm_except_dim(weight, 2, hook.dim).data))
        module.register_parameter(name + "_v", Parameter(weight.data))
        setattr(module, name, hook.compute_weight(module))
        module.register_forward_pre_hook(hook)
        return hook

    def remove(self, module: Any) -> None:
        """Make the weight, as it is now, a parameter again."""
        weight = self.compute_weight(module)
        delattr(module, self.name)
        for suffix in ("_g", "_v"):
            del module._parameters[self.name + suffix]
        setattr(module, self.name, Parameter(weight.data))

    def __call__(self, module: Module, inputs: Any) -> None:
        setattr(module, self.name, self.compute_weight(module))


def weight_norm(module: _AnyModule, name: str = "weight", dim: int = 0) -> _AnyModule:
    """Replace a parameter w by <name>_g and <name>_v, with w = g v / ‖v‖ computed before each call.

    There is a g for each index of `dim`, or one if it is None. Returns the module. Deprecated in favour of
    `parametrizations.weight_norm`.

    Raises RuntimeError where it is applied twice, ValueError for an uninitialized parameter.

    Source: torch.nn.utils.weight_norm; Salimans and Kingma, 2016.
    """
    WeightNorm.apply(module, name, dim)
    return module


def remove_weight_norm(module: _AnyModule, name: str = "weight") -> _AnyModule:
    """Undo `weight_norm`, keeping the weight's value. Returns the module; raises ValueError where there is none.

    Source: torch.nn.utils.remove_weight_norm.
    """
    for key, hook in module._forward_pre_hooks.items():
        if isinstance(hook, WeightNorm) and hook.name == name:
            hook.remove(module)
            del module._forward_pre_hooks[key]
            return module
    raise ValueError(f"weight_norm of '{name}' not found in {module}")
