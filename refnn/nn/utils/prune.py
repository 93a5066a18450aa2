"""Pruning: parameters with some of their values held at 0 by a mask.

The parameter `weight` becomes `weight_orig`, the mask is the buffer `weight_mask`, and a hook sets the plain
attribute `weight` to their product before each call.
"""

from __future__ import annotations

import numbers
from collections.abc import Iterable
from typing import Any, TypeVar

from refnn.functions.creation import ones_like, zeros_like
from refnn.functions.random import rand, rand_like
from refnn.functions.sorting import kthvalue, topk
from refnn.functions.statistics import norm
from refnn.nn.modules.module import Module
from refnn.nn.utils._prune_base import BasePruningMethod, PruningContainer, along
from refnn.nn.utils.convert_parameters import parameters_to_vector
from refnn.types import contiguous_format

__all__ = [
    "BasePruningMethod",
    "CustomFromMask",
    "Identity",
    "L1Unstructured",
    "LnStructured",
    "PruningContainer",
    "RandomStructured",
    "RandomUnstructured",
    "custom_from_mask",
    "global_unstructured",
    "identity",
    "is_pruned",
    "l1_unstructured",
    "ln_structured",
    "random_structured",
    "random_unstructured",
    "remove",
]

_AnyModule = TypeVar("_AnyModule", bound=Module)


class Identity(BasePruningMethod):
    """Prunes nothing: the parameter gets a mask of ones.

    Source: torch.nn.utils.prune.Identity.
    """

    PRUNING_TYPE = "unstructured"

    def compute_mask(self, t: Any, default_mask: Any) -> Any:
        """The mask so far."""
        return default_mask

    @classmethod
    def apply(cls, module: Any, name: str) -> Any:  # type: ignore[override]
        """Give a parameter its mask of ones."""
        return super().apply(module, name)


class RandomUnstructured(BasePruningMethod):
    """Prunes values at random: `amount` of them, a fraction or a number.

    Raises TypeError for an amount that is no number, ValueError for one that is out of range.

    Source: torch.nn.utils.prune.RandomUnstructured.
    """

    PRUNING_TYPE = "unstructured"

    def __init__(self, amount: float) -> None:
        _validate_pruning_amount_init(amount)
        self.amount = amount

    def compute_mask(self, t: Any, default_mask: Any) -> Any:
        """The mask so far, with zeros at the largest of as many uniform numbers."""
        return _without(t, default_mask, self.amount, lambda: rand_like(t), largest=True)

    @classmethod
    def apply(cls, module: Any, name: str, amount: float) -> Any:  # type: ignore[override]
        """Prune a parameter so."""
        return super().apply(module, name, amount=amount)


class L1Unstructured(BasePruningMethod):
    """Prunes the values nearest to 0: `amount` of them, a fraction or a number.

    Raises TypeError for an amount that is no number, ValueError for one that is out of range.

    Source: torch.nn.utils.prune.L1Unstructured.
    """

    PRUNING_TYPE = "unstructured"

    def __init__(self, amount: float) -> None:
        _validate_pruning_amount_init(amount)
        self.amount = amount

    def compute_mask(self, t: Any, default_mask: Any) -> Any:
        """The mask so far, with zeros where |t| is smallest."""
        return _without(t, default_mask, self.amount, lambda: t.abs(), largest=False)

    @classmethod
    def apply(cls, module: Any, name: str, amount: float, importance_scores: Any = None) -> Any:  # type: ignore[override]
        """Prune a parameter so."""
        return super().apply(module, name, amount=amount, importance_scores=importance_scores)


def _without(t: Any, mask: Any, amount: float, scores: Any, largest: bool) -> Any:
    """The mask with zeros at the largest or the smallest scores."""
    count = _checked_count(amount, t.nelement())
    mask = mask.clone(memory_format=contiguous_format)
    if count != 0:
        mask.view(-1)[topk(scores().view(-1), k=count, largest=largest).indices] = 0
    return mask


