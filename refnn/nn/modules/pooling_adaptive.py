"""Pooling layers that pool to a size, power averages, and unpooling. They have no parameters."""

from __future__ import annotations

from typing import Any, ClassVar

from refnn.nn import functional as F
from refnn.nn.modules.module import Module
from refnn.nn.modules.utils import _ntuple, own_constructor

__all__ = [
    "AdaptiveAvgPool1d",
    "AdaptiveAvgPool2d",
    "AdaptiveAvgPool3d",
    "AdaptiveMaxPool1d",
    "AdaptiveMaxPool2d",
    "AdaptiveMaxPool3d",
    "FractionalMaxPool2d",
    "FractionalMaxPool3d",
    "LPPool1d",
    "LPPool2d",
    "LPPool3d",
    "MaxUnpool1d",
    "MaxUnpool2d",
    "MaxUnpool3d",
]

Tensor = Any
Size = int | tuple[int, ...]
OptionalSize = int | None | tuple[int | None, ...]

# Adaptive -----------------------------------------------------------------------------------------------


class _AdaptivePoolNd(Module):
    """What the adaptive poolings print."""

    output_size: Any

    def extra_repr(self) -> str:
        return f"output_size={self.output_size}"


class _AdaptiveAvgPoolNd(_AdaptivePoolNd):
    """The size that is pooled to."""

    __constants__ = ["output_size"]
    _function: ClassVar[str]

    def __init__(self, output_size: OptionalSize) -> None:
        super().__init__()
        self.output_size = output_size

    def forward(self, input: Tensor) -> Tensor:
        return getattr(F, self._function)(input, self.output_size)


class AdaptiveAvgPool1d(_AdaptiveAvgPoolNd):
    """The mean of each of output_size windows.

    Shape: (N, C, S) -> (N, C, L), N optional.
    Raises, when called, what `nn.functional.adaptive_avg_pool1d` raises.
    Source: torch.nn.AdaptiveAvgPool1d.
    """

    _function = "adaptive_avg_pool1d"


class AdaptiveAvgPool2d(_AdaptiveAvgPoolNd):
    """The mean of each of output_size windows of H × W; None keeps the input's size.

    Shape: (N, C, H, W) -> (N, C, L_h, L_w), N optional.
    Raises, when called, what `nn.functional.adaptive_avg_pool2d` raises.
    Source: torch.nn.AdaptiveAvgPool2d.
    """

    _function = "adaptive_avg_pool2d"


class AdaptiveAvgPool3d(_AdaptiveAvgPoolNd):
    """The mean of each of output_size windows of T × H × W; None keeps the input's size.

    Shape: (N, C, T, H, W) -> (N, C, L_t, L_h, L_w), N optional.
    Raises, when called, what `nn.functional.adaptive_avg_pool3d` raises.
    Source: torch.nn.AdaptiveAvgPool3d.
    """

    _function = "adaptive_avg_pool3d"


class _AdaptiveMaxPoolNd(_AdaptivePoolNd):
    """The size that is pooled to, and whether the maxima's places are returned too."""

    __constants__ = ["output_size", "return_indices"]
    return_indices: bool
    _function: ClassVar[str]

    def __init__(self, output_size: OptionalSize, return_indices: bool = False) -> None:
        super().__init__()
        self.output_size = output_size
        self.return_indices = return_indices

    def forward(self, input: Tensor) -> Any:
        return getattr(F, self._function)(input, self.output_size, self.return_indices)


class AdaptiveMaxPool1d(_AdaptiveMaxPoolNd):
    """The maximum of each of output_size windows.

    Shape: (N, C, S) -> (N, C, L), N optional.
    Raises, when called, what `nn.functional.adaptive_max_pool1d` raises.
    Source: torch.nn.AdaptiveMaxPool1d.
    """

    _function = "adaptive_max_pool1d"


class AdaptiveMaxPool2d(_AdaptiveMaxPoolNd):
    """The maximum of each of output_size windows of H × W; None keeps the input's size.

    Shape: (N, C, H, W) -> (N, C, L_h, L_w), N optional.
    Raises, when called, what `nn.functional.adaptive_max_pool2d` raises.
    Source: torch.nn.AdaptiveMaxPool2d.
    """

    _function = "adaptive_max_pool2d"


