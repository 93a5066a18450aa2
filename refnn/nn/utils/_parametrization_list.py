"""What a parametrized tensor is computed from: its parametrizations, in order, and the tensors that they start from."""

from __future__ import annotations

import contextlib
import types
from collections.abc import Sequence
from typing import Any

from refnn.autograd.modes import no_grad
from refnn.functions._scalars import c_name
from refnn.nn.modules.container import ModuleList
from refnn.nn.modules.module import Module
from refnn.nn.parameter import Parameter
from refnn.tensor import Tensor

__all__ = ["NO_TENSOR", "ParametrizationList", "check_same", "check_tensor", "register", "take"]


def register(module: Any, name: str, tensor: Any) -> None:
    if isinstance(tensor, Parameter):
        module.register_parameter(name, tensor)
    else:
        module.register_buffer(name, tensor)


def take(tensor: Any, source: Any) -> None:
    """Let a tensor be the memory of another, keeping its identity."""
    if tensor.dtype != source.dtype:
        given, wanted = c_name(source._data.dtype), c_name(tensor._data.dtype)
        raise RuntimeError(f"Could not set tensor of type {given} to a tensor of type {wanted}")
    tensor._data = source._data
    tensor._bump_version()


def check_same(kept: str, before: Any, after: Any, texts: tuple[str, str, str]) -> None:
    """Raise ValueError unless an attribute of two tensors, dtype or shape, is the same."""
    old, new = getattr(before, kept), getattr(after, kept)
    if old != new:
        first, one, other = (text.format(kept) for text in texts)
        raise ValueError(f"{first}\n{one}: {old}\n{other}: {new}")


def check_tensor(value: Any, text: str) -> None:
    if not isinstance(value, Tensor):
        raise ValueError(text.format(type(value).__name__))


NO_TENSOR = "A parametrization must return a tensor. Got {}."


class ParametrizationList(ModuleList):
    """The parametrizations of one tensor, in the order of their application, and what they start from.

    It is called without arguments: y = f_n(… f_1(original)). Where the last `right_inverse` on the way back
    returns several tensors, they are `original0`, `original1`, …, and f_1 takes them all.

    Made by `register_parametrization`. With `unsafe` the result may have another dtype and shape.

    Raises ValueError for no modules, and for functions that do not give back what they should.

    Source: torch.nn.utils.parametrize.ParametrizationList.
    """

    original: Any
    unsafe: bool

    def __init__(self, modules: Sequence[Module], original: Any, unsafe: bool = False) -> None:
        if len(modules) == 0:
            raise ValueError("ParametrizationList requires one or more modules.")
        super().__init__(modules)
        self.unsafe = unsafe
        was = types.SimpleNamespace(dtype=original.dtype, shape=original.shape)
        with no_grad():
            new = self._inverted(original)
        if not isinstance(new, Tensor | Sequence):
            raise ValueError(
                "'right_inverse' must return a Tensor or a Sequence of tensors (list, tuple...). "
                f"Got {type(new).__name__}"
            )
        self.is_tensor = isinstance(new, Tensor)
        self.ntensors = 1 if self.is_tensor else len(new)
        if isinstance(new, Tensor):
            self._keep_one(original, new)
        else:
            self._keep_several(original, new)
        if not unsafe:
            self._check_forward(was)

    def _inverted(self, value: Any) -> Any:
        """What the right inverses give, last module first; those that there are not leave it as it is."""
        for module in reversed(self):
            if hasattr(module, "right_inverse"):
                with contextlib.suppress(NotImplementedError):
                    value = module.right_inverse(value)
        return value

    def _keep_one(self, original: Any, new: Any) -> None:
        texts = (
            "When `right_inverse` outputs one tensor, it may not change the {}.",
            "original.{}",
            "right_inverse(original).{}",
        )
        check_same("dtype", original, new, texts)
        with no_grad():
            take(original, new)
        register(self, "original", original)

    def _keep_several(self, original: Any, new: Sequence[Any]) -> None:
        for i, part in enumerate(new):
            check_tensor(
                part,
                "'right_inverse' must return a Tensor or a Sequence of tensors (list, tuple...). "
                f"Got element {i} of the sequence with type {{}}.",
            )
            if isinstance(original, Parameter):
                part = Parameter(part, original.requires_grad)
            part.requires_grad_(original.requires_grad)
            register(self, f"original{i}", part)

    def _check_forward(self, was: Any) -> None:
        result = self()
        check_tensor(result, NO_TENSOR)
        texts = (
            "Registering a parametrization may not change the {} of the tensor, unless `unsafe` flag is enabled.",
            "unparametrized {}",
            "parametrized {}",
        )
        check_same("dtype", was, result, texts)
        check_same("shape", was, result, texts)

    def right_inverse(self, value: Any) -> None:
        """Set what the tensor is computed from, so that it becomes `value`, as far as the right inverses are true.

        Raises RuntimeError where a module has no right_inverse, ValueError for what they return in vain.
        """
        with no_grad():
            for module in reversed(self):
                if not hasattr(module, "right_inverse"):
                    raise RuntimeError(f"parametrization {type(module).__name__} does not implement right_inverse.")
                value = module.right_inverse(value)
            if self.is_tensor:
                self._set_one(value)
            else:
                self._set_several(value)

    def _set_one(self, value: Any) -> None:
        check_tensor(value, "`right_inverse` should return a tensor. Got {}")
        if value.dtype != self.original.dtype:
            raise ValueError(
                f"The tensor returned by `right_inverse` has dtype {value.dtype} while `original` has dtype "
                f"{self.original.dtype}"
            )
        take(self.original, value)

    def _set_several(self, values: Any) -> None:
        if not isinstance(values, Sequence):
            raise ValueError(f"'right_inverse' must return a sequence of tensors. Got {type(values).__name__}.")
        if len(values) != self.ntensors:
            raise ValueError(
                f"'right_inverse' must return a sequence of tensors of length {self.ntensors}. Got a sequence of "
                f"length {len(values)}."
            )
        for i, value in enumerate(values):
            original = getattr(self, f"original{i}")
            check_tensor(
                value,
                "'right_inverse' must return a sequence of tensors or reference-type opaques. "
                f"Got element {i} of type {{}}.",
            )
            if original.dtype != value.dtype:
                raise ValueError(
                    f"Tensor {i} returned by `right_inverse` has dtype {value.dtype} while `original{i}` has dtype "
                    f"{original.dtype}"
                )
            take(original, value)

    def forward(self) -> Any:
        """The tensor's value now."""
        first, *others = self
        if self.is_tensor:
            value = first(self.original)
        else:
            value = first(*[getattr(self, f"original{i}") for i in range(self.ntensors)])
        for module in others:
            value = module(value)
        return value
