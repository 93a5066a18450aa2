"""What functions share that make new tensors: their options, the order in memory, the last step."""

from __future__ import annotations

from typing import Any

from refnn import dtypes
from refnn.autograd.base import TensorBase, wrap
from refnn.autograd.modes import mode
from refnn.dtypes import dtype as DType
from refnn.functions.conversion import contiguous_array
from refnn.types import check_device, memory_format, preserve_format, strided

__all__ = ["check_gradient", "check_options", "check_sizes", "finish", "like", "numpy_dtype", "require_gradient"]


def numpy_dtype(dtype: DType | None, out: Any = None) -> Any:
    """The dtype that was asked for, that of `out`, or the default."""
    if dtype is None and out is not None:
        return out._data.dtype
    if dtype is None:
        return dtypes.get_default_dtype().numpy
    if not isinstance(dtype, DType):
        raise TypeError(f"argument 'dtype' must be torch.dtype, not {type(dtype).__name__}")
    return dtype.numpy


def check_sizes(shape: tuple[int, ...]) -> tuple[int, ...]:
    """The shape. Raises RuntimeError for a negative size."""
    for n in shape:
        if n < 0:
            raise RuntimeError(f"Trying to create tensor with negative dimension {n}: {list(shape)}")
    return shape


def check_options(layout: Any, device: Any, pin_memory: bool | None) -> None:
    """Raise RuntimeError for what refnn does not have: another layout, another device, pinned memory."""
    if layout is not None and layout is not strided:
        raise RuntimeError(f"refnn has no layout but torch.strided, got {layout}")
    if device is not None:
        check_device(device)
    if pin_memory:
        raise RuntimeError(
            "pin_memory=True requires a CUDA or other accelerator backend; no pinned memory allocator is "
            "available on this system."
        )


def check_gradient(dtype: DType) -> None:
    """Raise RuntimeError for the dtype of a new tensor that cannot require a gradient."""
    if not (dtype.is_floating_point or dtype.is_complex):
        raise RuntimeError("Only Tensors of floating point and complex dtype can require gradients")


def require_gradient(tensor: Any) -> Any:
    """requires_grad=True of a function that makes a tensor: its error is not the text of requires_grad_'s."""
    check_gradient(tensor.dtype)
    return tensor.requires_grad_(True)


def finish(
    made: Any, requires_grad: bool | None, layout: Any = None, device: Any = None, pin_memory: bool | None = False
) -> Any:
    """A new array, or a tensor that has been filled, as the tensor that the options ask for."""
    check_options(layout, device, pin_memory)
    tensor = made if isinstance(made, TensorBase) else wrap(made)
    if requires_grad:
        require_gradient(tensor)
    if mode.inference:
        tensor._inference = True
    return tensor


def like(make: Any, input: Any, dtype: DType | None, form: Any) -> Any:
    """make's array, np.zeros_like's say, with the shape of input, in input's order of memory or another."""
    if form is not None and not isinstance(form, memory_format):
        raise TypeError(f"argument 'memory_format' must be torch.memory_format, not {type(form).__name__}")
    kind = None if dtype is None else dtype.numpy
    if form is None or form is preserve_format:
        input._settle()
        return make(input._data, kind, subok=False)
    return contiguous_array(make(input._data, kind, order="C", subok=False), form)
