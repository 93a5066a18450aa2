"""Activations made of exponentials, as modules."""

from __future__ import annotations

from typing import Any

from refnn.functions.elementary import sigmoid, tanh
from refnn.nn import functional as F
from refnn.nn.modules._inplace import InPlaceShown
from refnn.nn.modules.module import Module
from refnn.nn.modules.utils import own_constructor

__all__ = ["GELU", "GLU", "LogSigmoid", "Mish", "SiLU", "Sigmoid", "Softplus", "Softsign", "Tanh", "Tanhshrink"]


class Sigmoid(Module):
    """y = 1 / (1 + e⁻ˣ). x (*).

    Source: torch.nn.Sigmoid.
    """

    def forward(self, input: Any) -> Any:
        return sigmoid(input)


class LogSigmoid(Module):
    """y = −log(1 + e⁻ˣ). x (*).

    Raises, when called, what `nn.functional.logsigmoid` raises.

    Source: torch.nn.LogSigmoid.
    """

    def forward(self, input: Any) -> Any:
        return F.logsigmoid(input)


class Softplus(Module):
    """y = log(1 + e^(β x)) / β, and x where β x > threshold. x (*).

    Raises, when called, what `nn.functional.softplus` raises.

    Source: torch.nn.Softplus; Dugas et al., 2000.
    """

    __constants__ = ["beta", "threshold"]
    beta: float
    threshold: float

    def __init__(self, beta: float = 1.0, threshold: float = 20.0) -> None:
        super().__init__()
        self.beta = beta
        self.threshold = threshold

    def forward(self, input: Any) -> Any:
        return F.softplus(input, self.beta, self.threshold)

    def extra_repr(self) -> str:
        return f"beta={self.beta}, threshold={self.threshold}"


class Tanh(Module):
    """y = tanh x. x (*).

    Source: torch.nn.Tanh.
    """

    def forward(self, input: Any) -> Any:
        return tanh(input)


class Tanhshrink(Module):
    """y = x − tanh x. x (*).

    Source: torch.nn.Tanhshrink.
    """

    def forward(self, input: Any) -> Any:
        return F.tanhshrink(input)


class Softsign(Module):
    """y = x / (1 + |x|). x (*).

    Source: torch.nn.Softsign; Bergstra et al., 2009.
    """

    def forward(self, input: Any) -> Any:
        return F.softsign(input)


@own_constructor
class SiLU(InPlaceShown):
    """y = x / (1 + e⁻ˣ). x (*). `inplace` overwrites the input.

    Raises, when called, what `nn.functional.silu` raises.

    Source: torch.nn.SiLU; Hendrycks and Gimpel, 2016; Elfwing et al., 2017.
    """

    def forward(self, input: Any) -> Any:
        return F.silu(input, inplace=self.inplace)


@own_constructor
class Mish(InPlaceShown):
    """y = x tanh log(1 + eˣ). x (*). `inplace` overwrites the input.

    Raises, when called, what `nn.functional.mish` raises.

    Source: torch.nn.Mish; Misra, 2019.
    """

    def forward(self, input: Any) -> Any:
        return F.mish(input, inplace=self.inplace)


class GELU(Module):
    """y = x Φ(x), Φ being the normal distribution; `approximate` = "tanh" takes its approximation. x (*).

    Raises RuntimeError for another approximation. Source: torch.nn.GELU; Hendrycks and Gimpel, 2016.
    """

    __constants__ = ["approximate"]
    approximate: str

    def __init__(self, approximate: str = "none") -> None:
        super().__init__()
        self.approximate = approximate

    def forward(self, input: Any) -> Any:
        return F.gelu(input, approximate=self.approximate)

    def extra_repr(self) -> str:
        return f"approximate={self.approximate!r}"


class GLU(Module):
    """y = a σ(b), a and b being the halves of x along `dim`. x (*, 2 N, *) -> y (*, N, *).

    Raises, when called, what `nn.functional.glu` raises.

    Source: torch.nn.GLU; Dauphin et al., 2017.
    """

    __constants__ = ["dim"]
    dim: int

    def __init__(self, dim: int = -1) -> None:
        super().__init__()
        self.dim = dim

    def forward(self, input: Any) -> Any:
        return F.glu(input, self.dim)

    def extra_repr(self) -> str:
        return f"dim={self.dim}"
