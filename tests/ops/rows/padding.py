"""Padding and cropping."""

from refnn.ops import padding as ops
from tests.ops.rows._rows import normal, row

PADS = ((0, 0), (1, 2), (2, 1))
CROPS = ((0, 0), (-1, 2), (1, -2))
MODES = ("reflect", "replicate", "circular")

ROWS = [
    *[row(ops.constant_pad, normal(2, 3, 4), pads=p, value=v) for p in (PADS, CROPS) for v in (0, 1.5)],
    *[row(ops.edge_pad, normal(2, 3, 4), pads=p, mode=m, lead=1) for p in (PADS, CROPS) for m in MODES],
    *[
        row(ops.edge_fold, normal(2, *grown), shape=(2, 3, 4), pads=p, mode=m, lead=1)
        for p, grown in ((PADS, (6, 7)), (CROPS, (4, 3)))
        for m in MODES
    ],
]