class AdaptiveMaxPool3d(_AdaptiveMaxPoolNd):
    """The maximum of each of output_size windows of T × H × W; None keeps the input's size.

    Shape: (N, C, T, H, W) -> (N, C, L_t, L_h, L_w), N optional.
    Raises, when called, what `nn.functional.adaptive_max_pool3d` raises.
    Source: torch.nn.AdaptiveMaxPool3d.
    """

    _function = "adaptive_max_pool3d"


# Fractional ---------------------------------------------------------------------------------------------


class _FractionalMaxPoolNd(Module):
    """Windows whose distances vary at random.

    Args:
        kernel_size: size of a window.
        output_size: how many windows there are along each axis.
        output_ratio: or how many for each place of the input, between 0 and 1.
        return_indices: return (y, i), i the flat position of each maximum.
        _random_samples: numbers from [0, 1) to use rather than random ones.

    Raises: ValueError unless exactly one of output_size and output_ratio is given, for a ratio out of range, and in
        three dimensions for a window without places.
    """

    __constants__ = ["kernel_size", "return_indices", "output_size", "output_ratio"]
    kernel_size: tuple[int, ...]
    return_indices: bool
    output_size: Any
    output_ratio: Any
    _random_samples: Any
    _rank: ClassVar[int]

    def __init__(
        self,
        kernel_size: Size,
        output_size: Size | None = None,
        output_ratio: float | tuple[float, ...] | None = None,
        return_indices: bool = False,
        _random_samples: Any = None,
    ) -> None:
        super().__init__()
        sizes = kernel_size if isinstance(kernel_size, (tuple, list)) else (kernel_size,)
        if self._rank == 3 and any(isinstance(n, int) and n <= 0 for n in sizes):  # torch checks no other rank
            raise ValueError(f"kernel_size must be greater than 0, but got {kernel_size}")
        several = _ntuple(self._rank)
        self.kernel_size = several(kernel_size)
        self.return_indices = return_indices
        self.register_buffer("_random_samples", _random_samples)
        self.output_size = several(output_size) if output_size is not None else None
        self.output_ratio = several(output_ratio) if output_ratio is not None else None
        if output_size is None and output_ratio is None:
            name = f"FractionalMaxPool{self._rank}d"
            raise ValueError(f"{name} requires specifying either an output size, or a pooling ratio")
        if output_size is not None and output_ratio is not None:
            raise ValueError("only one of output_size and output_ratio may be specified")
        if self.output_ratio is not None and not all(0 < ratio < 1 for ratio in self.output_ratio):
            raise ValueError(f"output_ratio must be between 0 and 1 (got {output_ratio})")

    def forward(self, input: Tensor) -> Any:
        return getattr(F, f"fractional_max_pool{self._rank}d")(
            input,
            self.kernel_size,
            self.output_size,
            self.output_ratio,
            self.return_indices,
            _random_samples=self._random_samples,
        )


@own_constructor
class FractionalMaxPool2d(_FractionalMaxPoolNd):
    """The maximum of windows of H × W whose distances vary at random.

    Shape: (N, C, H, W) -> (N, C, L_h, L_w), N optional.
    Raises, when called, what `nn.functional.fractional_max_pool2d` raises.
    Source: torch.nn.FractionalMaxPool2d; Graham, 2014.
    """

    _rank = 2


@own_constructor
class FractionalMaxPool3d(_FractionalMaxPoolNd):
    """The maximum of windows of T × H × W whose distances vary at random.

    Shape: (N, C, T, H, W) -> (N, C, L_t, L_h, L_w), N optional.
    Raises, when called, what `nn.functional.fractional_max_pool3d` raises.
    Source: torch.nn.FractionalMaxPool3d; Graham, 2014.
    """

    _rank = 3


# Power average ------------------------------------------------------------------------------------------


