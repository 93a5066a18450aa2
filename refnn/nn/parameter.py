"""Parameter and Buffer: tensors that a module registers when they are assigned to it.

Their uninitialized forms stand for tensors whose shape is not known yet.
"""

from __future__ import annotations

import functools
from collections import OrderedDict
from typing import Any

import numpy as np

from refnn import dtypes
from refnn.autograd.base import TensorBase, wrap
from refnn.functions.creation import empty
from refnn.tensor import Tensor

__all__ = [
    "Buffer",
    "Parameter",
    "UninitializedBuffer",
    "UninitializedParameter",
    "UninitializedTensorMixin",
    "is_lazy",
]


def _no_values() -> Any:
    return wrap(np.empty(0, dtypes.get_default_dtype().numpy))


class _ByMark(type):
    """Lets any Tensor that carries the class's `_mark` be an instance of it."""

    def __instancecheck__(cls, instance: Any) -> bool:
        mark = cls.__dict__.get("_mark")  # a subclass has none: only its own instances count
        if mark is not None and isinstance(instance, TensorBase) and getattr(instance, mark, False):
            return True
        return super().__instancecheck__(instance)


class Parameter(Tensor, metaclass=_ByMark):
    """A leaf tensor that training changes: a module lists it among its `parameters()`.

    Shares memory with `data`, an empty tensor by default. Raises RuntimeError if `requires_grad` is True
    and the dtype is neither floating-point nor complex.

    Source: torch.nn.Parameter.
    """

    _mark = "_is_param"

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


class Buffer(Tensor, metaclass=_ByMark):
    """A tensor that is state but no parameter. Saved in `state_dict` if `persistent`.

    Shares memory with `data`, an empty tensor by default. It is a plain Tensor with a mark.

    Source: torch.nn.Buffer.
    """

    _mark = "_is_buffer"
    persistent: bool
    _is_buffer: bool

    def __new__(cls, data: Any = None, *, persistent: bool = True) -> Any:
        data = _no_values() if data is None else data
        buffer = data.detach().requires_grad_(data.requires_grad)
        buffer.persistent = persistent
        buffer._is_buffer = True
        return buffer


# Not yet initialized ------------------------------------------------------------------------------------


def is_lazy(param: Any) -> bool:
    """Whether `param` is an UninitializedParameter or UninitializedBuffer."""
    return isinstance(param, UninitializedTensorMixin)


def _delegated(name: str) -> Any:
    """A method of Tensor, run on the empty tensor that stands for the missing values."""
    method = getattr(Tensor, name)

    @functools.wraps(method)
    def run(self: Any, *args: Any, **kwargs: Any) -> Any:
        empty = self._without_values()
        result = method(empty, *args, **kwargs)
        return self if result is empty else self._converted(result)

    return run


