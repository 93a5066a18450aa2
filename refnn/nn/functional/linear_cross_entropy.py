"""linear_cross_entropy: a linear layer and its cross entropy in one, the batch in chunks where that is asked for."""

from __future__ import annotations

import math
import warnings
from typing import Any

import numpy as np

from refnn.autograd import Function
from refnn.autograd.base import wrap
from refnn.functions._scalars import c_name
from refnn.functions.shape import reshape, squeeze, unsqueeze
from refnn.nn._reduction import REDUCTIONS
from refnn.nn.functional.linear import linear
from refnn.nn.functional.loss import cross_entropy
from refnn.ops._chunked_loss import chunked_cross_entropy, sample_weights

__all__ = ["linear_cross_entropy"]

Shape = tuple[int, ...]


def linear_cross_entropy(
    input: Any,
    linear_weight: Any,
    target: Any,
    *,
    linear_bias: Any = None,
    weight: Any = None,
    reduction: str = "mean",
    ignore_index: int | None = None,
    label_smoothing: float = 0.0,
    options: Any = None,
) -> Any:
    """cross_entropy(linear(x, W, b), t), W being (C, d1, …, D) where t has dimensions d1, ….

    With `options`, a LinearCrossEntropyOptions, the scores are computed for some rows at a time. Then the gradients of
    the mean and the sum are computed in the forward pass and can be used once, unless `allow_retain_graph` is set;
    they are constants to a second derivative. Class numbers, without smoothing and without d1, …, only: else the
    options are ignored, with a warning.

    Args:
        input: (N, D) or (D,).
        linear_weight: (C, d1, …, D).
        target: class numbers, (N, d1, …) or (); or probabilities, of the scores' shape (N, C, d1, …).
        linear_bias: (C, d1, …).
        weight: (C,), a weight for each class.
        ignore_index: class numbers of this value count for nothing; None means −100.
        label_smoothing: ε; t becomes (1 − ε) t + ε/C.

    Raises:
        RuntimeError, IndexError, ValueError: shapes, dtypes or options that do not go together, as in cross_entropy.

    Source: torch.nn.functional.linear_cross_entropy.
    """
    features = _check_shapes(input, linear_weight, linear_bias)
    classes, *grid = linear_weight.shape[:-1]
    scores_shape = (*input.shape[:-1], classes, *grid)
    if tuple(target.shape) == scores_shape and ignore_index is not None:
        raise RuntimeError("ignore_index cannot be specified when target contains probabilities")
    ignored = -100 if ignore_index is None else ignore_index
    if options is not None:
        if not grid and reduction in REDUCTIONS and label_smoothing == 0 and target._data.dtype == np.int64:
            return _in_chunks(input, linear_weight, target, linear_bias, weight, reduction, ignored, options)
        _warn(reduction, label_smoothing, target, tuple(grid), linear_bias)
    if grid:
        flat = math.prod(grid, start=classes)
        linear_weight = reshape(linear_weight, (flat, features))
        linear_bias = None if linear_bias is None else reshape(linear_bias, (flat,))
    return cross_entropy(
        reshape(linear(input, linear_weight, linear_bias), scores_shape),
        target,
        weight=weight,
        reduction=reduction,
        ignore_index=ignored,
        label_smoothing=label_smoothing,
    )


def _check_shapes(input: Any, weight: Any, bias: Any) -> int:
    """The number of features."""
    if input.dim() not in (1, 2):
        raise RuntimeError(f"expected input with dimensionality 1 or 2, got {input.dim()}")
    if weight.dim() < 2:
        raise RuntimeError(f"expected linear_weight with dimensionality at least 2, got {weight.dim()}")
    features: int = input.shape[-1]
    if features != weight.shape[-1]:
        raise RuntimeError(
            "expected equal input and linear_weight last dimensions (in_features), "
            f"got {features} and {weight.shape[-1]}, respectively"
        )
    whole = tuple(weight.shape[:-1])
    if bias is not None and tuple(bias.shape) != whole:
        raise RuntimeError(f"expected linear_bias shape {whole}, got {tuple(bias.shape)}")
    if len(whole) > 1 and input.dim() == 1:
        raise RuntimeError(
            f"K-dimensional loss defined by linear_weight shape {tuple(weight.shape)} requires batched input, "
            f"(N, {features}), got unbatched input with shape {tuple(input.shape)}"
        )
    return features