class _LPPoolNd(Module):
    """How the windows lie, and the norm.

    Args:
        norm_type: p.
        kernel_size: size of a window.
        stride: step from window to window. Default: kernel_size.
        ceil_mode: keep windows that hang over on the right.
    """

    __constants__ = ["norm_type", "kernel_size", "stride", "ceil_mode"]
    norm_type: float
    ceil_mode: bool
    _function: ClassVar[str]

    def __init__(
        self, norm_type: float, kernel_size: Size, stride: Size | None = None, ceil_mode: bool = False
    ) -> None:
        super().__init__()
        self.norm_type = norm_type
        self.kernel_size = kernel_size
        self.stride = stride
        self.ceil_mode = ceil_mode

    def forward(self, input: Tensor) -> Tensor:
        sizes = (float(self.norm_type), self.kernel_size, self.stride, self.ceil_mode)
        return getattr(F, self._function)(input, *sizes)

    def extra_repr(self) -> str:
        return (
            f"norm_type={self.norm_type}, kernel_size={self.kernel_size}, stride={self.stride}, "
            f"ceil_mode={self.ceil_mode}"
        )


class LPPool1d(_LPPoolNd):
    """y[l] = (Σ_j x[l·stride + j]ᵖ)^(1/p).

    Shape: (N, C, S) -> (N, C, L), N optional.
    Raises, when called, what `nn.functional.lp_pool1d` raises.
    Source: torch.nn.LPPool1d.
    """

    _function = "lp_pool1d"


class LPPool2d(_LPPoolNd):
    """The p-norm of every window of H × W.

    Shape: (N, C, H, W) -> (N, C, L_h, L_w), N optional.
    Raises, when called, what `nn.functional.lp_pool2d` raises.
    Source: torch.nn.LPPool2d.
    """

    _function = "lp_pool2d"


class LPPool3d(_LPPoolNd):
    """The p-norm of every window of T × H × W.

    Shape: (N, C, T, H, W) -> (N, C, L_t, L_h, L_w), N optional.
    Raises, when called, what `nn.functional.lp_pool3d` raises.
    Source: torch.nn.LPPool3d.
    """

    _function = "lp_pool3d"


# Unpooling ----------------------------------------------------------------------------------------------


class _MaxUnpoolNd(Module):
    """How the windows lay that were pooled.

    Args:
        kernel_size: size of a window.
        stride: step from window to window. Default: kernel_size.
        padding: how far windows reached over the edge.
    """

    kernel_size: tuple[int, ...]
    stride: tuple[int, ...]
    padding: tuple[int, ...]
    _rank: ClassVar[int]

    def __init__(self, kernel_size: Size, stride: Size | None = None, padding: Size = 0) -> None:
        super().__init__()
        several = _ntuple(self._rank)
        self.kernel_size = several(kernel_size)
        self.stride = several(stride if stride is not None else kernel_size)
        self.padding = several(padding)

    def forward(self, input: Tensor, indices: Tensor, output_size: Any = None) -> Tensor:
        sizes = (self.kernel_size, self.stride, self.padding, output_size)
        return getattr(F, f"max_unpool{self._rank}d")(input, indices, *sizes)

    def extra_repr(self) -> str:
        return f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}"


@own_constructor
class MaxUnpool1d(_MaxUnpoolNd):
    """The maxima of MaxPool1d back at their places, 0 elsewhere.

    Shape: (N, C, L), (N, C, L) -> (N, C, S), N optional.
    Raises, when called, what `nn.functional.max_unpool1d` raises.
    Source: torch.nn.MaxUnpool1d.
    """

    _rank = 1


@own_constructor
class MaxUnpool2d(_MaxUnpoolNd):
    """The maxima of MaxPool2d back at their places, 0 elsewhere.

    Shape: (N, C, L_h, L_w), twice -> (N, C, H, W), N optional.
    Raises, when called, what `nn.functional.max_unpool2d` raises.
    Source: torch.nn.MaxUnpool2d.
    """

    _rank = 2


@own_constructor
class MaxUnpool3d(_MaxUnpoolNd):
    """The maxima of MaxPool3d back at their places, 0 elsewhere.

    Shape: (N, C, L_t, L_h, L_w), twice -> (N, C, T, H, W), N optional.
    Raises, when called, what `nn.functional.max_unpool3d` raises.
    Source: torch.nn.MaxUnpool3d.
    """

    _rank = 3
