"""Rows of refnn/ops/sparse.py."""

from refnn.ops import sparse as ops
from tests.ops.rows._rows import row, whole

ROWS = [row(ops.one_hot, whole(2, 3, of=4), num_classes=4)]