def _warn(reduction: str, label_smoothing: float, target: Any, grid: Shape, bias: Any) -> None:
    warnings.warn(
        "linear_cross_entropy: ``options`` ignored; chunked path needs reduction in {'mean','sum','none'}, "
        "label_smoothing == 0, target.dtype == int64, out_features == (). Got "
        f"reduction={reduction!r}, label_smoothing={label_smoothing}, target.dtype={target.dtype}, "
        f"out_features={grid}, tracing=False, linear_bias.shape={None if bias is None else tuple(bias.shape)}.",
        stacklevel=3,
    )


# In chunks ----------------------------------------------------------------------------------------------


def _in_chunks(
    x: Any, linear_weight: Any, t: Any, bias: Any, weight: Any, reduction: str, ignore_index: int, options: Any
) -> Any:
    in_batch = x.dim() == 2
    if not in_batch:
        x, t = unsqueeze(x, 0), unsqueeze(t, 0)
    options = options._adjust(
        num_batches=x.shape[0],
        in_features=x.shape[1],
        num_classes=linear_weight.shape[0],
        dtype=x.dtype,
        device=x.device,
    )
    _check_dtypes(x, linear_weight, options)
    _check_targets(x._data, t._data, linear_weight.shape[0], weight, ignore_index, options.batch_chunk_size)
    function = _EachLoss if reduction == "none" else _TotalLoss
    result = function.apply(x, linear_weight, t, bias, weight, reduction, ignore_index, options)
    return result if in_batch else squeeze(result, 0)


def _check_dtypes(x: Any, weight: Any, options: Any) -> None:
    acc = options.acc_dtype
    if acc != x.dtype and not (x.dtype.itemsize == 2 and acc.itemsize == 4):
        raise RuntimeError(
            "linear_cross_entropy supports float32 acc_dtype with float16/bfloat16 inputs, but got "
            f"{acc} acc_dtype and {x.dtype} inputs."
        )
    if weight.dtype != x.dtype:
        names = [c_name(kind) for kind in (x.dtype, weight.dtype)]
        raise RuntimeError(f"expected m1 and m2 to have the same dtype, but got: {names[0]} != {names[1]}")


def _check_targets(x: Any, t: Any, classes: int, weight: Any, ignore_index: int, rows: int) -> None:
    if t.ndim != 1:
        raise RuntimeError("Index tensor must have the same number of dimensions as input tensor")
    for start in range(0, len(x), rows):
        length = min(rows, len(x) - start)
        if start + length > len(t):
            raise RuntimeError(f"start ({start}) + length ({length}) exceeds dimension size ({len(t)}).")
    used = t[t != ignore_index]
    if weight is not None:
        if weight.dim() != 1:
            raise RuntimeError(f"1D tensors expected, but got {weight.dim()}D and 1D tensors")
        if used.size and not (used.min() >= 0 and used.max() < len(weight._data)):
            raise IndexError("index out of range in self")
    outside = used[(used < 0) | (used >= classes)]
    if outside.size:
        raise RuntimeError(f"index {outside[0]} is out of bounds for dimension 1 with size {classes}")


