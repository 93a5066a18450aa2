"""Pooling of each rank: overlapping windows, padding, dilation, an overhang; ties."""

import numpy as np

from refnn.ops import pooling as ops
from refnn.ops._pools import Pool
from tests.ops.rows._rows import Derived, distinct, normal, row

TWO = Pool((2, 2), (2, 2), (0, 0), (1, 1), False)
POOLS = (  # windows, shape of x
    (Pool((2,), (1,), (1,), (1,), False), (2, 1, 5)),
    (TWO, (1, 2, 4, 4)),
    (Pool((3, 2), (2, 2), (1, 0), (1, 1), True), (1, 1, 4, 5)),
    (Pool((2, 2), (1, 2), (1, 1), (2, 1), False), (2, 4, 3)),
    (Pool((2, 2, 1), (1, 2, 1), (0, 1, 0), (1, 1, 1), False), (1, 1, 3, 3, 2)),
)
TIES = np.array([[[[1.0, 1.0, 2.0, np.nan], [1.0, 1.0, np.nan, 0.0]]]])


def max_rows(pool, shape):
    x = distinct(*shape)
    size = shape[-pool.rank :]
    y, index = ops.max_pool_with_indices(x, pool=pool)
    scattered = {"size": size, "pool": pool, "last": False}
    return [
        row(ops.largest, x, pool=pool),
        row(ops.max_pool_twice, x, pool=pool, results=(0,)),
        row(ops.max_pool_indices, x, y, pool=pool),
        row(ops.max_pool_backward, normal(*y.shape), x, Derived(lambda g, x: ops.max_pool(x, pool=pool)), pool=pool),
        row(ops.max_pool_scatter, normal(*y.shape), index, **scattered),
        row(ops.max_pool_gather, x, index, **scattered),
        row(ops.max_pool_with_indices, x, pool=pool),
    ]


def average_rows(pool, shape):
    size = shape[-pool.rank :]
    places = ops.places(pool, size)
    found = []
    for padded, divisor in ((True, None), (False, None), (True, 3)):
        meta = {"pool": pool, "count_include_pad": padded, "divisor_override": divisor}
        gradient = normal(*shape[: -pool.rank], *places)
        found.append(row(ops.avg_pool, normal(*shape), **meta))
        found.append(row(ops.avg_pool_backward, gradient, size=size, last=False, **meta))
    return found


ROWS = [
    *[r for pool, shape in POOLS for r in max_rows(pool, shape)],
    row(ops.max_pool_twice, TIES, pool=TWO, results=(0,), kink=True),
    row(ops.max_pool_with_indices, TIES, pool=TWO, kink=True),
    *[r for pool, shape in POOLS if set(pool.dilation) == {1} for r in average_rows(pool, shape)],
]
