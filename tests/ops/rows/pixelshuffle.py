"""Rows of refnn/ops/pixelshuffle.py."""

from refnn.ops import pixelshuffle as ops
from tests.ops.rows._rows import normal, row

ROWS = [
    row(ops.pixel_shuffle, normal(2, 8, 2, 3), factor=2),
    row(ops.pixel_unshuffle, normal(2, 2, 4, 6), factor=2),
]
