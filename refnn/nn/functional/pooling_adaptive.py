"""Pooling to a size: adaptive and fractional; power averages; and unpooling."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from refnn.functions.random import rand
from refnn.nn.functional import _adaptive_checks as check
from refnn.nn.functional import pooling
from refnn.nn.functional._arguments import by_flag, parsed
from refnn.nn.functional.activation import relu
from refnn.ops import pooling_adaptive as ops

__all__ = [
    "adaptive_avg_pool1d",
    "adaptive_avg_pool2d",
    "adaptive_avg_pool3d",
    "adaptive_max_pool1d",
    "adaptive_max_pool1d_with_indices",
    "adaptive_max_pool2d",
    "adaptive_max_pool2d_with_indices",
    "adaptive_max_pool3d",
    "adaptive_max_pool3d_with_indices",
    "fractional_max_pool2d",
    "fractional_max_pool2d_with_indices",
    "fractional_max_pool3d",
    "fractional_max_pool3d_with_indices",
    "lp_pool1d",
    "lp_pool2d",
    "lp_pool3d",
    "max_unpool1d",
    "max_unpool2d",
    "max_unpool3d",
]

Tensor = Any
Size = Any  # an int, or one for each dimension; None for the input's own

# Adaptive average ---------------------------------------------------------------------------------------


@parsed("Tensor input, tuple of ints[1] output_size")
def adaptive_avg_pool1d(input: Tensor, output_size: Size) -> Tensor:
    """y[l] = the mean of x from ⌊l S / L⌋ to before ⌈(l + 1) S / L⌉, L = output_size.

    Shape: (N, C, S) -> (N, C, L), N optional.
    Dtype: floating point; for L = 1 complex too.
    Raises: RuntimeError for other dimensions, a negative size, an empty input; TypeError for a size that is no
        int; NotImplementedError for other dtypes.
    Source: torch.nn.functional.adaptive_avg_pool1d.
    """
    return _adaptive_avg_pool(1, input, output_size)


def adaptive_avg_pool2d(input: Tensor, output_size: Size) -> Tensor:
    """The mean of each of L_h × L_w windows, see adaptive_avg_pool1d; a size of None keeps the input's.

    Shape: (N, C, H, W) -> (N, C, L_h, L_w), N optional.
    Dtype, raises: as adaptive_avg_pool1d; ValueError for more sizes than dimensions.
    Source: torch.nn.functional.adaptive_avg_pool2d.
    """
    return _adaptive_avg_pool(2, input, check.with_default(output_size, input.size()))


def adaptive_avg_pool3d(input: Tensor, output_size: Size) -> Tensor:
    """The mean of each of L_t × L_h × L_w windows, see adaptive_avg_pool1d; a size of None keeps the input's.

    Shape: (N, C, T, H, W) -> (N, C, L_t, L_h, L_w), N optional.
    Dtype, raises: as adaptive_avg_pool2d.
    Source: torch.nn.functional.adaptive_avg_pool3d.
    """
    return _adaptive_avg_pool(3, input, check.with_default(output_size, input.size()))


def _adaptive_avg_pool(rank: int, input: Tensor, output_size: Size) -> Tensor:
    count = check.adaptive_avg_size(rank, input, output_size)
    if set(count) == {1}:
        return input.mean(tuple(range(-rank, 0)), keepdim=True)
    check.adaptive_avg(rank, input, count)
    return ops.adaptive_avg_pool(input, count=count)


# Adaptive maximum ---------------------------------------------------------------------------------------


def _with_indices(rank: int) -> Callable[..., Any]:
    """adaptive_max_pool of a rank, as a pair."""
    name = f"adaptive_max_pool{rank}d"

    def pool(input: Tensor, output_size: Size, return_indices: bool = False) -> Any:
        size = output_size if rank == 1 else check.with_default(output_size, input.size())
        return ops.adaptive_max_pool(input, count=check.adaptive_max(rank, input, size))

    pool.__name__ = pool.__qualname__ = f"{name}_with_indices"
    pool.__doc__ = f"""{name}, and where each maximum stands: (y, i), i int64 and of y's shape.

    i counts along the pooled dimensions, row by row. Of equal maxima the first is taken, of several NaNs the
    last. Arguments, shapes, dtypes and errors: as of {name}.

    Source: torch.nn.functional.{name}_with_indices.
    """
    return pool


def _adaptive_max(rank: int, pair: Callable[..., Any], shape: str) -> Callable[..., Any]:
    name = f"adaptive_max_pool{rank}d"
    doc = f"""The maximum of each window of adaptive_avg_pool{rank}d.

    Signature: (input, output_size, return_indices=False). With return_indices the result is a pair: the maxima,
    and where each stands, as of max_pool{rank}d.

    Shape: {shape}, N optional.
    Dtype: floating point.
    Raises: as adaptive_avg_pool{rank}d.
    Source: torch.nn.functional.{name}.
    """
    return by_flag(name, 2, doc, pair)


adaptive_max_pool1d_with_indices = _with_indices(1)
adaptive_max_pool2d_with_indices = _with_indices(2)
adaptive_max_pool3d_with_indices = _with_indices(3)
adaptive_max_pool1d = _adaptive_max(1, adaptive_max_pool1d_with_indices, "(N, C, S) -> (N, C, L)")
adaptive_max_pool2d = _adaptive_max(2, adaptive_max_pool2d_with_indices, "(N, C, H, W) -> (N, C, L_h, L_w)")
adaptive_max_pool3d = _adaptive_max(3, adaptive_max_pool3d_with_indices, "(N, C, T, H, W) -> (N, C, L_t, L_h, L_w)")

# Fractional ---------------------------------------------------------------------------------------------


def _fractional(rank: int) -> Callable[..., Any]:
    """fractional_max_pool of a rank, as a pair."""
    name = f"fractional_max_pool{rank}d"

    def pool(
        input: Tensor,
        kernel_size: Size,
        output_size: Size = None,
        output_ratio: Any = None,
        return_indices: bool = False,
        _random_samples: Tensor = None,
    ) -> Any:
        if output_size is None and output_ratio is None:
            raise ValueError(f"{name} requires specifying either an output_size or an output_ratio")
        if output_size is None:
            output_size = check.by_ratio(rank, input, output_ratio)
        if _random_samples is None:
            images = 1 if input.dim() == rank + 1 else input.size(0)
            _random_samples = rand(images, input.size(-rank - 1), rank, dtype=input.dtype)
        kernel, count = check.fractional(rank, input, kernel_size, output_size, _random_samples)
        return ops.fractional_max_pool(input, _random_samples.detach(), kernel=kernel, count=count)

    pool.__name__ = pool.__qualname__ = f"{name}_with_indices"
    pool.__doc__ = f"""{name}, and where each maximum stands: (y, i), i int64 and of y's shape.

    Arguments, shapes, dtypes and errors: as of {name}.

    Source: torch.nn.functional.{name}_with_indices.
    """
    return pool


def _fractional_by_flag(rank: int, pair: Callable[..., Any], shape: str) -> Callable[..., Any]:
    name = f"fractional_max_pool{rank}d"
    doc = f"""The maximum of windows whose distances vary at random.

    Along each axis window l < L − 1 begins at ⌊(l + u) α⌋ − ⌊u α⌋, α = (S − K) / (L − 1), the last at S − K; u is
    uniform in [0, 1), one number for each image, channel and axis.

    Signature: (input, kernel_size, output_size=None, output_ratio=None, return_indices=False,
    _random_samples=None). L is output_size, or ⌊S · output_ratio⌋. _random_samples (N, C, {rank}) are the u's;
    without it they are drawn from the default generator. With return_indices the result is (y, i).

    Shape: {shape}, N optional.
    Dtype: floating point.
    Raises: ValueError without a size; RuntimeError for other dimensions and sizes, windows that do not fit,
        samples of another shape or dtype; TypeError for sizes that are no ints.
    Source: torch.nn.functional.{name}; Graham, 2014.
    """
    return by_flag(name, 4, doc, pair)


fractional_max_pool2d_with_indices = _fractional(2)
fractional_max_pool3d_with_indices = _fractional(3)
fractional_max_pool2d = _fractional_by_flag(2, fractional_max_pool2d_with_indices, "(N, C, H, W) -> (N, C, L_h, L_w)")
fractional_max_pool3d = _fractional_by_flag(
    3, fractional_max_pool3d_with_indices, "(N, C, T, H, W) -> (N, C, L_t, L_h, L_w)"
)

# Power average ------------------------------------------------------------------------------------------


def lp_pool1d(
    input: Tensor, norm_type: int | float, kernel_size: int, stride: Size = None, ceil_mode: bool = False
) -> Tensor:
    """y[l] = (Σ_j x[l·stride + j]ᵖ)^(1/p) over each window, p = norm_type; max |x| for p = ∞, min |x| for −∞.

    The root of a negative sum is NaN, unless p is 1.

    Shape: (N, C, S) -> (N, C, L), N optional, as avg_pool1d without padding.
    Dtype: floating point.
    Raises: as avg_pool1d; ZeroDivisionError for p = 0.
    Source: torch.nn.functional.lp_pool1d.
    """
    return _lp_pool(1, input, norm_type, kernel_size, stride, ceil_mode)


def lp_pool2d(
    input: Tensor, norm_type: int | float, kernel_size: Size, stride: Size = None, ceil_mode: bool = False
) -> Tensor:
    """The p-norm of every window of H × W, see lp_pool1d.

    Shape: (N, C, H, W) -> (N, C, L_h, L_w), N optional, as avg_pool2d without padding.
    Dtype: floating point.
    Raises: as avg_pool2d; ValueError for a kernel of more or fewer than two sizes.
    Source: torch.nn.functional.lp_pool2d.
    """
    return _lp_pool(2, input, norm_type, kernel_size, stride, ceil_mode)


def lp_pool3d(
    input: Tensor, norm_type: int | float, kernel_size: Size, stride: Size = None, ceil_mode: bool = False
) -> Tensor:
    """The p-norm of every window of T × H × W, see lp_pool1d.

    Shape: (N, C, T, H, W) -> (N, C, L_t, L_h, L_w), N optional, as avg_pool3d without padding.
    Dtype: float32, float64.
    Raises: as avg_pool3d; ValueError for a kernel of more or fewer than three sizes.
    Source: torch.nn.functional.lp_pool3d.
    """
    return _lp_pool(3, input, norm_type, kernel_size, stride, ceil_mode)


def _lp_pool(rank: int, input: Tensor, norm_type: Any, kernel_size: Any, stride: Any, ceil_mode: bool) -> Tensor:
    members: Any = kernel_size if rank == 1 else check.members(rank, kernel_size)
    if isinstance(norm_type, (int, float)) and math.isinf(norm_type):
        largest = getattr(pooling, f"max_pool{rank}d")
        if norm_type > 0:
            return largest(input.abs(), kernel_size, stride, 0, 1, ceil_mode)
        return -largest(-input.abs(), kernel_size, stride, 0, 1, ceil_mode)
    out = getattr(pooling, f"avg_pool{rank}d")(input.pow(norm_type), kernel_size, stride, 0, ceil_mode)
    return (out.sign() * relu(out.abs())).mul(members).pow(1.0 / norm_type)


# Unpooling ----------------------------------------------------------------------------------------------


def max_unpool1d(
    input: Tensor, indices: Tensor, kernel_size: Size, stride: Size = None, padding: Size = 0, output_size: Any = None
) -> Tensor:
    """y[indices[l]] = x[l], 0 elsewhere: max_pool1d undone, as far as its maxima and their places tell.

    Of several values for one place the last stays. S is output_size (*S, or N, C, *S), which may lie less than a
    stride from its default (L − 1) stride − 2 padding + kernel_size.

    Shape: (N, C, L) -> (N, C, S), N optional.
    Dtype: floating point; indices int64.
    Raises: ValueError for an output size out of range; RuntimeError for indices outside it or of another shape or
        dtype, for other dimensions; TypeError for sizes that are no ints; NotImplementedError for other dtypes.
    Source: torch.nn.functional.max_unpool1d.
    """
    return _max_unpool(1, input, indices, kernel_size, stride, padding, output_size)


def max_unpool2d(
    input: Tensor, indices: Tensor, kernel_size: Size, stride: Size = None, padding: Size = 0, output_size: Any = None
) -> Tensor:
    """max_pool2d undone, see max_unpool1d.

    Shape: (N, C, L_h, L_w) -> (N, C, H, W), N optional.
    Dtype, raises: as max_unpool1d.
    Source: torch.nn.functional.max_unpool2d.
    """
    return _max_unpool(2, input, indices, kernel_size, stride, padding, output_size)


def max_unpool3d(
    input: Tensor, indices: Tensor, kernel_size: Size, stride: Size = None, padding: Size = 0, output_size: Any = None
) -> Tensor:
    """max_pool3d undone, see max_unpool1d.

    Shape: (N, C, L_t, L_h, L_w) -> (N, C, T, H, W), N optional.
    Dtype, raises: as max_unpool1d.
    Source: torch.nn.functional.max_unpool3d.
    """
    return _max_unpool(3, input, indices, kernel_size, stride, padding, output_size)


def _max_unpool(
    rank: int, input: Tensor, indices: Tensor, kernel_size: Size, stride: Size, padding: Size, output_size: Any
) -> Tensor:
    kernel, pad = check.several(rank, kernel_size), check.several(rank, padding)
    step = kernel if stride is None else check.several(rank, stride)
    wanted = check.unpooled_size(input, kernel, step, pad, output_size)
    size = check.max_unpool(rank, input, indices, wanted, step)
    return ops.max_unpool(input, indices, size=size)
