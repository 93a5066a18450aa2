"""torch.softmax, log_softmax, threshold, celu, selu, prelu, hardshrink, and Tensor's methods of these names."""

from __future__ import annotations

from typing import Any

import numpy as np

from refnn.autograd.base import TensorBase
from refnn.autograd.inplace import apply_inplace
from refnn.autograd.op import Op
from refnn.dtypes import dtype as DType
from refnn.dtypes import not_implemented
from refnn.functions._checks import int_argument, one_dim, tensor_argument, type_name
from refnn.functions._out import into
from refnn.functions._scalars import as_number
from refnn.functions.conversion import to
from refnn.ops import activation as ops
from refnn.ops import activation_hard as hard
from refnn.ops import activation_smooth as smooth
from refnn.ops import softmax as softmax_ops
from refnn.ops._half import opmath_dtype
from refnn.ops.shape import view

__all__ = [
    "celu",
    "celu_",
    "check_floating",
    "check_threshold",
    "elementwise",
    "hardshrink",
    "log_softmax",
    "number",
    "number_argument",
    "prelu",
    "selu",
    "selu_",
    "softmax",
    "threshold",
    "threshold_",
]


# Softmax ------------------------------------------------------------------------------------------------


def _along(operation: Any, input: Any, dim: Any, dtype: Any, out: Any) -> Any:
    name = operation.name
    tensor_argument(name, "input", 1, input)
    int_argument(name, "dim", 1, dim)
    if dtype is not None:
        if not isinstance(dtype, DType):
            raise TypeError(f"{name}(): argument 'dtype' must be torch.dtype, not {type_name(dtype)}")
        input = to(input, dtype)
    data = input._data
    d = one_dim(dim, data.ndim)
    if data.dtype.kind in "iubc" and data.size:
        kernel = f"{name}_{'lastdim_' if d >= data.ndim - 1 else ''}kernel_impl"
        raise not_implemented(kernel, data.dtype)
    if data.ndim == 0:
        return into(out, view(operation(view(input, shape=(1,)), dim=0), shape=()))
    return into(out, operation(input, dim=d))


def softmax(input: Any, dim: int, dtype: DType | None = None, *, out: Any = None) -> Any:
    """y_i = e^(x_i) / Σ_j e^(x_j) along dim, after a conversion to `dtype` if one is given.

    Raises IndexError for a dim out of range, NotImplementedError for a dtype that is not floating.
    """
    return _along(softmax_ops.softmax, input, dim, dtype, out)


def log_softmax(input: Any, dim: int, dtype: DType | None = None, *, out: Any = None) -> Any:
    """y_i = x_i − log Σ_j e^(x_j) along dim, after a conversion to `dtype` if one is given.

    Raises IndexError for a dim out of range, NotImplementedError for a dtype that is not floating.
    """
    return _along(softmax_ops.log_softmax, input, dim, dtype, out)


# Checks of elementwise activations -----------------------------------------------------------------------

_SMALL = 65504.0  # every floating dtype holds it
_DOUBLE = np.dtype(np.float64)


def number(function: str, name: str, position: int, value: Any, dtype: Any = None) -> float:
    """A number that an activation takes beside its input, to be converted to a floating dtype, or to double.

    Raises TypeError for what is no number, RuntimeError for one that the dtype cannot hold.
    """
    if type(value) is float and (dtype is None or abs(value) <= _SMALL):
        return value
    value = number_argument(function, name, position, value)
    as_number(value, dtype if dtype is not None and dtype.kind in "fV" else _DOUBLE)
    return float(value.real)


def number_argument(function: str, name: str, position: int, value: Any) -> Any:
    """A number, or that in a 0-dim tensor. Raises TypeError for anything else."""
    if isinstance(value, TensorBase) and value._data.ndim == 0 and not value._requires_grad:
        value = value._data.item()
    if not isinstance(value, (int, float, complex, np.number, np.bool_)):
        raise TypeError(f"{function}(): argument '{name}' (position {position}) must be Number, not {type_name(value)}")
    return value


def check_floating(kernel: str, input: Any, kinds: str = "fV") -> None:
    """Raise NotImplementedError unless the input is floating, or of one of NumPy's `kinds`."""
    dtype = input._data.dtype
    if dtype.kind not in kinds:
        raise not_implemented(kernel, dtype)


def elementwise(operation: Op, name: str, kernel: str, input: Any, inplace: bool = False, kinds: str = "fV") -> Any:
    """An activation without other arguments: checked, and in place if asked for."""
    tensor_argument(f"{name}_" if inplace else name, "input", 1, input)
    check_floating(kernel, input, kinds)
    return apply_inplace(operation, input) if inplace else operation(input)


# Threshold, hardshrink ----------------------------------------------------------------------------------


