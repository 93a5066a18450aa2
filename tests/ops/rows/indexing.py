"""Indexing, with arrays in the key and without."""

import numpy as np

from refnn.ops import indexing as ops
from tests.ops.rows._rows import normal, row

REPEATED = (np.array([2, 0, 2]), slice(None))
POINTS = (np.array([[0, 1], [2, 2]]), np.array([1, 3]))
MASK = (np.array([[True, False, True, False]] * 3),)
KEYS = ((1,), (slice(None), slice(1, 4, 2)), (None, 2, slice(0, 3)))

ROWS = [
    row(ops.index, normal(), key=(np.array([0, 0]),)),
    row(ops.index_put, normal(), normal(1), key=(np.array([0]),), accumulate=True),
    *[row(ops.index, normal(3, 4), key=key) for key in (REPEATED, POINTS, MASK)],
    row(ops.index_select, normal(3, 4), key=(slice(None), np.array([2, 0, 2]))),
    row(ops.index_select, normal(), key=(np.zeros((), np.int64),)),
    row(ops.index_add_to, normal(3, 4), shape=(3, 4), key=REPEATED),
    row(ops.index_add_to, normal(2, 2), shape=(3, 4), key=POINTS),
    row(ops.index_put, normal(3, 4), normal(6), key=MASK, accumulate=False),
    row(ops.index_put, normal(3, 4), normal(4), key=(np.array([2, 0]),), accumulate=False),
    row(ops.index_put, normal(3, 4), normal(3, 4), key=REPEATED, accumulate=True),
    row(ops.index_cleared, normal(3, 4), key=POINTS),
    *[row(ops.basic, normal(3, 4), key=key) for key in KEYS],
    row(ops.basic_backward, normal(3, 2), shape=(3, 4), key=KEYS[1]),
    row(ops.basic_put, normal(3, 4), normal(3, 2), key=KEYS[1]),
    row(ops.basic_put, normal(3, 4), normal(), key=KEYS[0]),
    row(ops.basic_cleared, normal(3, 4), key=KEYS[1]),
]
