"""Regions of a base that a view shows."""

from refnn.autograd import inplace as ops
from tests.ops.rows._rows import normal, row

BLOCK = {"base_stride": (4, 1), "size": (2, 2), "stride": (4, 1), "offset": 1}
COLUMN = {"base_stride": (1, 3), "size": (4,), "stride": (3,), "offset": 2}

ROWS = [
    row(ops.read_region, normal(3, 4), **BLOCK),
    row(ops.read_region, normal(3, 4), **COLUMN),
    row(ops.write_region, normal(3, 4), normal(2, 2), **BLOCK),
    row(ops.write_region, normal(3, 4), normal(4), **COLUMN),
]
