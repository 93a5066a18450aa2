"""grid_sample and affine_grid: reading images where a grid says."""

from __future__ import annotations

import warnings
from typing import Any

from refnn.functions.vision import affine_grid_generator, grid_sampler

__all__ = ["affine_grid", "grid_sample"]

_MODES = ("bilinear", "nearest", "bicubic")  # each at the place of its number
_PADDINGS = ("zeros", "border", "reflection")


def _by_default() -> bool:
    warnings.warn(
        "Default grid_sample and affine_grid behavior has changed to align_corners=False since 1.3.0. Please specify "
        "align_corners=True if the old behavior is desired. See the documentation of grid_sample for details.",
        stacklevel=3,
    )
    return False


def grid_sample(
    input: Any, grid: Any, mode: str = "bilinear", padding_mode: str = "zeros", align_corners: bool | None = None
) -> Any:
    """y[n, c, l] = the image x[n, c] at the position grid[n, l].

    Positions reach from −1 to 1 along each axis, the last axis first: at −1 and 1 lie the centres of the first and
    last places if align_corners, else their outer edges. `mode` takes the nearest place, or mixes two ("bilinear",
    in three dimensions too) or four ("bicubic", by Keys' kernel with a = −0.75) along each axis. Outside the image
    `padding_mode` sees zeros, its border, or its reflection. A position of NaN counts as the first place, or as
    outside.

    Shape: (N, C, H, W), (N, L_h, L_w, 2) -> (N, C, L_h, L_w); (N, C, D, H, W), (N, L_d, L_h, L_w, 3) -> …
    Dtype: floating point, the same for both.
    Raises: ValueError for an unknown mode; RuntimeError for shapes or dtypes that do not belong together, and for
        bicubic volumes; NotImplementedError for other dtypes. Warns where align_corners is not given.
    Source: torch.nn.functional.grid_sample; Jaderberg et al., 2015; Keys, 1981.
    """
    if mode not in _MODES:
        raise ValueError(
            f"nn.functional.grid_sample(): expected mode to be 'bilinear', 'nearest' or 'bicubic', but got: '{mode}'"
        )
    if padding_mode not in _PADDINGS:
        raise ValueError(
            "nn.functional.grid_sample(): expected padding_mode to be 'zeros', 'border', or 'reflection', but got: "
            f"'{padding_mode}'"
        )
    if align_corners is None:
        align_corners = _by_default()
    numbers = _MODES.index(mode), _PADDINGS.index(padding_mode)
    return grid_sampler(input, grid, *numbers, align_corners)


def affine_grid(theta: Any, size: list[int], align_corners: bool | None = None) -> Any:
    """The grid of an affine map: at each place of an image of `size`, θ times its position and 1.

    Shape: θ (N, 2, 3), size (N, C, H, W) -> (N, H, W, 2); θ (N, 3, 4), size (N, C, D, H, W) -> (N, D, H, W, 3).
    Dtype: floating point.
    Raises: ValueError for another dtype or shape of θ, or an empty size; NotImplementedError for another number of
        sizes; RuntimeError for another N. Warns where align_corners is not given, and for aligned axes of one place.
    Source: torch.nn.functional.affine_grid; Jaderberg et al., 2015.
    """
    if align_corners is None:
        align_corners = _by_default()
    if not theta.is_floating_point():
        raise ValueError(f"Expected theta to have floating point type, but got {theta.dtype}")
    rank = len(size) - 2
    if rank not in (2, 3):
        raise NotImplementedError(
            "affine_grid only supports 4D and 5D sizes, for 2D and 3D affine transforms, respectively. "
            f"Got size {size}."
        )
    if theta.dim() != 3 or tuple(theta.shape[-2:]) != (rank, rank + 1):
        raise ValueError(
            f"Expected a batch of {rank}D affine matrices of shape Nx{rank}x{rank + 1} for size {size}. "
            f"Got {theta.shape}."
        )
    if align_corners and min(size[2:]) == 1:
        warnings.warn(
            "Since version 1.3.0, affine_grid behavior has changed for unit-size grids when align_corners=True. This "
            "is not an intended use case of affine_grid. See the documentation of affine_grid for details.",
            stacklevel=2,
        )
    elif min(size) <= 0:
        raise ValueError(f"Expected non-zero, positive output size. Got {size}")
    return affine_grid_generator(theta, size, align_corners)
