"""Activations made of exponentials, tanh and the normal distribution."""

from __future__ import annotations

from typing import Any

from refnn.functions._checks import tensor_argument, type_name
from refnn.functions._out import into
from refnn.functions.activation import check_floating, elementwise, number
from refnn.nn.functional._arguments import parsed
from refnn.ops import activation_smooth as ops
from refnn.ops._half import opmath_dtype

__all__ = [
    "gelu",
    "logsigmoid",
    "mish",
    "sigmoid",
    "silu",
    "softplus",
    "softsign",
    "tanh",
    "tanhshrink",
]


def sigmoid(input: Any) -> Any:
    """y = 1 / (1 + e⁻ˣ), of any shape; integers give the default dtype. Source: torch.nn.functional.sigmoid."""
    return input.sigmoid()


def tanh(input: Any) -> Any:
    """y = tanh x, of any shape; integers give the default dtype. Source: torch.nn.functional.tanh."""
    return input.tanh()


def silu(input: Any, inplace: bool = False) -> Any:
    """y = x / (1 + e⁻ˣ), of any shape, floating or complex.

    Raises NotImplementedError for other dtypes.

    Source: torch.nn.functional.silu; Hendrycks and Gimpel, 2016; Elfwing et al., 2017.
    """
    return elementwise(ops.silu, "silu", "silu_cpu", input, inplace, "fVc")


def mish(input: Any, inplace: bool = False) -> Any:
    """y = x tanh log(1 + eˣ), of any shape and floating dtype.

    Raises NotImplementedError for other dtypes.

    Source: torch.nn.functional.mish; Misra, 2019.
    """
    return elementwise(ops.mish, "mish", "mish_cpu", input, inplace)


@parsed("Tensor input, *, str approximate = 'none', Tensor out = None")
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
    return into(out, ops.gelu(input, approximate=approximate))


@parsed("Tensor input, Number beta = 1, Number threshold = 20, *, Tensor out = None")
def softplus(input: Any, beta: float = 1, threshold: float = 20, *, out: Any = None) -> Any:
    """y = log(1 + e^(β x)) / β, and x where β x > threshold; of any shape and floating dtype.

    Raises TypeError for what is no number, NotImplementedError for other dtypes.

    Source: torch.nn.functional.softplus.
    """
    tensor_argument("softplus", "input", 1, input)
    dtype = opmath_dtype(input._data.dtype)
    numbers = {
        "beta": number("softplus", "beta", 2, beta, dtype),
        "threshold": number("softplus", "threshold", 3, threshold, dtype),
    }
    check_floating("softplus_cpu", input)
    return into(out, ops.softplus(input, **numbers))


@parsed("Tensor input, *, Tensor out = None")
def log_sigmoid(input: Any, *, out: Any = None) -> Any:
    """y = −log(1 + e⁻ˣ), of any shape and floating dtype.

    Raises NotImplementedError for other dtypes.

    Source: torch.nn.functional.logsigmoid.
    """
    return into(out, elementwise(ops.log_sigmoid, "log_sigmoid", "log_sigmoid_cpu", input))


logsigmoid = log_sigmoid  # whose name, in errors, is torch's


def softsign(input: Any) -> Any:
    """y = x / (1 + |x|), of any shape; integers give the default dtype.

    Raises NotImplementedError for bool.

    Source: torch.nn.functional.softsign; Bergstra et al., 2009.
    """
    return input / (input.abs() + 1)


def tanhshrink(input: Any) -> Any:
    """y = x − tanh x, of any shape; integers give the default dtype.

    Raises RuntimeError for bool.

    Source: torch.nn.functional.tanhshrink.
    """
    return input - input.tanh()
