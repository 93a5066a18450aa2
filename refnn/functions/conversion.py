"""Copies and conversions: torch.clone, Tensor.to, Tensor.contiguous, … ; questions about a tensor's type."""

from __future__ import annotations

from typing import Any

import numpy as np

from refnn import dtypes
from refnn.autograd.base import TensorBase
from refnn.dtypes import dtype as DType
from refnn.functions._checks import tensor_argument
from refnn.ops import creation as ops
from refnn.types import channels_last as _channels_last
from refnn.types import channels_last_3d as _channels_last_3d
from refnn.types import check_device, contiguous_format, device, memory_format, preserve_format


def clone(input: Any, *, memory_format: Any = preserve_format) -> Any:
    """A copy, through which gradients pass."""
    if memory_format in (preserve_format, contiguous_format):
        return ops.clone(input, order="K" if memory_format is preserve_format else "C")
    return contiguous(ops.clone(input), memory_format=memory_format)


_CHANNELS_LAST = {_channels_last: (0, 2, 3, 1), _channels_last_3d: (0, 2, 3, 4, 1)}


def contiguous_array(array: Any, form: memory_format) -> Any:
    """The array in a memory format, itself where it is so already."""
    order = _CHANNELS_LAST.get(form)
    if order is None:
        return array if array.flags.c_contiguous else np.ascontiguousarray(array).reshape(array.shape)
    if array.ndim != len(order):
        raise RuntimeError(f"required rank {len(order)} tensor to use {str(form)[6:]} format")
    back = tuple(np.argsort(order))
    return np.ascontiguousarray(array.transpose(order)).transpose(back)


def is_contiguous(input: Any, *, memory_format: Any = contiguous_format) -> bool:
    """Whether the elements lie in memory in the order of that format."""
    input._settle()
    order = _CHANNELS_LAST.get(memory_format)
    if order is None:
        return bool(input._data.flags.c_contiguous)
    return input._data.ndim == len(order) and bool(input._data.transpose(order).flags.c_contiguous)


def contiguous(input: Any, *, memory_format: Any = contiguous_format) -> Any:
    """input itself if it lies so in memory, else a copy that does."""
    if is_contiguous(input, memory_format=memory_format):
        return input
    if memory_format not in _CHANNELS_LAST:
        return ops.clone(input, order="C")
    copy = ops.clone(input)
    copy._data = contiguous_array(copy._data, memory_format)
    return copy


def _target(args: tuple[Any, ...], dtype: Any, where: Any) -> tuple[Any, Any]:
    for k, a in enumerate(args):
        if k and isinstance(a, str):
            raise TypeError("to() received an invalid combination of arguments")
        if isinstance(a, DType):
            dtype = a
        elif isinstance(a, TensorBase):
            dtype = a.dtype  # type: ignore[attr-defined]
        elif isinstance(a, type):
            dtype = dtypes.of_python(a)
        elif isinstance(a, (str, device, int)) and not isinstance(a, bool):
            where = a
        elif not isinstance(a, bool) and a is not None:
            raise TypeError(f"to() received an invalid combination of arguments - got ({type(a).__name__})")
    return dtype, where


def to(
    input: Any,
    *args: Any,
    dtype: DType | None = None,
    device: Any = None,
    non_blocking: bool = False,
    copy: bool = False,
    memory_format: Any = preserve_format,
) -> Any:
    """input in another dtype (or like another tensor); itself where nothing changes and no copy is asked for."""
    wanted, where = _target(args, dtype, device)
    if where is not None:
        check_device(where)
    if wanted is not None and wanted.numpy != input._data.dtype:
        input, copy = ops.cast(input, dtype=wanted.numpy), False
    if copy:
        input = ops.clone(input)
    return input if memory_format is preserve_format else contiguous(input, memory_format=memory_format)


def type_as(input: Any, other: Any) -> Any:
    """input in other's dtype."""
    return to(input, other.dtype)


def _conversion(target: DType, name: str) -> Any:
    def convert(input: Any, *, memory_format: Any = preserve_format) -> Any:
        return to(input, target, memory_format=memory_format)

    convert.__name__ = convert.__qualname__ = name
    convert.__doc__ = f"input as {target.name}."
    return convert


half, bfloat16 = _conversion(dtypes.float16, "half"), _conversion(dtypes.bfloat16, "bfloat16")
float, double = _conversion(dtypes.float32, "float"), _conversion(dtypes.float64, "double")
byte, char, short = (
    _conversion(d, n) for d, n in ((dtypes.uint8, "byte"), (dtypes.int8, "char"), (dtypes.int16, "short"))
)
int_, long = _conversion(dtypes.int32, "int"), _conversion(dtypes.int64, "long")
bool_ = _conversion(dtypes.bool, "bool")
cfloat, cdouble = _conversion(dtypes.complex64, "cfloat"), _conversion(dtypes.complex128, "cdouble")


def is_tensor(obj: Any, /) -> bool:
    """Whether obj is a Tensor."""
    return isinstance(obj, TensorBase)


def is_floating_point(input: Any) -> bool:
    """Whether the dtype is floating."""
    return bool(input.dtype.is_floating_point)


def is_complex(input: Any) -> bool:
    """Whether the dtype is complex."""
    return bool(input.dtype.is_complex)


def is_signed(input: Any) -> bool:
    """Whether the dtype has negative numbers."""
    return bool(input.dtype.is_signed)


def is_same_size(input: Any, other: Any) -> bool:
    """Whether two tensors have the same shape."""
    return bool(input._data.shape == other._data.shape)


def is_distributed(input: Any) -> bool:
    """False: every tensor lies in this process."""
    tensor_argument("is_distributed", "input", 1, input)
    return False


def is_nonzero(input: Any) -> bool:
    """Whether the only element is not 0. Raises RuntimeError for another number of elements."""
    return bool(input)
