"""Functions that torch has in its own namespace as well, with other parameters than here."""

from __future__ import annotations

from typing import Any

import numpy as np

from refnn.functions._broadcast import broadcast_error
from refnn.functions._calls import as_called
from refnn.functions._checks import int_argument
from refnn.functions.rnn import gru_cell, lstm_cell, rnn_relu_cell, rnn_tanh_cell
from refnn.nn.functional import loss, pooling, pooling_adaptive

__all__ = [
    "adaptive_max_pool1d",
    "binary_cross_entropy_with_logits",
    "gru_cell",
    "lstm_cell",
    "max_pool1d",
    "max_pool2d",
    "max_pool3d",
    "rnn_relu_cell",
    "rnn_tanh_cell",
]

Ints = int | tuple[int, ...]


def max_pool1d(
    input: Any, kernel_size: Ints, stride: Ints = (), padding: Ints = 0, dilation: Ints = 1, ceil_mode: bool = False
) -> Any:
    """nn.functional.max_pool1d without indices. Source: torch.max_pool1d."""
    return pooling.max_pool1d(input, kernel_size, stride or None, padding, dilation, ceil_mode)


def max_pool2d(
    input: Any, kernel_size: Ints, stride: Ints = (), padding: Ints = 0, dilation: Ints = 1, ceil_mode: bool = False
) -> Any:
    """nn.functional.max_pool2d without indices. Source: torch.max_pool2d."""
    return pooling.max_pool2d(input, kernel_size, stride or None, padding, dilation, ceil_mode)


def max_pool3d(
    input: Any, kernel_size: Ints, stride: Ints = (), padding: Ints = 0, dilation: Ints = 1, ceil_mode: bool = False
) -> Any:
    """nn.functional.max_pool3d without indices. Source: torch.max_pool3d."""
    return pooling.max_pool3d(input, kernel_size, stride or None, padding, dilation, ceil_mode)


def adaptive_max_pool1d(input: Any, output_size: Ints) -> Any:
    """nn.functional.adaptive_max_pool1d with indices: (y, i). Source: torch.adaptive_max_pool1d."""
    return pooling_adaptive.adaptive_max_pool1d(input, output_size, return_indices=True)


def binary_cross_entropy_with_logits(
    input: Any, target: Any, weight: Any = None, pos_weight: Any = None, reduction: int = 0
) -> Any:
    """nn.functional.binary_cross_entropy_with_logits, its reduction a number: 1 the mean, 2 the sum, others none.

    A call without it does not reduce, though torch's schema has 1 as the default. The input is broadcast to the target.

    Raises RuntimeError where it cannot be, TypeError for a reduction that is no int.
    Source: torch.binary_cross_entropy_with_logits.
    """
    int_argument("binary_cross_entropy_with_logits", "reduction", 5, reduction)
    mine, wanted = input._data.shape, target._data.shape
    if mine != wanted:
        try:
            common = np.broadcast_shapes(mine, wanted)
        except ValueError:
            raise broadcast_error([wanted, mine]) from None
        if common != wanted:
            raise RuntimeError(f"output with shape {list(wanted)} doesn't match the broadcast shape {list(common)}")
        input = input.expand(wanted)
    named = {1: "mean", 2: "sum"}.get(reduction, "none")
    return loss.binary_cross_entropy_with_logits(input, target, weight, reduction=named, pos_weight=pos_weight)


for _name in __all__:
    globals()[_name] = as_called(globals()[_name], _name)
