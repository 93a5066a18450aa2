"""Rows of refnn/ops/fold.py."""

from refnn.ops import fold as ops
from tests.ops.rows._rows import normal, row

FORM = {"kernel": (2, 3), "stride": (2, 1), "padding": ((1, 0), (1, 2)), "dilation": (1, 2)}
ROWS = [
    row(ops.im2col, normal(2, 3, 5, 6), **FORM),
    row(ops.im2col, normal(3, 4), kernel=(2,), stride=(1,), padding=((0, 0),), dilation=(1,)),
    row(ops.col2im, normal(2, 18, 15), size=(5, 6), **FORM),
]
