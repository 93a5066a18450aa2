"""What a tensor is: shape, dtype, place, memory."""

from __future__ import annotations

import math
from typing import Any

from refnn import dtypes
from refnn._tensor import legacy
from refnn.autograd.base import TensorBase
from refnn.functions import (
    conversion,
)
from refnn.functions._checks import int_argument, one_dim
from refnn.types import CPU, Size, strided
from refnn.types import device as Device


class Attributes(TensorBase):
    """A tensor's shape, dtype and memory."""

    @property
    def shape(self) -> Size:
        """The lengths of its dimensions."""
        return tuple.__new__(Size, self._data.shape)  # without a look at the numbers

    @property
    def dtype(self) -> dtypes.dtype:
        """The type of its elements."""
        return dtypes.from_numpy(self._data.dtype)

    @property
    def device(self) -> Device:
        """Where it lives: the CPU."""
        return CPU

    @property
    def layout(self) -> Any:
        return strided

    @property
    def ndim(self) -> int:
        return self._data.ndim

    @property
    def itemsize(self) -> int:
        return self._data.itemsize

    @property
    def nbytes(self) -> int:
        return self._data.nbytes

    @property
    def is_cuda(self) -> bool:
        return False

    is_cpu = True
    is_sparse = is_quantized = is_meta = is_mkldnn = is_nested = is_mps = is_xpu = False
    is_ipu = is_maia = is_mtia = is_sparse_csr = is_vulkan = is_xla = False

    def dim(self) -> int:
        """The number of dimensions."""
        return self._data.ndim

    ndimension = dim

    def size(self, dim: int | None = None) -> Any:
        """The shape, or the length of one dimension."""
        if dim is None:
            return tuple.__new__(Size, self._data.shape)
        int_argument("size", "dim", 1, dim)
        if not self._data.ndim:
            raise IndexError(f"Dimension specified as {dim} but tensor has no dimensions")
        return self._data.shape[one_dim(dim, self._data.ndim)]

    def stride(self, dim: int | None = None) -> Any:
        """The steps between elements, in elements."""
        self._settle()
        if self._data.size:
            steps = tuple(s // self._data.itemsize for s in self._data.strides)
        else:  # NumPy has no strides there; torch counts as if every length were at least 1
            steps = tuple(math.prod(max(n, 1) for n in self._data.shape[d + 1 :]) for d in range(self._data.ndim))
        return steps if dim is None else steps[one_dim(dim, len(steps))]

    def storage_offset(self) -> int:
        """Where it begins in its base, in elements."""
        if self._base is None:
            return 0
        first, own = (a.__array_interface__["data"][0] for a in (self._base._data, self._data))
        return int(own - first) // self._data.itemsize

    def data_ptr(self) -> int:
        """The address of its first element."""
        self._settle()
        return int(self._data.__array_interface__["data"][0])

    def numel(self) -> int:
        """The number of elements."""
        return self._data.size

    nelement = numel

    def element_size(self) -> int:
        """Bytes of one element."""
        return self._data.itemsize

    def get_device(self) -> int:
        return -1

    def type(self, dtype: Any = None, non_blocking: bool = False) -> Any:
        """Without an argument the name of its type, 'torch.FloatTensor'; else a conversion."""
        if dtype is None:
            return f"torch.{self.dtype.title}Tensor"
        return conversion.to(self, legacy.dtype_of(dtype))

    new = legacy.new

    def is_set_to(self, tensor: Any) -> bool:
        """Whether two tensors are the same window on the same memory."""
        self._settle()
        tensor._settle()
        mine, theirs = self._data.__array_interface__, tensor._data.__array_interface__
        return all(mine[k] == theirs[k] for k in ("data", "shape", "strides"))

    def is_signed(self) -> bool:
        return self.dtype.is_signed

    @property
    def _version(self) -> int:
        """How often it was written to in place. Raises RuntimeError for an inference tensor."""
        if self._inference:
            raise RuntimeError("Inference tensors do not track version counter.")
        return 0 if self._box is None else self._box[0]

    def is_inference(self) -> bool:
        return self._inference
