"""One way to look at a tensor of refnn, a tensor of torch, and an array of NumPy.

Nothing here imports torch: a torch tensor is known by its class's name, and brings its own methods.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from refnn import dtypes
from refnn.autograd.op import Array
from refnn.tensor import Tensor
from refnn.types import Size

__all__ = ["View", "is_tensor", "is_torch_tensor", "to_numpy", "view_of"]


@dataclass(frozen=True)
class View:
    """The values of a tensor-like and what torch compares beside them."""

    array: Array
    dtype: dtypes.dtype
    stride: tuple[int, ...]
    device: str = "cpu"
    layout: str = "torch.strided"

    @property
    def shape(self) -> Size:
        return Size(self.array.shape)


def is_torch_tensor(x: Any) -> bool:
    """Whether x is a torch.Tensor, of PyTorch itself."""
    return any(c.__qualname__ in ("Tensor", "TensorBase") and c.__module__ in ("torch", "torch._C")
               for c in type(x).__mro__)  # fmt: skip


def is_tensor(x: Any) -> bool:
    """Whether x holds elements in one of the three ways: refnn's, NumPy's or torch's."""
    return isinstance(x, (Tensor, np.ndarray)) or is_torch_tensor(x)


def to_numpy(x: Any) -> Array:
    """The elements of a tensor-like as an ndarray, without a copy where none is needed.

    Raises TypeError for elements that no dtype of refnn describes.
    """
    return view_of(x).array


def view_of(x: Any) -> View:
    """A View of anything that holds elements. Raises TypeError where x does not."""
    if isinstance(x, Tensor):
        return View(x._data, x.dtype, _stride(x._data), str(x.device))
    if is_torch_tensor(x):
        return _view_of_torch(x)
    array = np.asarray(x)
    return View(array, dtypes.from_numpy(array.dtype), _stride(array))


def _stride(array: Array) -> tuple[int, ...]:
    return tuple(s // array.itemsize for s in array.strides)


def _view_of_torch(x: Any) -> View:
    found = getattr(dtypes, str(x.dtype).removeprefix("torch."), None)
    if not isinstance(found, dtypes.dtype):
        raise TypeError(f"refnn has no dtype that stands for {x.dtype}")
    strided = str(x.layout) == "torch.strided"
    plain = (x.detach() if strided else x.detach().to_dense()).cpu().resolve_conj().resolve_neg()
    if found is dtypes.bfloat16:  # NumPy takes the bits, not the type
        bits = plain.contiguous().view(plain.new_empty(0).short().dtype)
        array: Array = bits.numpy().view(found.numpy)
    else:
        array = plain.numpy()
    return View(array, found, tuple(x.stride()) if strided else (), str(x.device), str(x.layout))
