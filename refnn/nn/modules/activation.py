"""Activation functions as modules."""

from __future__ import annotations

from typing import Any

from refnn.functions.elementary import sigmoid, tanh
from refnn.nn import functional as F
from refnn.nn.modules.module import Module

__all__ = ["LeakyReLU", "LogSoftmax", "ReLU", "RReLU", "Sigmoid", "Softmax", "Softmax2d", "Softmin", "Tanh"]


class ReLU(Module):
    """y = max(x, 0). x (*). `inplace` overwrites the input.

    Source: torch.nn.ReLU.
    """

    __constants__ = ["inplace"]
    inplace: bool

    def __init__(self, inplace: bool = False) -> None:
        super().__init__()
        self.inplace = inplace

    def forward(self, input: Any) -> Any:
        return F.relu(input, inplace=self.inplace)

    def extra_repr(self) -> str:
        return "inplace=True" if self.inplace else ""


class LeakyReLU(Module):
    """y = x where x > 0, else negative_slope · x. x (*). `inplace` overwrites the input.

    Source: torch.nn.LeakyReLU.
    """

    __constants__ = ["inplace", "negative_slope"]
    inplace: bool
    negative_slope: float

    def __init__(self, negative_slope: float = 1e-2, inplace: bool = False) -> None:
        super().__init__()
        self.negative_slope = negative_slope
        self.inplace = inplace

    def forward(self, input: Any) -> Any:
        return F.leaky_relu(input, self.negative_slope, self.inplace)

    def extra_repr(self) -> str:
        return f"negative_slope={self.negative_slope}{', inplace=True' if self.inplace else ''}"


class RReLU(Module):
    """y = x where x > 0, else r x: in training r of U(lower, upper) for each element, else their mean. x (*).

    `inplace` overwrites the input. Source: torch.nn.RReLU; Xu et al., 2015.
    """

    __constants__ = ["lower", "upper", "inplace"]
    lower: float
    upper: float
    inplace: bool

    def __init__(self, lower: float = 1.0 / 8, upper: float = 1.0 / 3, inplace: bool = False) -> None:
        super().__init__()
        self.lower = lower
        self.upper = upper
        self.inplace = inplace

    def forward(self, input: Any) -> Any:
        return F.rrelu(input, self.lower, self.upper, self.training, self.inplace)

    def extra_repr(self) -> str:
        return f"lower={self.lower}, upper={self.upper}{', inplace=True' if self.inplace else ''}"


class Sigmoid(Module):
    """y = 1 / (1 + e⁻ˣ). x (*).

    Source: torch.nn.Sigmoid.
    """

    def forward(self, input: Any) -> Any:
        return sigmoid(input)


class Tanh(Module):
    """y = tanh x. x (*).

    Source: torch.nn.Tanh.
    """

    def forward(self, input: Any) -> Any:
        return tanh(input)


class _AlongDim(Module):
    """A function along one dimension."""

    __constants__ = ["dim"]
    dim: int | None

    def __init__(self, dim: int | None = None) -> None:
        super().__init__()
        self.dim = dim

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        if not hasattr(self, "dim"):
            self.dim = None

    def extra_repr(self) -> str:
        return f"dim={self.dim}"


class Softmax(_AlongDim):
    """y_i = e^(x_i) / Σ_j e^(x_j) along `dim`. x (*). Without a dim, softmax warns and chooses one.

    Source: torch.nn.Softmax.
    """

    def forward(self, input: Any) -> Any:
        return F.softmax(input, self.dim, _stacklevel=5)


class Softmin(_AlongDim):
    """y_i = e^(−x_i) / Σ_j e^(−x_j) along `dim`. x (*).

    Source: torch.nn.Softmin.
    """

    def forward(self, input: Any) -> Any:
        return F.softmin(input, self.dim, _stacklevel=5)


class LogSoftmax(_AlongDim):
    """y_i = x_i − log Σ_j e^(x_j) along `dim`. x (*).

    Source: torch.nn.LogSoftmax.
    """

    def forward(self, input: Any) -> Any:
        return F.log_softmax(input, self.dim, _stacklevel=5)


class Softmax2d(Module):
    """Softmax over the channels at each place of x (N, C, H, W) or (C, H, W).

    Raises ValueError for another number of dimensions.

    Source: torch.nn.Softmax2d.
    """

    def forward(self, input: Any) -> Any:
        if input.dim() not in (3, 4):
            raise ValueError(f"Softmax2d: expected input to be 3D or 4D, got {input.dim()}D instead")
        return F.softmax(input, -3, _stacklevel=5)