class _Chunks:
    """One call: the arrays, and what the options say of dtypes."""

    def __init__(self, x: Any, linear_weight: Any, t: Any, bias: Any, weight: Any, ignore_index: int, options: Any):
        acc = options.acc_dtype.numpy
        counts = t._data != ignore_index
        self.arrays = x._data, linear_weight._data, None if bias is None else bias._data
        self.target = np.where(counts, t._data, 0)
        self.weights = sample_weights(self.target, counts, None if weight is None else weight._data, acc)
        narrow = x._data.dtype == np.float16 and options.acc_policy != "accurate"
        self.how = {"rows": options.batch_chunk_size, "dtype": acc, "kept": np.dtype(np.float16) if narrow else acc}

    def losses(self) -> Any:
        return chunked_cross_entropy(*self.arrays, self.target, None, needs=(False,) * 3, **self.how)[0]

    def with_gradients(self, slopes: Any, needs: tuple[bool, ...]) -> tuple[Any, list[Any]]:
        """The losses, and the gradients in the dtypes of what they belong to."""
        losses, gradients = chunked_cross_entropy(*self.arrays, self.target, slopes, needs=needs, **self.how)
        return losses, [
            None if g is None else g.astype(a.dtype, copy=False) for g, a in zip(gradients, self.arrays, strict=True)
        ]


def _needs(ctx: Any) -> tuple[bool, ...]:
    """Whether x, W and b need gradients."""
    x, linear_weight, _, bias, *_ = ctx.needs_input_grad
    return x, linear_weight, bias


class _TotalLoss(Function):
    """The mean or the sum, with the gradients computed on the way."""

    @staticmethod
    def forward(ctx: Any, *inputs: Any) -> Any:
        x, linear_weight, t, bias, weight, reduction, ignore_index, options = inputs
        chunks = _Chunks(x, linear_weight, t, bias, weight, ignore_index, options)
        slopes = chunks.weights
        if reduction == "mean":
            total = np.add.reduce(slopes)
            slopes = slopes / (total if total else np.nan)
        needs = _needs(ctx)
        losses, gradients = chunks.with_gradients(slopes, needs) if any(needs) else (chunks.losses(), [None] * 3)
        ctx.gradients, ctx.keeps = gradients, options.allow_retain_graph
        counted = np.where(chunks.weights[: len(losses)] == 0, 0, slopes[: len(losses)] * losses)
        result = np.add.reduce(counted)
        if reduction == "mean" and not np.add.reduce(chunks.weights):
            result = result * np.nan
        return wrap(np.asarray(result).astype(x._data.dtype))

    @staticmethod
    def backward(ctx: Any, g: Any) -> Any:
        if ctx.gradients is None:
            raise RuntimeError(
                "linear_cross_entropy chunked backward called twice; retain_graph=True / double backward are not "
                "supported."
            )
        x, linear_weight, bias = (None if array is None else wrap(array) * g for array in ctx.gradients)
        if not ctx.keeps:
            ctx.gradients = None
        return x, linear_weight, None, bias, None, None, None, None


class _EachLoss(Function):
    """The loss of each sample. The backward pass computes the scores again."""

    @staticmethod
    def forward(ctx: Any, *inputs: Any) -> Any:
        x, linear_weight, t, bias, weight, _, ignore_index, options = inputs
        ctx.save_for_backward(x, linear_weight, t, bias, weight)
        ctx.ignore_index, ctx.options = ignore_index, options
        chunks = _Chunks(x, linear_weight, t, bias, weight, ignore_index, options)
        losses = chunks.losses()
        weights = chunks.weights[: len(losses)]
        return wrap(np.where(weights == 0, 0, losses * weights).astype(x._data.dtype))

    @staticmethod
    def backward(ctx: Any, g: Any) -> Any:
        chunks = _Chunks(*(*ctx.saved_tensors, ctx.ignore_index, ctx.options))
        slopes = chunks.weights[: len(g._data)] * g._data.astype(chunks.weights.dtype)
        _, gradients = chunks.with_gradients(slopes, _needs(ctx))
        x, linear_weight, bias = (None if array is None else wrap(array) for array in gradients)
        return x, linear_weight, None, bias, None, None, None, None
