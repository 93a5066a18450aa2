"""Sequences of different lengths: padding them to one tensor, and packing that without the padding.

A PackedSequence holds, step by step, the rows of the sequences that are not over yet, the longest first.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple, Self

import numpy as np

from refnn import dtypes
from refnn.autograd.base import TensorBase, wrap
from refnn.functions._broadcast import broadcast_error
from refnn.functions._checks import bool_argument, int_argument, one_dim, tensor_argument, type_name
from refnn.functions._random_arguments import number as float_argument
from refnn.functions.activation import number
from refnn.functions.from_data import as_tensor
from refnn.functions.ranges import arange
from refnn.functions.shape import transpose
from refnn.functions.sorting import sort
from refnn.ops import packing

__all__ = [
    "PackedSequence",
    "invert_permutation",
    "pack_padded_sequence",
    "pad_packed_sequence",
    "pad_sequence",
    "unpad_sequence",
    "pack_sequence",
    "unpack_sequence",
]

Tensor = Any


class _PackedSequence(NamedTuple):
    data: Tensor
    batch_sizes: Tensor
    sorted_indices: Tensor | None
    unsorted_indices: Tensor | None


class PackedSequence(_PackedSequence):
    """A batch of sequences of different lengths, packed. Made by pack_padded_sequence and pack_sequence.

    Attributes:
        data: (R, *), the rows of step 0, then of step 1, …; R is the sum of all lengths.
        batch_sizes: (T,) int64, how many rows each step has; never increasing.
        sorted_indices: which sequence of the batch stands at each place, or None if it was sorted.
        unsorted_indices: the inverse of sorted_indices.

    Source: torch.nn.utils.rnn.PackedSequence.
    """

    def __new__(
        cls,
        data: Tensor,
        batch_sizes: Tensor | None = None,
        sorted_indices: Tensor | None = None,
        unsorted_indices: Tensor | None = None,
    ) -> Self:
        if unsorted_indices is None:
            unsorted_indices = invert_permutation(sorted_indices)
        if batch_sizes is None:
            if not (isinstance(data, (list, tuple)) and len(data) == 2):
                raise AssertionError("Expected data to be a list or tuple of length 2")
            data, batch_sizes = data
        return super().__new__(cls, data, batch_sizes, sorted_indices, unsorted_indices)

    def to(self, *args: Any, **kwargs: Any) -> Self:
        """The data in another dtype; `self` if it has that already."""
        data = self.data.to(*args, **kwargs)
        if data is self.data:
            return self
        return type(self)(data, self.batch_sizes, self.sorted_indices, self.unsorted_indices)

    def cpu(self, *args: Any, **kwargs: Any) -> Self:
        return self.to(*args, **kwargs, device="cpu")

    def cuda(self, *args: Any, **kwargs: Any) -> Self:
        """Raises RuntimeError: there is no CUDA here."""
        return self.to(*args, **kwargs, device="cuda")

    def double(self) -> Self:
        return self.to(dtype=dtypes.float64)

    def float(self) -> Self:
        return self.to(dtype=dtypes.float32)

    def half(self) -> Self:
        return self.to(dtype=dtypes.float16)

    def long(self) -> Self:
        return self.to(dtype=dtypes.int64)

    def int(self) -> Self:
        return self.to(dtype=dtypes.int32)

    def short(self) -> Self:
        return self.to(dtype=dtypes.int16)

    def char(self) -> Self:
        return self.to(dtype=dtypes.int8)

    def byte(self) -> Self:
        return self.to(dtype=dtypes.uint8)

    @property
    def is_cuda(self) -> bool:
        return bool(self.data.is_cuda)

    def is_pinned(self) -> bool:
        """False: without an accelerator no memory is pinned."""
        return False

    def pin_memory(self) -> Self:
        """Raises RuntimeError, as pinning does without an accelerator."""
        return type(self)(self.data.pin_memory(), self.batch_sizes, self.sorted_indices, self.unsorted_indices)


def invert_permutation(permutation: Tensor | None) -> Tensor | None:
    """q with q[p[i]] = i, of p's shape (N,) and dtype; None for None.

    Source: torch.nn.utils.rnn.invert_permutation.
    """
    if permutation is None:
        return None
    inverse = np.empty_like(permutation._data)
    inverse[permutation._data] = np.arange(permutation._data.size)
    return wrap(inverse)


# Packing ------------------------------------------------------------------------------------------------


def _check_lengths(input: Tensor, lengths: Tensor) -> None:
    """Raise what torch raises for an input (T, B, *) that cannot be packed with these lengths."""
    if lengths.ndim != 1:
        raise RuntimeError(
            "'lengths' argument should be a 1D CPU int64 tensor, but got "
            f"{lengths.ndim}D cpu {lengths.dtype.title} tensor"
        )
    if input.ndim == 0:
        raise IndexError("Dimension specified as 1 but tensor has no dimensions")
    batch = input.shape[one_dim(1, input.ndim)]
    if input.numel() == 0:
        raise RuntimeError("Cannot pack empty tensors.")
    if len(lengths) != batch:
        raise RuntimeError(
            f"Expected `len(lengths)` to be equal to batch_size, but got {len(lengths)} (batch_size={batch})"
        )
    if lengths._data[-1] <= 0:
        raise RuntimeError(
            "Length of all samples has to be greater than 0, but found an element in 'lengths' that is <= 0"
        )
    if np.any(lengths._data[1:] > lengths._data[:-1]):
        raise RuntimeError(
            "`lengths` array must be sorted in decreasing order when `enforce_sorted` is True. You can pass "
            "`enforce_sorted=False` to pack_padded_sequence and/or pack_sequence to sidestep this requirement "
            "if you do not need ONNX exportability."
        )


def pack_padded_sequence(
    input: Tensor, lengths: Tensor | list[int], batch_first: bool = False, enforce_sorted: bool = True
) -> PackedSequence:
    """Pack a padded batch (T, B, *), or (B, T, *) if batch_first, of sequences with the given lengths.

    With enforce_sorted the lengths must not increase; without it the sequences are sorted, and the result
    remembers their order.

    Raises RuntimeError for lengths that are not positive, not sorted, or not one for each sequence, TypeError for
    arguments of other types.
    Source: torch.nn.utils.rnn.pack_padded_sequence.
    """
    if isinstance(lengths, TensorBase):
        counts = lengths.to(dtype=dtypes.int64)  # type: ignore[attr-defined]
    else:
        counts = as_tensor(lengths, dtype=dtypes.int64)
    order = None
    if not enforce_sorted:
        counts, order = sort(counts, descending=True)
        input = input.index_select(0 if batch_first else 1, order)
    tensor_argument("_pack_padded_sequence", "input", 1, input)
    bool_argument("_pack_padded_sequence", "batch_first", 3, batch_first)
    if batch_first:
        input = transpose(input, 0, 1)
    _check_lengths(input, counts)
    steps = np.arange(counts._data[0])
    sizes: Any = np.sum(counts._data[:, None] > steps, axis=0)
    return PackedSequence(packing.pack(input, sizes=tuple(sizes.tolist())), wrap(sizes), order)


def pad_packed_sequence(
    sequence: PackedSequence,
    batch_first: bool = False,
    padding_value: float = 0.0,
    total_length: int | None = None,
) -> tuple[Tensor, Tensor]:
    """(the padded batch (T, B, *), or (B, T, *) if batch_first, and the sequences' lengths), in their order.

    T is the longest sequence's length, or total_length. Raises ValueError where that is less, TypeError for arguments
    of other types.
    Source: torch.nn.utils.rnn.pad_packed_sequence.
    """
    sizes = sequence.batch_sizes._data
    length = len(sizes)
    if total_length is not None:
        if total_length < length:
            raise ValueError(
                "Expected total_length to be at least the length of the longest sequence in input, but got "
                f"total_length={total_length} and max sequence length being {length}"
            )
        length = total_length
    name = "_pad_packed_sequence"
    bool_argument(name, "batch_first", 3, batch_first)
    filler = number(name, "padding_value", 4, padding_value, sequence.data._data.dtype)
    int_argument(name, "total_length", 5, length)
    batch = int(sizes[0])
    padded = packing.unpack(sequence.data, sizes=tuple(sizes.tolist()), length=int(length), batch=batch, value=filler)
    lengths = wrap(np.sum(sizes[:, None] > np.arange(batch), axis=0))
    if batch_first:
        padded = transpose(padded, 0, 1)
    order = sequence.unsorted_indices
    if order is None:
        return padded, lengths
    return padded.index_select(0 if batch_first else 1, order), lengths[order]


# Padding ------------------------------------------------------------------------------------------------


def _check_padding(sequences: tuple[Any, ...], batch_first: Any, padding_value: Any, padding_side: Any) -> float:
    """The padding value as a number. Raises what torch raises, in its order."""
    for k, sequence in enumerate(sequences):
        if not isinstance(sequence, TensorBase):
            raise TypeError(f"expected Tensor as element {k} in argument 0, but got {type_name(sequence)}")
    bool_argument("pad_sequence", "batch_first", 2, batch_first)
    filler = float_argument("pad_sequence", "padding_value", 3, padding_value)
    if not isinstance(padding_side, str):
        kind = type_name(padding_side)
        raise TypeError(f"pad_sequence(): argument 'padding_side' (position 4) must be str, not {kind}")
    if not sequences:
        raise RuntimeError("received an empty list of sequences")
    if padding_side not in ("left", "right"):
        raise RuntimeError(f"Expected padding_side to be one of left or right, but got {padding_side}.")
    if sequences[0]._data.ndim == 0:
        raise RuntimeError("ArrayRef: invalid slice, N = 1; size = 0")
    rest = sequences[0]._data.shape[1:]
    for sequence in sequences:
        shape = sequence._data.shape
        place = (shape[0], *rest) if shape else rest
        try:
            fits = np.broadcast_shapes(place, shape) == place
        except ValueError:
            fits = False
        if not fits:
            raise broadcast_error((place, shape))
    return filler


def pad_sequence(
    sequences: Tensor | list[Tensor],
    batch_first: bool = False,
    padding_value: float = 0.0,
    padding_side: str = "right",
) -> Tensor:
    """Sequences (T_b, *) padded to the longest, side by side: (T, B, *), or (B, T, *) if batch_first.

    Raises RuntimeError for none at all, and where the shapes beside the lengths differ, TypeError for arguments of
    other types.
    Source: torch.nn.utils.rnn.pad_sequence.
    """
    if not isinstance(sequences, Iterable):
        raise RuntimeError(
            f"pad_sequence: Expected iterable for input sequences, but got arg of type: {type(sequences)}"
        )
    given = tuple(sequences)
    filler = _check_padding(given, batch_first, padding_value, padding_side)
    return packing.pad_together(*given, batch_first=batch_first, value=filler, left=padding_side == "left")


def unpad_sequence(padded_sequences: Tensor, lengths: Tensor, batch_first: bool = False) -> list[Tensor]:
    """The sequences of a padded batch, without the padding.

    As in torch, a batch (T, B, *) is transposed in place unless batch_first.

    Raises ValueError where there is not one length for each sequence.
    Source: torch.nn.utils.rnn.unpad_sequence.
    """
    if not batch_first:
        padded_sequences.transpose_(0, 1)
    places = arange(padded_sequences.shape[1], device=lengths.device)
    return [sequence[places < length] for sequence, length in zip(padded_sequences, lengths, strict=True)]


def pack_sequence(sequences: list[Tensor], enforce_sorted: bool = True) -> PackedSequence:
    """Pack a list of sequences (T_b, *). Raises what pad_sequence and pack_padded_sequence raise.

    Source: torch.nn.utils.rnn.pack_sequence.
    """
    lengths = as_tensor([sequence.size(0) for sequence in sequences])
    return pack_padded_sequence(pad_sequence(sequences), lengths, enforce_sorted=enforce_sorted)


def unpack_sequence(packed_sequences: PackedSequence) -> list[Tensor]:
    """The sequences of a PackedSequence, in their order. Source: torch.nn.utils.rnn.unpack_sequence."""
    padded, lengths = pad_packed_sequence(packed_sequences, batch_first=True)
    return unpad_sequence(padded, lengths, batch_first=True)
