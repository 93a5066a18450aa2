"""All parameters as one vector, and back."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from refnn.functions.joining import cat
from refnn.nn.modules._registration import _typename
from refnn.tensor import Tensor

__all__ = ["parameters_to_vector", "vector_to_parameters"]


def parameters_to_vector(parameters: Iterable[Tensor]) -> Any:
    """The parameters' values one after the other, as one 1-d tensor. Differentiable.

    Raises ValueError for no parameters at all.

    Source: torch.nn.utils.parameters_to_vector.
    """
    return cat([param.view(-1) for param in parameters])


def vector_to_parameters(vec: Tensor, parameters: Iterable[Tensor]) -> None:
    """Let the parameters take their values from successive parts of `vec`, whose memory they then share.

    Raises TypeError if `vec` is no Tensor, RuntimeError if it is too short.

    Source: torch.nn.utils.vector_to_parameters.
    """
    if not isinstance(vec, Tensor):
        raise TypeError(f"expected torch.Tensor, but got: {_typename(vec)}")
    start = 0
    for param in parameters:
        stop = start + param.numel()
        param.data = vec[start:stop].view_as(param).data
        start = stop
