"""Reductions: all, one and two dimensions, kept and dropped; zeros, ties, a single element."""

import math

import numpy as np

from refnn.ops import reduction as ops
from tests.ops.rows._rows import compound, distinct, normal, row

NAN = math.nan
ZEROS = np.array([[2.0, 0.0, 3.0], [0.0, 0.0, 2.0]])
TIES = np.array([[1.0, 3.0, 3.0], [2.0, 2.0, 2.0], [NAN, 1.0, NAN]])
DIMS = ((0,), (1,), (0, 2), (0, 1, 2))


def over(op, sample, **meta):
    """Every choice of dimensions, with and without their places kept."""
    return [row(op, sample(2, 3, 4), dim=d, keepdim=k, **meta) for d in DIMS for k in (False, True)]


ROWS = [
    *over(ops.sum, normal),
    row(ops.sum, normal(2, 3), dim=None, keepdim=False),
    row(ops.sum, normal(), dim=None, keepdim=False),
    row(ops.sum, normal(0, 3), dim=(0,), keepdim=False),
    row(ops.sum, compound(2, 3), dim=(1,), keepdim=True),
    row(ops.sum, normal(2, 3), dim=(1,), keepdim=False, dtype=np.float64),
    row(ops.sum_to, normal(2, 3, 4), shape=(3, 1)),
    row(ops.sum_to, normal(2, 3), shape=()),
    row(ops.sum_to, normal(2, 3), shape=(2, 3)),
    *over(ops.mean, normal),
    row(ops.mean, normal(2, 3), dim=None, keepdim=False),
    row(ops.mean, normal(0, 3), dim=(0,), keepdim=False, kink=True),
    row(ops.mean, compound(2, 3), dim=(1,), keepdim=False),
    *[r for op in (ops.amax, ops.amin) for r in over(op, distinct)],
    *[row(op, TIES, dim=(d,), keepdim=False, kink=True) for op in (ops.amax, ops.amin) for d in (0, 1)],
    *[row(op, distinct(3, 4), dim=d, keepdim=k) for op in (ops.max_dim, ops.min_dim) for d in (0, 1) for k in (0, 1)],
    *[row(op, TIES, dim=1, keepdim=False, kink=True) for op in (ops.max_dim, ops.min_dim)],
    *[row(op, TIES, dim=d, keepdim=False) for op in (ops.argmax, ops.argmin) for d in (None, 0, 1)],
    *[row(op, TIES, dim=(1,), keepdim=True) for op in (ops.any, ops.all)],
    *[row(op, distinct(3, 4)) for op in (ops.max_all, ops.min_all)],
    *[row(op, TIES, kink=True) for op in (ops.max_all, ops.min_all)],
    *[row(ops.median_all, x, name=n, kink=x is TIES) for x in (distinct(3, 4), TIES) for n in ("median", "nanmedian")],
    *[row(ops.aminmax, distinct(3, 4), dim=d, keepdim=k) for d in ((0,), (0, 1)) for k in (False, True)],
]
