"""How linear_cross_entropy cuts its batch into chunks."""

from __future__ import annotations

import dataclasses
from typing import Any, Literal

from refnn import dtypes
from refnn.dtypes import dtype as DType

__all__ = ["LinearCrossEntropyOptions"]

_HALVES = (dtypes.float16, dtypes.bfloat16)
_METHOD = "aspect_ratio"


@dataclasses.dataclass(slots=True, frozen=True)
class LinearCrossEntropyOptions:
    """The scores of a batch (N, C) need not all be in memory at once: linear_cross_entropy takes some rows at a time.

    Attributes:
        allow_retain_graph: keep the gradients, which mean and sum compute in the forward pass, for a second
            backward pass; without it that raises RuntimeError.
        batch_chunk_size: rows at a time; None means all of them.
        chunking_method: how to find that number: "aspect_ratio" takes as many rows as make the scores as large as
            the input, rounded up to a power of 2; "aspect_ratio:k" a k-th of that; "auto" is the first for half
            precision, else k = 2. None leaves it to batch_chunk_size.
        acc_policy: "accurate" keeps the scores in acc_dtype; "balanced" and "compact" keep those of float16 in
            float16. "auto" is "accurate" for half precision, else "compact".
        acc_dtype: the dtype to compute in: the input's, or float32 for half precision. None is the input's, and
            with acc_policy "auto" float32 for half precision.

    Raises ValueError for other values, and, in a call, where the first two give different numbers of rows.

    Source: torch.nn.LinearCrossEntropyOptions.
    """

    allow_retain_graph: bool = False
    batch_chunk_size: int | None = None
    chunking_method: str | None = "auto"
    acc_policy: Literal["accurate", "balanced", "compact", "auto"] = "auto"
    acc_dtype: DType | None = None

    def __post_init__(self) -> None:
        if self.acc_policy not in {"auto", "accurate", "balanced", "compact"}:
            raise ValueError(f"invalid acc_policy: {self.acc_policy!r}")
        if self.chunking_method not in {None, "auto"} and _divisor(self.chunking_method) is None:
            raise ValueError(f"invalid chunking_method: {self.chunking_method!r}")
        rows = self.batch_chunk_size
        if rows is not None and not (isinstance(rows, int) and rows > 0):
            raise ValueError(f"batch_chunk_size must be positive int or None, got {rows!r}")
        if self.acc_dtype not in (None, *_HALVES, dtypes.float32, dtypes.float64):
            raise ValueError(
                "acc_dtype must be one of {None, torch.float16, torch.bfloat16, torch.float32, torch.float64}, got "
                f"{self.acc_dtype!r}. Pass acc_dtype=None to let the op pick automatically."
            )

    def _adjust(self, num_batches: int, in_features: int, num_classes: int, dtype: DType, device: Any = None) -> Any:
        """The same without "auto" and None, for a call of this size."""
        half = dtype in _HALVES and device is not None
        method, policy, acc = self.chunking_method, self.acc_policy, self.acc_dtype
        if method == "auto":
            method = None if self.batch_chunk_size is not None else _METHOD if half else f"{_METHOD}:2"
        if acc is None:
            acc = dtypes.float32 if half and policy == "auto" else dtype
        if policy == "auto":
            policy = "accurate" if half else "compact"
        rows = num_batches if self.batch_chunk_size is None else min(self.batch_chunk_size, num_batches)
        if method is not None:
            rows = _rows(num_batches, in_features, num_classes, _divisor(method) or 1)
            if self.batch_chunk_size not in (None, rows):
                raise ValueError(
                    f"batch_chunk_size (={self.batch_chunk_size}) and chunking_method ('{method}') give different "
                    f"chunk sizes ({self.batch_chunk_size} vs {rows}); pass only one."
                )
        return dataclasses.replace(
            self, acc_policy=policy, chunking_method=method, batch_chunk_size=max(1, rows), acc_dtype=acc
        )


def _divisor(method: Any) -> int | None:
    """k of "aspect_ratio:k", 1 without it; None where the word is another."""
    name, colon, factor = method.partition(":")
    if name != _METHOD or (colon and not (factor.isdigit() and int(factor))):
        return None
    return int(factor) if colon else 1


def _rows(samples: int, features: int, classes: int, divisor: int) -> int:
    ratio = -(-classes // features)
    whole = -(-samples // ratio)
    power = 1 << (whole - 1).bit_length()
    return min(power // divisor, samples)
