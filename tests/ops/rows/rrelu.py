"""The randomised leaky ReLU: slopes of their own, slopes that are taken for one."""

import numpy as np

from refnn.ops import rrelu as ops
from tests.ops.rows._rows import away, row, uniform

X = away(3, 4)

ROWS = [
    row(op, X, slopes, lower=low, upper=high, wrt=("x",))
    for op in (ops.rrelu, ops.rrelu_)
    for slopes, low, high in (
        (np.where(X > 0, 1.0, uniform(3, 4)), 0.1, 0.9),
        (np.where(X > 0, 1.0, 0.25), 0.25, 0.25),
    )
]
