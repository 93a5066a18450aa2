"""Rectifiers, the gated linear unit, softmax and its kin."""

from __future__ import annotations

import warnings
from typing import Any

from refnn.autograd.inplace import apply_inplace
from refnn.dtypes import dtype as DType
from refnn.functions import activation as functions
from refnn.functions import elementary
from refnn.functions._checks import int_argument, one_dim, tensor_argument
from refnn.functions.activation import (
    celu_,
    check_floating,
    number,
    prelu,
    selu_,
    threshold_,
)
from refnn.functions.elementary import relu_
from refnn.nn.functional._arguments import parsed
from refnn.ops import activation as ops
from refnn.ops import activation_smooth as smooth
from refnn.ops._half import opmath_dtype

__all__ = [
    "celu",
    "celu_",
    "elu",
    "elu_",
    "glu",
    "leaky_relu",
    "leaky_relu_",
    "log_softmax",
    "prelu",
    "relu",
    "relu_",
    "selu",
    "selu_",
    "softmax",
    "softmin",
    "threshold",
    "threshold_",
]


# Rectifiers ---------------------------------------------------------------------------------------------


def relu(input: Any, inplace: bool = False) -> Any:
    """y = max(x, 0), of any shape. NaN stays; the gradient at 0 is 0.

    Raises TypeError for what is no Tensor, RuntimeError for bool, NotImplementedError for complex numbers.

    Source: torch.nn.functional.relu.
    """
    return (relu_ if inplace else elementary.relu)(input)


def _check_leaky_relu(name: str, input: Any, negative_slope: Any) -> float:
    tensor_argument(name, "input", 1, input)
    slope = number(name, "negative_slope", 2, negative_slope, opmath_dtype(input._data.dtype))
    check_floating("leaky_relu_cpu", input)
    return slope


def leaky_relu(input: Any, negative_slope: float = 0.01, inplace: bool = False) -> Any:
    """y = x where x > 0, else s x, of any shape and floating dtype. The gradient at 0 is s.

    Raises TypeError for what is no Tensor or a slope that is no number, NotImplementedError for other dtypes.

    Source: torch.nn.functional.leaky_relu; Maas et al., 2013.
    """
    if inplace:
        return leaky_relu_(input, negative_slope)
    slope = _check_leaky_relu("leaky_relu", input, negative_slope)
    return ops.leaky_relu(input, negative_slope=slope)


def leaky_relu_(input: Any, negative_slope: float = 0.01) -> Any:
    """leaky_relu in place. Raises what that raises, and, in its backward, RuntimeError for a negative slope.

    Source: torch.nn.functional.leaky_relu_.
    """
    slope = _check_leaky_relu("leaky_relu_", input, negative_slope)
    return apply_inplace(ops.leaky_relu_, input, negative_slope=slope)


def selu(input: Any, inplace: bool = False) -> Any:
    """y = s (max(x, 0) + min(0, α (eˣ − 1))), with α = 1.6733 and s = 1.0507: mean 0 and variance 1 persist.

    Of any shape and floating dtype; raises NotImplementedError for others.

    Source: torch.nn.functional.selu; Klambauer et al., 2017.
    """
    return (selu_ if inplace else functions.selu)(input)


def celu(input: Any, alpha: float = 1.0, inplace: bool = False) -> Any:
    """y = max(x, 0) + min(0, α (e^(x / α) − 1)), of any shape and floating dtype.

    Raises RuntimeError for α = 0, NotImplementedError for other dtypes.

    Source: torch.nn.functional.celu; Barron, 2017.
    """
    return (celu_ if inplace else functions.celu)(input, alpha)


def _check_elu(function: str, input: Any, alpha: Any, scale: Any, input_scale: Any) -> dict[str, float]:
    tensor_argument(function, "input", 1, input)
    given = {"alpha": alpha, "scale": scale, "input_scale": input_scale}
    dtype = opmath_dtype(input._data.dtype)
    numbers = {name: number(function, name, k, value, dtype) for k, (name, value) in enumerate(given.items(), 2)}
    check_floating("elu_cpu", input)
    return numbers


