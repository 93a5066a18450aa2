"""Activation functions as modules."""

from __future__ import annotations

from typing import Any

from refnn.functions.creation import empty
from refnn.nn import functional as F
from refnn.nn.init import constant_
from refnn.nn.modules._inplace import InPlaceShown, and_inplace
from refnn.nn.modules.activation_hard import Hardshrink, Hardsigmoid, Hardswish, Hardtanh, ReLU6, Softshrink
from refnn.nn.modules.activation_smooth import (
    GELU,
    GLU,
    LogSigmoid,
    Mish,
    Sigmoid,
    SiLU,
    Softplus,
    Softsign,
    Tanh,
    Tanhshrink,
)
from refnn.nn.modules.attention import MultiheadAttention
from refnn.nn.modules.module import Module
from refnn.nn.modules.utils import own_constructor
from refnn.nn.parameter import Parameter

__all__ = [
    "CELU",
    "ELU",
    "GELU",
    "GLU",
    "Hardshrink",
    "Hardsigmoid",
    "Hardswish",
    "Hardtanh",
    "LeakyReLU",
    "LogSigmoid",
    "LogSoftmax",
    "Mish",
    "MultiheadAttention",
    "PReLU",
    "RReLU",
    "ReLU",
    "ReLU6",
    "SELU",
    "SiLU",
    "Sigmoid",
    "Softmax",
    "Softmax2d",
    "Softmin",
    "Softplus",
    "Softshrink",
    "Softsign",
    "Tanh",
    "Tanhshrink",
    "Threshold",
]


# Rectifiers ---------------------------------------------------------------------------------------------


class Threshold(Module):
    """y = x where x > threshold, else value. x (*). `inplace` overwrites the input.

    Raises, when called, what `nn.functional.threshold` raises.

    Source: torch.nn.Threshold.
    """

    __constants__ = ["threshold", "value", "inplace"]
    threshold: float
    value: float
    inplace: bool

    def __init__(self, threshold: float, value: float, inplace: bool = False) -> None:
        super().__init__()
        self.threshold = threshold
        self.value = value
        self.inplace = inplace

    def forward(self, input: Any) -> Any:
        return F.threshold(input, self.threshold, self.value, self.inplace)

    def extra_repr(self) -> str:
        return f"threshold={self.threshold}, value={self.value}{and_inplace(self.inplace)}"


@own_constructor
class ReLU(InPlaceShown):
    """y = max(x, 0). x (*). `inplace` overwrites the input.

    Raises, when called, what `nn.functional.relu` raises.

    Source: torch.nn.ReLU.
    """

    def forward(self, input: Any) -> Any:
        return F.relu(input, inplace=self.inplace)


class LeakyReLU(Module):
    """y = x where x > 0, else negative_slope · x. x (*). `inplace` overwrites the input.

    Raises, when called, what `nn.functional.leaky_relu` raises.

    Source: torch.nn.LeakyReLU; Maas et al., 2013.
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
        return f"negative_slope={self.negative_slope}{and_inplace(self.inplace)}"


class PReLU(Module):
    """y = x where x > 0, else w x. x (*), or (N, C, *) with one w for each of C = num_parameters channels.

    `weight` (num_parameters) is a parameter; each starts at `init`. Raises RuntimeError for an input whose
    channels are not num_parameters.

    Source: torch.nn.PReLU; He et al., 2015.
    """

    __constants__ = ["num_parameters"]
    num_parameters: int

    def __init__(self, num_parameters: int = 1, init: float = 0.25, device: Any = None, dtype: Any = None) -> None:
        self.num_parameters = num_parameters
        super().__init__()
        self.init = init
        self.weight = Parameter(empty(num_parameters, device=device, dtype=dtype))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """w = init."""
        constant_(self.weight, self.init)

    def forward(self, input: Any) -> Any:
        return F.prelu(input, self.weight)

    def extra_repr(self) -> str:
        return f"num_parameters={self.num_parameters}"


class _Exponential(Module):
    """A rectifier with a saturation value α. `inplace` overwrites the input."""

    __constants__ = ["alpha", "inplace"]
    alpha: float
    inplace: bool

    def __init__(self, alpha: float = 1.0, inplace: bool = False) -> None:
        super().__init__()
        self.alpha = alpha
        self.inplace = inplace

    def extra_repr(self) -> str:
        return f"alpha={self.alpha}{and_inplace(self.inplace)}"


@own_constructor
class ELU(_Exponential):
    """y = x where x > 0, else α (eˣ − 1). x (*). `inplace` overwrites the input.

    Raises, when called, what `nn.functional.elu` raises.

    Source: torch.nn.ELU; Clevert et al., 2016.
    """

    def forward(self, input: Any) -> Any:
        return F.elu(input, self.alpha, self.inplace)


@own_constructor
class CELU(_Exponential):
    """y = x where x > 0, else α (e^(x / α) − 1). x (*). `inplace` overwrites the input.

    Raises RuntimeError for α = 0. Source: torch.nn.CELU; Barron, 2017.
    """

    def forward(self, input: Any) -> Any:
        return F.celu(input, self.alpha, self.inplace)


@own_constructor
class SELU(InPlaceShown):
    """y = s x where x > 0, else s α (eˣ − 1), with α = 1.6733 and s = 1.0507. x (*).

    Raises, when called, what `nn.functional.selu` raises.

    Source: torch.nn.SELU; Klambauer et al., 2017.
    """

    def forward(self, input: Any) -> Any:
        return F.selu(input, self.inplace)


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
        return f"lower={self.lower}, upper={self.upper}{and_inplace(self.inplace)}"


# Along a dimension --------------------------------------------------------------------------------------


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


@own_constructor
class Softmax(_AlongDim):
    """y_i = e^(x_i) / Σ_j e^(x_j) along `dim`. x (*). Without a dim, softmax warns and chooses one.

    Raises, when called, what `nn.functional.softmax` raises.

    Source: torch.nn.Softmax.
    """

    def forward(self, input: Any) -> Any:
        return F.softmax(input, self.dim, _stacklevel=5)


@own_constructor
class Softmin(_AlongDim):
    """y_i = e^(−x_i) / Σ_j e^(−x_j) along `dim`. x (*).

    Raises, when called, what `nn.functional.softmin` raises.

    Source: torch.nn.Softmin.
    """

    def forward(self, input: Any) -> Any:
        return F.softmin(input, self.dim, _stacklevel=5)


@own_constructor
class LogSoftmax(_AlongDim):
    """y_i = x_i − log Σ_j e^(x_j) along `dim`. x (*).

    Raises, when called, what `nn.functional.log_softmax` raises.

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
