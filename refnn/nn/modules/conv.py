"""Convolution layers and their transposes, in one, two and three dimensions; each also for channels yet unknown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from refnn.nn import functional as F
from refnn.nn.modules._affine import add_uninitialized, materialize
from refnn.nn.modules._conv_base import Ints, Mode, Tensor, _ConvNd, _ConvTransposeNd
from refnn.nn.modules.lazy import LazyModuleMixin
from refnn.nn.modules.utils import _ntuple, own_constructor

__all__ = [
    "Conv1d",
    "Conv2d",
    "Conv3d",
    "ConvTranspose1d",
    "ConvTranspose2d",
    "ConvTranspose3d",
    "LazyConv1d",
    "LazyConv2d",
    "LazyConv3d",
    "LazyConvTranspose1d",
    "LazyConvTranspose2d",
    "LazyConvTranspose3d",
]

# Convolution --------------------------------------------------------------------------------------------


class _Conv(_ConvNd):
    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Ints,
        stride: Ints = 1,
        padding: str | Ints = 0,
        dilation: Ints = 1,
        groups: int = 1,
        bias: bool = True,
        padding_mode: Mode = "zeros",
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        several = _ntuple(self._rank)
        super().__init__(
            in_channels,
            out_channels,
            several(kernel_size),
            several(stride),
            padding if isinstance(padding, str) else several(padding),
            several(dilation),
            False,
            several(0),
            groups,
            bias,
            padding_mode,
            device,
            dtype,
        )

    def _conv_forward(self, input: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        convolve, padding = getattr(F, self._function), self.padding
        if self.padding_mode != "zeros":
            input = F.pad(input, self._reversed_padding_repeated_twice, mode=self.padding_mode)
            padding = (0,) * self._rank
        return convolve(input, weight, bias, self.stride, padding, self.dilation, self.groups)

    def forward(self, input: Tensor) -> Tensor:
        return self._conv_forward(input, self.weight, self.bias)


@own_constructor
class Conv1d(_Conv):
    """Conv2d over one dimension: (N, in_channels, L) -> (N, out_channels, L'), N optional.

    Source: torch.nn.Conv1d.
    """

    _rank = 1
    _function = "conv1d"


@own_constructor
class Conv2d(_Conv):
    """y[n, o] = bias[o] + Σ_c weight[o, c] ⋆ x[n, c], with ⋆ the cross-correlation over height and width.

    Shape: (N, in_channels, H, W) -> (N, out_channels, H', W'), N optional, with
    H' = ⌊(H + 2 padding − dilation (kernel_size − 1) − 1) / stride⌋ + 1, and W' alike.

    weight is (out_channels, in_channels / groups, *kernel_size), bias (out_channels,), both drawn from
    U(−√k, √k) with k = groups / (in_channels · kernel height · kernel width).

    Args:
        in_channels: channels of the input.
        out_channels: channels of the output.
        kernel_size: size of the window; here and below an int stands for both dimensions.
        stride: step from window to window.
        padding: zeros added at both sides, or "valid" (none), or "same" (as many as keep the size; the odd
            one at the end).
        dilation: step from tap to tap within a window.
        groups: into how many parts the channels are divided; each part of the output sees its own part of
            the input.
        bias: whether there is a bias.
        padding_mode: what the padding holds: "zeros", "reflect", "replicate" or "circular" (see `F.pad`).

    Raises ValueError for channels that the groups do not divide, an unknown padding or padding mode, and
    padding="same" with a stride; on a call, what `nn.functional.conv2d` and `pad` raise.

    Source: torch.nn.Conv2d.
    """

    _rank = 2
    _function = "conv2d"


@own_constructor
class Conv3d(_Conv):
    """Conv2d over three dimensions: (N, in_channels, D, H, W) -> (N, out_channels, D', H', W'), N optional.

    Source: torch.nn.Conv3d.
    """

    _rank = 3
    _function = "conv3d"


# Transposed convolution ---------------------------------------------------------------------------------


class _ConvTranspose(_ConvTransposeNd):
    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Ints,
        stride: Ints = 1,
        padding: Ints = 0,
        output_padding: Ints = 0,
        groups: int = 1,
        bias: bool = True,
        dilation: Ints = 1,
        padding_mode: Mode = "zeros",
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        several = _ntuple(self._rank)
        super().__init__(
            in_channels,
            out_channels,
            several(kernel_size),
            several(stride),
            several(padding),
            several(dilation),
            True,
            several(output_padding),
            groups,
            bias,
            padding_mode,
            device,
            dtype,
        )

    def forward(self, input: Tensor, output_size: Sequence[int] | None = None) -> Tensor:
        """y for x; `output_size`, with or without batch and channels, chooses among the possible sizes.

        Raises ValueError for a size that is not among them.
        """
        if self.padding_mode != "zeros":
            raise ValueError(f"Only `zeros` padding mode is supported for ConvTranspose{self._rank}d")
        assert isinstance(self.padding, tuple)
        output_padding = self._output_padding(
            input, output_size, self.stride, self.padding, self.kernel_size, self._rank, self.dilation
        )
        return getattr(F, self._function)(
            input,
            self.weight,
            self.bias,
            self.stride,
            self.padding,
            output_padding,
            self.groups,
            self.dilation,
        )


@own_constructor
class ConvTranspose1d(_ConvTranspose):
    """ConvTranspose2d over one dimension: (N, in_channels, L) -> (N, out_channels, L'), N optional.

    Source: torch.nn.ConvTranspose1d.
    """

    _rank = 1
    _function = "conv_transpose1d"


@own_constructor
class ConvTranspose2d(_ConvTranspose):
    """The transpose of Conv2d: each place of the input adds its multiple of the kernel to the output.

    Shape: (N, in_channels, H, W) -> (N, out_channels, H', W'), N optional, with
    H' = (H − 1) stride − 2 padding + dilation (kernel_size − 1) + output_padding + 1, and W' alike.

    weight is (in_channels, out_channels / groups, *kernel_size), bias (out_channels,), both drawn from
    U(−√k, √k) with k = groups / (out_channels · kernel height · kernel width).

    Args:
        in_channels, out_channels, kernel_size, stride, dilation, groups, bias: as in Conv2d.
        padding: what the Conv2d in the other direction pads: places cut off at both sides.
        output_padding: places added at the end. A stride of 2 brings sizes 7 and 8 to 4; this says which of
            them 4 is brought back to.
        padding_mode: "zeros".

    Raises ValueError as Conv2d does, and for another padding mode.

    Source: torch.nn.ConvTranspose2d.
    """

    _rank = 2
    _function = "conv_transpose2d"


@own_constructor
class ConvTranspose3d(_ConvTranspose):
    """ConvTranspose2d over three dimensions: (N, in_channels, D, H, W) -> (N, out_channels, D', H', W').

    Source: torch.nn.ConvTranspose3d.
    """

    _rank = 3
    _function = "conv_transpose3d"


# Channels yet unknown -----------------------------------------------------------------------------------


class _LazyConvNd(LazyModuleMixin, _ConvNd):
    """A convolution whose in_channels is that of the first input. Before that it is 0."""

    def reset_parameters(self) -> None:
        """Draw weight and bias anew, if they have a shape."""
        if not self.has_uninitialized_params() and self.in_channels != 0:
            super().reset_parameters()

    def initialize_parameters(self, input: Tensor) -> None:
        """Make weight and bias as the input's channels ask, and draw their values.

        Raises RuntimeError for a wrong number of dimensions, ValueError for channels that the groups do not
        divide.
        """
        if not self.has_uninitialized_params():
            return
        channels = self.in_channels = self._get_in_channels(input)
        if channels % self.groups:
            raise ValueError("in_channels must be divisible by groups")
        materialize(self, self._weight_shape(), self.out_channels)

    def _get_in_channels(self, input: Tensor) -> int:
        one, batch = self._rank + 1, self._rank + 2
        if input.dim() not in (one, batch):
            raise RuntimeError(
                f"Expected {one}D (unbatched) or {batch}D (batched) input to {type(self).__name__}, but got input of "
                f"size: {input.shape}"
            )
        return int(input.shape[-one])


class _LazyConv(_LazyConvNd):
    def __init__(
        self,
        out_channels: int,
        kernel_size: Ints,
        stride: Ints = 1,
        padding: Ints = 0,
        dilation: Ints = 1,
        groups: int = 1,
        bias: bool = True,
        padding_mode: Mode = "zeros",
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        factory = {"device": device, "dtype": dtype}
        super().__init__(0, 0, kernel_size, stride, padding, dilation, groups, False, padding_mode, **factory)
        add_uninitialized(self, bias, **factory)
        self.out_channels = out_channels


class _LazyConvTranspose(_LazyConvNd):
    def __init__(
        self,
        out_channels: int,
        kernel_size: Ints,
        stride: Ints = 1,
        padding: Ints = 0,
        output_padding: Ints = 0,
        groups: int = 1,
        bias: bool = True,
        dilation: Ints = 1,
        padding_mode: Mode = "zeros",
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        factory = {"device": device, "dtype": dtype}
        form = (kernel_size, stride, padding, output_padding, groups, False, dilation, padding_mode)
        super().__init__(0, 0, *form, **factory)
        add_uninitialized(self, bias, **factory)
        self.out_channels = out_channels


@own_constructor
class LazyConv1d(_LazyConv, Conv1d):
    """Conv1d whose in_channels is the first input's. Source: torch.nn.LazyConv1d."""

    cls_to_become = Conv1d


@own_constructor
class LazyConv2d(_LazyConv, Conv2d):
    """Conv2d whose in_channels is the first input's. Source: torch.nn.LazyConv2d."""

    cls_to_become = Conv2d


@own_constructor
class LazyConv3d(_LazyConv, Conv3d):
    """Conv3d whose in_channels is the first input's. Source: torch.nn.LazyConv3d."""

    cls_to_become = Conv3d


@own_constructor
class LazyConvTranspose1d(_LazyConvTranspose, ConvTranspose1d):
    """ConvTranspose1d whose in_channels is the first input's. Source: torch.nn.LazyConvTranspose1d."""

    cls_to_become = ConvTranspose1d


@own_constructor
class LazyConvTranspose2d(_LazyConvTranspose, ConvTranspose2d):
    """ConvTranspose2d whose in_channels is the first input's. Source: torch.nn.LazyConvTranspose2d."""

    cls_to_become = ConvTranspose2d


@own_constructor
class LazyConvTranspose3d(_LazyConvTranspose, ConvTranspose3d):
    """ConvTranspose3d whose in_channels is the first input's. Source: torch.nn.LazyConvTranspose3d."""

    cls_to_become = ConvTranspose3d
