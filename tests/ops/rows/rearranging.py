"""Copies in another arrangement."""

from refnn.ops import rearranging as ops
from tests.ops.rows._rows import normal, row

ROWS = [
    row(ops.repeat, normal(2, 3), times=(2, 1, 3)),
    row(ops.repeat, normal(2), times=(0,)),
    row(ops.repeat, normal(), times=(3,)),
    row(ops.merged, normal(2, 3), shape=(6,)),
    row(ops.flip, normal(2, 3), dims=(0, 1)),
    row(ops.flip, normal(2, 3), dims=()),
    row(ops.roll, normal(2, 3), shifts=(1, -2), dims=(0, 1)),
    row(ops.roll, normal(2, 3), shifts=(1, 1), dims=(0, 0)),
    *[row(ops.rot90, normal(2, 3, 4), k=k, dims=(2, 0)) for k in range(4)],
    *[row(op, normal(2, 3, 4), diagonal=d) for op in (ops.tril, ops.triu) for d in (-1, 0, 1)],
]
