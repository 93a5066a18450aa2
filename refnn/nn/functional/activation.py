"""relu, leaky_relu, sigmoid, tanh, softmax, softmin, log_softmax."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from refnn.autograd.base import TensorBase
from refnn.autograd.inplace import apply_inplace
from refnn.dtypes import dtype as DType
from refnn.dtypes import from_numpy
from refnn.functions._checks import tensor_argument, type_name
from refnn.ops import activation as ops

__all__ = [
    "leaky_relu",
    "leaky_relu_",
    "log_softmax",
    "relu",
    "relu_",
    "sigmoid",
    "softmax",
    "softmin",
    "tanh",
]


def _check_relu(name: str, input: Any) -> None:
    tensor_argument(name, "input", 1, input)
    kind = input._data.dtype.kind
    if kind == "b":
        raise RuntimeError("Boolean inputs not supported for relu")
    if kind == "c":
        raise NotImplementedError("clamp is not supported for complex types")


def relu(input: Any, inplace: bool = False) -> Any:
    """y = max(x, 0), of any shape. NaN stays; the gradient at 0 is 0.

    Raises TypeError for what is no Tensor, RuntimeError for bool, NotImplementedError for complex numbers.
    """
    if inplace:
        return relu_(input)
    _check_relu("relu", input)
    return ops.relu(input)


def relu_(input: Any) -> Any:
    """In place: relu."""
    _check_relu("relu_", input)
    return apply_inplace(ops.relu, input)


def _check_leaky_relu(name: str, input: Any, negative_slope: Any) -> float:
    tensor_argument(name, "input", 1, input)
    if isinstance(negative_slope, TensorBase):
        negative_slope = negative_slope._data.item()
    if not isinstance(negative_slope, int | float | np.number):
        raise TypeError(
            f"{name}(): argument 'negative_slope' (position 2) must be Number, not {type_name(negative_slope)}"
        )
    dtype = input._data.dtype
    if dtype.kind in "iubc" and input._data.size:
        raise NotImplementedError(f"\"leaky_relu_cpu\" not implemented for '{from_numpy(dtype).title}'")
    return float(negative_slope)


def leaky_relu(input: Any, negative_slope: float = 0.01, inplace: bool = False) -> Any:
    """y = x where x > 0, else s x, of any shape and floating dtype. The gradient at 0 is s.

    Raises TypeError for what is no Tensor or a slope that is no number, NotImplementedError for other dtypes.
    """
    if inplace:
        return leaky_relu_(input, negative_slope)
    slope = _check_leaky_relu("leaky_relu", input, negative_slope)
    return ops.leaky_relu(input, negative_slope=slope)


def leaky_relu_(input: Any, negative_slope: float = 0.01) -> Any:
    """In place: leaky_relu. Its backward raises RuntimeError for a negative slope."""
    slope = _check_leaky_relu("leaky_relu_", input, negative_slope)
    return apply_inplace(ops.leaky_relu_, input, negative_slope=slope)


def sigmoid(input: Any) -> Any:
    """y = 1 / (1 + e⁻ˣ), of any shape; integers give the default dtype."""
    return input.sigmoid()


def tanh(input: Any) -> Any:
    """y = tanh x, of any shape; integers give the default dtype."""
    return input.tanh()


def _implicit_dim(name: str, ndim: int, stacklevel: int) -> int:
    warnings.warn(
        f"Implicit dimension choice for {name} has been deprecated. Change the call to include dim=X as an argument.",
        stacklevel=stacklevel,
    )
    return 0 if ndim in (0, 1, 3) else 1


def softmax(input: Any, dim: int | None = None, _stacklevel: int = 3, dtype: DType | None = None) -> Any:
    """y_i = e^(x_i) / Σ_j e^(x_j) along dim: nonnegative, of sum 1. x may have any shape.

    `dtype` converts the input first. Without a dim it warns and takes 0 for 0, 1 and 3 dimensions, else 1.

    Raises IndexError for a dim out of range, NotImplementedError for a dtype that is not floating.
    """
    if dim is None:
        dim = _implicit_dim("softmax", input.dim(), _stacklevel)
    return input.softmax(dim, dtype=dtype)


def softmin(input: Any, dim: int | None = None, _stacklevel: int = 3, dtype: DType | None = None) -> Any:
    """softmax of −x."""
    if dim is None:
        dim = _implicit_dim("softmin", input.dim(), _stacklevel)
    return (-input).softmax(dim, dtype=dtype)


def log_softmax(input: Any, dim: int | None = None, _stacklevel: int = 3, dtype: DType | None = None) -> Any:
    """y_i = x_i − log Σ_j e^(x_j) along dim: the logarithm of softmax, without its underflow.

    `dtype` and a missing dim as in softmax. Raises what softmax raises.
    """
    if dim is None:
        dim = _implicit_dim("log_softmax", input.dim(), _stacklevel)
    return input.log_softmax(dim, dtype=dtype)