def elu(input: Any, alpha: float = 1.0, inplace: bool = False) -> Any:
    """y = max(x, 0) + min(0, α (eˣ − 1)), of any shape and floating dtype. The gradient at 0 is α.

    Raises TypeError for an α that is no number, NotImplementedError for other dtypes.

    Source: torch.nn.functional.elu; Clevert et al., 2016.
    """
    return elu_(input, alpha) if inplace else smooth.elu(input, **_check_elu("elu", input, alpha, 1.0, 1.0))


@parsed("Tensor input, Number alpha = 1, Number scale = 1, Number input_scale = 1")
def elu_(input: Any, alpha: float = 1, scale: float = 1, input_scale: float = 1) -> Any:
    """In place: y = scale · x where x > 0, else scale · α (e^(input_scale · x) − 1), of any shape and floating dtype.

    Raises what elu raises, and, in its backward, RuntimeError for a negative α.

    Source: torch.nn.functional.elu_.
    """
    return apply_inplace(smooth.elu_, input, **_check_elu("elu_", input, alpha, scale, input_scale))


def _threshold(input: Any, threshold: float, value: float, inplace: bool = False) -> Any:
    """y = x where x > threshold, else value, of any shape and real dtype but bool; integers cut off fractions.

    Raises TypeError for what is no number, NotImplementedError for other dtypes.

    Source: torch.nn.functional.threshold.
    """
    return (threshold_ if inplace else functions.threshold)(input, threshold, value)


threshold = _threshold  # whose name, in errors, is torch's


# Gates --------------------------------------------------------------------------------------------------


def glu(input: Any, dim: int = -1) -> Any:
    """y = a σ(b), a and b being the halves of x along dim. Any shape and floating dtype.

    Raises RuntimeError for a 0-dim input and for an odd length, IndexError for a dim out of range,
    NotImplementedError for other dtypes.

    Source: torch.nn.functional.glu; Dauphin et al., 2017.
    """
    if input.dim() == 0:
        raise RuntimeError("glu does not support scalars because halving size must be even")
    int_argument("glu", "dim", 2, dim)
    data = input._data
    d = one_dim(dim, data.ndim)
    if data.shape[d] % 2:
        raise RuntimeError(f"Halving dimension must be even, but dimension {d} is size {data.shape[d]}")
    check_floating("glu_cpu", input)
    return ops.glu(input, dim=d)


# Softmax ------------------------------------------------------------------------------------------------


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

    Source: torch.nn.functional.softmax.
    """
    if dim is None:
        dim = _implicit_dim("softmax", input.dim(), _stacklevel)
    return input.softmax(dim, dtype=dtype)


def softmin(input: Any, dim: int | None = None, _stacklevel: int = 3, dtype: DType | None = None) -> Any:
    """y_i = e^(−x_i) / Σ_j e^(−x_j) along dim: softmax of −x, whose arguments it has. Raises what softmax raises.

    Source: torch.nn.functional.softmin.
    """
    if dim is None:
        dim = _implicit_dim("softmin", input.dim(), _stacklevel)
    return (-input).softmax(dim, dtype=dtype)


def log_softmax(input: Any, dim: int | None = None, _stacklevel: int = 3, dtype: DType | None = None) -> Any:
    """y_i = x_i − log Σ_j e^(x_j) along dim: the logarithm of softmax, without its underflow.

    x may have any shape; `dtype` and a missing dim as in softmax. Raises what softmax raises.

    Source: torch.nn.functional.log_softmax.
    """
    if dim is None:
        dim = _implicit_dim("log_softmax", input.dim(), _stacklevel)
    return input.log_softmax(dim, dtype=dtype)
