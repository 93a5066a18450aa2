"""Rows of refnn/ops/conv_tbc.py."""

from refnn.ops import conv_tbc as ops
from tests.ops.rows._rows import normal, row

ROWS = [
    row(ops.conv_tbc, normal(5, 2, 3), normal(3, 3, 4), normal(4), pad=0),
    row(ops.conv_tbc, normal(3, 2, 2), normal(4, 2, 1), normal(1), pad=2),
    row(ops.conv_tbc, normal(6, 1, 2), normal(2, 2, 2), normal(2), pad=-1),
]
