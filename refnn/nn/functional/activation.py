"""The activation functions: rectifiers, the hard and the smooth ones, gates, softmax and its kin."""

from __future__ import annotations

import warnings
from typing import Any

from refnn.autograd.inplace import apply_inplace
from refnn.autograd.op import Op
from refnn.dtypes import dtype as DType
from refnn.dtypes import finfo
from refnn.functions import activation as functions
from refnn.functions._checks import int_argument, into, one_dim, tensor_argument, type_name
from refnn.functions.activation import (
    celu_,
    check_floating,
    hardshrink,
    number,
    prelu,
    selu_,
    threshold_,
)
from refnn.functions.elementary import relu as _relu
from refnn.functions.elementary import relu_
from refnn.nn.functional._arguments import one_signature
from refnn.ops import activation as ops
from refnn.ops import activation_hard as hard
from refnn.ops import activation_smooth as smooth

__all__ = [
    "celu",
    "celu_",
    "elu",
    "elu_",
    "gelu",
    "glu",
    "hardshrink",
    "hardsigmoid",
    "hardswish",
    "hardtanh",
    "hardtanh_",
    "leaky_relu",
    "leaky_relu_",
    "log_softmax",
    "logsigmoid",
    "mish",
    "prelu",
    "relu",
    "relu6",
    "relu_",
    "selu",
    "selu_",
    "sigmoid",
    "silu",
    "softmax",
    "softmin",
    "softplus",
    "softshrink",
    "softsign",
    "tanh",
    "tanhshrink",
    "threshold",
    "threshold_",
]


def _elementwise(operation: Op, name: str, kernel: str, input: Any, inplace: bool = False, kinds: str = "fV") -> Any:
    """An activation without other arguments: checked, and in place if asked for."""
    tensor_argument(f"{name}_" if inplace else name, "input", 1, input)
    check_floating(kernel, input, kinds)
    return apply_inplace(operation, input) if inplace else operation(input)


# Rectifiers ---------------------------------------------------------------------------------------------


def relu(input: Any, inplace: bool = False) -> Any:
    """y = max(x, 0), of any shape. NaN stays; the gradient at 0 is 0.

    Raises TypeError for what is no Tensor, RuntimeError for bool, NotImplementedError for complex numbers.
    """
    if inplace:
        return relu_(input)
    return _relu(input)


def _check_leaky_relu(name: str, input: Any, negative_slope: Any) -> float:
    tensor_argument(name, "input", 1, input)
    slope = number(name, "negative_slope", 2, negative_slope, input._data.dtype)
    check_floating("leaky_relu_cpu", input)
    return slope


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
    dtype = input._data.dtype
    numbers = {name: number(function, name, k, value, dtype) for k, (name, value) in enumerate(given.items(), 2)}
    check_floating("elu_cpu", input)
    return numbers


def elu(input: Any, alpha: float = 1.0, inplace: bool = False) -> Any:
    """y = max(x, 0) + min(0, α (eˣ − 1)), of any shape and floating dtype. The gradient at 0 is α.

    Raises TypeError for an α that is no number, NotImplementedError for other dtypes.

    Source: torch.nn.functional.elu; Clevert et al., 2016.
    """
    return elu_(input, alpha) if inplace else smooth.elu(input, **_check_elu("elu", input, alpha, 1.0, 1.0))


@one_signature
def elu_(input: Any, alpha: float = 1, scale: float = 1, input_scale: float = 1) -> Any:
    """In place: y = scale · x where x > 0, else scale · α (e^(input_scale · x) − 1).

    Its backward raises RuntimeError for a negative α.
    """
    return apply_inplace(smooth.elu_, input, **_check_elu("elu_", input, alpha, scale, input_scale))


def _threshold(input: Any, threshold: float, value: float, inplace: bool = False) -> Any:
    """y = x where x > threshold, else value, of any shape and real dtype but bool; integers cut off fractions.

    Raises TypeError for what is no number, NotImplementedError for other dtypes.

    Source: torch.nn.functional.threshold.
    """
    return (threshold_ if inplace else functions.threshold)(input, threshold, value)


threshold = _threshold


# Straight pieces ----------------------------------------------------------------------------------------


def _check_hardtanh(function: str, input: Any, min_val: Any, max_val: Any) -> dict[str, float]:
    tensor_argument(function, "input", 1, input)
    low, high = number(function, "min_val", 2, min_val), number(function, "max_val", 3, max_val)
    kind = input._data.dtype.kind
    if kind == "b":
        raise RuntimeError("Bool inputs not supported for hardtanh")
    if kind == "u" and (low < 0 or high < 0):
        raise RuntimeError("cannot do hardtanh on an unsigned type with negative limits")
    if kind == "c":
        raise NotImplementedError("clamp is not supported for complex types")
    return {"min_val": low, "max_val": high}


def hardtanh(input: Any, min_val: float = -1.0, max_val: float = 1.0, inplace: bool = False) -> Any:
    """y = min(max(x, min_val), max_val), of any shape and real dtype but bool. The gradient at both bounds is 0.

    Raises ValueError where min_val > max_val, RuntimeError for bool, and for negative bounds of unsigned
    integers, NotImplementedError for complex numbers.

    Source: torch.nn.functional.hardtanh.
    """
    if min_val > max_val:
        raise ValueError("min_val cannot be greater than max_val")
    if inplace:
        return hardtanh_(input, min_val, max_val)
    return hard.hardtanh(input, **_check_hardtanh("hardtanh", input, min_val, max_val))