class UninitializedTensorMixin:
    """A tensor that has a dtype and a device, and neither shape nor values until `materialize`.

    It can be cast and copied to; whatever else would read its values raises ValueError.

    Source: torch.nn.parameter.UninitializedTensorMixin.
    """

    cls_to_become: type[Any]

    # The empty array is kept in the instance under the same name: when the class changes, it comes to light.
    @property
    def _data(self) -> Any:
        raise ValueError(
            "Attempted to use an uninitialized parameter in a function of tensors. This error happens when you are "
            f"using a `LazyModule` or explicitly manipulating `torch.nn.parameter.{type(self).__name__}` objects. "
            "When using LazyModules Call `forward` with a dummy batch to initialize the parameters before calling "
            "torch functions"
        )

    @_data.setter
    def _data(self, array: Any) -> None:
        vars(self)["_data"] = array

    def _without_values(self) -> Any:
        empty = wrap(vars(self)["_data"])
        empty._requires_grad = vars(self).get("_requires_grad", False)
        return empty

    def _converted(self, result: Any) -> Any:
        """What a cast gives: of a parameter a tensor without values, to be put into its `data`."""
        return result

    def materialize(self, shape: Any, device: Any = None, dtype: Any = None) -> None:
        """Become a Parameter, or a Tensor, of this shape. Its values are unset.

        device and dtype are by default those it has.
        """
        own = self.data
        self.data = empty(shape, device=own.device if device is None else device, dtype=dtype or own.dtype)
        self.__class__ = self.cls_to_become

    @property
    def data(self) -> Any:
        return self._converted(self._without_values().detach())

    @data.setter
    def data(self, value: Any) -> None:
        self._data = vars(value)["_data"]  # which may itself be hidden

    @property
    def shape(self) -> Any:
        raise RuntimeError(
            "Can't access the shape of an uninitialized parameter or buffer. This error usually happens in "
            "`load_state_dict` when trying to load an uninitialized parameter into an initialized one. Call "
            "`forward` to initialize the parameters before accessing their attributes."
        )

    dtype = property(lambda self: self._without_values().dtype)
    device = property(lambda self: self._without_values().device)
    ndim = property(lambda self: 1)
    itemsize = property(lambda self: self._without_values().itemsize)
    nbytes = property(lambda self: 0)

    def share_memory_(self) -> Any:
        """Raises RuntimeError: there is no memory yet."""
        raise RuntimeError(
            "Can't share memory on an uninitialized parameter or buffer. Call `forward` to initialize the "
            "parameters before calling `module.share_memory()`."
        )

    def copy_(self, src: Any, non_blocking: bool = False) -> Any:
        self._without_values().copy_(src._without_values() if is_lazy(src) else src, non_blocking)
        return self

    def requires_grad_(self, requires_grad: bool = True) -> Any:
        return self._data  # raises

    def dim(self) -> int:
        return int(self._data.ndim)  # raises

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"

    def __reduce_ex__(self, protocol: Any) -> Any:
        return type(self), (self._without_values().requires_grad,)

    size = _delegated("size")
    is_complex = _delegated("is_complex")
    is_floating_point = _delegated("is_floating_point")
    half = _delegated("half")
    float = _delegated("float")
    double = _delegated("double")
    char = _delegated("char")
    short = _delegated("short")
    int = _delegated("int")
    long = _delegated("long")
    cpu = _delegated("cpu")
    to = _delegated("to")
    get_device = _delegated("get_device")


def _uninitialized(cls: type[Any], requires_grad: bool, device: Any, dtype: Any) -> Any:
    self = object.__new__(cls)
    self._data = empty(0, device=device, dtype=dtype)._data
    self._requires_grad = requires_grad
    return self


class UninitializedParameter(UninitializedTensorMixin, Parameter):  # type: ignore[misc]
    """A parameter whose shape is not known yet. `materialize` makes it a Parameter.

    Source: torch.nn.UninitializedParameter.
    """

    cls_to_become = Parameter

    def __new__(cls, requires_grad: bool = True, device: Any = None, dtype: Any = None) -> Any:
        return _uninitialized(cls, requires_grad, device, dtype)

    def __init__(self, requires_grad: bool = True, device: Any = None, dtype: Any = None) -> None:
        """Everything is done by `__new__`."""

    def __deepcopy__(self, memo: dict[Any, Any]) -> Any:
        if id(self) not in memo:
            memo[id(self)] = type(self)(self.requires_grad, self.device, self.dtype)
        return memo[id(self)]


class UninitializedBuffer(UninitializedTensorMixin, Tensor):  # type: ignore[misc]
    """A buffer whose shape is not known yet. `materialize` makes it a Tensor.

    Source: torch.nn.UninitializedBuffer.
    """

    cls_to_become = Tensor

    def __new__(
        cls, requires_grad: bool = False, device: Any = None, dtype: Any = None, persistent: bool = True
    ) -> Any:
        self = _uninitialized(cls, requires_grad, device, dtype)
        self.persistent = persistent
        self._is_buffer = True
        return self

    def _converted(self, result: Any) -> Any:
        """A buffer is replaced when it is cast, so that the result has to be one too."""
        if not isinstance(result, Tensor):
            return result
        converted = object.__new__(UninitializedBuffer)
        converted._data = result._data
        return converted
