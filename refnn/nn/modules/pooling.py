"""Pooling layers: the maximum or the average of every window. They have no parameters.

A base holds the configuration and calls the function of `nn.functional` that a layer names.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from refnn.nn import functional as F
from refnn.nn.modules import pooling_adaptive
from refnn.nn.modules.module import Module
from refnn.nn.modules.pooling_adaptive import *  # noqa: F403 - in torch they stand in this file too
from refnn.nn.modules.utils import _single, own_constructor

__all__ = [  # noqa: PLE0604
    "MaxPool1d",
    "MaxPool2d",
    "MaxPool3d",
    "AvgPool1d",
    "AvgPool2d",
    "AvgPool3d",
    *pooling_adaptive.__all__,
]

Ints = int | Sequence[int]
Tensor = Any


class _MaxPoolNd(Module):
    """How the windows lie, and whether the maxima's places are returned too.

    Args:
        kernel_size: size of a window; an int for all dimensions.
        stride: step from window to window. Default: kernel_size.
        padding: how far windows reach over the edge; padding never is the maximum.
        dilation: step from tap to tap within a window.
        return_indices: return (y, i), i the flat position of each maximum.
        ceil_mode: keep windows that hang over on the right.
    """

    __constants__ = ["kernel_size", "stride", "padding", "dilation", "return_indices", "ceil_mode"]
    kernel_size: Ints
    stride: Ints
    padding: Ints
    dilation: Ints
    return_indices: bool
    ceil_mode: bool
    _function: ClassVar[str]

    def __init__(
        self,
        kernel_size: Ints,
        stride: Ints | None = None,
        padding: Ints = 0,
        dilation: Ints = 1,
        return_indices: bool = False,
        ceil_mode: bool = False,
    ) -> None:
        super().__init__()
        self.kernel_size = kernel_size
        self.stride = stride if stride is not None else kernel_size
        self.padding = padding
        self.dilation = dilation
        self.return_indices = return_indices
        self.ceil_mode = ceil_mode

    def forward(self, input: Tensor) -> Any:
        sizes = (self.kernel_size, self.stride, self.padding, self.dilation)
        return getattr(F, self._function)(input, *sizes, ceil_mode=self.ceil_mode, return_indices=self.return_indices)

    def extra_repr(self) -> str:
        return (
            f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}, "
            f"dilation={self.dilation}, ceil_mode={self.ceil_mode}"
        )


class MaxPool1d(_MaxPoolNd):
    """y[l] = max_j x[l·stride − padding + j·dilation].

    Shape: (N, C, S) -> (N, C, L), N optional; `nn.functional.max_pool1d` tells L.
    Raises, when called, what that raises.
    Source: torch.nn.MaxPool1d.
    """

    _function = "max_pool1d"


class MaxPool2d(_MaxPoolNd):
    """The maximum of every window of H × W.

    Shape: (N, C, H, W) -> (N, C, L_h, L_w), N optional.
    Raises, when called, what `nn.functional.max_pool2d` raises.
    Source: torch.nn.MaxPool2d.
    """

    _function = "max_pool2d"


class MaxPool3d(_MaxPoolNd):
    """The maximum of every window of T × H × W.

    Shape: (N, C, T, H, W) -> (N, C, L_t, L_h, L_w), N optional.
    Raises, when called, what `nn.functional.max_pool3d` raises.
    Source: torch.nn.MaxPool3d.
    """

    _function = "max_pool3d"


class _AvgPoolNd(Module):
    """What the average poolings print."""

    __constants__ = ["kernel_size", "stride", "padding", "ceil_mode", "count_include_pad"]
    kernel_size: Any
    stride: Any
    padding: Any
    ceil_mode: bool
    count_include_pad: bool

    def extra_repr(self) -> str:
        return f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}"


class AvgPool1d(_AvgPoolNd):
    """y[l] = Σ_j x[l·stride − padding + j] / n[l], n the number of the window's positions.

    Args:
        kernel_size: size of a window.
        stride: step from window to window. Default: kernel_size.
        padding: how far windows reach over the edge, over zeros.
        ceil_mode: keep windows that hang over on the right.
        count_include_pad: whether the padding counts in n.

    Shape: (N, C, S) -> (N, C, L), N optional.
    Raises, when called, what `nn.functional.avg_pool1d` raises.
    Source: torch.nn.AvgPool1d.
    """

    def __init__(
        self,
        kernel_size: Ints,
        stride: Ints | None = None,
        padding: Ints = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
    ) -> None:
        super().__init__()
        self.kernel_size = _single(kernel_size)
        self.stride = _single(stride if stride is not None else kernel_size)
        self.padding = _single(padding)
        self.ceil_mode = ceil_mode
        self.count_include_pad = count_include_pad

    def forward(self, input: Tensor) -> Tensor:
        return F.avg_pool1d(input, self.kernel_size, self.stride, self.padding, self.ceil_mode, self.count_include_pad)


class _AvgPoolWithDivisor(_AvgPoolNd):
    """The average poolings of two and three dimensions."""

    __constants__ = [*_AvgPoolNd.__constants__, "divisor_override"]
    _function: ClassVar[str]

    def __init__(
        self,
        kernel_size: Ints,
        stride: Ints | None = None,
        padding: Ints = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
        divisor_override: int | None = None,
    ) -> None:
        super().__init__()
        self.kernel_size = kernel_size
        self.stride = stride if stride is not None else kernel_size
        self.padding = padding
        self.ceil_mode = ceil_mode
        self.count_include_pad = count_include_pad
        self.divisor_override = divisor_override

    def forward(self, input: Tensor) -> Tensor:
        sizes = (self.kernel_size, self.stride, self.padding)
        return getattr(F, self._function)(input, *sizes, self.ceil_mode, self.count_include_pad, self.divisor_override)


@own_constructor
class AvgPool2d(_AvgPoolWithDivisor):
    """The average of every window of H × W.

    Args: as for AvgPool1d, and
        divisor_override: what each window's sum is divided by, in place of the number of its positions.

    Shape: (N, C, H, W) -> (N, C, L_h, L_w), N optional.
    Raises, when called, what `nn.functional.avg_pool2d` raises.
    Source: torch.nn.AvgPool2d.
    """

    _function = "avg_pool2d"


@own_constructor
class AvgPool3d(_AvgPoolWithDivisor):
    """The average of every window of T × H × W.

    Args: as for AvgPool2d.

    Shape: (N, C, T, H, W) -> (N, C, L_t, L_h, L_w), N optional.
    Raises, when called, what `nn.functional.avg_pool3d` raises.
    Source: torch.nn.AvgPool3d.
    """

    _function = "avg_pool3d"

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__({"padding": 0, "ceil_mode": False, "count_include_pad": True} | state)  # of old files
