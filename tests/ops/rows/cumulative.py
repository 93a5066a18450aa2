"""Running sums, extremes, log-sum-exps."""

import math

import numpy as np

from refnn.ops import cumulative as ops
from tests.ops.rows._rows import compound, distinct, normal, row
from tests.ops.rows.reduction import TIES

LOGS = np.array([[-math.inf, 1.0, 2.0], [0.0, -math.inf, 80.0]])

ROWS = [
    *[row(op, normal(3, 4), dim=d) for op in (ops.cumsum, ops.cumsum_reversed) for d in (0, 1)],
    *[row(op, normal(), dim=0) for op in (ops.cumsum, ops.cumsum_reversed, ops.logcumsumexp)],
    *[row(op, distinct(3, 4), dim=d) for op in (ops.cummax, ops.cummin) for d in (0, 1)],
    *[row(op, TIES, dim=1, kink=True) for op in (ops.cummax, ops.cummin)],
    *[row(ops.logcumsumexp, normal(3, 4), dim=d) for d in (0, 1)],
    row(ops.logcumsumexp, compound(2, 3), dim=1),
    row(ops.logcumsumexp, LOGS, dim=1, kink=True),
    *[
        row(op, normal(3, 4), normal(3, 4), normal(3, 4) + 3, dim=d)
        for op in (ops.logcumsumexp_backward, ops.logcumsumexp_weighted)
        for d in (0, 1)
    ],
]
