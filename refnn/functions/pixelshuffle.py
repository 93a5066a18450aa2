"""torch.pixel_shuffle and pixel_unshuffle."""

from __future__ import annotations

from typing import Any

from refnn.functions._checks import int_argument, tensor_argument
from refnn.ops import pixelshuffle as ops

__all__ = ["pixel_shuffle", "pixel_unshuffle"]


def _check(function: str, input: Any, name: str, factor: Any) -> int:
    tensor_argument(function, "input", 1, input)
    int_argument(function, name, 2, factor)
    ndim, r = input._data.ndim, int(factor)
    if ndim < 3:
        raise RuntimeError(
            f"{function} expects input to have at least 3 dimensions, but got input with {ndim} dimension(s)"
        )
    if r <= 0:
        raise RuntimeError(f"{function} expects a positive {name}, but got {r}")
    return r


def pixel_shuffle(input: Any, upscale_factor: int) -> Any:
    """(*, C r², H, W) -> (*, C, H r, W r), r = upscale_factor: groups of r² channels become squares of pixels.

    Of any dtype. Raises RuntimeError for fewer than 3 dimensions, and where r² does not divide the channels.

    Source: torch.nn.functional.pixel_shuffle; Shi et al., 2016.
    """
    r = _check("pixel_shuffle", input, "upscale_factor", upscale_factor)
    channels = input._data.shape[-3]
    if channels % (r * r):
        raise RuntimeError(
            "pixel_shuffle expects its input's 'channel' dimension to be divisible by the square of "
            f"upscale_factor, but input.size(-3)={channels} is not divisible by {r * r}"
        )
    return ops.pixel_shuffle(input, factor=r)


def pixel_unshuffle(input: Any, downscale_factor: int) -> Any:
    """(*, C, H r, W r) -> (*, C r², H, W), r = downscale_factor: the inverse of pixel_shuffle.

    Of any dtype; an empty tensor keeps its shape. Raises RuntimeError for fewer than 3 dimensions, and where r
    does not divide both sides.

    Source: torch.nn.functional.pixel_unshuffle.
    """
    r = _check("pixel_unshuffle", input, "downscale_factor", downscale_factor)
    for side, dim in (("height", -2), ("width", -1)):
        n = input._data.shape[dim]
        if n % r:
            raise RuntimeError(
                f"pixel_unshuffle expects {side} to be divisible by downscale_factor, but input.size({dim})={n} "
                f"is not divisible by {r}"
            )
    if input._data.size == 0:  # torch returns it as it is
        return input.clone()
    return ops.pixel_unshuffle(input, factor=r)
