"""torch.batch_norm, instance_norm, layer_norm, group_norm and rms_norm."""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np

from refnn.autograd.base import Array
from refnn.dtypes import finfo, float32, float64, from_numpy, not_implemented
from refnn.functions import _normalization_checks as check
from refnn.functions._checks import bool_argument
from refnn.functions.conversion import clone
from refnn.functions.parts import select
from refnn.ops import normalization as ops
from refnn.ops.normalization import Form
from refnn.ops.shape import reshape, view

__all__ = ["batch_norm", "group_norm", "instance_norm", "layer_norm", "rms_norm"]

Tensor = Any

_RMS = ops.normalize.renamed("MulBackward0"), ops.normalize.renamed("ToCopyBackward0")


def _ordered(x: Tensor) -> bool:
    """Whether a result takes over channels-last memory: where torch's would, and where nobody sees it."""
    return x._private_order or x._data.ndim in (4, 5)


def _vector(weight: Tensor | None) -> Tensor | None:
    """Weights of any shape as (C,)."""
    return weight if weight is None or weight._data.ndim == 1 else reshape(weight, shape=(weight._data.size,))


# Over the batch, and over each example's channels -------------------------------------------------------


def batch_norm(
    input: Tensor,
    weight: Tensor | None,
    bias: Tensor | None,
    running_mean: Tensor | None,
    running_var: Tensor | None,
    training: bool,
    momentum: float,
    eps: float,
    cudnn_enabled: bool,
) -> Tensor:
    """y = (x − m) / √(v + eps) · weight + bias for each channel of x (N, C, *).

    In training m and v are the mean and the biased variance over all dimensions but C, and the running
    statistics move towards m and the unbiased variance: r ← (1 − momentum) r + momentum m. Otherwise m and v are
    the running statistics. Without elements y = x · weight[0] + bias[0].

    x is floating; the others are (C,) and of its dtype, or all float32 where x is of half precision.

    Raises RuntimeError for sizes and dtypes that do not fit and for running statistics that require a gradient
    or are missing in evaluation, ValueError for one of them alone, NotImplementedError for other dtypes.

    Source: torch.batch_norm; Ioffe & Szegedy, 2015.
    """
    tensors = {"weight": weight, "bias": bias, "running_mean": running_mean, "running_var": running_var}
    momentum, eps = check.arguments("batch_norm", input, tensors, "training", training, momentum, eps, cudnn_enabled)
    if input._data.size == 0:
        return _of_nothing(input, weight, bias)
    check.sizes(input, tensors, input._data.shape[1] if input._data.ndim > 1 else 0, training)
    check.statistics(input, tensors)
    check.batch_dtypes(input, tensors)
    form = Form(1, 2, None, True, "NativeBatchNormBackward0", constant=True, ordered=_ordered(input))
    weight, bias = _vector(weight), _vector(bias)
    if not training:
        return ops.normalize_by(input, weight, bias, running_mean, running_var, form=form, eps=eps)
    y, mean, var = ops.normalize(input, weight, bias, form=form, eps=eps)
    if running_mean is not None and running_var is not None:
        count = input._data.size // input._data.shape[1]
        for running, now in zip((running_mean, running_var), (mean, _unbiased(var._data, count)), strict=True):
            running._data[...] = _moved(running._data, getattr(now, "_data", now)[0], momentum)
    return y


def _of_nothing(input: Tensor, weight: Tensor | None, bias: Tensor | None) -> Tensor:
    out = clone(input)
    if weight is not None:
        out = out * select(weight, 0, 0)
    return out if bias is None else out + select(bias, 0, 0)


def _unbiased(var: Array, count: int) -> Array:
    """var · n / (n − 1); NaN for one value."""
    return var * (count / (count - 1) if count > 1 else math.nan)


def _moved(running: Array, now: Array, momentum: float) -> Array:
    """(1 − momentum) r + momentum m; half precision in float32."""
    before = running.astype(np.float32) if running.dtype.itemsize == 2 else running
    return np.asarray(momentum * now + (1 - momentum) * before)


def instance_norm(
    input: Tensor,
    weight: Tensor | None,
    bias: Tensor | None,
    running_mean: Tensor | None,
    running_var: Tensor | None,
    use_input_stats: bool,
    momentum: float,
    eps: float,
    cudnn_enabled: bool,
) -> Tensor:
    """batch_norm of each example by itself: m and v are over the dimensions after C of x (N, C, *).

    The running statistics move by the mean of the examples' statistics.

    Raises as batch_norm does; IndexError for an x of less than two dimensions.

    Source: torch.instance_norm; Ulyanov, Vedaldi & Lempitsky, 2016.
    """
    tensors = {"weight": weight, "bias": bias, "running_mean": running_mean, "running_var": running_var}
    momentum, eps = check.arguments(
        "instance_norm", input, tensors, "use_input_stats", use_input_stats, momentum, eps, cudnn_enabled
    )
    if not use_input_stats and (running_mean is None or running_var is None):
        raise RuntimeError("Expected running_mean and running_var to be defined when use_input_stats is false")
    check.has_channels(input)
    shape = input._data.shape
    check.repeatable(tensors)
    empty = input._data.size == 0
    if empty:
        check.first_weight(tensors, shape[0])
    else:
        check.sizes(input, tensors, shape[0] * shape[1], use_input_stats, repeated=shape[0])
        check.statistics(input, tensors)
        check.instance_dtypes(input, tensors)
    form = Form(1, 2, None, not use_input_stats, "ViewBackward0", constant=True, ordered=input._private_order)
    weight, bias = _vector(weight), _vector(bias)
    if not use_input_stats and not empty:
        return ops.normalize_by(input, weight, bias, running_mean, running_var, form=form, eps=eps)
    if empty:
        y, mean, var = view(_of_nothing(input, weight, bias), shape=shape), None, None
    else:
        y, mean, var = ops.normalize(input, weight, bias, form=form, eps=eps)
        mean, var = mean._data, _unbiased(var._data, math.prod(shape[2:]))
    for running, now in ((running_mean, mean), (running_var, var)):
        if running is not None and use_input_stats:
            _move_by_examples(running, now, shape[0], momentum)
    return y


