"""torch.dropout, feature_dropout, alpha_dropout, feature_alpha_dropout, each of them in place, native_dropout.

The masks are drawn from the default generator, in the order of memory. Probability 0, probability 1,
evaluation and an empty tensor draw nothing.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from refnn.autograd.base import Array, wrap
from refnn.autograd.inplace import apply_inplace
from refnn.dtypes import from_numpy, not_implemented
from refnn.functions._checks import bool_argument, tensor_argument
from refnn.functions._random_arguments import number
from refnn.functions.random_inplace import check_probability, in_memory_order
from refnn.ops import dropout as ops
from refnn.ops import random as draws
from refnn.ops.dropout import alpha_noise, noise
from refnn.ops.pointwise import add, mul
from refnn.random import default_generator

__all__ = [
    "alpha_dropout",
    "alpha_dropout_",
    "dropout",
    "dropout_",
    "feature_alpha_dropout",
    "feature_alpha_dropout_",
    "feature_dropout",
    "feature_dropout_",
    "native_dropout",
]


def _checked(name: str, input: Any, p: Any, train: Any) -> float:
    """The probability as a number."""
    tensor_argument(name, "input", 1, input)
    p = number(name, "p", 2, p)
    bool_argument(name, "train", 3, train)
    if not 0 <= p <= 1:
        raise RuntimeError(f"dropout probability has to be between 0 and 1, but got {p:g}")
    return p


def _kept(data: Array, p: float, by_feature: bool, alpha: bool) -> Array:
    """A mask, true with probability 1 − p: of the input's shape, or (N, C, 1, …).

    Raises RuntimeError for features of a tensor without channels, NotImplementedError for complex numbers,
    RuntimeError for integers.
    """
    if by_feature and data.ndim < 2:
        raise RuntimeError("Feature dropout requires at least 2 dimensions in the input")
    if data.dtype.kind == "c":
        raise not_implemented("bernoulli_scalar_cpu_", data.dtype)
    if data.dtype.kind in "iub":
        title = "Long" if alpha and data.dtype == np.bool_ else from_numpy(data.dtype).title
        raise RuntimeError(f"result type Float can't be cast to the desired output type {title}")
    if by_feature:
        shape = data.shape[:2] + (1,) * (data.ndim - 2)
        return draws.bernoulli(shape[0] * shape[1], 1 - p, default_generator).reshape(shape)
    return in_memory_order(draws.bernoulli(data.size, 1 - p, default_generator), data)


def _apply(operation: Any, input: Any, values: Array, inplace: bool) -> Any:
    return apply_inplace(operation, input, wrap(values)) if inplace else operation(input, wrap(values))


def _drop(
    name: str, input: Any, p: float, train: bool, *, feature: bool = False, alpha: bool = False, inplace: bool = False
) -> Any:
    p = _checked(name, input, p, train)
    data = input._data
    if p == 0 or not train or data.size == 0:
        return input
    if p == 1:
        return _apply(mul, input, np.zeros((), data.dtype), inplace)
    input._settle()
    kept = _kept(input._data, p, feature, alpha)
    if not alpha:
        return _apply(mul, input, noise(kept, p, data.dtype), inplace)
    scale, shift = alpha_noise(kept, p, data.dtype)
    return _apply(add, _apply(mul, input, scale, inplace), shift, inplace)


def dropout(input: Any, p: float, train: bool) -> Any:
    """y = x · mask / (1 − p), each mask element 0 with probability p.

    Raises RuntimeError for p outside [0, 1] or a tensor that is not floating.
    """
    return _drop("dropout", input, p, train)


def dropout_(input: Any, p: float, train: bool) -> Any:
    """In place: dropout."""
    return _drop("dropout_", input, p, train, inplace=True)


def feature_dropout(input: Any, p: float, train: bool) -> Any:
    """dropout of whole channels: x (N, C, …), mask (N, C, 1, …)."""
    return _drop("feature_dropout", input, p, train, feature=True)


def feature_dropout_(input: Any, p: float, train: bool) -> Any:
    """In place: feature_dropout."""
    return _drop("feature_dropout_", input, p, train, feature=True, inplace=True)


def alpha_dropout(input: Any, p: float, train: bool) -> Any:
    """Dropped units take the limit of SELU at −∞; scale and shift keep mean 0 and variance 1."""
    return _drop("alpha_dropout", input, p, train, alpha=True)


def alpha_dropout_(input: Any, p: float, train: bool) -> Any:
    """In place: alpha_dropout."""
    return _drop("alpha_dropout_", input, p, train, alpha=True, inplace=True)


def feature_alpha_dropout(input: Any, p: float, train: bool) -> Any:
    """alpha_dropout of whole channels: x (N, C, …)."""
    return _drop("feature_alpha_dropout", input, p, train, feature=True, alpha=True)


def feature_alpha_dropout_(input: Any, p: float, train: bool) -> Any:
    """In place: feature_alpha_dropout."""
    return _drop("feature_alpha_dropout_", input, p, train, feature=True, alpha=True, inplace=True)


def native_dropout(input: Any, p: float, train: bool | None) -> tuple[Any, Any]:
    """(y, mask): y = x · mask / (1 − p), mask boolean and of the input's shape; p = 1 gives zeros.

    `train` None means True; False keeps everything, unscaled. An empty tensor draws nothing. Raises RuntimeError
    for p outside [0, 1] or integers in training.
    """
    tensor_argument("native_dropout", "input", 1, input)
    p = number("native_dropout", "p", 2, p)
    if train is not None:
        bool_argument("native_dropout", "train", 3, train)
    data = input._data
    if data.size == 0:
        return input, wrap(np.empty_like(data))
    if train is False:
        return ops.native_dropout(input, kept=np.ones_like(data, np.bool_), scale=1.0)
    check_probability(1 - p)
    if data.dtype.kind in "iub":
        title = from_numpy(data.dtype).title
        raise RuntimeError(f"result type Float can't be cast to the desired output type {title}")
    input._settle()
    kept = in_memory_order(draws.bernoulli(data.size, 1 - p, default_generator), input._data)
    return ops.native_dropout(input, kept=kept, scale=0.0 if p == 1 else 1.0 / (1.0 - p))
