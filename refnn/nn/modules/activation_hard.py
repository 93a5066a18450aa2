"""Activations made of straight pieces, as modules."""

from __future__ import annotations

import warnings
from typing import Any

from refnn.nn import functional as F
from refnn.nn.modules._inplace import InPlace, and_inplace
from refnn.nn.modules.module import Module
from refnn.nn.modules.utils import own_constructor

__all__ = ["Hardshrink", "Hardsigmoid", "Hardswish", "Hardtanh", "ReLU6", "Softshrink"]


class Hardtanh(Module):
    """y = min(max(x, min_val), max_val). x (*). `inplace` overwrites the input.

    `min_value` and `max_value` are former names: they warn. Raises AssertionError unless max_val > min_val.

    Source: torch.nn.Hardtanh.
    """

    __constants__ = ["min_val", "max_val", "inplace"]
    min_val: float
    max_val: float
    inplace: bool

    def __init__(
        self,
        min_val: float = -1.0,
        max_val: float = 1.0,
        inplace: bool = False,
        min_value: float | None = None,
        max_value: float | None = None,
    ) -> None:
        super().__init__()
        for name, given in (("min", min_value), ("max", max_value)):
            if given is not None:
                warnings.warn(
                    f"keyword argument `{name}_value` is deprecated and renamed to `{name}_val`",
                    FutureWarning,
                    stacklevel=2,
                )
        self.min_val = min_val if min_value is None else min_value
        self.max_val = max_val if max_value is None else max_value
        self.inplace = inplace
        if self.max_val <= self.min_val:
            raise AssertionError(f"max_val ({self.max_val}) must be greater than min_val ({self.min_val})")

    def forward(self, input: Any) -> Any:
        return F.hardtanh(input, self.min_val, self.max_val, self.inplace)

    def extra_repr(self) -> str:
        return f"min_val={self.min_val}, max_val={self.max_val}{and_inplace(self.inplace)}"


class ReLU6(Hardtanh):
    """y = min(max(x, 0), 6). x (*). `inplace` overwrites the input.

    Raises, when called, what `nn.functional.relu6` raises.

    Source: torch.nn.ReLU6; Howard et al., 2017.
    """

    def __init__(self, inplace: bool = False) -> None:
        super().__init__(0.0, 6.0, inplace)

    def extra_repr(self) -> str:
        return "inplace=True" if self.inplace else ""


@own_constructor
class Hardsigmoid(InPlace):
    """y = min(max(x + 3, 0), 6) / 6. x (*). `inplace` overwrites the input.

    Raises, when called, what `nn.functional.hardsigmoid` raises.

    Source: torch.nn.Hardsigmoid; Howard et al., 2019.
    """

    def forward(self, input: Any) -> Any:
        return F.hardsigmoid(input, self.inplace)


@own_constructor
class Hardswish(InPlace):
    """y = x min(max(x + 3, 0), 6) / 6. x (*). `inplace` overwrites the input.

    Raises, when called, what `nn.functional.hardswish` raises.

    Source: torch.nn.Hardswish; Howard et al., 2019.
    """

    def forward(self, input: Any) -> Any:
        return F.hardswish(input, self.inplace)


class _Shrink(Module):
    """A function that is 0 between −lambd and lambd."""

    __constants__ = ["lambd"]
    lambd: float

    def __init__(self, lambd: float = 0.5) -> None:
        super().__init__()
        self.lambd = lambd

    def extra_repr(self) -> str:
        return f"{self.lambd}"


@own_constructor
class Hardshrink(_Shrink):
    """y = x where |x| > lambd, else 0. x (*).

    Raises, when called, what `nn.functional.hardshrink` raises.

    Source: torch.nn.Hardshrink.
    """

    def forward(self, input: Any) -> Any:
        return F.hardshrink(input, self.lambd)


@own_constructor
class Softshrink(_Shrink):
    """y = x − λ where x > λ, x + λ where x < −λ, else 0, with λ = lambd. x (*).

    Raises RuntimeError, when called, for λ < 0.

    Source: torch.nn.Softshrink.
    """

    def forward(self, input: Any) -> Any:
        return F.softshrink(input, self.lambd)
