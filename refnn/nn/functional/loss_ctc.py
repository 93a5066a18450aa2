"""ctc_loss. Source: torch.nn.functional."""

from __future__ import annotations

from typing import Any

from refnn.functions import loss_ctc as functions
from refnn.nn import _reduction

__all__ = ["ctc_loss"]


def ctc_loss(
    log_probs: Any,
    targets: Any,
    input_lengths: Any,
    target_lengths: Any,
    blank: int = 0,
    reduction: str = "mean",
    zero_infinity: bool = False,
) -> Any:
    """l = −log p(target), summed over all alignments; its mean, each l over its target's length, or its sum.

    Args:
        log_probs: (T, N, C), or (T, C) without a batch; log probabilities, float32 or float64.
        targets: (N, S), padded, or all targets one after the other; no blanks among them.
        input_lengths, target_lengths: two tensors of integers, or two tuples of ints, of N elements each.
        blank: the blank's class.
        zero_infinity: a target that does not fit its input has the loss 0 and no gradient, in place of ∞ and NaN.

    Raises:
        ValueError: an unknown reduction.
        RuntimeError: shapes, lengths or a blank that do not go together; a second derivative.
        IndexError: a label that is no class.
        NotImplementedError: half precision and integers.

    Source: torch.nn.functional.ctc_loss; Graves et al., 2006.
    """
    how = _reduction.get_enum(reduction)
    return functions.ctc_loss(log_probs, targets, input_lengths, target_lengths, blank, how, zero_infinity)
