"""Normalisation within an example: of the last dimensions, of groups of channels, across channels."""

from __future__ import annotations

from numbers import Integral
from typing import Any

from refnn.functions.creation import empty
from refnn.nn import functional as F
from refnn.nn.modules._affine import add_scale, reset_scale
from refnn.nn.modules._functions import CrossMapLRN2d as _CrossMapLRN2d
from refnn.nn.modules.module import Module
from refnn.nn.modules.utils import own_constructor
from refnn.nn.parameter import Parameter
from refnn.types import Size

__all__ = ["LocalResponseNorm", "CrossMapLRN2d", "LayerNorm", "GroupNorm", "RMSNorm"]

Tensor = Any
Shape = int | list[int] | Size


def _as_tuple(shape: Any) -> tuple[int, ...]:
    return (shape,) if isinstance(shape, Integral) else tuple(shape)  # type: ignore[return-value]


class _AcrossChannels(Module):
    """`size` channels, and the numbers alpha, beta and k of the equation."""

    size: int
    alpha: float
    beta: float
    k: float

    def __init__(self, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0) -> None:
        super().__init__()
        self.size = size
        self.alpha = alpha
        self.beta = beta
        self.k = k

    def extra_repr(self) -> str:
        return f"{self.size}, alpha={self.alpha}, beta={self.beta}, k={self.k}"


@own_constructor
class LocalResponseNorm(_AcrossChannels):
    """y[c] = x[c] / (k + alpha · mean x[c']²)^beta, the mean over the `size` channels c' around c.

    Shape: x (N, C, *) with at least three dimensions, y the same.
    Raises, when called, what `nn.functional.local_response_norm` raises.
    Source: torch.nn.LocalResponseNorm; Krizhevsky, Sutskever & Hinton, 2012.
    """

    __constants__ = ["size", "alpha", "beta", "k"]

    def forward(self, input: Tensor) -> Tensor:
        return F.local_response_norm(input, self.size, self.alpha, self.beta, self.k)


class CrossMapLRN2d(_AcrossChannels):
    """LocalResponseNorm of x (N, C, H, W) as torch's older function computes it.

    Its sums hold the first channel throughout, and its gradient's windows lie one channel off: see
    `refnn.nn.modules._functions.CrossMapLRN2d`. It cannot be differentiated twice.

    Raises ValueError for another number of dimensions.

    Source: torch.nn.CrossMapLRN2d.
    """

    def __init__(self, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1) -> None:
        super().__init__(size, alpha, beta, k)

    def forward(self, input: Tensor) -> Tensor:
        return _CrossMapLRN2d.apply(input, self.size, self.alpha, self.beta, self.k)


class LayerNorm(Module):
    """y = (x − m) / √(v + eps) · weight + bias, m and v the mean and the biased variance over the last dimensions.

    Shape: x (*, *normalized_shape), y the same.

    Args:
        normalized_shape: the last dimensions; an int for one.
        eps: added to the variance.
        elementwise_affine: whether there are a weight, ones at first, and a bias, zeros at first, both of
            normalized_shape.
        bias: whether there is a bias, if elementwise_affine.

    Raises, when called, what `nn.functional.layer_norm` raises.

    Source: torch.nn.LayerNorm; Ba, Kiros & Hinton, 2016.
    """

    __constants__ = ["normalized_shape", "eps", "elementwise_affine"]
    normalized_shape: tuple[int, ...]
    eps: float
    elementwise_affine: bool

    def __init__(
        self,
        normalized_shape: Shape,
        eps: float = 1e-5,
        elementwise_affine: bool = True,
        bias: bool = True,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        self.normalized_shape = _as_tuple(normalized_shape)
        self.eps = eps
        self.elementwise_affine = elementwise_affine
        there = (elementwise_affine, elementwise_affine and bias)
        add_scale(self, self.normalized_shape, *there, device=device, dtype=dtype)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Weight 1, bias 0."""
        reset_scale(self.weight, self.bias)

    def forward(self, input: Tensor) -> Tensor:
        return F.layer_norm(input, self.normalized_shape, self.weight, self.bias, self.eps)

    def extra_repr(self) -> str:
        return (
            f"{self.normalized_shape}, eps={self.eps}, elementwise_affine={self.elementwise_affine}, "
            f"bias={self.bias is not None}"
        )


class GroupNorm(Module):
    """y = (x − m) / √(v + eps) · weight + bias, m and v over a group of channels of each example.

    Shape: x (N, num_channels, *), y the same.

    Args:
        num_groups: how many groups of neighbouring channels.
        num_channels: the number of channels.
        eps: added to the variance.
        affine: whether there are a weight, ones at first, and a bias, zeros at first, of one value for a channel.
        bias: whether there is a bias, if affine.

    Raises ValueError for groups that do not divide the channels; when called, what `nn.functional.group_norm` raises.

    Source: torch.nn.GroupNorm; Wu & He, 2018.
    """

    __constants__ = ["num_groups", "num_channels", "eps", "affine"]
    num_groups: int
    num_channels: int
    eps: float
    affine: bool

    def __init__(
        self,
        num_groups: int,
        num_channels: int,
        eps: float = 1e-5,
        affine: bool = True,
        device: Any = None,
        dtype: Any = None,
        *,
        bias: bool = True,
    ) -> None:
        super().__init__()
        if num_channels % num_groups != 0:
            raise ValueError(f"num_channels ({num_channels}) must be divisible by num_groups ({num_groups})")
        self.num_groups = num_groups
        self.num_channels = num_channels
        self.eps = eps
        self.affine = affine
        add_scale(self, (num_channels,), affine, affine and bias, device=device, dtype=dtype)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Weight 1, bias 0."""
        reset_scale(self.weight, self.bias)

    def forward(self, input: Tensor) -> Tensor:
        return F.group_norm(input, self.num_groups, self.weight, self.bias, self.eps)

    def extra_repr(self) -> str:
        return (
            f"{self.num_groups}, {self.num_channels}, eps={self.eps}, affine={self.affine}, "
            f"bias={self.bias is not None}"
        )


class RMSNorm(Module):
    """y = x / √(mean x² + eps) · weight, the mean over the last dimensions.

    Shape: x (*, *normalized_shape), y the same.

    Args:
        normalized_shape: the last dimensions; an int for one.
        eps: added to the mean; None for the machine epsilon of x's dtype, for half precision float32's.
        elementwise_affine: whether there is a weight of normalized_shape, ones at first.

    Raises, when called, what `nn.functional.rms_norm` raises.

    Source: torch.nn.RMSNorm; Zhang & Sennrich, 2019.
    """

    __constants__ = ["normalized_shape", "eps", "elementwise_affine"]
    normalized_shape: tuple[int, ...]
    eps: float | None
    elementwise_affine: bool

    def __init__(
        self,
        normalized_shape: Shape,
        eps: float | None = None,
        elementwise_affine: bool = True,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        self.normalized_shape = _as_tuple(normalized_shape)
        self.eps = eps
        self.elementwise_affine = elementwise_affine
        weight = Parameter(empty(self.normalized_shape, device=device, dtype=dtype)) if elementwise_affine else None
        self.register_parameter("weight", weight)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Weight 1."""
        reset_scale(self.weight, None)

    def forward(self, x: Tensor) -> Tensor:
        return F.rms_norm(x, self.normalized_shape, self.weight, self.eps)

    def extra_repr(self) -> str:
        return f"{self.normalized_shape}, eps={self.eps}, elementwise_affine={self.elementwise_affine}"
