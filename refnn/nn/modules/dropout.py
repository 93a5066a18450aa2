"""Dropout of single values, of channels, and for SELU networks. In evaluation each is the identity."""

from __future__ import annotations

from typing import Any

from refnn.nn import functional as F
from refnn.nn.modules.module import Module

__all__ = ["AlphaDropout", "Dropout", "Dropout1d", "Dropout2d", "Dropout3d", "FeatureAlphaDropout"]


class _DropoutNd(Module):
    """The probability `p` of dropping, and whether to overwrite the input.

    Raises ValueError for p outside [0, 1].
    """

    __constants__ = ["p", "inplace"]
    p: float
    inplace: bool

    def __init__(self, p: float = 0.5, inplace: bool = False) -> None:
        super().__init__()
        if p < 0 or p > 1:
            raise ValueError(f"dropout probability has to be between 0 and 1, but got {p}")
        self.p = p
        self.inplace = inplace

    def extra_repr(self) -> str:
        return f"p={self.p}, inplace={self.inplace}"


class Dropout(_DropoutNd):
    """y = x · mask / (1 − p): in training each value is 0 with probability p. x (*).

    Raises ValueError for p outside [0, 1].

    Source: torch.nn.Dropout; Srivastava et al., 2014.
    """

    def forward(self, input: Any) -> Any:
        return F.dropout(input, self.p, self.training, self.inplace)


class Dropout1d(_DropoutNd):
    """Dropout of whole channels of x (N, C, L) or (C, L).

    Source: torch.nn.Dropout1d; Tompson et al., 2015.
    """

    def forward(self, input: Any) -> Any:
        return F.dropout1d(input, self.p, self.training, self.inplace)


class Dropout2d(_DropoutNd):
    """Dropout of whole channels of x (N, C, H, W) or (N, C, L).

    Source: torch.nn.Dropout2d; Tompson et al., 2015.
    """

    def forward(self, input: Any) -> Any:
        return F.dropout2d(input, self.p, self.training, self.inplace)


class Dropout3d(_DropoutNd):
    """Dropout of whole channels of x (N, C, D, H, W) or (C, D, H, W).

    Source: torch.nn.Dropout3d; Tompson et al., 2015.
    """

    def forward(self, input: Any) -> Any:
        return F.dropout3d(input, self.p, self.training, self.inplace)


class AlphaDropout(_DropoutNd):
    """Dropout that keeps mean 0 and variance 1, for SELU networks. x (*). As in torch, never in place.

    Source: torch.nn.AlphaDropout; Klambauer et al., 2017.
    """

    def forward(self, input: Any) -> Any:
        return F.alpha_dropout(input, self.p, self.training)


class FeatureAlphaDropout(_DropoutNd):
    """AlphaDropout of whole channels of x (N, C, *). As in torch, never in place.

    Source: torch.nn.FeatureAlphaDropout; Klambauer et al., 2017; Tompson et al., 2015.
    """

    def forward(self, input: Any) -> Any:
        return F.feature_alpha_dropout(input, self.p, self.training)
