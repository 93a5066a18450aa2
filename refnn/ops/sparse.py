"""one_hot."""

from __future__ import annotations

import numpy as np

from refnn.autograd.op import Array, op


@op
def one_hot(x: Array, *, num_classes: int) -> Array:
    """(*) -> (*, num_classes): y[…, k] = 1 where x[…] = k, else 0."""
    y = np.zeros((x.size, num_classes), np.int64)
    y[np.arange(x.size), x.reshape(-1)] = 1
    return y.reshape(*x.shape, num_classes)
