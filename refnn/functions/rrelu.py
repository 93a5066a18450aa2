"""torch.rrelu and rrelu_: the randomised leaky ReLU."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from refnn.autograd.base import Array, wrap
from refnn.autograd.inplace import apply_inplace, check_writable
from refnn.dtypes import not_implemented
from refnn.functions._checks import bool_argument, tensor_argument
from refnn.functions._random_arguments import stream_of
from refnn.functions._random_range import is_floating
from refnn.functions._scalars import as_number
from refnn.functions.activation import number
from refnn.ops import rrelu as ops
from refnn.ops._half import opmath_dtype
from refnn.random import Generator

__all__ = ["rrelu", "rrelu_"]


def _check(
    name: str, input: Any, lower: Any, upper: Any, training: Any, generator: Any
) -> tuple[dict[str, float], Any]:
    """(the bounds, the stream). Raises what torch raises, before anything is drawn."""
    tensor_argument(name, "input", 1, input)
    low, high = number(name, "lower", 2, lower), number(name, "upper", 3, upper)
    bool_argument(name, "training", 4, training)
    stream = stream_of(name, generator)
    for word, bound in (("lower", low), ("upper", high)):
        if not math.isfinite(bound):
            raise RuntimeError(f"rrelu: {word} bound must be finite, got {bound:g}")
    if low > high:
        raise RuntimeError("Lower bound should be less than or equal to the upper bound")
    return {"lower": low, "upper": high}, stream


def _check_dtype(data: Array, training: bool, *, lower: float, upper: float) -> None:
    """float16 has no kernel in training; integers and complex numbers have none at all."""
    refused = training and data.dtype == np.float16
    if data.size == 0 and not refused:
        return
    if refused or not is_floating(data.dtype):
        raise not_implemented("rrelu_with_noise_out_cpu" if training else "leaky_relu_cpu", data.dtype)
    for slope in (lower, upper) if training else ((lower + upper) / 2,):
        as_number(slope, opmath_dtype(data.dtype))


def rrelu(
    input: Any,
    lower: float = 1.0 / 8,
    upper: float = 1.0 / 3,
    training: bool = False,
    generator: Generator | None = None,
) -> Any:
    """y = x where x > 0, else r x: r of U(lower, upper), drawn for each element, or in evaluation their mean.

    x may have any shape and floating dtype; y is contiguous. Raises RuntimeError for bounds that are not finite
    or in the wrong order, NotImplementedError for other dtypes, and for float16 in training.

    Source: torch.rrelu; Xu et al., 2015.
    """
    bounds, stream = _check("rrelu", input, lower, upper, training, generator)
    _check_dtype(input._data, training, **bounds)
    if training:
        return ops.rrelu(input, wrap(ops.slopes(input._data, stream, **bounds)), **bounds)
    return ops.mean_slope(input.contiguous(), negative_slope=(bounds["lower"] + bounds["upper"]) / 2)


def rrelu_(
    input: Any,
    lower: float = 1.0 / 8,
    upper: float = 1.0 / 3,
    training: bool = False,
    generator: Generator | None = None,
) -> Any:
    """In place: rrelu. Outside training its backward raises RuntimeError for a negative slope."""
    bounds, stream = _check("rrelu_", input, lower, upper, training, generator)
    if training:
        check_writable(input, input._requires_grad)
    _check_dtype(input._data, training, **bounds)
    if training:
        return apply_inplace(ops.rrelu_, input, wrap(ops.slopes(input._data, stream, **bounds)), **bounds)
    return apply_inplace(ops.mean_slope_, input, negative_slope=(bounds["lower"] + bounds["upper"]) / 2)
