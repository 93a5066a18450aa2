"""Convolution layers and their transposes, in one, two and three dimensions."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, ClassVar, Literal

from refnn.functions.creation import empty
from refnn.nn import functional as F
from refnn.nn import init
from refnn.nn.modules.module import Module
from refnn.nn.modules.utils import _ntuple, _reverse_repeat_tuple, _single
from refnn.nn.parameter import Parameter

__all__ = ["Conv1d", "Conv2d", "Conv3d", "ConvTranspose1d", "ConvTranspose2d", "ConvTranspose3d"]

Ints = int | Sequence[int]
Mode = Literal["zeros", "reflect", "replicate", "circular"]
Tensor = Any


class _ConvNd(Module):
    """What all convolutions share: configuration, weight (and bias), their first values, the repr."""

    __constants__ = [
        "stride",
        "padding",
        "dilation",
        "groups",
        "padding_mode",
        "output_padding",
        "in_channels",
        "out_channels",
        "kernel_size",
    ]
    in_channels: int
    out_channels: int
    kernel_size: tuple[int, ...]
    stride: tuple[int, ...]
    padding: str | tuple[int, ...]
    dilation: tuple[int, ...]
    transposed: bool
    output_padding: tuple[int, ...]
    groups: int
    padding_mode: Mode
    weight: Tensor
    bias: Tensor | None
    _reversed_padding_repeated_twice: Sequence[int]

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: tuple[int, ...],
        stride: tuple[int, ...],
        padding: str | tuple[int, ...],
        dilation: tuple[int, ...],
        transposed: bool,
        output_padding: tuple[int, ...],
        groups: int,
        bias: bool,
        padding_mode: Mode,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        _check(in_channels, out_channels, stride, padding, groups, padding_mode)
        self.in_channels = in_channels
        self.out_channels = out_channels
        self.kernel_size = kernel_size
        self.stride = stride
        self.padding = padding
        self.dilation = dilation
        self.transposed = transposed
        self.output_padding = output_padding
        self.groups = groups
        self.padding_mode = padding_mode
        self._reversed_padding_repeated_twice = _for_pad(padding, kernel_size, dilation)
        first, second = (in_channels, out_channels) if transposed else (out_channels, in_channels)
        shape = (first, second // groups, *kernel_size)
        self.weight = Parameter(empty(shape, device=device, dtype=dtype))
        if bias:
            self.bias = Parameter(empty(out_channels, device=device, dtype=dtype))
        else:
            self.register_parameter("bias", None)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw weight and bias anew. The slope √5 makes kaiming_uniform_'s bound 1/√fan_in."""
        init.kaiming_uniform_(self.weight, a=math.sqrt(5))
        if self.bias is not None:
            fan_in, _ = init._calculate_fan_in_and_fan_out(self.weight)
            bound = 1 / math.sqrt(fan_in) if fan_in > 0 else 0
            init.uniform_(self.bias, -bound, bound)

    def extra_repr(self) -> str:
        rank = len(self.kernel_size)
        parts = [
            f"{self.in_channels}, {self.out_channels}",
            f"kernel_size={self.kernel_size}",
            f"stride={self.stride}",
        ]
        if self.padding != (0,) * len(self.padding):
            parts.append(f"padding={self.padding}")
        if self.dilation != (1,) * rank:
            parts.append(f"dilation={self.dilation}")
        if self.output_padding != (0,) * rank:
            parts.append(f"output_padding={self.output_padding}")
        if self.groups != 1:
            parts.append(f"groups={self.groups}")
        if self.bias is None:
            parts.append("bias=False")
        if self.padding_mode != "zeros":
            parts.append(f"padding_mode={self.padding_mode}")
        return ", ".join(parts)

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        self.__dict__.setdefault("padding_mode", "zeros")  # absent from very old files


def _check(
    in_channels: int,
    out_channels: int,
    stride: tuple[int, ...],
    padding: str | tuple[int, ...],
    groups: int,
    padding_mode: str,
) -> None:
    if groups <= 0:
        raise ValueError("groups must be a positive integer")
    if in_channels % groups != 0:
        raise ValueError("in_channels must be divisible by groups")
    if out_channels % groups != 0:
        raise ValueError("out_channels must be divisible by groups")
    named = {"same", "valid"}
    if isinstance(padding, str):
        if padding not in named:
            raise ValueError(f"Invalid padding string {padding!r}, should be one of {named}")
        if padding == "same" and any(s != 1 for s in stride):
            raise ValueError("padding='same' is not supported for strided convolutions")
    modes = {"zeros", "reflect", "replicate", "circular"}
    if padding_mode not in modes:
        raise ValueError(f"padding_mode must be one of {modes}, but got padding_mode='{padding_mode}'")


