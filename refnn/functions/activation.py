"""torch.softmax and log_softmax, and Tensor's methods of these names."""

from __future__ import annotations

from typing import Any

import numpy as np

from refnn import dtypes
from refnn.dtypes import dtype as DType
from refnn.functions._checks import into, one_dim, tensor_argument, type_name
from refnn.functions.creation import to
from refnn.ops import activation as ops
from refnn.ops.shape import view

__all__ = ["log_softmax", "softmax"]


def _along(operation: Any, input: Any, dim: Any, dtype: Any, out: Any) -> Any:
    name = operation.name
    tensor_argument(name, "input", 1, input)
    if isinstance(dim, bool) or not isinstance(dim, int | np.integer):
        raise TypeError(f"{name}(): argument 'dim' (position 1) must be int, not {type_name(dim)}")
    if dtype is not None:
        if not isinstance(dtype, DType):
            raise TypeError(f"{name}(): argument 'dtype' must be torch.dtype, not {type_name(dtype)}")
        input = to(input, dtype)
    data = input._data
    d = one_dim(dim, data.ndim)
    if data.dtype.kind in "iubc" and data.size:
        kernel = f"{name}_{'lastdim_' if d >= data.ndim - 1 else ''}kernel_impl"
        raise NotImplementedError(f"\"{kernel}\" not implemented for '{dtypes.from_numpy(data.dtype).title}'")
    if data.ndim == 0:
        return into(out, view(operation(view(input, shape=(1,)), dim=0), shape=()))
    return into(out, operation(input, dim=d))


def softmax(input: Any, dim: int, dtype: DType | None = None, *, out: Any = None) -> Any:
    """y_i = e^(x_i) / Σ_j e^(x_j) along dim, after a conversion to `dtype` if one is given.

    Raises IndexError for a dim out of range, NotImplementedError for a dtype that is not floating.
    """
    return _along(ops.softmax, input, dim, dtype, out)


def log_softmax(input: Any, dim: int, dtype: DType | None = None, *, out: Any = None) -> Any:
    """y_i = x_i − log Σ_j e^(x_j) along dim, after a conversion to `dtype` if one is given.

    Raises IndexError for a dim out of range, NotImplementedError for a dtype that is not floating.
    """
    return _along(ops.log_softmax, input, dim, dtype, out)