class RandomStructured(BasePruningMethod):
    """Prunes slices along `dim` at random: `amount` of them, a fraction or a number.

    Raises TypeError for an amount that is no number, ValueError for one that is out of range and for a vector,
    IndexError for a dim out of range.

    Source: torch.nn.utils.prune.RandomStructured.
    """

    PRUNING_TYPE = "structured"

    def __init__(self, amount: float, dim: int = -1) -> None:
        _validate_pruning_amount_init(amount)
        self.amount = amount
        self.dim = dim

    def compute_mask(self, t: Any, default_mask: Any) -> Any:
        """The mask so far, with zeros in the slices of the smallest of as many uniform numbers."""
        _validate_slices(t, self.dim)
        n = t.shape[self.dim]
        count = _checked_count(self.amount, n)
        if count == 0:
            return default_mask
        draws = rand(n)
        return _only(draws > kthvalue(draws, k=count).values, self.dim, t, default_mask)

    @classmethod
    def apply(cls, module: Any, name: str, amount: float, dim: int = -1) -> Any:  # type: ignore[override]
        """Prune a parameter so."""
        return super().apply(module, name, amount=amount, dim=dim)


class LnStructured(BasePruningMethod):
    """Prunes the slices along `dim` of the smallest n-norm: `amount` of them, a fraction or a number.

    Raises TypeError for an amount that is no number, ValueError for one that is out of range and for a vector,
    IndexError for a dim out of range.

    Source: torch.nn.utils.prune.LnStructured.
    """

    PRUNING_TYPE = "structured"

    def __init__(self, amount: float, n: Any, dim: int = -1) -> None:
        _validate_pruning_amount_init(amount)
        self.amount = amount
        self.n = n
        self.dim = dim

    def compute_mask(self, t: Any, default_mask: Any) -> Any:
        """The mask so far, with zeros in all slices but those of the largest norms."""
        _validate_slices(t, self.dim)
        n = t.shape[self.dim]
        count = _checked_count(self.amount, n)
        kept = topk(_norm_of_slices(t, self.n, self.dim), k=n - count, largest=True).indices
        return default_mask if count == 0 else _only(kept, self.dim, t, default_mask)

    @classmethod
    def apply(  # type: ignore[override]
        cls, module: Any, name: str, amount: float, n: Any, dim: int, importance_scores: Any = None
    ) -> Any:
        """Prune a parameter so."""
        return super().apply(module, name, amount=amount, n=n, dim=dim, importance_scores=importance_scores)


def _only(kept: Any, dim: int, t: Any, mask: Any) -> Any:
    """The mask, and zeros in all slices but those kept."""
    ones = zeros_like(t)
    ones[along(dim, kept, t.dim())] = 1
    ones *= mask.to(dtype=ones.dtype)
    return ones


def _norm_of_slices(t: Any, n: Any, dim: int) -> Any:
    dims = list(range(t.dim()))
    dims.remove(dims[dim] if dim < 0 else dim)
    return norm(t, p=n, dim=dims)


class CustomFromMask(BasePruningMethod):
    """Prunes where a given mask is 0.

    Source: torch.nn.utils.prune.CustomFromMask.
    """

    PRUNING_TYPE = "global"

    def __init__(self, mask: Any) -> None:
        self.mask = mask

    def compute_mask(self, t: Any, default_mask: Any) -> Any:
        """The product of both masks."""
        if default_mask.shape != self.mask.shape:
            raise AssertionError(
                f"default_mask shape {default_mask.shape} must match self.mask shape {self.mask.shape}"
            )
        return default_mask * self.mask.to(dtype=default_mask.dtype)

    @classmethod
    def apply(cls, module: Any, name: str, mask: Any) -> Any:  # type: ignore[override]
        """Prune a parameter so."""
        return super().apply(module, name, mask=mask)


# Functions ------------------------------------------------------------------------------------------------


def identity(module: _AnyModule, name: str) -> _AnyModule:
    """Give a parameter a mask of ones. Returns the module.

    Source: torch.nn.utils.prune.identity.
    """
    Identity.apply(module, name)
    return module


def random_unstructured(module: _AnyModule, name: str, amount: float) -> _AnyModule:
    """Prune `amount` of a parameter's values at random. Returns the module.

    Source: torch.nn.utils.prune.random_unstructured.
    """
    RandomUnstructured.apply(module, name, amount)
    return module


def l1_unstructured(module: _AnyModule, name: str, amount: float, importance_scores: Any = None) -> _AnyModule:
    """Prune the `amount` of a parameter's values that are nearest to 0. Returns the module.

    Source: torch.nn.utils.prune.l1_unstructured.
    """
    L1Unstructured.apply(module, name, amount=amount, importance_scores=importance_scores)
    return module


def random_structured(module: _AnyModule, name: str, amount: float, dim: int) -> _AnyModule:
    """Prune `amount` of a parameter's slices along `dim` at random. Returns the module.

    Source: torch.nn.utils.prune.random_structured.
    """
    RandomStructured.apply(module, name, amount, dim)
    return module


