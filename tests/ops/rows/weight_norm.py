"""A weight as a length and a direction."""

from refnn.ops import weight_norm as ops
from tests.ops.rows._rows import normal, row

ROWS = [
    row(ops.weight_norm, normal(3, 4), normal(3, 1), dim=0),
    row(ops.weight_norm, normal(3, 4), normal(1, 4), dim=1),
    row(ops.weight_norm, normal(2, 3, 2), normal(2, 1, 1), dim=0),
    row(ops.weight_norm, normal(0, 3), normal(0, 1), dim=0),
]
