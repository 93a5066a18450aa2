"""one_hot."""

from __future__ import annotations

from typing import Any

from refnn.functions._checks import int_argument, tensor_argument
from refnn.nn.functional._arguments import one_signature
from refnn.ops import sparse as ops

__all__ = ["one_hot"]


@one_signature
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
