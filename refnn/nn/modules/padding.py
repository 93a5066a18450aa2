"""Padding layers: a constant, or values of the input, at both ends of its last dimensions."""

from __future__ import annotations

from typing import Any

from refnn.nn import functional as F
from refnn.nn.modules.module import Module
from refnn.nn.modules.utils import _ntuple, own_constructor

__all__ = [
    "CircularPad1d",
    "CircularPad2d",
    "CircularPad3d",
    "ConstantPad1d",
    "ConstantPad2d",
    "ConstantPad3d",
    "ReflectionPad1d",
    "ReflectionPad2d",
    "ReflectionPad3d",
    "ReplicationPad1d",
    "ReplicationPad2d",
    "ReplicationPad3d",
    "ZeroPad1d",
    "ZeroPad2d",
    "ZeroPad3d",
]

Pads = int | tuple[int, ...]


def _pads(padding: Pads, rank: int) -> tuple[int, ...]:
    """One number is for both ends of each of `rank` dimensions."""
    return _ntuple(2 * rank)(padding)


class _PadNd(Module):
    """What a padding layer holds: `padding`, (before, after) of the last dimension, then of the one before it …"""

    __constants__ = ["padding"]
    padding: tuple[int, ...]
    _rank: int  # how many dimensions one number pads
    _mode: str

    def __init__(self, padding: Pads) -> None:
        super().__init__()
        self.padding = _pads(padding, self._rank)

    def forward(self, input: Any) -> Any:
        return F.pad(input, self.padding, self._mode)

    def extra_repr(self) -> str:
        return f"{self.padding}"


# A constant ---------------------------------------------------------------------------------------------


class _ConstantPadNd(Module):
    """What a layer that pads with a constant holds."""

    __constants__ = ["padding", "value"]
    padding: tuple[int, ...]
    value: float
    _rank: int

    def __init__(self, padding: Pads, value: float) -> None:
        super().__init__()
        self.padding = _pads(padding, self._rank)
        self.value = value

    def forward(self, input: Any) -> Any:
        return F.pad(input, self.padding, "constant", self.value)

    def extra_repr(self) -> str:
        return f"padding={self.padding}, value={self.value}"


@own_constructor
class ConstantPad1d(_ConstantPadNd):
    """y = x with `value` before and after its last dimension: (*, W) -> (*, before + W + after).

    `padding` is one number or (before, after); negative numbers crop. Raises RuntimeError where less than
    nothing would be left. Source: torch.nn.ConstantPad1d.
    """

    _rank = 1


@own_constructor
class ConstantPad2d(_ConstantPadNd):
    """ConstantPad1d of the last two dimensions: (left, right, top, bottom). Source: torch.nn.ConstantPad2d."""

    _rank = 2


@own_constructor
class ConstantPad3d(_ConstantPadNd):
    """ConstantPad1d of the last three dimensions: (left, right, top, bottom, front, back).

    Source: torch.nn.ConstantPad3d.
    """

    _rank = 3


class _Zero:
    """A constant of 0, which the text leaves out."""

    def __init__(self, padding: Pads) -> None:
        super().__init__(padding, 0.0)  # type: ignore[call-arg]

    def extra_repr(self) -> str:
        return f"{self.padding}"  # type: ignore[attr-defined]


@own_constructor
class ZeroPad1d(_Zero, ConstantPad1d):
    """Zeros before and after the last dimension: (*, W) -> (*, before + W + after). Source: torch.nn.ZeroPad1d."""


@own_constructor
class ZeroPad2d(_Zero, ConstantPad2d):
    """Zeros around the last two dimensions: (left, right, top, bottom). Source: torch.nn.ZeroPad2d."""


@own_constructor
class ZeroPad3d(_Zero, ConstantPad3d):
    """Zeros around the last three dimensions. Source: torch.nn.ZeroPad3d."""


# Values of the input ------------------------------------------------------------------------------------


@own_constructor
class ReflectionPad1d(_PadNd):
    """Mirrored at the edges, which are not repeated: 3 2 | 1 2 3 4 | 3 2.  (N, C, W) or (C, W).

    Raises RuntimeError unless each padding is smaller than the dimension, NotImplementedError for other
    shapes. Source: torch.nn.ReflectionPad1d.
    """

    _rank, _mode = 1, "reflect"


@own_constructor
class ReflectionPad2d(_PadNd):
    """ReflectionPad1d of both sides of an image (N, C, H, W) or (C, H, W). Source: torch.nn.ReflectionPad2d."""

    _rank, _mode = 2, "reflect"


@own_constructor
class ReflectionPad3d(_PadNd):
    """ReflectionPad1d of a volume (N, C, D, H, W) or (C, D, H, W). Source: torch.nn.ReflectionPad3d."""

    _rank, _mode = 3, "reflect"


@own_constructor
class ReplicationPad1d(_PadNd):
    """The edges repeated: 1 1 | 1 2 3 4 | 4 4.  (N, C, W) or (C, W).

    Raises NotImplementedError for other shapes. Source: torch.nn.ReplicationPad1d.
    """

    _rank, _mode = 1, "replicate"


@own_constructor
class ReplicationPad2d(_PadNd):
    """ReplicationPad1d of both sides of an image (N, C, H, W) or (C, H, W). Source: torch.nn.ReplicationPad2d."""

    _rank, _mode = 2, "replicate"


@own_constructor
class ReplicationPad3d(_PadNd):
    """ReplicationPad1d of a volume (N, C, D, H, W) or (C, D, H, W). Source: torch.nn.ReplicationPad3d."""

    _rank, _mode = 3, "replicate"


class _CircularPadNd(_PadNd):
    """Values from the other end. Raises ValueError for another number of dimensions than rank + 1 and rank + 2."""

    _mode = "circular"

    def forward(self, input: Any) -> Any:
        ndim, rank = input.dim(), self._rank
        if ndim not in (rank + 1, rank + 2):
            raise ValueError(f"expected {rank + 1}D or {rank + 2}D input (got {ndim}D input)")
        return super().forward(input)


@own_constructor
class CircularPad1d(_CircularPadNd):
    """Wrapped round: 3 4 | 1 2 3 4 | 1 2.  (N, C, W) or (C, W).

    Raises RuntimeError for a padding larger than the dimension, ValueError for other shapes.
    Source: torch.nn.CircularPad1d.
    """

    _rank = 1


@own_constructor
class CircularPad2d(_CircularPadNd):
    """CircularPad1d of both sides of an image (N, C, H, W) or (C, H, W). Source: torch.nn.CircularPad2d."""

    _rank = 2


@own_constructor
class CircularPad3d(_CircularPadNd):
    """CircularPad1d of a volume (N, C, D, H, W) or (C, D, H, W). Source: torch.nn.CircularPad3d."""

    _rank = 3
