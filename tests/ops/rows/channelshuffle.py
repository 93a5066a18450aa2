"""Rows of refnn/ops/channelshuffle.py."""

from refnn.ops import channelshuffle as ops
from tests.ops.rows._rows import normal, row

ROWS = [
    row(ops.channel_shuffle, normal(2, 6, 3), groups=2),
    row(ops.channel_shuffle, normal(1, 6, 2, 2), groups=3),
]
