"""batch_norm, instance_norm, layer_norm, group_norm, rms_norm, local_response_norm."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from refnn.functions import normalization as functions
from refnn.nn.functional.padding import pad
from refnn.nn.functional.pooling import avg_pool2d, avg_pool3d

__all__ = ["batch_norm", "group_norm", "instance_norm", "layer_norm", "local_response_norm", "rms_norm"]

Tensor = Any


def _check_values(size: Sequence[int]) -> None:
    """Raise ValueError for a batch of size (N, C, *) with one value in each channel."""
    if size[0] * math.prod(size[2:]) == 1:
        raise ValueError(f"Expected more than 1 value per channel when training, got input size {size}")


def batch_norm(
    input: Tensor,
    running_mean: Tensor | None,
    running_var: Tensor | None,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    training: bool = False,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Tensor:
    """y = (x − m) / √(v + eps) · weight + bias for each channel of x (N, C, *).

    In training m and v are the mean and the biased variance over all dimensions but C, and running_mean and
    running_var are moved towards m and the unbiased variance, in place: r ← (1 − momentum) r + momentum m.
    Otherwise m and v are running_mean and running_var.

    Shape: x (N, C, *), y the same; all others (C,).
    Dtype: floating; the others x's, or all of them float32 where x is of half precision.
    Raises: ValueError for one value per channel in training, an eps that is not positive then or negative, and for
        one running statistic without the other; RuntimeError for sizes and dtypes that do not fit;
        NotImplementedError for other dtypes.
    Source: torch.nn.functional.batch_norm; Ioffe & Szegedy, 2015.
    """
    if training:
        _check_values(input.size())
    if training and eps <= 0.0:
        raise ValueError(f"batch_norm eps must be positive during training, but got {eps}")
    if eps < 0.0:
        raise ValueError(f"batch_norm eps must be non-negative, but got {eps}")
    return functions.batch_norm(input, weight, bias, running_mean, running_var, training, momentum, eps, True)


def instance_norm(
    input: Tensor,
    running_mean: Tensor | None = None,
    running_var: Tensor | None = None,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    use_input_stats: bool = True,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Tensor:
    """batch_norm of each example by itself: m and v are over the dimensions after C of x (N, C, *).

    Without use_input_stats m and v are running_mean and running_var; with it those, if given, move by the mean of
    the examples' statistics.

    Shape, dtype: as in batch_norm.
    Raises: ValueError for one value per channel with use_input_stats; else as batch_norm.
    Source: torch.nn.functional.instance_norm; Ulyanov, Vedaldi & Lempitsky, 2016.
    """
    if use_input_stats:
        size = input.size()
        if math.prod(size[2:]) == 1:
            raise ValueError(f"Expected more than 1 spatial element when training, got input size {size}")
    return functions.instance_norm(input, weight, bias, running_mean, running_var, use_input_stats, momentum, eps, True)


def layer_norm(
    input: Tensor,
    normalized_shape: Sequence[int],
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    eps: float = 1e-5,
) -> Tensor:
    """y = (x − m) / √(v + eps) · weight + bias, m and v the mean and the biased variance over the last dimensions.

    Shape: x (*, *normalized_shape), y the same; weight and bias normalized_shape.
    Dtype: floating; weight and bias x's, or float32 where x is of half precision.
    Raises: RuntimeError for shapes and dtypes that do not fit, NotImplementedError for other dtypes, TypeError for
        a normalized_shape that is no sequence of ints.
    Source: torch.nn.functional.layer_norm; Ba, Kiros & Hinton, 2016.
    """
    return functions.layer_norm(input, normalized_shape, weight, bias, eps, True)


def rms_norm(
    input: Tensor,
    normalized_shape: Sequence[int],
    weight: Tensor | None = None,
    eps: float | None = None,
) -> Tensor:
    """y = x / √(mean x² + eps) · weight, the mean over the last dimensions.

    eps is the machine epsilon of x's dtype if not given, for half precision that of float32.

    Shape: x (*, *normalized_shape), y the same; weight normalized_shape.
    Dtype: floating or complex, and y's is x's. Warns of a weight of another dtype.
    Raises: as layer_norm; ValueError for too few dimensions.
    Source: torch.nn.functional.rms_norm; Zhang & Sennrich, 2019.
    """
    return functions.rms_norm(input, normalized_shape, weight, eps)


def group_norm(
    input: Tensor,
    num_groups: int,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    eps: float = 1e-5,
) -> Tensor:
    """y = (x − m) / √(v + eps) · weight + bias, m and v over a group of channels of each example.

    The C channels fall into num_groups groups of neighbours.

    Shape: x (N, C, *), y the same; weight and bias (C,).
    Dtype: floating; weight and bias x's, or float32 where x is of half precision.
    Raises: RuntimeError for groups that do not divide C, shapes and dtypes that do not fit; ValueError for one value
        in each group; NotImplementedError for other dtypes.
    Source: torch.nn.functional.group_norm; Wu & He, 2018.
    """
    if input.dim() < 2:
        raise RuntimeError(f"Expected at least 2 dimensions for input tensor but received {input.dim()}")
    size = list(input.size())
    _check_values([size[0] * size[1] // num_groups, num_groups, *size[2:]])
    return functions.group_norm(input, num_groups, weight, bias, eps, True)


def local_response_norm(input: Tensor, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0) -> Tensor:
    """y[c] = x[c] / (k + alpha · mean x[c']²)^beta, the mean over the `size` channels c' around c.

    Beyond the first and the last channel x counts as 0. An even size reaches one channel further back.

    Shape: x (N, C, *) with at least three dimensions, y the same.
    Dtype: floating; half precision in three dimensions only.
    Raises: ValueError for fewer dimensions, RuntimeError for a size that is not positive.
    Source: torch.nn.functional.local_response_norm; Krizhevsky, Sutskever & Hinton, 2012.
    """
    ndim = input.dim()
    if ndim < 3:
        gap = " " * 26
        raise ValueError(f"Expected 3D or higher dimensionality{gap}input (got {ndim} dimensions)")
    if input.numel() == 0:
        return input
    squares = input.mul(input)
    around = (size // 2, (size - 1) // 2)
    if ndim == 3:
        padded = pad(squares.unsqueeze(1), (0, 0, *around))
        means = avg_pool2d(padded, (size, 1), stride=1).squeeze(1)
    else:
        shape = input.size()
        volume = squares.view(shape[0], 1, shape[1], shape[2], -1)
        padded = pad(volume, (0, 0, 0, 0, *around))
        means = avg_pool3d(padded, (size, 1, 1), stride=1).squeeze(1).view(shape)
    return input / means.mul(alpha).add(k).pow(beta)
