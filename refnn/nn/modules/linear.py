"""Identity, Linear, Bilinear, and Linear for inputs of a size yet unknown."""

from __future__ import annotations

from typing import Any

from refnn.autograd.modes import no_grad
from refnn.nn import functional as F
from refnn.nn.modules._affine import add_parameters, add_uninitialized, draw_all, draw_by_fan_in, materialize
from refnn.nn.modules.lazy import LazyModuleMixin
from refnn.nn.modules.module import Module

__all__ = ["Bilinear", "Identity", "LazyLinear", "Linear"]


class Identity(Module):
    """y = x. Takes any arguments and ignores them, so that it can stand in for any layer.

    Source: torch.nn.Identity.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__()

    def forward(self, input: Any) -> Any:
        return input


class Linear(Module):
    """y = x Wᵀ + b, with x (*, in_features) and y (*, out_features).

    weight (out_features, in_features) and bias (out_features,) are drawn from U(−√k, √k), k = 1 / in_features.
    Without `bias` there is none.

    Raises, when called, what `nn.functional.linear` raises.

    Source: torch.nn.Linear.
    """

    __constants__ = ["in_features", "out_features"]
    in_features: int
    out_features: int
    weight: Any
    bias: Any

    def __init__(
        self, in_features: int, out_features: int, bias: bool = True, device: Any = None, dtype: Any = None
    ) -> None:
        super().__init__()
        self.in_features = in_features
        self.out_features = out_features
        add_parameters(self, (out_features, in_features), out_features if bias else None, device=device, dtype=dtype)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw weight and bias anew."""
        draw_by_fan_in(self.weight, self.bias)

    def forward(self, input: Any) -> Any:
        return F.linear(input, self.weight, self.bias)

    def extra_repr(self) -> str:
        return f"in_features={self.in_features}, out_features={self.out_features}, bias={self.bias is not None}"


class NonDynamicallyQuantizableLinear(Linear):
    """A Linear under the name that torch gives to an attention layer's last projection.

    Source: torch.nn.modules.linear.NonDynamicallyQuantizableLinear.
    """

    def __init__(
        self, in_features: int, out_features: int, bias: bool = True, device: Any = None, dtype: Any = None
    ) -> None:
        super().__init__(in_features, out_features, bias=bias, device=device, dtype=dtype)


class LazyLinear(LazyModuleMixin, Linear):
    """Linear whose in_features is the size of the last dimension of the first input.

    Source: torch.nn.LazyLinear.
    """

    cls_to_become = Linear

    def __init__(self, out_features: int, bias: bool = True, device: Any = None, dtype: Any = None) -> None:
        super().__init__(0, 0, False)
        add_uninitialized(self, bias, device=device, dtype=dtype)
        self.out_features = out_features

    def reset_parameters(self) -> None:
        """Draw weight and bias anew, if they have a shape."""
        if not self.has_uninitialized_params() and self.in_features != 0:
            super().reset_parameters()

    def initialize_parameters(self, input: Any) -> None:
        """Make weight and bias as the input's last dimension asks, and draw their values.

        Raises AssertionError where a weight was loaded and is of another size.
        """
        features = input.shape[-1]
        if self.has_uninitialized_params():
            self.in_features = features
            with no_grad():
                materialize(self, (self.out_features, features), self.out_features)
        if self.in_features == 0:
            own = self.weight.shape[-1]
            if features != own:
                raise AssertionError(
                    f"The in_features inferred from input: {features} is not equal to in_features from self.weight: "
                    f"{own}"
                )
            self.in_features = features


class Bilinear(Module):
    """y_k = x1ᵀ W_k x2 + b_k, with x1 (*, in1_features), x2 (*, in2_features) and y (*, out_features).

    weight (out_features, in1_features, in2_features) and bias (out_features,) are drawn from U(−√k, √k),
    k = 1 / in1_features. Raises ValueError if `in1_features` is not positive.

    Source: torch.nn.Bilinear.
    """

    __constants__ = ["in1_features", "in2_features", "out_features"]
    in1_features: int
    in2_features: int
    out_features: int
    weight: Any
    bias: Any

    def __init__(
        self,
        in1_features: int,
        in2_features: int,
        out_features: int,
        bias: bool = True,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        self.in1_features = in1_features
        self.in2_features = in2_features
        self.out_features = out_features
        shape = (out_features, in1_features, in2_features)
        add_parameters(self, shape, out_features if bias else None, device=device, dtype=dtype)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw weight and bias anew."""
        if self.in1_features <= 0:
            raise ValueError(f"in1_features must be > 0, but got (in1_features={self.in1_features})")
        draw_all([p for p in (self.weight, self.bias) if p is not None], self.weight.size(1))

    def forward(self, input1: Any, input2: Any) -> Any:
        return F.bilinear(input1, input2, self.weight, self.bias)

    def extra_repr(self) -> str:
        return (
            f"in1_features={self.in1_features}, in2_features={self.in2_features}, "
            f"out_features={self.out_features}, bias={self.bias is not None}"
        )
