"""Parameter and Buffer: tensors that a module registers when they are assigned to it."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

import numpy as np

from refnn import dtypes
from refnn.autograd.base import TensorBase, wrap
from refnn.tensor import Tensor

__all__ = ["Buffer", "Parameter"]


def _no_values() -> Any:
    return wrap(np.empty(0, dtypes.get_default_dtype().numpy))


class _ParameterMeta(type):
    """Lets an instance of a Tensor's subclass be a Parameter as well, by a mark."""

    def __instancecheck__(cls, instance: Any) -> bool:
        if cls is Parameter and isinstance(instance, TensorBase) and getattr(instance, "_is_param", False):
            return True
        return super().__instancecheck__(instance)


class Parameter(Tensor, metaclass=_ParameterMeta):
    """A leaf tensor that training changes: a module lists it among its `parameters()`.

    Shares memory with `data`, an empty tensor by default. Raises RuntimeError if `requires_grad` is True
    and the dtype is neither floating-point nor complex.

    Source: torch.nn.Parameter.
    """

    def __new__(cls, data: Any = None, requires_grad: bool = True) -> Any:
        data = _no_values() if data is None else data
        plain = data.detach()
        if type(data) is not Tensor and type(data) is not Parameter:
            return _marked(data, plain, requires_grad)
        if requires_grad and not (plain.is_floating_point() or plain.is_complex()):
            raise RuntimeError("Only Tensors of floating point and complex dtype can require gradients")
        self = object.__new__(cls)
        self._data = plain._data
        self._box = plain._box
        self._requires_grad = bool(requires_grad)
        return self

    def __init__(self, data: Any = None, requires_grad: bool = True) -> None:
        """Everything is done by `__new__`, which may return an instance of another class."""

    def __repr__(self, *, tensor_contents: Any = None) -> str:  # type: ignore[override]
        return "Parameter containing:\n" + super().__repr__()

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        if id(self) not in memo:
            memo[id(self)] = type(self)(self.data.clone(), self.requires_grad)
        return memo[id(self)]

    def __reduce_ex__(self, protocol: Any) -> Any:
        attributes = {name: value for name, value in vars(self).items() if name not in TensorBase.__annotations__}
        return _rebuild_parameter, (self.data, self.requires_grad, OrderedDict(), attributes)


def _marked(data: Any, detached: Any, requires_grad: bool) -> Any:
    """A Parameter that keeps the class of `data`, a subclass of Tensor."""
    if type(detached) is not type(data):
        raise RuntimeError(
            f"Creating a Parameter from an instance of type {type(data).__name__} requires that detach() "
            f"returns an instance of the same type, but return type {type(detached).__name__} was found "
            "instead. To use the type as a Parameter, please correct the detach() semantics defined by its "
            "__torch_dispatch__() implementation."
        )
    marked = detached.requires_grad_(requires_grad)
    marked._is_param = True
    return marked


def _rebuild_parameter(data: Any, requires_grad: bool, hooks: Any, attributes: dict[str, Any]) -> Any:
    parameter = Parameter(data, requires_grad)
    parameter._hooks = hooks or None
    vars(parameter).update(attributes)
    return parameter


class _BufferMeta(type):
    """A Buffer is a plain Tensor with a mark."""

    def __instancecheck__(cls, instance: Any) -> bool:
        if cls is Buffer and isinstance(instance, TensorBase) and getattr(instance, "_is_buffer", False):
            return True
        return super().__instancecheck__(instance)


class Buffer(Tensor, metaclass=_BufferMeta):
    """A tensor that is state but no parameter. Saved in `state_dict` if `persistent`.

    Shares memory with `data`, an empty tensor by default.

    Source: torch.nn.Buffer.
    """

    persistent: bool
    _is_buffer: bool

    def __new__(cls, data: Any = None, *, persistent: bool = True) -> Any:
        data = _no_values() if data is None else data
        buffer = data.detach().requires_grad_(data.requires_grad)
        buffer.persistent = persistent
        buffer._is_buffer = True
        return buffer
