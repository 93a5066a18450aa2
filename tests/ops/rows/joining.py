"""Joining and splitting."""

from refnn.ops import joining as ops
from tests.ops.rows._rows import compound, normal, row

ROWS = [
    row(ops.cat, normal(2, 3), normal(2, 1), normal(2, 0), dim=1),
    row(ops.cat, normal(2), dim=0),
    row(ops.cat, normal(0), normal(2, 3), dim=1),
    row(ops.cat, normal(0), normal(0), dim=0),
    row(ops.stack, normal(2, 3), normal(2, 3), dim=1),
    row(ops.stack, compound(2), compound(2), dim=0),
    row(ops.unbind, normal(3, 4), dim=1),
    row(ops.unbind, normal(3), dim=0),
    row(ops.split, normal(3, 5), sizes=(1, 0, 4), dim=1),
    row(ops.block_diag, normal(2, 3), normal(1, 1), normal(0, 2)),
]
