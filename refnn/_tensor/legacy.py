"""torch.FloatTensor and its kin, which older scripts name: each stands for one dtype and makes tensors of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from refnn import dtypes
from refnn.autograd.base import TensorBase, wrap
from refnn.autograd.once import warn_once
from refnn.functions import from_data
from refnn.functions._checks import type_name
from refnn.functions._scalars import c_name
from refnn.types import Size, strided
from refnn.types import device as Device

__all__ = [
    "BFloat16Tensor",
    "BoolTensor",
    "ByteTensor",
    "CharTensor",
    "DoubleTensor",
    "FloatTensor",
    "HalfTensor",
    "IntTensor",
    "LongTensor",
    "ShortTensor",
    "TensorType",
    "dtype_of",
    "make",
    "new",
    "set_default_tensor_type",
]

_DEPRECATED = (
    "torch.set_default_tensor_type() is deprecated as of PyTorch 2.1, please use torch.set_default_dtype() and "
    "torch.set_default_device() as alternatives."
)
_OPTIONS = "TensorOptions(dtype={}, device=cpu, layout=Strided, requires_grad=false (default), "
_OPTIONS += "pinned_memory=false (default), memory_format=(nullopt))"


def make(kind: dtypes.dtype, args: tuple[Any, ...], size: Any = None, device: Any = None) -> NDArray[Any]:
    """A new array: uninitialised of the sizes, or with a sequence's values.

    Raises TypeError for what is neither, RuntimeError for another device.
    """
    if device is not None and Device(device).type != "cpu":
        raise RuntimeError(
            f"legacy constructor expects device type: cpu but device type: {Device(device).type} was passed"
        )
    if size is not None:
        args = (Size(size),)
    if not args:
        return np.empty(0, kind.numpy)
    first = args[0]
    if len(args) == 1 and isinstance(first, Size):
        return np.empty(first, kind.numpy)
    if all(_is_length(a) for a in args):
        return np.empty([int(a) for a in args], kind.numpy)
    if isinstance(first, str):
        raise TypeError("new(): invalid data type 'str'")
    if len(args) > 1 or not isinstance(first, (Sequence, np.ndarray)):
        raise TypeError(f"new(): data must be a sequence (got {type_name(first)})")
    values: NDArray[Any] = from_data.array_of(first if isinstance(first, np.ndarray) else list(first), kind)
    return values


def _is_length(value: Any) -> bool:
    if isinstance(value, np.ndarray):
        return value.ndim == 0 and value.dtype.kind in "iu"
    return isinstance(value, (int, np.integer))


def new(tensor: Any, *args: Any, size: Any = None, device: Any = None) -> Any:
    """A tensor of this one's dtype, as the types of this file make one. Source: torch.Tensor.new."""
    return wrap(make(tensor.dtype, args, size, device))


class TensorType(type):
    """The type of torch.FloatTensor and its kin, which are no classes of tensors: they only name a dtype.

    A tensor of the dtype counts as an instance. torch.FloatTensor(2, 3) is uninitialised, torch.FloatTensor([1, 2])
    holds the values, torch.FloatTensor(tensor) shares a tensor's memory.
    """

    dtype: dtypes.dtype
    layout = strided
    is_cuda = is_sparse = False

    def __call__(cls, *args: Any, size: Any = None, device: Any = None) -> Any:
        if len(args) == 1 and isinstance(args[0], TensorBase):
            given: Any = args[0]
            if given.dtype is not cls.dtype:
                expected, got = (_OPTIONS.format(c_name(kind)) for kind in (cls.dtype, given.dtype))
                raise TypeError(f"expected {expected} (got {got})")
            return given.detach()
        return wrap(make(cls.dtype, args, size, device))

    def __instancecheck__(cls, instance: Any) -> bool:
        return isinstance(instance, TensorBase) and instance.dtype is cls.dtype  # type: ignore[attr-defined]


def _type_of(kind: dtypes.dtype) -> TensorType:
    return TensorType(f"{kind.title}Tensor", (), {"dtype": kind, "__module__": "refnn", "__doc__": None})


BFloat16Tensor = _type_of(dtypes.bfloat16)
BoolTensor = _type_of(dtypes.bool)
ByteTensor = _type_of(dtypes.uint8)
CharTensor = _type_of(dtypes.int8)
DoubleTensor = _type_of(dtypes.float64)
FloatTensor = _type_of(dtypes.float32)
HalfTensor = _type_of(dtypes.float16)
IntTensor = _type_of(dtypes.int32)
LongTensor = _type_of(dtypes.int64)
ShortTensor = _type_of(dtypes.int16)


def dtype_of(kind: Any) -> Any:
    """The dtype that a type, or its name with torch before it, stands for; Tensor for the default. Others as they are.

    Raises ValueError for another name, TypeError for a type that CUDA has.
    """
    if isinstance(kind, TensorType):
        return kind.dtype
    if isinstance(kind, type):
        if issubclass(kind, TensorBase):
            return dtypes.get_default_dtype()
        raise ValueError(f"invalid type: '{kind.__name__}'")
    if not isinstance(kind, str):
        return kind
    if kind.startswith("torch.cuda."):
        raise TypeError(f"type {kind} not available. Torch not compiled with CUDA enabled.")
    named = {f"torch.{d.title}Tensor": d for d in dtypes.ALL}
    if kind not in named:
        raise ValueError(f"invalid type: '{kind}'")
    return named[kind]


def set_default_tensor_type(t: Any, /) -> None:
    """Set the default floating dtype by such a type or its name. Source: torch.set_default_tensor_type.

    Raises TypeError for a type that is not floating, or is none; ValueError for another name.
    """
    warn_once(_DEPRECATED)
    kind = dtype_of(t)
    if not isinstance(kind, dtypes.dtype):
        raise TypeError("invalid type object: only floating-point types are supported as the default type")
    dtypes.set_default_dtype(kind)