def _for_pad(padding: str | tuple[int, ...], kernel_size: tuple[int, ...], dilation: tuple[int, ...]) -> Sequence[int]:
    """The padding as `F.pad` takes it: (before, after) of the last dimension first."""
    if not isinstance(padding, str):
        return _reverse_repeat_tuple(padding, 2)
    if padding == "valid":
        return [0, 0] * len(kernel_size)
    total = [d * (k - 1) for d, k in zip(dilation, kernel_size, strict=False)]
    return [part for t in reversed(total) for part in (t // 2, t - t // 2)]


# Convolution --------------------------------------------------------------------------------------------


class _Conv(_ConvNd):
    """A convolution of `_rank` dimensions by `_function`."""

    _rank: ClassVar[int]
    _function: ClassVar[Callable[..., Tensor]]

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
        convolve, padding = type(self)._function, self.padding
        if self.padding_mode != "zeros":
            input = F.pad(input, self._reversed_padding_repeated_twice, mode=self.padding_mode)
            padding = (0,) * self._rank
        return convolve(input, weight, bias, self.stride, padding, self.dilation, self.groups)

    def forward(self, input: Tensor) -> Tensor:
        return self._conv_forward(input, self.weight, self.bias)


class Conv1d(_Conv):
    """Conv2d over one dimension: (N, in_channels, L) -> (N, out_channels, L'), N optional.

    Source: torch.nn.Conv1d.
    """

    _rank = 1
    _function = staticmethod(F.conv1d)


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
    padding="same" with a stride; on a call, what `refnn.nn.functional.conv2d` and `pad` raise.

    Source: torch.nn.Conv2d.
    """

    _rank = 2
    _function = staticmethod(F.conv2d)


class Conv3d(_Conv):
    """Conv2d over three dimensions: (N, in_channels, D, H, W) -> (N, out_channels, D', H', W'), N optional.

    Source: torch.nn.Conv3d.
    """

    _rank = 3
    _function = staticmethod(F.conv3d)


# Transposed convolution ---------------------------------------------------------------------------------


class _ConvTransposeNd(_ConvNd):
    """What transposed convolutions share: zeros are their only padding, and a size may be asked for."""

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: tuple[int, ...],
        stride: tuple[int, ...],
        padding: tuple[int, ...],
        dilation: tuple[int, ...],
        transposed: bool,
        output_padding: tuple[int, ...],
        groups: int,
        bias: bool,
        padding_mode: Mode,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        if padding_mode != "zeros":
            raise ValueError(f'Only "zeros" padding mode is supported for {self.__class__.__name__}')
        super().__init__(
            in_channels,
            out_channels,
            kernel_size,
            stride,
            padding,
            dilation,
            transposed,
            output_padding,
            groups,
            bias,
            padding_mode,
            device,
            dtype,
        )

    def _output_padding(
        self,
        input: Tensor,
        output_size: Sequence[int] | None,
        stride: Sequence[int],
        padding: Sequence[int],
        kernel_size: Sequence[int],
        num_spatial_dims: int,
        dilation: Sequence[int] | None = None,
    ) -> Sequence[int]:
        """The output_padding that makes the output as large as asked for."""
        if output_size is None:
            return _single(self.output_padding)
        lead = 2 if input.dim() == num_spatial_dims + 2 else 1
        if len(output_size) == lead + num_spatial_dims:
            output_size = output_size[lead:]
        if len(output_size) != num_spatial_dims:
            raise ValueError(
                f"ConvTranspose{num_spatial_dims}D: for {input.dim()}D input, output_size must have "
                f"{num_spatial_dims} or {lead + num_spatial_dims} elements (got {len(output_size)})"
            )
        least = [
            (input.size(lead + d) - 1) * stride[d]
            - 2 * padding[d]
            + (1 if dilation is None else dilation[d]) * (kernel_size[d] - 1)
            + 1
            for d in range(num_spatial_dims)
        ]
        most = [n + s - 1 for n, s in zip(least, stride, strict=False)]
        if any(n < low or n > high for n, low, high in zip(output_size, least, most, strict=True)):
            raise ValueError(
                f"requested an output size of {output_size}, but valid sizes range from {least} to {most} "
                f"(for an input of {input.size()[2:]})"
            )
        return [n - low for n, low in zip(output_size, least, strict=True)]


class _ConvTranspose(_ConvTransposeNd):
    """A transposed convolution of `_rank` dimensions by `_function`."""

    _rank: ClassVar[int]
    _function: ClassVar[Callable[..., Tensor]]

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
        return type(self)._function(
            input,
            self.weight,
            self.bias,
            self.stride,
            self.padding,
            output_padding,
            self.groups,
            self.dilation,
        )


class ConvTranspose1d(_ConvTranspose):
    """ConvTranspose2d over one dimension: (N, in_channels, L) -> (N, out_channels, L'), N optional.

    Source: torch.nn.ConvTranspose1d.
    """

    _rank = 1
    _function = staticmethod(F.conv_transpose1d)


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
    _function = staticmethod(F.conv_transpose2d)


class ConvTranspose3d(_ConvTranspose):
    """ConvTranspose2d over three dimensions: (N, in_channels, D, H, W) -> (N, out_channels, D', H', W').

    Source: torch.nn.ConvTranspose3d.
    """

    _rank = 3
    _function = staticmethod(F.conv_transpose3d)
