"""Packed and padded sequences."""

from refnn.ops import packing as ops
from tests.ops.rows._rows import normal, row

SIZES = (3, 2, 2, 1)

ROWS = [
    row(ops.pack, normal(4, 3, 2), sizes=SIZES),
    row(ops.unpack, normal(8, 2), sizes=SIZES, length=4, batch=3, value=0.0),
    row(ops.unpack, normal(8), sizes=SIZES, length=5, batch=3, value=-1.5),
    *[
        row(ops.pad_together, normal(3, 2), normal(1, 2), normal(2, 2), batch_first=first, value=0.5, left=left)
        for first in (False, True)
        for left in (False, True)
    ],
]