@one_signature
def hardtanh_(input: Any, min_val: float = -1, max_val: float = 1) -> Any:
    """In place: hardtanh, without the check that min_val ≤ max_val."""
    return apply_inplace(hard.hardtanh, input, **_check_hardtanh("hardtanh_", input, min_val, max_val))


def relu6(input: Any, inplace: bool = False) -> Any:
    """y = min(max(x, 0), 6), of any shape and real dtype but bool. The gradient at 0 and 6 is 0.

    Source: torch.nn.functional.relu6; Howard et al., 2017.
    """
    bounds = _check_hardtanh("relu6_" if inplace else "relu6", input, 0.0, 6.0)
    return apply_inplace(hard.hardtanh, input, **bounds) if inplace else hard.hardtanh(input, **bounds)


def hardsigmoid(input: Any, inplace: bool = False) -> Any:
    """y = min(max(x + 3, 0), 6) / 6, of any shape and floating dtype. The gradient at ±3 is 0.

    Raises NotImplementedError for other dtypes.

    Source: torch.nn.functional.hardsigmoid; Howard et al., 2019.
    """
    return _elementwise(hard.hardsigmoid, "hardsigmoid", "hardsigmoid_cpu", input, inplace)


def hardswish(input: Any, inplace: bool = False) -> Any:
    """y = x min(max(x + 3, 0), 6) / 6, of any shape and floating dtype. The gradient is 0 at −3 and 1 at 3.

    Raises NotImplementedError for other dtypes.

    Source: torch.nn.functional.hardswish; Howard et al., 2019.
    """
    return _elementwise(hard.hardswish, "hardswish", "hardswish_cpu", input, inplace)


@one_signature
def softshrink(input: Any, lambd: float = 0.5, *, out: Any = None) -> Any:
    """y = x − λ where x > λ, x + λ where x < −λ, else 0; of any shape and floating dtype.

    Raises RuntimeError for λ < 0, NotImplementedError for other dtypes.

    Source: torch.nn.functional.softshrink.
    """
    tensor_argument("softshrink", "input", 1, input)
    bound = number("softshrink", "lambd", 2, lambd)
    check_floating("softshrink_check", input)
    most = finfo(input.dtype).max
    if not 0 <= bound <= most:
        raise RuntimeError(
            f"lambda must be in range [0, {most:g}] for input dtype {input.dtype.title}, but found {bound:g}"
        )
    return into(out, hard.softshrink(input, lambd=bound))


# Smooth ones --------------------------------------------------------------------------------------------


def sigmoid(input: Any) -> Any:
    """y = 1 / (1 + e⁻ˣ), of any shape; integers give the default dtype."""
    return input.sigmoid()


def tanh(input: Any) -> Any:
    """y = tanh x, of any shape; integers give the default dtype."""
    return input.tanh()


def silu(input: Any, inplace: bool = False) -> Any:
    """y = x / (1 + e⁻ˣ), of any shape, floating or complex.

    Raises NotImplementedError for other dtypes.

    Source: torch.nn.functional.silu; Hendrycks and Gimpel, 2016; Elfwing et al., 2017.
    """
    return _elementwise(smooth.silu, "silu", "silu_cpu", input, inplace, "fVc")


def mish(input: Any, inplace: bool = False) -> Any:
    """y = x tanh log(1 + eˣ), of any shape and floating dtype.

    Raises NotImplementedError for other dtypes.

    Source: torch.nn.functional.mish; Misra, 2019.
    """
    return _elementwise(smooth.mish, "mish", "mish_cpu", input, inplace)


@one_signature
def gelu(input: Any, *, approximate: str = "none", out: Any = None) -> Any:
    """y = x Φ(x), Φ being the normal distribution, or its approximation "tanh". Any shape and floating dtype.

    Raises RuntimeError for another approximation, NotImplementedError for other dtypes.

    Source: torch.nn.functional.gelu; Hendrycks and Gimpel, 2016.
    """
    tensor_argument("gelu", "input", 1, input)
    if not isinstance(approximate, str):
        raise TypeError(f"gelu(): argument 'approximate' must be str, not {type_name(approximate)}")
    if approximate not in ("none", "tanh"):
        raise RuntimeError("approximate argument must be either none or tanh.")
    check_floating("GeluKernelImpl", input)
    return into(out, smooth.gelu(input, approximate=approximate))


@one_signature
def softplus(input: Any, beta: float = 1, threshold: float = 20, *, out: Any = None) -> Any:
    """y = log(1 + e^(β x)) / β, and x where β x > threshold; of any shape and floating dtype.

    Raises TypeError for what is no number, NotImplementedError for other dtypes.

    Source: torch.nn.functional.softplus.
    """
    tensor_argument("softplus", "input", 1, input)
    dtype = input._data.dtype
    numbers = {
        "beta": number("softplus", "beta", 2, beta, dtype),
        "threshold": number("softplus", "threshold", 3, threshold, dtype),
    }
    check_floating("softplus_cpu", input)
    return into(out, smooth.softplus(input, **numbers))


@one_signature
def log_sigmoid(input: Any, *, out: Any = None) -> Any:
    """y = −log(1 + e⁻ˣ), of any shape and floating dtype.

    Raises NotImplementedError for other dtypes.

    Source: torch.nn.functional.logsigmoid.
    """
    return into(out, _elementwise(smooth.log_sigmoid, "log_sigmoid", "log_sigmoid_cpu", input))


logsigmoid = log_sigmoid


def softsign(input: Any) -> Any:
    """y = x / (1 + |x|), of any shape; integers give the default dtype."""
    return input / (input.abs() + 1)


def tanhshrink(input: Any) -> Any:
    """y = x − tanh x, of any shape; integers give the default dtype."""
    return input - input.tanh()


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
