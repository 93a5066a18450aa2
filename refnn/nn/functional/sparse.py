"""one_hot, embedding, embedding_bag."""

from __future__ import annotations

import warnings
from typing import Any

from refnn import dtypes
from refnn.functions import sparse as pick
from refnn.functions._checks import int_argument, tensor_argument
from refnn.functions.ranges import arange
from refnn.nn.functional._arguments import parsed
from refnn.ops import sparse as ops

__all__ = ["embedding", "embedding_bag", "one_hot"]


@parsed("Tensor input, int num_classes = -1")
def one_hot(input: Any, num_classes: int = -1) -> Any:
    """x (*) of int64 -> (*, num_classes) of int64: 1 at the class, 0 elsewhere.

    num_classes −1 takes the largest class and one more. Raises RuntimeError for another dtype, for negative
    classes, for classes that are too large, and for an empty x without num_classes.

    Source: torch.nn.functional.one_hot.
    """
    tensor_argument("one_hot", "input", 1, input)
    int_argument("one_hot", "num_classes", 2, num_classes)
    x, n = input._data, int(num_classes)
    if x.dtype != "int64":
        raise RuntimeError("one_hot is only applicable to index tensor of type LongTensor.")
    if x.size == 0:
        if n <= 0:
            raise RuntimeError("Can not infer total number of classes from empty tensor.")
        return ops.one_hot(input, num_classes=n)
    if x.min() < 0:
        raise RuntimeError("Class values must be non-negative.")
    if n == -1:
        n = int(x.max()) + 1
    elif x.max() >= n:
        raise RuntimeError("Class values must be smaller than num_classes.")
    return ops.one_hot(input, num_classes=n)


def embedding(
    input: Any,
    weight: Any,
    padding_idx: int | None = None,
    max_norm: float | None = None,
    norm_type: float = 2.0,
    scale_grad_by_freq: bool = False,
    sparse: bool = False,
) -> Any:
    """y[…] = W[i[…]]: rows of W (V, D) by their numbers i (*), int32 or int64; y (*, D).

    padding_idx, which may be negative, names a row whose gradient is 0. With max_norm, rows that i names and whose
    p-norm (p = norm_type) is larger are first shrunk to it, in W itself and outside the graph. With
    scale_grad_by_freq a row's gradient is divided by the number of times that i names it.

    Raises AssertionError for padding_idx out of range, IndexError for an index out of range, RuntimeError for
    another rank or dtype, and for sparse=True where W requires a gradient: there is no sparse layout.

    Source: torch.nn.functional.embedding.
    """
    padding = -1
    if padding_idx is not None:
        padding = row_of(padding_idx, weight.size(0), "Padding_idx must be within num_embeddings")
    if max_norm is not None:
        input = input.contiguous()
        pick.shrink_rows(weight, input, max_norm, norm_type)
    return pick.embedding(weight, input, padding, scale_grad_by_freq, sparse)


def row_of(padding_idx: int, rows: int, text: str) -> int:
    """padding_idx counted from the first row. Raises AssertionError, with this text, out of range."""
    if padding_idx > 0:
        inside = padding_idx < rows
    else:
        inside = not padding_idx < 0 or padding_idx >= -rows
    if not inside:
        raise AssertionError(text)
    return padding_idx + rows if padding_idx < 0 else padding_idx


_MODES = ("sum", "mean", "max")


def embedding_bag(
    input: Any,
    weight: Any,
    offsets: Any = None,
    max_norm: float | None = None,
    norm_type: float = 2,
    scale_grad_by_freq: bool = False,
    mode: str = "mean",
    sparse: bool = False,
    per_sample_weights: Any = None,
    include_last_offset: bool = False,
    padding_idx: int | None = None,
) -> Any:
    """y[b] = Σ s_k W[i_k] over the indices in bag b, their mean, or the maximum of each column. y (B, D).

    i (B, N) has a bag in each row. i (N,) takes offsets (B,), where the bags start; with include_last_offset
    offsets (B + 1,) ends with the end of the last. An empty bag gives 0. per_sample_weights s, of i's shape, go
    with mode 'sum' only. Indices equal to padding_idx count for nothing. max_norm, norm_type and
    scale_grad_by_freq are as in embedding.

    Raises ValueError for another mode, rank, or size of s, and for options that mode 'max' does not take;
    NotImplementedError for s with another mode than 'sum'; RuntimeError for dtypes, offsets or indices that do not
    fit, and for sparse=True where W requires a gradient.

    Source: torch.nn.functional.embedding_bag.
    """
    if weight.dtype == dtypes.int64 and input.is_floating_point():
        warnings.warn(
            "Argument order of nn.functional.embedding_bag was changed. "
            "Usage `embedding_bag(weight, input, ...)` is deprecated, "
            "and should now be `embedding_bag(input, weight, ...)`.",
            stacklevel=2,
        )
        weight, input = input, weight
    _check_bag_shapes(input, weight, offsets, per_sample_weights)
    if input.dim() == 2:
        offsets = arange(0, input.numel(), input.size(1), dtype=input.dtype)
        include_last_offset = False
        input = input.reshape(-1)
        per_sample_weights = None if per_sample_weights is None else per_sample_weights.reshape(-1)
    _check_mode(mode, scale_grad_by_freq, sparse)
    if max_norm is not None:
        pick.shrink_rows(weight, input, max_norm, norm_type)
    if per_sample_weights is not None and mode != "sum":
        raise NotImplementedError(
            "embedding_bag: per_sample_weights was not None. per_sample_weights is only supported for mode='sum' "
            f"(got mode='{mode}'). Please open a feature request on GitHub."
        )
    return pick.embedding_bag(
        weight,
        input,
        offsets,
        scale_grad_by_freq,
        _MODES.index(mode),
        sparse,
        per_sample_weights,
        include_last_offset,
        padding_idx,
    )[0]


def _check_bag_shapes(input: Any, weight: Any, offsets: Any, per_sample_weights: Any) -> None:
    if per_sample_weights is not None and input.size() != per_sample_weights.size():
        raise ValueError(
            f"embedding_bag: If per_sample_weights ({per_sample_weights.shape}) is not None, "
            f"then it must have the same shape as the input ({input.shape})"
        )
    if weight.dim() != 2:
        raise ValueError(f"weight has to be a 2D Tensor, but got Tensor of dimension {weight.dim()}")
    if input.dim() == 2:
        if offsets is not None:
            raise ValueError(
                "if input is 2D, then offsets has to be None, as input is treated is a mini-batch of fixed length "
                "sequences. However, found offsets of type <class 'torch.Tensor'>"
            )
    elif input.dim() == 1:
        if offsets is None:
            raise ValueError("offsets has to be a 1D Tensor but got None")
        if offsets.dim() != 1:
            raise ValueError("offsets has to be a 1D Tensor")
    else:
        raise ValueError(f"input has to be 1D or 2D Tensor, but got Tensor of dimension {input.dim()}")


def _check_mode(mode: str, scale_grad_by_freq: bool, sparse: bool) -> None:
    if mode not in _MODES:
        raise ValueError("mode has to be one of sum, mean or max")
    if mode == "max" and scale_grad_by_freq:
        raise ValueError("max mode does not support scaling the gradient by the frequency")
    if mode == "max" and sparse:
        raise ValueError("max mode does not support sparse weights")
