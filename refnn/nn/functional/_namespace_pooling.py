"""torch.adaptive_max_pool1d, torch.max_pool1d, max_pool2d, max_pool3d: poolings as the namespace `torch` has them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from refnn.nn.functional import pooling
from refnn.nn.functional._arguments import one_signature
from refnn.nn.functional.pooling_adaptive import adaptive_max_pool1d_with_indices

__all__ = ["adaptive_max_pool1d", "max_pool1d", "max_pool2d", "max_pool3d"]

Ints = int | Sequence[int]


@one_signature
def adaptive_max_pool1d(input: Any, output_size: Any) -> tuple[Any, Any]:
    """(y, i): nn.functional.adaptive_max_pool1d, and where each maximum stands."""
    return adaptive_max_pool1d_with_indices(input, output_size)


@one_signature
def max_pool1d(
    input: Any,
    kernel_size: Ints,
    stride: Ints = (),
    padding: Ints = 0,
    dilation: Ints = 1,
    ceil_mode: bool = False,
) -> Any:
    """nn.functional.max_pool1d, the maxima alone."""
    return pooling.max_pool1d(input, kernel_size, stride, padding, dilation, ceil_mode)


@one_signature
def max_pool2d(
    input: Any,
    kernel_size: Ints,
    stride: Ints = (),
    padding: Ints = 0,
    dilation: Ints = 1,
    ceil_mode: bool = False,
) -> Any:
    """nn.functional.max_pool2d, the maxima alone."""
    return pooling.max_pool2d(input, kernel_size, stride, padding, dilation, ceil_mode)


@one_signature
def max_pool3d(
    input: Any,
    kernel_size: Ints,
    stride: Ints = (),
    padding: Ints = 0,
    dilation: Ints = 1,
    ceil_mode: bool = False,
) -> Any:
    """nn.functional.max_pool3d, the maxima alone."""
    return pooling.max_pool3d(input, kernel_size, stride, padding, dilation, ceil_mode)
