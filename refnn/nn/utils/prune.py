"""Pruning: parameters with some of their values held at 0 by a mask.

The parameter `weight` becomes `weight_orig`, the mask is the buffer `weight_mask`, and a hook sets the plain
attribute `weight` to their product before each call.
"""

from __future__ import annotations

import numbers
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from typing import Any, TypeVar

from refnn.functions.creation import ones_like, zeros_like
from refnn.functions.random import rand, rand_like
from refnn.functions.sorting import kthvalue, topk
from refnn.functions.statistics import norm
from refnn.nn.modules.module import Module
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


class BasePruningMethod(ABC):
    """A hook that multiplies a parameter with a mask, and the rule by which the mask is made.

    A subclass defines `compute_mask` and PRUNING_TYPE: "unstructured" chooses single values, "structured" whole
    slices along `dim`, "global" does not care what was pruned before.

    Source: torch.nn.utils.prune.BasePruningMethod.
    """

    _tensor_name: str
    PRUNING_TYPE: str

    def __call__(self, module: Module, inputs: Any) -> None:
        setattr(module, self._tensor_name, self.apply_mask(module))

    @abstractmethod
    def compute_mask(self, t: Any, default_mask: Any) -> Any:
        """The new mask, from the importance t of each value and the mask so far, both of the parameter's shape."""

    def apply_mask(self, module: Module) -> Any:
        """mask ∘ original of a module's parameter."""
        if self._tensor_name is None:
            raise AssertionError(f"Module {module} has to be pruned")
        mask, original = (getattr(module, self._tensor_name + suffix) for suffix in ("_mask", "_orig"))
        return mask.to(dtype=original.dtype) * original

    @classmethod
    def apply(cls, module: Any, name: str, *args: Any, importance_scores: Any = None, **kwargs: Any) -> Any:
        """Prune a module's parameter by cls(*args, **kwargs), on top of what was pruned before. Returns the hook.

        Values of low `importance_scores`, by default the parameter itself, go first. What raises leaves the
        parameter as it was.
        """
        former = _take_hook(module, name)
        method: Any = cls(*args, **kwargs)
        method._tensor_name = name
        if former is not None:
            container = former if isinstance(former, PruningContainer) else PruningContainer(former)
            container.add_pruning_method(method)
            method = container
        original = getattr(module, name)
        if importance_scores is None:
            importance_scores = original
        elif importance_scores.shape != original.shape:
            raise AssertionError(
                f"importance_scores should have the same shape as parameter {name} of {module}, got "
                f"{importance_scores.shape} vs {original.shape}"
            )
        if former is None:
            module.register_parameter(name + "_orig", original)
            del module._parameters[name]
            before = ones_like(original)
        else:
            before = getattr(module, name + "_mask").detach().clone(memory_format=contiguous_format)
        try:
            module.register_buffer(name + "_mask", method.compute_mask(importance_scores, default_mask=before))
            setattr(module, name, method.apply_mask(module))
            module.register_forward_pre_hook(method)
        except Exception:
            if former is None:
                module.register_parameter(name, getattr(module, name + "_orig"))
                del module._parameters[name + "_orig"]
            raise
        return method

    def prune(self, t: Any, default_mask: Any = None, importance_scores: Any = None) -> Any:
        """t with its mask applied, by the same rule and without a module."""
        if importance_scores is None:
            importance_scores = t
        elif importance_scores.shape != t.shape:
            raise AssertionError(
                f"importance_scores should have the same shape as tensor t, got {importance_scores.shape} vs {t.shape}"
            )
        before = ones_like(t) if default_mask is None else default_mask
        return t * self.compute_mask(importance_scores, default_mask=before)

    def remove(self, module: Any) -> None:
        """Make the masked value an ordinary parameter again. What was pruned stays 0."""
        name = self._tensor_name
        if name is None:
            raise AssertionError(f"Module {module} has to be pruned before pruning can be removed")
        value = self.apply_mask(module)
        if hasattr(module, name):
            delattr(module, name)
        original = module._parameters[name + "_orig"]
        original.data = value.data
        del module._parameters[name + "_orig"]
        del module._buffers[name + "_mask"]
        setattr(module, name, original)


def _take_hook(module: Any, name: str) -> Any:
    """The hook that prunes a parameter so far, taken away from the module; None if there is none."""
    found = {
        key: hook
        for key, hook in module._forward_pre_hooks.items()
        if isinstance(hook, BasePruningMethod) and hook._tensor_name == name
    }
    if len(found) > 1:
        raise AssertionError(
            f"Avoid adding multiple pruning hooks to the same tensor {name} of module {module}. Use a PruningContainer."
        )
    for key in found:
        del module._forward_pre_hooks[key]
    return next(iter(found.values()), None)


class PruningContainer(BasePruningMethod):
    """Several pruning methods of one parameter, one after the other.

    Raises TypeError for what is no method, ValueError for one of another parameter.

    Source: torch.nn.utils.prune.PruningContainer.
    """

    def __init__(self, *args: Any) -> None:
        self._pruning_methods: tuple[Any, ...] = ()
        if len(args) == 1:
            self._tensor_name = args[0]._tensor_name
        for method in args:
            self.add_pruning_method(method)

    def add_pruning_method(self, method: Any) -> None:
        """Append a method."""
        if not isinstance(method, BasePruningMethod) and method is not None:
            raise TypeError(f"{type(method)} is not a BasePruningMethod subclass")
        if method is not None and self._tensor_name != method._tensor_name:
            raise ValueError(
                f"Can only add pruning methods acting on the parameter named '{self._tensor_name}' to PruningContainer "
                f"{self}. Found '{method._tensor_name}'"
            )
        self._pruning_methods += (method,)

    def __len__(self) -> int:
        return len(self._pruning_methods)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._pruning_methods)

    def __getitem__(self, idx: Any) -> Any:
        return self._pruning_methods[idx]

    def compute_mask(self, t: Any, default_mask: Any) -> Any:
        """The mask so far, with the last method applied to what it leaves: to the values, or slices, not pruned."""
        method = self._pruning_methods[-1]
        mask = default_mask.to(dtype=t.dtype)
        part = _left(method, t, default_mask)
        partial = method.compute_mask(t[part], default_mask=default_mask[part])
        mask[part] = partial.to(dtype=mask.dtype)
        return mask


def _left(method: Any, t: Any, mask: Any) -> Any:
    """The index of what a method may still prune."""
    n = t.dim()
    if method.PRUNING_TYPE == "unstructured":
        return mask == 1
    if method.PRUNING_TYPE == "global":
        return (slice(None),) * n
    if method.PRUNING_TYPE != "structured":
        raise ValueError(f"Unrecognized PRUNING_TYPE {method.PRUNING_TYPE}")
    if not hasattr(method, "dim"):
        raise AttributeError('Pruning methods of PRUNING_TYPE "structured" need to have the attribute `dim` defined.')
    dim = method.dim + n if method.dim < 0 else method.dim
    if dim < 0:
        raise IndexError(f"Index is out of bounds for tensor with dimensions {n}")
    kept = mask.sum(dim=[d for d in range(n) if d != dim]) != 0
    return _along(dim, kept, n)


def _along(dim: int, index: Any, n: int) -> tuple[Any, ...]:
    """The key that indexes one of n dimensions."""
    key: list[Any] = [slice(None)] * n
    key[dim] = index
    return tuple(key)


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
    ones[_along(dim, kept, t.dim())] = 1
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