def check_threshold(function: str, input: Any, threshold: Any, value: Any) -> dict[str, float]:
    """The numbers of threshold. Raises what torch raises."""
    tensor_argument(function, "input", 1, input)
    dtype = input._data.dtype
    numbers = {
        "threshold": number(function, "threshold", 2, threshold, opmath_dtype(dtype)),
        "value": number(function, "value", 3, value, dtype),
    }
    check_floating("threshold_cpu", input, "fViu")
    return numbers


def threshold(input: Any, threshold: float, value: float, *, out: Any = None) -> Any:
    """y = x where x > threshold, else value, of any shape and real dtype but bool; integers cut off fractions.

    Raises TypeError for what is no number, NotImplementedError for other dtypes. Source: torch.threshold.
    """
    return into(out, hard.threshold(input, **check_threshold("threshold", input, threshold, value)))


def threshold_(input: Any, threshold: float, value: float) -> Any:
    """In place: threshold."""
    return apply_inplace(hard.threshold_, input, **check_threshold("threshold_", input, threshold, value))


def hardshrink(input: Any, lambd: float = 0.5, *, out: Any = None) -> Any:
    """y = x where |x| > lambd, else 0, of any shape and floating dtype.

    Raises TypeError for a lambd that is no number, NotImplementedError for other dtypes.

    Source: torch.hardshrink.
    """
    tensor_argument("hardshrink", "input", 1, input)
    bound = number("hardshrink", "lambd", 2, lambd, input._data.dtype)
    check_floating("hardshrink_cpu", input)
    return into(out, hard.hardshrink(input, lambd=bound))


# CELU, SELU ---------------------------------------------------------------------------------------------

_SELU = {"alpha": 1.6732632423543772848170429916717, "scale": 1.0507009873554804934193349852946, "input_scale": 1.0}


def _check_celu(function: str, input: Any, alpha: Any) -> dict[str, float]:
    tensor_argument(function, "input", 1, input)
    a = number(function, "alpha", 2, alpha)
    if a == 0:
        raise RuntimeError("ZeroDivisionError: alpha cannot be 0 for CELU")
    check_floating("elu_cpu", input)
    as_number(a, opmath_dtype(input._data.dtype))
    return {"alpha": a, "scale": 1.0, "input_scale": 1.0 / a}


def celu(input: Any, alpha: float = 1.0) -> Any:
    """y = max(x, 0) + min(0, α (e^(x / α) − 1)), of any shape and floating dtype.

    Raises RuntimeError for α = 0, TypeError for one that is no number, NotImplementedError for other dtypes.

    Source: torch.celu; Barron, 2017.
    """
    return smooth.celu(input, **_check_celu("celu", input, alpha))


def celu_(input: Any, alpha: float = 1.0) -> Any:
    """In place: celu. Its backward raises RuntimeError for a negative α."""
    return apply_inplace(smooth.celu_, input, **_check_celu("celu_", input, alpha))


def selu(input: Any) -> Any:
    """y = s (max(x, 0) + min(0, α (eˣ − 1))), with α = 1.6733 and s = 1.0507: mean 0 and variance 1 persist.

    Of any shape and floating dtype; raises NotImplementedError for others.

    Source: torch.selu; Klambauer et al., 2017.
    """
    tensor_argument("selu", "input", 1, input)
    check_floating("elu_cpu", input)
    return smooth.elu(input, **_SELU)


def selu_(input: Any) -> Any:
    """In place: selu."""
    tensor_argument("selu_", "input", 1, input)
    check_floating("elu_cpu", input)
    return apply_inplace(smooth.elu_, input, **_SELU)


# PReLU --------------------------------------------------------------------------------------------------


def prelu(input: Any, weight: Any) -> Any:
    """y = x where x > 0, else w x: one w for all (1,) or (), or one for each channel (C,) of x (N, C, *).

    Raises RuntimeError for a weight of another size, rank or dtype, NotImplementedError for dtypes that are
    not floating.

    Source: torch.prelu; He et al., 2015.
    """
    tensor_argument("prelu", "input", 1, input)
    tensor_argument("prelu", "weight", 2, weight)
    _check_prelu(input, weight)
    x, w = input._data, weight._data
    if w.ndim != x.ndim:
        weight = view(weight, shape=tuple(w.size if d == 1 else 1 for d in range(x.ndim)))
    return ops.prelu_kernel(input, weight)


def _check_prelu(input: Any, weight: Any) -> None:
    x, w = input._data, weight._data
    if x.dtype != w.dtype:
        raise RuntimeError(f"prelu: Type promoting not supported. Got {input.dtype.title} and {weight.dtype.title}")
    if w.size != 1:
        if x.ndim == 0:
            raise RuntimeError("Not allow zero-dim input tensor.")
        channels = x.shape[1] if x.ndim > 1 else 1
        if channels != w.size:
            raise RuntimeError(
                "Mismatch of parameter numbers and input channel size. "
                f"Found parameter numbers = {w.size} and channel size = {channels}."
            )
    if w.ndim > 1:
        raise RuntimeError(f"prelu: Expected `weight` to be a scalar or 1D tensor, but got: ndim = {w.ndim}")
    check_floating("prelu_cpu", input)