def _move_by_examples(running: Tensor, now: Array | None, examples: int, momentum: float) -> None:
    """A running statistic after the mean of the examples' own updates: NaN of no examples, as it was of no values."""
    if not examples:
        running._data[...] = math.nan
    elif now is not None:
        running._data[...] = _moved(running._data, now, momentum).mean(0)
    running._bump_version()


# Over the last dimensions, and over groups of channels --------------------------------------------------


def layer_norm(
    input: Tensor,
    normalized_shape: Sequence[int],
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    eps: float = 1e-5,
    cudnn_enable: bool = True,
) -> Tensor:
    """y = (x − m) / √(v + eps) · weight + bias, m and v the mean and the biased variance over the last dimensions.

    x is (*, *normalized_shape) and floating; weight and bias are of normalized_shape and of x's dtype, or float32
    where x is of half precision.

    Raises RuntimeError for shapes and dtypes that do not fit, NotImplementedError for other dtypes, TypeError for
    a normalized_shape that is no sequence of ints.

    Source: torch.layer_norm; Ba, Kiros & Hinton, 2016.
    """
    tensors = {"weight": weight, "bias": bias}
    eps = check.layer_arguments("layer_norm", input, normalized_shape, tensors, eps)
    bool_argument("layer_norm", "cudnn_enable", 6, cudnn_enable)
    shape = tuple(int(n) for n in normalized_shape)
    check.mixed_dtypes(input, tensors)
    check.layer_shapes(input, shape, tensors)
    check.kernel_dtypes("LayerNormKernelImpl", input, tensors)
    ndim = input._data.ndim
    form = Form(ndim - len(shape), ndim, 1, False, "NativeLayerNormBackward0")
    y: Tensor = ops.normalize(input, weight, bias, form=form, eps=eps)[0]
    return y


def group_norm(
    input: Tensor,
    num_groups: int,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    eps: float = 1e-5,
    cudnn_enabled: bool = True,
) -> Tensor:
    """y = (x − m) / √(v + eps) · weight + bias, m and v over a group of channels of each example of x (N, C, *).

    The C channels fall into num_groups groups of neighbours. weight and bias are (C,).

    Raises RuntimeError for groups that do not divide C, and for shapes and dtypes as layer_norm does.

    Source: torch.group_norm; Wu & He, 2018.
    """
    tensors = {"weight": weight, "bias": bias}
    eps = check.group_arguments(input, num_groups, tensors, eps, cudnn_enabled)
    groups = int(num_groups)
    check.groups(input, groups, tensors)
    check.mixed_dtypes(input, tensors)
    check.kernel_dtypes("GroupNormKernelImpl", input, tensors)
    form = Form(1, 2, groups, False, "NativeGroupNormBackward0", ordered=_ordered(input))
    y: Tensor = ops.normalize(input, weight, bias, form=form, eps=eps)[0]
    return y


def rms_norm(
    input: Tensor, normalized_shape: Sequence[int], weight: Tensor | None = None, eps: float | None = None
) -> Tensor:
    """y = x / √(mean x² + eps) · weight, the mean over the last dimensions.

    x is (*, *normalized_shape), floating or complex, and y has its dtype; weight is of normalized_shape. eps is
    the machine epsilon of x's dtype if not given, for half precision that of float32.

    Warns of a weight of another dtype. Raises as layer_norm does.

    Source: torch.rms_norm; Zhang & Sennrich, 2019.
    """
    check.layer_arguments("rms_norm", input, normalized_shape, {"weight": weight}, 0.0 if eps is None else eps)
    shape = tuple(int(n) for n in normalized_shape)
    check.rms_shapes(input, shape, weight)
    dtype = from_numpy(input._data.dtype)
    if weight is not None and weight._data.dtype != input._data.dtype:
        warnings.warn(_MISMATCH.format(*check.cpp_names(input, weight)), stacklevel=2)
    if dtype.category < 2:
        raise not_implemented("rms_norm", input.dtype)
    given = finfo(float64 if dtype.to_real() is float64 else float32).eps if eps is None else float(eps)
    narrowed = weight is not None and weight._data.dtype != input._data.dtype
    if dtype.is_complex or (narrowed and weight._data.dtype != np.float32):  # type: ignore[union-attr]
        return _rms_of_any(input, len(shape), weight, given)
    ndim = input._data.ndim
    form = Form(ndim - len(shape), ndim, 1, False, "", centred=False)
    y: Tensor = _RMS[dtype.itemsize == 2](input, weight, None, form=form, eps=given)[0]
    return y


_MISMATCH = (
    "Mismatch dtype between input and weight: input dtype = {}, weight dtype = {}, Cannot dispatch to fused "
    "implementation."
)


def _rms_of_any(x: Tensor, ndim: int, weight: Tensor | None, eps: float) -> Tensor:
    """rms_norm in other functions, for complex numbers and for weights of another dtype."""
    wide = x.to(float32) if x._data.dtype.itemsize == 2 else x
    y = wide * (wide.pow(2).mean(tuple(range(-ndim, 0)), True) + eps).rsqrt()
    return (y if weight is None else y * weight).to(x.dtype)
