"""Upsampling layers: interpolation to a size, or by a factor. They have no parameters."""

from __future__ import annotations

from typing import Any

from refnn.nn import functional as F
from refnn.nn.modules.module import Module

__all__ = ["Upsample", "UpsamplingNearest2d", "UpsamplingBilinear2d"]

Size = int | tuple[int, ...] | None
Factor = float | tuple[float, ...] | None


class Upsample(Module):
    """(N, C, *S) -> (N, C, *L), L = size, or ⌊S · scale_factor⌋; see `nn.functional.interpolate`.

    Args:
        size: the spatial sizes of the result.
        scale_factor: or how much longer each axis becomes.
        mode: "nearest", "linear", "bilinear", "bicubic", "trilinear" …
        align_corners: whether the first and the last places keep where they are.
        recompute_scale_factor: whether S / L is used rather than 1 / scale_factor.

    Raises, when called, what `nn.functional.interpolate` raises.

    Source: torch.nn.Upsample.
    """

    __constants__ = ["size", "scale_factor", "mode", "align_corners", "name", "recompute_scale_factor"]
    name: str
    size: Size
    scale_factor: Factor
    mode: str
    align_corners: bool | None
    recompute_scale_factor: bool | None

    def __init__(
        self,
        size: Size = None,
        scale_factor: Factor = None,
        mode: str = "nearest",
        align_corners: bool | None = None,
        recompute_scale_factor: bool | None = None,
    ) -> None:
        super().__init__()
        self.name = type(self).__name__
        self.size = size
        if isinstance(scale_factor, tuple):
            self.scale_factor = tuple(float(factor) for factor in scale_factor)
        else:
            self.scale_factor = float(scale_factor) if scale_factor else None
        self.mode = mode
        self.align_corners = align_corners
        self.recompute_scale_factor = recompute_scale_factor

    def forward(self, input: Any) -> Any:
        size: Any = self.size
        factor: Any = self.scale_factor
        return F.interpolate(
            input,
            size,
            factor,
            self.mode,
            self.align_corners,
            recompute_scale_factor=self.recompute_scale_factor,
        )

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__({"recompute_scale_factor": True} | state)  # of old files

    def extra_repr(self) -> str:
        asked = f"size={self.size!r}" if self.scale_factor is None else f"scale_factor={self.scale_factor!r}"
        return f"{asked}, mode={self.mode!r}"


class UpsamplingNearest2d(Upsample):
    """Upsample in the mode "nearest".

    Shape: (N, C, H, W) -> (N, C, L_h, L_w).
    Source: torch.nn.UpsamplingNearest2d.
    """

    def __init__(self, size: Size = None, scale_factor: Factor = None) -> None:
        super().__init__(size, scale_factor, mode="nearest")


class UpsamplingBilinear2d(Upsample):
    """Upsample in the mode "bilinear", with aligned corners.

    Shape: (N, C, H, W) -> (N, C, L_h, L_w).
    Source: torch.nn.UpsamplingBilinear2d.
    """

    def __init__(self, size: Size = None, scale_factor: Factor = None) -> None:
        super().__init__(size, scale_factor, mode="bilinear", align_corners=True)
