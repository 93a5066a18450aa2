"""Pixel shuffle and its inverse as modules."""

from __future__ import annotations

from typing import Any

from refnn.nn import functional as F
from refnn.nn.modules.module import Module

__all__ = ["PixelShuffle", "PixelUnshuffle"]


class PixelShuffle(Module):
    """x (*, C r², H, W) -> (*, C, H r, W r), r = upscale_factor: r² channels become a square of pixels.

    Raises RuntimeError for fewer than 3 dimensions, and where r² does not divide the channels.

    Source: torch.nn.PixelShuffle; Shi et al., 2016.
    """

    __constants__ = ["upscale_factor"]
    upscale_factor: int

    def __init__(self, upscale_factor: int) -> None:
        super().__init__()
        self.upscale_factor = upscale_factor

    def forward(self, input: Any) -> Any:
        return F.pixel_shuffle(input, self.upscale_factor)

    def extra_repr(self) -> str:
        return f"upscale_factor={self.upscale_factor}"


class PixelUnshuffle(Module):
    """x (*, C, H r, W r) -> (*, C r², H, W), r = downscale_factor: the inverse of PixelShuffle.

    Raises RuntimeError for fewer than 3 dimensions, and where r does not divide both sides.

    Source: torch.nn.PixelUnshuffle.
    """

    __constants__ = ["downscale_factor"]
    downscale_factor: int

    def __init__(self, downscale_factor: int) -> None:
        super().__init__()
        self.downscale_factor = downscale_factor

    def forward(self, input: Any) -> Any:
        return F.pixel_unshuffle(input, self.downscale_factor)

    def extra_repr(self) -> str:
        return f"downscale_factor={self.downscale_factor}"
