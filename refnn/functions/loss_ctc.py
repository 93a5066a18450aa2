"""torch.ctc_loss."""

from __future__ import annotations

from typing import Any

import numpy as np

from refnn.autograd.base import TensorBase, wrap
from refnn.dtypes import not_implemented
from refnn.functions import pointwise
from refnn.functions._calls import wrong_call
from refnn.functions._checks import is_int
from refnn.functions.comparison import where
from refnn.functions.loss import MEAN, NONE, reduce_losses
from refnn.functions.shape import squeeze, unsqueeze
from refnn.ops import loss_ctc as ops

__all__ = ["ctc_loss"]

Lengths = tuple[int, ...]

_ALLOCATE = "(while checking arguments for ctc_loss_allocate_outputs)"


def ctc_loss(
    log_probs: Any,
    targets: Any,
    input_lengths: Any,
    target_lengths: Any,
    blank: int = 0,
    reduction: int = NONE,
    zero_infinity: bool = False,
) -> Any:
    """l = −log p(target), the probability being summed over all alignments of the target with the input.

    The mean is that of l over the target's length, counted as 1 where it is 0. A target that does not fit its
    input has the loss ∞ and the gradient NaN; with `zero_infinity` both are 0.

    Args:
        log_probs: (T, N, C), or (T, C) without a batch; log probabilities, float32 or float64.
        targets: (N, S), padded, or all targets one after the other; no blanks among them.
        input_lengths, target_lengths: two tensors of integers, or two tuples of ints, of N elements each.
        blank: the blank's class.
        reduction: 0 for none, 1 for the mean, 2 for the sum.

    Raises:
        RuntimeError: shapes, lengths or a blank that do not go together; a second derivative.
        IndexError: a label that is no class.
        NotImplementedError: half precision and integers.

    Source: torch.ctc_loss; Graves et al., 2006.
    """
    given = (log_probs, targets, input_lengths, target_lengths, blank, reduction, zero_infinity)
    _check_types(given)
    in_batch = log_probs._data.ndim == 3
    batch = log_probs if in_batch else unsqueeze(log_probs, 1)
    inputs, labels = _lengths("input_lengths", input_lengths), _lengths("target_lengths", target_lengths)
    if batch._data.dtype not in (np.float32, np.float64):
        raise not_implemented("ctc_loss_cpu", log_probs.dtype)
    _check_shapes(batch._data, targets._data, inputs, labels, blank)
    _check_labels(targets._data, labels, batch._data.shape[2])
    losses, _ = ops.ctc_loss(
        batch, targets, input_lengths=inputs, target_lengths=labels, blank=blank, zero_infinity=zero_infinity
    )
    if zero_infinity:
        losses = where(losses == np.inf, wrap(np.zeros((), losses._data.dtype)), losses)
    if reduction == MEAN:
        losses = pointwise.div(losses, wrap(np.maximum(labels, 1).astype(losses._data.dtype)))
    result = reduce_losses(losses, reduction)
    return result if in_batch or result._data.ndim == 0 else squeeze(result, 0)


def _is_lengths(value: Any) -> bool:
    return isinstance(value, (tuple, list)) and all(is_int(n) for n in value)


def _check_types(given: tuple[Any, ...]) -> None:
    log_probs, targets, inputs, labels, blank, reduction, zero_infinity = given
    tensors = isinstance(inputs, TensorBase) and isinstance(labels, TensorBase)
    if (
        not isinstance(log_probs, TensorBase)
        or not isinstance(targets, TensorBase)
        or not (tensors or (_is_lengths(inputs) and _is_lengths(labels)))
        or not is_int(blank)
        or not is_int(reduction)
        or not isinstance(zero_infinity, bool)
    ):
        raise wrong_call("ctc_loss", *given)


def _lengths(name: str, given: Any) -> Lengths:
    if isinstance(given, TensorBase):
        if given._data.dtype.kind not in "iu":
            raise RuntimeError(f"{name} must be integral")
        return tuple(given._data.ravel().tolist())
    return tuple(int(n) for n in given)


def _check_shapes(x: Any, targets: Any, inputs: Lengths, labels: Lengths, blank: int) -> None:
    if x.size == 0:
        raise RuntimeError("log_probs tensor must not be empty")
    if x.ndim != 3:
        raise RuntimeError(
            f"Expected 3-dimensional tensor, but got {x.ndim}-dimensional tensor for argument #1 'log_probs' "
            + _ALLOCATE
        )
    if targets.ndim not in (1, 2):
        raise RuntimeError(
            f"Expected 1 to 2 dimensions, but got {targets.ndim}-dimensional tensor for argument #2 'targets' "
            + _ALLOCATE
        )
    steps, batch, classes = x.shape
    if not 0 <= blank < classes:
        raise RuntimeError("blank must be in label range")
    for name, lengths in (("input_lengths", inputs), ("target_lengths", labels)):
        if len(lengths) != batch:
            raise RuntimeError(f"{name} must be of size batch_size")
    _check_bounds("target_lengths", labels, None)
    _check_size(targets, 0, sum(labels) if targets.ndim == 1 else batch)
    if targets.ndim == 2 and targets.shape[1] < max(labels):
        raise RuntimeError(
            f"Expected tensor to have size at least {max(labels)} at dimension 1, but got size {targets.shape[1]} for "
            f"argument #2 'targets' {_ALLOCATE}"
        )
    _check_bounds("input_lengths", inputs, steps)


def _check_size(targets: Any, dim: int, size: int) -> None:
    if targets.shape[dim] != size:
        raise RuntimeError(
            f"Expected tensor to have size {size} at dimension {dim}, but got size {targets.shape[dim]} for argument "
            f"#2 'targets' {_ALLOCATE}"
        )


def _check_bounds(name: str, lengths: Lengths, most: int | None) -> None:
    for n in lengths:
        if n < 0:
            raise RuntimeError(f"Expected {name} to have value at least 0, but got value {n} {_ALLOCATE}")
        if most is not None and n > most:
            raise RuntimeError(f"Expected {name} to have value at most {most}, but got value {n} {_ALLOCATE}")


def _check_labels(targets: Any, lengths: Lengths, classes: int) -> None:
    """torch reads past the end of the scores here; this raises."""
    used = targets if targets.ndim == 1 else targets[np.arange(targets.shape[1]) < np.array(lengths)[:, None]]
    if used.size and not (used.min() >= 0 and used.max() < classes):
        outside = used[~((used >= 0) & (used < classes))]
        raise IndexError(f"Target {outside[0]} is out of bounds.")
