"""Pooling to a size: windows of one size and of several, more windows than places; ties and NaN; unpooling."""

import numpy as np

from refnn.ops import pooling_adaptive as ops
from tests.ops.rows._rows import distinct, normal, row, uniform, whole

CASES = (  # shape of x, windows
    ((2, 1, 5), (3,)),
    ((1, 2, 4, 6), (2, 3)),
    ((2, 1, 5, 4), (3, 3)),
    ((2, 3, 2), (3, 4)),
    ((1, 1, 4, 3, 2), (3, 2, 2)),
)
TIES = np.array([[[1.0, 1.0, 2.0, np.nan, 2.0], [1.0, 1.0, np.nan, 0.0, np.nan]]])
FRACTIONAL = (  # shape of x, kernel, windows
    ((2, 1, 6, 5), (2, 3), (3, 2)),
    ((2, 5, 4), (2, 2), (1, 2)),
    ((1, 2, 5, 4, 4), (2, 2, 1), (2, 1, 2)),
)
UNPOOLED = (((2, 1, 3), (7,)), ((1, 2, 2, 3), (4, 5)), ((1, 2, 1, 2), (2, 2, 3)))


def adaptive_rows(shape, count):
    size = shape[-len(count) :]
    return [
        row(ops.adaptive_avg_pool, normal(*shape), count=count),
        row(ops.adaptive_avg_pool_backward, normal(*shape[: -len(count)], *count), size=size),
        row(ops.adaptive_max_pool, distinct(*shape), count=count),
    ]


def fractional_row(shape, kernel, count):
    images, channels = shape[: -len(kernel)] if len(shape) > len(kernel) + 1 else (1, shape[0])
    samples = uniform(images, channels, len(kernel))
    return row(ops.fractional_max_pool, distinct(*shape), samples, kernel=kernel, count=count, wrt=("x",))


def unpool_row(shape, size):
    places = int(np.prod(size))
    lead = shape[: -len(size)]
    index = np.stack([np.random.RandomState(k).permutation(places) for k in range(int(np.prod(lead)))])
    count = int(np.prod(shape[-len(size) :]))
    return row(ops.max_unpool, normal(*shape), index[:, :count].reshape(shape), size=size)


ROWS = [
    *[r for shape, count in CASES for r in adaptive_rows(shape, count)],
    row(ops.adaptive_max_pool, TIES, count=(1, 2), kink=True),
    row(ops.adaptive_max_pool, TIES, count=(2, 4), kink=True),
    *[fractional_row(*case) for case in FRACTIONAL],
    *[unpool_row(*case) for case in UNPOOLED],
    row(ops.max_unpool, normal(1, 2, 4), whole(1, 2, 4, of=3), size=(3,), kink=True),
]
