"""Sliding blocks of images as columns, and back."""

from __future__ import annotations

from typing import Any

from refnn.nn import functional as F
from refnn.nn.modules.module import Module

__all__ = ["Fold", "Unfold"]

Size = int | tuple[int, ...]


class Fold(Module):
    """Adds columns where their windows lie: x (N, C · kH · kW, L) -> (N, C, *output_size), or both without N.

    Raises, when called, what `nn.functional.fold` raises.

    Source: torch.nn.Fold.
    """

    __constants__ = ["output_size", "kernel_size", "dilation", "padding", "stride"]

    def __init__(
        self, output_size: Size, kernel_size: Size, dilation: Size = 1, padding: Size = 0, stride: Size = 1
    ) -> None:
        super().__init__()
        self.output_size, self.kernel_size = output_size, kernel_size
        self.dilation, self.padding, self.stride = dilation, padding, stride

    def forward(self, input: Any) -> Any:
        return F.fold(input, self.output_size, self.kernel_size, self.dilation, self.padding, self.stride)

    def extra_repr(self) -> str:
        return ", ".join(f"{name}={getattr(self, name)}" for name in self.__constants__)


class Unfold(Module):
    """Each block that a window sees as a column: x (N, C, H, W) -> (N, C · kH · kW, L), or both without N.

    Raises, when called, what `nn.functional.unfold` raises.

    Source: torch.nn.Unfold.
    """

    __constants__ = ["kernel_size", "dilation", "padding", "stride"]

    def __init__(self, kernel_size: Size, dilation: Size = 1, padding: Size = 0, stride: Size = 1) -> None:
        super().__init__()
        self.kernel_size, self.dilation, self.padding, self.stride = kernel_size, dilation, padding, stride

    def forward(self, input: Any) -> Any:
        return F.unfold(input, self.kernel_size, self.dilation, self.padding, self.stride)

    def extra_repr(self) -> str:
        return ", ".join(f"{name}={getattr(self, name)}" for name in self.__constants__)