def ln_structured(
    module: _AnyModule, name: str, amount: float, n: Any, dim: int, importance_scores: Any = None
) -> _AnyModule:
    """Prune the `amount` of a parameter's slices along `dim` that have the smallest n-norm. Returns the module.

    Source: torch.nn.utils.prune.ln_structured.
    """
    LnStructured.apply(module, name, amount, n, dim, importance_scores=importance_scores)
    return module


def global_unstructured(
    parameters: Any, pruning_method: type[Any], importance_scores: dict[Any, Any] | None = None, **kwargs: Any
) -> None:
    """Prune several parameters, pairs of (module, name), as if they were one.

    `importance_scores` has tensors for some of the pairs; `kwargs` are those of the method.

    Raises TypeError for parameters that are no iterable, scores that are no dict, and structured methods.

    Source: torch.nn.utils.prune.global_unstructured.
    """
    if not isinstance(parameters, Iterable):
        raise TypeError("global_unstructured(): parameters is not an Iterable")
    given = {} if importance_scores is None else importance_scores
    if not isinstance(given, dict):
        raise TypeError("global_unstructured(): importance_scores must be of type dict")
    scores = parameters_to_vector([given.get((m, name), getattr(m, name)) for m, name in parameters])
    before = parameters_to_vector([getattr(m, name + "_mask", ones_like(getattr(m, name))) for m, name in parameters])
    container = PruningContainer()
    container._tensor_name = "temp"
    method = pruning_method(**kwargs)
    method._tensor_name = "temp"
    if method.PRUNING_TYPE != "unstructured":
        raise TypeError(
            f'Only "unstructured" PRUNING_TYPE supported for the `pruning_method`. Found method {pruning_method} of '
            f"type {method.PRUNING_TYPE}"
        )
    container.add_pruning_method(method)
    mask = container.compute_mask(scores, before)
    start = 0
    for module, name in parameters:
        parameter = getattr(module, name)
        stop = start + parameter.numel()
        custom_from_mask(module, name, mask=mask[start:stop].view_as(parameter))
        start = stop


def custom_from_mask(module: _AnyModule, name: str, mask: Any) -> _AnyModule:
    """Prune a parameter where a mask of its shape is 0. Returns the module.

    Source: torch.nn.utils.prune.custom_from_mask.
    """
    CustomFromMask.apply(module, name, mask)
    return module


def remove(module: _AnyModule, name: str) -> _AnyModule:
    """Make a pruned parameter, as it is now, an ordinary one again. Returns the module.

    Raises ValueError where it is not pruned.

    Source: torch.nn.utils.prune.remove.
    """
    for key, hook in module._forward_pre_hooks.items():
        if isinstance(hook, BasePruningMethod) and hook._tensor_name == name:
            hook.remove(module)
            del module._forward_pre_hooks[key]
            return module
    raise ValueError(f"Parameter '{name}' of module {module} has to be pruned before pruning can be removed")


def is_pruned(module: Module) -> bool:
    """Whether a parameter of the module, or below it, is pruned.

    Source: torch.nn.utils.prune.is_pruned.
    """
    hooks = (hook for part in module.modules() for hook in part._forward_pre_hooks.values())
    return any(isinstance(hook, BasePruningMethod) for hook in hooks)


# Checks ---------------------------------------------------------------------------------------------------


def _validate_pruning_amount_init(amount: Any) -> None:
    if not isinstance(amount, numbers.Real):
        raise TypeError(f"Invalid type for amount: {amount}. Must be int or float.")
    whole = isinstance(amount, numbers.Integral)
    if amount < 0 or (not whole and float(amount) > 1.0):
        raise ValueError(f"amount={amount} should either be a float in the range [0, 1] or a non-negative integer")


def _checked_count(amount: Any, size: int) -> Any:
    """How many of `size` to prune. Raises ValueError for more than there are."""
    if not isinstance(amount, numbers.Integral):
        return round(amount * size)
    if int(amount) > size:
        raise ValueError(f"amount={amount} should be smaller than the number of parameters to prune={size}")
    return amount


def _validate_slices(t: Any, dim: int) -> None:
    shape = t.shape
    if len(shape) <= 1:
        raise ValueError(
            "Structured pruning can only be applied to multidimensional tensors. Found tensor of shape "
            f"{shape} with {len(shape)} dims"
        )
    if dim >= t.dim():
        raise IndexError(f"Invalid index {dim} for tensor of size {shape}")
