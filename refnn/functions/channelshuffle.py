"""torch.channel_shuffle and native_channel_shuffle."""

from __future__ import annotations

from typing import Any

from refnn.functions._checks import int_argument, tensor_argument
from refnn.ops import channelshuffle as ops

__all__ = ["channel_shuffle", "native_channel_shuffle"]


def _check(function: str, input: Any, groups: Any) -> int:
    tensor_argument(function, "input", 1, input)
    int_argument(function, "groups", 2, groups)
    shape, g = input._data.shape, int(groups)
    if len(shape) < 3:
        raise RuntimeError(f"channel_shuffle expects input with > 2 dims, but got input with sizes {list(shape)}")
    if g <= 0:
        raise RuntimeError(f"Number of groups to divide channels in must be positive. Value of groups:{g}")
    if shape[1] % g:
        raise RuntimeError(f"Number of channels must be divisible by groups. Got {shape[1]} channels and {g} groups.")
    return g


def channel_shuffle(input: Any, groups: int) -> Any:
    """The channels of x (N, C, *), in `groups` groups, interleaved: one of each group, then the next of each.

    Of any dtype. Raises RuntimeError for fewer than 3 dimensions, and where groups does not divide C.

    Source: torch.nn.functional.channel_shuffle; Zhang et al., 2018.
    """
    return ops.channel_shuffle(input, groups=_check("channel_shuffle", input, groups))


def native_channel_shuffle(input: Any, groups: int) -> Any:
    """channel_shuffle, of which torch knows no derivative: backward raises RuntimeError."""
    return ops.native_channel_shuffle(input, groups=_check("native_channel_shuffle", input, groups))
