"""torch.grid_sampler, grid_sampler_2d, grid_sampler_3d, affine_grid_generator."""

from __future__ import annotations

from typing import Any

from refnn.dtypes import not_implemented
from refnn.functions._checks import bool_argument, int_argument, tensor_argument, type_name
from refnn.ops import vision as ops

__all__ = ["affine_grid_generator", "grid_sampler", "grid_sampler_2d", "grid_sampler_3d"]

Dims = tuple[int, ...]

_MODES = ("linear", "nearest", "cubic")
_PADDINGS = ("zeros", "border", "reflection")


def grid_sampler(input: Any, grid: Any, interpolation_mode: int, padding_mode: int, align_corners: bool) -> Any:
    """nn.functional.grid_sample by numbers: bilinear, nearest, bicubic; zeros, border, reflection."""
    return _sample("grid_sampler", input, grid, interpolation_mode, padding_mode, align_corners)


def grid_sampler_2d(input: Any, grid: Any, interpolation_mode: int, padding_mode: int, align_corners: bool) -> Any:
    """grid_sampler of images, (N, C, H, W)."""
    return _sample("grid_sampler_2d", input, grid, interpolation_mode, padding_mode, align_corners, 2)


def grid_sampler_3d(input: Any, grid: Any, interpolation_mode: int, padding_mode: int, align_corners: bool) -> Any:
    """grid_sampler of volumes, (N, C, D, H, W)."""
    return _sample("grid_sampler_3d", input, grid, interpolation_mode, padding_mode, align_corners, 3)


def _sample(name: str, input: Any, grid: Any, mode: Any, padding: Any, align: Any, rank: int = 0) -> Any:
    tensor_argument(name, "input", 1, input)
    tensor_argument(name, "grid", 2, grid)
    int_argument(name, "interpolation_mode", 3, mode)
    int_argument(name, "padding_mode", 4, padding)
    bool_argument(name, "align_corners", 5, align)
    for value, names in ((mode, _MODES), (padding, _PADDINGS)):
        if not 0 <= int(value) < len(names):
            raise RuntimeError(f"{name}(): expected a mode between 0 and {len(names) - 1}, but got {int(value)}")
    if _check_shapes(input, grid, rank) == 3 and int(mode) == 2:
        raise RuntimeError("grid_sampler(): bicubic interpolation only supports 4D input")
    _check_dtypes(input, grid)
    how = ops.Sampling(_MODES[int(mode)], _PADDINGS[int(padding)], align)
    return ops.grid_sample(input, grid, how=how, orders=(0,) * (input.ndim - 2))


def _check_shapes(input: Any, grid: Any, rank: int) -> int:
    """The number of spatial dimensions. Raises RuntimeError for shapes that do not belong together."""
    for tensor in (input, grid):
        tensor.size(0)  # raises IndexError where there are no dimensions
    shape, points = list(input.shape), list(grid.shape)
    if shape[:1] != points[:1]:
        raise RuntimeError(
            "grid_sampler(): expected grid and input to have same batch size, but got input with sizes "
            f"{shape} and grid with sizes {points}"
        )
    if points[-1] != len(shape) - 2:
        raise RuntimeError(
            f"grid_sampler(): expected grid to have size {len(shape) - 2} in last dimension, but got grid with sizes "
            f"{points}"
        )
    for dim in range(2, len(shape)):
        if shape[dim] == 0:
            raise RuntimeError(
                "grid_sampler(): expected input to have non-empty spatial dimensions, but input has sizes "
                f"{shape} with dimension {dim} being empty"
            )
    rank = rank or (2 if len(shape) == 4 else 3)
    if len(shape) != rank + 2 or len(points) != rank + 2:
        raise RuntimeError(
            f"grid_sampler(): expected {rank + 2}D input and grid with same number of dimensions, but got input with "
            f"sizes {shape} and grid with sizes {points}"
        )
    return rank


def _check_dtypes(input: Any, grid: Any) -> None:
    data, points = input._data, grid._data
    if data.dtype.kind not in "fV":
        kernel = "grid_sampler_2d_cpu_kernel_impl" if data.ndim == 4 else "grid_sampler3d_cpu"
        raise not_implemented(kernel, data.dtype)
    if points.dtype != data.dtype:
        raise RuntimeError(f"expected scalar type {input.dtype.title} but found {grid.dtype.title}")


def affine_grid_generator(theta: Any, size: Any, align_corners: bool) -> Any:
    """nn.functional.affine_grid."""
    name = "affine_grid_generator"
    tensor_argument(name, "theta", 1, theta)
    whole = _sizes(name, size)
    bool_argument(name, "align_corners", 3, align_corners)
    if len(whole) not in (4, 5):
        raise RuntimeError("AffineGridGenerator needs 4d (spatial) or 5d (volumetric) inputs.")
    rank = len(whole) - 2
    shape = tuple(theta.shape)
    if len(shape) != 3 or (shape[0], shape[2]) != (whole[0], rank + 1):
        got = [shape[0], shape[2]] if len(shape) == 3 else list(shape)
        raise RuntimeError(
            f"Expected size for first two dimensions of batch2 tensor to be: [{whole[0]}, {rank + 1}] but got: "
            f"[{', '.join(map(str, got))}]."
        )
    if theta._data.dtype.itemsize == 2 and min(whole[2:]) < 2:
        raise not_implemented("tensor_cpu", theta.dtype)
    return ops.affine_grid(theta, size=whole[2:], align_corners=align_corners)


def _sizes(name: str, size: Any) -> Dims:
    if not isinstance(size, (list, tuple)):
        raise TypeError(f"{name}(): argument 'size' (position 2) must be tuple of ints, not {type_name(size)}")
    for k, n in enumerate(size):
        if not hasattr(n, "__index__"):
            if k == 0:
                raise TypeError(
                    f"{name}(): argument 'size' (position 2) must be tuple of ints, but found element of type "
                    f"{type_name(n)} at pos 0"
                )
            raise TypeError(
                f"{name}(): argument 'size' failed to unpack the object at pos {k + 1} with error "
                f'"type must be tuple of ints,but got {type_name(n)}"'
            )
    return tuple(int(n) for n in size)
