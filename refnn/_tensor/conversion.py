"""A tensor's values outside: Python numbers and lists, NumPy, DLPack, text, copies and pickles."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from refnn._tensor.memory import Memory
from refnn._tensor.operands import OPERANDS
from refnn.autograd import base
from refnn.autograd.base import Array
from refnn.autograd.modes import mode
from refnn.autograd.once import SCALAR, warn_once
from refnn.functions import (
    from_data,
    joining,
    rearranging,
)
from refnn.printing import tensor_text
from refnn.types import check_device


class Conversion(Memory):
    """A tensor's values as Python and NumPy have them."""

    def item(self) -> Any:
        """The only element, as a Python number."""
        if self._data.size != 1:
            raise RuntimeError(f"a Tensor with {self._data.size} elements cannot be converted to Scalar")
        value = self._data.item()
        return float(value) if self._data.dtype.kind == "V" else value

    def tolist(self) -> Any:
        """The elements as nested lists of Python numbers."""
        data = self._data
        return (data.astype(np.float32) if data.dtype.kind == "V" else data).tolist()

    def numpy(self, *, force: bool = False) -> Array:
        """The same memory as an ndarray. Raises RuntimeError where a history would be lost, unless forced."""
        if self.requires_grad and not force:
            raise RuntimeError("Can't call numpy() on Tensor that requires grad. Use tensor.detach().numpy() instead.")
        if self._data.dtype.kind == "V":
            raise TypeError("Got unsupported ScalarType BFloat16")
        self._settle()
        return self._data.view()

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Array:
        return np.array(self.numpy(), dtype=dtype, copy=copy)

    __array_priority__ = 1000

    def __array_wrap__(self, array: Array, context: Any = None, return_scalar: bool = False) -> Any:
        """What a NumPy function of this tensor returns, as a tensor; truth values as uint8, torch's rule of old."""
        array = np.asarray(array)
        return from_data.from_numpy(array.astype(np.uint8) if array.dtype == np.bool_ else array)

    def __dlpack__(self, **kwargs: Any) -> Any:
        if self.requires_grad:
            raise BufferError("Can't export tensors that require gradient, use tensor.detach()")
        self._settle()
        return self._data.__dlpack__(**kwargs)

    def __dlpack_device__(self) -> Any:
        return self._data.__dlpack_device__()

    def cpu(self, memory_format: Any = None) -> Any:
        """This tensor: it is there already."""
        return self

    def cuda(self, device: Any = None, memory_format: Any = None, **options: Any) -> Any:
        """Raises AssertionError: there is no CUDA."""
        check_device("cuda")

    def __bool__(self) -> bool:
        if self._data.size != 1:
            if not self._data.size:
                raise RuntimeError("Boolean value of Tensor with no values is ambiguous")
            raise RuntimeError("Boolean value of Tensor with more than one value is ambiguous")
        return bool(self._data.item() != 0)

    def _scalar(self, title: str) -> Any:
        """The only element, to be made a Python number of another kind."""
        if self._data.size != 1:
            raise ValueError("only one element tensors can be converted to Python scalars")
        value = self.item()
        if title != "int64_t" and self.requires_grad and mode.grad:
            warn_once(SCALAR, 4)
        if title and isinstance(value, complex) and value.imag:
            raise RuntimeError(f"value cannot be converted to type {title} without overflow")
        return value.real if title and isinstance(value, complex) else value

    def __int__(self) -> int:
        return int(self._scalar("int64_t"))

    def __float__(self) -> float:
        return float(self._scalar("double"))

    def __complex__(self) -> complex:
        return complex(self._scalar(""))

    def __index__(self) -> int:
        if self._data.size != 1 or self._data.dtype.kind not in "iub":
            raise TypeError("only integer tensors of a single element can be converted to an index")
        return int(self._data.item())

    def __len__(self) -> int:
        if not self._data.ndim:
            raise TypeError("len() of a 0-d tensor")
        return self._data.shape[0]

    def __iter__(self) -> Iterator[Any]:
        if not self._data.ndim:
            raise TypeError("iteration over a 0-d tensor")
        return iter(joining.unbind(self, 0))

    def __reversed__(self) -> Any:
        """The order along the first dimension reversed; a 0-dim tensor as it is."""
        return rearranging.flip(self, (0,)) if self._data.ndim else self

    def __contains__(self, element: Any) -> bool:
        if isinstance(element, OPERANDS):
            same: Any = self == element
            return bool(same._data.any())
        raise RuntimeError(f"Tensor.__contains__ only supports Tensor or scalar, but you passed in a {type(element)}.")

    def __repr__(self, *, tensor_contents: Any = None) -> str:
        return tensor_text(self)  # type: ignore[arg-type]

    def __format__(self, spec: str) -> str:
        if self._data.ndim == 0 and type(self) is base._tensor_class:
            return self.item().__format__(spec)
        return object.__format__(self, spec)

    def __dir__(self) -> list[str]:
        return sorted(set(super().__dir__()))

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        if not self.is_leaf:
            raise RuntimeError(
                "Only Tensors created explicitly by the user (graph leaves) support the deepcopy protocol at "
                "the moment.  "
                "If you were attempting to deepcopy a module, this may be because of a "
                "torch.nn.utils.weight_norm usage, "
                "see https://github.com/pytorch/pytorch/pull/103001"
            )
        if id(self) in memo:
            return memo[id(self)]
        self._settle()
        other: Any = object.__new__(type(self))
        memo[id(self)] = other
        other._data = _copied(self._data, memo)
        other._requires_grad = self._requires_grad
        if self._grad is not None:
            other._grad = self._grad.__deepcopy__(memo)
        vars(other).update(_attributes(self))
        return other

    def __reduce_ex__(self, protocol: Any) -> Any:
        extra = _attributes(self)
        return (
            _rebuild,
            (
                type(self),
                np.ascontiguousarray(self._data).reshape(self._data.shape),
                self.requires_grad,
                extra,
            ),
        )


def _copied(data: Array, memo: dict[int, Any]) -> Array:
    """A copy of an array; of memory that several tensors look at, one for all that `memo` knows of."""
    owner = data
    while isinstance(owner.base, np.ndarray):
        owner = owner.base
    if _bytes(owner) is None:
        return data.copy(order="K")
    made = memo.get(id(owner))
    if made is None:
        made = memo[id(owner)] = owner.copy(order="K")
    if owner is data:
        return made
    offset = data.__array_interface__["data"][0] - owner.__array_interface__["data"][0]
    return np.ndarray(data.shape, data.dtype, _bytes(made), offset, data.strides)


def _bytes(array: Array) -> Array | None:
    """The memory of an array, if it lies there without gaps in whatever order."""
    rows = array.transpose(sorted(range(array.ndim), key=lambda d: -array.strides[d]))
    return rows.reshape(-1).view(np.uint8) if rows.flags.c_contiguous else None


def _attributes(tensor: Any) -> dict[str, Any]:
    """What was set on a tensor from outside, the marks of Parameter and Buffer included."""
    return {name: value for name, value in vars(tensor).items() if name not in base.TensorBase.__annotations__}


def _rebuild(cls: type[Any], data: Array, requires_grad: bool, extra: dict[str, Any]) -> Any:
    """A tensor out of a pickle."""
    tensor = object.__new__(cls)
    tensor._data = data
    tensor._requires_grad = requires_grad
    tensor.__dict__.update(extra)
    return tensor
