"""Spread, log-sum-exp, norms: all, one and two dimensions; zeros, ties, infinities, a single element."""

import math

import numpy as np

from refnn.ops import statistics as ops
from tests.ops.rows._rows import away, compound, distinct, normal, row
from tests.ops.rows.reduction import ZEROS, over

INF = math.inf

ROWS = [
    *[r for op in (ops.var, ops.std) for r in over(op, normal, correction=1)],
    *[row(op, normal(3, 4), dim=(1,), correction=0.5, keepdim=False) for op in (ops.var, ops.std)],
    *[row(op, np.ones((2, 3)), dim=(1,), correction=1, keepdim=False, kink=True) for op in (ops.var, ops.std)],
    *[row(op, compound(2, 3), dim=(1,), correction=1, keepdim=False) for op in (ops.var, ops.std)],
    *over(ops.logsumexp, normal),
    row(ops.logsumexp, np.array([[-INF, 1.0], [-INF, -INF], [INF, 0.0]]), dim=(1,), keepdim=False, kink=True),
    *[r for p in (1, 2, 3, 1.5, -1, INF, -INF) for r in over(ops.norm, distinct, p=p)],
    row(ops.norm, away(3), p=0, dim=(0,), keepdim=False),
    row(ops.norm, compound(3), p=2, dim=(0,), keepdim=False),
    row(ops.norm, compound(3), p=3, dim=(0,), keepdim=False),
    *[row(ops.norm, ZEROS, p=p, dim=(1,), keepdim=False, kink=True) for p in (1, 2, 3, 0.5, INF)],
    *[row(ops.norm, np.zeros((2, 3)), p=p, dim=(1,), keepdim=False, kink=True) for p in (1, 2, 3, INF)],
    *[row(ops.renorm, normal(3, 4), p=p, dim=d, maxnorm=1.0) for p in (1, 2, 3) for d in (0, 1)],
    row(ops.renorm, compound(3, 4), p=2, dim=0, maxnorm=1.0),
]
