"""Rows of refnn/ops/softmax.py."""

from refnn.ops import softmax as ops
from tests.ops.rows._rows import normal, row

ROWS = [
    row(ops.softmax, normal(3, 4), dim=1),
    row(ops.softmax, normal(3, 4, 2), dim=0),
    row(ops.softmax_backward, normal(3, 4), normal(3, 4), dim=1),
    row(ops.log_softmax, normal(3, 4), dim=1),
    row(ops.log_softmax, normal(3, 4, 2), dim=0),
    row(ops.log_softmax_backward, normal(3, 4), normal(3, 4), dim=1),
]
